/* Mean and covariance against long double sums, NumPy's figures, and themselves under every split of the
 * rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "tests/data/metrics_expected.h"
#include "tests/level.h"
#include "tests/metrics/metrics_fixture.h"

static gmet_moments *moments_of(const float *x, size_t n, size_t d, size_t step)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, d, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < n; i += step)
        assert_int_equal(gmet_moments_add(m, x + i * d, n - i < step ? n - i : step, d, NULL), FEAT_OK);
    return m;
}

static void test_by_hand(void **state)
{
    (void)state;
    const float rows[3][4] = {{1, 10, 0, 99}, {2, 14, 0, 99}, {6, 12, 0, 99}}; /* stride 4, 3 columns used */
    gmet_moments *m = NULL;
    double mu[3], sigma[9];
    assert_int_equal(gmet_moments_create(&m, 3, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, rows[0], 3, 4, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_count(m), 3);
    assert_int_equal(gmet_moments_dim(m), 3);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
    const double want_mu[3] = {3, 12, 0}, want_sigma[9] = {7, 1, 0, 1, 4, 0, 0, 0, 0};
    assert_memory_equal(mu, want_mu, sizeof mu);
    assert_memory_equal(sigma, want_sigma, sizeof sigma);
    assert_int_equal(gmet_moments_get(m, NULL, sigma, 0, NULL), FEAT_OK);
    assert_true(sigma[0] == 14.0 / 3.0);
    gmet_moments_close(&m);
    assert_null(m);
    gmet_moments_close(&m);
    gmet_moments_close(NULL);
}

static void test_against_long_double(void **state)
{
    (void)state;
    if (!test_long_double_is_wide()) {
        print_message("skipped: long double is no wider than double here\n");
        return;
    }
    enum { N = 777, D = 53 };
    float *x = fixture_features(N, D, 9, 0.5);
    double *mu = fixture_doubles(D), *sigma = fixture_doubles(D * D);
    gmet_moments *m = moments_of(x, N, D, 100);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j < D; j++) {
            long double a = 0, b = 0, ab = 0;
            for (size_t r = 0; r < N; r++) {
                a += (long double)x[r * D + i];
                b += (long double)x[r * D + j];
                ab += (long double)x[r * D + i] * (long double)x[r * D + j];
            }
            double want = (double)((ab - a * b / N) / (N - 1));
            double scale = sqrt(sigma[i * D + i] * sigma[j * D + j]);
            assert_true(fabs(sigma[i * D + j] - want) <= 2e-15 * scale);
            assert_true(fabs(mu[i] - (double)(a / N)) <= 1e-15 * mu[i]);
            assert_true(sigma[i * D + j] == sigma[j * D + i]);
        }
    }
    gmet_moments_close(&m);
    feat_free(x);
    feat_free(mu);
    feat_free(sigma);
}

static void test_against_numpy(void **state)
{
    (void)state;
    enum { D = 96 };
    float *a = fixture_features(300, D, 1, 0.0), *b = fixture_features(410, D, 2, 1.0);
    double sum = 0.0, mu[D], *sigma = fixture_doubles(D * D);
    for (size_t i = 0; i < 300 * D; i++)
        sum += (double)a[i];
    for (size_t i = 0; i < 410 * D; i++)
        sum += (double)b[i];
    assert_true(fabs(sum - EXPECTED_FEATURE_SUM) < 1e-8); /* the generators agree */
    gmet_moments *m = moments_of(a, 300, D, 300);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
    for (size_t i = 0; i < 8; i++) {
        assert_true(fabs(mu[i] - expected_mu[i]) < 1e-15);
        assert_true(fabs(sigma[i] - expected_sigma_first_row[i]) < 2e-15);
    }
    gmet_moments_close(&m);
    feat_free(a);
    feat_free(b);
    feat_free(sigma);
}

static void test_split_does_not_matter(void **state)
{
    (void)state;
    enum { N = 600, D = 40 };
    const size_t steps[] = {1, 7, 255, 256, 257, 600};
    float *x = fixture_features(N, D, 10, 0.0);
    double *first = fixture_doubles(D * D + D), *other = fixture_doubles(D * D + D);
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        gmet_moments *m = moments_of(x, N, D, steps[s]);
        double *out = s == 0 ? first : other;
        assert_int_equal(gmet_moments_get(m, out, out + D, 1, NULL), FEAT_OK);
        assert_memory_equal(out, first, (D * D + D) * sizeof *out);
        assert_int_equal(gmet_moments_get(m, other, other + D, 1, NULL),
                         FEAT_OK); /* reading changes nothing */
        assert_memory_equal(other, first, (D * D + D) * sizeof *out);
        gmet_moments_close(&m);
    }
    /* Reading half-way does not disturb what follows. */
    gmet_moments *m = moments_of(x, 300, D, 300);
    assert_int_equal(gmet_moments_get(m, other, other + D, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x + 300 * D, 300, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, other, other + D, 1, NULL), FEAT_OK);
    assert_memory_equal(other, first, (D * D + D) * sizeof *other);
    gmet_moments_close(&m);
    feat_free(x);
    feat_free(first);
    feat_free(other);
}

enum { FAR_N = 5000, FAR_D = 12 };

/* Rows of mean ratio * deviation, of several columns mixed; rounded to floats that keep the deviation. */
static float *far_rows(uint64_t seed, double ratio)
{
    splitmix s = {seed};
    float *x = feat_alloc_array((size_t)FAR_N * FAR_D, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < FAR_N; i++) {
        double t = 0.0;
        for (size_t j = 0; j < FAR_D; j++) {
            t = 0.5 * t +
                (splitmix_unit(&s) + splitmix_unit(&s) + splitmix_unit(&s) - 1.5) * (1.0 + 0.1 * (double)j);
            x[i * FAR_D + j] = (float)((j % 3 == 1 ? -ratio : ratio) * (1.0 + 0.01 * (double)j) + t);
        }
    }
    return x;
}

/* In two passes, as NumPy and with it pytorch-fid do, in long double. mu [D], sigma [D][D]. */
static void centred(const float *x, size_t n, long double *mu, long double *sigma)
{
    for (size_t j = 0; j < FAR_D; j++) {
        mu[j] = 0.0L;
        for (size_t i = 0; i < n; i++)
            mu[j] += (long double)x[i * FAR_D + j];
        mu[j] /= (long double)n;
    }
    for (size_t j = 0; j < FAR_D; j++)
        for (size_t k = 0; k < FAR_D; k++) {
            long double sum = 0.0L;
            for (size_t i = 0; i < n; i++)
                sum += ((long double)x[i * FAR_D + j] - mu[j]) * ((long double)x[i * FAR_D + k] - mu[k]);
            sigma[j * FAR_D + k] = sum / (long double)(n - 1);
        }
}

/* Moments of rows at places with gaps: blocks 1 and 3 are empty, block 2 lacks its last chunk. */
static gmet_moments *with_gaps(const float *x)
{
    enum { B = GMET_MOMENTS_BLOCK };
    static const size_t runs[][2] = {{7, 1500}, {2 * B + 40, 1600}, {4 * B, B - 100}};
    gmet_moments *m = NULL;
    size_t done = 0;
    assert_int_equal(gmet_moments_create(&m, FAR_D, NULL, NULL), FEAT_OK);
    for (size_t r = 0; r < 3; r++) {
        size_t n = r < 2 ? runs[r][1] : FAR_N - done;
        assert_int_equal(gmet_moments_skip(m, runs[r][0] - gmet_moments_next(m), NULL), FEAT_OK);
        assert_int_equal(gmet_moments_add(m, x + done * FAR_D, n, FAR_D, NULL), FEAT_OK);
        done += n;
    }
    return m;
}

/* Means far above the deviations cost no digits of the covariance, wherever blocks end. */
static void test_far_means(void **state)
{
    (void)state;
    if (!test_long_double_is_wide()) {
        print_message("skipped: long double is no wider than double here\n");
        return;
    }
    static const double ratios[] = {0.0, 1.0, 1e4, 1e6, 3e6};
    for (size_t r = 0; r < sizeof ratios / sizeof ratios[0]; r++) {
        float *x = far_rows(40 + r, ratios[r]);
        long double mu[FAR_D], sigma[FAR_D * FAR_D];
        centred(x, FAR_N, mu, sigma);
        for (int gaps = 0; gaps < 2; gaps++) {
            gmet_moments *m = gaps ? with_gaps(x) : moments_of(x, FAR_N, FAR_D, 999);
            double got_mu[FAR_D], got[FAR_D * FAR_D];
            assert_int_equal(gmet_moments_get(m, got_mu, got, 1, NULL), FEAT_OK);
            for (size_t j = 0; j < FAR_D; j++) {
                double deviation = (double)sqrtl(sigma[j * FAR_D + j]);
                assert_true(fabs(got_mu[j] - (double)mu[j]) <= 0x1p-53 * fabs(got_mu[j]) + 1e-15 * deviation);
                for (size_t k = 0; k < FAR_D; k++) {
                    double scale = deviation * (double)sqrtl(sigma[k * FAR_D + k]);
                    assert_true(fabs(got[j * FAR_D + k] - (double)sigma[j * FAR_D + k]) <= 2e-15 * scale);
                }
            }
            gmet_moments_close(&m);
        }
        feat_free(x);
    }
}

/* One row alone differs: the first of a block, by which the others are then centred, or another. */
static void test_lone_rows(void **state)
{
    (void)state;
    enum { N = 2 * GMET_MOMENTS_BLOCK + 300, WIDTH = 3 };
    static const size_t odd[] = {0, 1, 255, 256, GMET_MOMENTS_BLOCK - 1, GMET_MOMENTS_BLOCK, N - 1};
    for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
        gmet_moments *m = NULL;
        double sigma[WIDTH * WIDTH];
        assert_int_equal(gmet_moments_create(&m, WIDTH, NULL, NULL), FEAT_OK);
        for (size_t i = 0; i < N; i++) {
            const float row[WIDTH] = {i == odd[k] ? 1e6f : 0.1f, 12345.678f,
                                      i == odd[k] ? 0.3f : 0.30000004f};
            assert_int_equal(gmet_moments_add(m, row, 1, WIDTH, NULL), FEAT_OK);
        }
        assert_int_equal(gmet_moments_get(m, NULL, sigma, 1, NULL), FEAT_OK);
        for (size_t j = 0; j < WIDTH; j += 2) {
            double step = j == 0 ? (double)1e6f - (double)0.1f : (double)0.3f - (double)0.30000004f;
            assert_true(fabs(sigma[j * WIDTH + j] - step * step / N) <= 1e-13 * step * step / N);
        }
        for (size_t j = 0; j < WIDTH; j++)
            assert_true(sigma[WIDTH + j] == 0.0);
        gmet_moments_close(&m);
    }
}

/* A constant column has variance 0, and covariances of 0. */
static void test_constant_columns(void **state)
{
    (void)state;
    enum { N = 999, WIDTH = 50 };
    float row[WIDTH];
    double *sigma = fixture_doubles(WIDTH * WIDTH);
    for (size_t j = 0; j < WIDTH; j++)
        row[j] = 0.1f + 0.37f * (float)j;
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, WIDTH, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(gmet_moments_add(m, row, 1, WIDTH, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, NULL, sigma, 1, NULL), FEAT_OK);
    for (size_t j = 0; j < WIDTH; j++)
        for (size_t k = 0; k < WIDTH; k++)
            assert_true(sigma[j * WIDTH + k] == 0.0);
    gmet_moments_close(&m);
    feat_free(sigma);
}

static void test_bad_input(void **state)
{
    (void)state;
    gmet_moments *m = NULL;
    feat_error err;
    assert_int_equal(gmet_moments_create(&m, 0, NULL, &err), FEAT_ERR_ARG);
    assert_null(m);
    assert_int_equal(gmet_moments_create(&m, 2, NULL, &err), FEAT_OK);
    double mu[2], sigma[4];
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, &err), FEAT_ERR_NUMERIC);
    float rows[6] = {1, 2, 3, 4, 5, 6};
    assert_int_equal(gmet_moments_add(m, rows, 3, 1, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_moments_add(m, rows, 1, 2, &err), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "at least 2 rows"));
    rows[3] = NAN;
    assert_int_equal(gmet_moments_add(m, rows, 3, 2, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "row 2, column 1 is NaN"));
    rows[3] = INFINITY;
    assert_int_equal(gmet_moments_add(m, rows, 3, 2, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "infinite"));
    assert_int_equal(gmet_moments_count(m), 1); /* a refused call adds nothing */
    gmet_moments_close(&m);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N = 301, D = 101 };
    float *x = fixture_features(N, D, 11, 0.0);
    double *out = fixture_doubles(D * D + D);
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, context, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, N, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, out, out + D, 1, NULL), FEAT_OK);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, out, (D * D + D) * sizeof *out);
    gmet_moments_close(&m);
    feat_free(x);
    feat_free(out);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xb003708f2690fe42u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    double *sigma = ctx;
    const float rows[6] = {1, 2, 3, 4, 5, 7};
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, 2, NULL, err);
    if (status != FEAT_OK) {
        assert_null(m);
        return status;
    }
    status = gmet_moments_add(m, rows, 3, 2, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(m, NULL, sigma, 1, err);
    gmet_moments_close(&m);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    double sigma[4];
    fixture_survives_no_memory(allocate, sigma);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),          cmocka_unit_test(test_against_long_double),
        cmocka_unit_test(test_against_numpy),    cmocka_unit_test(test_split_does_not_matter),
        cmocka_unit_test(test_far_means),        cmocka_unit_test(test_lone_rows),
        cmocka_unit_test(test_constant_columns), cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
