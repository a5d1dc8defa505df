/* Realism, rarity and the nearest real row of each generated row, in one scan. Everything is decided on
 * squared distances; square roots are taken of what is reported. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/more_internal.h"
#include "metrics/sorting.h"

static const double kynkaat_eps = 1e-5;

void gmet_image_options_default(gmet_image_options *options)
{
    *options = (gmet_image_options){.k = 3, .realism = GMET_REALISM_PAPER};
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

/* Rows are generated, columns real. */
static void score_block(void *ctx, const gmet_pair_block *b)
{
    const scoring *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        gmet_image_score *score = &s->scores[b->i0 + r];
        const double *value = b->value + r * GMET_PAIR_COLUMNS;
        for (size_t c = 0; c < b->n_columns; c++) {
            size_t j = b->j0 + c;
            double distance2 = value[c], radius2 = s->radius2[j];
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

static iv3_status check(const float *real, size_t n_real, const float *gen, size_t n_gen, size_t d,
                        const gmet_image_options *o, iv3_error *err)
{
    if (o->k == 0)
        return iv3_fail(err, IV3_ERR_ARG, "realism: k >= 1 expected, 0 found");
    if (o->realism != GMET_REALISM_PAPER && o->realism != GMET_REALISM_KYNKAAT &&
        o->realism != GMET_REALISM_DGM_EVAL)
        return iv3_fail(err, IV3_ERR_ARG, "realism: convention %d is not known", (int)o->realism);
    if (n_real <= o->k)
        return iv3_fail(err, IV3_ERR_NUMERIC, "realism: k = %zu needs at least %zu real rows, %zu found",
                        o->k, o->k + 1, n_real);
    iv3_status status = gmet_check_set("realism", "real", real, n_real, d, 1, err);
    if (status == IV3_OK)
        status = gmet_check_set("realism", "generated", gen, n_gen, d, 1, err);
    return status;
}

iv3_status gmet_image_scores_with(gmet_image_score *scores, const float *real, size_t n_real,
                                  const float *gen, size_t n_gen, size_t d, const gmet_image_options *options,
                                  const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    gmet_image_options o;
    gmet_image_options_default(&o);
    if (options != NULL)
        o = *options;
    iv3_status status = check(real, n_real, gen, n_gen, d, &o, err);
    if (status != IV3_OK)
        return status;
    gmet_rows x = {.f = real, .n = n_real}, y = {.f = gen, .n = n_gen};
    gmet_pairs pairs;
    status = gmet_pairs_create(&pairs, d, kernels, pool, err);
    if (status != IV3_OK)
        return status;
    double *radius2 = iv3_alloc_array(n_real, sizeof *radius2);
    double *sorted = iv3_alloc_array(n_real, 2 * sizeof *sorted);
    unsigned char *kept = iv3_alloc(n_real);
    if (radius2 == NULL || sorted == NULL || kept == NULL) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for the realism of %zu rows", n_gen);
        goto done;
    }
    status = gmet_radii(radius2, &pairs, &x, o.k, err);
    if (status != IV3_OK)
        goto done;
    trim(kept, radius2, n_real, o.realism, sorted, sorted + n_real);
    for (size_t i = 0; i < n_gen; i++)
        scores[i] = (gmet_image_score){.distance = (double)INFINITY};
    scoring s = {.realism = o.realism, .radius2 = radius2, .kept = kept, .scores = scores};
    gmet_pair_scan scan = {.rows = &y, .columns = &x, .ctx = &s, .block = score_block};
    gmet_pairs_scan(&pairs, &scan);
    finish(&s, n_gen);
done:
    iv3_free(kept);
    iv3_free(sorted);
    iv3_free(radius2);
    gmet_pairs_release(&pairs);
    return status;
}

iv3_status gmet_image_scores(gmet_image_score *scores, const float *real, size_t n_real, const float *gen,
                             size_t n_gen, size_t d, const gmet_image_options *options, iv3_pool *pool,
                             iv3_error *err)
{
    return gmet_image_scores_with(scores, real, n_real, gen, n_gen, d, options, NULL, pool, err);
}
