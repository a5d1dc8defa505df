/* How well k/n of an image could be predicted at best, from counts or from single votes. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/judge/judge_internal.h"

/* Sums over images: y = k/n, y^2, the variance of y that labels drawn anew would have; of the two-way decomposition
 * the products of labels less their raters' means, and the share of the images' variance in them. */
enum { IMAGES, Y, YY, NOISE, PRODUCT, SHARE, COLUMNS };

/* With fewer units their spread does not tell how far chance goes. */
enum { LEAST_UNITS = 20 };

double gmet_judge_ceiling_from(double signal, double variance)
{
    if (!(variance > 0.0) || isnan(signal))
        return (double)NAN;
    double reliability = signal / variance;
    return reliability > 1.0 ? 1.0 : reliability > 0.0 ? sqrt(reliability) : 0.0;
}

static double variance_of(const double *s)
{
    return s[IMAGES] >= 2.0 ? (s[YY] - s[Y] * s[Y] / s[IMAGES]) / (s[IMAGES] - 1.0) : 0.0;
}

static double ceiling_of(const double *s, bool raters)
{
    double variance = variance_of(s);
    return gmet_judge_ceiling_from(raters ? s[PRODUCT] / s[SHARE] : variance - s[NOISE] / s[IMAGES], variance);
}

/* Whether the images' own variance comes out below 0 by more than chance explains: below two standard errors, by the
 * spread of the units' shares in it. It cannot be where raters judge each for themselves. */
static bool below_chance(const gmet_judge_units *units, bool raters)
{
    const double *whole = units->whole;
    double mean = whole[Y] / whole[IMAGES], variance = variance_of(whole), noise = whole[NOISE] / whole[IMAGES];
    double signal = raters ? whole[PRODUCT] / whole[SHARE] : variance - noise, square = 0.0;
    for (size_t u = 0; u < units->n; u++) {
        const double *s = units->table + u * COLUMNS;
        double apart = s[YY] - 2.0 * mean * s[Y] + mean * mean * s[IMAGES];
        double d = raters ? s[PRODUCT] - signal * s[SHARE] : apart - s[NOISE] - signal * s[IMAGES];
        square = fma(d, d, square);
    }
    return units->n >= LEAST_UNITS && signal + 2.0 * sqrt(square) / (raters ? whole[SHARE] : whole[IMAGES]) < 0.0;
}

/* Votes about the chosen images, by image and by rater. */
typedef struct crossing {
    size_t n_images, n_raters, n_votes;
    size_t *of_image, *of_rater; /* [n_images + 1], [n_raters + 1]: where the votes of each begin */
    uint32_t *rater, *image;     /* [n_votes] in these orders */
    unsigned char *label;        /* [n_votes] by image */
    double *mean;                /* [n_raters][2] labels and those that are 1 */
    uint32_t *common;            /* [n_raters] images in common with the rater at hand */
    double *share;               /* [n_images] */
} crossing;

static void release(crossing *c)
{
    feat_free(c->of_image);
    feat_free(c->of_rater);
    feat_free(c->rater);
    feat_free(c->label);
    feat_free(c->mean);
    feat_free(c->common);
    feat_free(c->share);
}

static feat_status open_crossing(crossing *c, feat_error *err)
{
    c->of_image = feat_calloc(c->n_images + 2, sizeof *c->of_image);
    c->of_rater = feat_calloc(c->n_raters + 2, sizeof *c->of_rater);
    c->rater = feat_alloc_array(c->n_votes + 1, 2 * sizeof *c->rater);
    c->label = feat_alloc(c->n_votes + 1);
    c->mean = feat_calloc(c->n_raters + 1, 2 * sizeof *c->mean);
    c->common = feat_calloc(c->n_raters + 1, sizeof *c->common);
    c->share = feat_calloc(c->n_images + 1, sizeof *c->share);
    if (c->of_image == NULL || c->of_rater == NULL || c->rater == NULL || c->label == NULL || c->mean == NULL ||
        c->common == NULL || c->share == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare %zu labels of %zu raters", c->n_votes, c->n_raters);
    c->image = c->rater + c->n_votes + 1;
    return FEAT_OK;
}

/* Votes of images that are not chosen (chosen 0) are passed over. */
static void cross(crossing *c, const unsigned char *chosen, const gmet_judge_vote *votes)
{
    size_t *image = c->of_image + 1, *rater = c->of_rater + 1;
    for (size_t v = 0; v < c->n_votes; v++)
        if (chosen[votes[v].image]) {
            image[votes[v].image + 1]++;
            rater[votes[v].rater + 1]++;
        }
    for (size_t i = 0; i < c->n_images; i++)
        image[i + 1] += image[i];
    for (size_t j = 0; j < c->n_raters; j++)
        rater[j + 1] += rater[j];
    /* image[i] moves from where i begins to where it ends, and so of_image[i] becomes where it begins. */
    for (size_t v = 0; v < c->n_votes; v++)
        if (chosen[votes[v].image]) {
            size_t at = image[votes[v].image]++;
            c->rater[at] = votes[v].rater;
            c->label[at] = votes[v].label != 0;
            c->image[rater[votes[v].rater]++] = votes[v].image;
            c->mean[2 * votes[v].rater] += 1.0;
            c->mean[2 * votes[v].rater + 1] += votes[v].label != 0;
        }
}

/* Whether any rater judged two of the images, and so can be told from them. */
static bool any_twice(const crossing *c)
{
    for (size_t j = 0; j < c->n_raters; j++)
        if (c->mean[2 * j] >= 2.0)
            return true;
    return false;
}

/* share [n_images]: sum over ordered pairs of an image's raters of what their means have in common. The mean of rater
 * j over his other m - 1 images contains their part of the images' variance, and so does that of j'; the product of
 * both has o / ((m - 1)(m' - 1)) of it, with o other images that both judged. */
static void add_overlaps(crossing *c)
{
    for (size_t j = 0; j < c->n_raters; j++) {
        double others = c->mean[2 * j] - 1.0;
        if (!(others > 0.0))
            continue;
        for (size_t v = c->of_rater[j]; v < c->of_rater[j + 1]; v++)
            for (size_t u = c->of_image[c->image[v]]; u < c->of_image[c->image[v] + 1]; u++)
                c->common[c->rater[u]]++;
        for (size_t v = c->of_rater[j]; v < c->of_rater[j + 1]; v++) {
            double sum = 0.0;
            for (size_t u = c->of_image[c->image[v]]; u < c->of_image[c->image[v] + 1]; u++) {
                size_t other = c->rater[u];
                if (other != j && c->mean[2 * other] > 1.0)
                    sum += ((double)c->common[other] - 1.0) / (c->mean[2 * other] - 1.0);
            }
            c->share[c->image[v]] += sum / others;
        }
        for (size_t v = c->of_rater[j]; v < c->of_rater[j + 1]; v++)
            for (size_t u = c->of_image[c->image[v]]; u < c->of_image[c->image[v] + 1]; u++)
                c->common[c->rater[u]] = 0;
    }
}

/* The products of image i. Who judged nothing else is compared with all labels of other images (total, real). */
static void add_products(double *unit, const crossing *c, size_t i, double total, double real, double images)
{
    double n = (double)(c->of_image[i + 1] - c->of_image[i]), k = 0.0, sum = 0.0, square = 0.0, once = 0.0;
    for (size_t v = c->of_image[i]; v < c->of_image[i + 1]; v++)
        k += c->label[v];
    for (size_t v = c->of_image[i]; v < c->of_image[i + 1]; v++) {
        const double *mean = c->mean + 2 * (size_t)c->rater[v];
        double y = c->label[v];
        double d = mean[0] > 1.0 ? y - (mean[1] - y) / (mean[0] - 1.0) : y - (real - k) / (total - n);
        once += mean[0] > 1.0 ? 0.0 : 1.0;
        sum += d;
        square = fma(d, d, square);
    }
    double pairs = n * (n - 1.0), known = (n - once) * (n - once - 1.0);
    unit[PRODUCT] += (sum * sum - square) / pairs;
    unit[SHARE] += 1.0 + (c->share[i] + (pairs - known) / (images - 1.0)) / pairs;
}

/* --- one ceiling ---------------------------------------------------------------------------------------- */

typedef struct job {
    const gmet_judge_set *set;
    const gmet_judge_votes *votes; /* NULL: counts only */
    unsigned char *chosen;         /* [set->n] with two labels or more */
    gmet_judge_units blocks;
    crossing c;
    bool raters; /* they are told apart */
} job;

static void choose(job *j, const gmet_judge_subset *subset)
{
    for (size_t i = 0; i < gmet_judge_subset_size(subset, j->set); i++) {
        size_t row = gmet_judge_subset_at(subset, i);
        j->chosen[row] = j->set->n_labels[row] >= 2;
    }
}

static void fill(job *j)
{
    const gmet_judge_set *set = j->set;
    double total = 0.0, real = 0.0, images = 0.0;
    for (size_t i = 0; i < set->n; i++) {
        total += j->chosen[i] ? (double)set->n_labels[i] : 0.0;
        real += j->chosen[i] ? (double)set->k_real[i] : 0.0;
        images += j->chosen[i];
    }
    for (size_t i = 0; i < set->n; i++) {
        double *unit = j->blocks.table + set->block[i] * COLUMNS;
        if (!j->chosen[i])
            continue;
        double n = (double)set->n_labels[i], y = (double)set->k_real[i] / n;
        unit[IMAGES] += 1.0;
        unit[Y] += y;
        unit[YY] = fma(y, y, unit[YY]);
        unit[NOISE] += y * (1.0 - y) / (n - 1.0);
        if (j->raters)
            add_products(unit, &j->c, i, total, real, images);
    }
    gmet_judge_units_sum(&j->blocks);
}

static feat_status cross_votes(job *j, feat_error *err)
{
    feat_status status = open_crossing(&j->c, err);
    if (status != FEAT_OK)
        return status;
    cross(&j->c, j->chosen, j->votes->of);
    j->raters = any_twice(&j->c);
    if (j->raters)
        add_overlaps(&j->c);
    return FEAT_OK;
}

/* Why the ceiling is not defined; NULL where it is. */
static const char *why_not(const job *j)
{
    const double *whole = j->blocks.whole;
    if (whole[IMAGES] < 1.0)
        return "no image has two labels";
    if (whole[IMAGES] < 2.0)
        return "only one image has two labels";
    if (!(variance_of(whole) > 0.0))
        return "all images have the same share of real labels";
    if (!below_chance(&j->blocks, j->raters))
        return NULL;
    return j->raters ? "raters agree about images less than by chance: some call real what others call fake"
                     : "labels of an image agree less than by chance, as no raters drawn anew do: the same few for all "
                       "images would; a file of single votes tells them apart";
}

static double measure_ceiling(const void *ctx, const double *sums)
{
    const job *j = ctx;
    return ceiling_of(sums, j->raters);
}

feat_status gmet_judge_noise_ceiling(gmet_judge_ceiling *out, const gmet_judge_set *set, const gmet_judge_votes *votes,
                                     const gmet_judge_subset *subset, const gmet_judge_boot_options *options,
                                     const gmet_context *context, feat_error *err)
{
    if (out == NULL || set == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(set, GMET_JUDGE_LABELS | GMET_JUDGE_BLOCKS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    gmet_judge_boot_options o;
    feat_status status = gmet_judge_boot_read(&o, options, err);
    if (status != FEAT_OK)
        return status;
    job j = {.set = set, .votes = gmet_judge_votes_known(votes), .c = {.n_images = set->n}};
    if (j.votes != NULL) {
        j.c.n_raters = votes->n_raters;
        j.c.n_votes = votes->n;
    }
    *out = (gmet_judge_ceiling){.r = {(double)NAN, (double)NAN, (double)NAN}};
    status = gmet_judge_units_open(&j.blocks, set->n_blocks, COLUMNS, o.resamples, "units", err);
    j.chosen = feat_calloc(set->n, sizeof *j.chosen);
    if (status == FEAT_OK && j.chosen == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare the labels of %zu images", set->n);
    if (status == FEAT_OK) {
        choose(&j, subset);
        status = j.votes != NULL ? cross_votes(&j, err) : FEAT_OK;
    }
    if (status == FEAT_OK) {
        fill(&j);
        out->raters = j.raters;
        out->why = why_not(&j);
    }
    if (status == FEAT_OK && out->why == NULL) {
        status = gmet_judge_units_draw(&j.blocks, o.seed, context, err);
        gmet_judge_units_interval(&out->r, &j.blocks, measure_ceiling, &j);
        /* One block, or all of one mind: no draw differs, which is no certainty. */
        if (!(out->r.high - out->r.low > 1e-12))
            out->r.low = out->r.high = (double)NAN;
    }
    release(&j.c);
    feat_free(j.chosen);
    gmet_judge_units_close(&j.blocks);
    return status;
}
