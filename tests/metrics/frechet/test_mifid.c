/* MiFID: cosine distances in both directions, threshold, zero rows. */
#define EXPECT_NEIGHBOURS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static void test_against_sklearn(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_mifid_options o;
    gmet_mifid_options_default(&o);
    assert_true(o.direction == GMET_GEN_TO_REAL && o.threshold == 0.1);
    o.threshold = 1.0;
    for (int direction = 0; direction < 2; direction++) {
        o.direction = (gmet_direction)direction;
        gmet_mifid_result r;
        assert_int_equal(gmet_mifid(&r, 12.5, &o, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
        assert_close(r.distance, expected_mifid_distance[direction]);
        assert_close(r.value, 12.5 / (expected_mifid_distance[direction] + 10e-15));
        assert_true(r.penalty == r.distance && r.n_zero_rows == 0);
    }
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* cos of (1,1) to (1,0) is 1/sqrt 2; (0,-3) is opposite to (0,1), |cos| = 1; the zero row is left out. */
    const float real[6] = {1, 0, 0, 1, 0, 0}, gen[4] = {1, 1, 0, -3};
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, 2.0, NULL, SET(real, 3, 2), SET(gen, 2, 2), NULL, NULL), FEAT_OK);
    assert_close(r.distance, 0.5 * (1.0 - sqrt(0.5)));
    assert_true(r.penalty == 1.0 && r.n_zero_rows == 1);
    assert_close(r.value, 2.0);
    assert_int_equal(gmet_mifid(&r, 2.0, NULL, SET(real, 3, 2), SET(real, 2, 2), NULL, NULL), FEAT_OK);
    assert_true(r.distance == 0.0 && r.penalty == 0.0);
    assert_close(r.value, 2.0 / 10e-15);
}

static void test_equal_sets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, -1e-13, NULL, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_true(r.distance == 0.0 && r.value == 0.0);
    free_sets(&s);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4}, zero[4] = {0}, nan[2] = {1, NAN};
    gmet_mifid_result r;
    feat_error err;
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(zero, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "all 2 real rows are zero");
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(zero, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 0, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(nan, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, (double)NAN, NULL, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 0), SET(x, 2, 0), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 2, 2), SET(x, 2, 1), NULL, &err), FEAT_ERR_ARG);
    assert_message(err, FEAT_ERR_ARG, "MiFID: both sets must have the same columns, 2 and 1 found");
    gmet_mifid_options o = {.direction = (gmet_direction)2, .threshold = 0.1};
    assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_ARG);
    o = (gmet_mifid_options){.threshold = (double)NAN};
    assert_int_equal(gmet_mifid(&r, 1.0, &o, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_mifid(&r, 1.0, NULL, SET(x, 1, 2), SET(x, 1, 2), NULL, &err), FEAT_OK);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_mifid_result r;
    assert_int_equal(gmet_mifid(&r, 3.0, NULL, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    const double values[3] = {r.value, r.distance, r.penalty};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x630ca670e05df426u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_mifid_result r;
    return gmet_mifid(&r, 1.0, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
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
        cmocka_unit_test(test_against_sklearn), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_equal_sets),      cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),       cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
