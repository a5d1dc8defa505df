/* The memory and threads that the steps of one image run on, and where their tensors and blocks are. */
#ifndef BONAFIDE_ENGINE_OPS_FRAME_H
#define BONAFIDE_ENGINE_OPS_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/base/checked.h"
#include "engine/ops/step.h"

/* A stretch of the rows of a tensor, outside the arena: of each plane feat_place.window_rows, from row `first` on. */
typedef struct feat_window {
    float *data;
    size_t first;
} feat_window;

/* What a run asks between steps: whether its caller wants it to end. Once yes, always yes, and no more questions. */
typedef struct feat_halt {
    feat_stop stop; /* NULL: never */
    void *ctx;
    atomic_bool halted;
} feat_halt;

static inline bool feat_halt_now(feat_halt *halt)
{
    if (halt == NULL || halt->stop == NULL)
        return false;
    if (!atomic_load_explicit(&halt->halted, memory_order_relaxed) && halt->stop(halt->ctx) != 0)
        atomic_store_explicit(&halt->halted, true, memory_order_relaxed);
    return atomic_load_explicit(&halt->halted, memory_order_relaxed);
}

/* Memory and threads for one image. With a pool all its threads work on this image, worker i in work[i];
 * without, one thread in work[0]. */
struct feat_frame {
    const feat_model *model;
    feat_pool *pool;
    float *arena;       /* model->arena_floats */
    float *const *work; /* [threads]: feat_model_worker_floats (net/model.h) each */
    float *const *out;  /* by feat_tap: where its floats go; NULL: not wanted */
    const feat_window *windows; /* by feat_place.window - 1; NULL: every tensor is in the arena */
    feat_halt *halt;            /* NULL: the image is always finished */
};

/* The most images whose vectors are read at once. */
enum { FEAT_TAIL_IMAGES = 16 };

/* Memory and threads for the vectors of n images, which share what is read of the weights. The vectors of a tensor lie
 * at its place in the tail times n: [c / 16][pixel][n][16] floats of what is gathered from pictures (dense.h), and
 * [c / 16][n][pixel][16] of tokens, whose pixels stay side by side. */
struct feat_tail {
    const feat_model *model;
    feat_pool *pool;
    size_t n;
    const float *images; /* of these: [n][3][h][w] */
    float *vectors;      /* n * model->tail_floats */
    float *const *work;  /* [threads], as of a frame */
    float *const *out;   /* [n][FEAT_MAX_TAPS]: where its floats go; NULL: not wanted */
    feat_halt *halt;     /* as of a frame */
};

static inline float *feat_tail_vectors(const feat_tail *t, size_t id)
{
    return t->vectors + t->model->layout[id].tail * t->n;
}

static inline float *feat_frame_tensor(const feat_frame *f, size_t id)
{
    return f->arena + f->model->layout[id].offset;
}

/* Floats in one plane of 16 channels. */
static inline size_t feat_plane_floats(const feat_shape *s)
{
    return (size_t)s->h * s->w * FEAT_BLOCK;
}

/* Floats from one plane to the next of a tensor that is not split, in the arena or in its window. */
static inline size_t feat_frame_plane(const feat_frame *f, size_t tensor)
{
    const feat_place *l = &f->model->layout[tensor];
    const feat_shape *s = feat_shape_of(f->model, tensor);
    return (f->windows != NULL && l->window > 0 ? l->window_rows : s->h) * s->w * FEAT_BLOCK;
}

/* A row of a plane of such a tensor; of a window only rows that it has. */
static inline float *feat_frame_row(const feat_frame *f, size_t tensor, size_t plane, size_t row)
{
    size_t window = f->windows == NULL ? 0 : f->model->layout[tensor].window;
    float *data = window > 0 ? f->windows[window - 1].data : feat_frame_tensor(f, tensor);
    size_t first = window > 0 ? f->windows[window - 1].first : 0;
    return data + plane * feat_frame_plane(f, tensor) +
           (row - first) * feat_shape_of(f->model, tensor)->w * FEAT_BLOCK;
}

/* Output blocks [b0, b1) of part `split` of `n_splits`, in whole pairs. */
static inline void feat_split_blocks(const feat_step *step, size_t split, size_t n_splits, size_t *b0,
                                     size_t *b1)
{
    size_t pairs = (step->n_blocks + 1) / 2;
    *b0 = 2 * (pairs * split / n_splits);
    *b1 = feat_min_size(2 * (pairs * (split + 1) / n_splits), step->n_blocks);
}

#endif
