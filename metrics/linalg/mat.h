/* Matrix work the metrics share: one threaded product on the tile kernels, and small helpers. Matrices are
 * row-major doubles; strides count doubles. Symmetric matrices are computed in the upper triangle (i <= j),
 * where a row is contiguous from its diagonal on; the lower triangle is scratch until gmet_mirror fills it. */
#ifndef BONAFIDE_METRICS_LINALG_MAT_H
#define BONAFIDE_METRICS_LINALG_MAT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/context.h"

/* What every computation here carries along: its context, what that says, and room to pack operands. */
typedef struct gmet_work {
    const gmet_context *context; /* borrowed; may be NULL */
    const feat_dmat_kernels *kernels;
    feat_pool *pool;
    double *pack;
    size_t n_pack;
} gmet_work;

/* Room for products of m x n outputs, k deep. Errors: NOMEM. */
feat_status gmet_work_create(gmet_work *work, const gmet_context *context, size_t m, size_t n, size_t k,
                             feat_error *err) FEAT_NODISCARD;
void gmet_work_release(gmet_work *work);

/* A matrix with rows i and depth k: element (i, k) is data[i * stride + k], or data[k * stride + i] if
 * k_major. */
typedef struct gmet_operand {
    const double *data;
    size_t stride;
    bool k_major;
} gmet_operand;

typedef struct gmet_product {
    double *c;
    size_t c_stride;
    size_t m, n, k;
    gmet_operand a; /* m rows */
    gmet_operand b; /* n rows */
    bool negate;    /* subtract the product */
    bool upper;     /* outputs with i > j are not wanted; some are written nevertheless */
    bool mirror;    /* with upper, not a_upper, k > 0: at the end c(j, i) becomes c(i, j) for i < j */
    bool a_upper;   /* a(i, k) is 0 for k < i and need not be multiplied */
} gmet_product;

/* c(i, j), i < m, j < n: for k ascending c = fma(+-a(i, k), b(j, k), c). The operands do not overlap c. m, n,
 * k within what the work was created for. Where the caller wants to stop it ends early, and gmet_go_on says so. */
void gmet_multiply(const gmet_work *work, const gmet_product *p);

/* A row stride for n columns at which a column's elements do not all fall into the same few cache sets. */
size_t gmet_padded_stride(size_t n);

/* Copies the upper triangle of a [n][n] onto the lower one. */
void gmet_mirror(double *a, size_t n, const gmet_context *context);

/* upper(i, j) = lower(j, i) for i <= j, times factor; nothing below the diagonal is written. False if an
 * element read is NaN or infinite. */
bool gmet_transpose_lower(double *upper, const double *lower, size_t n, double factor, const gmet_context *context);

/* Largest absolute element of the lower triangle; NaN or infinity if there is one. */
double gmet_max_abs_lower(const double *a, size_t n);

#endif
