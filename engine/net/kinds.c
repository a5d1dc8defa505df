/* The kinds of operation there are, one row each. */
#include "engine/ops/op.h"

#include "engine/conv/conv.h"
#include "engine/ops/dense.h"
#include "engine/ops/head.h"
#include "engine/ops/pooling.h"
#include "engine/ops/tap.h"

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
};
