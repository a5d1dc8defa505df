/* The judge on sets drawn from a known model: what the statistics can and cannot know. Means over seeds 1
 * .. 5. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tests/metrics/judge/judge_fixture.h"

enum { SEEDS = 5 };

typedef struct outcome {
    double stats, stats_rho, raw, raw_rho, both, oracle, oracle_rho, constant;
} outcome;

static gmet_judge_scores score(const judge_world *w, const double *p)
{
    gmet_judge_scores s;
    assert_int_equal(gmet_judge_score(&s, p, NULL, &w->set, NULL, NULL), FEAT_OK);
    return s;
}

static gmet_judge_scores score_blocks(const judge_world *w, uint32_t blocks, gmet_judge_cv cv,
                                      double *constant)
{
    size_t p;
    gmet_judge_cv_options options;
    gmet_judge_cv_options_init(&options, sizeof options);
    options.cv = cv;
    double *x = judge_statistics(w, blocks, w->d, &p);
    gmet_judge_cv_result r = judge_validate(w, x, p, NULL, &options);
    gmet_judge_scores s = score(w, r.p);
    if (constant != NULL)
        *constant += score(w, r.p_const).acc_label / SEEDS;
    judge_cv_free(&r);
    feat_free(x);
    return s;
}

static outcome run(double rho)
{
    outcome o = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        judge_plan plan = judge_plan_default(rho, seed);
        judge_world w = judge_make(&plan);
        gmet_judge_scores stats = score_blocks(&w, GMET_JUDGE_STATS, GMET_JUDGE_LOGO, &o.constant);
        gmet_judge_scores raw = score_blocks(&w, GMET_JUDGE_RAW, GMET_JUDGE_LOGO, NULL);
        gmet_judge_scores both = score_blocks(&w, GMET_JUDGE_STATS | GMET_JUDGE_RAW, GMET_JUDGE_LOGO, NULL);
        gmet_judge_scores oracle = score(&w, w.true_p);
        o.stats += stats.acc_label / SEEDS;
        o.stats_rho += stats.spearman / SEEDS;
        o.raw += raw.acc_label / SEEDS;
        o.raw_rho += raw.spearman / SEEDS;
        o.both += both.acc_label / SEEDS;
        o.oracle += oracle.acc_label / SEEDS;
        o.oracle_rho += oracle.spearman / SEEDS;
        judge_free(&w);
    }
    print_message("rho %g: stats %.4f/%.3f, raw %.4f/%.3f, both %.4f, constant %.4f, oracle %.4f/%.3f\n", rho,
                  o.stats, o.stats_rho, o.raw, o.raw_rho, o.both, o.constant, o.oracle, o.oracle_rho);
    return o;
}

#define assert_that(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            fail_msg("not so: %s", #condition);                                                              \
    } while (0)

/* A: all generators share one artefact: projections on it serve as well as distances. */
static void test_shared(void **state)
{
    (void)state;
    outcome o = run(1.0);
    assert_that(fabs(o.stats - o.oracle) < 0.02);
    assert_that(fabs(o.raw - o.stats) < 0.02);
}

/* B: every generator its own: distances carry over to a generator that was not seen, projections do not. */
static void test_own(void **state)
{
    (void)state;
    outcome o = run(0.0);
    assert_that(fabs(o.stats - o.oracle) < 0.02);
    assert_that(o.stats - o.raw > 0.05);
    assert_that(o.stats_rho - o.raw_rho > 0.2);
    /* Within known generators projections are nearly as good. */
    judge_plan plan = judge_plan_default(0.0, 1);
    judge_world w = judge_make(&plan);
    assert_that(score_blocks(&w, GMET_JUDGE_RAW, GMET_JUDGE_KFOLD, NULL).acc_label > o.raw + 0.05);
    judge_free(&w);
}

/* D: half of each. */
static void test_half(void **state)
{
    (void)state;
    outcome o = run(0.5);
    assert_that(fabs(o.stats - o.oracle) < 0.02);
}

static gmet_judge_comparison compare(const judge_world *w, const gmet_judge_cv_result *r)
{
    gmet_judge_comparison c;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 500, .seed = 1};
    assert_int_equal(gmet_judge_compare(&c, r, &w->set, &boot, NULL, NULL), FEAT_OK);
    return c;
}

/* C: labels that depend on nothing. A constant agrees with people more than people do, and it is no skill. */
static void test_null(void **state)
{
    (void)state;
    double acc = 0.0, pair = 0.0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        judge_plan plan = judge_plan_default(0.5, seed);
        size_t p;
        plan.null = 1;
        judge_world w = judge_make(&plan);
        double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p);
        gmet_judge_cv_result r = judge_validate(&w, x, p, NULL, NULL);
        gmet_judge_comparison c = compare(&w, &r);
        gmet_judge_scores s = score(&w, r.p);
        print_message("null, seed %d: accuracy %.4f, people %.4f, ratio %.3f, Spearman %.3f, %s\n", (int)seed,
                      c.acc.value, c.pair.value, c.ratio.value, s.spearman,
                      gmet_judge_verdict_name(c.verdict));
        assert_int_equal(c.verdict, GMET_JUDGE_NO_SKILL);
        assert_that(fabs(s.spearman) < 0.12);
        assert_that(c.ratio.value > 1.1);
        assert_that(c.diff.low > 0.0); /* it would be "above" but for the constant */
        acc += c.acc.value / SEEDS;
        pair += c.pair.value / SEEDS;
        judge_cv_free(&r);
        feat_free(x);
        judge_free(&w);
    }
    assert_that(fabs(acc - 0.756) < 0.01);
    assert_that(fabs(pair - 0.631) < 0.01);
}

/* With skill the verdict speaks of people. */
static void test_skill(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.0, 1);
    size_t p;
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p);
    gmet_judge_cv_result r = judge_validate(&w, x, p, NULL, NULL);
    gmet_judge_comparison c = compare(&w, &r), by_rater;
    assert_int_equal(c.verdict, GMET_JUDGE_ABOVE);
    assert_that(c.acc_truth.value > c.acc_const.value);
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 300, .seed = 1};
    assert_int_equal(gmet_judge_compare_raters(&by_rater, &r, &w.votes, &boot, NULL, NULL), FEAT_OK);
    assert_that(fabs(by_rater.acc.value - c.acc.value) < 1e-12);
    assert_that(fabs(by_rater.pair.value - c.pair.value) < 1e-12);
    assert_that(by_rater.acc.low < c.acc.value && c.acc.value < by_rater.acc.high);
    for (size_t i = 0; i < w.n; i++)
        r.p[i] = 1.0 - r.p[i]; /* wrong on purpose */
    c = compare(&w, &r);
    assert_int_equal(c.verdict, GMET_JUDGE_NO_SKILL);
    assert_that(c.diff.high < 0.0);
    judge_cv_free(&r);
    feat_free(x);
    judge_free(&w);
}

/* A model that is constant within each fold: the correlation over all folds is negative, within folds there
 * is none. */
static void test_pooled_correlation(void **state)
{
    (void)state;
    judge_plan plan = judge_plan_default(0.0, 1);
    gmet_judge_interval spearman, pearson;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 200, .seed = 1};
    size_t p;
    judge_world w = judge_make(&plan);
    double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p);
    gmet_judge_cv_result r = judge_validate(&w, x, p, NULL, NULL);
    assert_that(score(&w, r.p_const).spearman < -0.1);
    gmet_judge_cv_result constant = r;
    constant.p = r.p_const;
    assert_int_equal(gmet_judge_within_folds(&spearman, &pearson, &constant, &w.set, &boot, NULL, NULL), FEAT_OK);
    assert_true(isnan(spearman.value));
    assert_int_equal(gmet_judge_within_folds(&spearman, &pearson, &r, &w.set, &boot, NULL, NULL), FEAT_OK);
    assert_that(spearman.low < spearman.value && spearman.value < spearman.high && spearman.value > 0.5);
    judge_cv_free(&r);
    feat_free(x);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared), cmocka_unit_test(test_own),
        cmocka_unit_test(test_half),   cmocka_unit_test(test_null),
        cmocka_unit_test(test_skill),  cmocka_unit_test(test_pooled_correlation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
