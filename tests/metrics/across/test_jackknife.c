/* The delete-group jackknife where its answer is known in closed form, and on the metrics. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"
#include "tests/metrics/metrics_fixture.h"

static double mean_of(const float *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    return sum / (double)n;
}

static double variance_of(const float *x, size_t n, double divisor)
{
    double mean = mean_of(x, n), sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)x[i] - mean) * ((double)x[i] - mean);
    return sum / divisor;
}

/* values [2]: difference of means, variance of the first set with divisor n. */
static feat_status statistics(void *ctx, double *values, const gmet_set *first, const gmet_set *second, feat_error *err)
{
    size_t *calls = ctx;
    if (calls != NULL && (*calls)-- == 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "out of calls");
    values[0] = mean_of(first->rows, first->n) - (second != NULL ? mean_of(second->rows, second->n) : 0.0);
    values[1] = variance_of(first->rows, first->n, (double)first->n);
    return FEAT_OK;
}

static void test_closed_form(void **state)
{
    (void)state;
    enum { N = 23, M = 9 };
    float *x = fixture_logits(N, 1, 1), *y = fixture_logits(M, 1, 2);
    gmet_jackknife_value v[2];
    /* Groups of one row: the classical formulas. */
    assert_int_equal(gmet_jackknife(v, 2, 100, statistics, NULL, SET(x, N, 1), NULL, NULL), FEAT_OK);
    assert_true(fabs(v[0].value - mean_of(x, N)) < 1e-13 && fabs(v[0].corrected - v[0].value) < 1e-13);
    assert_true(fabs(v[0].standard_error - sqrt(variance_of(x, N, N - 1) / N)) < 1e-13);
    assert_true(fabs(v[1].value - variance_of(x, N, N)) < 1e-13);
    assert_true(fabs(v[1].corrected - variance_of(x, N, N - 1)) < 1e-11);
    /* Two sets. */
    assert_int_equal(gmet_jackknife(v, 2, 100, statistics, NULL, SET(x, N, 1), SET(y, M, 1), NULL), FEAT_OK);
    double square = variance_of(x, N, N - 1) / N + variance_of(y, M, M - 1) / M;
    assert_true(fabs(v[0].standard_error - sqrt(square)) < 1e-13);
    assert_true(fabs(v[1].corrected - variance_of(x, N, N - 1)) < 1e-11);
    /* Groups of 5 and 4 rows; a mean stays unbiased. Row i is in group i mod 5. */
    assert_int_equal(gmet_jackknife(v, 2, 5, statistics, NULL, SET(x, N, 1), NULL, NULL), FEAT_OK);
    assert_true(fabs(v[0].corrected - v[0].value) < 1e-13);
    double variance = 0.0;
    for (size_t g = 0; g < 5; g++) {
        double sum = 0.0, size = 0.0, mean = mean_of(x, N);
        for (size_t i = g; i < N; i += 5, size += 1.0)
            sum += (double)x[i] - mean;
        double h = N / size, pseudo = sum / size; /* h t - (h - 1) t_j is the group's own mean */
        variance += pseudo * pseudo / (h - 1.0) / 5.0;
    }
    assert_true(fabs(v[0].standard_error - sqrt(variance)) < 1e-13);
    feat_free(x);
    feat_free(y);
}

static void test_metrics(void **state)
{
    (void)state;
    enum { N = 120, D = 12, C = 10 };
    float *a = fixture_features(N, D, 1, 0.0), *b = fixture_features(N, D, 2, 1.0);
    float *logits = fixture_logits(N, C, 3);
    gmet_jackknife_value v[1];
    gmet_is_result is;
    gmet_is_options options;
    gmet_is_options_init(&options, sizeof options);
    options.n_splits = 1;
    assert_int_equal(gmet_is_jackknife(v, 0, &options, SET(logits, N, C), NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_inception_score(&is, &options, SET(logits, N, C), NULL, NULL), FEAT_OK);
    assert_true(v[0].value == is.mean && v[0].corrected > v[0].value); /* few rows understate it */
    assert_true(v[0].standard_error > 0.0 && v[0].standard_error < 0.5);
    gmet_jackknife_value same;
    options.stride = C + 1; /* is not looked at */
    assert_int_equal(gmet_is_jackknife(&same, 0, &options, SET(logits, N, C), NULL, NULL), FEAT_OK);
    assert_memory_equal(&same, v, sizeof same);
    assert_int_equal(gmet_fid_jackknife(v, 0, SET(a, N, D), SET(b, N, D), NULL, NULL), FEAT_OK);
    assert_true(v[0].corrected < v[0].value && v[0].standard_error > 0.0);
    feat_free(a);
    feat_free(b);
    feat_free(logits);
}

static void test_errors(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 5};
    gmet_jackknife_value v[2];
    feat_error err;
    assert_int_equal(gmet_jackknife(v, 2, 0, statistics, NULL, SET(x, 1, 1), NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_jackknife(v, 2, 0, statistics, NULL, SET(x, 2, 1), SET(x, 1, 1), &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "1 found"));
    assert_int_equal(gmet_jackknife(v, 2, 1, statistics, NULL, SET(x, 4, 1), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_jackknife(v, 0, 2, statistics, NULL, SET(x, 4, 1), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_jackknife(v, 2, 2, statistics, NULL, SET(x, 4, 0), NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_jackknife(v, 2, 2, statistics, NULL, SET(x, 2, 1), SET(x, 2, 2), &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "the same columns, 1 and 2 found"));
    for (size_t calls = 0; calls < 9; calls++) { /* 1 + 4 + 4 calls are made */
        size_t left = calls;
        assert_int_equal(gmet_jackknife(v, 2, 0, statistics, &left, SET(x, 4, 1), SET(x, 4, 1), &err),
                         FEAT_ERR_UNSUPPORTED);
        assert_string_equal(err.message, "out of calls");
    }
    size_t enough = 9;
    assert_int_equal(gmet_jackknife(v, 2, 0, statistics, &enough, SET(x, 4, 1), SET(x, 4, 1), &err), FEAT_OK);
    assert_int_equal(enough, 0);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_jackknife_value v[2];
    return gmet_jackknife(v, 2, 0, statistics, NULL, SET(ctx, 4, 1), SET(ctx, 4, 1), err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[4] = {1, 2, 3, 5};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
