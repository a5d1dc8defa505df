/* Products of matrices in floats: for z of many rows, of which sums are made that need seven digits. */
#ifndef BONAFIDE_METRICS_FRECHET_FLOAT_PRODUCT_H
#define BONAFIDE_METRICS_FRECHET_FLOAT_PRODUCT_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"

/* Rows that are multiplied at a time: whole panels of every table. */
enum { GMET_FLOAT_ROWS = 96 };

/* The right operand: `rows` rows of `depth` numbers in panels of fnr, each [depth][fnr], padded with rows of 0. */
typedef struct gmet_float_panels {
    float *data;
    size_t rows, depth;
} gmet_float_panels;

/* Columns that a product with so many rows writes. */
size_t gmet_float_columns(size_t rows);

/* Panels of from [rows][depth], each number times scale and then rounded to a float. Release also after an error.
 * Errors: NOMEM. */
feat_status gmet_float_panels_make(gmet_float_panels *out, const double *from, size_t rows, size_t depth, double scale,
                                   const gmet_work *work, feat_error *err) FEAT_NODISCARD;
void gmet_float_panels_release(gmet_float_panels *p);

/* The left operand: out, room for GMET_FLOAT_ROWS x depth, from n <= GMET_FLOAT_ROWS rows. less [depth] is taken from
 * each in double, then comes scale and the rounding; NULL: the rows as they are. */
void gmet_float_pack(float *out, const float *const *rows, size_t n, size_t depth, const double *less, double scale,
                     const feat_dmat_kernels *kernels);

/* c [n][c_stride], n rounded up to whole tiles of the kernels, at most GMET_FLOAT_ROWS; c_stride at least
 * gmet_float_columns(b->rows): c(i, j) = sum over k of a(i, k) b(j, k). Pieces of 256 k are chains of fma from 0, and
 * are added in their order. Columns from b->rows on are scratch. */
void gmet_float_multiply(float *c, size_t c_stride, const float *a, size_t n, const gmet_float_panels *b,
                         const feat_dmat_kernels *kernels);

#endif
