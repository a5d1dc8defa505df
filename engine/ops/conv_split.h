/* Split tensors (engine/kernels/split.h): convolutions on them, and rows of them for steps that work on floats. */
#ifndef BONAFIDE_ENGINE_OPS_CONV_SPLIT_H
#define BONAFIDE_ENGINE_OPS_CONV_SPLIT_H

#include "engine/ops/frame.h"

/* Runs a convolution step of a model whose numerics are split. */
void feat_exec_split(const feat_frame *frame, const feat_step *step);

/* Split tensors for steps that work on floats, which need not know whether a tensor is one. Rows [first, first + n) of
 * 16 channels to read, [n][w][16]: in the arena, or joined in scratch. */
const float *feat_exec_rows(const feat_frame *frame, size_t tensor, size_t block, size_t first, size_t n,
                            float *scratch);

/* Where a row of 16 channels, [w][16], is to be written: in the arena, or in scratch, from where feat_exec_row_done
 * takes it, with the border around the row. */
float *feat_exec_row(const feat_frame *frame, size_t tensor, size_t block, size_t row, float *scratch);
void feat_exec_row_done(const feat_frame *frame, size_t tensor, size_t block, size_t row, const float *scratch);

#endif
