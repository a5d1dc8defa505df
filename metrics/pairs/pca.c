/* Principal axes from the eigenvectors of the covariance. */
#include "metrics/pairs/pca.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context.h"
#include "metrics/base/rows.h"
#include "metrics/linalg/linalg.h"
#include "metrics/moments/moments.h"
#include "metrics/pairs/pairs.h"

static const double least_variance = 1e-12;

static feat_status covariance(double *mu, double *sigma, const gmet_set *x, const gmet_context *context,
                              feat_error *err)
{
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, x->d, context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, x->rows, x->n, x->d, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(m, mu, sigma, 1, err);
    gmet_moments_close(&m);
    return status;
}

/* values ascending, vectors in rows. */
static feat_status keep_axes(gmet_pca *pca, const double *mu, const double *values, const double *vectors,
                             size_t max_axes, feat_error *err)
{
    size_t d = pca->d, n_axes = 1;
    double least = least_variance * values[d - 1];
    while (n_axes < max_axes && n_axes < d && values[d - 1 - n_axes] > least)
        n_axes++;
    pca->axes = feat_alloc_array(n_axes, d * sizeof *pca->axes);
    pca->offset = feat_alloc_array(n_axes, sizeof *pca->offset);
    if (pca->axes == NULL || pca->offset == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu principal axes", n_axes);
    pca->n_axes = n_axes;
    for (size_t i = 0; i < n_axes; i++) {
        double *axis = pca->axes + i * d, sum = 0.0;
        memcpy(axis, vectors + (d - 1 - i) * d, d * sizeof *axis);
        for (size_t j = 0; j < d; j++)
            sum = fma(mu[j], axis[j], sum);
        pca->offset[i] = sum;
    }
    return FEAT_OK;
}

feat_status gmet_pca_fit(gmet_pca *pca, size_t max_axes, const gmet_set *x, const gmet_context *context,
                         feat_error *err)
{
    size_t d = x->d, square;
    double *mu = NULL, *sigma = NULL, *vectors = NULL;
    feat_status status = FEAT_OK;
    memset(pca, 0, sizeof *pca);
    pca->d = d;
    if (!feat_mul_size(d, d, &square))
        goto no_memory;
    mu = feat_alloc_array(d, 2 * sizeof *mu);
    sigma = feat_alloc_array(square, sizeof *sigma);
    vectors = feat_alloc_array(square, sizeof *vectors);
    if (mu == NULL || sigma == NULL || vectors == NULL)
        goto no_memory;
    status = covariance(mu, sigma, x, context, err);
    if (status == FEAT_OK)
        status = gmet_eigsym(mu + d, vectors, sigma, d, context, err);
    if (status == FEAT_OK)
        status = keep_axes(pca, mu, mu + d, vectors, max_axes, err);
    goto done;
no_memory:
    status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the principal axes of %zu columns", d);
done:
    feat_free(vectors);
    feat_free(sigma);
    feat_free(mu);
    if (status != FEAT_OK)
        gmet_pca_release(pca);
    return status;
}

void gmet_pca_release(gmet_pca *pca)
{
    feat_free(pca->axes);
    feat_free(pca->offset);
    memset(pca, 0, sizeof *pca);
}

typedef struct projection {
    const gmet_pca *pca;
    double *out;
} projection;

static void project_block(void *ctx, const gmet_pair_block *b)
{
    const projection *p = ctx;
    size_t n_axes = p->pca->n_axes;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++)
            p->out[(b->i0 + r) * n_axes + b->j0 + c] =
                b->value[r * GMET_PAIR_COLUMNS + c] - p->pca->offset[b->j0 + c];
}

feat_status gmet_pca_project(double *out, const gmet_pca *pca, const gmet_set *x, const gmet_pairs *pairs,
                             feat_error *err)
{
    projection p = {.pca = pca, .out = out};
    gmet_rows rows = gmet_rows_of(x), axes = {.g = pca->axes, .n = pca->n_axes};
    gmet_pair_scan scan = {
        .rows = &rows, .columns = &axes, .products = true, .ctx = &p, .block = project_block};
    return gmet_pairs_scan(pairs, &scan, err);
}
