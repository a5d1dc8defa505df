/* Convolution on floats cut in two (engine/kernels/split.h). */
#ifndef BONAFIDE_ENGINE_CONV_CONV_SPLIT_H
#define BONAFIDE_ENGINE_CONV_CONV_SPLIT_H

#include "engine/conv/conv_way.h"

/* Of a split tensor, and of one of floats: the image. Both write tensors of either sort. */
extern const feat_conv_way feat_conv_split, feat_conv_split_first;

#endif
