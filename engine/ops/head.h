/* The classifier: means over the picture, then dense layers. */
#ifndef BONAFIDE_ENGINE_OPS_HEAD_H
#define BONAFIDE_ENGINE_OPS_HEAD_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_head;

/* Where the classifier's activations begin in a worker's memory, in floats. */
size_t feat_model_head_offset(const feat_model *model);

#endif
