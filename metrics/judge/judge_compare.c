/* Model against people on the same images and weights. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_internal.h"

enum { LABELS, PAIR, RIGHT, RIGHT_CONST, RIGHT_TRUTH, RIGHT_GROUP, REAL, COLUMNS };

const char *gmet_judge_verdict_name(gmet_judge_verdict verdict)
{
    static const char *const names[] = {"no skill", "below", "matches", "above"};
    _Static_assert(sizeof names / sizeof names[0] == GMET_JUDGE_ABOVE + 1, "a name for each verdict");
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

static double measure_quantity(const void *ctx, const double *sums)
{
    const quantity *q = ctx;
    return evaluate(*q, sums);
}

static void interval(gmet_judge_interval *out, quantity q, const gmet_judge_units *units)
{
    gmet_judge_units_interval(out, units, measure_quantity, &q);
    if (q != Q_RATIO && q != Q_DIFF && q != Q_SKILL && q != Q_EDGE)
        gmet_judge_share_limits(out, units->n);
    else if (units->n < 2)
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

static void fill_table(gmet_judge_comparison *out, double *table, const gmet_judge_cv_result *predicted,
                       const gmet_judge_set *set, bool *truth_known)
{
    const double *p_group = predicted->p_group;
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
        unit[RIGHT] += right(predicted->p[i] >= predicted->threshold[i], n, k);
        unit[RIGHT_CONST] += right(predicted->p_const[i] >= 0.5, n, k);
        unit[RIGHT_GROUP] += right(p_group == NULL || p_group[i] >= 0.5, n, k);
        unit[RIGHT_TRUTH] += right(set->truth[i] == 1, n, k);
        *truth_known = *truth_known && set->truth[i] >= 0;
    }
}

static const gmet_judge_interval undefined = {(double)NAN, (double)NAN, (double)NAN};

feat_status gmet_judge_compare(gmet_judge_comparison *out, const gmet_judge_cv_result *predicted,
                               const gmet_judge_set *set, const gmet_judge_boot_options *options,
                               const gmet_context *context, feat_error *err)
{
    if (out == NULL || predicted == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_BLOCKS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_units blocks;
    bool truth_known;
    *out = (gmet_judge_comparison){0};
    status = gmet_judge_units_open(&blocks, set->n_blocks, COLUMNS, o.resamples, "blocks", err);
    if (status != FEAT_OK)
        goto done;
    fill_table(out, blocks.table, predicted, set, &truth_known);
    gmet_judge_units_sum(&blocks);
    if (blocks.n == 0) {
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no image has two labels, so people cannot be compared");
        goto done;
    }
    status = gmet_judge_units_draw(&blocks, o.seed, context, err);
    if (status != FEAT_OK)
        goto done;
    interval(&out->acc, Q_ACC, &blocks);
    interval(&out->pair, Q_PAIR, &blocks);
    interval(&out->ratio, Q_RATIO, &blocks);
    interval(&out->diff, Q_DIFF, &blocks);
    interval(&out->acc_const, Q_CONST, &blocks);
    interval(&out->skill, Q_SKILL, &blocks);
    interval(&out->best_const, Q_BEST, &blocks);
    interval(&out->edge, Q_EDGE, &blocks);
    out->acc_truth = out->acc_group = undefined;
    if (truth_known)
        interval(&out->acc_truth, Q_TRUTH, &blocks);
    if (predicted->p_group != NULL)
        interval(&out->acc_group, Q_GROUP, &blocks);
    out->verdict = judge(out);
done:
    gmet_judge_units_close(&blocks);
    return status;
}

/* --- raters resampled ------------------------------------------------------------------------------------ */

typedef struct rater_job {
    const gmet_judge_cv_result *predicted;
    const gmet_judge_votes *votes;
    uint64_t seed;
    double *drawn;   /* [resamples][COLUMNS] */
    double *weights; /* [workers][n_raters] */
    double *images;  /* [workers][4 * n_images]: weight of labels 0 and 1, and of their squares */
} rater_job;

/* Sums over images with two draws of different raters, each rater weighing as often as drawn. */
static void sum_votes(const rater_job *j, double *sums, const double *weight, double *images)
{
    const gmet_judge_votes *votes = j->votes;
    memset(images, 0, 4 * votes->n_images * sizeof *images);
    memset(sums, 0, COLUMNS * sizeof *sums);
    for (size_t v = 0; v < votes->n; v++) {
        double w = weight[votes->of[v].rater], *image = images + 4 * votes->of[v].image;
        size_t label = votes->of[v].label != 0;
        image[label] += w;
        image[2 + label] = fma(w, w, image[2 + label]);
    }
    for (size_t i = 0; i < votes->n_images; i++) {
        const double *w = images + 4 * i;
        double n = w[0] + w[1], pairs = n * n - w[2] - w[3];
        if (!(pairs > 0.0))
            continue;
        double agreeing = w[0] * w[0] - w[2] + w[1] * w[1] - w[3];
        sums[LABELS] += n;
        sums[PAIR] = fma(agreeing / pairs, n, sums[PAIR]);
        sums[RIGHT] += right(j->predicted->p[i] >= j->predicted->threshold[i], n, w[1]);
    }
}

static void rater_task(void *ctx, size_t tile, size_t worker)
{
    const rater_job *j = ctx;
    size_t n_raters = j->votes->n_raters;
    double *weight = j->weights + worker * n_raters;
    gmet_splitmix stream = gmet_judge_stream(j->seed, tile);
    memset(weight, 0, n_raters * sizeof *weight);
    for (size_t r = 0; r < n_raters; r++)
        weight[gmet_judge_draw(&stream, n_raters)] += 1.0;
    sum_votes(j, j->drawn + tile * COLUMNS, weight, j->images + worker * 4 * j->votes->n_images);
}

/* Sums of a draw are not those of its raters' own, so the table of units stays empty here. */
feat_status gmet_judge_compare_raters(gmet_judge_comparison *out, const gmet_judge_cv_result *predicted,
                                      const gmet_judge_votes *votes, const gmet_judge_boot_options *options,
                                      const gmet_context *context, feat_error *err)
{
    if (out == NULL || predicted == NULL || votes == NULL)
        return feat_null(err, __func__);
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    feat_pool *pool = gmet_pool_of(context);
    size_t workers = feat_pool_threads(pool);
    gmet_judge_units raters;
    *out = (gmet_judge_comparison){0};
    status = gmet_judge_units_open(&raters, votes->n_raters, COLUMNS, o.resamples, "raters", err);
    rater_job j = {.predicted = predicted, .votes = votes, .seed = o.seed, .drawn = raters.drawn};
    j.weights = feat_alloc_array(workers, votes->n_raters * sizeof *j.weights);
    j.images = feat_alloc_array(workers, 4 * votes->n_images * sizeof *j.images);
    if (status == FEAT_OK && (j.weights == NULL || j.images == NULL))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu raters", votes->n_raters);
    if (status != FEAT_OK)
        goto done;
    for (size_t r = 0; r < votes->n_raters; r++)
        j.weights[r] = 1.0;
    sum_votes(&j, raters.whole, j.weights, j.images);
    if (!(raters.whole[LABELS] > 0.0)) {
        status =
            feat_fail(err, FEAT_ERR_NUMERIC, "no image has labels of two raters, so people cannot be compared");
        goto done;
    }
    out->labels = (size_t)raters.whole[LABELS];
    gmet_parallel_for(context, o.resamples, rater_task, &j);
    status = gmet_go_on(context, err);
    if (status != FEAT_OK)
        goto done;
    interval(&out->acc, Q_ACC, &raters);
    interval(&out->pair, Q_PAIR, &raters);
    interval(&out->ratio, Q_RATIO, &raters);
    interval(&out->diff, Q_DIFF, &raters);
    out->acc_const = out->skill = out->acc_truth = out->acc_group = undefined;
    out->best_const = out->edge = undefined;
done:
    feat_free(j.images);
    feat_free(j.weights);
    gmet_judge_units_close(&raters);
    return status;
}
