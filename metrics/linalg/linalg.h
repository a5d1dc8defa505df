/* Linear algebra of symmetric matrices. What holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_LINALG_LINALG_H
#define BONAFIDE_METRICS_LINALG_LINALG_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Eigenvalues (ascending) and, if vectors is not NULL, orthonormal eigenvectors of a symmetric matrix.
 *   a        [n][n], lower triangle read; not changed
 *   values   [n]
 *   vectors  [n][n], row i is the eigenvector of values[i]; its largest component is positive
 * Errors: NUMERIC (NaN in a, no convergence), NOMEM. */
FEAT_API feat_status gmet_eigsym(double *values, double *vectors, const double *a, size_t n,
                                 const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* Symmetric square root of a positive semi-definite matrix: root [n][n] with root * root = a. Eigenvalues
 * that rounding made slightly negative count as 0; a truly indefinite matrix is an error (NUMERIC). */
FEAT_API feat_status gmet_sqrtm(double *root, const double *a, size_t n, const gmet_context *context,
                                feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
