/* Pools of 3x3 and 2x2 pixels. */
#ifndef BONAFIDE_ENGINE_OPS_POOLING_H
#define BONAFIDE_ENGINE_OPS_POOLING_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_max_pool, feat_kind_average_pool, feat_kind_average_pool_padded,
    feat_kind_average_pool_bias, feat_kind_average_pool_padded_bias;

#endif
