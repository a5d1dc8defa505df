/* Attention of heads of 64 channels: weights of the keys for each query are the softmax of their products, and values
 * are added with these weights. Scores of some queries at a time lie in a worker's scratch. Vaswani et al., "Attention
 * Is All You Need", 2017. */
#include <string.h>

#include "engine/tokens/token_rows.h"
#include "engine/tokens/tokens.h"

enum {
    HEAD = 64, /* channels, whose square root divides the products */
    PLANES = HEAD / FEAT_BLOCK,
    QUERIES = 144, /* the most at a time: their scores stay in an L2 cache */
    MAX_BLOCKS = 64,
    PANEL = FEAT_BLOCK * FEAT_BLOCK
};
#define SCALE 0.125f

typedef struct attention_ctx {
    const feat_tail *tail;
    const feat_op *op;
    size_t heads, tokens, blocks; /* blocks of 16 keys */
} attention_ctx;

/* A worker's scratch. */
typedef struct attention_room {
    float *keys;   /* [blocks][PLANES][16 channels][16 keys] */
    float *values; /* of the last block, [PLANES][16 keys][16 channels]; no key: 0 */
    float *zeros;  /* [blocks][16] */
    float *sums;   /* [QUERIES] */
    float *scores; /* [blocks][QUERIES][16] */
} attention_room;

static attention_room room_in(float *work, size_t blocks)
{
    attention_room r = {.keys = work};
    r.values = r.keys + blocks * PLANES * PANEL;
    r.zeros = r.values + PLANES * PANEL;
    r.sums = r.zeros + blocks * FEAT_BLOCK;
    r.scores = r.sums + QUERIES;
    return r;
}

static size_t room_floats(size_t blocks)
{
    return blocks * PLANES * PANEL + PLANES * PANEL + blocks * FEAT_BLOCK + QUERIES + blocks * QUERIES * FEAT_BLOCK;
}

/* Keys [tokens][16] of each plane become weights of the kernel, with zeros where a block has no key. */
static void pack_keys(float *to, const float *keys, size_t plane_floats, size_t tokens, size_t blocks)
{
    for (size_t b = 0; b < blocks; b++)
        for (size_t p = 0; p < PLANES; p++, to += PANEL) {
            const float *from = keys + p * plane_floats + b * PANEL;
            size_t n = feat_min_size(FEAT_BLOCK, tokens - b * FEAT_BLOCK);
            if (n < FEAT_BLOCK)
                memset(to, 0, PANEL * sizeof *to);
            for (size_t k = 0; k < n; k++)
                for (size_t c = 0; c < FEAT_BLOCK; c++)
                    to[c * FEAT_BLOCK + k] = from[k * FEAT_BLOCK + c];
        }
}

static void pack_values(float *to, const float *values, size_t plane_floats, size_t n)
{
    memset(to, 0, PLANES * PANEL * sizeof *to);
    for (size_t p = 0; p < PLANES; p++)
        memcpy(to + p * PANEL, values + p * plane_floats, n * FEAT_BLOCK * sizeof *to);
}

/* Scores of n queries, and the sums of their weights. */
static void score(const attention_ctx *ctx, const attention_room *r, const float *queries, size_t plane_floats,
                  size_t n)
{
    const feat_kernels *k = ctx->tail->model->kernels;
    float *y[MAX_BLOCKS];
    for (size_t b = 0; b < ctx->blocks; b++)
        y[b] = r->scores + b * n * FEAT_BLOCK;
    const feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1,
                                 .kh = 1,
                                 .kw = 1,
                                 .n_cb = PLANES,
                                 .x = queries,
                                 .x_plane_stride = plane_floats,
                                 .w = r->keys,
                                 .w_block_stride = PLANES * PANEL,
                                 .bias = r->zeros};
    k->conv_row(&args, y, n, ctx->blocks);
    k->tokens.softmax(r->scores, n * FEAT_BLOCK, ctx->blocks, ctx->tokens, n, SCALE, r->sums);
}

/* The values of n queries, to out: whole blocks of keys where they lie, then the last. */
static void gather(const attention_ctx *ctx, const attention_room *r, const float *values, size_t plane_floats,
                   float *out, size_t out_plane, size_t n)
{
    const feat_kernels *k = ctx->tail->model->kernels;
    size_t whole = ctx->tokens / FEAT_BLOCK;
    float *y[PLANES];
    for (size_t p = 0; p < PLANES; p++)
        y[p] = out + p * out_plane;
    feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1,
                           .kh = 1,
                           .kw = 1,
                           .n_cb = whole,
                           .x = r->scores,
                           .x_plane_stride = n * FEAT_BLOCK,
                           .w = values,
                           .w_block_stride = plane_floats,
                           .bias = r->zeros};
    static const float zeros[PLANES * FEAT_BLOCK];
    args.bias = zeros;
    k->conv_row(&args, y, n, PLANES);
    if (whole < ctx->blocks) {
        args.n_cb = 1;
        args.x = r->scores + whole * n * FEAT_BLOCK;
        args.w = r->values;
        args.w_block_stride = PANEL;
        args.onto = 1;
        k->conv_row(&args, y, n, PLANES);
    }
    k->tokens.divide(out, out_plane, PLANES, r->sums, n);
}

static void attention_task(void *arg, size_t tile, size_t worker)
{
    const attention_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    size_t image = tile / ctx->heads, head = tile % ctx->heads, plane = feat_tail_plane(t, ctx->op->src);
    size_t n_queries = feat_shape_of(t->model, ctx->op->dst)->w, out_plane = feat_tail_plane(t, ctx->op->dst);
    size_t n_chunks = (n_queries + QUERIES - 1) / QUERIES, third = ctx->heads * PLANES * plane;
    const float *queries =
        feat_tail_vectors(t, ctx->op->src) + head * PLANES * plane + image * ctx->tokens * FEAT_BLOCK;
    const float *keys = queries + third, *values = keys + third;
    float *out = feat_tail_vectors(t, ctx->op->dst) + head * PLANES * out_plane + image * n_queries * FEAT_BLOCK;
    attention_room r = room_in(t->work[worker], ctx->blocks);
    size_t whole = ctx->tokens / FEAT_BLOCK * FEAT_BLOCK;
    memset(r.zeros, 0, ctx->blocks * FEAT_BLOCK * sizeof *r.zeros);
    pack_keys(r.keys, keys, plane, ctx->tokens, ctx->blocks);
    if (whole < ctx->tokens)
        pack_values(r.values, values + whole * FEAT_BLOCK, plane, ctx->tokens - whole);
    for (size_t i = 0; i < n_chunks; i++) {
        size_t first = n_queries * i / n_chunks, n = n_queries * (i + 1) / n_chunks - first;
        score(ctx, &r, queries + first * FEAT_BLOCK, plane, n);
        gather(ctx, &r, values, plane, out + first * FEAT_BLOCK, out_plane, n);
    }
}

static void run(const feat_tail *tail, const feat_step *step)
{
    const feat_op *op = step->op;
    size_t tokens = feat_shape_of(tail->model, op->src)->w;
    attention_ctx ctx = {tail, op, op->oc / HEAD, tokens, feat_blocks_of(tokens)};
    feat_parallel_for(tail->pool, tail->n * ctx.heads, attention_task, &ctx);
}

static const char *check(const feat_net *net, const feat_op *op)
{
    if (!feat_is_tokens(net, op->src) || !feat_is_tokens(net, op->dst) || op->oc % HEAD != 0 ||
        net->tensors[op->dst].c != op->oc || net->tensors[op->src].c != 3 * op->oc)
        return "queries, keys and values of heads of 64 channels expected";
    if (net->tensors[op->src].w > MAX_BLOCKS * FEAT_BLOCK || net->tensors[op->dst].w > net->tensors[op->src].w)
        return "at most 1024 tokens expected, and no more queries than keys";
    return NULL;
}

static void measure(feat_model *m, feat_step *step)
{
    step->scratch_floats = room_floats(feat_blocks_of(feat_shape_of(m, step->op->src)->w));
}

const feat_op_kind feat_kind_attention = {"attention", check, feat_tokens_prepare, NULL, measure, NULL, NULL, run};
