/* Where nothing can be known of labels no setting finds skill; and what the statistics cannot find though it is there.
 * BF_JUDGE_SETS=60 draws as many sets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/splitmix.h"
#include "tests/metrics/judge/judge_fixture.h"

static size_t n_sets(size_t otherwise)
{
    const char *text = getenv("BF_JUDGE_SETS");
    long n = text != NULL ? atol(text) : 0;
    return n > 0 ? (size_t)n : otherwise;
}

/* New labels, from true_p. */
static void label_again(judge_world *w, size_t labels, gmet_splitmix *s)
{
    for (size_t i = 0; i < w->n; i++) {
        w->numbers[i] = (uint32_t)labels;
        w->numbers[w->n + i] = 0;
        for (size_t l = 0; l < labels; l++)
            w->numbers[w->n + i] += gmet_splitmix_unit(s) < w->true_p[i];
    }
}

static gmet_judge_comparison compare(const judge_world *w, const double *x, size_t p, gmet_judge_kind kind,
                                     const gmet_judge_cv_options *cv)
{
    gmet_judge_comparison c;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 500, .seed = 1};
    gmet_judge_fit_options fit;
    fit = judge_fit_options(kind);
    gmet_judge_cv_result r = judge_validate(w, x, p, &fit, cv);
    assert_int_equal(gmet_judge_compare(&c, &r, &w->set, &boot, NULL, NULL), FEAT_OK);
    judge_cv_free(&r);
    return c;
}

/* Every label has one chance of "real"; or every image has its own, of which its features know nothing. */
static judge_world draw_nothing(uint64_t seed, int own)
{
    judge_plan plan = judge_plan_default(0.5, seed);
    gmet_splitmix s = {seed + 1000};
    plan.n_ref = 300;
    plan.n_real = plan.n_gen = 120;
    plan.null = 1;
    judge_world w = judge_make(&plan);
    for (size_t i = 0; i < w.n && own; i++)
        w.true_p[i] = gmet_splitmix_unit(&s);
    if (own)
        label_again(&w, plan.labels, &s);
    return w;
}

/* How many of `sets` sets end in "no skill" in each of four settings. */
static void count_none(size_t none[4], size_t sets, int own)
{
    static const char *const names[4] = {"logo", "kfold", "lambda auto", "tuned threshold"};
    memset(none, 0, 4 * sizeof *none);
    for (size_t set = 0; set < sets; set++) {
        judge_world w = draw_nothing(set + 1, own);
        size_t p;
        double *x = judge_statistics(&w, GMET_JUDGE_STATS, 32, &p);
        for (size_t how = 0; how < 4; how++) {
            gmet_judge_cv_options cv;
            gmet_judge_cv_options_init(&cv, sizeof cv);
            cv.cv = how == 1 ? GMET_JUDGE_KFOLD : GMET_JUDGE_LOGO;
            cv.lambda_auto = how == 2;
            cv.tune = how == 3 ? GMET_JUDGE_ACCURACY : GMET_JUDGE_HALF;
            gmet_judge_comparison c = compare(&w, x, p, GMET_JUDGE_LOGISTIC, &cv);
            none[how] += c.verdict == GMET_JUDGE_NO_SKILL;
            if (c.verdict != GMET_JUDGE_NO_SKILL)
                print_message("set %zu, %s: %s, edge %.3f (%.3f to %.3f)\n", set, names[how],
                              gmet_judge_verdict_name(c.verdict), c.edge.value, c.edge.low, c.edge.high);
        }
        feat_free(x);
        judge_free(&w);
    }
    for (size_t how = 0; how < 4; how++)
        print_message("%s: no skill in %zu of %zu\n", names[how], none[how], sets);
}

static void test_nothing_to_know(void **state)
{
    (void)state;
    size_t none[4], sets = n_sets(4);
    count_none(none, sets, 0);
    for (size_t how = 0; how < 4; how++)
        assert_int_equal(none[how], sets);
}

/* Half of all labels say "real", so that chance alone passes a constant: as often as 97.5 % confidence lets it. */
static void test_a_coin(void **state)
{
    (void)state;
    size_t none[4], sets = n_sets(4);
    count_none(none, sets, 1);
    for (size_t how = 0; how < 4; how++)
        assert_true(sets - none[how] <= sets / 20);
}

static double bell(gmet_splitmix *s)
{
    double sum = -6.0;
    for (size_t i = 0; i < 12; i++)
        sum += gmet_splitmix_unit(s);
    return sum;
}

/* People go by x1^2 - x2^2: images on all sides of the real ones at the same distances, which thus know nothing. */
static void test_other_moments(void **state)
{
    (void)state;
    enum { D = 4 };
    judge_world w = judge_small_world(400, 300, D, 31);
    gmet_splitmix s = {32};
    gmet_judge_cv_options cv;
    gmet_judge_cv_options_init(&cv, sizeof cv);
    for (size_t i = 0; i < w.n_ref * D; i++)
        w.ref[i] = bell(&s);
    for (size_t i = 0; i < w.n; i++) {
        double *row = w.feat + i * D;
        for (size_t j = 0; j < D; j++)
            row[j] = bell(&s);
        w.true_p[i] = 1.0 / (1.0 + exp(-1.5 * (row[0] * row[0] - row[1] * row[1])));
    }
    label_again(&w, 5, &s);
    size_t p;
    double *stats = judge_statistics(&w, GMET_JUDGE_STATS, D, &p);
    gmet_judge_comparison c = compare(&w, stats, p, GMET_JUDGE_LOGISTIC, &cv);
    print_message("stats: %.3f, %s\n", c.acc.value, gmet_judge_verdict_name(c.verdict));
    assert_int_equal(c.verdict, GMET_JUDGE_NO_SKILL);
    double *raw = judge_statistics(&w, GMET_JUDGE_RAW, D, &p);
    c = compare(&w, raw, p, GMET_JUDGE_KRR, &cv);
    double best = 0.0;
    for (size_t i = 0; i < w.n; i++)
        best += fmax(w.true_p[i], 1.0 - w.true_p[i]) / (double)w.n;
    print_message("raw with krr: %.3f of %.3f, %s\n", c.acc.value, best, gmet_judge_verdict_name(c.verdict));
    assert_true(c.verdict != GMET_JUDGE_NO_SKILL && c.acc.value > best - 0.03);
    feat_free(raw);
    feat_free(stats);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_know),
        cmocka_unit_test(test_a_coin),
        cmocka_unit_test(test_other_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
