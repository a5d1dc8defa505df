/* Several models on the same images: which is the best, what holds for all of them at once, and that chance alone makes
 * none. BF_JUDGE_SETS=60 draws as many sets. */
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
#include "metrics/judge/judge_internal.h"
#include "tests/metrics/judge/judge_fixture.h"

enum { RESAMPLES = 300 };

static feat_error err;

static size_t n_sets(size_t otherwise)
{
    const char *text = getenv("BF_JUDGE_SETS");
    long n = text != NULL ? atol(text) : 0;
    return n > 0 ? (size_t)n : otherwise;
}

/* Large, so they are not on the stack. */
static gmet_judge_cv_result models[4];
static const gmet_judge_cv_result *const all[4] = {&models[0], &models[1], &models[2], &models[3]};

static void predict(gmet_judge_cv_result *out, const judge_world *w, uint32_t blocks)
{
    size_t p;
    double *x = judge_statistics(w, blocks, w->d, &p);
    *out = judge_validate(w, x, p, NULL, NULL);
    feat_free(x);
}

static void rank(gmet_judge_rivals *out, const judge_world *w, const gmet_judge_cv_result *const *of, size_t n,
                 const gmet_context *context)
{
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = RESAMPLES, .seed = 7};
    assert_int_equal(gmet_judge_compare_models(out, of, n, &w->set, &boot, context, &err), FEAT_OK);
}

static judge_world draw(double rho, uint64_t seed, int null)
{
    judge_plan plan = judge_plan_default(rho, seed);
    plan.n_ref = 300;
    plan.n_real = plan.n_gen = 120;
    plan.null = null;
    return judge_make(&plan);
}

static bool same(const gmet_judge_interval *a, const gmet_judge_interval *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Where every generator has an artefact of its own distances tell what raw activations do not; in either order, and
 * beside a third that is the first again. */
static void test_best(void **state)
{
    (void)state;
    judge_world w = draw(0.0, 3, 0);
    static gmet_judge_rivals a, b, c;
    predict(&models[0], &w, GMET_JUDGE_STATS);
    predict(&models[1], &w, GMET_JUDGE_RAW);
    rank(&a, &w, all, 2, NULL);
    rank(&b, &w, (const gmet_judge_cv_result *[]){&models[1], &models[0]}, 2, NULL);
    assert_int_equal(a.choice, GMET_JUDGE_BEST);
    assert_int_equal(b.choice, GMET_JUDGE_BEST);
    assert_int_equal(a.best, 0);
    assert_int_equal(b.best, 1);
    assert_int_equal(a.best_spearman, 0);
    assert_int_equal(b.best_spearman, 1);
    assert_true(a.of[0].skilled && !a.of[0].beaten && a.of[1].beaten && b.of[0].beaten && !b.of[1].beaten);
    assert_true(same(&a.of[1].behind, &b.of[0].behind) && same(&a.of[1].spearman_behind, &b.of[0].spearman_behind));
    assert_true(a.of[1].spearman_behind.low > 0.0);
    rank(&c, &w, (const gmet_judge_cv_result *[]){&models[0], &models[1], &models[0]}, 3, NULL);
    assert_int_equal(c.choice, GMET_JUDGE_OPEN);
    assert_int_equal(c.best, 0);
    assert_true(c.of[1].beaten && !c.of[2].beaten && c.of[2].skilled);
    assert_true(c.of[2].behind.value == 0.0 && c.of[2].behind.low == 0.0 && c.of[2].behind.high == 0.0);
    judge_cv_free(&models[0]);
    judge_cv_free(&models[1]);
    judge_free(&w);
}

/* Values are those of the functions of one model, whatever the number of threads. */
static void test_values(void **state)
{
    (void)state;
    judge_world w = draw(0.5, 4, 0);
    static gmet_judge_rivals r, again;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = RESAMPLES, .seed = 7};
    predict(&models[0], &w, GMET_JUDGE_STATS);
    predict(&models[1], &w, GMET_JUDGE_COSMU);
    rank(&r, &w, all, 2, NULL);
    assert_int_equal(r.images, w.n);
    for (size_t m = 0; m < 2; m++) {
        gmet_judge_comparison c;
        gmet_judge_scores s;
        gmet_judge_interval spearman, pearson;
        assert_int_equal(gmet_judge_compare(&c, all[m], &w.set, &boot, NULL, &err), FEAT_OK);
        assert_int_equal(gmet_judge_score(&s, all[m]->p, all[m]->threshold, &w.set, NULL, &err), FEAT_OK);
        assert_int_equal(gmet_judge_within_folds(&spearman, &pearson, all[m], &w.set, &boot, NULL, &err), FEAT_OK);
        assert_true(same(&r.of[m].acc, &c.acc) && r.of[m].acc.value == s.acc_label);
        assert_true(same(&r.of[m].spearman, &spearman));
        assert_true(r.of[m].skill.value == c.skill.value && r.of[m].edge.value == c.edge.value);
        assert_true(r.of[m].skill.low < c.skill.low && r.of[m].skill.high > c.skill.high); /* all at once */
        assert_int_equal(r.labels, s.labels);
    }
    for (size_t threads = 1; threads <= 5; threads += 2) {
        gmet_context context = {.pool = NULL};
        assert_int_equal(feat_pool_create(&context.pool, threads, &err), FEAT_OK);
        rank(&again, &w, all, 2, &context);
        assert_true(same(&again.of[1].behind, &r.of[1].behind) && same(&again.of[1].edge, &r.of[1].edge));
        assert_true(same(&again.of[0].spearman_behind, &r.of[0].spearman_behind));
        feat_pool_close(&context.pool);
    }
    judge_cv_free(&models[0]);
    judge_cv_free(&models[1]);
    judge_free(&w);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The interval of a single pair, done again from the definition: every image a block of its own. */
static void test_interval(void **state)
{
    (void)state;
    enum { N = 40, DRAWS = 50 };
    uint32_t numbers[4][N], fold[N] = {0};
    double p[2][N], p_const[N], threshold[N], d[N], draws[DRAWS], t[DRAWS], labels = 0.0, value = 0.0;
    signed char truth[N];
    gmet_splitmix s = {5};
    for (size_t i = 0; i < N; i++) {
        numbers[0][i] = 4;
        numbers[1][i] = (uint32_t)gmet_judge_draw(&s, 5);
        numbers[2][i] = 0;
        numbers[3][i] = (uint32_t)i;
        truth[i] = -1;
        p[0][i] = gmet_splitmix_unit(&s);
        p[1][i] = gmet_splitmix_unit(&s);
        p_const[i] = threshold[i] = 0.5;
        double real = numbers[1][i], fake = 4.0 - real;
        d[i] = (p[0][i] >= 0.5 ? real : fake) - (p[1][i] >= 0.5 ? real : fake);
        labels += 4.0;
        value += d[i];
    }
    gmet_judge_set set = {N, numbers[0], numbers[1], numbers[2], 1, truth, numbers[3], N};
    static gmet_judge_rivals r;
    for (size_t m = 0; m < 2; m++) {
        memset(&models[m], 0, sizeof models[m]);
        models[m].p = p[m];
        models[m].p_const = p_const;
        models[m].threshold = threshold;
        models[m].fold = fold;
        models[m].n_folds = 1;
    }
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = DRAWS, .seed = 9};
    assert_int_equal(gmet_judge_compare_models(&r, all, 2, &set, &boot, NULL, &err), FEAT_OK);
    double sign = r.best == 0 ? 1.0 : -1.0, mean = 0.0, squares = 0.0;
    value *= sign / labels;
    for (size_t draw = 0; draw < DRAWS; draw++) {
        gmet_splitmix stream = gmet_judge_stream(9, draw);
        draws[draw] = 0.0;
        for (size_t i = 0; i < N; i++)
            draws[draw] += sign * d[gmet_judge_draw(&stream, N)] / labels;
        mean += draws[draw] / DRAWS;
    }
    for (size_t draw = 0; draw < DRAWS; draw++)
        squares += (draws[draw] - mean) * (draws[draw] - mean);
    double error = sqrt(squares / (DRAWS - 1));
    for (size_t draw = 0; draw < DRAWS; draw++)
        t[draw] = fabs(draws[draw] - value) / error;
    qsort(t, DRAWS, sizeof t[0], ascending);
    double c = t[46] + 0.55 * (t[47] - t[46]); /* place .95 * 49 = 46.55 */
    const gmet_judge_interval *behind = &r.of[1 - r.best].behind;
    assert_true(fabs(behind->value - value) < 1e-14 && value > 0.0);
    assert_true(fabs(behind->low - (value - c * error)) < 1e-12 && fabs(behind->high - (value + c * error)) < 1e-12);
}

/* Labels that depend on nothing: whatever is tried, none is said to have skill. */
static void test_nothing(void **state)
{
    (void)state;
    static const uint32_t blocks[4] = {GMET_JUDGE_STATS, GMET_JUDGE_RAW, GMET_JUDGE_COSMU, GMET_JUDGE_KMMD};
    size_t sets = n_sets(4), chosen = 0;
    for (size_t set = 0; set < sets; set++) {
        judge_world w = draw(0.5, set + 1, 1);
        static gmet_judge_rivals r;
        for (size_t m = 0; m < 4; m++)
            predict(&models[m], &w, blocks[m]);
        rank(&r, &w, all, 4, NULL);
        chosen += r.choice != GMET_JUDGE_NONE;
        for (size_t m = 0; m < 4; m++)
            judge_cv_free(&models[m]);
        judge_free(&w);
    }
    print_message("nothing to know: %zu of %zu sets without skill\n", sets - chosen, sets);
    assert_true(chosen <= sets / 20);
}

/* Models that know the same, each with noise of its own: the most accurate of them is seldom called the best. */
static void test_equals(void **state)
{
    (void)state;
    enum { MODELS = 4 };
    size_t sets = n_sets(20), best = 0, skilled = 0;
    for (size_t set = 0; set < sets; set++) {
        judge_world w = draw(1.0, set + 1, 0);
        gmet_splitmix s = {set + 500};
        static gmet_judge_cv_result base;
        static gmet_judge_rivals r;
        predict(&base, &w, GMET_JUDGE_STATS);
        double *p = judge_need(feat_alloc_array(w.n, MODELS * sizeof *p));
        for (size_t m = 0; m < MODELS; m++) {
            models[m] = base;
            models[m].p = p + m * w.n;
            for (size_t i = 0; i < w.n; i++)
                models[m].p[i] = w.true_p[i] + 0.4 * (gmet_splitmix_unit(&s) - 0.5);
        }
        rank(&r, &w, all, MODELS, NULL);
        best += r.choice == GMET_JUDGE_BEST;
        skilled += r.choice != GMET_JUDGE_NONE;
        feat_free(p);
        judge_cv_free(&base);
        judge_free(&w);
    }
    print_message("equals: %zu of %zu sets with a best one, %zu with skill\n", best, sets, skilled);
    assert_true(best <= sets / 10 && skilled > sets / 2);
}

static void test_refusals(void **state)
{
    (void)state;
    judge_world w = draw(0.5, 1, 0);
    const gmet_judge_cv_result *many[GMET_JUDGE_MAX_RIVALS + 1];
    static gmet_judge_rivals r;
    predict(&models[0], &w, GMET_JUDGE_STATS);
    gmet_judge_boot_options boot = {.struct_size = sizeof boot, .resamples = 0, .seed = 7};
    for (size_t m = 0; m <= GMET_JUDGE_MAX_RIVALS; m++)
        many[m] = &models[0];
    assert_int_equal(gmet_judge_compare_models(&r, many, 1, &w.set, NULL, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_judge_compare_models(&r, many, GMET_JUDGE_MAX_RIVALS + 1, &w.set, NULL, NULL, &err),
                     FEAT_ERR_ARG);
    assert_int_equal(gmet_judge_compare_models(&r, many, 2, &w.set, &boot, NULL, &err), FEAT_ERR_ARG);
    boot.resamples = 20;
    /* One block for all: there is no telling. */
    for (size_t i = 0; i < w.n; i++)
        w.numbers[3 * w.n + i] = 0;
    assert_int_equal(gmet_judge_compare_models(&r, many, 2, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_true(isnan(r.of[0].skill.low) && isnan(r.of[1].behind.low) && isnan(r.of[0].spearman_behind.high));
    assert_int_equal(r.choice, GMET_JUDGE_NONE);
    /* Predictions that are all the same have no order, and no highest. */
    for (size_t i = 0; i < w.n; i++)
        models[0].p[i] = 0.25;
    assert_int_equal(gmet_judge_compare_models(&r, many, 2, &w.set, &boot, NULL, &err), FEAT_OK);
    assert_int_equal(r.best_spearman, 2);
    assert_true(isnan(r.of[0].spearman.value) && isnan(r.of[0].spearman_behind.value));
    for (size_t i = 0; i < w.n; i++)
        w.numbers[i] = w.numbers[w.n + i] = 0;
    assert_int_equal(gmet_judge_compare_models(&r, many, 2, &w.set, &boot, NULL, &err), FEAT_ERR_NUMERIC);
    assert_string_equal(gmet_judge_choice_name(GMET_JUDGE_OPEN), "not told apart");
    judge_cv_free(&models[0]);
    judge_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),    cmocka_unit_test(test_values), cmocka_unit_test(test_interval),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_equals), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
