/* Realism, rarity and the nearest real row of each generated row, in one scan. Everything is decided on
 * squared distances; square roots are taken of what is reported. */
#include "metrics/manifold/manifold.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/base/sorting.h"
#include "metrics/pairs/neighbours.h"

static const double kynkaat_eps = 1e-5;

void gmet_image_options_init(gmet_image_options *options, size_t size)
{
    static const gmet_image_options defaults = {.struct_size = sizeof defaults, .k = 3, .realism = GMET_REALISM_PAPER};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct scoring {
    gmet_realism realism;
    const double *radius2;     /* [n_real] */
    const unsigned char *kept; /* [n_real]: radius survives the trim */
    gmet_image_score *scores;  /* until finish(): realism, rarity and distance squared */
} scoring;

static double ratio(gmet_realism realism, double radius2, double distance2)
{
    if (realism == GMET_REALISM_KYNKAAT)
        return radius2 / (distance2 + kynkaat_eps);
    if (distance2 == 0.0)
        return radius2 > 0.0 ? (double)INFINITY : 1.0;
    return radius2 / distance2;
}

/* No quantity gains by a larger distance, so what a lower bound cannot change the distance cannot. */
static bool matters(const void *ctx, size_t i, size_t j, double least)
{
    const scoring *s = ctx;
    const gmet_image_score *score = &s->scores[i];
    double radius2 = s->radius2[j];
    return least < score->distance || (!score->inside && least <= radius2) ||
           (least < radius2 && (score->rarity == 0.0 || radius2 < score->rarity)) ||
           (s->kept[j] && ratio(s->realism, radius2, least) > score->realism);
}

/* Rows are generated, columns real. */
static void take(void *ctx, size_t i, size_t j, double distance2)
{
    const scoring *s = ctx;
    gmet_image_score *score = &s->scores[i];
    double radius2 = s->radius2[j];
    if (distance2 < score->distance) {
        score->distance = distance2;
        score->nearest = j;
    }
    if (distance2 <= radius2)
        score->inside = 1;
    if (distance2 < radius2 && (score->rarity == 0.0 || radius2 < score->rarity))
        score->rarity = radius2;
    if (s->kept[j]) {
        double t = ratio(s->realism, radius2, distance2);
        score->realism = t > score->realism ? t : score->realism;
    }
}

static void finish(const scoring *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        gmet_image_score *score = &s->scores[i];
        if (s->realism != GMET_REALISM_KYNKAAT)
            score->realism = sqrt(score->realism);
        score->rarity = sqrt(score->rarity);
        score->distance = sqrt(score->distance);
    }
}

/* sorted, scratch [n] */
static void trim(unsigned char *kept, const double *radius2, size_t n, gmet_realism realism, double *sorted,
                 double *scratch)
{
    memcpy(sorted, radius2, n * sizeof *sorted);
    gmet_sort(sorted, scratch, n);
    double median = gmet_median(sorted, n);
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        kept[i] = realism == GMET_REALISM_DGM_EVAL ? radius2[i] < median : radius2[i] <= median;
        n_kept += kept[i];
    }
    if (n_kept == 0)
        memset(kept, 1, n);
}

static feat_status check(const gmet_set *real, const gmet_set *gen, const gmet_image_options *o, feat_error *err)
{
    if (o->k == 0)
        return feat_fail(err, FEAT_ERR_ARG, "realism: k >= 1 expected, 0 found");
    if (o->realism != GMET_REALISM_PAPER && o->realism != GMET_REALISM_KYNKAAT &&
        o->realism != GMET_REALISM_DGM_EVAL)
        return feat_fail(err, FEAT_ERR_ARG, "realism: convention %d is not known", (int)o->realism);
    if (real->n <= o->k)
        return feat_fail(err, FEAT_ERR_NUMERIC, "realism: k = %zu needs at least %zu real rows, %zu found", o->k,
                         o->k + 1, real->n);
    return gmet_check_sets("realism", real, gen, 1, err);
}

feat_status gmet_image_scores(gmet_image_score *scores, const gmet_image_options *options, const gmet_set *real,
                              const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (scores == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_image_options o;
    gmet_image_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_image_options", err);
    if (status == FEAT_OK)
        status = check(real, gen, &o, err);
    if (status != FEAT_OK)
        return status;
    size_t n_real = real->n, n_gen = gen->n;
    gmet_neighbours *neighbours = NULL;
    size_t count = 0;
    double *nearest = feat_mul_size(n_real, o.k, &count) ? feat_alloc_array(count, sizeof *nearest) : NULL;
    double *radius2 = feat_alloc_array(n_real, sizeof *radius2);
    double *sorted = feat_alloc_array(n_real, 2 * sizeof *sorted);
    unsigned char *kept = feat_alloc(n_real);
    if (nearest == NULL || radius2 == NULL || sorted == NULL || kept == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the realism of %zu rows", n_gen);
    if (status == FEAT_OK)
        status = gmet_neighbours_create(&neighbours, real->d, context, err);
    if (status == FEAT_OK)
        status = gmet_find_radii(radius2, nearest, neighbours, real, o.k, err);
    if (status == FEAT_OK) {
        trim(kept, radius2, n_real, o.realism, sorted, sorted + n_real);
        for (size_t i = 0; i < n_gen; i++)
            scores[i] = (gmet_image_score){.distance = (double)INFINITY};
        scoring s = {.realism = o.realism, .radius2 = radius2, .kept = kept, .scores = scores};
        const gmet_visit visit = {&s, matters, take};
        status = gmet_visit_pairs(&visit, neighbours, gen, real, err);
        if (status == FEAT_OK)
            finish(&s, n_gen);
    }
    gmet_neighbours_close(&neighbours);
    feat_free(kept);
    feat_free(sorted);
    feat_free(radius2);
    feat_free(nearest);
    return status;
}
