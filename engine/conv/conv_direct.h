/* Convolution as it is written, one chain for each output: input row = output row times stride, no padding. */
#ifndef BONAFIDE_ENGINE_CONV_CONV_DIRECT_H
#define BONAFIDE_ENGINE_CONV_CONV_DIRECT_H

#include "engine/conv/conv_way.h"

extern const feat_conv_way feat_conv_direct;

/* block_floats and pack of feat_conv_way; the first convolution of split numerics has the same packed weights. */
size_t feat_direct_block_floats(const feat_op *op);
void feat_direct_pack(float *packed, const float *w, const double *scale, size_t oc, const feat_op *op,
                      const feat_kernels *kernels);

#endif
