/* Vendi score: both forms of the spectrum, orders, hand cases. */
#define EXPECT_CLUSTERS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static const double orders[6] = {1.0, 2.0, 0.5, 3.7, 0.0, (double)INFINITY};

static void expect(const double want[6], const float *x, size_t n)
{
    for (size_t i = 0; i < 6; i++) {
        double score;
        assert_int_equal(gmet_vendi(&score, orders[i], SET(x, n, D), NULL, NULL), FEAT_OK);
        assert_close(score, want[i]);
    }
}

static void test_against_numpy(void **state)
{
    (void)state;
    sets s = make_sets();
    expect(expected_vendi_short, s.a, 60);
    expect(expected_vendi_tall, s.a, N_A);
    float *twice = cut(s.a, 0, 50, D); /* 30 rows, the first 20 of them twice */
    memcpy(twice + 30 * D, s.a, 20 * D * sizeof *twice);
    expect(expected_vendi_rank, twice, 50);
    feat_free(twice);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    const float axes[9] = {2, 0, 0, 0, 3, 0, 0, 0, 5}, lines[8] = {1, 2, 2, 4, -3, -6, 0.5f, 1};
    double score;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(gmet_vendi(&score, orders[i], SET(axes, 3, 3), NULL, NULL), FEAT_OK);
        assert_within(score, 3.0, 1e-14);
        assert_int_equal(gmet_vendi(&score, orders[i], SET(lines, 4, 2), NULL, NULL), FEAT_OK); /* one direction */
        assert_within(score, 1.0, 1e-14);
        assert_int_equal(gmet_vendi(&score, orders[i], SET(lines, 1, 2), NULL, NULL), FEAT_OK);
        assert_within(score, 1.0, 1e-14);
    }
    assert_int_equal(gmet_vendi(&score, 1e6, SET(axes, 3, 3), NULL, NULL), FEAT_OK); /* no underflow */
    assert_within(score, 3.0, 1e-12);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 0, 0}, nan[2] = {1, NAN};
    double score;
    feat_error err;
    assert_int_equal(gmet_vendi(&score, 1.0, SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "row 1 is zero");
    assert_int_equal(gmet_vendi(&score, 1.0, SET(x, 0, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_vendi(&score, 1.0, SET(nan, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_vendi(&score, 1.0, SET(x, 1, 0), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_vendi(&score, -1.0, SET(x, 1, 2), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_vendi(&score, (double)NAN, SET(x, 1, 2), NULL, &err), FEAT_ERR_ARG);
}

/* Rows beyond the first chunk and the first share of a thread. */
static void test_zero_row_far_down(void **state)
{
    (void)state;
    enum { N = 600, ZERO = 517 };
    float x[2 * N];
    double score;
    feat_error err;
    for (size_t i = 0; i < 2 * N; i++)
        x[i] = i / 2 == ZERO ? 0.0f : (float)(i + 1);
    assert_int_equal(gmet_vendi(&score, 1.0, SET(x, N, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "row 517 is zero");
}

static uint64_t hash_of(const gmet_context *context)
{
    float *a = fixture_features(300, 40, 1, 0.0);
    double values[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(gmet_vendi(&values[i], orders[i], SET(a, i < 2 ? 300 : 35, 40), context, NULL), FEAT_OK);
    feat_free(a);
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    /* Eigenvalues are in it, whose bits the tests of the eigensolver pin. */
    fixture_same_bits(hash_of, hash_of(NULL));
}

static feat_status allocate(void *ctx, feat_error *err)
{
    double score;
    return gmet_vendi(&score, 1.0, SET(ctx, 5, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_numpy), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_bad_input),     cmocka_unit_test(test_zero_row_far_down),
        cmocka_unit_test(test_same_bits),     cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
