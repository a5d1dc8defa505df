/* Pivoted Cholesky. */
#ifndef BONAFIDE_METRICS_LINALG_CHOL_H
#define BONAFIDE_METRICS_LINALG_CHOL_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"

/* P^T A P = F^T F for positive semi-definite a [n][n], to the numerical rank: what is left of the diagonal is
 * then at most n * 2^-53 of its largest element. f [*rank][n], row stride f_stride (room for n rows), is
 * upper triangular; its column i belongs to column order[i] of a. work: for n x n outputs, n deep. Errors:
 * NUMERIC if a holds NaN or infinity or is not positive semi-definite beyond rounding (name says which
 * matrix), NOMEM. */
feat_status gmet_pivoted_cholesky(double *f, size_t f_stride, size_t *order, size_t *rank, const double *a,
                                  size_t n, const char *name, const gmet_work *work,
                                  feat_error *err) FEAT_NODISCARD;

#endif
