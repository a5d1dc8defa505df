/* Taps: what a network hands out. */
#ifndef BONAFIDE_ENGINE_OPS_TAP_H
#define BONAFIDE_ENGINE_OPS_TAP_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_tap_mean, feat_kind_tap_pixels;

/* Mean over the picture of every channel of a tensor: out [c]. */
void feat_mean_of(const feat_frame *frame, size_t tensor, float *out);

/* Scratch for it, where tensors are split: a joined plane. */
size_t feat_mean_scratch(const feat_model *model, size_t tensor);

#endif
