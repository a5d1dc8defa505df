/* Model against people on the same images and weights. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/splitmix.h"
#include "metrics/judge/judge_internal.h"

enum { LABELS, PAIR, RIGHT, RIGHT_CONST, RIGHT_TRUTH, RIGHT_GROUP, REAL, COLUMNS };

const char *gmet_judge_verdict_name(gmet_judge_verdict verdict)
{
    static const char *const names[] = {"no skill", "below", "matches", "above"};
    return (size_t)verdict < sizeof names / sizeof names[0] ? names[verdict] : "?";
}

/* A quantity as a function of sums; columns it does not need are ignored. */
typedef enum quantity {
    Q_ACC,
    Q_PAIR,
    Q_RATIO,
    Q_DIFF,
    Q_CONST,
    Q_SKILL,
    Q_BEST,
    Q_EDGE,
    Q_TRUTH,
    Q_GROUP
} quantity;

static double evaluate(quantity q, const double *s)
{
    if (!(s[LABELS] > 0.0))
        return (double)NAN;
    double best = s[REAL] > s[LABELS] - s[REAL] ? s[REAL] : s[LABELS] - s[REAL];
    switch (q) {
    case Q_ACC:
        return s[RIGHT] / s[LABELS];
    case Q_PAIR:
        return s[PAIR] / s[LABELS];
    case Q_RATIO:
        return s[PAIR] > 0.0 ? s[RIGHT] / s[PAIR] : (double)NAN;
    case Q_DIFF:
        return (s[RIGHT] - s[PAIR]) / s[LABELS];
    case Q_CONST:
        return s[RIGHT_CONST] / s[LABELS];
    case Q_SKILL:
        return (s[RIGHT] - s[RIGHT_CONST]) / s[LABELS];
    case Q_BEST:
        return best / s[LABELS];
    case Q_EDGE:
        return (s[RIGHT] - best) / s[LABELS];
    case Q_TRUTH:
        return s[RIGHT_TRUTH] / s[LABELS];
    case Q_GROUP:
        return s[RIGHT_GROUP] / s[LABELS];
    }
    return (double)NAN;
}

/* x [2 * resamples] */
static void interval(gmet_judge_interval *out, quantity q, const double *whole, const double *resampled,
                     size_t n_units, size_t resamples, double *x)
{
    out->value = evaluate(q, whole);
    for (size_t b = 0; b < resamples; b++)
        x[b] = evaluate(q, resampled + b * COLUMNS);
    gmet_judge_percentiles(out, x, x + resamples, resamples);
    if (q != Q_RATIO && q != Q_DIFF && q != Q_SKILL && q != Q_EDGE)
        gmet_judge_share_limits(out, n_units);
    else if (n_units < 2)
        out->low = out->high = (double)NAN;
}

static double right(double says_real, double n, double k)
{
    return says_real > 0.5 ? k : n - k;
}

static gmet_judge_verdict judge(const gmet_judge_comparison *c)
{
    /* A constant learned on other generators can be worse than a coin, and beating that is no skill either. */
    if (!(c->skill.low > 0.0) || !(c->edge.low > 0.0))
        return GMET_JUDGE_NO_SKILL;
    return c->diff.high < 0.0 ? GMET_JUDGE_BELOW : c->diff.low > 0.0 ? GMET_JUDGE_ABOVE : GMET_JUDGE_MATCHES;
}

static void fill_table(gmet_judge_comparison *out, double *table, const double *p, const double *p_const,
                       const double *p_group, const double *threshold, const gmet_judge_set *set,
                       bool *truth_known)
{
    *truth_known = true;
    for (size_t i = 0; i < set->n; i++) {
        double n = (double)set->n_labels[i], k = (double)set->k_real[i],
               *unit = table + set->block[i] * COLUMNS;
        if (set->n_labels[i] < 2)
            continue;
        out->images++;
        out->labels += set->n_labels[i];
        unit[LABELS] += n;
        unit[REAL] += k;
        unit[PAIR] = fma(gmet_judge_pair(n, k), n, unit[PAIR]);
        unit[RIGHT] += right(p[i] >= threshold[i], n, k);
        unit[RIGHT_CONST] += right(p_const[i] >= 0.5, n, k);
        unit[RIGHT_GROUP] += right(p_group == NULL || p_group[i] >= 0.5, n, k);
        unit[RIGHT_TRUTH] += right(set->truth[i] == 1, n, k);
        *truth_known = *truth_known && set->truth[i] >= 0;
    }
}

static size_t compact(double *table, double *whole, size_t n_units)
{
    size_t kept = 0;
    memset(whole, 0, COLUMNS * sizeof *whole);
    for (size_t u = 0; u < n_units; u++) {
        const double *unit = table + u * COLUMNS;
        if (!(unit[LABELS] > 0.0))
            continue;
        for (size_t c = 0; c < COLUMNS; c++) {
            whole[c] += unit[c];
            table[kept * COLUMNS + c] = unit[c];
        }
        kept++;
    }
    return kept;
}

static const gmet_judge_interval undefined = {(double)NAN, (double)NAN, (double)NAN};

feat_status gmet_judge_compare(gmet_judge_comparison *out, const double *p, const double *p_const,
                               const double *p_group, const double *threshold, const gmet_judge_set *set,
                               const gmet_judge_boot_options *options, feat_pool *pool, feat_error *err)
{
    gmet_judge_boot_options o;
    gmet_judge_boot_options_default(&o);
    if (options != NULL)
        o = *options;
    double whole[COLUMNS], *table = feat_calloc(set->n_blocks, COLUMNS * sizeof *table);
    double *resampled = feat_alloc_array(o.resamples, (COLUMNS + 2) * sizeof *resampled);
    bool truth_known;
    feat_status status = FEAT_OK;
    *out = (gmet_judge_comparison){0};
    if (table == NULL || resampled == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu blocks", set->n_blocks);
        goto done;
    }
    fill_table(out, table, p, p_const, p_group, threshold, set, &truth_known);
    size_t n_units = compact(table, whole, set->n_blocks);
    if (n_units == 0) {
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no image has two labels, so people cannot be compared");
        goto done;
    }
    gmet_judge_resample(resampled, o.resamples, table, n_units, COLUMNS, o.seed, pool);
    double *x = resampled + o.resamples * COLUMNS;
    interval(&out->acc, Q_ACC, whole, resampled, n_units, o.resamples, x);
    interval(&out->pair, Q_PAIR, whole, resampled, n_units, o.resamples, x);
    interval(&out->ratio, Q_RATIO, whole, resampled, n_units, o.resamples, x);
    interval(&out->diff, Q_DIFF, whole, resampled, n_units, o.resamples, x);
    interval(&out->acc_const, Q_CONST, whole, resampled, n_units, o.resamples, x);
    interval(&out->skill, Q_SKILL, whole, resampled, n_units, o.resamples, x);
    interval(&out->best_const, Q_BEST, whole, resampled, n_units, o.resamples, x);
    interval(&out->edge, Q_EDGE, whole, resampled, n_units, o.resamples, x);
    out->acc_truth = out->acc_group = undefined;
    if (truth_known)
        interval(&out->acc_truth, Q_TRUTH, whole, resampled, n_units, o.resamples, x);
    if (p_group != NULL)
        interval(&out->acc_group, Q_GROUP, whole, resampled, n_units, o.resamples, x);
    out->verdict = judge(out);
done:
    feat_free(resampled);
    feat_free(table);
    return status;
}

/* --- raters resampled
 * ------------------------------------------------------------------------------------------ */

typedef struct rater_job {
    const double *p, *threshold;
    const gmet_judge_vote *votes;
    size_t n_votes, n_images, n_raters;
    uint64_t seed;
    double *sums;    /* [resamples][COLUMNS] */
    double *weights; /* [workers][n_raters] */
    double *images;  /* [workers][4 * n_images]: weight of labels 0 and 1, and of their squares */
} rater_job;

/* Sums over images with two draws of different raters, each rater weighing as often as drawn. */
static void sum_votes(const rater_job *j, double *sums, const double *weight, double *images)
{
    memset(images, 0, 4 * j->n_images * sizeof *images);
    memset(sums, 0, COLUMNS * sizeof *sums);
    for (size_t v = 0; v < j->n_votes; v++) {
        double w = weight[j->votes[v].rater], *image = images + 4 * j->votes[v].image;
        size_t label = j->votes[v].label != 0;
        image[label] += w;
        image[2 + label] = fma(w, w, image[2 + label]);
    }
    for (size_t i = 0; i < j->n_images; i++) {
        const double *w = images + 4 * i;
        double n = w[0] + w[1], pairs = n * n - w[2] - w[3];
        if (!(pairs > 0.0))
            continue;
        double agreeing = w[0] * w[0] - w[2] + w[1] * w[1] - w[3];
        sums[LABELS] += n;
        sums[PAIR] = fma(agreeing / pairs, n, sums[PAIR]);
        sums[RIGHT] += right(j->p[i] >= j->threshold[i], n, w[1]);
    }
}

static void rater_task(void *ctx, size_t tile, size_t worker)
{
    const rater_job *j = ctx;
    double *weight = j->weights + worker * j->n_raters;
    gmet_splitmix stream = gmet_judge_stream(j->seed, tile);
    memset(weight, 0, j->n_raters * sizeof *weight);
    for (size_t r = 0; r < j->n_raters; r++)
        weight[gmet_judge_draw(&stream, j->n_raters)] += 1.0;
    sum_votes(j, j->sums + tile * COLUMNS, weight, j->images + worker * 4 * j->n_images);
}

feat_status gmet_judge_compare_raters(gmet_judge_comparison *out, const double *p, const double *threshold,
                                      const gmet_judge_vote *votes, size_t n_votes, size_t n_images,
                                      size_t n_raters, const gmet_judge_boot_options *options, feat_pool *pool,
                                      feat_error *err)
{
    gmet_judge_boot_options o;
    gmet_judge_boot_options_default(&o);
    if (options != NULL)
        o = *options;
    size_t workers = feat_pool_threads(pool);
    double whole[COLUMNS];
    rater_job j = {.p = p,
                   .threshold = threshold,
                   .votes = votes,
                   .n_votes = n_votes,
                   .n_images = n_images,
                   .n_raters = n_raters,
                   .seed = o.seed};
    j.sums = feat_alloc_array(o.resamples, (COLUMNS + 2) * sizeof *j.sums);
    j.weights = feat_alloc_array(workers, n_raters * sizeof *j.weights);
    j.images = feat_alloc_array(workers, 4 * n_images * sizeof *j.images);
    feat_status status = FEAT_OK;
    *out = (gmet_judge_comparison){0};
    if (j.sums == NULL || j.weights == NULL || j.images == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu raters", n_raters);
        goto done;
    }
    for (size_t r = 0; r < n_raters; r++)
        j.weights[r] = 1.0;
    sum_votes(&j, whole, j.weights, j.images);
    if (!(whole[LABELS] > 0.0)) {
        status =
            feat_fail(err, FEAT_ERR_NUMERIC, "no image has labels of two raters, so people cannot be compared");
        goto done;
    }
    out->labels = (size_t)whole[LABELS];
    feat_parallel_for(pool, o.resamples, rater_task, &j);
    double *x = j.sums + o.resamples * COLUMNS;
    interval(&out->acc, Q_ACC, whole, j.sums, n_raters, o.resamples, x);
    interval(&out->pair, Q_PAIR, whole, j.sums, n_raters, o.resamples, x);
    interval(&out->ratio, Q_RATIO, whole, j.sums, n_raters, o.resamples, x);
    interval(&out->diff, Q_DIFF, whole, j.sums, n_raters, o.resamples, x);
    out->acc_const = out->skill = out->acc_truth = out->acc_group = undefined;
    out->best_const = out->edge = undefined;
done:
    feat_free(j.images);
    feat_free(j.weights);
    feat_free(j.sums);
    return status;
}
