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
 * second^T [r1][r2]. Row strides are `stride`. swapped: first is that of the second covariance. */
typedef struct gmet_factors {
    size_t d, stride, r1, r2;
    double *first, *second, *m;
    size_t *order, *order2;
    bool swapped;
    size_t *order_memory;
} gmet_factors;
/* Each covariance is put to rest when its factor is there. */
feat_status gmet_factor_pair(gmet_factors *out, gmet_covariance *sigma1, gmet_covariance *sigma2, size_t d,
                             const gmet_work *work, feat_error *err) FEAT_NODISCARD;
/* Frees the second factor, or the product, of which no use is made any more. */
void gmet_factors_drop_second(gmet_factors *f);
void gmet_factors_drop_product(gmet_factors *f);
void gmet_factors_release(gmet_factors *f);

/* Sum of the singular values of f->m: Tr (sigma1 sigma2)^(1/2). gram [r1][f->stride] is scratch and may be
 * f->first, which is lost then. Errors: NUMERIC, NOMEM. */
feat_status gmet_nuclear_norm(double *sum, const gmet_factors *f, double *gram, const gmet_work *work,
                              feat_error *err) FEAT_NODISCARD;

#endif
