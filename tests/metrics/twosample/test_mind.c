/* MIND: directions, coupling of equal and unequal sets, edges; the sort under it. */
#define EXPECT_LIMITS
#include "metrics/base/sorting.h"
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static void expect(const double want[2], const float *x, size_t n, const float *y, size_t m, size_t d,
                   size_t n_directions, uint64_t seed, int subsample)
{
    gmet_mind_options o;
    gmet_mind_options_init(&o, sizeof o);
    assert_true(o.n_directions == 1000 && o.seed == 2020 && o.subsample);
    o = (gmet_mind_options){
        .struct_size = sizeof(gmet_mind_options), .n_directions = n_directions, .seed = seed, .subsample = subsample};
    gmet_mind_result r;
    assert_int_equal(gmet_mind(&r, &o, SET(x, n, d), SET(y, m, d), NULL, NULL), FEAT_OK);
    assert_close(r.value, want[0]);
    assert_close(r.directions_error, want[1]);
    assert_int_equal(r.n_real, subsample && m < n ? m : n);
    assert_int_equal(r.n_gen, subsample && n < m ? n : m);
}

static void test_against_numpy(void **state)
{
    (void)state;
    sets s = make_sets();
    expect(expected_mind, s.a, N_A, s.b, N_A, D, 100, 2020, 1);
    expect(expected_mind_subsample, s.a, N_A, s.b, N_B, D, 50, 11, 1);
    expect(expected_mind_coupled, s.a, N_A, s.b, N_B, D, 50, 11, 0);
    expect(expected_mind_coupled, s.b, N_B, s.a, N_A, D, 50, 11, 0);
    float *x = cut(s.a, 0, N_A, 5), *y = cut(s.b, 0, N_B, 5);
    expect(expected_mind_odd, x, N_A, y, N_B, 5, 30, 1, 1);
    feat_free(x);
    feat_free(y);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* One column: directions are +-1, the distance is that of the sets. Sorted 1, 2 and 4, 8: (9 + 36) / 2 * 3. */
    const float x[2] = {2, 1}, y[2] = {8, 4}, z[3] = {1, 2, 6};
    gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 3, .seed = 1, .subsample = 0};
    gmet_mind_result r;
    assert_int_equal(gmet_mind(&r, &o, SET(x, 2, 1), SET(y, 2, 1), NULL, NULL), FEAT_OK);
    assert_true(r.value == 67.5 && r.directions_error == 0.0);
    /* Thirds against halves: 1-1, half 1-2 half 2-2, 2-6 in sixths: 2*0 + 1*1 + 1*0 + 2*16 = 33 / 6. */
    assert_int_equal(gmet_mind(&r, &o, SET(x, 2, 1), SET(z, 3, 1), NULL, NULL), FEAT_OK);
    assert_close(r.value, 3.0 * 33.0 / 6.0);
    o.n_directions = 1;
    assert_int_equal(gmet_mind(&r, &o, SET(x, 1, 1), SET(y, 1, 1), NULL, NULL), FEAT_OK);
    assert_true(r.value == 3.0 * 36.0 && r.directions_error == 0.0);
}

static void test_equal_sets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_mind_result r;
    gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 20, .seed = 5, .subsample = 1};
    assert_int_equal(gmet_mind(&r, &o, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0 && r.directions_error == 0.0);
    free_sets(&s);
}

static void test_bad_input(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4}, nan[2] = {NAN, 1};
    gmet_mind_result r;
    feat_error err;
    assert_int_equal(gmet_mind(&r, NULL, SET(x, 0, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "MIND: at least 1 real rows needed, 0 found");
    assert_int_equal(gmet_mind(&r, NULL, SET(x, 2, 2), SET(nan, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_mind(&r, NULL, SET(x, 2, 0), SET(x, 2, 0), NULL, &err), FEAT_ERR_ARG);
    gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 0};
    assert_int_equal(gmet_mind(&r, &o, SET(x, 2, 2), SET(x, 2, 2), NULL, &err), FEAT_ERR_ARG);
}

static void test_sort(void **state)
{
    (void)state;
    splitmix rng = {9};
    double x[300], scratch[300];
    for (size_t n = 0; n <= 300; n += n < 70 ? 1 : 23) {
        double sum = 0.0, sorted = 0.0;
        for (size_t i = 0; i < n; i++) {
            x[i] = floor(splitmix_unit(&rng) * 64.0) - 32.0;
            sum += x[i];
        }
        gmet_sort(x, scratch, n);
        for (size_t i = 0; i < n; i++) {
            sorted += x[i];
            assert_true(i == 0 || x[i - 1] <= x[i]);
        }
        assert_true(sum == sorted);
    }
    const double four[4] = {1, 2, 4, 9};
    assert_true(gmet_median(four, 4) == 3.0 && gmet_median(four, 3) == 2.0 && gmet_median(four, 1) == 1.0);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 300, N2 = 130, COLUMNS = 20 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_mind_result r, t;
    gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 100, .seed = 3, .subsample = 1};
    assert_int_equal(gmet_mind(&r, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    o.subsample = 0;
    assert_int_equal(gmet_mind(&t, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    const double values[4] = {r.value, r.directions_error, t.value, t.directions_error};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x49e9afe152ad6fc3u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_mind_result r;
    gmet_mind_options o = {.struct_size = sizeof o, .n_directions = 4, .seed = 3, .subsample = 1};
    return gmet_mind(&r, &o, SET(ctx, 5, 2), SET(ctx, 3, 2), NULL, err);
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
        cmocka_unit_test(test_equal_sets),    cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_sort),          cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
