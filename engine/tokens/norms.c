/* Layer norm, activations and sums: of each token, or of each value. The last two usually run within the step of the
 * dense layer before them. */
#include <stdio.h>
#include <string.h>

#include "engine/ops/read_tensor.h"
#include "engine/tokens/token_rows.h"
#include "engine/tokens/tokens.h"

typedef struct rows_ctx {
    const feat_tail *tail;
    const feat_step *step;
    size_t n_tokens;
} rows_ctx;

static void run_in_chunks(const feat_tail *tail, const feat_step *step, feat_task task)
{
    rows_ctx ctx = {tail, step, feat_tail_tokens(tail, step->op->dst)};
    feat_parallel_for(tail->pool, (ctx.n_tokens + FEAT_TOKENS_NORMED - 1) / FEAT_TOKENS_NORMED, task, &ctx);
}

/* --- layer norm --------------------------------------------------------------------------------- */

static void norm_task(void *arg, size_t tile, size_t worker)
{
    const rows_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_model *m = t->model;
    const feat_op *op = ctx->step->op;
    size_t first = tile * FEAT_TOKENS_NORMED, plane = feat_tail_plane(t, op->src), c = feat_shape_of(m, op->src)->c;
    const float *gamma = m->packed + ctx->step->bias_offset;
    (void)worker;
    feat_norm_args args = {.x = feat_tail_vectors(t, op->src) + first * FEAT_BLOCK,
                           .x_plane = plane,
                           .y = feat_tail_vectors(t, op->dst) + first * FEAT_BLOCK,
                           .y_plane = plane,
                           .n_planes = c / FEAT_BLOCK,
                           .gamma = gamma,
                           .beta = gamma + c,
                           .epsilon = m->net->norm_epsilon};
    m->kernels->tokens.layer_norm(&args, feat_min_size(FEAT_TOKENS_NORMED, ctx->n_tokens - first));
}

static void run_norm(const feat_tail *tail, const feat_step *step)
{
    run_in_chunks(tail, step, norm_task);
}

static const char *check_alike(const feat_net *net, const feat_op *op)
{
    return feat_same_tokens(net, op->src, op->dst) && net->tensors[op->src].c == net->tensors[op->dst].c
               ? NULL
               : "tokens expected, of one shape with its output";
}

static void measure_norm(feat_model *m, feat_step *step)
{
    step->bias_offset = m->packed_floats;
    m->packed_floats += (size_t)2 * feat_shape_of(m, step->op->src)->c;
}

static feat_status load_norm(const feat_loading *l, feat_error *err)
{
    const feat_model *m = l->model;
    const size_t c = feat_shape_of(m, l->op->src)->c;
    float *gamma = m->packed + l->step->bias_offset;
    char name[FEAT_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, m->net->naming->gamma);
    feat_status status = feat_read_tensor(l->weights, name, 1, &c, gamma, err);
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, m->net->naming->beta);
    return status == FEAT_OK ? feat_read_tensor(l->weights, name, 1, &c, gamma + c, err) : status;
}

/* --- activations and sums ------------------------------------------------------------------------ */

/* Tokens of the second tensor of a sum may be more than those of the first, of each image; then the first are taken. */
static void add_rows(const feat_tail *t, const feat_op *op, float *x, const float *scale, size_t b, size_t first,
                     size_t n)
{
    const feat_model *m = t->model;
    size_t tokens = feat_shape_of(m, op->src)->w, of_add = feat_shape_of(m, op->add)->w;
    const float *add = feat_tail_vectors(t, op->add) + b * feat_tail_plane(t, op->add);
    if (tokens == of_add) {
        m->kernels->tokens.sum(x + first * FEAT_BLOCK, add + first * FEAT_BLOCK, scale, n);
        return;
    }
    for (size_t i = first; i < first + n; i++)
        m->kernels->tokens.sum(x + i * FEAT_BLOCK, add + (i / tokens * of_add + i % tokens) * FEAT_BLOCK, scale, 1);
}

void feat_tokens_finish(const feat_tail *t, const feat_step *step, const feat_op *op, size_t b, size_t n_blocks,
                        size_t first, size_t n)
{
    const feat_model *m = t->model;
    size_t dst = feat_step_dst(step), plane = feat_tail_plane(t, dst);
    const float *scale = op->kind == FEAT_OP_SCALED_SUM ? m->packed + step->scale_offset : NULL;
    for (size_t i = b; i < b + n_blocks; i++) {
        float *x = feat_tail_vectors(t, dst) + i * plane;
        if (op->kind == FEAT_OP_GELU)
            m->kernels->tokens.gelu(x + first * FEAT_BLOCK, n);
        else if (op->kind == FEAT_OP_QUICK_GELU)
            m->kernels->tokens.quick_gelu(x + first * FEAT_BLOCK, n);
        else
            add_rows(t, op, x, scale != NULL ? scale + i * FEAT_BLOCK : NULL, i, first, n);
    }
}

int feat_tokens_joins(const feat_net *net, const feat_op *first, const feat_op *next)
{
    size_t readers = 0;
    for (size_t i = 0; i < net->n_ops; i++)
        readers += net->ops[i].src == first->dst || net->ops[i].add == first->dst;
    return readers == 1 && next->src == first->dst &&
           (next->kind == FEAT_OP_GELU || next->kind == FEAT_OP_QUICK_GELU || next->kind == FEAT_OP_SUM ||
            next->kind == FEAT_OP_SCALED_SUM);
}

/* A step of its own: the input is copied, and finished where it is to lie. */
static void finish_task(void *arg, size_t tile, size_t worker)
{
    const rows_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_op *op = ctx->step->op;
    size_t first = tile * FEAT_TOKENS_NORMED, plane = feat_tail_plane(t, op->dst);
    size_t n = feat_min_size(FEAT_TOKENS_NORMED, ctx->n_tokens - first);
    size_t n_blocks = feat_shape_of(t->model, op->dst)->c / FEAT_BLOCK;
    const float *x = feat_tail_vectors(t, op->src) + first * FEAT_BLOCK;
    float *y = feat_tail_vectors(t, op->dst) + first * FEAT_BLOCK;
    (void)worker;
    for (size_t b = 0; b < n_blocks; b++)
        memcpy(y + b * plane, x + b * plane, n * FEAT_BLOCK * sizeof *y);
    feat_tokens_finish(t, ctx->step, op, 0, n_blocks, first, n);
}

static void run_finish(const feat_tail *tail, const feat_step *step)
{
    run_in_chunks(tail, step, finish_task);
}

static const char *check_sum(const feat_net *net, const feat_op *op)
{
    if (!feat_is_tokens(net, op->add) || net->tensors[op->add].c != net->tensors[op->src].c ||
        net->tensors[op->add].w < net->tensors[op->src].w)
        return "its second tensor is not as wide as the first, or has fewer tokens";
    return check_alike(net, op);
}

void feat_tokens_prepare(feat_model *m, const feat_op *op)
{
    m->layout[op->src].in_tail = op->src != 0;
    m->layout[op->dst].in_tail = 1;
    m->layout[op->add].in_tail = op->add != 0;
}

static feat_status load_scale(const feat_loading *l, feat_error *err)
{
    const feat_model *m = l->model;
    const size_t c = feat_shape_of(m, l->op->src)->c;
    char name[FEAT_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s%s", l->op->name, m->net->naming->scale);
    return feat_read_tensor(l->weights, name, 1, &c, m->packed + l->step->scale_offset, err);
}

static void measure_scale(feat_model *m, feat_step *step)
{
    step->scale_offset = m->packed_floats;
    m->packed_floats += feat_shape_of(m, feat_step_dst(step))->c;
}

const feat_op_kind feat_kind_layer_norm = {
    "layer norm", check_alike, feat_tokens_prepare, NULL, measure_norm, load_norm, NULL, run_norm};
const feat_op_kind feat_kind_gelu = {"GELU", check_alike, feat_tokens_prepare, NULL, NULL, NULL, NULL, run_finish};
const feat_op_kind feat_kind_quick_gelu = {"quick GELU", check_alike, feat_tokens_prepare, NULL, NULL,
                                           NULL,         NULL,        run_finish};
const feat_op_kind feat_kind_sum = {"sum", check_sum, feat_tokens_prepare, NULL, NULL, NULL, NULL, run_finish};
const feat_op_kind feat_kind_scaled_sum = {"scaled sum", check_sum, feat_tokens_prepare, NULL, measure_scale,
                                           load_scale,   NULL,      run_finish};
