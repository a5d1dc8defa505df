/* The kinds of operation that vision transformers are made of. All of them work on the tokens of several images at
 * once. */
#ifndef BONAFIDE_ENGINE_TOKENS_TOKENS_H
#define BONAFIDE_ENGINE_TOKENS_TOKENS_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_embed, feat_kind_layer_norm, feat_kind_qkv, feat_kind_attention, feat_kind_linear,
    feat_kind_project, feat_kind_gelu, feat_kind_quick_gelu, feat_kind_sum, feat_kind_scaled_sum;

#endif
