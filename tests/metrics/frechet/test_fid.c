/* Frechet distance: hand cases, the nuclear-norm reference of make_metrics_data.py, singular covariances,
 * equal sets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/gmet.h"
#include "metrics/linalg/chol.h"
#include "metrics/linalg/mat.h"
#include "tests/data/metrics_expected.h"
#include "tests/metrics/metrics_fixture.h"

enum { D = 96 };

static double fid_of(const float *a, size_t n_a, const float *b, size_t n_b)
{
    gmet_moments *m1 = NULL, *m2 = NULL;
    gmet_fid_result r;
    assert_int_equal(gmet_moments_create(&m1, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_create(&m2, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m1, a, n_a, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m2, b, n_b, D, NULL), FEAT_OK);
    assert_int_equal(gmet_fid_from_moments(&r, m1, m2, NULL, NULL), FEAT_OK);
    assert_true(r.value == r.mean_term + r.trace_term);
    gmet_moments_close(&m1);
    gmet_moments_close(&m2);
    return r.value;
}

static double *covariance_of(const float *x, size_t n)
{
    double *sigma = fixture_doubles(D * D);
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, n, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, NULL, sigma, 1, NULL), FEAT_OK);
    gmet_moments_close(&m);
    return sigma;
}

static void test_by_hand(void **state)
{
    (void)state;
    gmet_fid_result r;
    const double mu1[2] = {1, 2}, mu2[2] = {4, -2};
    const double diagonal1[4] = {4, 0, 0, 9}, diagonal2[4] = {1, 0, 0, 16};
    assert_int_equal(gmet_fid(&r, mu1, diagonal1, mu2, diagonal2, 2, NULL, NULL), FEAT_OK);
    assert_true(r.mean_term == 25.0);
    assert_true(fabs(r.trace_term - 2.0) < 1e-13); /* (2 - 1)^2 + (3 - 4)^2 */
    assert_true(fabs(r.value - 27.0) < 1e-13);
    const double one[1] = {9}, other[1] = {4}, at[1] = {0};
    assert_int_equal(gmet_fid(&r, at, one, at, other, 1, NULL, NULL), FEAT_OK);
    assert_true(fabs(r.value - 1.0) < 1e-15);
    /* Rank one against rank one at right angles: nothing in common. */
    const double x[4] = {1, 0, 0, 0}, y[4] = {0, 0, 0, 1}, zero[4] = {0};
    assert_int_equal(gmet_fid(&r, mu1, x, mu1, y, 2, NULL, NULL), FEAT_OK);
    assert_true(r.value == 2.0);
    assert_int_equal(gmet_fid(&r, mu1, x, mu1, zero, 2, NULL, NULL), FEAT_OK);
    assert_true(r.value == 1.0);
    assert_int_equal(gmet_fid(&r, mu1, zero, mu1, zero, 2, NULL, NULL), FEAT_OK);
    assert_true(r.value == 0.0);
    /* Along the same line the roots multiply: (1 - 2)^2 * 5 for v v^T and 4 v v^T with |v|^2 = 5. */
    const double v[4] = {1, 2, 2, 4}, w[4] = {4, 8, 8, 16};
    assert_int_equal(gmet_fid(&r, mu1, v, mu1, w, 2, NULL, NULL), FEAT_OK);
    assert_true(fabs(r.value - 5.0) < 1e-14);
}

static void test_against_nuclear_norm(void **state)
{
    (void)state;
    float *a = fixture_features(300, D, 1, 0.0), *b = fixture_features(410, D, 2, 1.0);
    assert_true(fabs(fid_of(a, 300, b, 410) - EXPECTED_FID_FULL_RANK) < 1e-11);
    assert_true(fabs(fid_of(a, 60, b, 75) - EXPECTED_FID_60_75) < 1e-11);
    assert_true(fabs(fid_of(a, 60, b, 410) - EXPECTED_FID_60_410) < 1e-11);
    assert_true(fabs(fid_of(b, 410, a, 60) - EXPECTED_FID_60_410) < 1e-11);
    assert_true(fabs(fid_of(a, 2, b, 410) - EXPECTED_FID_2_410) < 1e-11);
    assert_true(fabs(fid_of(a, 150, a + 150 * D, 150) - EXPECTED_FID_HALVES) < 1e-11);
    feat_free(a);
    feat_free(b);
}

/* Moving both sets far away changes nothing: rows on a grid of quarters, which floats hold exactly millions of
 * deviations off. */
static void test_far_means(void **state)
{
    (void)state;
    enum { N_A = 3000, N_B = 2500 };
    static const double away[] = {1e4, 1e6, 3e6};
    float *a = fixture_features(N_A, D, 5, 0.0), *b = fixture_features(N_B, D, 6, 0.5);
    float *far_a = fixture_features(N_A, D, 5, 0.0), *far_b = fixture_features(N_B, D, 6, 0.5);
    for (size_t i = 0; i < N_A * D; i++)
        a[i] = rintf(4.0f * a[i]) / 4.0f;
    for (size_t i = 0; i < N_B * D; i++)
        b[i] = rintf(4.0f * b[i]) / 4.0f;
    double want = fid_of(a, N_A, b, N_B);
    for (size_t k = 0; k < sizeof away / sizeof away[0]; k++) {
        for (size_t i = 0; i < N_A * D; i++)
            far_a[i] = a[i] + (float)away[k];
        for (size_t i = 0; i < N_B * D; i++)
            far_b[i] = b[i] + (float)away[k];
        assert_true(fabs(fid_of(far_a, N_A, far_b, N_B) - want) <= 1e-9 * want);
    }
    feat_free(a);
    feat_free(b);
    feat_free(far_a);
    feat_free(far_b);
}

static void test_equal_sets(void **state)
{
    (void)state;
    const size_t rows[] = {300, 97, 50, 2};
    float *a = fixture_features(300, D, 1, 0.0);
    for (size_t s = 0; s < 4; s++) {
        assert_true(fid_of(a, rows[s], a, rows[s]) == 0.0);
        double *sigma = covariance_of(a, rows[s]), trace = 0.0,
               root; /* the general way, without the short cut */
        for (size_t i = 0; i < D; i++)
            trace += sigma[i * D + i];
        assert_int_equal(gmet_trace_sqrt_product(&root, sigma, sigma, D, NULL, NULL), FEAT_OK);
        assert_true(fabs(trace - root) < 1e-12);
        feat_free(sigma);
    }
    feat_free(a);
}

/* A covariance that went through single precision is indefinite by rounding; that must not stop anyone. */
static void test_rounded_covariance(void **state)
{
    (void)state;
    float *a = fixture_features(300, D, 1, 0.0), *b = fixture_features(60, D, 2, 1.0);
    double *sigma1 = covariance_of(a, 300), *sigma2 = covariance_of(b, 60), exact, rounded;
    assert_int_equal(gmet_trace_sqrt_product(&exact, sigma1, sigma2, D, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < D * D; i++)
        sigma2[i] = (double)(float)sigma2[i];
    assert_int_equal(gmet_trace_sqrt_product(&rounded, sigma1, sigma2, D, NULL, NULL), FEAT_OK);
    assert_true(fabs(exact - rounded) < 0.02);
    feat_free(a);
    feat_free(b);
    feat_free(sigma1);
    feat_free(sigma2);
}

static void test_factor(void **state)
{
    (void)state;
    float *a = fixture_features(300, D, 1, 0.0);
    double *sigma = covariance_of(a, 80), *f = fixture_doubles(D * D);
    size_t order[D], rank = 0;
    gmet_work work;
    assert_int_equal(gmet_work_create(&work, NULL, D, D, D, NULL), FEAT_OK);
    assert_int_equal(gmet_pivoted_cholesky(f, D, order, &rank, sigma, D, "sigma", &work, NULL), FEAT_OK);
    assert_int_equal(rank, 79);
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j < D; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < rank; k++)
                sum += f[k * D + i] * f[k * D + j];
            assert_true(fabs(sum - sigma[order[i] * D + order[j]]) < 1e-13);
        }
    }
    for (size_t k = 0; k < rank; k++) {
        double pivot = f[k * D + k];
        assert_true(pivot > 0.0);
        /* Within a panel pivots fall; a new panel may begin with one 4 times as large as the last. */
        assert_true(k == 0 || pivot <= 4.0 * f[(k - 1) * D + k - 1]);
        for (size_t i = 0; i < k; i++)
            assert_true(f[k * D + i] == 0.0);
        for (size_t i = k + 1; i < D; i++)
            assert_true(fabs(f[k * D + i]) <= 4.0 * pivot);
    }
    gmet_work_release(&work);
    feat_free(a);
    feat_free(sigma);
    feat_free(f);
}

static void test_bad_input(void **state)
{
    (void)state;
    feat_error err;
    gmet_fid_result r;
    double mu[2] = {0, 0}, good[4] = {1, 0, 0, 1}, bad[4] = {1, 0, 0, -1}, root;
    assert_int_equal(gmet_fid(&r, mu, good, mu, bad, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "covariance 2"));
    double crossed[4] = {0, 1, 1, 0};
    assert_int_equal(gmet_fid(&r, mu, crossed, mu, good, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "covariance 1"));
    bad[3] = (double)NAN;
    assert_int_equal(gmet_fid(&r, mu, good, mu, bad, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "covariance 2 holds NaN"));
    assert_int_equal(gmet_fid(&r, mu, bad, mu, bad, 2, NULL, &err), FEAT_ERR_NUMERIC);
    mu[1] = (double)INFINITY;
    assert_int_equal(gmet_fid(&r, mu, good, mu, good, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_trace_sqrt_product(&root, good, good, 0, NULL, &err), FEAT_ERR_ARG);
    gmet_moments *m2 = NULL, *m3 = NULL;
    assert_int_equal(gmet_moments_create(&m2, 2, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_create(&m3, 3, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_fid_from_moments(&r, m2, m3, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_fid_from_moments(&r, m2, m2, NULL, &err), FEAT_ERR_NUMERIC);
    gmet_moments_close(&m2);
    gmet_moments_close(&m3);
}

static uint64_t hash_of(const gmet_context *context)
{
    float *a = fixture_features(120, D, 1, 0.0), *b = fixture_features(110, D, 2, 1.0);
    double *sigma1 = covariance_of(a, 120), *sigma2 = covariance_of(b, 110), root[2];
    assert_int_equal(gmet_trace_sqrt_product(&root[0], sigma1, sigma2, D, context, NULL), FEAT_OK);
    feat_free(sigma2);
    sigma2 = covariance_of(b, 70);
    assert_int_equal(gmet_trace_sqrt_product(&root[1], sigma1, sigma2, D, context, NULL), FEAT_OK);
    feat_free(a);
    feat_free(b);
    feat_free(sigma1);
    feat_free(sigma2);
    return fixture_hash(FIXTURE_HASH_START, root, sizeof root);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x87ed7fe29b7a2759u);
}

typedef struct sides {
    gmet_moments *real, *gen;
} sides;

static feat_status allocate(void *ctx, feat_error *err)
{
    sides *s = ctx;
    gmet_fid_result r;
    return gmet_fid_from_moments(&r, s->real, s->gen, NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    sides s = {NULL, NULL};
    const float a[8] = {1, 2, 3, 5, 5, 6, 7, 1}, b[8] = {0, 2, 4, 5, 1, 6, 9, 1};
    assert_int_equal(gmet_moments_create(&s.real, 2, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_create(&s.gen, 2, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(s.real, a, 4, 2, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(s.gen, b, 4, 2, NULL), FEAT_OK);
    fixture_survives_no_memory(allocate, &s);
    gmet_moments_close(&s.real);
    gmet_moments_close(&s.gen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),    cmocka_unit_test(test_against_nuclear_norm),
        cmocka_unit_test(test_far_means),
        cmocka_unit_test(test_equal_sets), cmocka_unit_test(test_rounded_covariance),
        cmocka_unit_test(test_factor),     cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),  cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
