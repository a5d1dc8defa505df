/* KID: torch-fidelity's draws and formula, the U-statistic and its variance, hand cases and edges. */
#define EXPECT_KID
#include "engine/kernels/kernels.h"
#include "metrics/gmet.h"
#include "tests/metrics/more_fixture.h"

static gmet_kid_options subsets(size_t n, size_t size)
{
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    assert_true(o.n_subsets == 100 && o.subset_size == 1000 && o.seed == 2020 && o.degree == 3);
    assert_true(o.coef0 == 1.0 && o.gamma == 0.0 && o.kernel == GMET_KERNEL_POLYNOMIAL && !o.shrink);
    o.n_subsets = n;
    o.subset_size = size;
    return o;
}

static void expect(const double want[2], const float *x, size_t n1, const float *y, size_t n2, size_t d,
                   const gmet_kid_options *o)
{
    gmet_kid_result r;
    assert_int_equal(gmet_kid(&r, o, SET(x, n1, d), SET(y, n2, d), NULL, NULL), FEAT_OK);
    assert_close(r.mean, want[0]);
    assert_close(r.std, want[1]);
    assert_int_equal(r.n_subsets, o->n_subsets);
}

static void test_subsets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_kid_options o = subsets(7, 50);
    expect(expected_kid, s.a, N_A, s.b, N_B, D, &o);
    o = subsets(2, 1000); /* shrinks to 300 */
    o.shrink = 1;
    expect(expected_kid_whole, s.a, N_A, s.b, N_B, D, &o);
    o = subsets(5, 33);
    o.degree = 2;
    o.gamma = 0.01;
    o.coef0 = 0.5;
    o.seed = 7;
    expect(expected_kid_options, s.a, N_A, s.b, N_B, D, &o);
    o = subsets(5, 40);
    o.kernel = GMET_KERNEL_RBF;
    expect(expected_kid_rbf, s.a, N_A, s.b, N_B, D, &o);
    o.gamma = 0.25;
    expect(expected_kid_rbf_gamma, s.a, N_A, s.b, N_B, D, &o);
    free_sets(&s);
    float *x = fixture_features(1100, 16, 21, 0.0), *y = fixture_features(1003, 16, 22, 0.3);
    o = subsets(3, 1000);
    expect(expected_kid_1000, x, 1100, y, 1003, 16, &o);
    feat_free(x);
    feat_free(y);
}

static void expect_full(const double want[2], const float *x, size_t n1, const float *y, size_t n2,
                        const gmet_kid_options *o)
{
    gmet_kid_full_result r, turned;
    assert_int_equal(gmet_kid_full(&r, o, SET(x, n1, D), SET(y, n2, D), NULL, NULL), FEAT_OK);
    assert_close(r.value, want[0]);
    assert_close(r.variance, want[1]);
    assert_true(r.has_error && r.standard_error > 0.0 && r.standard_error * r.standard_error >= 0.999999 * r.variance);
    assert_int_equal(gmet_kid_full(&turned, o, SET(y, n2, D), SET(x, n1, D), NULL, NULL), FEAT_OK);
    assert_close(turned.value, want[0]);
    assert_close(turned.variance, want[1]);
}

static void test_full(void **state)
{
    (void)state;
    sets s = make_sets();
    expect_full(expected_kid_full, s.a, N_A, s.b, N_B, NULL);
    expect_full(expected_kid_full_halves, s.a, 150, s.a + 150 * D, 150, NULL);
    expect_full(expected_kid_full_7_6, s.a, 7, s.b, 6, NULL);
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    o.kernel = GMET_KERNEL_RBF;
    o.gamma = 0.25;
    expect_full(expected_kid_full_rbf, s.a, N_A, s.b, N_B, &o);
    free_sets(&s);
}

static void test_by_hand(void **state)
{
    (void)state;
    /* d = 1, kernel x y + 1. x = 1, 2; y = 3, 5: k(x,x') = 3, k(y,y') = 16, mean k(x,y) = (4 + 6 + 7 + 11) / 4. */
    const float x[2] = {1, 2}, y[2] = {3, 5};
    gmet_kid_options o = subsets(4, 2);
    o.degree = 1;
    gmet_kid_full_result full;
    assert_int_equal(gmet_kid_full(&full, &o, SET(x, 2, 1), SET(y, 2, 1), NULL, NULL), FEAT_OK);
    assert_true(full.value == 5.0 && !full.has_error);
    assert_true(full.variance == 0.0 && full.standard_error == 0.0);
    gmet_kid_result r;
    assert_int_equal(gmet_kid(&r, &o, SET(x, 2, 1), SET(y, 2, 1), NULL, NULL), FEAT_OK);
    assert_true(r.mean == 5.0 && r.std == 0.0 && r.subset_size == 2);
}

static void test_equal_sets(void **state)
{
    (void)state;
    sets s = make_sets();
    gmet_kid_full_result r;
    assert_int_equal(gmet_kid_full(&r, NULL, SET(s.a, N_A, D), SET(s.a, N_A, D), NULL, NULL), FEAT_OK);
    assert_true(r.value < 0.0); /* the diagonal is in the cross term only */
    assert_true(r.standard_error >= 0.0);
    float *same = constant(50 * 3, 0.75f);
    assert_int_equal(gmet_kid_full(&r, NULL, SET(same, 20, 3), SET(same, 50, 3), NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0 && r.variance == 0.0 && r.standard_error == 0.0);
    gmet_kid_options o = subsets(3, 10);
    gmet_kid_result k;
    assert_int_equal(gmet_kid(&k, &o, SET(same, 20, 3), SET(same, 50, 3), NULL, NULL), FEAT_OK);
    assert_true(k.mean == 0.0 && k.std == 0.0);
    feat_free(same);
    free_sets(&s);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float nan[4] = {1, NAN, 3, 4};
    gmet_kid_full_result full;
    gmet_kid_result r;
    feat_error err;
    assert_int_equal(gmet_kid(&r, NULL, SET(x, 4, 2), SET(x, 3, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC,
                   "subsets of 1000 rows cannot be drawn from 4 and 3; use a subset size of");
    gmet_kid_options o = subsets(0, 2);
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 3, 2), NULL, &err), FEAT_ERR_ARG);
    o = subsets(1, 1);
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 3, 2), NULL, &err), FEAT_ERR_ARG);
    o = subsets(1, 5);
    o.shrink = 1;
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 1, 2), NULL, &err), FEAT_ERR_NUMERIC);
    o = subsets(1, 2);
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(nan, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "second: row 0, column 1 is NaN");
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 0), SET(x, 4, 0), NULL, &err), FEAT_ERR_ARG);
    o.degree = 0;
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
    o.degree = 3;
    o.gamma = (double)NAN;
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
    o.gamma = 1e300;
    assert_int_equal(gmet_kid(&r, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "overflow");
    assert_int_equal(gmet_kid_full(&full, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    o.gamma = 0.0;
    o.kernel = (gmet_kernel)9;
    assert_int_equal(gmet_kid_full(&full, &o, SET(x, 4, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_kid_full(&full, NULL, SET(x, 1, 2), SET(x, 4, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "at least 2 first rows needed, 1 found");
    assert_int_equal(gmet_kid_full(&full, NULL, SET(x, 4, 2), SET(nan, 2, 2), NULL, &err), FEAT_ERR_NUMERIC);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N1 = 500, N2 = 130, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_kid_options o = subsets(3, 100);
    gmet_kid_result r;
    gmet_kid_full_result f, g;
    assert_int_equal(gmet_kid(&r, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    assert_int_equal(gmet_kid_full(&f, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    o.kernel = GMET_KERNEL_RBF;
    assert_int_equal(gmet_kid_full(&g, &o, SET(a, N1, COLUMNS), SET(b, N2, COLUMNS), context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    double values[6] = {r.mean, r.std, f.value, f.variance, g.value, g.variance};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x5cf2f721a0fd3e75u);
}

/* Of sets nearly of one distribution the unbiased estimate of the variance is now and then below 0; the error is not,
 * and is what kid_variance.c says, on the large side. */
static void test_error_of_near_sets(void **state)
{
    (void)state;
    enum { DRAWS = 200, ROWS = 60, WIDTH = 4 };
    double error = 0.0, square = 0.0, sum = 0.0;
    size_t negative = 0;
    for (uint32_t r = 0; r < DRAWS; r++) {
        float *a = fixture_features(ROWS, WIDTH, 2 * r + 1, 0.0), *b = fixture_features(ROWS, WIDTH, 2 * r + 2, 0.0);
        gmet_kid_full_result f;
        assert_int_equal(gmet_kid_full(&f, NULL, SET(a, ROWS, WIDTH), SET(b, ROWS, WIDTH), NULL, NULL), FEAT_OK);
        assert_true(f.standard_error > 0.0);
        negative += f.variance <= 0.0;
        error += f.standard_error * f.standard_error;
        sum += f.value;
        square += f.value * f.value;
        feat_free(a);
        feat_free(b);
    }
    double ratio = sqrt(error / (square - sum * sum / DRAWS));
    if (negative == 0 || ratio < 0.8 || ratio > 1.45)
        fail_msg("error / spread %.2f, %zu estimates of the variance below 0", ratio, negative);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_kid_options o = subsets(2, 3);
    gmet_kid_result r;
    return gmet_kid(&r, &o, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
}

static feat_status allocate_full(void *ctx, feat_error *err)
{
    gmet_kid_full_result r;
    return gmet_kid_full(&r, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
}

static feat_status allocate_both(void *ctx, feat_error *err)
{
    gmet_kid_options o = subsets(2, 4);
    gmet_kid_full_result full;
    gmet_kid_result r;
    feat_status status = gmet_kid_both(&full, &r, &o, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
    assert_true(status != FEAT_OK || r.n_subsets == 2);
    return status;
}

/* Both at once: the bits of each alone, on every table and number of threads, wherever subsets share their pairs. */
static void expect_both(const gmet_kid_options *o, const float *x, size_t n1, const float *y, size_t n2, size_t d,
                        int together)
{
    gmet_kid_full_result full, alone;
    gmet_kid_result r, r_alone;
    feat_status status = gmet_kid(&r_alone, o, SET(x, n1, d), SET(y, n2, d), NULL, NULL);
    assert_int_equal(gmet_kid_full(&alone, o, SET(x, n1, d), SET(y, n2, d), NULL, NULL), FEAT_OK);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        feat_pool *pool = NULL;
        assert_int_equal(feat_pool_create(&pool, threads, NULL), FEAT_OK);
        for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
            const feat_kernels *table = feat_kernels_at(i);
            if (!feat_kernels_usable(table))
                continue;
            assert_int_equal(gmet_kid_both(&full, &r, o, SET(x, n1, d), SET(y, n2, d),
                                           &(const gmet_context){.pool = pool, .kernels = &table->dmat}, NULL),
                             FEAT_OK);
            assert_true(full.value == alone.value && full.variance == alone.variance);
            assert_true(full.standard_error == alone.standard_error && full.has_error == alone.has_error);
            assert_int_equal(r.n_subsets, together ? o->n_subsets : 0);
            if (together) {
                assert_int_equal(status, FEAT_OK);
                assert_true(r.mean == r_alone.mean && r.std == r_alone.std && r.subset_size == r_alone.subset_size);
            }
        }
        feat_pool_close(&pool);
    }
}

static void test_both(void **state)
{
    (void)state;
    enum { N1 = 500, N2 = 530, COLUMNS = 40 };
    float *a = fixture_features(N1, COLUMNS, 1, 0.0), *b = fixture_features(N2, COLUMNS, 2, 1.0);
    gmet_kid_options o = subsets(30, 100); /* 30 times 2 x 100 squared is more than 1,030 squared */
    expect_both(&o, a, N1, b, N2, COLUMNS, 1);
    expect_both(&o, a, N1, a, N1, COLUMNS, 1);
    o.kernel = GMET_KERNEL_RBF;
    expect_both(&o, a, N1, b, N2, COLUMNS, 1);
    o = subsets(20, 100); /* and 20 times is less */
    expect_both(&o, a, N1, b, N2, COLUMNS, 0);
    o = subsets(30, 501); /* cannot be drawn */
    expect_both(&o, a, N1, b, N2, COLUMNS, 0);
    o.shrink = 1;
    o.n_subsets = 2;
    expect_both(&o, a, N1, b, N2, COLUMNS, 1);
    a[N1 * COLUMNS - 1] = (float)NAN;
    gmet_kid_full_result full;
    gmet_kid_result r;
    feat_error err;
    assert_int_equal(gmet_kid_both(&full, &r, &o, SET(b, N2, COLUMNS), SET(a, N1, COLUMNS), NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_message(err, FEAT_ERR_NUMERIC, "second: row 499, column 39 is NaN");
    feat_free(a);
    feat_free(b);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    fixture_survives_no_memory(allocate, x);
    fixture_survives_no_memory(allocate_full, x);
    fixture_survives_no_memory(allocate_both, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subsets),    cmocka_unit_test(test_full),      cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_equal_sets), cmocka_unit_test(test_bad_input), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_error_of_near_sets), cmocka_unit_test(test_both),       cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
