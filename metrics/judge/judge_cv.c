/* Cross-validation: everything a prediction depends on (standardisation, lambda, threshold, baselines) comes
 * from the images outside its fold. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/judge/judge_model.h"

static const double lambdas[] = {1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3};
enum { N_LAMBDAS = sizeof lambdas / sizeof lambdas[0], INNER_FOLDS = 5 };

static feat_status no_memory(feat_error *err, size_t n)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to cross-validate %zu images", n);
}

/* How the images of a set are cut. Where no generators are left out each fold stands for one. */
typedef struct cutting {
    uint32_t *generator, *fold; /* [n] */
    size_t n_generators, n_folds;
} cutting;

static feat_status make_cut(cutting *c, const gmet_judge_set *set, const gmet_judge_cv_options *cv, feat_error *err)
{
    if (cv->cv == GMET_JUDGE_LOGO)
        return gmet_judge_leave_generators(c->generator, c->fold, &c->n_generators, &c->n_folds, set, err);
    feat_status status = gmet_judge_folds(c->fold, &c->n_folds, set, cv, err);
    if (status == FEAT_OK)
        memcpy(c->generator, c->fold, set->n * sizeof *c->fold);
    c->n_generators = c->n_folds;
    return status;
}

/* What all folds share. */
typedef struct run {
    gmet_judge_samples samples;
    const gmet_judge_set *set; /* that of the samples */
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    const gmet_context *context;
    size_t *train, *test; /* [n] */
    size_t n_train, n_test;
    size_t trained, left_out; /* labelled images in train, and those that share a block with one in test */
    uint32_t *seen;           /* [n_blocks] the last round that tested the block */
    uint32_t round;
    double *values; /* [n] predictions of the rows in train or test */
} run;

static feat_status open_run(run *r, feat_error *err)
{
    r->train = feat_alloc_array(r->set->n, 2 * sizeof *r->train);
    r->values = feat_alloc_array(r->set->n, sizeof *r->values);
    r->seen = feat_calloc(r->set->n_blocks, sizeof *r->seen);
    if (r->train == NULL || r->values == NULL || r->seen == NULL)
        return no_memory(err, r->set->n);
    r->test = r->train + r->set->n;
    return FEAT_OK;
}

static void close_run(run *r)
{
    feat_free(r->train);
    feat_free(r->values);
    feat_free(r->seen);
}

/* Takes images out of train that belong together with one in test: what is known of them is known of it. */
static void part_blocks(run *r)
{
    const gmet_judge_set *set = r->set;
    size_t kept = 0;
    r->trained = r->left_out = 0;
    r->round++;
    for (size_t i = 0; i < r->n_test; i++)
        r->seen[set->block[r->test[i]]] = r->round;
    for (size_t i = 0; i < r->n_train; i++) {
        size_t row = r->train[i];
        bool labelled = set->n_labels[row] > 0, out = r->seen[set->block[row]] == r->round;
        r->left_out += out && labelled;
        r->trained += !out && labelled;
        if (!out)
            r->train[kept++] = row;
    }
    r->n_train = kept;
}

/* Fold f is tested; all of a generator is left out of the training of each of its folds. */
static void split(run *r, const cutting *c, size_t f)
{
    size_t generator = c->n_generators;
    r->n_train = r->n_test = 0;
    for (size_t i = 0; i < r->set->n; i++)
        if (c->fold[i] == f) {
            r->test[r->n_test++] = i;
            generator = c->generator[i];
        }
    for (size_t i = 0; i < r->set->n; i++)
        if (c->generator[i] != generator)
            r->train[r->n_train++] = i;
    part_blocks(r);
}

static feat_status check_rest(const run *r, feat_error *err)
{
    if (r->trained > 0 || r->left_out == 0)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_NUMERIC,
                     "each of the %zu images to train on shares a block with one of the %zu tested, so none is left; "
                     "there must be more blocks, and smaller ones",
                     r->left_out, r->n_test);
}

/* Trains on r->train and writes predictions of r->test to out [set->n]. train_values [n_train] may be NULL. */
static feat_status train_and_test(const run *r, const gmet_judge_fit_options *fit, double *out,
                                  double *train_values, feat_error *err)
{
    gmet_judge_model *model = NULL;
    gmet_judge_subset train = {r->train, r->n_train}, test = {r->test, r->n_test};
    feat_status status = check_rest(r, err);
    if (status == FEAT_OK)
        status = gmet_judge_fit(&model, &r->samples, &train, fit, r->context, err);
    if (status == FEAT_OK && train_values != NULL)
        status = gmet_judge_predict(train_values, model, &r->samples, &train, r->context, err);
    if (status == FEAT_OK)
        status = gmet_judge_predict(r->values, model, &r->samples, &test, r->context, err);
    for (size_t i = 0; i < r->n_test && status == FEAT_OK; i++)
        out[r->test[i]] = r->values[i];
    gmet_judge_model_close(&model);
    return status;
}

/* --- lambda ------------------------------------------------------------------------------------------- */

/* The images of a subset as a set of their own. */
typedef struct part {
    gmet_judge_set set;
    double *x, *p;
    uint32_t *numbers; /* [m][6]: labels, k, group, block, generator, fold */
    signed char *truth;
} part;

static void close_part(part *t)
{
    feat_free(t->x);
    feat_free(t->p);
    feat_free(t->numbers);
    feat_free(t->truth);
}

static feat_status cut_part(part *t, const gmet_judge_samples *samples, const gmet_judge_subset *subset,
                            feat_error *err)
{
    const gmet_judge_set *set = samples->set;
    size_t count, p = samples->p, m = gmet_judge_subset_size(subset, set);
    t->numbers = feat_alloc_array(m, 6 * sizeof *t->numbers);
    t->truth = feat_alloc(m);
    t->p = feat_alloc_array(m, sizeof *t->p);
    t->x = feat_mul_size(m, p, &count) ? feat_alloc_array(count, sizeof *t->x) : NULL;
    if (t->numbers == NULL || t->truth == NULL || t->x == NULL || t->p == NULL)
        return no_memory(err, m);
    for (size_t i = 0; i < m; i++) {
        size_t row = gmet_judge_subset_at(subset, i);
        t->numbers[i] = set->n_labels[row];
        t->numbers[m + i] = set->k_real[row];
        t->numbers[2 * m + i] = set->group[row];
        t->numbers[3 * m + i] = set->block[row];
        t->truth[i] = set->truth[row];
        memcpy(t->x + i * p, samples->x + row * p, p * sizeof *t->x);
    }
    t->set = *set;
    t->set.n = m;
    t->set.n_labels = t->numbers;
    t->set.k_real = t->numbers + m;
    t->set.group = t->numbers + 2 * m;
    t->set.block = t->numbers + 3 * m;
    t->set.truth = t->truth;
    return FEAT_OK;
}

static double log_loss(const gmet_judge_set *set, const double *p)
{
    double loss = 0.0;
    for (size_t i = 0; i < set->n; i++) {
        double q = gmet_judge_kept_within(p[i], GMET_JUDGE_LOG_MARGIN);
        double n = (double)set->n_labels[i], k = (double)set->k_real[i];
        loss -= k * feat_log(q) + (n - k) * feat_log(1.0 - q);
    }
    return loss;
}

static feat_status try_lambdas(run *r, const part *t, const cutting *c, double *lambda, feat_error *err)
{
    double best = (double)INFINITY;
    feat_status status = FEAT_OK;
    for (size_t l = 0; l < N_LAMBDAS && status == FEAT_OK; l++) {
        r->fit.lambda = lambdas[l];
        for (size_t f = 0; f < c->n_folds && status == FEAT_OK; f++) {
            split(r, c, f);
            status = gmet_go_on(r->context, err);
            if (status == FEAT_OK)
                status = train_and_test(r, &r->fit, t->p, NULL, err);
        }
        double loss = status == FEAT_OK ? log_loss(&t->set, t->p) : 0.0;
        if (status == FEAT_OK && loss < best) {
            best = loss;
            *lambda = lambdas[l];
        }
    }
    return status;
}

/* What the caller set, over the defaults. */
static feat_status read_options(run *r, const gmet_judge_fit_options *fit, const gmet_judge_cv_options *options,
                                feat_error *err)
{
    gmet_judge_fit_options_init(&r->fit, sizeof r->fit);
    gmet_judge_cv_options_init(&r->cv, sizeof r->cv);
    feat_status status = feat_sized_read(&r->fit, sizeof r->fit, fit, "gmet_judge_fit_options", err);
    return status == FEAT_OK ? feat_sized_read(&r->cv, sizeof r->cv, options, "gmet_judge_cv_options", err) : status;
}

feat_status gmet_judge_choose_lambda(double *lambda, const gmet_judge_samples *samples, const gmet_judge_subset *subset,
                                     const gmet_judge_fit_options *fit, const gmet_judge_cv_options *options,
                                     const gmet_context *context, feat_error *err)
{
    if (lambda == NULL || samples == NULL ||
        samples->set == NULL || samples->x == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(samples->set, GMET_JUDGE_EVERYTHING, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    size_t m = gmet_judge_subset_size(subset, samples->set);
    part t = {0};
    cutting c = {0};
    feat_error why = {FEAT_OK, ""};
    run r = {.context = context};
    feat_status status = read_options(&r, fit, options, err);
    if (status != FEAT_OK)
        return status;
    status = cut_part(&t, samples, subset, err);
    r.samples = (gmet_judge_samples){t.x, samples->p, &t.set};
    r.set = &t.set;
    if (status == FEAT_OK) {
        c.generator = t.numbers + 4 * m;
        c.fold = t.numbers + 5 * m;
        status = make_cut(&c, &t.set, &r.cv, &why);
    }
    if (status == FEAT_ERR_NUMERIC && r.cv.cv == GMET_JUDGE_LOGO) {
        /* One generator is left to train on: none can be left out inside. */
        r.cv = (gmet_judge_cv_options){
            .struct_size = sizeof r.cv, .cv = GMET_JUDGE_KFOLD, .folds = INNER_FOLDS};
        status = make_cut(&c, &t.set, &r.cv, &why);
    }
    if (status != FEAT_OK && why.status != FEAT_OK)
        status = feat_fail(err, status, "choosing lambda: %.400s", why.message);
    if (status == FEAT_OK)
        status = open_run(&r, err);
    if (status == FEAT_OK)
        status = try_lambdas(&r, &t, &c, lambda, err);
    close_run(&r);
    close_part(&t);
    return status;
}

/* --- thresholds --------------------------------------------------------------------------------------------- */

static double merit(gmet_judge_tune tune, double hits, double misses, double all_real, double all)
{
    double all_fake = all - all_real; /* hits: real labels said real; misses: fake labels said real */
    if (tune == GMET_JUDGE_ACCURACY)
        return (hits + all_fake - misses) / all;
    if (tune == GMET_JUDGE_F1)
        return all_real + hits + misses > 0.0 ? 2.0 * hits / (all_real + hits + misses) : 0.0;
    if (all_real > 0.0 && all_fake > 0.0)
        return hits / all_real - misses / all_fake;
    return 0.0;
}

/* The cut between predictions of the training images with the largest merit, the nearest to 1/2 among equals. */
static feat_status tune_threshold(double *threshold, const run *r, const double *values, feat_error *err)
{
    size_t m = r->n_train, *order = feat_alloc_array(m, 2 * sizeof *order);
    const gmet_judge_set *set = r->set;
    double all = 0.0, all_real = 0.0, hits = 0.0, misses = 0.0, best = -(double)INFINITY;
    if (order == NULL)
        return no_memory(err, m);
    gmet_judge_order(order, order + m, values, m);
    for (size_t i = 0; i < m; i++) {
        all += (double)set->n_labels[r->train[i]];
        all_real += (double)set->k_real[r->train[i]];
    }
    /* From everything called fake down to everything called real. */
    for (size_t i = m + 1; i-- > 0;) {
        double above = i < m ? values[order[i]] : 1.0, below = i > 0 ? values[order[i - 1]] : 0.0;
        if (i < m) {
            double k = (double)set->k_real[r->train[order[i]]];
            hits += k;
            misses += (double)set->n_labels[r->train[order[i]]] - k;
        }
        if (below >= above && i > 0)
            continue;
        double cut = 0.5 * below + 0.5 * above, now = merit(r->cv.tune, hits, misses, all_real, all);
        if (now > best || (now == best && fabs(cut - 0.5) < fabs(*threshold - 0.5))) {
            best = now;
            *threshold = cut;
        }
    }
    feat_free(order);
    return FEAT_OK;
}

/* --- the outer loop ----------------------------------------------------------------------------------------- */

static feat_status baseline(const run *r, gmet_judge_kind kind, double *out, feat_error *err)
{
    gmet_judge_fit_options fit = r->fit;
    if (out == NULL)
        return FEAT_OK;
    fit.kind = kind;
    return train_and_test(r, &fit, out, NULL, err);
}

/* train_values [n] */
static feat_status run_fold(run *r, gmet_judge_cv_result *result, const cutting *c, size_t f, double *train_values,
                            feat_error *err)
{
    gmet_judge_fit_options fit = r->fit;
    double threshold = 0.5;
    split(r, c, f);
    feat_status status = check_rest(r, err);
    if (status == FEAT_OK)
        status = gmet_go_on(r->context, err);
    if (status == FEAT_OK && r->cv.lambda_auto && gmet_judge_has_lambda(fit.kind))
        status = gmet_judge_choose_lambda(&fit.lambda, &r->samples, &(gmet_judge_subset){r->train, r->n_train}, &r->fit,
                                          &r->cv, r->context, err);
    result->lambda[f] = fit.lambda;
    if (result->trained != NULL)
        result->trained[f] = r->trained;
    if (result->left_out != NULL)
        result->left_out[f] = r->left_out;
    if (status == FEAT_OK)
        status = train_and_test(r, &fit, result->p, train_values, err);
    if (status == FEAT_OK && r->cv.tune != GMET_JUDGE_HALF)
        status = tune_threshold(&threshold, r, train_values, err);
    for (size_t i = 0; i < r->n_test; i++)
        result->threshold[r->test[i]] = threshold;
    if (status == FEAT_OK)
        status = baseline(r, GMET_JUDGE_CONST, result->p_const, err);
    if (status == FEAT_OK)
        status = baseline(r, GMET_JUDGE_GROUP, result->p_group, err);
    return status;
}

feat_status gmet_judge_cross_validate(gmet_judge_cv_result *result, const gmet_judge_samples *samples,
                                      const gmet_judge_fit_options *fit, const gmet_judge_cv_options *options,
                                      const gmet_context *context, feat_error *err)
{
    if (result == NULL || samples == NULL ||
        samples->set == NULL || samples->x == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(samples->set, GMET_JUDGE_EVERYTHING, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    const gmet_judge_set *set = samples->set;
    run r = {.samples = *samples, .set = set, .context = context};
    feat_status status = read_options(&r, fit, options, err);
    if (status != FEAT_OK)
        return status;
    cutting c = {.generator = feat_alloc_array(set->n, sizeof(uint32_t)), .fold = result->fold};
    double *train_values = feat_alloc_array(set->n, sizeof *train_values);
    status = open_run(&r, err);
    if (status == FEAT_OK && (train_values == NULL || c.generator == NULL))
        status = no_memory(err, set->n);
    if (status == FEAT_OK)
        status = make_cut(&c, set, &r.cv, err);
    result->n_folds = c.n_folds;
    for (size_t f = 0; f < result->n_folds && status == FEAT_OK; f++) {
        status = run_fold(&r, result, &c, f, train_values, err);
        if (status == FEAT_ERR_NUMERIC && err != NULL) {
            feat_error why = *err;
            status = feat_fail(err, status, "fold %zu of %zu: %.400s", f, result->n_folds, why.message);
        }
    }
    feat_free(train_values);
    feat_free(c.generator);
    close_run(&r);
    return status;
}

/* --- every set of training generators ----------------------------------------------------------------------- */

typedef struct grid {
    cutting c;               /* of LOGO */
    double *p, *p_const; /* [n] */
    size_t *rows;        /* [n] tested */
} grid;

/* Fold f of generator `test`; n_test 0 when it is one of another's. */
static void split_grid(run *r, const grid *g, size_t test, size_t f, uint32_t train)
{
    r->n_train = r->n_test = 0;
    for (size_t i = 0; i < r->set->n; i++) {
        bool real = r->set->truth[i] == 1;
        if (g->c.generator[i] == test) {
            if (!real && g->c.fold[i] == f)
                r->test[r->n_test++] = i;
        } else if (real || (train >> g->c.generator[i] & 1u) != 0) {
            r->train[r->n_train++] = i;
        }
    }
    part_blocks(r);
}

static feat_status grid_cell(gmet_judge_cross *out, run *r, const grid *g, size_t test, uint32_t train,
                             feat_error *err)
{
    gmet_judge_scores model, constant;
    size_t n = 0;
    feat_status status = FEAT_OK;
    *out = (gmet_judge_cross){.train = train, .trained = SIZE_MAX};
    for (size_t f = 0; f < g->c.n_folds && status == FEAT_OK; f++) {
        split_grid(r, g, test, f, train);
        if (r->n_test == 0)
            continue;
        out->test = r->set->group[r->test[0]];
        out->trained = r->trained < out->trained ? r->trained : out->trained;
        out->left_out = r->left_out > out->left_out ? r->left_out : out->left_out;
        if (r->trained == 0 && r->left_out > 0)
            continue; /* the cell stays without a figure */
        for (size_t i = 0; i < r->n_test; i++)
            g->rows[n++] = r->test[i];
        status = train_and_test(r, &r->fit, g->p, NULL, err);
        if (status == FEAT_OK)
            status = baseline(r, GMET_JUDGE_CONST, g->p_const, err);
    }
    gmet_judge_subset tested = {g->rows, n};
    if (status == FEAT_OK)
        status = gmet_judge_score(&model, g->p, NULL, r->set, &tested, err);
    if (status == FEAT_OK)
        status = gmet_judge_score(&constant, g->p_const, NULL, r->set, &tested, err);
    if (status == FEAT_OK) {
        out->labels = model.labels;
        out->acc_label = model.acc_label;
        out->acc_const = constant.acc_label;
        out->spearman = model.spearman;
    }
    return status;
}

feat_status gmet_judge_cross_grid(gmet_judge_cross *out, size_t *n_out, const gmet_judge_samples *samples,
                                  const gmet_judge_fit_options *fit, const gmet_context *context, feat_error *err)
{
    if (out == NULL || n_out == NULL || samples == NULL ||
        samples->set == NULL || samples->x == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(samples->set, GMET_JUDGE_EVERYTHING, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    const gmet_judge_set *set = samples->set;
    run r = {.samples = *samples, .set = set, .context = context};
    grid g = {0};
    gmet_judge_fit_options_init(&r.fit, sizeof r.fit);
    gmet_judge_cv_options_init(&r.cv, sizeof r.cv);
    *n_out = 0;
    feat_status status = feat_sized_read(&r.fit, sizeof r.fit, fit, "gmet_judge_fit_options", err);
    if (status != FEAT_OK)
        return status;
    g.c.generator = feat_alloc_array(set->n, 2 * sizeof *g.c.generator);
    g.rows = feat_alloc_array(set->n, sizeof *g.rows);
    g.p = feat_calloc(set->n, 2 * sizeof *g.p);
    status = open_run(&r, err);
    if (status == FEAT_OK && (g.c.generator == NULL || g.p == NULL || g.rows == NULL))
        status = no_memory(err, set->n);
    if (status == FEAT_OK) {
        g.c.fold = g.c.generator + set->n;
        g.p_const = g.p + set->n;
        status = make_cut(&g.c, set, &r.cv, err);
    }
    if (status == FEAT_OK && g.c.n_generators > GMET_JUDGE_MAX_CROSS)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "the grid over sets of generators takes up to %d, found %zu",
                           GMET_JUDGE_MAX_CROSS, g.c.n_generators);
    for (size_t test = 0; test < g.c.n_generators && status == FEAT_OK; test++)
        for (uint32_t train = 1; train < (1u << g.c.n_generators) && status == FEAT_OK; train++)
            if ((train >> test & 1u) == 0 && (status = gmet_go_on(context, err)) == FEAT_OK)
                status = grid_cell(&out[(*n_out)++], &r, &g, test, train, err);
    feat_free(g.p);
    feat_free(g.rows);
    feat_free(g.c.generator);
    close_run(&r);
    return status;
}
