/* Convolutions, whatever computes them. */
#ifndef BONAFIDE_ENGINE_CONV_CONV_H
#define BONAFIDE_ENGINE_CONV_CONV_H

#include "engine/ops/op.h"

extern const feat_op_kind feat_kind_conv, feat_kind_conv_bias, feat_kind_conv_linear;

#endif
