/* CMMD: an independent sum over all pairs in extended precision, the published float32 rendition, and edges. */
#define EXPECT_CMMD
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static gmet_cmmd_options with(double sigma, int normalise)
{
    gmet_cmmd_options o;
    gmet_cmmd_options_init(&o, sizeof o);
    assert_true(o.sigma == 10.0 && o.normalise == 1);
    o.sigma = sigma;
    o.normalise = normalise;
    return o;
}

/* The value is not further off than 1e-12 of itself; nor is `unbiased`, a difference of it and what self-pairs add. */
static void expect(const double want[3], const float *x, size_t n1, const float *y, size_t n2, size_t d,
                   const gmet_cmmd_options *o)
{
    gmet_cmmd_result r, turned;
    assert_int_equal(gmet_cmmd(&r, o, SET(x, n1, d), SET(y, n2, d), NULL, NULL), FEAT_OK);
    assert_within(r.value, want[0], 1e-12);
    assert_true(fabs(r.unbiased - want[1]) <= 1e-12 * want[0]);
    assert_true(r.has_error);
    assert_within(r.standard_error, want[2], 1e-10);
    assert_int_equal(gmet_cmmd(&turned, o, SET(y, n2, d), SET(x, n1, d), NULL, NULL), FEAT_OK);
    assert_within(turned.value, want[0], 1e-12);
    assert_within(turned.standard_error, want[2], 1e-10);
}

static float *lowered(float *x, size_t n, float by)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= by;
    return x;
}

static void test_values(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_cmmd_options sigma = with(0.5, 1), as_is = with(10.0, 0), both = with(2.5, 0);
    expect(expected_cmmd, s.a, N_A, s.b, N_B, D, NULL);
    expect(expected_cmmd_halves, s.a, 150, s.a + 150 * D, 150, D, NULL);
    expect(expected_cmmd_7_6, s.a, 7, s.b, 6, D, NULL);
    expect(expected_cmmd_sigma, s.a, N_A, s.b, N_B, D, &sigma);
    expect(expected_cmmd_as_is, s.a, N_A, s.b, N_B, D, &as_is);
    expect(expected_cmmd_as_is_sigma, s.a, N_A, s.b, N_B, D, &both);
    /* features of both signs, as wide as those of CLIP */
    enum { N1 = 120, N2 = 150, WIDE = 768 };
    float *x = lowered(fixture_features(N1, WIDE, 31, 0.0), N1 * WIDE, 0.5f);
    float *y = lowered(fixture_features(N2, WIDE, 32, 0.4), N2 * WIDE, 0.25f);
    expect(expected_cmmd_wide, x, N1, y, N2, WIDE, NULL);
    /* what float32 throughout gives has three digits after the point */
    assert_true(fabs(expected_cmmd_in_floats[0] - expected_cmmd[0]) <= 1e-3);
    assert_true(fabs(expected_cmmd_in_floats[1] - expected_cmmd_halves[0]) <= 1e-3);
    assert_true(fabs(expected_cmmd_in_floats[2] - expected_cmmd_wide[0]) <= 1e-3);
    /* lengths do not count: powers of two change no bit */
    gmet_cmmd_result r, scaled;
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, N1, WIDE), SET(y, N2, WIDE), NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N1 * WIDE; i++)
        x[i] *= i / WIDE % 2 ? 0x1p-20f : 0x1p30f;
    assert_int_equal(gmet_cmmd(&scaled, NULL, SET(x, N1, WIDE), SET(y, N2, WIDE), NULL, NULL), FEAT_OK);
    assert_true(r.value == scaled.value && r.unbiased == scaled.unbiased);
    assert_true(r.standard_error == scaled.standard_error);
    feat_free(x);
    feat_free(y);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* unit vectors (1, 0), (0, 1) against (1, 0) twice: |x - y|^2 is 2 for half of the pairs within x and across */
    const float x[4] = {3, 0, 0, 0.5f}, y[4] = {1, 0, 7, 0};
    gmet_cmmd_result r;
    double gap = 1.0 - exp(-2.0 / 200.0);
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 2, 2), SET(y, 2, 2), NULL, NULL), FEAT_OK);
    assert_within(r.value, 1000.0 * (2.0 * gap / 2.0 - gap / 2.0), 1e-14);
    assert_true(fabs(r.unbiased) <= 1e-14); /* 2 gap / 2 - gap */
    assert_true(!r.has_error && r.standard_error == 0.0);
}

/* Distances just above the end of the series and far above it; of a copy the gap is exactly 0. */
static void test_any_distance(void **state)
{
    (void)state;
    for (int k = -60; k <= 12; k++) {
        const float at = ldexpf(1.3f, k), x[2] = {0, 0}, y[2] = {at, at};
        gmet_cmmd_options o = with(0.5, 0);
        gmet_cmmd_result r;
        assert_int_equal(gmet_cmmd(&r, &o, SET(x, 2, 1), SET(y, 2, 1), NULL, NULL), FEAT_OK);
        assert_within(r.value, -2000.0 * expm1(-2.0 * (double)at * (double)at), 4e-15);
    }
    const float same[6] = {0.1f, 0.7f, 0.3f, 0.1f, 0.7f, 0.3f};
    gmet_cmmd_result r;
    assert_int_equal(gmet_cmmd(&r, NULL, SET(same, 2, 3), SET(same, 2, 3), NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0 && r.unbiased == 0.0);
}

static void test_equal_sets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_cmmd_result r;
    assert_int_equal(gmet_cmmd(&r, NULL, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_true(fabs(r.value) <= 1e-14 && r.unbiased < 0.0 && r.standard_error >= 0.0);
    float *same = constant(50 * 3, 0.75f);
    assert_int_equal(gmet_cmmd(&r, NULL, SET(same, 20, 3), SET(same, 50, 3), NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0 && r.unbiased == 0.0 && r.has_error && r.standard_error == 0.0);
    feat_free(same);
    free_sets(&s);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, zero[8] = {1, 2, 3, 4, 0, -0.0f, 7, 8}, nan[4] = {1, NAN, 3, 4};
    gmet_cmmd_result r;
    feat_error err;
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 4, 2), SET(zero, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "CMMD: second: row 2 is zero, which has no direction");
    assert_int_equal(gmet_cmmd(&r, NULL, SET(zero, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "CMMD: first: row 2 is zero");
    gmet_cmmd_options o = with(10.0, 0);
    assert_int_equal(gmet_cmmd(&r, &o, SET(zero, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_OK);
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 1, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "at least 2 first rows needed, 1 found");
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 4, 2), SET(nan, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "second: row 0, column 1 is NaN");
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 4, 2), SET(x, 8, 1), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_cmmd(&r, NULL, SET(x, 4, 0), SET(x, 4, 0), NULL, &err), FEAT_ERR_ARG);
    const double sigmas[] = {0.0, -1.0, (double)NAN, (double)INFINITY, 1e-200};
    for (size_t i = 0; i < sizeof sigmas / sizeof sigmas[0]; i++) {
        o = with(sigmas[i], 1);
        assert_int_equal(gmet_cmmd(&r, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
        assert_message(err, FEAT_ERR_ARG, "CMMD: sigma from 1e-100 to 1e100 expected");
    }
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 531 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_cmmd_options o = with(0.3, 0);
    gmet_cmmd_result r, far;
    assert_int_equal(gmet_cmmd(&r, NULL, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    assert_int_equal(gmet_cmmd(&far, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    double values[6] = {r.value, r.unbiased, r.standard_error, far.value, far.unbiased, far.standard_error};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x26d1f96a5080e75du);
}

/* The error is that of the value, and of a little more than it where the sets are of one distribution. */
static void expect_spread(float shift, double least, double most)
{
    enum { DRAWS = 200, ROWS = 60, WIDTH = 6 };
    double error = 0.0, square = 0.0, sum = 0.0, unbiased = 0.0;
    for (uint32_t r = 0; r < DRAWS; r++) {
        float *a = lowered(fixture_features(ROWS, WIDTH, 2 * r + 1, 0.0), ROWS * WIDTH, 0.4f);
        float *b = lowered(fixture_features(ROWS, WIDTH, 2 * r + 2, 0.0), ROWS * WIDTH, 0.4f + shift);
        gmet_cmmd_result f;
        assert_int_equal(gmet_cmmd(&f, NULL, SET(a, ROWS, WIDTH), SET(b, ROWS, WIDTH), NULL, NULL), FEAT_OK);
        assert_true(f.value > 0.0 && f.standard_error > 0.0);
        error += f.standard_error * f.standard_error;
        sum += f.value;
        square += f.value * f.value;
        unbiased += f.unbiased;
        feat_free(a);
        feat_free(b);
    }
    double spread = sqrt((square - sum * sum / DRAWS) / DRAWS), ratio = sqrt(error / DRAWS) / spread;
    if (ratio < least || ratio > most)
        fail_msg("error / spread %.2f", ratio);
    if (shift == 0.0f)
        assert_true(fabs(unbiased / DRAWS) < 4.0 * spread / sqrt((double)DRAWS));
}

static void test_error(void **state)
{
    (void)state;
    expect_spread(0.0f, 0.8, 1.45);
    expect_spread(0.25f, 0.85, 1.18);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_cmmd_result r;
    return gmet_cmmd(&r, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
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
        cmocka_unit_test(test_values),     cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_any_distance),
        cmocka_unit_test(test_equal_sets), cmocka_unit_test(test_bad_input), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_error),      cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
