/* Split tensors (engine/kernels/split.h) in the arena, and rows of them for steps that work on floats, which need not
 * know whether a tensor is one. */
#ifndef BONAFIDE_ENGINE_OPS_SPLIT_TENSOR_H
#define BONAFIDE_ENGINE_OPS_SPLIT_TENSOR_H

#include "engine/ops/frame.h"

/* Piece 0 (hi) or 1 (lo) of pixel (row, column) of the picture, from the first channel of a block of 16. */
uint16_t *feat_split_at(const feat_frame *frame, size_t tensor, size_t block, size_t piece, size_t row, size_t column);

/* Stores pixels [column, column + n) of a row of block d of any tensor: c [n][16], with bias if it is not NULL, and
 * ReLU. */
void feat_split_store_run(const feat_frame *frame, const feat_block_dst *d, size_t row, size_t column, const float *c,
                          const float *bias, int relu, size_t n);

/* Zeroes the border of a block of a split tensor around rows [first, first + n). The halves of a group belong to
 * different blocks, which different threads may compute: each clears its own. */
void feat_split_border(const feat_frame *frame, const feat_block_dst *d, size_t first, size_t n);

/* Rows [first, first + n) of 16 channels to read, [n][w][16]: in the arena, or joined in scratch. */
const float *feat_exec_rows(const feat_frame *frame, size_t tensor, size_t block, size_t first, size_t n,
                            float *scratch);

/* Where a row of 16 channels, [w][16], is to be written: in the arena, or in scratch, from where feat_exec_row_done
 * takes it, with the border around the row. */
float *feat_exec_row(const feat_frame *frame, size_t tensor, size_t block, size_t row, float *scratch);
void feat_exec_row_done(const feat_frame *frame, size_t tensor, size_t block, size_t row, const float *scratch);

#endif
