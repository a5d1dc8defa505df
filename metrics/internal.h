/* The public computations with the kernel table as an argument, so that tests can compare tables and choose
 * small blocks. kernels NULL means the best table of this CPU. Otherwise as gmet.h says. */
#ifndef GMET_INTERNAL_H
#define GMET_INTERNAL_H

#include "metrics/gmet.h"
#include "metrics/mat.h"

iv3_status gmet_moments_create_with(gmet_moments **out, size_t d, const iv3_dmat_kernels *kernels,
                                    iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_eigsym_with(double *values, double *vectors, const double *a, size_t n,
                            const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_sqrtm_with(double *root, const double *a, size_t n, const iv3_dmat_kernels *kernels,
                           iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* The general way even for equal matrices. */
iv3_status gmet_trace_sqrt_product_with(double *trace, const double *sigma1, const double *sigma2, size_t d,
                                        const iv3_dmat_kernels *kernels, iv3_pool *pool,
                                        iv3_error *err) IV3_NODISCARD;

iv3_status gmet_precision_recall_with(gmet_pr_result *out, const float *real, size_t n_real, const float *gen,
                                      size_t n_gen, size_t d, const gmet_pr_options *options,
                                      const iv3_dmat_kernels *kernels, iv3_pool *pool,
                                      iv3_error *err) IV3_NODISCARD;

/* Checks n rows of d floats: NUMERIC, naming the set, row (counted from first_row) and column, if one is NaN
 * or infinite. */
iv3_status gmet_check_finite(const char *set, const float *rows, size_t n, size_t d, size_t stride,
                             size_t first_row, iv3_error *err) IV3_NODISCARD;

/* --- stages of the eigensolver -------------------------------------------------------------------- */

/* Reduces a symmetric matrix, upper triangle of a [n][n], to tridiagonal form T = Q^T A Q by Householder
 * reflections H_0 H_1 .. H_{n-2} = Q, H_j = I - tau[j] v v^T with v in columns j+1.. of row j of a, v[j+1]
 * = 1. d [n] diagonal, e [n - 1] off-diagonal, tau [n - 1]. work: for n x n outputs, 2 * GMET_TRIDIAG_PANEL
 * deep. */
enum { GMET_TRIDIAG_PANEL = 32 };
iv3_status gmet_tridiagonalise(double *d, double *e, double *tau, double *a, size_t n, const gmet_work *work,
                               iv3_error *err) IV3_NODISCARD;

/* Replaces a by Q (row-major) built from what gmet_tridiagonalise left. */
iv3_status gmet_form_q(double *q, const double *a, const double *tau, size_t n, const gmet_work *work,
                       iv3_error *err) IV3_NODISCARD;

/* Eigenvalues of the tridiagonal matrix, in no order: d becomes them, e [n] is destroyed. rows, if not NULL,
 * holds n rows cut into chunks of 32 columns, [n_chunks][n][32]; row i of it becomes sum of rotations so that
 * if rows were Q^T the result is the eigenvectors of Q T Q^T, row i for d[i]. */
iv3_status gmet_tridiag_ql(double *d, double *e, size_t n, double *rows, size_t n_chunks,
                           const gmet_work *work, iv3_error *err) IV3_NODISCARD;

/* --- pivoted Cholesky ------------------------------------------------------------------------------ */

/* P^T A P = F^T F for the positive semi-definite upper triangle of a [n][n], stopping at the numerical rank.
 * On return row k < *rank of a holds row k of F with columns in the original order of A; the columns that
 * pivoting put first come first in order [n]: F(k, order[i]) is 0 for i < k. work: for n x n outputs, 64
 * deep. Errors: NUMERIC if a is not positive semi-definite beyond rounding (name says which matrix), NOMEM.
 */
iv3_status gmet_pivoted_cholesky(double *a, size_t *order, size_t *rank, size_t n, const char *name,
                                 const gmet_work *work, iv3_error *err) IV3_NODISCARD;

#endif
