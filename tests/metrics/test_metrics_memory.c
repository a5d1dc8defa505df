/* What the headers say that moments and FID take in memory is enough, and not much more than is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/frechet/frechet.h"
#include "metrics/moments/moments.h"
#include "tests/metrics/metrics_fixture.h"

enum { LEAST = 16, WIDEST = 512, MOST_ROWS = 5 * 2048 + 300, SLACK = 4096 };

static float *rows;

static gmet_moments *moments_of(size_t d, size_t n, const gmet_context *context)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, d, context, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, rows, n, d, NULL), FEAT_OK);
    return m;
}

/* moments.h: d (d + 1) / 2 doubles, as much for each bit of n / 2048 and once more, and 400 d. */
static size_t of_moments(size_t d, size_t n)
{
    size_t bits = 0;
    for (size_t blocks = n / 2048; blocks > 0; blocks /= 2)
        bits++;
    return ((bits + 2) * (d * (d + 1) / 2) + 400 * d) * sizeof(double) + 8 * SLACK + 24 * 257 * sizeof(double);
}

/* frechet.h: 3 d^2 + 800 d doubles, and 100 KiB for each thread. */
static size_t of_fid(size_t d, size_t threads)
{
    return (3 * d * d + 800 * d) * sizeof(double) + threads * 100 * 1024 + 8 * SLACK;
}

static void moments_take_what_is_said(void **state)
{
    (void)state;
    for (size_t d = LEAST; d <= WIDEST; d *= 4)
        for (size_t n = 300; n <= MOST_ROWS; n += 2048) {
            if (n * d > (size_t)MOST_ROWS * 64 && n > 300)
                continue;
            gmet_moments *m = NULL;
            feat_error err = {0};
            feat_alloc_limit(feat_alloc_bytes() + of_moments(d, n));
            feat_status status = gmet_moments_create(&m, d, NULL, &err);
            if (status == FEAT_OK)
                status = gmet_moments_add(m, rows, n, d, &err);
            feat_alloc_limit(SIZE_MAX);
            if (status != FEAT_OK)
                fail_msg("moments of %zu rows of %zu: %s", n, d, err.message);
            gmet_moments_close(&m);
        }
}

static void fid_takes_what_is_said(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 4; threads += 3)
        for (size_t d = LEAST; d <= WIDEST; d *= 2) {
            feat_pool *pool = NULL;
            feat_error err = {0};
            gmet_fid_result from_moments, of_numbers;
            assert_int_equal(feat_pool_create(&pool, threads, NULL), FEAT_OK);
            const gmet_context context = {.pool = pool};
            gmet_moments *a = moments_of(d, 290, &context), *b = moments_of(d, 300, &context);
            feat_alloc_limit(feat_alloc_bytes() + of_fid(d, threads));
            if (gmet_fid_from_moments(&from_moments, a, b, &context, &err) != FEAT_OK)
                fail_msg("FID of moments of %zu columns, %zu threads: %s", d, threads, err.message);
            feat_alloc_limit(SIZE_MAX);
            double *mu = fixture_doubles(2 * d), *sigma = fixture_doubles(2 * d * d);
            assert_int_equal(gmet_moments_get(a, mu, sigma, 1, NULL), FEAT_OK);
            assert_int_equal(gmet_moments_get(b, mu + d, sigma + d * d, 1, NULL), FEAT_OK);
            feat_alloc_limit(feat_alloc_bytes() + of_fid(d, threads));
            if (gmet_fid(&of_numbers, mu, sigma, mu + d, sigma + d * d, d, &context, &err) != FEAT_OK)
                fail_msg("FID of %zu columns, %zu threads: %s", d, threads, err.message);
            /* Half of it is not enough where the matrices are most of it. */
            feat_alloc_limit(feat_alloc_bytes() + of_fid(d, threads) / 2);
            feat_status status = gmet_fid(&of_numbers, mu, sigma, mu + d, sigma + d * d, d, &context, &err);
            feat_alloc_limit(SIZE_MAX);
            if (d == WIDEST)
                assert_int_equal(status, FEAT_ERR_NOMEM);
            assert_true(from_moments.value >= 0.0);
            feat_free(sigma);
            feat_free(mu);
            gmet_moments_close(&b);
            gmet_moments_close(&a);
            feat_pool_close(&pool);
        }
}

static int make_data(void **state)
{
    (void)state;
    rows = fixture_features(MOST_ROWS, 64, 3, 0.0);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    feat_free(rows);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_take_what_is_said),
        cmocka_unit_test(fid_takes_what_is_said),
    };
    return cmocka_run_group_tests_name("metrics_memory", tests, make_data, free_data);
}
