/* The judge's statistics: cases by hand, figures of NumPy and SciPy, brute force, and what must not matter. */
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
#include "tests/data/judge_expected.h"
#include "tests/metrics/judge/judge_fixture.h"
#include "tests/metrics/metrics_fixture.h"

#define assert_near(got, want, limit) near_at(got, want, limit, __LINE__)
static void near_at(double got, double want, double limit, int line)
{
    if (!(fabs(got - want) <= limit))
        fail_msg("line %d: got %.17g, want %.17g", line, got, want);
}

/* --- sets by hand ------------------------------------------------------------------------------------- */

enum { MOST = 64 };
typedef struct small {
    uint32_t n[MOST], k[MOST], group[MOST], block[MOST];
    signed char truth[MOST];
    gmet_judge_set set;
} small;

/* Images with k of n labels, one group, blocks of their own. */
static void make_small(small *s, size_t count, const uint32_t *n, const uint32_t *k)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < count; i++) {
        s->n[i] = n[i];
        s->k[i] = k[i];
        s->block[i] = (uint32_t)i;
    }
    s->set = (gmet_judge_set){.n = count,
                              .n_labels = s->n,
                              .k_real = s->k,
                              .group = s->group,
                              .n_groups = 1,
                              .truth = s->truth,
                              .block = s->block,
                              .n_blocks = count};
}

static void test_agreement_by_hand(void **state)
{
    (void)state;
    const uint32_t n[] = {3, 3, 3, 2, 1}, k[] = {3, 2, 1, 1, 1};
    small s;
    gmet_judge_agreement a;
    make_small(&s, 5, n, k);
    gmet_judge_agree(&a, &s.set, NULL);
    assert_int_equal(a.images, 5);
    assert_int_equal(a.labels, 12);
    assert_int_equal(a.images2, 4);
    assert_int_equal(a.labels2, 11);
    assert_near(a.pair_image, 5.0 / 12.0, 1e-15);
    assert_near(a.pair_label, 5.0 / 11.0, 1e-15);
    assert_near(a.pair_pooled, 0.5, 1e-15);
    assert_near(a.loo_majority, 5.0 / 11.0, 1e-15);
    assert_near(a.loo_majority_notie, 3.0 / 7.0, 1e-15);
    assert_near(a.alpha, -1.0 / 14.0, 1e-15);
    assert_near(a.p_real, 7.0 / 11.0, 1e-15);
}

/* The two coders of Krippendorff's example: 0100000010 and 1110010000. */
static void test_two_coders(void **state)
{
    (void)state;
    const char *coder[2] = {"0100000010", "1110010000"};
    uint32_t n[10], k[10];
    gmet_judge_vote votes[20];
    small s;
    gmet_judge_agreement a;
    double kappa;
    size_t pairs;
    for (size_t i = 0; i < 10; i++) {
        n[i] = 2;
        k[i] = (uint32_t)(coder[0][i] - '0' + coder[1][i] - '0');
        for (uint32_t c = 0; c < 2; c++)
            votes[2 * i + c] = (gmet_judge_vote){(uint32_t)i, c, (unsigned char)(coder[c][i] - '0')};
    }
    make_small(&s, 10, n, k);
    gmet_judge_agree(&a, &s.set, NULL);
    assert_near(a.pair_image, 0.6, 1e-15);
    assert_near(a.alpha, 0.0952380952380952381, 1e-15);
    assert_int_equal(gmet_judge_cohen(&kappa, &pairs, &(gmet_judge_votes){votes, 20, 10, 2}, 5, NULL), FEAT_OK);
    assert_int_equal(pairs, 1);
    assert_near(kappa, (0.6 - 0.56) / 0.44, 1e-15);
    assert_int_equal(gmet_judge_cohen(&kappa, &pairs, &(gmet_judge_votes){votes, 20, 10, 2}, 11, NULL), FEAT_OK);
    assert_int_equal(pairs, 0);
    assert_true(isnan(kappa));
}

static void test_one_class(void **state)
{
    (void)state;
    const uint32_t n[] = {3, 4, 2}, all[] = {3, 4, 2}, split[] = {3, 0, 2}, none[] = {0, 1, 0};
    small s;
    gmet_judge_agreement a;
    make_small(&s, 3, n, all);
    gmet_judge_agree(&a, &s.set, NULL);
    assert_near(a.pair_image, 1.0, 0.0);
    assert_true(isnan(a.alpha) && isnan(a.fleiss));
    make_small(&s, 3, n, split);
    gmet_judge_agree(&a, &s.set, NULL);
    assert_near(a.alpha, 1.0, 1e-15);
    assert_near(a.fleiss, 1.0, 1e-15);
    make_small(&s, 2, none, none);
    gmet_judge_agree(&a, &s.set, NULL);
    assert_int_equal(a.images, 1);
    assert_int_equal(a.images2, 0);
    assert_true(isnan(a.pair_image) && isnan(a.p_real) && isnan(a.alpha) && isnan(a.ceiling));
}

/* Two raters on a generator and on real photographs. */
static void test_hype(void **state)
{
    (void)state;
    const uint32_t n[] = {2, 2, 1, 1}, k[] = {1, 2, 1, 0};
    const gmet_judge_vote votes[] = {{0, 0, 1}, {0, 1, 0}, {1, 0, 1}, {1, 1, 1}, {2, 0, 1}, {3, 0, 0}};
    small s;
    gmet_judge_hype h[3];
    make_small(&s, 4, n, k); /* images 0, 1 fake; 2, 3 real */
    s.set.n_groups = 2;
    s.group[2] = s.group[3] = 1;
    s.truth[2] = s.truth[3] = 1;
    assert_int_equal(gmet_judge_hype_table(h, &s.set, &(gmet_judge_votes){votes, 6, s.set.n, 2}, NULL, NULL, NULL),
                     FEAT_OK);
    /* Rater 0: wrong on 0, 1 and 3 of four; rater 1: on 1 of two. */
    assert_near(h[2].all.value, 0.5 * (0.75 + 0.5), 1e-15);
    assert_near(h[2].fake.value, 0.5 * (1.0 + 0.5), 1e-15);
    assert_near(h[2].real.value, 0.5, 1e-15); /* only rater 0 saw real ones */
    assert_near(h[0].all.value, 0.75, 1e-15);
    assert_true(isnan(h[0].real.value));
    assert_int_equal(h[2].units, 2);
    assert_int_equal(gmet_judge_hype_table(h, &s.set, NULL, NULL, NULL, NULL), FEAT_OK);
    assert_near(h[2].all.value, 4.0 / 6.0, 1e-15); /* labels pooled */
    assert_near(h[1].real.value, 0.5, 1e-15);
    assert_int_equal(h[0].units, 2);
}

/* --- figures of SciPy
 * ----------------------------------------------------------------------------------------- */

static void test_scores(void **state)
{
    (void)state;
    small s;
    gmet_judge_scores o;
    make_small(&s, SCORED, scored_n, scored_k);
    assert_int_equal(gmet_judge_score(&o, scored_p, NULL, &s.set, NULL, NULL), FEAT_OK);
    const double got[17] = {(double)o.images, (double)o.labels, (double)o.majorities,
                            (double)o.ties,   o.acc_label,      o.acc_image,
                            o.acc_majority,   o.auroc,          o.auprc,
                            o.brier,          o.log_loss,       o.ece,
                            o.slope,          o.intercept,      o.pearson,
                            o.spearman,       o.kendall};
    for (size_t i = 0; i < 17; i++)
        assert_near(got[i], expected_scores[i],
                    i == 12 || i == 13 ? 1e-6 : 1e-12); /* a minimiser found these two */
    double flat[SCORED];
    for (size_t i = 0; i < SCORED; i++)
        flat[i] = 0.4;
    assert_int_equal(gmet_judge_score(&o, flat, NULL, &s.set, NULL, NULL), FEAT_OK);
    assert_true(isnan(o.spearman) && isnan(o.kendall) && isnan(o.pearson) && isnan(o.slope));
    assert_near(o.auroc, 0.5, 1e-15);
    assert_int_equal(gmet_judge_score(&o, flat, NULL, &s.set, &(gmet_judge_subset){(const size_t[]){0}, 0}, NULL),
                     FEAT_OK);
    assert_true(o.images == 0 && isnan(o.acc_label));
}

static int sign(double x)
{
    return (x > 0.0) - (x < 0.0);
}

static void test_kendall(void **state)
{
    (void)state;
    gmet_splitmix r = {5};
    double x[200], y[200];
    for (size_t levels = 2; levels < 2000; levels *= 5) {
        double both = 0.0, nx = 0.0, ny = 0.0, spearman, kendall;
        for (size_t i = 0; i < 200; i++) {
            x[i] = floor(gmet_splitmix_unit(&r) * (double)levels);
            y[i] = floor(gmet_splitmix_unit(&r) * 7.0) + x[i] / 2.0;
        }
        for (size_t i = 0; i < 200; i++)
            for (size_t j = 0; j < i; j++) {
                both += sign(x[i] - x[j]) * sign(y[i] - y[j]);
                nx += sign(x[i] - x[j]) != 0;
                ny += sign(y[i] - y[j]) != 0;
            }
        assert_int_equal(gmet_judge_rank_correlation(&spearman, &kendall, x, y, 200, NULL), FEAT_OK);
        assert_near(kendall, both / sqrt(nx * ny), 1e-14);
    }
}

/* The labels of the four published sets, from their counts. */
static void test_published_labels(void **state)
{
    (void)state;
    FILE *f = fopen("tests/data/judge/multigen_counts.csv", "r");
    char dataset[32], line[96];
    unsigned n, k, images;
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    int more = fscanf(f, "%31[^,],%u,%u,%u\n", dataset, &n, &k, &images);
    for (size_t d = 0; d < 4; d++) {
        const expected_agreement *e = &expected_multigen[d];
        uint32_t *numbers = feat_alloc_array(e->whole[0], 2 * sizeof *numbers);
        size_t count = 0;
        assert_non_null(numbers);
        for (; more == 4 && strcmp(dataset, e->dataset) == 0;
             more = fscanf(f, "%31[^,],%u,%u,%u\n", dataset, &n, &k, &images))
            for (unsigned i = 0; i < images; i++) {
                assert_true(count < e->whole[0]);
                numbers[count] = n;
                numbers[e->whole[0] + count++] = k;
            }
        gmet_judge_set set = {.n = count, .n_labels = numbers, .k_real = numbers + e->whole[0]};
        gmet_judge_agreement a;
        gmet_judge_agree(&a, &set, NULL);
        assert_int_equal(a.images, e->whole[0]);
        assert_int_equal(a.labels, e->whole[1]);
        assert_int_equal(a.images2, e->whole[2]);
        assert_int_equal(a.labels2, e->whole[3]);
        const double got[11] = {a.pair_image,      a.pair_label,   a.pair_pooled,  a.p_real,
                                a.fleiss,          a.alpha,        a.loo_majority, a.loo_majority_notie,
                                a.loo_notie_share, a.own_majority, a.ceiling};
        for (size_t i = 0; i < 11; i++)
            assert_near(got[i], e->figures[i], 1e-12);
        feat_free(numbers);
    }
    fclose(f);
}

/* --- intervals
 * ------------------------------------------------------------------------------------------------ */

/* Beta(2, 1.5) by its order statistics' cousins: rejection under the density x sqrt(1 - x). */
static double draw_beta(gmet_splitmix *r)
{
    for (;;) {
        double x = gmet_splitmix_unit(r), u = gmet_splitmix_unit(r) * 0.385;
        if (u <= x * sqrt(1.0 - x))
            return x;
    }
}

/* Between the two values next to place share * (n - 1), as NumPy has it; NaN is no value. */
static void test_percentiles(void **state)
{
    (void)state;
    double x[6] = {5, (double)NAN, 1, 3, 2, 4}, one[1] = {7}, none[1] = {(double)NAN}, scratch[6];
    gmet_judge_interval r;
    gmet_judge_percentiles(&r, x, scratch, 6);
    assert_true(fabs(r.low - 1.1) < 1e-15 && fabs(r.high - 4.9) < 1e-15);
    gmet_judge_percentiles(&r, one, scratch, 1);
    assert_true(r.low == 7.0 && r.high == 7.0);
    gmet_judge_percentiles(&r, none, scratch, 1);
    assert_true(isnan(r.low) && isnan(r.high));
}

/* 200 sets of 300 images: the interval holds the true chance of agreement about as often as it says. */
static void test_coverage(void **state)
{
    (void)state;
    enum { SETS = 200, IMAGES = 300 };
    /* E[x^2 + (1-x)^2] = 1 - 2 (E x - E x^2) with a = 2, b = 1.5: E x = a/(a+b), E x^2 = E x (a+1)/(a+b+1). */
    const double mean = 2.0 / 3.5, truth = 1.0 - 2.0 * (mean - mean * 3.0 / 4.5);
    static uint32_t n[IMAGES], k[IMAGES], block[IMAGES];
    gmet_splitmix r = {11};
    size_t covered = 0;
    for (size_t set_number = 0; set_number < SETS; set_number++) {
        for (size_t i = 0; i < IMAGES; i++) {
            double p = draw_beta(&r);
            n[i] = 2 + (uint32_t)(gmet_splitmix_unit(&r) * 6.0);
            k[i] = 0;
            block[i] = (uint32_t)i;
            for (uint32_t l = 0; l < n[i]; l++)
                k[i] += gmet_splitmix_unit(&r) < p;
        }
        gmet_judge_set set = {.n = IMAGES, .n_labels = n, .k_real = k, .block = block, .n_blocks = IMAGES};
        gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 400, .seed = set_number};
        gmet_judge_interval image, label;
        assert_int_equal(gmet_judge_agree_interval(&image, &label, &set, &boot, NULL, NULL), FEAT_OK);
        covered += image.low <= truth && truth <= image.high;
    }
    print_message("true agreement %.5f is inside %zu of %d intervals\n", truth, covered, SETS);
    assert_true(covered >= 182 && covered <= 196); /* 91 to 98 % */
}

/* Images of one block are drawn together: twins make intervals wider. */
static void test_blocks(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.0, 3);
    judge_world w = judge_make(&plan);
    gmet_judge_interval alone, label, twins;
    assert_int_equal(gmet_judge_agree_interval(&alone, &label, &w.set, NULL, NULL, NULL), FEAT_OK);
    for (size_t i = 0; i < w.n; i++) {
        w.numbers[i] = w.numbers[i / 10 * 10];
        w.numbers[w.n + i] = w.numbers[w.n + i / 10 * 10];
        w.numbers[3 * w.n + i] = (uint32_t)(i / 10);
    }
    w.set.n_blocks = w.n / 10;
    assert_int_equal(gmet_judge_agree_interval(&twins, &label, &w.set, NULL, NULL, NULL), FEAT_OK);
    double ratio = (twins.high - twins.low) / (alone.high - alone.low);
    assert_true(ratio > 2.5 && ratio < 4.0); /* about sqrt(10) */
    judge_free(&w);
}

/* --- folds
 * ---------------------------------------------------------------------------------------------------- */

static void test_folds(void **state)
{
    (void)state;
    enum { N = 14 };
    const uint32_t one[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    small s;
    uint32_t fold[N];
    size_t n_folds;
    feat_error err;
    gmet_judge_cv_options cv;
    gmet_judge_cv_options_init(&cv, sizeof cv);
    make_small(&s, N, one, one);
    /* 0..5 real in blocks 0 0 1 2 3 4; 6..9 generator 2; 10..13 generator 0. Group 1 is real. */
    const uint32_t groups[N] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0};
    const uint32_t blocks[N] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11};
    memcpy(s.group, groups, sizeof groups);
    memcpy(s.block, blocks, sizeof blocks);
    s.set.n_groups = 3;
    s.set.n_blocks = 12;
    for (size_t i = 0; i < 6; i++)
        s.truth[i] = 1;
    const uint32_t logo[N] = {0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0};
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_OK);
    assert_int_equal(n_folds, 2);
    assert_memory_equal(fold, logo, sizeof logo);
    cv.cv = GMET_JUDGE_KFOLD;
    cv.folds = 3;
    const uint32_t kfold[N] = {0, 0, 1, 2, 0, 1, 0, 1, 2, 0, 0, 1, 2, 2};
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_OK);
    assert_int_equal(n_folds, 3);
    assert_memory_equal(fold, kfold, sizeof kfold);
    cv.cv = GMET_JUDGE_BLOCK;
    const uint32_t block[N] = {0, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 2};
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_OK);
    assert_memory_equal(fold, block, sizeof block);
    cv.shuffle = 1;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_OK);
    assert_int_equal(fold[0], fold[1]);
    assert_int_equal(fold[12], fold[13]);
    assert_memory_not_equal(fold, block, sizeof block);
    cv.folds = 1;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_ERR_ARG);
    cv.folds = 13;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_ERR_NUMERIC);
    cv.folds = GMET_JUDGE_MAX_FOLDS;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_ERR_NUMERIC);
    cv.folds = GMET_JUDGE_MAX_FOLDS + 1;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_ERR_ARG);
    memset(s.group, 0, sizeof s.group);
    cv.cv = GMET_JUDGE_LOGO;
    assert_int_equal(gmet_judge_folds(fold, &n_folds, &s.set, &cv, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "found 1"));
}

/* --- fitting
 * -------------------------------------------------------------------------------------------------- */

static void test_models(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.5, 4);
    plan.n_gen = plan.n_real = 60;
    size_t p, rows[5] = {0, 60, 120, 180, 240};
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p), all[300], some[5];
    gmet_judge_fit_options fit;
    gmet_judge_model *model, *copy;
    gmet_judge_model_parts parts;
    for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_GROUP; kind++) {
        fit = judge_fit_options((gmet_judge_kind)kind);
        assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, p, &w.set}, NULL, &fit, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_predict(all, model, &(gmet_judge_samples){x, p, &w.set}, NULL, NULL, NULL),
                         FEAT_OK);
        assert_int_equal(gmet_judge_predict(some, model, &(gmet_judge_samples){x, p, &w.set},
                                            &(gmet_judge_subset){rows, 5}, NULL, NULL),
                         FEAT_OK);
        for (size_t i = 0; i < 5; i++)
            assert_near(some[i], all[rows[i]], 0.0);
        gmet_judge_model_view(&parts, model);
        feat_status expected = kind >= GMET_JUDGE_TRUTH ? FEAT_ERR_ARG : FEAT_OK;
        assert_int_equal(gmet_judge_model_restore(&copy, &parts, NULL), expected);
        if (expected == FEAT_OK) {
            double again[300];
            assert_int_equal(gmet_judge_predict(again, copy, &(gmet_judge_samples){x, p, &(gmet_judge_set){.n = 300}},
                                                NULL, NULL, NULL),
                             FEAT_OK);
            assert_memory_equal(again, all, sizeof all);
            gmet_judge_model_close(&copy);
        }
        if (kind == GMET_JUDGE_TRUTH)
            assert_true(all[0] == 1.0 && all[299] == 0.0);
        if (kind == GMET_JUDGE_GROUP)
            assert_true(all[0] == all[59] && all[0] != all[60]);
        gmet_judge_model_close(&model);
    }
    feat_free(x);
    judge_free(&w);
}

/* With every row a landmark the approximation is the thing itself. */
static void test_landmarks(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.5, 4);
    plan.n_gen = plan.n_real = 40;
    size_t p;
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p), full[200], near[200], few[200];
    gmet_judge_fit_options fit;
    gmet_judge_model *model;
    fit = judge_fit_options(GMET_JUDGE_KRR);
    double *out[3] = {full, near, few};
    for (size_t t = 0; t < 3; t++) {
        fit.max_rows = t == 0 ? 8000 : 10;
        fit.landmarks = t == 1 ? 200 : 50;
        assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, p, &w.set}, NULL, &fit, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_judge_predict(out[t], model, &(gmet_judge_samples){x, p, &(gmet_judge_set){.n = 200}},
                                            NULL, NULL, NULL),
                         FEAT_OK);
        gmet_judge_model_close(&model);
    }
    double off = 0.0;
    for (size_t i = 0; i < 200; i++) {
        assert_near(near[i], full[i], 1e-6);
        off += fabs(few[i] - full[i]) / 200.0;
    }
    assert_true(off > 1e-6 && off < 0.03);
    feat_free(x);
    judge_free(&w);
}

static void test_constant_column(void **state)
{
    (void)state;
    const uint32_t n[6] = {2, 2, 2, 2, 2, 2}, k[6] = {0, 1, 1, 2, 1, 2};
    const double x[12] = {0, 0.1, 1, 0.1, 2, 0.1, 3, 0.1, 4, 0.1, 5, 0.1}, far[2] = {2, 77};
    double p[6], q;
    small s;
    gmet_judge_fit_options fit;
    gmet_judge_model *model;
    gmet_judge_model_parts parts;
    make_small(&s, 6, n, k);
    for (int kind = GMET_JUDGE_LOGISTIC; kind <= GMET_JUDGE_KRR; kind++) {
        fit = judge_fit_options((gmet_judge_kind)kind);
        fit.lambda = kind == GMET_JUDGE_KRR ? 1.0 : 0.0;
        assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 2, &s.set}, NULL, &fit, NULL, NULL), FEAT_OK);
        gmet_judge_model_view(&parts, model);
        assert_true(parts.scale[1] == 0.0 && parts.scale[0] > 0.0);
        assert_int_equal(
            gmet_judge_predict(p, model, &(gmet_judge_samples){x, 2, &(gmet_judge_set){.n = 6}}, NULL, NULL, NULL),
            FEAT_OK);
        assert_int_equal(
            gmet_judge_predict(&q, model, &(gmet_judge_samples){far, 2, &(gmet_judge_set){.n = 1}}, NULL, NULL, NULL),
            FEAT_OK);
        assert_near(q, p[2], 1e-15); /* the column says nothing, whatever its value is later */
        assert_true(p[5] > p[0]);
        gmet_judge_model_close(&model);
    }
}

static void test_bad_fits(void **state)
{
    (void)state;
    const uint32_t n[4] = {2, 2, 2, 2}, apart[4] = {0, 0, 2, 2}, none[4] = {0, 0, 0, 0};
    const double x[4] = {1, 2, 3, 4};
    double p[4];
    small s;
    feat_error err;
    gmet_judge_fit_options fit;
    gmet_judge_model *model;
    gmet_judge_fit_options_init(&fit, sizeof fit);
    make_small(&s, 4, n, apart);
    /* One class only, and classes that a column separates: finite through lambda, refused without it. */
    assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 1, &s.set}, NULL, &fit, NULL, &err), FEAT_OK);
    assert_int_equal(
        gmet_judge_predict(p, model, &(gmet_judge_samples){x, 1, &(gmet_judge_set){.n = 4}}, NULL, NULL, NULL),
        FEAT_OK);
    assert_true(p[0] > 0.0 && p[3] < 1.0 && p[0] < p[3]);
    gmet_judge_model_close(&model);
    fit.lambda = 0.0;
    assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 1, &s.set}, NULL, &fit, NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_null(model);
    fit.kind = GMET_JUDGE_KRR;
    assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 1, &s.set}, NULL, &fit, NULL, &err), FEAT_ERR_ARG);
    fit.kind = GMET_JUDGE_LOGISTIC;
    fit.lambda = -1.0;
    assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 1, &s.set}, NULL, &fit, NULL, &err), FEAT_ERR_ARG);
    fit.lambda = 1.0;
    make_small(&s, 4, none, none);
    assert_int_equal(gmet_judge_fit(&model, &(gmet_judge_samples){x, 1, &s.set}, NULL, &fit, NULL, &err),
                     FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "no labelled image"));
}

/* Lambda comes from inner folds, the threshold from the training images: both better than their defaults
 * where these are bad. */
static void test_tuning(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.0, 2);
    plan.labels = 3;
    size_t p;
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS | GMET_JUDGE_RAW, 16, &p);
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_scores bad, tuned, shifted;
    gmet_judge_fit_options_init(&fit, sizeof fit);
    gmet_judge_cv_options_init(&cv, sizeof cv);
    fit.lambda = 1e5;
    gmet_judge_cv_result r = judge_validate(&w, x, p, &fit, &cv);
    assert_int_equal(gmet_judge_score(&bad, r.p, r.threshold, &w.set, NULL, NULL), FEAT_OK);
    judge_cv_free(&r);
    cv.lambda_auto = 1;
    r = judge_validate(&w, x, p, &fit, &cv);
    assert_int_equal(gmet_judge_score(&tuned, r.p, r.threshold, &w.set, NULL, NULL), FEAT_OK);
    assert_true(tuned.log_loss < bad.log_loss - 0.01);
    judge_cv_free(&r);
    /* Almost all labels "real": at 1/2 nothing is called fake; Youden's threshold lies higher. */
    for (size_t i = 0; i < w.n; i++)
        w.numbers[w.n + i] = w.numbers[i] - (w.numbers[w.n + i] == 0);
    cv.lambda_auto = 0;
    fit.lambda = 1.0;
    cv.tune = GMET_JUDGE_YOUDEN;
    r = judge_validate(&w, x, p, &fit, &cv);
    assert_true(r.threshold[0] > 0.6 && r.threshold[0] < 1.0);
    assert_int_equal(gmet_judge_score(&shifted, r.p, r.threshold, &w.set, NULL, NULL), FEAT_OK);
    judge_cv_free(&r);
    cv.tune = GMET_JUDGE_ACCURACY;
    r = judge_validate(&w, x, p, &fit, &cv);
    assert_int_equal(gmet_judge_score(&tuned, r.p, r.threshold, &w.set, NULL, NULL), FEAT_OK);
    assert_true(tuned.acc_label > shifted.acc_label);
    judge_cv_free(&r);
    feat_free(x);
    judge_free(&w);
}

static void test_cross(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.0, 1);
    static gmet_judge_cross grid[6 * 31];
    size_t p, n;
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p), one = 0.0, three = 0.0;
    assert_int_equal(gmet_judge_cross_grid(grid, &n, &(gmet_judge_samples){x, p, &w.set}, NULL, NULL, NULL), FEAT_OK);
    assert_int_equal(n, 4 * 7);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(grid[i].labels, 1500);
        assert_true((grid[i].train >> (grid[i].test - 1) & 1) == 0 && grid[i].train != 0);
        if ((grid[i].train & (grid[i].train - 1)) == 0)
            one += grid[i].acc_label / 12.0;
        if (grid[i].train == (15u ^ 1u << (grid[i].test - 1)))
            three += grid[i].acc_label / 4.0;
    }
    assert_true(three > 0.65 && three > one - 0.02);
    feat_free(x);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agreement_by_hand),
        cmocka_unit_test(test_two_coders),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_hype),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_kendall),
        cmocka_unit_test(test_published_labels),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_landmarks),
        cmocka_unit_test(test_constant_column),
        cmocka_unit_test(test_bad_fits),
        cmocka_unit_test(test_tuning),
        cmocka_unit_test(test_cross),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
