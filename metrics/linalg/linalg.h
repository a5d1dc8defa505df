/* The public computations with the kernel table as an argument, so that tests can compare tables and choose
 * small blocks. kernels NULL means the best table of this CPU. Otherwise as gmet.h says. */
#ifndef GMET_INTERNAL_H
#define GMET_INTERNAL_H

#include "metrics/gmet.h"
#include "metrics/linalg/mat.h"

iv3_status gmet_moments_create_with(gmet_moments **out, size_t d, const iv3_dmat_kernels *kernels,
                                    iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_eigsym_with(double *values, double *vectors, const double *a, size_t n,
                            const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* The same with eigenvectors, of both triangles of a, which is destroyed: room for
 * gmet_eigsym_scratch(n) doubles is its and the only matrix of scratch. */
iv3_status gmet_eigsym_destroying(double *values, double *vectors, double *a, size_t n, const gmet_work *work,
                                  iv3_error *err) IV3_NODISCARD;
/* SIZE_MAX on overflow. */
size_t gmet_eigsym_scratch(size_t n);

iv3_status gmet_sqrtm_with(double *root, const double *a, size_t n, const iv3_dmat_kernels *kernels,
                           iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* The general way even for equal matrices. */
iv3_status gmet_trace_sqrt_product_with(double *trace, const double *sigma1, const double *sigma2, size_t d,
                                        const iv3_dmat_kernels *kernels, iv3_pool *pool,
                                        iv3_error *err) IV3_NODISCARD;

iv3_status gmet_fid_with(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                         const double *sigma2, size_t d, const iv3_dmat_kernels *kernels, iv3_pool *pool,
                         iv3_error *err) IV3_NODISCARD;

iv3_status gmet_fid_uncertainty_with(gmet_fid_uncertainty_result *out, double *real_contribution,
                                     double *gen_contribution, const gmet_fid_side *real,
                                     const gmet_fid_side *gen, size_t d, const iv3_dmat_kernels *kernels,
                                     iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

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

/* 2^-exponent of x > 0, kept far from overflow: scaling by it is exact and brings x to about 1. */
double gmet_inverse_power(double x);

/* Turns x [m], m >= 1, into v with v[0] = 1 and returns tau, so that (I - tau v v^T) x = (beta, 0, .., 0). */
double gmet_householder(const iv3_dmat_kernels *kernels, double *x, size_t m, double *beta);

/* t (upper triangle, row stride t_stride): H_0 .. H_{k-1} = I - V^T T V for the reflections in the rows of v
 * [k][m], row stride v_stride (Schreiber and Van Loan, "A storage-efficient WY representation for products
 * of Householder transformations", 1989). k <= GMET_BAND. */
void gmet_wy_factor(double *t, size_t t_stride, const double *v, size_t v_stride, const double *tau, size_t k,
                    size_t m, const iv3_dmat_kernels *kernels);

/* The way to tridiagonal form in two stages, when eigenvectors are not wanted: symmetric a (n rows of n, row
 * stride `stride`) becomes a band matrix with the same eigenvalues, elements (i, i .. i + GMET_BAND) of a,
 * the others being scratch; that becomes d [n] and e [n - 1]. work: for n x n outputs, 2 * GMET_BAND deep at
 * least. */
enum { GMET_BAND = 32 };
iv3_status gmet_band_reduce(double *a, size_t n, size_t stride, const gmet_work *work,
                            iv3_error *err) IV3_NODISCARD;
iv3_status gmet_band_tridiagonalise(double *d, double *e, const double *a, size_t n, size_t stride,
                                    const gmet_work *work, iv3_error *err) IV3_NODISCARD;

/* Eigenvalues, ascending, of symmetric a (n rows of n, row stride `stride`), which is destroyed. The largest
 * elements should be first, and of an order of magnitude that their squares are finite. */
iv3_status gmet_symmetric_values(double *values, double *a, size_t n, size_t stride, const gmet_work *work,
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

/* P^T A P = F^T F for positive semi-definite a [n][n], to the numerical rank: what is left of the diagonal is
 * then at most n * 2^-53 of its largest element. f [*rank][n], row stride f_stride (room for n rows), is
 * upper triangular; its column i belongs to column order[i] of a. work: for n x n outputs, n deep. Errors:
 * NUMERIC if a holds NaN or infinity or is not positive semi-definite beyond rounding (name says which
 * matrix), NOMEM.
 */
iv3_status gmet_pivoted_cholesky(double *f, size_t f_stride, size_t *order, size_t *rank, const double *a,
                                 size_t n, const char *name, const gmet_work *work,
                                 iv3_error *err) IV3_NODISCARD;

/* A covariance [d][d] on its way through a computation that reads it more than once and wants its memory in
 * between. Zero-initialise; release with gmet_covariance_release. */
typedef struct gmet_covariance {
    size_t d;
    const double *full;      /* NULL while it rests */
    double *own;             /* the memory of full when it is not the caller's */
    double *packed;          /* upper triangle by rows, of one that will be woken */
    bool again;              /* will be woken */
    void (*done)(void *ctx); /* for the caller's: will not be read again; may be NULL */
    void *ctx;
} gmet_covariance;

/* Gives back memory until gmet_covariance_wake (again) or for good. */
void gmet_covariance_rest(gmet_covariance *c);
/* Errors: NOMEM. */
iv3_status gmet_covariance_wake(gmet_covariance *c, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;
void gmet_covariance_release(gmet_covariance *c);

/* The factors of two covariances and their product, smaller rank first: first [r1][d] upper triangular with
 * columns in the order `order` of the original ones, second [r2][d] with columns in the same order, m = first
 * second^T [r1][r2]. Row strides are `stride`. swapped: first is that of the second covariance. */
typedef struct gmet_factors {
    size_t d, stride, r1, r2;
    double *first, *second, *m;
    size_t *order, *order2;
    bool swapped;
    size_t *order_memory;
} gmet_factors;
/* Each covariance is put to rest when its factor is there. */
iv3_status gmet_factor_pair(gmet_factors *out, gmet_covariance *sigma1, gmet_covariance *sigma2, size_t d,
                            const gmet_work *work, iv3_error *err) IV3_NODISCARD;
/* Frees the second factor, or the product, of which no use is made any more. */
void gmet_factors_drop_second(gmet_factors *f);
void gmet_factors_drop_product(gmet_factors *f);
void gmet_factors_release(gmet_factors *f);

/* Sum of the singular values of f->m: Tr (sigma1 sigma2)^(1/2). gram [r1][f->stride] is scratch and may be
 * f->first, which is lost then. Errors: NUMERIC, NOMEM. */
iv3_status gmet_nuclear_norm(double *sum, const gmet_factors *f, double *gram, const gmet_work *work,
                             iv3_error *err) IV3_NODISCARD;

/* FID from means and covariances that are put to rest on the way. pair, if not NULL, keeps the factors and
 * their product (release it whatever is returned) and is made even where the value does not need it.
 * work: for d x d outputs, d deep. */
iv3_status gmet_fid_resting(gmet_fid_result *out, gmet_factors *pair, const double *mu1,
                            gmet_covariance *sigma1, const double *mu2, gmet_covariance *sigma2,
                            const gmet_work *work, iv3_error *err) IV3_NODISCARD;

#endif
