/* How far people agree with each other, from counts, and with whom, from single votes. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/judge/judge_internal.h"

/* --- counts -------------------------------------------------------------------------------------------- */

typedef struct tally {
    double images, labels, real;
    double pair, pair_labels; /* sum of an image's share of agreeing pairs; the same times its labels */
    double agreeing, pairs;   /* ordered pairs */
    double disagreement;      /* Krippendorff's, not yet divided */
    double loo, loo_notie, notie, own;
    double y, y_square, noise; /* of k/n */
} tally;

/* `count` labels of value `label` among n, k of which are 1: does the majority of the others agree? */
static void leave_one_out(tally *s, double n, double k, double label, double count)
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

static void add(tally *s, double n, double k)
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
static double ceiling(const tally *s)
{
    if (s->images < 2.0)
        return (double)NAN;
    double variance = (s->y_square - s->y * s->y / s->images) / (s->images - 1.0);
    return gmet_judge_ceiling_from(variance - s->noise / s->images, variance);
}

static void finish(gmet_judge_agreement *out, const tally *s)
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

void gmet_judge_agree(gmet_judge_agreement *out, const gmet_judge_set *set, const gmet_judge_subset *subset)
{
    if (out == NULL || set == NULL)
        return;
    tally s = {0};
    *out = (gmet_judge_agreement){0};
    for (size_t i = 0; i < gmet_judge_subset_size(subset, set); i++) {
        size_t row = gmet_judge_subset_at(subset, i);
        double n = (double)set->n_labels[row], k = (double)set->k_real[row];
        out->images += set->n_labels[row] > 0;
        out->labels += set->n_labels[row];
        if (set->n_labels[row] >= 2)
            add(&s, n, k);
    }
    finish(out, &s);
}

/* --- intervals over blocks ---------------------------------------------------------------------------- */

/* A share: the quotient of two columns of sums. */
typedef struct quotient {
    size_t above, below;
} quotient;

static double measure_quotient(const void *ctx, const double *sums)
{
    const quotient *q = ctx;
    return ratio(sums[q->above], sums[q->below]);
}

static void share_interval(gmet_judge_interval *out, const gmet_judge_units *units, size_t above, size_t below)
{
    size_t n = 0;
    for (size_t u = 0; u < units->n; u++)
        n += units->table[u * units->n_columns + below] > 0.0;
    gmet_judge_units_interval(out, units, measure_quotient, &(quotient){above, below});
    gmet_judge_share_limits(out, n);
}

feat_status gmet_judge_agree_interval(gmet_judge_interval *pair_image, gmet_judge_interval *pair_label,
                                      const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                      const gmet_context *context, feat_error *err)
{
    if (pair_image == NULL || pair_label == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_BLOCKS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    enum { IMAGES, LABELS, PAIR, PAIR_LABELS, COLUMNS };
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_units units;
    status = gmet_judge_units_open(&units, set->n_blocks, COLUMNS, o.resamples, "units", err);
    if (status != FEAT_OK)
        goto done;
    for (size_t i = 0; i < set->n; i++) {
        if (set->n_labels[i] < 2)
            continue;
        double n = (double)set->n_labels[i], share = gmet_judge_pair(n, (double)set->k_real[i]);
        double *unit = units.table + set->block[i] * COLUMNS;
        unit[IMAGES] += 1.0;
        unit[LABELS] += n;
        unit[PAIR] += share;
        unit[PAIR_LABELS] = fma(share, n, unit[PAIR_LABELS]);
    }
    gmet_judge_units_sum(&units);
    if (units.n == 0) {
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no image has two labels, so people cannot be compared");
        goto done;
    }
    status = gmet_judge_units_draw(&units, o.seed, context, err);
    if (status != FEAT_OK)
        goto done;
    share_interval(pair_image, &units, PAIR, IMAGES);
    share_interval(pair_label, &units, PAIR_LABELS, LABELS);
done:
    gmet_judge_units_close(&units);
    return status;
}

/* --- error rates --------------------------------------------------------------------------------------- */

enum { H_ALL, H_WRONG, H_FAKE, H_FAKE_WRONG, H_REAL, H_REAL_WRONG, H_COLUMNS };

static void add_errors(double *unit, bool real, double n, double wrong)
{
    unit[H_ALL] += n;
    unit[H_WRONG] += wrong;
    unit[real ? H_REAL : H_FAKE] += n;
    unit[real ? H_REAL_WRONG : H_FAKE_WRONG] += wrong;
}

/* Each rater counts once, with the share that was wrong. */
static void to_shares(gmet_judge_units *raters)
{
    for (size_t u = 0; u < raters->n; u++)
        for (size_t c = 0; c < H_COLUMNS; c += 2) {
            double *pair = raters->table + u * H_COLUMNS + c;
            if (pair[0] > 0.0) {
                pair[1] /= pair[0];
                pair[0] = 1.0;
            }
        }
}

/* Whether an image of known truth counts for a group, or for all of them (group set->n_groups). */
static bool counts(const gmet_judge_set *set, size_t image, size_t group)
{
    return set->truth[image] >= 0 && (group == set->n_groups || set->group[image] == group);
}

static void add_blocks(gmet_judge_units *blocks, const gmet_judge_set *set, size_t group)
{
    for (size_t i = 0; i < set->n; i++) {
        bool real = set->truth[i] == 1;
        uint32_t n = set->n_labels[i], k = set->k_real[i];
        if (counts(set, i, group))
            add_errors(blocks->table + set->block[i] * H_COLUMNS, real, (double)n, (double)(real ? n - k : k));
    }
}

static void add_raters(gmet_judge_units *raters, const gmet_judge_set *set, const gmet_judge_votes *votes, size_t group)
{
    for (size_t v = 0; v < votes->n; v++) {
        const gmet_judge_vote *vote = &votes->of[v];
        bool real = set->truth[vote->image] == 1;
        if (counts(set, vote->image, group))
            add_errors(raters->table + vote->rater * H_COLUMNS, real, 1.0, (vote->label == 1) != real);
    }
    to_shares(raters);
}

feat_status gmet_judge_hype_table(gmet_judge_hype *out, const gmet_judge_set *set, const gmet_judge_votes *votes,
                                  const gmet_judge_boot_options *options, const gmet_context *context, feat_error *err)
{
    if (out == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_GROUPS | GMET_JUDGE_TRUTHS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_units units;
    votes = gmet_judge_votes_known(votes);
    size_t n_units = votes != NULL ? votes->n_raters : set->n_blocks;
    status = gmet_judge_units_open(&units, n_units, H_COLUMNS, o.resamples, "units", err);
    for (size_t g = 0; g <= set->n_groups && status == FEAT_OK; g++) {
        units.n = n_units;
        memset(units.table, 0, n_units * H_COLUMNS * sizeof *units.table);
        if (votes != NULL)
            add_raters(&units, set, votes, g);
        else
            add_blocks(&units, set, g);
        gmet_judge_units_sum(&units);
        out[g].units = units.n;
        if (units.n > 0)
            status = gmet_judge_units_draw(&units, o.seed, context, err);
        share_interval(&out[g].all, &units, H_WRONG, H_ALL);
        share_interval(&out[g].fake, &units, H_FAKE_WRONG, H_FAKE);
        share_interval(&out[g].real, &units, H_REAL_WRONG, H_REAL);
    }
    gmet_judge_units_close(&units);
    return status;
}

/* --- pairs of raters ---------------------------------------------------------------------------------------- */

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

/* Sorts votes by image, keeping their order within one: start [n_images + 1], sorted [votes->n]. */
static void by_image(size_t *start, gmet_judge_vote *sorted, const gmet_judge_votes *votes)
{
    memset(start, 0, (votes->n_images + 1) * sizeof *start);
    for (size_t v = 0; v < votes->n; v++)
        start[votes->of[v].image + 1]++;
    for (size_t i = 0; i < votes->n_images; i++)
        start[i + 1] += start[i];
    for (size_t v = 0; v < votes->n; v++)
        sorted[start[votes->of[v].image]++] = votes->of[v];
    for (size_t i = votes->n_images; i > 0; i--)
        start[i] = start[i - 1];
    start[0] = 0;
}

/* count [n_raters][n_raters][4]: of each pair of raters, the one of the lower number first, their images in common by
 * the first's and the second's label. */
static void count_pairs(uint32_t *count, const size_t *start, const gmet_judge_vote *sorted, size_t n_images,
                        size_t n_raters)
{
    for (size_t i = 0; i < n_images; i++)
        for (size_t a = start[i]; a < start[i + 1]; a++)
            for (size_t b = a + 1; b < start[i + 1]; b++) {
                bool swap = sorted[a].rater > sorted[b].rater;
                const gmet_judge_vote *low = &sorted[swap ? b : a], *high = &sorted[swap ? a : b];
                count[4 * (low->rater * n_raters + high->rater) + 2u * low->label + high->label]++;
            }
}

feat_status gmet_judge_cohen(double *kappa, size_t *n_pairs, const gmet_judge_votes *votes, size_t least,
                             feat_error *err)
{
    if (kappa == NULL || n_pairs == NULL || votes == NULL)
        return feat_null(err, __func__);
    size_t cells;
    uint32_t *count = NULL;
    size_t *start = feat_alloc_array(votes->n_images + 1, sizeof *start);
    gmet_judge_vote *sorted = feat_alloc_array(votes->n, sizeof *sorted);
    if (feat_mul_size(votes->n_raters, votes->n_raters, &cells))
        count = feat_calloc(cells, 4 * sizeof *count);
    feat_status status = FEAT_OK;
    if (start == NULL || sorted == NULL || count == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu raters", votes->n_raters);
        goto done;
    }
    by_image(start, sorted, votes);
    count_pairs(count, start, sorted, votes->n_images, votes->n_raters);
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
