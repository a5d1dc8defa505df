/* The symmetric eigensolver and the matrix square root: known spectra, residuals, orthogonality, NumPy's
 * figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "metrics/linalg/band.h"
#include "metrics/linalg/eigsym.h"
#include "tests/data/metrics_expected.h"
#include "tests/metrics/metrics_fixture.h"

/* Largest |A v - lambda v| and |V V^T - I| relative to the largest eigenvalue; also that values ascend and
 * signs are as promised, and that asking for vectors changes values by rounding only. */
static void check_decomposition(const double *a, size_t n, double tolerance)
{
    double *values = fixture_doubles(n), *v = fixture_doubles(n * n), *alone = fixture_doubles(n);
    assert_int_equal(gmet_eigsym(values, v, a, n, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_eigsym(alone, NULL, a, n, NULL, NULL), FEAT_OK);
    double norm = fmax(fabs(values[0]), fabs(values[n - 1]));
    for (size_t i = 0; i < n; i++) {
        const double *vi = v + i * n;
        assert_true(i == 0 || values[i] >= values[i - 1]);
        assert_true(fabs(values[i] - alone[i]) <= tolerance * norm);
        double largest = 0.0;
        for (size_t r = 0; r < n; r++) {
            double residual = -values[i] * vi[r];
            double product = r == i ? -1.0 : 0.0;
            for (size_t k = 0; k < n; k++) {
                residual += (k <= r ? a[r * n + k] : a[k * n + r]) * vi[k];
                product += vi[k] * v[r * n + k];
            }
            assert_true(fabs(residual) <= tolerance * norm);
            assert_true(fabs(product) <= tolerance);
            largest = fabs(vi[r]) > fabs(largest) ? vi[r] : largest;
        }
        assert_true(largest > 0.0);
    }
    feat_free(values);
    feat_free(v);
    feat_free(alone);
}

static void test_small(void **state)
{
    (void)state;
    const double one[1] = {-3.0}, two[4] = {2.0, 99.0, 1.0, 2.0}; /* the upper triangle is not read */
    double values[2], vectors[4];
    assert_int_equal(gmet_eigsym(values, vectors, one, 1, NULL, NULL), FEAT_OK);
    assert_true(values[0] == -3.0 && vectors[0] == 1.0);
    assert_int_equal(gmet_eigsym(values, vectors, two, 2, NULL, NULL), FEAT_OK);
    assert_true(fabs(values[0] - 1.0) < 1e-15 && fabs(values[1] - 3.0) < 1e-15);
    assert_true(fabs(vectors[2] - sqrt(0.5)) < 1e-15 && fabs(vectors[3] - sqrt(0.5)) < 1e-15);
    assert_true(fabs(fabs(vectors[0]) - sqrt(0.5)) < 1e-15 && vectors[0] * vectors[1] < 0.0);
    const double zero[9] = {0};
    double z[3];
    assert_int_equal(gmet_eigsym(z, NULL, zero, 3, NULL, NULL), FEAT_OK);
    assert_true(z[0] == 0.0 && z[1] == 0.0 && z[2] == 0.0);
}

/* 2 on the diagonal, -1 beside it: 2 - 2 cos(k pi / (n + 1)). */
static void test_second_difference(void **state)
{
    (void)state;
    const size_t sizes[] = {3, 31, 32, 33, 64, 65, 130};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        double *a = fixture_doubles(n * n), *values = fixture_doubles(n);
        for (size_t i = 0; i < n; i++) {
            a[i * n + i] = 2.0;
            if (i > 0)
                a[i * n + i - 1] = -1.0;
        }
        assert_int_equal(gmet_eigsym(values, NULL, a, n, NULL, NULL), FEAT_OK);
        for (size_t k = 0; k < n; k++)
            assert_true(fabs(values[k] -
                             4.0 * pow(sin((double)(k + 1) * acos(-1.0) / (double)(2 * n + 2)), 2)) < 1e-14);
        check_decomposition(a, n, 1e-14);
        feat_free(a);
        feat_free(values);
    }
}

static void test_diagonal_and_rank_one(void **state)
{
    (void)state;
    enum { N = 70 };
    double *a = fixture_doubles(N * N), values[N];
    for (size_t i = 0; i < N; i++)
        a[i * N + i] = (double)((i * 37) % N);
    assert_int_equal(gmet_eigsym(values, NULL, a, N, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N; i++)
        assert_true(values[i] == (double)i);
    for (size_t i = 0; i < N * N; i++)
        a[i] = 1.0;
    assert_int_equal(gmet_eigsym(values, NULL, a, N, NULL, NULL), FEAT_OK);
    assert_true(fabs(values[N - 1] - N) < 1e-12 && fabs(values[N - 2]) < 1e-12 && fabs(values[0]) < 1e-12);
    check_decomposition(a, N, 1e-14);
    feat_free(a);
}

static void test_against_numpy(void **state)
{
    (void)state;
    double *a = fixture_symmetric(40, 3), values[40];
    assert_int_equal(gmet_eigsym(values, NULL, a, 40, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < 40; i++)
        assert_true(fabs(values[i] - expected_eigenvalues[i]) < 1e-14);
    feat_free(a);
}

static void test_random(void **state)
{
    (void)state;
    const size_t sizes[] = {2, 5, 34, 63, 97, 161};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        double *a = fixture_symmetric(sizes[s], 20 + s);
        check_decomposition(a, sizes[s], 3e-14);
        feat_free(a);
    }
}

/* Cyclic Jacobi, which finds small eigenvalues of graded positive definite matrices to full relative accuracy
 * (Demmel and Veselic, "Jacobi's method is more accurate than QR", 1992). Diagonal of a becomes the
 * eigenvalues. */
static void jacobi(long double *a, size_t n)
{
    for (int sweep = 0; sweep < 30; sweep++) {
        for (size_t p = 0; p < n; p++) {
            for (size_t q = p + 1; q < n; q++) {
                long double apq = a[p * n + q];
                if (apq == 0)
                    continue;
                long double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
                long double t = (theta < 0 ? -1 : 1) / (fabsl(theta) + sqrtl(theta * theta + 1));
                long double c = 1 / sqrtl(t * t + 1), s = t * c;
                for (size_t k = 0; k < n; k++) {
                    long double x = a[k * n + p], y = a[k * n + q];
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
                for (size_t k = 0; k < n; k++) {
                    long double x = a[p * n + k], y = a[q * n + k];
                    a[p * n + k] = c * x - s * y;
                    a[q * n + k] = s * x + c * y;
                }
                a[p * n + q] = a[q * n + p] = 0;
            }
        }
    }
}

/* A positive definite matrix whose elements fall over 29 decades: small eigenvalues must keep their digits,
 * which the Gram matrix of FID's factors relies on. */
static void test_graded(void **state)
{
    (void)state;
    enum { N = 25 };
    double *a = fixture_doubles(N * N), *b = fixture_symmetric(N, 33), values[N];
    long double *exact = feat_alloc_array(N * N, sizeof *exact);
    assert_non_null(exact);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = ldexp(b[i * N + j] * 0.05 + (i == j ? 1.0 : 0.0), -2 * (int)(i + j));
    for (size_t i = 0; i < N * N; i++)
        exact[i] = (long double)a[i];
    jacobi(exact, N);
    assert_int_equal(gmet_eigsym(values, NULL, a, N, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N; i++) { /* so steep a matrix keeps its order on the diagonal */
        double want = (double)exact[(N - 1 - i) * (N + 1)];
        assert_true(fabs(values[i] - want) < 2e-12 * want);
    }
    feat_free(exact);
    feat_free(a);
    feat_free(b);
}

/* The same in two stages, over orders that leave every kind of rest behind the last whole panel. */
static void test_graded_band(void **state)
{
    (void)state;
    for (size_t n = 2 * GMET_BAND - 1; n <= 3 * GMET_BAND + 3; n++) {
        double *a = fixture_doubles(n * n), *b = fixture_symmetric(n, n);
        double *values = fixture_doubles(n), *alone = fixture_doubles(n), *vectors = fixture_doubles(n * n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                a[i * n + j] = ldexp(b[i * n + j] * 0.01 + (i == j ? 1.0 : 0.0), -(int)(i / 2 + j / 2));
        assert_int_equal(gmet_eigsym(values, vectors, a, n, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_eigsym(alone, NULL, a, n, NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(values[i] - alone[i]) <= 1e-9 * values[i]);
        double *all[] = {a, b, values, alone, vectors};
        for (size_t i = 0; i < 5; i++)
            feat_free(all[i]);
    }
}

/* Every off-diagonal and every length of chase. */
static void test_band_orders(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 2 * GMET_BAND + 4; n++) {
        double *a = fixture_symmetric(n, 100 + n), *values = fixture_doubles(n), *alone = fixture_doubles(n);
        double *vectors = fixture_doubles(n * n);
        assert_int_equal(gmet_eigsym(values, vectors, a, n, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_eigsym(alone, NULL, a, n, NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(values[i] - alone[i]) <= 1e-13);
        double *all[] = {a, values, alone, vectors};
        for (size_t i = 0; i < 4; i++)
            feat_free(all[i]);
    }
}

static void test_extreme_scale(void **state)
{
    (void)state;
    enum { N = 12 };
    const int powers[] = {-1000, -500, 500, 1000};
    double *a = fixture_symmetric(N, 5), *b = fixture_doubles(N * N), v0[N], v1[N];
    assert_int_equal(gmet_eigsym(v0, NULL, a, N, NULL, NULL), FEAT_OK);
    for (size_t p = 0; p < 4; p++) {
        for (size_t i = 0; i < N * N; i++)
            b[i] = ldexp(a[i], powers[p]);
        assert_int_equal(gmet_eigsym(v1, NULL, b, N, NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < N; i++)
            assert_true(v1[i] == ldexp(v0[i], powers[p]));
    }
    feat_free(a);
    feat_free(b);
}

/* Off-diagonals so small beside the rest that squares leave the range of doubles, and yet not nothing. */
static void test_wide_range(void **state)
{
    (void)state;
    const double e = 0x1p-460;
    const double a[4] = {1.0, e, e, 0.0}, b[9] = {1.0, 0.0, 0.0, 0.0, 0.0, e, 0.0, e, 0.0};
    double values[3], alone[3], vectors[9];
    assert_int_equal(gmet_eigsym(values, vectors, a, 2, NULL, NULL), FEAT_OK);
    assert_true(values[1] == 1.0 && fabs(values[0]) <= e); /* 1 + e^2 and -e^2 */
    assert_true(vectors[3] == e * vectors[2] || fabs(vectors[3]) <= 2.0 * e);
    assert_true(vectors[1] == 1.0 && vectors[2] == 1.0);
    assert_int_equal(gmet_eigsym(values, vectors, b, 3, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_eigsym(alone, NULL, b, 3, NULL, NULL), FEAT_OK);
    assert_memory_equal(values, alone, sizeof values);
    assert_true(values[2] == 1.0);
    assert_true(fabs(values[0] / e + 1.0) < 1e-14 && fabs(values[1] / e - 1.0) < 1e-14);
    for (size_t i = 0; i < 2; i++) /* (0, 1, -1) and (0, 1, 1) over the root of 2 */
        for (size_t j = 1; j <= 2; j++)
            assert_true(fabs(fabs(vectors[3 * i + j]) - sqrt(0.5)) < 1e-14);
}

static void test_bad_input(void **state)
{
    (void)state;
    feat_error err;
    double a[4] = {1.0, 0.0, (double)NAN, 1.0}, values[2], root[4];
    assert_int_equal(gmet_eigsym(values, NULL, a, 0, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_eigsym(values, NULL, a, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_sqrtm(root, a, 2, NULL, &err), FEAT_ERR_NUMERIC);
    a[2] = (double)INFINITY;
    assert_int_equal(gmet_eigsym(values, NULL, a, 2, NULL, &err), FEAT_ERR_NUMERIC);
    a[2] = 2.0; /* eigenvalues -1 and 3 */
    assert_int_equal(gmet_sqrtm(root, a, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "eigenvalue -1"));
    assert_int_equal(gmet_sqrtm(root, a, 0, NULL, &err), FEAT_ERR_ARG);
}

static void test_square_root(void **state)
{
    (void)state;
    enum { D = 96 };
    const size_t rows[] = {300, 40}; /* full rank and singular */
    float *x = fixture_features(300, D, 1, 0.0);
    double *sigma = fixture_doubles(D * D), *root = fixture_doubles(D * D);
    for (size_t s = 0; s < 2; s++) {
        gmet_moments *m = NULL;
        assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_add(m, x, rows[s], D, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_get(m, NULL, sigma, 1, NULL), FEAT_OK);
        gmet_moments_close(&m);
        assert_int_equal(gmet_sqrtm(root, sigma, D, NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < D; i++) {
            for (size_t j = 0; j < D; j++) {
                double sum = 0.0;
                for (size_t k = 0; k < D; k++)
                    sum += root[i * D + k] * root[k * D + j];
                assert_true(fabs(sum - sigma[i * D + j]) < 1e-13);
                assert_true(root[i * D + j] == root[j * D + i]);
            }
        }
        if (s == 0) {
            for (size_t i = 0; i < D; i++)
                sigma[i * D + i] += 1.0;
            assert_int_equal(gmet_sqrtm(root, sigma, D, NULL, NULL), FEAT_OK);
            for (size_t i = 0; i < 8; i++)
                assert_true(fabs(root[i * D + i] - expected_sqrtm_diagonal[i]) < 1e-14);
        }
    }
    const double four[1] = {4.0};
    assert_int_equal(gmet_sqrtm(root, four, 1, NULL, NULL), FEAT_OK);
    assert_true(root[0] == 2.0);
    feat_free(x);
    feat_free(sigma);
    feat_free(root);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N = 131 };
    double *a = fixture_symmetric(N, 41), *values = fixture_doubles(N), *v = fixture_doubles(N * N);
    assert_int_equal(gmet_eigsym(values, v, a, N, context, NULL), FEAT_OK);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, values, N * sizeof *values);
    h = fixture_hash(h, v, N * N * sizeof *v);
    assert_int_equal(gmet_eigsym(values, NULL, a, N, context, NULL), FEAT_OK);
    h = fixture_hash(h, values, N * sizeof *values);
    for (size_t i = 0; i < N; i++)
        a[i * N + i] += 20.0;
    assert_int_equal(gmet_sqrtm(v, a, N, context, NULL), FEAT_OK);
    h = fixture_hash(h, v, N * N * sizeof *v);
    feat_free(a);
    feat_free(values);
    feat_free(v);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x524dd83844461db0u);
}

static feat_status allocate_eigsym(void *ctx, feat_error *err)
{
    double values[10], vectors[100];
    return gmet_eigsym(values, vectors, ctx, 10, NULL, err);
}

static feat_status allocate_sqrtm(void *ctx, feat_error *err)
{
    double root[100];
    return gmet_sqrtm(root, ctx, 10, NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    double *a = fixture_symmetric(10, 1);
    for (size_t i = 0; i < 10; i++)
        a[i * 11] += 10.0;
    fixture_survives_no_memory(allocate_eigsym, a);
    fixture_survives_no_memory(allocate_sqrtm, a);
    feat_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_second_difference),
        cmocka_unit_test(test_diagonal_and_rank_one),
        cmocka_unit_test(test_against_numpy),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_graded),
        cmocka_unit_test(test_graded_band),
        cmocka_unit_test(test_band_orders),
        cmocka_unit_test(test_extreme_scale),
        cmocka_unit_test(test_wide_range),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_square_root),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
