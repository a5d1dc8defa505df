/* Images that belong together, on both sides of a fold: what is known of one must not reach the prediction of the
 * other. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/splitmix.h"
#include "metrics/judge/judge_internal.h"
#include "tests/metrics/judge/judge_fixture.h"

/* Scenes drawn by several generators, perhaps beside a photograph of each: near-copies with one answer a scene, so
 * that nothing can be known of a scene from others, and everything from its copies. */
typedef struct scenes {
    size_t n, d;
    double *x;                                 /* [n][d] features, used as statistics */
    uint32_t *n_labels, *k, *group, *block, *alone; /* alone: blocks of one image each */
    signed char *truth;
    gmet_judge_set set;
} scenes;

enum { LABELS = 5, D = 16 };

static double bell(gmet_splitmix *s)
{
    double sum = -6.0;
    for (size_t i = 0; i < 12; i++)
        sum += gmet_splitmix_unit(s);
    return sum;
}

/* copies of each scene by each of n_groups generators; with `photographed` group 0 is the photographs'. */
static scenes draw(size_t n_scenes, size_t n_groups, size_t copies, int photographed, uint64_t seed)
{
    scenes w = {.n = n_scenes * n_groups * copies, .d = D};
    gmet_splitmix s = {seed};
    w.x = judge_need(feat_alloc_array(w.n, D * sizeof *w.x));
    w.n_labels = judge_need(feat_calloc(w.n, 5 * sizeof *w.n_labels));
    w.k = w.n_labels + w.n;
    w.group = w.k + w.n;
    w.block = w.group + w.n;
    w.alone = w.block + w.n;
    w.truth = judge_need(feat_calloc(w.n, 1));
    for (size_t scene = 0, i = 0; scene < n_scenes; scene++) {
        double centre[D];
        uint32_t answer = gmet_splitmix_unit(&s) < 0.523;
        for (size_t j = 0; j < D; j++)
            centre[j] = bell(&s);
        for (size_t c = 0; c < n_groups * copies; c++, i++) {
            for (size_t j = 0; j < D; j++)
                w.x[i * D + j] = centre[j] + 0.01 * bell(&s);
            w.n_labels[i] = LABELS;
            w.k[i] = answer * LABELS;
            w.group[i] = (uint32_t)(c / copies);
            w.truth[i] = photographed && w.group[i] == 0;
            w.block[i] = (uint32_t)scene;
            w.alone[i] = (uint32_t)i;
        }
    }
    w.set = (gmet_judge_set){.n = w.n,
                             .n_labels = w.n_labels,
                             .k_real = w.k,
                             .group = w.group,
                             .n_groups = n_groups,
                             .truth = w.truth,
                             .block = w.block,
                             .n_blocks = n_scenes};
    return w;
}

static void release(scenes *w)
{
    feat_free(w->x);
    feat_free(w->n_labels);
    feat_free(w->truth);
}

/* The same images, nobody having told what belongs together. */
static gmet_judge_set untold(const scenes *w)
{
    gmet_judge_set set = w->set;
    set.block = w->alone;
    set.n_blocks = w->n;
    return set;
}

typedef struct outcome {
    gmet_judge_cv_result r;
    size_t trained[GMET_JUDGE_MAX_FOLDS], left_out[GMET_JUDGE_MAX_FOLDS];
    double *p; /* [4][n] */
    gmet_judge_comparison c;
} outcome;

static outcome *validate(const scenes *w, const gmet_judge_set *set, gmet_judge_kind kind, double lambda,
                         const gmet_judge_cv_options *cv)
{
    outcome *o = judge_need(feat_calloc(1, sizeof *o));
    gmet_judge_fit_options fit;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 300, .seed = 1};
    feat_error err;
    o->p = judge_need(feat_alloc_array(w->n, 4 * sizeof *o->p));
    o->r.trained = o->trained;
    o->r.left_out = o->left_out;
    o->r.p = o->p;
    o->r.p_const = o->p + w->n;
    o->r.p_group = o->p + 2 * w->n;
    o->r.threshold = o->p + 3 * w->n;
    o->r.fold = judge_need(feat_alloc_array(w->n, sizeof *o->r.fold));
    fit = judge_fit_options(kind);
    fit.lambda = lambda;
    if (gmet_judge_cross_validate(&o->r, &(gmet_judge_samples){w->x, D, set}, &fit, cv, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(gmet_judge_compare(&o->c, &o->r, set, &boot, NULL, NULL), FEAT_OK);
    return o;
}

static void forget(outcome *o)
{
    feat_free(o->p);
    feat_free(o->r.fold);
    feat_free(o);
}

static gmet_judge_cv_options logo(void)
{
    gmet_judge_cv_options cv;
    gmet_judge_cv_options_init(&cv, sizeof cv);
    return cv;
}

/* 149 scenes, each drawn twice by two generators. Whoever says so gets "no skill" from every way of cutting; whoever
 * does not is told that copies are known by their copies. */
static void test_scenes_told(void **state)
{
    (void)state;
    enum { SEEDS = 8 };
    double mean = 0.0;
    for (int run = 0; run < 3 * SEEDS; run++) {
        int way = GMET_JUDGE_LOGO + run % 3;
        scenes w = draw(149, 2, 2, 0, 1 + (uint64_t)(run / 3));
        gmet_judge_set alone = untold(&w);
        gmet_judge_cv_options cv = logo();
        cv.cv = (gmet_judge_cv)way;
        outcome *told = validate(&w, &w.set, GMET_JUDGE_KRR, 1e-3, &cv),
                *not_told = validate(&w, &alone, GMET_JUDGE_KRR, 1e-3, &cv);
        print_message("way %d: told %.3f, %s; not told %.3f, %s; constant in hindsight %.3f\n", way,
                      told->c.acc.value, gmet_judge_verdict_name(told->c.verdict), not_told->c.acc.value,
                      gmet_judge_verdict_name(not_told->c.verdict), told->c.best_const.value);
        assert_int_equal(told->c.verdict, GMET_JUDGE_NO_SKILL);
        mean += told->c.acc.value / (3 * SEEDS);
        assert_true(not_told->c.acc.value == 1.0);
        assert_int_equal(not_told->c.verdict, GMET_JUDGE_MATCHES);
        forget(not_told);
        forget(told);
        release(&w);
    }
    print_message("told, on average: %.3f\n", mean);
    assert_true(fabs(mean - 0.5) < 0.05);
}

/* Both generators and the photographs share every scene, so that a generator alone cannot be left out: it is cut in
 * five by scenes, and a scene's images are all in the test or out of the training. */
static void test_parts(void **state)
{
    (void)state;
    scenes w = draw(50, 3, 2, 1, 2);
    gmet_judge_cv_options cv = logo();
    outcome *o = validate(&w, &w.set, GMET_JUDGE_RIDGE, 1.0, &cv);
    size_t tested = 0;
    assert_int_equal(o->r.n_folds, 10);
    for (size_t f = 0; f < 10; f++) {
        size_t inside = 0, scenes_inside = 0;
        unsigned char seen[50] = {0};
        for (size_t i = 0; i < w.n; i++) {
            if (o->r.fold[i] != f)
                continue;
            inside++;
            scenes_inside += !seen[w.block[i]];
            seen[w.block[i]] = 1;
            assert_true(w.truth[i] == 1 || w.group[i] == 1 + f / 5);
        }
        /* A generator's 50 scenes are ten a fold; photographs of half the scenes are tested with it. */
        assert_true(scenes_inside == 10 && inside >= 20 && inside <= 40);
        assert_int_equal(o->r.trained[f] + o->r.left_out[f], 300 - (100 + 50));
        assert_int_equal(o->r.left_out[f], 60 - inside);
        tested += inside;
    }
    assert_int_equal(tested, 300);
    forget(o);
    /* Few images that belong together only leave the training. */
    gmet_judge_set set = untold(&w);
    for (size_t i = 0; i < w.n; i++)
        w.alone[i] = w.block[i] < 4 ? w.block[i] : (uint32_t)(4 + i);
    set.n_blocks = 4 + w.n;
    o = validate(&w, &set, GMET_JUDGE_RIDGE, 1.0, &cv);
    assert_int_equal(o->r.n_folds, 2);
    for (size_t f = 0; f < 2; f++) {
        assert_int_equal(o->r.trained[f] + o->r.left_out[f], 150);
        assert_true(o->r.left_out[f] >= 8 && o->r.left_out[f] <= 16);
    }
    forget(o);
    release(&w);
}

/* Whatever people said of a block's images, nothing of the fold that tests one of them changes. */
static void test_nothing_passes(void **state)
{
    (void)state;
    scenes w = draw(40, 3, 1, 1, 3);
    for (int auto_lambda = 0; auto_lambda <= 1; auto_lambda++) {
        gmet_judge_cv_options cv = logo();
        cv.lambda_auto = auto_lambda;
        cv.tune = GMET_JUDGE_ACCURACY;
        outcome *before = validate(&w, &w.set, GMET_JUDGE_LOGISTIC, 1.0, &cv);
        for (size_t f = 0; f < before->r.n_folds; f += 3) {
            unsigned char inside[40] = {0};
            for (size_t i = 0; i < w.n; i++)
                inside[w.block[i]] |= before->r.fold[i] == f;
            for (size_t i = 0; i < w.n; i++)
                w.k[i] = inside[w.block[i]] ? LABELS - w.k[i] : w.k[i];
            outcome *after = validate(&w, &w.set, GMET_JUDGE_LOGISTIC, 1.0, &cv);
            assert_true(after->r.lambda[f] == before->r.lambda[f]);
            for (size_t i = 0; i < w.n; i++) {
                assert_int_equal(after->r.fold[i], before->r.fold[i]);
                for (size_t what = 0; what < 4 && before->r.fold[i] == f; what++)
                    assert_memory_equal(&after->p[what * w.n + i], &before->p[what * w.n + i], sizeof(double));
            }
            for (size_t i = 0; i < w.n; i++)
                w.k[i] = inside[w.block[i]] ? LABELS - w.k[i] : w.k[i];
            forget(after);
        }
        forget(before);
    }
    release(&w);
}

/* The inner folds that choose lambda are cut the same way: else copies make the least lambda look best. */
static void test_inner_folds(void **state)
{
    (void)state;
    scenes w = draw(60, 3, 1, 0, 4);
    gmet_judge_set alone = untold(&w);
    gmet_judge_cv_options cv = logo();
    cv.lambda_auto = 1;
    outcome *told = validate(&w, &w.set, GMET_JUDGE_KRR, 1.0, &cv),
            *not_told = validate(&w, &alone, GMET_JUDGE_KRR, 1.0, &cv);
    for (size_t f = 0; f < told->r.n_folds; f++)
        assert_true(told->r.lambda[f] >= 0.1);
    for (size_t f = 0; f < not_told->r.n_folds; f++)
        assert_true(not_told->r.lambda[f] <= 0.01);
    assert_int_equal(told->c.verdict, GMET_JUDGE_NO_SKILL);
    forget(not_told);
    forget(told);
    release(&w);
}

/* One block holds everything: it is said that nothing is left. Two are enough for a model each. */
static void test_nothing_left(void **state)
{
    (void)state;
    scenes w = draw(2, 2, 6, 0, 5);
    static size_t trained[GMET_JUDGE_MAX_FOLDS], left_out[GMET_JUDGE_MAX_FOLDS];
    double values[3][24];
    uint32_t fold[24];
    feat_error err;
    gmet_judge_cv_options cv = logo();
    gmet_judge_cv_result r = {.p = values[0],
                              .p_const = values[1],
                              .threshold = values[2],
                              .fold = fold,
                              .trained = trained,
                              .left_out = left_out};
    for (size_t i = 0; i < w.n; i++)
        w.k[i] = (uint32_t)(i % 4);
    assert_int_equal(gmet_judge_cross_validate(&r, &(gmet_judge_samples){w.x, D, &w.set}, NULL, &cv, NULL, &err),
                     FEAT_OK);
    assert_int_equal(r.n_folds, 4);
    assert_true(trained[0] == 6 && left_out[0] == 6);
    memset(w.block, 0, w.n * sizeof *w.block);
    assert_int_equal(gmet_judge_cross_validate(&r, &(gmet_judge_samples){w.x, D, &w.set}, NULL, &cv, NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_string_equal(err.message, "fold 0 of 2: each of the 12 images to train on shares a block with one of the 12 "
                                     "tested, so none is left; there must be more blocks, and smaller ones");
    release(&w);
}

/* The grid over sets of generators leaves out the same; a cell without anything to train on has no figure. */
static void test_grid(void **state)
{
    (void)state;
    scenes w = draw(100, 3, 1, 0, 6);
    static gmet_judge_cross told[6 * 31], not_told[6 * 31];
    gmet_judge_set alone = untold(&w);
    gmet_judge_fit_options fit;
    size_t n, n_alone;
    fit = judge_fit_options(GMET_JUDGE_KRR);
    fit.lambda = 1e-3;
    assert_int_equal(gmet_judge_cross_grid(told, &n, &(gmet_judge_samples){w.x, D, &w.set}, &fit, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_judge_cross_grid(not_told, &n_alone, &(gmet_judge_samples){w.x, D, &alone}, &fit, NULL, NULL),
                     FEAT_OK);
    assert_true(n == 9 && n_alone == 9);
    for (size_t i = 0; i < n; i++) {
        size_t trained = (told[i].train & (told[i].train - 1)) != 0 ? 2 : 1;
        assert_true(told[i].acc_label < 0.65 && not_told[i].acc_label == 1.0);
        assert_int_equal(told[i].labels, 500);
        assert_int_equal(told[i].trained, 80 * trained);
        assert_int_equal(told[i].left_out, 20 * trained);
        assert_true(not_told[i].trained == 100 * trained && not_told[i].left_out == 0);
    }
    memset(w.block, 0, w.n * sizeof *w.block);
    assert_int_equal(gmet_judge_cross_grid(told, &n, &(gmet_judge_samples){w.x, D, &w.set}, &fit, NULL, NULL), FEAT_OK);
    assert_true(n == 9 && told[0].labels == 0 && told[0].trained == 0 && isnan(told[0].acc_label));
    release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes_told), cmocka_unit_test(test_parts),        cmocka_unit_test(test_nothing_passes),
        cmocka_unit_test(test_inner_folds), cmocka_unit_test(test_nothing_left), cmocka_unit_test(test_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
