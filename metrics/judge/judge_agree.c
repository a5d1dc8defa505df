/* How far people agree with each other, from counts, and with whom, from single votes. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/judge/judge_internal.h"

/* --- counts -------------------------------------------------------------------------------------------- */

typedef struct sums {
    double images, labels, real;
    double pair, pair_labels; /* sum of an image's share of agreeing pairs; the same times its labels */
    double agreeing, pairs;   /* ordered pairs */
    double disagreement;      /* Krippendorff's, not yet divided */
    double loo, loo_notie, notie, own;
    double y, y_square, noise; /* of k/n */
} sums;

/* `count` labels of value `label` among n, k of which are 1: does the majority of the others agree? */
static void leave_one_out(sums *s, double n, double k, double label, double count)
{
    double margin = 2.0 * (k - label) - (n - 1.0);
    if (margin == 0.0) {
        s->loo += 0.5 * count;
        return;
    }
    bool agrees = (margin > 0.0) == (label > 0.5);
    s->notie += count;
    s->loo += agrees ? count : 0.0;
    s->loo_notie += agrees ? count : 0.0;
}

static void add(sums *s, double n, double k)
{
    double share = gmet_judge_pair(n, k), y = k / n;
    s->images += 1.0;
    s->labels += n;
    s->real += k;
    s->pair += share;
    s->pair_labels = fma(share, n, s->pair_labels);
    s->agreeing += k * (k - 1.0) + (n - k) * (n - k - 1.0);
    s->pairs += n * (n - 1.0);
    s->disagreement += 2.0 * k * (n - k) / (n - 1.0);
    leave_one_out(s, n, k, 1.0, k);
    leave_one_out(s, n, k, 0.0, n - k);
    s->own += k > n - k ? k : n - k;
    s->y += y;
    s->y_square = fma(y, y, s->y_square);
    s->noise += y * (1.0 - y) / (n - 1.0);
}

static double ratio(double above, double below)
{
    return below > 0.0 ? above / below : (double)NAN;
}

/* The share of the variance of k/n that is not sampling noise, unbiased in both. */
static double ceiling(const sums *s)
{
    if (s->images < 2.0)
        return (double)NAN;
    double variance = (s->y_square - s->y * s->y / s->images) / (s->images - 1.0);
    return gmet_judge_ceiling_from(variance - s->noise / s->images, variance);
}

static void finish(gmet_judge_agreement *out, const sums *s)
{
    double p = ratio(s->real, s->labels), chance = fma(p, p, (1.0 - p) * (1.0 - p));
    out->images2 = (size_t)s->images;
    out->labels2 = (size_t)s->labels;
    out->pair_image = ratio(s->pair, s->images);
    out->pair_label = ratio(s->pair_labels, s->labels);
    out->pair_pooled = ratio(s->agreeing, s->pairs);
    out->p_real = p;
    bool both = s->real > 0.0 && s->real < s->labels;
    out->fleiss = both ? (out->pair_image - chance) / (1.0 - chance) : (double)NAN;
    double expected = 2.0 * s->real * (s->labels - s->real) / (s->labels * (s->labels - 1.0));
    out->alpha = both ? 1.0 - s->disagreement / s->labels / expected : (double)NAN;
    out->loo_majority = ratio(s->loo, s->labels);
    out->loo_majority_notie = ratio(s->loo_notie, s->notie);
    out->loo_notie_share = ratio(s->notie, s->labels);
    out->own_majority = ratio(s->own, s->labels);
    out->ceiling = ceiling(s);
}

void gmet_judge_agree(gmet_judge_agreement *out, const gmet_judge_set *set, const size_t *index, size_t m)
{
    sums s = {0};
    *out = (gmet_judge_agreement){0};
    for (size_t i = 0; i < (index != NULL ? m : set->n); i++) {
        size_t row = index != NULL ? index[i] : i;
        double n = (double)set->n_labels[row], k = (double)set->k_real[row];
        out->images += set->n_labels[row] > 0;
        out->labels += set->n_labels[row];
        if (set->n_labels[row] >= 2)
            add(&s, n, k);
    }
    finish(out, &s);
}

/* --- intervals over blocks ---------------------------------------------------------------------------- */

static feat_status no_memory(feat_error *err, size_t n)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu units", n);
}

/* A table of units, its sums, and the sums of its resamples. */
typedef struct resampled {
    const double *table, *whole, *drawn;
    size_t n_units, n_columns, resamples;
    double *x; /* [2 * resamples] */
} resampled;

/* The share columns[above] / columns[below]. */
static void share_interval(gmet_judge_interval *out, const resampled *r, size_t above, size_t below)
{
    size_t units = 0;
    for (size_t u = 0; u < r->n_units; u++)
        units += r->table[u * r->n_columns + below] > 0.0;
    out->value = ratio(r->whole[above], r->whole[below]);
    for (size_t b = 0; b < r->resamples; b++)
        r->x[b] = ratio(r->drawn[b * r->n_columns + above], r->drawn[b * r->n_columns + below]);
    gmet_judge_percentiles(out, r->x, r->x + r->resamples, r->resamples);
    gmet_judge_share_limits(out, units);
}

/* Drops units whose first column is 0; returns how many are left. */
static size_t compact(double *table, size_t n_units, size_t n_columns)
{
    size_t kept = 0;
    for (size_t u = 0; u < n_units; u++) {
        if (table[u * n_columns] > 0.0) {
            if (kept != u)
                memcpy(table + kept * n_columns, table + u * n_columns, n_columns * sizeof *table);
            kept++;
        }
    }
    return kept;
}

static void add_up(double *whole, const double *table, size_t n_units, size_t n_columns)
{
    for (size_t c = 0; c < n_columns; c++)
        whole[c] = 0.0;
    for (size_t u = 0; u < n_units; u++)
        for (size_t c = 0; c < n_columns; c++)
            whole[c] += table[u * n_columns + c];
}

feat_status gmet_judge_agree_interval(gmet_judge_interval *pair_image, gmet_judge_interval *pair_label,
                                      const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                      feat_pool *pool, feat_error *err)
{
    enum { IMAGES, LABELS, PAIR, PAIR_LABELS, COLUMNS };
    gmet_judge_boot_options o;
    gmet_judge_boot_options_default(&o);
    if (options != NULL)
        o = *options;
    double whole[COLUMNS];
    double *table = feat_calloc(set->n_blocks, COLUMNS * sizeof *table);
    double *drawn = feat_alloc_array(o.resamples, (COLUMNS + 2) * sizeof *drawn);
    feat_status status = FEAT_OK;
    if (table == NULL || drawn == NULL) {
        status = no_memory(err, set->n_blocks);
        goto done;
    }
    for (size_t i = 0; i < set->n; i++) {
        if (set->n_labels[i] < 2)
            continue;
        double n = (double)set->n_labels[i], share = gmet_judge_pair(n, (double)set->k_real[i]);
        double *unit = table + set->block[i] * COLUMNS;
        unit[IMAGES] += 1.0;
        unit[LABELS] += n;
        unit[PAIR] += share;
        unit[PAIR_LABELS] = fma(share, n, unit[PAIR_LABELS]);
    }
    size_t n_units = compact(table, set->n_blocks, COLUMNS);
    if (n_units == 0) {
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no image has two labels, so people cannot be compared");
        goto done;
    }
    add_up(whole, table, n_units, COLUMNS);
    gmet_judge_resample(drawn, o.resamples, table, n_units, COLUMNS, o.seed, pool);
    resampled r = {table, whole, drawn, n_units, COLUMNS, o.resamples, drawn + o.resamples * COLUMNS};
    share_interval(pair_image, &r, PAIR, IMAGES);
    share_interval(pair_label, &r, PAIR_LABELS, LABELS);
done:
    feat_free(drawn);
    feat_free(table);
    return status;
}

/* --- error rates
 * ------------------------------------------------------------------------------------------------ */

enum { H_ALL, H_WRONG, H_FAKE, H_FAKE_WRONG, H_REAL, H_REAL_WRONG, H_COLUMNS };

static void add_errors(double *unit, bool real, double n, double wrong)
{
    unit[H_ALL] += n;
    unit[H_WRONG] += wrong;
    unit[real ? H_REAL : H_FAKE] += n;
    unit[real ? H_REAL_WRONG : H_FAKE_WRONG] += wrong;
}

/* Each rater counts once, with the share that was wrong. */
static void to_shares(double *table, size_t n_units)
{
    for (size_t u = 0; u < n_units; u++)
        for (size_t c = 0; c < H_COLUMNS; c += 2) {
            double *pair = table + u * H_COLUMNS + c;
            if (pair[0] > 0.0) {
                pair[1] /= pair[0];
                pair[0] = 1.0;
            }
        }
}

typedef struct hype_job {
    const gmet_judge_set *set;
    const gmet_judge_vote *votes;
    size_t n_votes, n_units;
    gmet_judge_boot_options options;
    feat_pool *pool;
    double *table, *drawn;
} hype_job;

/* group: one, or set->n_groups for all. */
static void hype_of(gmet_judge_hype *out, const hype_job *j, size_t group)
{
    const gmet_judge_set *set = j->set;
    size_t resamples = j->options.resamples;
    double whole[H_COLUMNS];
    memset(j->table, 0, j->n_units * H_COLUMNS * sizeof *j->table);
    for (size_t v = 0; v < (j->votes != NULL ? j->n_votes : set->n); v++) {
        size_t image = j->votes != NULL ? j->votes[v].image : v;
        if (set->truth[image] < 0 || (group < set->n_groups && set->group[image] != group))
            continue;
        bool real = set->truth[image] == 1;
        if (j->votes != NULL)
            add_errors(j->table + j->votes[v].rater * H_COLUMNS, real, 1.0, (j->votes[v].label == 1) != real);
        else
            add_errors(j->table + set->block[v] * H_COLUMNS, real, (double)set->n_labels[v],
                       (double)(real ? set->n_labels[v] - set->k_real[v] : set->k_real[v]));
    }
    if (j->votes != NULL)
        to_shares(j->table, j->n_units);
    size_t n_units = compact(j->table, j->n_units, H_COLUMNS);
    out->units = n_units;
    add_up(whole, j->table, n_units, H_COLUMNS);
    if (n_units > 0)
        gmet_judge_resample(j->drawn, resamples, j->table, n_units, H_COLUMNS, j->options.seed, j->pool);
    resampled r = {.table = j->table,
                   .whole = whole,
                   .drawn = j->drawn,
                   .n_units = n_units,
                   .n_columns = H_COLUMNS,
                   .resamples = n_units > 0 ? resamples : 0,
                   .x = j->drawn + resamples * H_COLUMNS};
    share_interval(&out->all, &r, H_WRONG, H_ALL);
    share_interval(&out->fake, &r, H_FAKE_WRONG, H_FAKE);
    share_interval(&out->real, &r, H_REAL_WRONG, H_REAL);
}

feat_status gmet_judge_hype_table(gmet_judge_hype *out, const gmet_judge_set *set,
                                  const gmet_judge_vote *votes, size_t n_votes, size_t n_raters,
                                  const gmet_judge_boot_options *options, feat_pool *pool, feat_error *err)
{
    hype_job j = {.set = set, .votes = votes, .n_votes = n_votes, .pool = pool};
    j.n_units = votes != NULL ? n_raters : set->n_blocks;
    gmet_judge_boot_options_default(&j.options);
    if (options != NULL)
        j.options = *options;
    j.table = feat_alloc_array(j.n_units, H_COLUMNS * sizeof *j.table);
    j.drawn = feat_alloc_array(j.options.resamples, (H_COLUMNS + 2) * sizeof *j.drawn);
    feat_status status = FEAT_OK;
    if (j.table == NULL || j.drawn == NULL)
        status = no_memory(err, j.n_units);
    for (size_t g = 0; g <= set->n_groups && status == FEAT_OK; g++)
        hype_of(&out[g], &j, g);
    feat_free(j.drawn);
    feat_free(j.table);
    return status;
}

/* --- pairs of raters
 * -------------------------------------------------------------------------------------------- */

static double cohen(const uint32_t *count)
{
    double n = 0.0;
    for (size_t c = 0; c < 4; c++)
        n += (double)count[c];
    double observed = ((double)count[0] + (double)count[3]) / n;
    double a = ((double)count[2] + (double)count[3]) / n, b = ((double)count[1] + (double)count[3]) / n;
    double expected = fma(a, b, (1.0 - a) * (1.0 - b));
    return expected < 1.0 ? (observed - expected) / (1.0 - expected) : (double)NAN;
}

/* Sorts votes by image, keeping their order within one: start [n_images + 1], sorted [n_votes]. */
static void by_image(size_t *start, gmet_judge_vote *sorted, const gmet_judge_vote *votes, size_t n_votes,
                     size_t n_images)
{
    memset(start, 0, (n_images + 1) * sizeof *start);
    for (size_t v = 0; v < n_votes; v++)
        start[votes[v].image + 1]++;
    for (size_t i = 0; i < n_images; i++)
        start[i + 1] += start[i];
    for (size_t v = 0; v < n_votes; v++)
        sorted[start[votes[v].image]++] = votes[v];
    for (size_t i = n_images; i > 0; i--)
        start[i] = start[i - 1];
    start[0] = 0;
}

feat_status gmet_judge_cohen(double *kappa, size_t *n_pairs, const gmet_judge_vote *votes, size_t n_votes,
                             size_t n_images, size_t n_raters, size_t least, feat_error *err)
{
    size_t cells;
    uint32_t *count = NULL;
    size_t *start = feat_alloc_array(n_images + 1, sizeof *start);
    gmet_judge_vote *sorted = feat_alloc_array(n_votes, sizeof *sorted);
    if (feat_mul_size(n_raters, n_raters, &cells))
        count = feat_calloc(cells, 4 * sizeof *count);
    feat_status status = FEAT_OK;
    if (start == NULL || sorted == NULL || count == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu raters", n_raters);
        goto done;
    }
    by_image(start, sorted, votes, n_votes, n_images);
    for (size_t i = 0; i < n_images; i++)
        for (size_t a = start[i]; a < start[i + 1]; a++)
            for (size_t b = a + 1; b < start[i + 1]; b++) {
                bool swap = sorted[a].rater > sorted[b].rater;
                const gmet_judge_vote *low = &sorted[swap ? b : a], *high = &sorted[swap ? a : b];
                count[4 * (low->rater * n_raters + high->rater) + 2u * low->label + high->label]++;
            }
    double sum = 0.0, weight = 0.0;
    *n_pairs = 0;
    for (size_t pair = 0; pair < cells; pair++) {
        const uint32_t *c = count + 4 * pair;
        size_t common = (size_t)c[0] + c[1] + c[2] + c[3];
        if (common == 0 || common < least)
            continue;
        double value = cohen(c);
        if (isnan(value))
            continue;
        sum = fma(value, (double)common, sum);
        weight += (double)common;
        ++*n_pairs;
    }
    *kappa = ratio(sum, weight);
done:
    feat_free(count);
    feat_free(sorted);
    feat_free(start);
    return status;
}
