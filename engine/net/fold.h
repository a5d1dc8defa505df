/* Folding batch norm into a convolution, and packing the result for the kernels. */
#ifndef IV3_NET_FOLD_H
#define IV3_NET_FOLD_H

#include <stddef.h>

#include "engine/kernels/kernels.h"

/* Batch norm of `oc` channels as stored; gamma may be NULL and then counts as ones. */
typedef struct iv3_batch_norm {
    const float *gamma, *beta, *mean, *var;
} iv3_batch_norm;

/* y = gamma * (conv(x) - mean) / sqrt(var + 0.001) + beta, as scale and bias: scale = gamma / sqrt(var +
 * 0.001), bias = fma(-mean, scale, beta), both in double; the bias is rounded to float once, the scale stays
 * in double. Epsilon 0.001 is what all three variants were trained with. scale [oc], bias [oc]. */
void iv3_fold_batch_norm(double *scale, float *bias, const iv3_batch_norm *bn, size_t oc);

/* Packs weights [oc][ic][kh][kw], each multiplied by scale[oc] in double and rounded once, to
 * [oc / 16][planes][kh][kw][c_in][16], where an input plane holds c_in channels (16, or 3 for the first
 * layer) and missing channels are zero. scale may be NULL (ones). */
void iv3_pack_conv(float *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh,
                   size_t kw, size_t c_in);

/* The same for split convolutions: weights times scale, rounded to float and cut in two (split.h), packed to
 * [oc / 16][ic / 32][kh][kw][hi, lo][16 pairs of channels][16][2]; missing channels are zero. oc is a multiple of 16.
 * lo is cut from w - hi and what rounding it has lost so far in this output channel, in the order [ic][kh][kw]: inputs
 * are never negative, so that errors of one sign would add up, and quantised weights repeat few values. */
void iv3_pack_split(uint16_t *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh, size_t kw,
                    const iv3_kernels *kernels);

/* The same for minimal filtering: weights times scale, transformed in double and rounded once, packed to
 * [oc / 16][product][ic / 16][16][16]. oc and ic are multiples of 16. One-dimensional forms take kh x kw = 1
 * x r or r x 1. */
void iv3_pack_wino(float *packed, const float *w, const double *scale, size_t oc, size_t ic,
                   iv3_wino_form form, const iv3_kernels *kernels);

#endif
