/* Fully connected layers and what else reads vectors: the tail of a network, run for several images at once so that
 * weights, hundreds of megabytes for few multiplications, are read once for all of them. */
#ifndef BONAFIDE_ENGINE_OPS_DENSE_H
#define BONAFIDE_ENGINE_OPS_DENSE_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_dense, feat_kind_relu, feat_kind_tap_vector;

/* Copies what the tail reads of an image, of which all steps before the tail have been run, to the vectors of image
 * `index`. */
void feat_tail_gather(const feat_tail *tail, size_t index, const feat_frame *frame);

/* What a frame's work must hold for it: a joined plane, where tensors are split. */
size_t feat_tail_scratch(const feat_model *model);

#endif
