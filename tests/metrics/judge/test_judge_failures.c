/* The judge when something is wrong: damaged parts, bad input, no memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

static void test_restore(void **state)
{
    (void)state;
    judge_world w = judge_small_world(60, 20, 8, 1);
    gmet_judge_rows ref = judge_rows(w.ref, 60, 8), x = judge_rows(w.feat, w.n, 8);
    gmet_judge_ref_options o;
    gmet_judge_ref *a, *b;
    gmet_judge_ref_parts parts, bad;
    feat_error err;
    gmet_judge_ref_options_init(&o, sizeof o);
    o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_GMM | GMET_JUDGE_RAW;
    for (o.pca = 0; o.pca <= 4; o.pca += 4) {
        assert_int_equal(gmet_judge_ref_create(&a, &ref, NULL, &o, NULL, NULL), FEAT_OK);
        gmet_judge_ref_view(&parts, a);
        assert_int_equal(gmet_judge_ref_restore(&b, &parts, &err), FEAT_OK);
        size_t p = gmet_judge_n_features(a);
        assert_int_equal(gmet_judge_n_features(b), p);
        double *one = fixture_doubles(w.n * p), *two = fixture_doubles(w.n * p);
        assert_int_equal(gmet_judge_features(one, NULL, a, &x, NULL, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_features(two, NULL, b, &x, NULL, NULL, NULL), FEAT_OK);
        assert_memory_equal(one, two, w.n * p * sizeof *one);
        feat_free(one);
        feat_free(two);
        gmet_judge_ref_close(&b);
        bad = parts;
        bad.x.n = 5;
        assert_int_equal(gmet_judge_ref_restore(&b, &bad, &err), FEAT_ERR_ARG);
        bad = parts;
        bad.n_axes = 9;
        assert_int_equal(gmet_judge_ref_restore(&b, &bad, &err), FEAT_ERR_ARG);
        bad = parts;
        bad.lam = 0.0;
        assert_int_equal(gmet_judge_ref_restore(&b, &bad, &err), FEAT_ERR_ARG);
        double *radii = fixture_doubles(60);
        memcpy(radii, parts.radii, 60 * sizeof *radii);
        bad = parts;
        bad.radii = radii;
        radii[3] = -1.0;
        assert_int_equal(gmet_judge_ref_restore(&b, &bad, &err), FEAT_ERR_ARG);
        assert_null(b);
        feat_free(radii);
        gmet_judge_ref_close(&a);
    }
    judge_free(&w);
}

static void test_bad_input(void **state)
{
    (void)state;
    double x[8 * 2] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17}, out[80];
    float f[2] = {1.0f, (float)NAN};
    gmet_judge_rows ref = judge_rows(x, 8, 2), few = judge_rows(x, 5, 2), wide = judge_rows(x, 4, 4),
                    one = judge_rows(x, 1, 2);
    gmet_judge_rows nan = {.f = f, .n = 1, .d = 2};
    gmet_judge_ref_options o;
    gmet_judge_ref *r = NULL;
    feat_error err;
    gmet_judge_ref_options_init(&o, sizeof o);
    assert_int_equal(gmet_judge_ref_create(&r, &few, NULL, &o, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "at least 6 reference rows needed, 5 found"));
    o.k = 8;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "at least 9"));
    o.k = 3;
    o.blocks = GMET_JUDGE_ENT;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, &err), FEAT_ERR_ARG);
    o.blocks = 1u << 20;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, &err), FEAT_ERR_ARG);
    x[5] = (double)INFINITY;
    o.blocks = GMET_JUDGE_STATS;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "row 2, column 1"));
    assert_null(r);
    x[5] = 6.0;
    assert_int_equal(gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_judge_features(out, NULL, r, &wide, NULL, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_judge_features(out, NULL, r, &nan, NULL, NULL, &err), FEAT_ERR_NUMERIC);
    x[0] = 1e200; /* its square overflows */
    assert_int_equal(gmet_judge_features(out, NULL, r, &one, NULL, NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_judge_block_find("nothing"), 0);
    assert_int_equal(gmet_judge_block_find("raw"), GMET_JUDGE_RAW);
    gmet_judge_ref_close(&r);
    gmet_judge_ref_close(&r);
    gmet_judge_ref_close(NULL);
}

static feat_status tune_everything(void *ctx, feat_error *err)
{
    const judge_world *w = ctx;
    static double values[4][60];
    static uint32_t fold[60];
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_cv_result result = {
        .p = values[0], .p_const = values[1], .p_group = values[2], .threshold = values[3], .fold = fold};
    fit = judge_fit_options(GMET_JUDGE_RIDGE);
    gmet_judge_cv_options_init(&cv, sizeof cv);
    cv.lambda_auto = 1;
    cv.tune = GMET_JUDGE_YOUDEN;
    return gmet_judge_cross_validate(&result, &(gmet_judge_samples){w->feat, w->d, &w->set}, &fit, &cv, NULL, err);
}

/* Everything else once, for the allocations. */
static feat_status do_everything(void *ctx, feat_error *err)
{
    const judge_world *w = ctx;
    gmet_judge_rows ref = judge_rows(w->ref, 12, w->d), x = judge_rows(w->feat, w->n, w->d);
    gmet_judge_ref_options o;
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_ref *r = NULL, *again = NULL;
    gmet_judge_ref_parts parts;
    gmet_judge_cv_result result = {0};
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 3, .seed = 1};
    gmet_judge_interval a, b;
    gmet_judge_comparison c;
    gmet_judge_rivals rivals;
    gmet_judge_hype hype[8]; /* of the groups, and of all */
    gmet_judge_scores s;
    static double out[60 * 30], values[4][60];
    static uint32_t fold[60];
    double kappa;
    size_t pairs;
    gmet_judge_ceiling ceiling;
    gmet_judge_ref_options_init(&o, sizeof o);
    gmet_judge_fit_options_init(&fit, sizeof fit);
    gmet_judge_cv_options_init(&cv, sizeof cv);
    o.blocks = GMET_JUDGE_STATS | GMET_JUDGE_KMMD | GMET_JUDGE_GMM;
    o.pca = 3;
    fit.kind = GMET_JUDGE_KRR;
    fit.max_rows = 20;
    fit.landmarks = 10;
    cv.cv = GMET_JUDGE_KFOLD;
    cv.folds = 2;
    result.p = values[0];
    result.p_const = values[1];
    result.p_group = values[2];
    result.threshold = values[3];
    result.fold = fold;
    feat_status status = gmet_judge_ref_create(&r, &ref, NULL, &o, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_features(out, NULL, r, &x, NULL, NULL, err);
    if (status == FEAT_OK) {
        gmet_judge_ref_view(&parts, r);
        status = gmet_judge_ref_restore(&again, &parts, err);
    }
    size_t p = r != NULL ? gmet_judge_n_features(r) : 0;
    if (status == FEAT_OK)
        status = gmet_judge_cross_validate(&result, &(gmet_judge_samples){out, p, &w->set}, &fit, &cv, NULL, err);
    fit.kind = GMET_JUDGE_LOGISTIC;
    if (status == FEAT_OK)
        status = gmet_judge_cross_validate(&result, &(gmet_judge_samples){out, p, &w->set}, &fit, &cv, NULL, err);
    fit.kind = GMET_JUDGE_RIDGE;
    if (status == FEAT_OK)
        status = gmet_judge_cross_validate(&result, &(gmet_judge_samples){out, p, &w->set}, &fit, NULL, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_score(&s, result.p, NULL, &w->set, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_within_folds(&a, &b, &result, &w->set, &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_compare(&c, &result, &w->set, &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_compare_models(&rivals, (const gmet_judge_cv_result *[]){&result, &result}, 2, &w->set,
                                           &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_compare_raters(&c, &result, &w->votes, &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_agree_interval(&a, &b, &w->set, &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_hype_table(hype, &w->set, &w->votes, &boot, NULL, err);
    if (status == FEAT_OK)
        status = gmet_judge_cohen(&kappa, &pairs, &w->votes, 1, err);
    if (status == FEAT_OK)
        status = gmet_judge_noise_ceiling(&ceiling, &w->set, &w->votes, NULL, &boot, NULL, err);
    gmet_judge_ref_close(&again);
    gmet_judge_ref_close(&r);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    judge_plan plan = {
        .n_ref = 12, .n_real = 20, .n_gen = 20, .n_groups = 2, .d = 4, .labels = 3, .rho = 1, .seed = 1};
    judge_world w = judge_make(&plan);
    fixture_survives_no_memory(do_everything, &w);
    fixture_survives_no_memory(tune_everything, &w);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
