/* Weights of dense layers in panels (nets/tensors.h), which stay where the file has them. */
#ifndef BONAFIDE_ENGINE_OPS_PANELS_H
#define BONAFIDE_ENGINE_OPS_PANELS_H

#include "engine/ops/op.h"

enum {
    FEAT_PANEL = FEAT_BLOCK * FEAT_BLOCK, /* floats of a panel: 16 inputs of 16 outputs */
    FEAT_PIECE = 32,                      /* planes: 512 products, whose chain is as exact as any convolution's */
    FEAT_TOKEN_PIECE = 16,                /* of layers of tokens: a network has fifty in a row; at no cost */
    FEAT_PAIR = 2          /* blocks of output channels, as the kernel takes them */
};

/* Panels [plane, plane + n) of `blocks` (1 or 2) blocks from b on as floats, and how far the blocks are apart: where
 * they are stored, or widened into room [blocks][n][FEAT_PANEL]. planes: of the whole tensor. */
const float *feat_panels_at(size_t *stride, const feat_model *model, const feat_mapped_tensor *weights, size_t planes,
                            size_t b, size_t blocks, size_t plane, size_t n, float *room);

/* Maps the weights [out][in] of the step, stored in panels of `pixels`, and reads its bias [out] to
 * model->packed + step->bias_offset. Errors: FORMAT, those of feat_weights_map. */
feat_status feat_panels_load(const feat_loading *loading, const char *weight, const char *bias, size_t out, size_t in,
                             size_t pixels, feat_error *err) FEAT_NODISCARD;

#endif
