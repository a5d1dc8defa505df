/* Folding batch norm into a convolution, and packing the result for the kernels. */
#ifndef BONAFIDE_ENGINE_OPS_FOLD_H
#define BONAFIDE_ENGINE_OPS_FOLD_H

#include <stddef.h>

#include "engine/kernels/kernels.h"

/* Batch norm of `oc` channels as stored; gamma may be NULL and then counts as ones. */
typedef struct feat_batch_norm {
    const float *gamma, *beta, *mean, *var;
} feat_batch_norm;

/* y = gamma * (conv(x) - mean) / sqrt(var + epsilon) + beta, as scale and bias: scale = gamma / sqrt(var +
 * epsilon), bias = fma(-mean, scale, beta), both in double; the bias is rounded to float once, the scale stays
 * in double. scale [oc], bias [oc]. */
void feat_fold_batch_norm(double *scale, float *bias, const feat_batch_norm *bn, size_t oc, double epsilon);

/* Packs weights [oc][ic][kh][kw], each multiplied by scale[oc] in double and rounded once, to
 * [oc / 16][planes][kh][kw][c_in][16], where an input plane holds c_in channels (16, or 3 for the first
 * layer) and missing channels are zero. scale may be NULL (ones). */
void feat_pack_conv(float *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh,
                    size_t kw, size_t c_in);

/* The same for split convolutions: weights times scale, rounded to float and cut in two (split.h), packed to
 * [oc / 16][feat_split_steps][hi, lo][16 pairs of inputs][16][2]; oc is a multiple of 16. A step has 32 channels of a
 * tap, in the order [ic / 32][kh][kw]; missing channels are zero. But where 16 are left over, kw is odd and not 1, and
 * the stride is 1 (feat_split_pairs), they are taken from two taps of a row a step; of the last two the first is in the
 * step before, and zero here.
 * lo is cut from w - hi and what rounding it has lost so far in this output channel, in the order [ic][kh][kw]: inputs
 * are never negative, so that errors of one sign would add up, and quantised weights repeat few values. */
int feat_split_pairs(size_t ic, size_t kw, size_t stride);
size_t feat_split_steps(size_t ic, size_t kh, size_t kw, size_t stride);
void feat_pack_split(uint16_t *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh, size_t kw,
                     size_t stride, const feat_kernels *kernels);

/* The same for minimal filtering: weights times scale, transformed in double and rounded once, packed to
 * [oc / 16][product][ic / 16][16][16]. oc and ic are multiples of 16. One-dimensional forms take kh x kw = 1
 * x r or r x 1. */
void feat_pack_wino(float *packed, const float *w, const double *scale, size_t oc, size_t ic,
                    feat_wino_form form, const feat_kernels *kernels);

#endif
