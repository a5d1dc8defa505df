/* Projection onto principal axes. */
#ifndef BONAFIDE_METRICS_PAIRS_PCA_H
#define BONAFIDE_METRICS_PAIRS_PCA_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/pairs/pairs.h"

typedef struct gmet_pca {
    size_t d, n_axes;
    double *axes;   /* [n_axes][d], orthonormal, by decreasing variance */
    double *offset; /* [n_axes]: mean . axis */
} gmet_pca;

/* Axes of the covariance of x, of 2 rows or more, all in memory: at most max_axes, without those whose variance is
 * below 1e-12 of the largest (more than rank); at least one. Errors: NUMERIC, NOMEM. */
feat_status gmet_pca_fit(gmet_pca *pca, size_t max_axes, const gmet_set *x, const gmet_context *context,
                         feat_error *err) FEAT_NODISCARD;

/* out [x->n][n_axes]. pairs: of rows of width d. Errors: those of a scan. */
feat_status gmet_pca_project(double *out, const gmet_pca *pca, const gmet_set *x, const gmet_pairs *pairs,
                             feat_error *err) FEAT_NODISCARD;

void gmet_pca_release(gmet_pca *pca);

#endif
