/* A stage of the eigensolver: the eigenvalues of tridiagonal matrices. */
#ifndef BONAFIDE_METRICS_LINALG_TRIDIAG_QL_H
#define BONAFIDE_METRICS_LINALG_TRIDIAG_QL_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"

/* Eigenvalues of the tridiagonal matrix, in no order: d becomes them, e [n] is destroyed. rows, if not NULL,
 * holds n rows cut into chunks of 32 columns, [n_chunks][n][32]; row i of it becomes sum of rotations so that
 * if rows were Q^T the result is the eigenvectors of Q T Q^T, row i for d[i]. */
feat_status gmet_tridiag_ql(double *d, double *e, size_t n, double *rows, size_t n_chunks,
                            const gmet_work *work, feat_error *err) FEAT_NODISCARD;

#endif
