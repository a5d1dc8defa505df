/* Split tensors (engine/kernels/split.h): convolutions on them, and rows of them for steps that work on floats. */
#ifndef IV3_OPS_CONV_SPLIT_H
#define IV3_OPS_CONV_SPLIT_H

#include "engine/ops/frame.h"

/* Runs a convolution step of a model whose numerics are split. */
void iv3_exec_split(const iv3_frame *frame, const iv3_step *step);

/* Split tensors for steps that work on floats, which need not know whether a tensor is one. Rows [first, first + n) of
 * 16 channels to read, [n][w][16]: in the arena, or joined in scratch. */
const float *iv3_exec_rows(const iv3_frame *frame, size_t tensor, size_t block, size_t first, size_t n,
                           float *scratch);

/* Where a row of 16 channels, [w][16], is to be written: in the arena, or in scratch, from where iv3_exec_row_done
 * takes it, with the border around the row. */
float *iv3_exec_row(const iv3_frame *frame, size_t tensor, size_t block, size_t row, float *scratch);
void iv3_exec_row_done(const iv3_frame *frame, size_t tensor, size_t block, size_t row, const float *scratch);

#endif
