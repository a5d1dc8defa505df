/* AuthPct. */
#define EXPECT_NEIGHBOURS
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static void test_against_sklearn(void **state)
{
    (void)state;
    sets s = make_sets();
    double percent;
    assert_int_equal(gmet_authpct(&percent, NULL, SET(s.a, N_A, D), SET(s.b, N_B, D), NULL, NULL), FEAT_OK);
    assert_close(percent, EXPECTED_AUTHPCT);
    assert_int_equal(gmet_authpct(&percent, NULL, SET(s.a, 150, D), SET(s.a + 150 * D, 150, D), NULL, NULL), FEAT_OK);
    assert_close(percent, EXPECTED_AUTHPCT_HALVES);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* 0 and 1 are 1 apart, 4 is 3 from 1. 0.5: nearest 0 at 0.5, a copy; 7: 4 at 3, equal is not authentic;
     * 8: 4 at 4, authentic; 4: a copy. */
    const float train[3] = {0, 1, 4}, gen[4] = {0.5f, 7, 8, 4};
    unsigned char authentic[4];
    double percent;
    assert_int_equal(gmet_authpct(&percent, authentic, SET(train, 3, 1), SET(gen, 4, 1), NULL, NULL), FEAT_OK);
    assert_true(percent == 25.0);
    assert_true(!authentic[0] && !authentic[1] && authentic[2] && !authentic[3]);
    const float same[4] = {2, 2, 2, 2};
    assert_int_equal(gmet_authpct(&percent, NULL, SET(same, 4, 1), SET(same, 4, 1), NULL, NULL), FEAT_OK);
    assert_true(percent == 0.0);
    assert_int_equal(gmet_authpct(&percent, NULL, SET(same, 4, 1), SET(gen, 3, 1), NULL, NULL), FEAT_OK);
    assert_true(percent == 100.0);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4}, nan[2] = {1, NAN};
    double percent;
    feat_error err;
    assert_int_equal(gmet_authpct(&percent, NULL, SET(x, 1, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "AuthPct: at least 2 training rows needed, 1 found");
    assert_int_equal(gmet_authpct(&percent, NULL, SET(x, 2, 2), SET(x, 0, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_authpct(&percent, NULL, SET(x, 2, 2), SET(nan, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_authpct(&percent, NULL, SET(x, 2, 0), SET(x, 2, 0), NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 0.25);
    unsigned char authentic[N2];
    double percent;
    assert_int_equal(gmet_authpct(&percent, authentic, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL),
                     FEAT_OK);
    feat_free(a);
    feat_free(b);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, &percent, sizeof percent);
    return fixture_hash(h, authentic, sizeof authentic);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x77b351c49d8e3a48u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    double percent;
    return gmet_authpct(&percent, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
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
        cmocka_unit_test(test_bad_input),       cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
