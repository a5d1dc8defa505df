/* A stage of the eigensolver: symmetric matrices to tridiagonal ones by Householder reflections. */
#ifndef BONAFIDE_METRICS_LINALG_TRIDIAG_H
#define BONAFIDE_METRICS_LINALG_TRIDIAG_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/linalg/mat.h"

/* Reduces a symmetric matrix, upper triangle of a [n][n], to tridiagonal form T = Q^T A Q by Householder reflections
 * H_0 H_1 .. H_{n-2} = Q, H_j = I - tau[j] v v^T with v in columns j+1.. of row j of a, v[j+1] = 1. d [n] diagonal,
 * e [n - 1] off-diagonal, tau [n - 1]. work: for n x n outputs, 2 * GMET_TRIDIAG_PANEL deep. n >= 1; what of a is not v
 * is scratch. Errors: NOMEM, CANCELLED. */
enum { GMET_TRIDIAG_PANEL = 32 };
feat_status gmet_tridiagonalise(double *d, double *e, double *tau, double *a, size_t n, const gmet_work *work,
                                feat_error *err) FEAT_NODISCARD;

/* Turns x [m], m >= 1, into v with v[0] = 1 and returns tau, so that (I - tau v v^T) x = (beta, 0, .., 0). */
double gmet_householder(const feat_dmat_kernels *kernels, double *x, size_t m, double *beta);

/* t (upper triangle, row stride t_stride): H_0 .. H_{k-1} = I - V^T T V for the reflections in the rows of v
 * [k][m], row stride v_stride (Schreiber and Van Loan, "A storage-efficient WY representation for products
 * of Householder transformations", 1989). k <= GMET_TRIDIAG_PANEL. */
void gmet_wy_factor(double *t, size_t t_stride, const double *v, size_t v_stride, const double *tau, size_t k,
                    size_t m, const feat_dmat_kernels *kernels);

/* q [n][n], row-major: Q, from what gmet_tridiagonalise left in a and tau, which stay as they are; q must not overlap
 * a. n >= 1. work: as there. Errors: NOMEM, CANCELLED. */
feat_status gmet_form_q(double *q, const double *a, const double *tau, size_t n, const gmet_work *work,
                        feat_error *err) FEAT_NODISCARD;

#endif
