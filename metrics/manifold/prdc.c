/* Precision, recall, density and coverage: which rows lie in whose balls. Distances, and how most of them
 * need not be computed: neighbours.h. */
#include "metrics/manifold/manifold.h"

#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/manifold/share.h"
#include "metrics/pairs/neighbours.h"

void gmet_prdc_options_init(gmet_prdc_options *options, size_t size)
{
    static const gmet_prdc_options defaults = {.struct_size = sizeof defaults, .k = 5, .strict = 1, .recall = 1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct buffers {
    double *nearest;                    /* [larger n][k] scratch */
    double *real_radius2, *gen_radius2; /* gen_radius2 NULL when recall is left out */
    uint32_t *n_balls;                  /* [n_gen] */
    unsigned char *covered, *recalled;  /* [n_real]; recalled NULL with gen_radius2 */
} buffers;

static void report(gmet_prdc_result *out, const gmet_prdc_images *images, const buffers *b, size_t n_real,
                   size_t n_gen, size_t k)
{
    uint64_t n_inside = 0, n_pairs = 0;
    for (size_t j = 0; j < n_gen; j++) {
        n_inside += b->n_balls[j] > 0;
        n_pairs += b->n_balls[j];
        if (images != NULL && images->n_balls != NULL)
            images->n_balls[j] = b->n_balls[j];
    }
    for (size_t i = 0; images != NULL && i < n_real; i++) {
        if (images->radius != NULL)
            images->radius[i] = sqrt(b->real_radius2[i]);
        if (images->covered != NULL)
            images->covered[i] = b->covered[i];
    }
    out->precision = (double)n_inside / (double)n_gen;
    out->recall = b->recalled != NULL ? gmet_share(b->recalled, n_real) : 0.0;
    out->density = (double)n_pairs / ((double)k * (double)n_gen);
    out->coverage = gmet_share(b->covered, n_real);
}

static feat_status check(const gmet_set *real, const gmet_set *gen, const gmet_prdc_options *o, feat_error *err)
{
    if (o->k == 0)
        return feat_fail(err, FEAT_ERR_ARG, "density and coverage: k >= 1 expected, 0 found");
    if (real->n <= o->k || (o->recall && gen->n <= o->k))
        return feat_fail(err, FEAT_ERR_NUMERIC, "density and coverage: k = %zu needs at least %zu %s rows, %zu found",
                         o->k, o->k + 1, real->n <= o->k ? "real" : "generated", real->n <= o->k ? real->n : gen->n);
    return gmet_check_sets("density and coverage", real, gen, 1, err);
}

static bool make_buffers(buffers *b, size_t n_real, size_t n_gen, const gmet_prdc_options *o)
{
    size_t count;
    if (!feat_mul_size(o->recall && n_gen > n_real ? n_gen : n_real, o->k, &count))
        return false;
    b->nearest = feat_alloc_array(count, sizeof *b->nearest);
    b->real_radius2 = feat_alloc_array(n_real, sizeof *b->real_radius2);
    b->n_balls = feat_alloc_array(n_gen, sizeof *b->n_balls);
    b->covered = feat_alloc(n_real);
    if (o->recall) {
        b->gen_radius2 = feat_alloc_array(n_gen, sizeof *b->gen_radius2);
        b->recalled = feat_alloc(n_real);
    }
    return b->nearest != NULL && b->real_radius2 != NULL && b->n_balls != NULL && b->covered != NULL &&
           (!o->recall || (b->gen_radius2 != NULL && b->recalled != NULL));
}

static void free_buffers(buffers *b)
{
    feat_free(b->nearest);
    feat_free(b->real_radius2);
    feat_free(b->gen_radius2);
    feat_free(b->n_balls);
    feat_free(b->covered);
    feat_free(b->recalled);
}

/* Generated rows are the rows of the search, real ones its columns. */
static feat_status count(const buffers *b, gmet_neighbours *s, const gmet_set *real, const gmet_set *gen,
                         const gmet_prdc_options *o, feat_error *err)
{
    feat_status status = gmet_find_radii(b->real_radius2, b->nearest, s, real, o->k, err);
    if (status == FEAT_OK && o->recall)
        status = gmet_find_radii(b->gen_radius2, b->nearest, s, gen, o->k, err);
    if (status != FEAT_OK)
        return status;
    const gmet_balls balls = {.row_radius2 = b->gen_radius2,
                              .column_radius2 = b->real_radius2,
                              .strict = o->strict != 0,
                              .row_balls = b->n_balls,
                              .column_holds = b->covered,
                              .column_inside = b->recalled};
    return gmet_find_balls(&balls, s, gen, real, err);
}

feat_status gmet_prdc(gmet_prdc_result *out, const gmet_prdc_images *images, const gmet_prdc_options *options,
                      const gmet_set *real, const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_prdc_options o;
    gmet_prdc_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_prdc_options", err);
    if (status == FEAT_OK)
        status = check(real, gen, &o, err);
    if (status != FEAT_OK)
        return status;
    gmet_neighbours *s = NULL;
    buffers b = {0};
    if (!make_buffers(&b, real->n, gen->n, &o))
        status =
            feat_fail(err, FEAT_ERR_NOMEM, "no memory for density and coverage of %zu and %zu rows", real->n, gen->n);
    if (status == FEAT_OK)
        status = gmet_neighbours_create(&s, real->d, context, err);
    if (status == FEAT_OK)
        status = count(&b, s, real, gen, &o, err);
    if (status == FEAT_OK)
        report(out, images, &b, real->n, gen->n, o.k);
    gmet_neighbours_close(&s);
    free_buffers(&b);
    return status;
}
