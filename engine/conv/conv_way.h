/* An algorithm that computes convolutions, and what all of them ask of one. */
#ifndef BONAFIDE_ENGINE_CONV_CONV_WAY_H
#define BONAFIDE_ENGINE_CONV_CONV_WAY_H

#include "engine/ops/op.h"

enum { FEAT_CHUNK_FLOATS = 144 * 1024 }; /* input of one chunk: 576 KiB, to stay in an L2 cache of 1 MiB beside the
                                          * weights */

/* An algorithm. */
struct feat_conv_way {
    /* Floats of the packed weights of one block of 16 output channels. */
    size_t (*block_floats)(const feat_op *op);

    /* Cuts the output into chunks: fills chunk, n_chunks, scratch_floats and what the algorithm alone has. */
    void (*cut)(feat_model *model, feat_step *step);

    /* Weights [oc][ic][kh][kw] of the first oc channels of a block of 16, each times scale[oc], to a packed block. */
    void (*pack)(float *packed, const float *w, const double *scale, size_t oc, const feat_op *op,
                 const feat_kernels *kernels);

    void (*run)(const feat_frame *frame, const feat_step *step);
};

/* 1x1 with stride 1: the picture is a row of pixels. */
static inline int feat_is_pointwise(const feat_op *op)
{
    return op->kh == 1 && op->kw == 1 && op->stride == 1;
}

/* Channels of an input plane: the image has all of them in one, interleaved. */
static inline size_t feat_plane_channels(const feat_op *op)
{
    return op->src == 0 ? op->ic : FEAT_BLOCK;
}

/* Output rows whose input rows of `row_floats` take no more than a chunk; at least 1. */
static inline size_t feat_chunk_rows(const feat_op *op, size_t row_floats)
{
    size_t rows = FEAT_CHUNK_FLOATS / row_floats;
    return rows > (size_t)op->kh - 1 + op->stride ? (rows - (op->kh - 1u)) / op->stride : 1;
}

#endif
