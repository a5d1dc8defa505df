/* The kinds of operation there are, one row each. */
#include "engine/ops/op.h"

#include "engine/conv/conv.h"
#include "engine/ops/dense.h"
#include "engine/ops/head.h"
#include "engine/ops/pooling.h"
#include "engine/ops/tap.h"
#include "engine/tokens/tokens.h"

const feat_op_kind *const feat_op_kinds[FEAT_N_KINDS] = {
    [FEAT_OP_CONV] = &feat_kind_conv,
    [FEAT_OP_CONV_LINEAR] = &feat_kind_conv_linear,
    [FEAT_OP_CONV_BIAS] = &feat_kind_conv_bias,
    [FEAT_OP_DENSE] = &feat_kind_dense,
    [FEAT_OP_RELU] = &feat_kind_relu,
    [FEAT_OP_TAP_VECTOR] = &feat_kind_tap_vector,
    [FEAT_OP_MAX_POOL] = &feat_kind_max_pool,
    [FEAT_OP_AVERAGE_POOL] = &feat_kind_average_pool,
    [FEAT_OP_AVERAGE_POOL_PADDED] = &feat_kind_average_pool_padded,
    [FEAT_OP_AVERAGE_POOL_BIAS] = &feat_kind_average_pool_bias,
    [FEAT_OP_AVERAGE_POOL_PADDED_BIAS] = &feat_kind_average_pool_padded_bias,
    [FEAT_OP_TAP_MEAN] = &feat_kind_tap_mean,
    [FEAT_OP_TAP_PIXELS] = &feat_kind_tap_pixels,
    [FEAT_OP_HEAD] = &feat_kind_head,
    [FEAT_OP_EMBED] = &feat_kind_embed,
    [FEAT_OP_LAYER_NORM] = &feat_kind_layer_norm,
    [FEAT_OP_QKV] = &feat_kind_qkv,
    [FEAT_OP_ATTENTION] = &feat_kind_attention,
    [FEAT_OP_LINEAR] = &feat_kind_linear,
    [FEAT_OP_PROJECT] = &feat_kind_project,
    [FEAT_OP_GELU] = &feat_kind_gelu,
    [FEAT_OP_QUICK_GELU] = &feat_kind_quick_gelu,
    [FEAT_OP_SUM] = &feat_kind_sum,
    [FEAT_OP_SCALED_SUM] = &feat_kind_scaled_sum,
};
