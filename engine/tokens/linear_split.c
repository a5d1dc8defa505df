/* Dense layers on tokens cut in two (engine/kernels/split.h): the input is cut once for all, weights panel by panel
 * where they are used, for all tokens of all images. */
#include "engine/tokens/linear_split.h"

#include <string.h>

#include "engine/ops/panels.h"
#include "engine/tokens/token_rows.h"

enum { GROUP = FEAT_SPLIT_GROUP, TILE = FEAT_SPLIT_TILE, W_TILE = FEAT_SPLIT_W_TILE };

typedef struct split_ctx {
    const feat_tail *tail;
    const feat_step *step;
    size_t n_tokens, rows; /* of all images; of a group in the cut input, a tile at least */
    uint16_t *cut;         /* [ic / 32][hi, lo][rows][32] */
} split_ctx;

/* A worker's scratch. */
typedef struct split_room {
    uint16_t *weights; /* of a pair of blocks, [2][ic / 32][W_TILE] */
    float *panels;     /* of a pair and two planes, widened: [2][2][FEAT_PANEL] */
    float *sums;       /* [4][FEAT_SPLIT_C_TILE] */
    size_t *steps;     /* [ic / 32] */
} split_room;

static split_room room_in(float *work, size_t ic)
{
    split_room r = {.weights = (uint16_t *)work};
    r.panels = work + FEAT_PAIR * (ic / GROUP) * W_TILE / 2;
    r.sums = r.panels + 2 * FEAT_PAIR * FEAT_PANEL;
    r.steps = (size_t *)(void *)(r.sums + 4 * FEAT_SPLIT_C_TILE);
    return r;
}

void feat_linear_split_measure(feat_step *step, size_t tokens)
{
    size_t ic = step->op->ic;
    step->scratch_floats = FEAT_PAIR * (ic / GROUP) * W_TILE / 2 + 2 * FEAT_PAIR * FEAT_PANEL + 4 * FEAT_SPLIT_C_TILE +
                           ic / GROUP * sizeof(size_t) / sizeof(float);
    step->cut_floats = ic * feat_max_size(tokens, TILE);
}

/* 32 channels of every token. */
static void cut_task(void *arg, size_t group, size_t worker)
{
    const split_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    size_t src = ctx->step->op->src, plane = feat_tail_plane(t, src);
    uint16_t *hi = ctx->cut + group * 2 * ctx->rows * GROUP, *lo = hi + ctx->rows * GROUP;
    const float *x = feat_tail_vectors(t, src) + 2 * group * plane;
    (void)worker;
    for (size_t half = 0; half < 2; half++)
        t->model->kernels->split.store(hi + half * FEAT_BLOCK, lo + half * FEAT_BLOCK, x + half * plane, NULL, 0,
                                       ctx->n_tokens);
    for (size_t i = ctx->n_tokens; i < ctx->rows; i++) {
        memset(hi + i * GROUP, 0, GROUP * sizeof *hi);
        memset(lo + i * GROUP, 0, GROUP * sizeof *lo);
    }
}

/* A panel, channels of half `half` of a group, into a tile of weights. */
static void cut_panel(const feat_kernels *k, uint16_t *to, const float *panel, size_t half)
{
    uint16_t hi[FEAT_BLOCK * GROUP], lo[FEAT_BLOCK * GROUP];
    k->split.store(hi, lo, panel, NULL, 0, FEAT_BLOCK);
    for (size_t c = 0; c < FEAT_BLOCK; c++) {
        uint16_t *pair = to + (half * FEAT_BLOCK + c) / 2 * FEAT_BLOCK * 2 + c % 2;
        for (size_t o = 0; o < FEAT_BLOCK; o++) {
            pair[2 * o] = hi[c * GROUP + o];
            pair[W_TILE / 2 + 2 * o] = lo[c * GROUP + o];
        }
    }
}

static void cut_weights(const split_ctx *ctx, const split_room *r, size_t b, size_t blocks)
{
    const feat_model *m = ctx->tail->model;
    size_t planes = ctx->step->op->ic / FEAT_BLOCK, stride;
    for (size_t plane = 0; plane < planes; plane += 2) {
        const float *w =
            feat_panels_at(&stride, m, &m->panels[ctx->step->panels], planes, b, blocks, plane, 2, r->panels);
        for (size_t i = 0; i < 2 * blocks; i++)
            cut_panel(m->kernels, r->weights + (i / 2 * planes + plane) / 2 * W_TILE,
                      w + i / 2 * stride + i % 2 * FEAT_PANEL, i % 2);
    }
}

/* A pair of output blocks of every token. */
static void pair_task(void *arg, size_t tile, size_t worker)
{
    const split_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_model *m = t->model;
    const feat_op *op = ctx->step->op;
    size_t b = tile * FEAT_PAIR, blocks = feat_min_size(FEAT_PAIR, op->oc / FEAT_BLOCK - b), n_groups = op->ic / GROUP;
    size_t dst = feat_step_dst(ctx->step), plane = feat_tail_plane(t, dst),
           n_tiles = ctx->rows / TILE + (ctx->rows % TILE != 0);
    split_room r = room_in(t->work[worker], op->ic);
    feat_split_args args = {.n_steps = n_groups, .steps = r.steps, .x_lo = ctx->rows * GROUP, .w = r.weights};
    args.w_block_stride = n_groups * W_TILE;
    for (size_t g = 0; g < n_groups; g++)
        r.steps[g] = g * 2 * ctx->rows * GROUP;
    cut_weights(ctx, &r, b, blocks);
    m->kernels->split.begin();
    for (size_t i = 0; i < n_tiles; i += 2) {
        size_t tiles = feat_min_size(2, n_tiles - i), at[2] = {0, 0};
        const uint16_t *x[2] = {NULL, NULL};
        for (size_t k = 0; k < tiles; k++) { /* the last begins earlier, so that it is full */
            at[k] = feat_min_size((i + k) * TILE, ctx->rows - TILE);
            x[k] = ctx->cut + at[k] * GROUP;
        }
        m->kernels->split.conv(&args, r.sums, x, tiles, blocks);
        for (size_t k = 0; k < tiles; k++)
            for (size_t j = 0; j < blocks; j++)
                m->kernels->split.store_whole(feat_tail_vectors(t, dst) + (b + j) * plane + at[k] * FEAT_BLOCK,
                                              r.sums + (2 * k + j) * FEAT_SPLIT_C_TILE,
                                              m->packed + ctx->step->bias_offset + (b + j) * FEAT_BLOCK, 0,
                                              feat_min_size(TILE, ctx->n_tokens - at[k]));
    }
    m->kernels->split.end();
    for (size_t i = 1; i < ctx->step->n_ops; i++)
        feat_tokens_finish(t, ctx->step, &op[i], b, blocks, 0, ctx->n_tokens);
}

void feat_linear_split_run(const feat_tail *tail, const feat_step *step)
{
    size_t n_tokens = feat_tail_tokens(tail, step->op->src), n_blocks = step->op->oc / FEAT_BLOCK;
    split_ctx ctx = {tail, step, n_tokens, feat_max_size(n_tokens, TILE), NULL};
    ctx.cut = (uint16_t *)(tail->vectors + step->cut_offset * tail->n);
    feat_parallel_for(tail->pool, step->op->ic / GROUP, cut_task, &ctx);
    feat_parallel_for(tail->pool, (n_blocks + FEAT_PAIR - 1) / FEAT_PAIR, pair_task, &ctx);
}
