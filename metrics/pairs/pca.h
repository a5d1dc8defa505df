/* Projection onto principal axes. */
#ifndef BONAFIDE_METRICS_PAIRS_PCA_H
#define BONAFIDE_METRICS_PAIRS_PCA_H

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/pairs/pairs.h"

typedef struct gmet_pca {
    size_t d, n_axes;
    double *axes;   /* [n_axes][d], orthonormal, by decreasing variance */
    double *offset; /* [n_axes]: mean . axis */
} gmet_pca;

/* Axes of the covariance of rows x [n][d], n >= 2: at most max_axes, without those whose variance is below
 * 1e-12 of the largest (more than rank); at least one. Errors: NUMERIC, NOMEM. */
feat_status gmet_pca_fit(gmet_pca *pca, const float *x, size_t n, size_t d, size_t max_axes,
                         const feat_dmat_kernels *kernels, feat_pool *pool, feat_error *err) FEAT_NODISCARD;

/* out [n][n_axes]. pairs: of rows of width d. */
void gmet_pca_project(double *out, const gmet_pca *pca, const float *x, size_t n, const gmet_pairs *pairs);

void gmet_pca_release(gmet_pca *pca);

#endif
