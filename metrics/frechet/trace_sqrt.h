/* The factors of two covariances, of which gmet_trace_sqrt_product (frechet.h) is made. */
#ifndef BONAFIDE_METRICS_FRECHET_TRACE_SQRT_H
#define BONAFIDE_METRICS_FRECHET_TRACE_SQRT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* The factors of two covariances and their product, smaller rank first: first [r1][d] upper triangular with
 * columns in the order `order` of the original ones, second [r2][d] with columns in the same order, m = first
 * second^T [r1][r2]. Row strides are `stride`. swapped: first is that of the second covariance. borrowed: first is
 * someone else's, and must stay as it is. */
typedef struct gmet_factors {
    size_t d, stride, r1, r2;
    double *first, *second, *m;
    double *square; /* m m^T [r1][stride], in place of m, once gmet_factors_square made it */
    size_t *order, *order2;
    bool swapped, borrowed;
    size_t *order_memory;
} gmet_factors;

/* The factor of one covariance, [rank][stride], for pairs with several others. */
typedef struct gmet_factor {
    size_t d, stride, rank;
    double *rows;
    size_t *order; /* [d] */
} gmet_factor;
/* sigma is put to rest. name: what an error says of it. Release also after an error. Errors: NUMERIC, NOMEM. */
feat_status gmet_factor_create(gmet_factor *out, gmet_covariance *sigma, const char *name, const gmet_work *work,
                               feat_error *err) FEAT_NODISCARD;
void gmet_factor_release(gmet_factor *f);

/* Each covariance is put to rest when its factor is there. */
feat_status gmet_factor_pair(gmet_factors *out, gmet_covariance *sigma1, gmet_covariance *sigma2, size_t d,
                             const gmet_work *work, feat_error *err) FEAT_NODISCARD;
/* The same bits, with the factor of the first covariance at hand, which outlives the pair. */
feat_status gmet_factor_pair_with(gmet_factors *out, const gmet_factor *first, gmet_covariance *sigma2,
                                  const gmet_work *work, feat_error *err) FEAT_NODISCARD;
/* Frees the second factor, or the product and its square, of which no use is made any more. */
void gmet_factors_drop_second(gmet_factors *f);
void gmet_factors_drop_product(gmet_factors *f);
/* Makes f->square, unless it is there. Errors: NOMEM. */
feat_status gmet_factors_square(gmet_factors *f, const gmet_work *work, feat_error *err) FEAT_NODISCARD;
void gmet_factors_release(gmet_factors *f);

/* Sum of the singular values of m, which f has, or the square of it: Tr (sigma1 sigma2)^(1/2). gram
 * [r1][f->stride] is scratch and may be one of the factors, which is lost then. Errors: NUMERIC, NOMEM. */
feat_status gmet_nuclear_norm(double *sum, const gmet_factors *f, double *gram, const gmet_work *work,
                              feat_error *err) FEAT_NODISCARD;

#endif
