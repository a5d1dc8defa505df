/* The kernel of pairs of directions in the expansion of FID, s_j s_k / (s_j + s_k), as a short sum of products. */
#ifndef BONAFIDE_METRICS_FRECHET_PAIR_KERNEL_H
#define BONAFIDE_METRICS_FRECHET_PAIR_KERNEL_H

#include "metrics/linalg/mat.h"

enum { GMET_PAIR_TERMS = 92 };

/* Of k singular values. p_jk = sum over q of factor(q, j) factor(q, k), within 4e-9 of itself where no value is below
 * 2^-24 of the largest; so a quadratic form u^T p u is a sum of GMET_PAIR_TERMS squares, and costs as many products of
 * k numbers instead of k of them. */
typedef struct gmet_pair_kernel {
    size_t k;
    double *factor;         /* [GMET_PAIR_TERMS][k] */
    double trace;           /* sum of p_jj, which is half of the sum of s */
    double total;           /* sum of p_jk */
    double square;          /* sum of p_jk^2 */
    double diagonal_square; /* sum of p_jj^2 */
} gmet_pair_kernel;

/* s [k] ascending, all above 0. Release also after an error. Errors: NOMEM. */
feat_status gmet_pair_kernel_make(gmet_pair_kernel *out, const double *s, size_t k, const gmet_work *work,
                                  feat_error *err) FEAT_NODISCARD;
void gmet_pair_kernel_release(gmet_pair_kernel *p);

#endif
