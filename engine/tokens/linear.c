/* Dense layers of tokens, by the convolution kernel: tokens of all images stand side by side as pixels of one row do. A
 * panel of weights is read for many tokens, and many panels for tokens that stay in a near cache. What follows the
 * layer (an activation, a sum) is applied to its output while that is near. */
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/ops/panels.h"
#include "engine/ops/read_tensor.h"
#include "engine/tokens/linear_split.h"
#include "engine/tokens/token_rows.h"
#include "engine/tokens/tokens.h"

enum {
    GROUP = 16,  /* output blocks of a task, in whole pairs */
    CHUNK = 266, /* the most tokens of a task; a piece of them takes half a MiB */
    WIDENED = FEAT_PAIR * FEAT_TOKEN_PIECE * FEAT_PANEL
};

typedef struct linear_ctx {
    const feat_tail *tail;
    const feat_step *step;
    size_t n_tokens, n_chunks, n_groups;
} linear_ctx;

/* Tokens [first, first + n) of the output, of the pair of blocks that `args` has the weights of. */
static void run_rows(const linear_ctx *ctx, feat_conv_args *args, size_t plane, float *y0, size_t y_plane,
                     size_t blocks, size_t first, size_t n)
{
    const feat_tail *t = ctx->tail;
    size_t src = ctx->step->op->src;
    float *y[FEAT_PAIR] = {y0 + first * FEAT_BLOCK, y0 + y_plane + first * FEAT_BLOCK};
    args->x = feat_tail_vectors(t, src) + plane * args->x_plane_stride + first * FEAT_BLOCK;
    t->model->kernels->conv_row(args, y, n, blocks);
}

/* Queries of the first tokens of each image alone. */
static void run_queries(const linear_ctx *ctx, feat_conv_args *args, size_t plane, float *y0, size_t y_plane,
                        size_t blocks, size_t first, size_t n)
{
    const feat_op *op = ctx->step->op;
    size_t tokens = feat_shape_of(ctx->tail->model, op->src)->w;
    for (size_t i = first / tokens * tokens; i < first + n; i += tokens) {
        size_t from = feat_max_size(i, first), to = feat_min_size(i + op->queries, first + n);
        if (from < to)
            run_rows(ctx, args, plane, y0, y_plane, blocks, from, to - from);
    }
}

static void linear_task(void *arg, size_t tile, size_t worker)
{
    static const float zero_bias[FEAT_PAIR * FEAT_BLOCK];
    const linear_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_model *m = t->model;
    const feat_step *step = ctx->step;
    const feat_op *op = step->op;
    size_t chunk = tile % ctx->n_chunks, group = tile / ctx->n_chunks, n_blocks = op->oc / FEAT_BLOCK;
    size_t first = ctx->n_tokens * chunk / ctx->n_chunks, n = ctx->n_tokens * (chunk + 1) / ctx->n_chunks - first;
    size_t pairs = (n_blocks + FEAT_PAIR - 1) / FEAT_PAIR;
    size_t b0 = pairs * group / ctx->n_groups * FEAT_PAIR, b1 = pairs * (group + 1) / ctx->n_groups * FEAT_PAIR;
    size_t planes = op->ic / FEAT_BLOCK, dst = feat_step_dst(step), y_plane = feat_tail_plane(t, dst);
    b1 = feat_min_size(b1, n_blocks);
    for (size_t plane = 0; plane < planes; plane += FEAT_TOKEN_PIECE)
        for (size_t b = b0; b < b1; b += FEAT_PAIR) {
            size_t blocks = feat_min_size(FEAT_PAIR, b1 - b),
                   n_planes = feat_min_size(FEAT_TOKEN_PIECE, planes - plane);
            feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1, .kh = 1, .kw = 1, .n_cb = n_planes};
            args.x_plane_stride = feat_tail_plane(t, op->src);
            args.w = feat_panels_at(&args.w_block_stride, m, &m->panels[step->panels], planes, b, blocks, plane,
                                    n_planes, t->work[worker]);
            args.bias = plane == 0 ? m->packed + step->bias_offset + b * FEAT_BLOCK : zero_bias;
            args.onto = plane == 0 ? 0 : FEAT_CONV_ADDED;
            if (m->panels[step->panels].dtype == FEAT_FLOAT32 && b + 2 * FEAT_PAIR <= b1)
                args.next = args.w + FEAT_PAIR * args.w_block_stride;
            float *y = feat_tail_vectors(t, dst) + b * y_plane;
            if (op->queries > 0 && 3 * b < n_blocks)
                run_queries(ctx, &args, plane, y, y_plane, blocks, first, n);
            else
                run_rows(ctx, &args, plane, y, y_plane, blocks, first, n);
        }
    for (size_t i = 1; i < step->n_ops; i++)
        feat_tokens_finish(t, step, &op[i], b0, b1 - b0, first, n);
}

static void run_linear(const feat_tail *tail, const feat_step *step)
{
    if (tail->model->numerics == FEAT_NUMERICS_SPLIT) {
        feat_linear_split_run(tail, step);
        return;
    }
    size_t n_tokens = feat_tail_tokens(tail, step->op->src), n_blocks = step->op->oc / FEAT_BLOCK;
    linear_ctx ctx = {tail, step, n_tokens, (n_tokens + CHUNK - 1) / CHUNK, (n_blocks + GROUP - 1) / GROUP};
    feat_parallel_for(tail->pool, ctx.n_chunks * ctx.n_groups, linear_task, &ctx);
}

/* --- before an image ---------------------------------------------------------------------------- */

static const char *check_linear(const feat_net *net, const feat_op *op)
{
    if (!feat_same_tokens(net, op->src, op->dst))
        return "as many tokens expected as its output has";
    if (op->ic != net->tensors[op->src].c || op->oc != net->tensors[op->dst].c || op->ic % (2 * FEAT_BLOCK) != 0)
        return "channels in a multiple of 32 expected, those of its input, and out those of its output";
    return NULL;
}

/* Pairs of blocks must not be of queries and keys both. */
static const char *check_qkv(const feat_net *net, const feat_op *op)
{
    if (op->oc % (3 * FEAT_PAIR * FEAT_BLOCK) != 0 || op->queries == 0 || op->queries > net->tensors[op->src].w)
        return "three times a multiple of 32 channels out expected, and queries of 1 to all of the tokens";
    return check_linear(net, op);
}

static void measure_linear(feat_model *m, feat_step *step)
{
    step->panels = m->n_panels++;
    step->bias_offset = m->packed_floats;
    m->packed_floats += step->op->oc;
    step->scratch_floats = WIDENED;
    if (m->numerics == FEAT_NUMERICS_SPLIT)
        feat_linear_split_measure(step, feat_shape_of(m, step->op->src)->w);
    if (step->op[step->n_ops - 1].kind == FEAT_OP_SCALED_SUM)
        feat_kind_scaled_sum.measure(m, step);
}

static feat_status load_linear(const feat_loading *l, feat_error *err)
{
    const feat_naming *naming = l->model->net->naming;
    return feat_panels_load(l, naming->dense_weight, naming->dense_bias, l->op->oc, l->op->ic, 1, err);
}

static feat_status load_qkv(const feat_loading *l, feat_error *err)
{
    const feat_naming *naming = l->model->net->naming;
    return feat_panels_load(l, naming->qkv_weight, naming->qkv_bias, l->op->oc, l->op->ic, 1, err);
}

/* --- a matrix that is stored input by input ------------------------------------------------------ */

static void project_task(void *arg, size_t block, size_t worker)
{
    static const float zero_bias[FEAT_BLOCK];
    const linear_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_op *op = ctx->step->op;
    size_t planes = op->ic / FEAT_BLOCK, x_plane = feat_tail_plane(t, op->src);
    const float *x = feat_tail_vectors(t, op->src), *w = t->model->packed + ctx->step->w_offset;
    float *y = feat_tail_vectors(t, op->dst) + block * feat_tail_plane(t, op->dst);
    (void)worker;
    for (size_t plane = 0; plane < planes; plane += FEAT_TOKEN_PIECE) {
        feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1, .kh = 1, .kw = 1, .bias = zero_bias};
        args.n_cb = feat_min_size(FEAT_TOKEN_PIECE, planes - plane);
        args.x = x + plane * x_plane;
        args.x_plane_stride = x_plane;
        args.w = w + (block * planes + plane) * FEAT_PANEL;
        args.onto = plane == 0 ? 0 : FEAT_CONV_ADDED;
        t->model->kernels->conv_row(&args, &y, ctx->n_tokens, 1);
    }
}

static void run_project(const feat_tail *tail, const feat_step *step)
{
    linear_ctx ctx = {tail, step, feat_tail_tokens(tail, step->op->src), 1, 1};
    feat_parallel_for(tail->pool, step->op->oc / FEAT_BLOCK, project_task, &ctx);
}

static void measure_project(feat_model *m, feat_step *step)
{
    size_t floats = (size_t)step->op->ic * step->op->oc;
    step->w_offset = m->packed_floats;
    m->packed_floats += floats;
    m->raw_floats = feat_max_size(m->raw_floats, floats);
}

static feat_status load_project(const feat_loading *l, feat_error *err)
{
    const size_t shape[2] = {l->op->ic, l->op->oc};
    float *to = l->model->packed + l->step->w_offset;
    feat_status status = feat_read_tensor(l->weights, l->op->name, 2, shape, l->raw, err);
    for (size_t i = 0; status == FEAT_OK && i < shape[0]; i++)
        for (size_t o = 0; o < shape[1]; o++)
            to[(o / FEAT_BLOCK * shape[0] + i) * FEAT_BLOCK + o % FEAT_BLOCK] = l->raw[i * shape[1] + o];
    return status;
}

const feat_op_kind feat_kind_linear = {"linear layer of tokens",
                                       check_linear,
                                       feat_tokens_prepare,
                                       feat_tokens_joins,
                                       measure_linear,
                                       load_linear,
                                       NULL,
                                       run_linear};
const feat_op_kind feat_kind_qkv = {
    "queries, keys and values", check_qkv, feat_tokens_prepare, NULL, measure_linear, load_qkv, NULL, run_linear};
const feat_op_kind feat_kind_project = {"projection", check_linear, feat_tokens_prepare, NULL, measure_project,
                                        load_project, NULL,         run_project};
