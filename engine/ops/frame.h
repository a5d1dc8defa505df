/* Running the steps of a model on one image. */
#ifndef IV3_NET_EXEC_H
#define IV3_NET_EXEC_H

#include "engine/ops/step.h"

/* Memory and threads for one image. With a pool all its threads work on this image, worker i in work[i];
 * without, one thread in work[0]. */
typedef struct iv3_frame {
    const iv3_model *model;
    iv3_pool *pool;
    float *arena;       /* model->arena_floats */
    float *const *work; /* [threads]: iv3_model_worker_floats each */
} iv3_frame;

static inline float *iv3_frame_tensor(const iv3_frame *f, size_t id)
{
    return f->arena + f->model->layout[id].offset;
}

/* Floats in one plane of 16 channels. */
static inline size_t iv3_plane_floats(const iv3_shape *s)
{
    return (size_t)s->h * s->w * IV3_BLOCK;
}

static inline size_t iv3_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Output blocks [b0, b1) of part `split` of `n_splits`, in whole pairs. */
static inline void iv3_split_blocks(const iv3_step *step, size_t split, size_t n_splits, size_t *b0,
                                    size_t *b1)
{
    size_t pairs = (step->n_blocks + 1) / 2;
    *b0 = 2 * (pairs * split / n_splits);
    *b1 = iv3_min_size(2 * (pairs * (split + 1) / n_splits), step->n_blocks);
}

/* Runs a convolution step by minimal filtering (conv_wino.c). */
void iv3_exec_wino(const iv3_frame *frame, const iv3_step *step);

/* Runs a convolution step of a model whose numerics are split (conv_split.c). */
void iv3_exec_split(const iv3_frame *frame, const iv3_step *step);

/* Split tensors for steps that work on floats, which need not know whether a tensor is one. Rows [first, first + n) of
 * 16 channels to read, [n][w][16]: in the arena, or joined in scratch. */
const float *iv3_exec_rows(const iv3_frame *frame, size_t tensor, size_t block, size_t first, size_t n,
                           float *scratch);

/* Where a row of 16 channels, [w][16], is to be written: in the arena, or in scratch, from where iv3_exec_row_done
 * takes it, with the border around the row. */
float *iv3_exec_row(const iv3_frame *frame, size_t tensor, size_t block, size_t row, float *scratch);
void iv3_exec_row_done(const iv3_frame *frame, size_t tensor, size_t block, size_t row, const float *scratch);

/* Steps that must run to reach every tap in `taps` (a bit per iv3_tap). */
size_t iv3_steps_needed(const iv3_model *model, unsigned taps);

/* Runs one step; out as in iv3_exec_image. */
void iv3_exec_step(const iv3_frame *frame, const iv3_step *step, float *const out[IV3_N_TAPS]);

/* Runs one image [3][299][299]; out[tap] receives the tap's floats where it is not NULL. */
void iv3_exec_image(const iv3_frame *frame, const float *image, float *const out[IV3_N_TAPS], size_t n_steps);

#endif
