/* Improved precision and recall (Kynkaanniemi et al., "Improved precision and recall metric for assessing
 * generative models", 2019): a set's manifold is the union of balls around its rows, each reaching to the
 * row's k-th nearest neighbour. Distances, and how most of them need not be computed: neighbours.h. */
#include "metrics/manifold/manifold.h"

#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/manifold/adm_fp16.h"
#include "metrics/manifold/share.h"
#include "metrics/manifold/stylegan_fp16.h"
#include "metrics/pairs/neighbours.h"

void gmet_pr_options_init(gmet_pr_options *options, size_t size)
{
    static const gmet_pr_options defaults = {.struct_size = sizeof defaults, .k = 3, .strict = 0};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

static feat_status check(const char *name, const gmet_set *x, const gmet_pr_options *o, feat_error *err)
{
    if (x->d == 0 || o->k == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "precision and recall: at least 1 column and k >= 1 expected, %zu and %zu found", x->d, o->k);
    if (x->n <= o->k)
        return feat_fail(err, FEAT_ERR_NUMERIC, "precision and recall: k = %zu needs at least %zu %s rows, %zu found",
                         o->k, o->k + 1, name, x->n);
    return gmet_check_finite(name, x->rows, x->n, x->d, x->d, 0, err);
}

static gmet_pr_result with_f_score(double precision, double recall)
{
    double sum = precision + recall;
    return (gmet_pr_result){precision, recall, sum > 0.0 ? 2.0 * precision * recall / sum : 0.0};
}

typedef struct buffers {
    double *radius2;       /* [n_real + n_gen] */
    double *nearest;       /* [larger n][k] */
    unsigned char *inside; /* [n_real + n_gen] */
} buffers;

static bool make_buffers(buffers *b, size_t n_real, size_t n_gen, size_t k)
{
    size_t both, count;
    if (!feat_add_size(n_real, n_gen, &both) || !feat_mul_size(n_real > n_gen ? n_real : n_gen, k, &count))
        return false;
    b->radius2 = feat_alloc_array(both, sizeof *b->radius2);
    b->nearest = feat_alloc_array(count, sizeof *b->nearest);
    b->inside = feat_alloc_array(both, sizeof *b->inside);
    return b->radius2 != NULL && b->nearest != NULL && b->inside != NULL;
}

feat_status gmet_precision_recall(gmet_pr_result *out, const gmet_pr_options *options, const gmet_set *real,
                                  const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_pr_options o;
    gmet_pr_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_pr_options", err);
    if (status == FEAT_OK)
        status = gmet_check_widths("precision and recall", real, gen, err);
    if (status == FEAT_OK)
        status = check("real", real, &o, err);
    if (status == FEAT_OK)
        status = check("generated", gen, &o, err);
    if (status == FEAT_OK && o.adm_fp16 && o.stylegan_fp16)
        status = feat_fail(err, FEAT_ERR_ARG, "precision and recall: half precision is ADM's or StyleGAN's, not both");
    if (status != FEAT_OK)
        return status;
    if (o.adm_fp16 || o.stylegan_fp16) {
        gmet_pr_result found;
        status = o.adm_fp16 ? gmet_adm_fp16(&found, &o, GMET_ADM_BLOCK, real, gen, context, err)
                             : gmet_stylegan_fp16(&found, &o, real, gen, context, err);
        if (status == FEAT_OK)
            *out = with_f_score(found.precision, found.recall);
        return status;
    }
    size_t n_real = real->n, n_gen = gen->n;
    gmet_neighbours *s = NULL;
    buffers b = {0};
    if (!make_buffers(&b, n_real, n_gen, o.k)) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for precision and recall of %zu and %zu rows",
                           n_real, n_gen);
        goto done;
    }
    status = gmet_neighbours_create(&s, real->d, context, err);
    if (status == FEAT_OK)
        status = gmet_find_radii(b.radius2, b.nearest, s, real, o.k, err);
    if (status == FEAT_OK)
        status = gmet_find_radii(b.radius2 + n_real, b.nearest, s, gen, o.k, err);
    const gmet_balls balls = {.row_radius2 = b.radius2,
                              .column_radius2 = b.radius2 + n_real,
                              .strict = o.strict != 0,
                              .row_inside = b.inside,
                              .column_inside = b.inside + n_real};
    if (status == FEAT_OK)
        status = gmet_find_balls(&balls, s, real, gen, err);
    if (status != FEAT_OK)
        goto done;
    *out = with_f_score(gmet_share(b.inside + n_real, n_gen), gmet_share(b.inside, n_real));
done:
    gmet_neighbours_close(&s);
    feat_free(b.inside);
    feat_free(b.nearest);
    feat_free(b.radius2);
    return status;
}

double gmet_f_score(double precision, double recall, double beta)
{
    double b2 = beta * beta, below = fma(b2, precision, recall);
    return below > 0.0 ? (1.0 + b2) * precision * recall / below : 0.0;
}
