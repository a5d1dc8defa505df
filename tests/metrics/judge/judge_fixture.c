/* See judge_fixture.h. */
#include "tests/metrics/judge/judge_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/files/npy_read.h"
#include "metrics/base/splitmix.h"
#include "tools/judge/judge_labels.h"

#define DATA "tests/data/judge/"

static const double two_pi = 6.283185307179586477;

void *judge_need(void *memory)
{
    assert_non_null(memory);
    return memory;
}

gmet_judge_rows judge_rows(const double *x, size_t n, size_t d)
{
    return (gmet_judge_rows){.g = x, .n = n, .d = d};
}

gmet_judge_fit_options judge_fit_options(gmet_judge_kind kind)
{
    gmet_judge_fit_options options;
    gmet_judge_fit_options_init(&options, sizeof options);
    options.kind = kind;
    return options;
}

double *judge_array(const char *name, size_t n)
{
    char path[128];
    feat_array a;
    feat_error err;
    snprintf(path, sizeof path, DATA "%s.npy", name);
    if (feat_array_open_file(&a, path, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(a.info.n_items, n);
    double *out = judge_need(feat_alloc_array(n, sizeof *out));
    assert_int_equal(feat_array_doubles(&a, out, &err), FEAT_OK);
    feat_array_close(&a);
    return out;
}

static void open_world(judge_world *w)
{
    w->feat = judge_need(feat_alloc_array(w->n * w->d, sizeof(double)));
    w->ref = judge_need(feat_alloc_array(w->n_ref * w->d, sizeof(double)));
    w->true_p = judge_need(feat_alloc_array(w->n, sizeof(double)));
    w->numbers = judge_need(feat_calloc(w->n, 4 * sizeof(uint32_t)));
    w->truth = judge_need(feat_alloc(w->n));
    w->set = (gmet_judge_set){.n = w->n,
                              .n_labels = w->numbers,
                              .k_real = w->numbers + w->n,
                              .group = w->numbers + 2 * w->n,
                              .truth = w->truth,
                              .block = w->numbers + 3 * w->n,
                              .n_blocks = w->n};
}

void judge_free(judge_world *w)
{
    feat_free(w->feat);
    feat_free(w->ref);
    feat_free(w->true_p);
    feat_free(w->numbers);
    feat_free(w->truth);
    feat_free(w->vote);
    memset(w, 0, sizeof *w);
}

judge_world judge_load(void)
{
    judge_world w = {.n = 1500, .d = 16, .n_ref = 1000};
    bf_labels labels;
    bf_judge_table table;
    feat_error err;
    char name[24];
    open_world(&w);
    feat_free(w.feat);
    feat_free(w.ref);
    feat_free(w.true_p);
    w.feat = judge_array("feat", w.n * w.d);
    w.ref = judge_array("ref", w.n_ref * w.d);
    w.true_p = judge_array("true_p", w.n);
    if (bf_labels_read(&labels, DATA "labels.csv", NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bf_judge_table_make(&table, &labels, NULL, BF_NO_NAME, &err), FEAT_OK);
    assert_int_equal(table.set.n, w.n);
    for (size_t i = 0; i < w.n; i++) { /* names are row numbers */
        snprintf(name, sizeof name, "%zu", i);
        assert_string_equal(table.names[i], name);
    }
    /* In natural order the groups are gen0 .. gen3, real. */
    memcpy(w.numbers, table.numbers, 4 * w.n * sizeof *w.numbers);
    memcpy(w.truth, table.truth, w.n);
    w.votes = table.votes;
    w.vote = judge_need(feat_alloc_array(w.votes.n, sizeof *w.vote));
    memcpy(w.vote, table.vote, w.votes.n * sizeof *w.vote);
    w.votes.of = w.vote;
    w.set.n_groups = table.set.n_groups;
    bf_judge_table_free(&table);
    bf_labels_free(&labels);
    return w;
}

/* --- sets from a model
 * -------------------------------------------------------------------------------------- */

judge_plan judge_plan_default(double rho, uint64_t seed)
{
    return (judge_plan){.n_ref = 1000,
                        .n_real = 300,
                        .n_gen = 300,
                        .n_groups = 4,
                        .d = 16,
                        .labels = 5,
                        .rho = rho,
                        .seed = seed};
}

static double unit(gmet_splitmix *s)
{
    return gmet_splitmix_unit(s) + 0x1p-54;
}

/* Box and Muller, one of the two. */
static double normal(gmet_splitmix *s)
{
    double radius = sqrt(-2.0 * log(unit(s)));
    return radius * cos(two_pi * unit(s));
}

static void draw_real(double *row, size_t d, gmet_splitmix *s)
{
    for (size_t j = 0; j < d; j++)
        row[j] = normal(s) * pow((double)(j + 1), -0.33);
}

static void normalise(double *row, size_t d)
{
    double square = 0.0;
    for (size_t j = 0; j < d; j++)
        square += row[j] * row[j];
    for (size_t j = 0; j < d; j++)
        row[j] /= sqrt(square);
}

/* Directions [groups][d]: one for all, mixed with one of each generator's own. */
static void draw_directions(double *u, const judge_plan *plan, gmet_splitmix *s)
{
    double shared[64];
    assert_true(plan->d <= 64);
    for (size_t j = 0; j < plan->d; j++)
        shared[j] = normal(s);
    normalise(shared, plan->d);
    for (size_t g = 0; g < plan->n_groups; g++) {
        double *own = u + g * plan->d;
        for (size_t j = 0; j < plan->d; j++)
            own[j] = normal(s);
        normalise(own, plan->d);
        for (size_t j = 0; j < plan->d; j++)
            own[j] = sqrt(plan->rho) * shared[j] + sqrt(1.0 - plan->rho) * own[j];
        normalise(own, plan->d);
    }
}

static void draw_labels(judge_world *w, const judge_plan *plan, size_t i, gmet_splitmix *s)
{
    uint32_t raters[40], n = 40;
    for (uint32_t r = 0; r < n; r++)
        raters[r] = r;
    for (uint32_t l = 0; l < plan->labels; l++) {
        uint32_t at = l + (uint32_t)(unit(s) * (n - l)), t = raters[at];
        raters[at] = raters[l];
        raters[l] = t;
        unsigned char label = gmet_splitmix_unit(s) < w->true_p[i];
        w->vote[w->votes.n++] = (gmet_judge_vote){(uint32_t)i, raters[l], label};
        w->numbers[i]++;
        w->numbers[w->n + i] += label;
    }
}

judge_world judge_make(const judge_plan *plan)
{
    judge_world w = {.n = plan->n_real + plan->n_groups * plan->n_gen, .d = plan->d, .n_ref = plan->n_ref};
    gmet_splitmix s = {plan->seed};
    double *u = judge_need(feat_alloc_array(plan->n_groups + 1, plan->d * sizeof *u));
    open_world(&w);
    w.set.n_groups = plan->n_groups + 1;
    w.vote = judge_need(feat_alloc_array(w.n, plan->labels * sizeof *w.vote));
    w.votes = (gmet_judge_votes){.of = w.vote, .n_images = w.n, .n_raters = 40};
    draw_directions(u, plan, &s);
    for (size_t i = 0; i < w.n_ref; i++)
        draw_real(w.ref + i * w.d, w.d, &s);
    for (size_t i = 0; i < w.n; i++) {
        size_t group = i < plan->n_real ? 0 : 1 + (i - plan->n_real) / plan->n_gen;
        double *row = w.feat + i * w.d, t = 0.0;
        draw_real(row, w.d, &s);
        if (group > 0)
            t = -(1.2 + 1.45 * (double)(group - 1)) * log(unit(&s));
        for (size_t j = 0; j < w.d && group > 0; j++)
            row[j] += t * u[(group - 1) * w.d + j];
        w.true_p[i] = plan->null ? 0.756 : 1.0 / (1.0 + exp(0.5 * t - 1.2));
        w.truth[i] = group == 0;
        w.numbers[2 * w.n + i] = (uint32_t)group;
        w.numbers[3 * w.n + i] = (uint32_t)i;
        draw_labels(&w, plan, i, &s);
    }
    feat_free(u);
    return w;
}

/* --- shortcuts
 * ------------------------------------------------------------------------------------------------ */

double *judge_statistics(const judge_world *w, uint32_t blocks, size_t components, size_t *p)
{
    gmet_judge_ref_options options;
    gmet_judge_ref *ref;
    feat_error err;
    gmet_judge_rows rows = judge_rows(w->feat, w->n, w->d), reals = judge_rows(w->ref, w->n_ref, w->d);
    gmet_judge_ref_options_init(&options, sizeof options);
    options.blocks = blocks;
    options.components = components;
    if (gmet_judge_ref_create(&ref, &reals, NULL, &options, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    *p = gmet_judge_n_features(ref);
    double *out = judge_need(feat_alloc_array(w->n, *p * sizeof *out));
    if (gmet_judge_features(out, NULL, ref, &rows, NULL, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    gmet_judge_ref_close(&ref);
    return out;
}

gmet_judge_cv_result judge_validate(const judge_world *w, const double *x, size_t p, const gmet_judge_fit_options *fit,
                                    const gmet_judge_cv_options *cv)
{
    gmet_judge_cv_result r = {.p = judge_need(feat_alloc_array(w->n, 4 * sizeof(double))),
                              .fold = judge_need(feat_alloc_array(w->n, sizeof(uint32_t)))};
    feat_error err;
    r.p_const = r.p + w->n;
    r.p_group = r.p_const + w->n;
    r.threshold = r.p_group + w->n;
    if (gmet_judge_cross_validate(&r, &(gmet_judge_samples){x, p, &w->set}, fit, cv, NULL, &err) != FEAT_OK)
        fail_msg("%s", err.message);
    return r;
}

void judge_cv_free(gmet_judge_cv_result *cv)
{
    feat_free(cv->p);
    feat_free(cv->fold);
}

judge_world judge_small_world(size_t n_ref, size_t n_gen, size_t d, uint64_t seed)
{
    judge_plan plan = judge_plan_default(0.3, seed);
    plan.n_ref = n_ref;
    plan.n_real = plan.n_gen = n_gen;
    plan.n_groups = 2;
    plan.d = d;
    return judge_make(&plan);
}
