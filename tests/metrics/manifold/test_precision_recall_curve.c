/* Precision and recall of several k at once are those of each k alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "tests/metrics/metrics_fixture.h"

enum { N_KS = 5, MOST = 29 };
static const size_t ks[N_KS] = {1, 2, 3, 10, MOST};

static void assert_like_each_alone(const gmet_set *x, const gmet_set *y, int strict)
{
    gmet_pr_result found[N_KS], one;
    gmet_pr_options o;
    gmet_pr_options_init(&o, sizeof o);
    o.strict = strict;
    assert_int_equal(gmet_precision_recall_curve(found, ks, N_KS, &o, x, y, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < N_KS; i++) {
        o.k = ks[i];
        assert_int_equal(gmet_precision_recall(&one, &o, x, y, NULL, NULL), FEAT_OK);
        assert_true(found[i].precision == one.precision && found[i].recall == one.recall &&
                    found[i].f_score == one.f_score);
    }
    assert_true(found[0].precision < found[N_KS - 1].precision); /* or the test shows nothing */
}

/* Coarse whole numbers, so that many distances are exactly a radius, and rows are there twice. */
static void test_ties(void **state)
{
    (void)state;
    enum { N = 197, M = 130, D = 5 };
    float x[N * D], y[M * D];
    splitmix rng = {5};
    for (size_t i = 0; i < N * D; i++)
        x[i] = (float)floor(6.0 * splitmix_unit(&rng));
    for (size_t i = 0; i < M * D; i++)
        y[i] = (float)floor(6.0 * splitmix_unit(&rng)) + (i % 3 == 0 ? 2.0f : 0.0f);
    for (int strict = 0; strict <= 1; strict++)
        assert_like_each_alone(SET(x, N, D), SET(y, M, D), strict);
}

static void test_features(void **state)
{
    (void)state;
    float *x = fixture_features(230, 300, 1, 0.0), *y = fixture_features(310, 300, 2, 0.2);
    assert_like_each_alone(SET(x, 230, 300), SET(y, 310, 300), 0);
    feat_free(x);
    feat_free(y);
}

static void refused(const size_t *of, size_t n, const gmet_pr_options *o, feat_status why, const char *says)
{
    float *x = fixture_features(40, 3, 1, 0.0), *y = fixture_features(20, 3, 2, 0.0);
    gmet_pr_result r[N_KS];
    feat_error err = {0};
    assert_int_equal(gmet_precision_recall_curve(r, of, n, o, SET(x, 40, 3), SET(y, 20, 3), NULL, &err), why);
    assert_non_null(strstr(err.message, says));
    feat_free(x);
    feat_free(y);
}

static void test_bad_input(void **state)
{
    (void)state;
    const size_t falling[2] = {3, 2}, twice[2] = {3, 3}, zero[1] = {0}, many[2] = {1, 20};
    gmet_pr_options half;
    gmet_pr_options_init(&half, sizeof half);
    half.adm_fp16 = 1;
    refused(falling, 2, NULL, FEAT_ERR_ARG, "2 after 3");
    refused(twice, 2, NULL, FEAT_ERR_ARG, "3 after 3");
    refused(zero, 1, NULL, FEAT_ERR_ARG, "k >= 1");
    refused(zero, 0, NULL, FEAT_ERR_ARG, "k >= 1");
    refused(many, 1, &half, FEAT_ERR_ARG, "half precision");
    refused(many, 2, NULL, FEAT_ERR_NUMERIC, "21 generated rows, 20 found");
}

static feat_status allocate(void *ctx, feat_error *err)
{
    const float *x = ctx;
    static const size_t two[2] = {1, 2};
    gmet_pr_result r[2];
    return gmet_precision_recall_curve(r, two, 2, NULL, SET(x, 5, 2), SET(x, 4, 2), NULL, err);
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
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
