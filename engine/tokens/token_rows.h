/* Where tokens lie, for the files of this folder. */
#ifndef BONAFIDE_ENGINE_TOKENS_TOKEN_ROWS_H
#define BONAFIDE_ENGINE_TOKENS_TOKEN_ROWS_H

#include "engine/ops/op.h"

/* Tokens that are taken together where work is cut: what a step reads of them stays in an L2 cache. */
enum { FEAT_TOKENS_NORMED = 64 };

/* 1 if the tensor holds tokens, in whole planes of channels. */
static inline int feat_is_tokens(const feat_net *net, size_t tensor)
{
    const feat_shape *s = &net->tensors[tensor];
    return tensor != 0 && s->h == 1 && s->c % FEAT_BLOCK == 0;
}

static inline int feat_same_tokens(const feat_net *net, size_t a, size_t b)
{
    return feat_is_tokens(net, a) && feat_is_tokens(net, b) && net->tensors[a].w == net->tensors[b].w;
}

/* Of all images of a tail: tokens of a tensor, and floats from one plane of them to the next. */
static inline size_t feat_tail_tokens(const feat_tail *t, size_t tensor)
{
    return feat_shape_of(t->model, tensor)->w * t->n;
}

static inline size_t feat_tail_plane(const feat_tail *t, size_t tensor)
{
    return feat_tail_tokens(t, tensor) * FEAT_BLOCK;
}

/* Marks what an operation of tokens reads and writes. */
void feat_tokens_prepare(feat_model *model, const feat_op *op);

/* What may follow a dense layer within its step: an activation, a sum. Applied to tokens [first, first + n) of
 * n_blocks blocks from b on of the step's output, which holds what the layer has made. */
int feat_tokens_joins(const feat_net *net, const feat_op *first, const feat_op *next);
void feat_tokens_finish(const feat_tail *tail, const feat_step *step, const feat_op *op, size_t b, size_t n_blocks,
                        size_t first, size_t n);

/* The tensor that a step writes: that of its last operation. */
static inline size_t feat_step_dst(const feat_step *step)
{
    return step->op[step->n_ops - 1].dst;
}

#endif
