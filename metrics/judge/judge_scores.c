/* How good predictions are: accuracies, ranking, calibration, correlation. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_internal.h"

enum { BINS = 10 };
static const double logit_margin = 1e-6;

/* The labelled images, gathered. */
typedef struct tested {
    size_t m;
    uint32_t *n, *k;
    double *p, *y, *threshold; /* y = k/n */
    size_t *order, *scratch;
} tested;

static void release(tested *t)
{
    feat_free(t->n);
    feat_free(t->p);
    feat_free(t->order);
}

static feat_status gather(tested *t, const double *p, const double *threshold, const gmet_judge_set *set,
                          const gmet_judge_subset *subset, feat_error *err)
{
    size_t most = gmet_judge_subset_size(subset, set);
    t->n = feat_alloc_array(most, 2 * sizeof *t->n);
    t->p = feat_alloc_array(most, 3 * sizeof *t->p);
    t->order = feat_alloc_array(most, 2 * sizeof *t->order);
    if (t->n == NULL || t->p == NULL || t->order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to score %zu images", most);
    t->k = t->n + most;
    t->y = t->p + most;
    t->threshold = t->y + most;
    t->scratch = t->order + most;
    for (size_t i = 0; i < most; i++) {
        size_t row = gmet_judge_subset_at(subset, i), at = t->m;
        if (set->n_labels[row] == 0)
            continue;
        t->n[at] = set->n_labels[row];
        t->k[at] = set->k_real[row];
        t->p[at] = p[row];
        t->y[at] = (double)t->k[at] / (double)t->n[at];
        t->threshold[at] = threshold != NULL ? threshold[row] : 0.5;
        t->m++;
    }
    return FEAT_OK;
}

static void score_labels(gmet_judge_scores *out, const tested *t)
{
    double labels = 0.0, right = 0.0, shares = 0.0, brier = 0.0, loss = 0.0, sum_p = 0.0, sum_k = 0.0;
    size_t right_majorities = 0;
    for (size_t i = 0; i < t->m; i++) {
        double n = t->n[i], k = t->k[i], p = t->p[i], q = gmet_judge_kept_within(p, GMET_JUDGE_LOG_MARGIN);
        bool says_real = p >= t->threshold[i];
        double agreeing = says_real ? k : n - k;
        labels += n;
        right += agreeing;
        shares += agreeing / n;
        brier += k * ((1.0 - p) * (1.0 - p)) + (n - k) * (p * p);
        loss -= k * feat_log(q) + (n - k) * feat_log(1.0 - q);
        sum_p = fma(n, p, sum_p);
        sum_k += k;
        if (2.0 * k == n) {
            out->ties++;
        } else {
            out->majorities++;
            right_majorities += says_real == (2.0 * k > n);
        }
    }
    out->labels = (size_t)labels;
    out->acc_label = right / labels;
    out->acc_image = shares / (double)t->m;
    out->brier = brier / labels;
    out->log_loss = loss / labels;
    out->mean_p = sum_p / labels;
    out->mean_y = sum_k / labels;
    if (out->majorities > 0)
        out->acc_majority = (double)right_majorities / (double)out->majorities;
}

static int majority(const tested *t, size_t i)
{
    return 2 * (uint64_t)t->k[i] > t->n[i] ? 1 : 2 * (uint64_t)t->k[i] < t->n[i] ? 0 : -1;
}

/* Walks images from the highest p down, equal ones together. */
static void score_ranking(gmet_judge_scores *out, const tested *t)
{
    double positives = 0.0, negatives = 0.0, hits = 0.0, misses = 0.0, area = 0.0, precision = 0.0;
    for (size_t i = 0; i < t->m; i++) {
        positives += majority(t, i) == 1;
        negatives += majority(t, i) == 0;
    }
    for (size_t i = t->m; i > 0;) {
        double now = t->p[t->order[i - 1]], new_hits = 0.0, new_misses = 0.0;
        for (; i > 0 && t->p[t->order[i - 1]] == now; i--) {
            new_hits += majority(t, t->order[i - 1]) == 1;
            new_misses += majority(t, t->order[i - 1]) == 0;
        }
        area += new_misses * (hits + 0.5 * new_hits);
        hits += new_hits;
        misses += new_misses;
        if (new_hits > 0.0)
            precision += new_hits * (hits / (hits + misses));
    }
    if (positives > 0.0 && negatives > 0.0)
        out->auroc = area / (positives * negatives);
    if (positives > 0.0)
        out->auprc = precision / positives;
}

static void score_bins(gmet_judge_scores *out, const tested *t)
{
    double gaps = 0.0, labels = 0.0;
    for (size_t b = 0; b < BINS; b++) {
        double expected = 0.0, found = 0.0;
        for (size_t i = b * t->m / BINS; i < (b + 1) * t->m / BINS; i++) {
            size_t at = t->order[i];
            expected = fma((double)t->n[at], t->p[at], expected);
            found += (double)t->k[at];
            labels += (double)t->n[at];
        }
        gaps += fabs(expected - found);
    }
    out->ece = gaps / labels;
}

/* Logistic regression of labels on logit p; undefined (NaN) when p does not vary or labels are separated by
 * it. */
static feat_status score_calibration(gmet_judge_scores *out, const tested *t, feat_error *err)
{
    double b[2] = {0.0, 0.0}, *logit;
    bool varies = false;
    for (size_t i = 1; i < t->m; i++)
        varies = varies || t->p[i] != t->p[0];
    if (!varies)
        return FEAT_OK;
    logit = feat_alloc_array(t->m, sizeof *logit);
    if (logit == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to score %zu images", t->m);
    for (size_t i = 0; i < t->m; i++) {
        double p = gmet_judge_kept_within(t->p[i], logit_margin);
        logit[i] = feat_log(p) - feat_log(1.0 - p);
    }
    feat_error found;
    gmet_judge_logistic line = {.z = logit, .m = t->m, .q = 1, .n_labels = t->n, .k = t->k};
    feat_status status = gmet_judge_newton(b, &line, &found);
    feat_free(logit);
    if (status == FEAT_ERR_NOMEM)
        return feat_fail(err, status, "%s", found.message);
    if (status == FEAT_OK) {
        out->intercept = b[0];
        out->slope = b[1];
    }
    return FEAT_OK;
}

feat_status gmet_judge_score(gmet_judge_scores *out, const double *p, const double *threshold,
                             const gmet_judge_set *set, const gmet_judge_subset *subset, feat_error *err)
{
    if (out == NULL || p == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    const double nan = (double)NAN;
    tested t = {0};
    *out = (gmet_judge_scores){.acc_label = nan,
                               .acc_image = nan,
                               .acc_majority = nan,
                               .auroc = nan,
                               .auprc = nan,
                               .brier = nan,
                               .log_loss = nan,
                               .ece = nan,
                               .slope = nan,
                               .intercept = nan,
                               .pearson = nan,
                               .spearman = nan,
                               .kendall = nan,
                               .mean_p = nan,
                               .mean_y = nan};
    feat_status status = gather(&t, p, threshold, set, subset, err);
    out->images = t.m;
    if (status == FEAT_OK && t.m > 0) {
        score_labels(out, &t);
        gmet_judge_order(t.order, t.scratch, t.p, t.m);
        score_ranking(out, &t);
        score_bins(out, &t);
        out->pearson = gmet_judge_pearson(t.p, t.y, t.m);
        status = gmet_judge_rank_correlation(&out->spearman, &out->kendall, t.p, t.y, t.m, err);
        if (status == FEAT_OK)
            status = score_calibration(out, &t, err);
    }
    release(&t);
    return status;
}

/* --- within folds ------------------------------------------------------------------------------------- */

typedef struct folded {
    const gmet_judge_cv_result *predicted;
    const gmet_judge_set *set;
    size_t *start, *member; /* images by block: [n_blocks + 1], [n labelled] */
    size_t most;            /* labelled images a resample can have */
    gmet_judge_boot_options options;
    double *spearman, *pearson; /* [resamples] */
    double *values;             /* [workers][4 * most] */
    size_t *indices;            /* [workers][3 * most] */
} folded;

/* Mean over folds of the correlations among images rows[0 .. m). */
static void correlate(const folded *f, const size_t *rows, size_t m, double *values, size_t *indices,
                      double *spearman, double *pearson)
{
    double *p = values, *y = p + f->most, *rank_p = y + f->most, *rank_y = rank_p + f->most;
    size_t *order = indices, *scratch = order + f->most;
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    for (size_t g = 0; g < f->predicted->n_folds; g++) {
        size_t n = 0;
        for (size_t i = 0; i < m; i++)
            if (f->predicted->fold[rows[i]] == g) {
                p[n] = f->predicted->p[rows[i]];
                y[n++] = (double)f->set->k_real[rows[i]] / (double)f->set->n_labels[rows[i]];
            }
        double r = gmet_judge_pearson(p, y, n);
        if (isnan(r))
            continue;
        gmet_judge_midranks(rank_p, order, scratch, p, n);
        gmet_judge_midranks(rank_y, order, scratch, y, n);
        sums[0] = fma((double)n, gmet_judge_pearson(rank_p, rank_y, n), sums[0]);
        sums[1] = fma((double)n, r, sums[1]);
        sums[2] += (double)n;
    }
    *spearman = sums[2] > 0.0 ? sums[0] / sums[2] : (double)NAN;
    *pearson = sums[2] > 0.0 ? sums[1] / sums[2] : (double)NAN;
}

/* Blocks are drawn until as many images are together as there are, or one more block would be too many: sizes
 * differ little, and the arrays have an end. */
static void correlate_task(void *ctx, size_t tile, size_t worker)
{
    const folded *f = ctx;
    size_t *indices = f->indices + worker * 3 * f->most, *rows = indices + 2 * f->most, m = 0;
    gmet_splitmix stream = gmet_judge_stream(f->options.seed, tile);
    for (size_t draw = 0; draw < f->set->n_blocks; draw++) {
        size_t block = gmet_judge_draw(&stream, f->set->n_blocks);
        for (size_t i = f->start[block]; i < f->start[block + 1] && m < f->most; i++)
            rows[m++] = f->member[i];
    }
    correlate(f, rows, m, f->values + worker * 4 * f->most, indices, &f->spearman[tile], &f->pearson[tile]);
}

/* Images by block. Returns how many are labelled. */
static size_t list_blocks(folded *f)
{
    const gmet_judge_set *set = f->set;
    size_t n = 0;
    memset(f->start, 0, (set->n_blocks + 1) * sizeof *f->start);
    for (size_t i = 0; i < set->n; i++)
        if (set->n_labels[i] > 0) {
            f->start[set->block[i] + 1]++;
            n++;
        }
    for (size_t b = 0; b < set->n_blocks; b++)
        f->start[b + 1] += f->start[b];
    for (size_t i = 0; i < set->n; i++)
        if (set->n_labels[i] > 0)
            f->member[f->start[set->block[i]]++] = i;
    for (size_t b = set->n_blocks; b > 0; b--)
        f->start[b] = f->start[b - 1];
    f->start[0] = 0;
    return n;
}

feat_status gmet_judge_within_draws(double *spearman, double *pearson, const gmet_judge_cv_result *predicted,
                                    const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                    const gmet_context *context, feat_error *err)
{
    folded f = {.predicted = predicted, .set = set, .most = 2 * set->n + 16, .options = *options,
                .spearman = spearman + 1, .pearson = pearson + 1};
    feat_pool *pool = gmet_pool_of(context);
    size_t workers = feat_pool_threads(pool);
    f.start = feat_alloc_array(set->n_blocks + 1, sizeof *f.start);
    f.member = feat_alloc_array(set->n, sizeof *f.member);
    f.values = feat_alloc_array(workers, 4 * f.most * sizeof *f.values);
    f.indices = feat_alloc_array(workers, 3 * f.most * sizeof *f.indices);
    feat_status status = FEAT_OK;
    if (f.start == NULL || f.member == NULL || f.values == NULL || f.indices == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu images", set->n);
        goto done;
    }
    size_t n = list_blocks(&f);
    correlate(&f, f.member, n, f.values, f.indices, spearman, pearson);
    gmet_parallel_for(context, f.options.resamples, correlate_task, &f);
    status = gmet_go_on(context, err);
done:
    feat_free(f.indices);
    feat_free(f.values);
    feat_free(f.member);
    feat_free(f.start);
    return status;
}

feat_status gmet_judge_within_folds(gmet_judge_interval *spearman, gmet_judge_interval *pearson,
                                    const gmet_judge_cv_result *predicted, const gmet_judge_set *set,
                                    const gmet_judge_boot_options *options, const gmet_context *context,
                                    feat_error *err)
{
    if (spearman == NULL || pearson == NULL || predicted == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_BLOCKS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    size_t n = o.resamples + 1;
    double *draws = feat_alloc_array(n, 3 * sizeof *draws), *scratch = draws + 2 * n;
    if (draws == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu images", set->n);
    status = gmet_judge_within_draws(draws, draws + n, predicted, set, &o, context, err);
    if (status == FEAT_OK) {
        spearman->value = draws[0];
        pearson->value = draws[n];
        gmet_judge_percentiles(spearman, draws + 1, scratch, o.resamples);
        gmet_judge_percentiles(pearson, draws + n + 1, scratch, o.resamples);
    }
    feat_free(draws);
    return status;
}
