/* Convolutions on split tensors (engine/kernels/split.h). Tiles are loaded straight from the bordered input:
 * the rows of a chunk are one run of pixels, borders included, so that a tile is full whatever the width, and what is
 * computed for a border is not stored. With stride 2 the input is copied first, such that this is so for each quarter
 * of it. When the length of a run is not a multiple of the tile, the last tile begins earlier, so that it ends with the
 * last pixel. The pixels it shares with the tile before it are computed twice, with equal results. */
#include "engine/conv/conv_split.h"

#include <string.h>

#include "engine/conv/conv_direct.h"
#include "engine/ops/fold.h"
#include "engine/ops/split_tensor.h"

enum { GROUP = FEAT_SPLIT_GROUP, TILE = FEAT_SPLIT_TILE, PAIR = 2 };

typedef struct split_ctx {
    const feat_frame *frame;
    const feat_step *step;
    size_t n_splits;
} split_ctx;

/* Copies piece `task % 2` of group `task / 2` in phases, with zeros where the picture has no pixel for one. */
static void phases_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const split_ctx *ctx = arg;
    const feat_frame *f = ctx->frame;
    size_t src = ctx->step->op->src;
    const feat_place *to = &ctx->step->phases;
    const feat_shape *s = feat_shape_of(f->model, src);
    uint16_t *y = (uint16_t *)(f->arena + to->offset) + task * to->pixels * GROUP;
    for (size_t row = 0; row < ((size_t)s->h + 1) / 2 * 2; row++) {
        uint16_t *even = y + (row % 2 * to->pixels / 2 + row / 2 * to->pitch) * GROUP;
        uint16_t *odd = even + to->pixels / 4 * GROUP;
        if (row == s->h) {
            memset(even, 0, to->pitch * GROUP * sizeof *even);
            memset(odd, 0, to->pitch * GROUP * sizeof *odd);
            continue;
        }
        const uint16_t *x = feat_split_at(f, src, task / 2 * 2, task % 2, row, 0);
        for (size_t c = 0; c < s->w; c++, x += GROUP)
            memcpy((c % 2 == 0 ? even : odd) + c / 2 * GROUP, x, GROUP * sizeof *x);
        if (s->w % 2 != 0)
            memset(odd + s->w / 2 * GROUP, 0, GROUP * sizeof *odd);
    }
}

/* Stores the 16 sums of a tile whose first pixel is pixel `at` of the run of a chunk, whose rows are `pitch`
 * apart and begin at row `first` of the output. */
static void store_tile(const feat_frame *f, const feat_step *step, size_t first, size_t pitch, size_t at,
                       size_t b, const float *sums)
{
    const feat_model *m = f->model;
    const float *bias = m->packed + step->bias_offset + b * FEAT_BLOCK;
    size_t w = feat_shape_of(m, step->op->dst)->w, row = first + at / pitch, column = at % pitch;
    for (size_t done = 0, n; done < TILE; done += n, row++, column = 0) {
        n = feat_min_size(TILE - done, pitch - column);
        if (column < w)
            feat_split_store_run(f, &m->dst[step->first_block + b], row, column, sums + done * FEAT_BLOCK, bias,
                      b < step->n_relu, feat_min_size(n, w - column));
    }
}

/* Output rows [first, first + n) of blocks [b0, b1). */
static void split_chunk(const feat_frame *f, const feat_step *step, size_t first, size_t n, size_t b0,
                        size_t b1, float *scratch)
{
    const feat_model *m = f->model;
    const feat_op *op = step->op;
    const feat_place *in = op->stride == 2 ? &step->phases : &m->layout[op->src];
    size_t run = (n - 1) * in->pitch + feat_shape_of(m, op->dst)->w, n_tiles = (run + TILE - 1) / TILE;
    feat_split_args args = {.n_steps = step->n_inputs,
                            .steps = m->inputs + step->first_input,
                            .x_lo = in->pixels * GROUP,
                            .w_block_stride = 2 * step->w_block_stride};
    const uint16_t *w = (const uint16_t *)(m->packed + step->w_offset);
    /* the first tap of the first pixel: with a border wider than this convolution's, not the first pixel
     * there is */
    const uint16_t *x0 = (const uint16_t *)(f->arena + in->offset) +
                         ((first + in->ph - op->ph) * in->pitch + in->pw - op->pw) * GROUP;
    m->kernels->split.begin();
    for (size_t b = b0; b < b1; b += PAIR) {
        size_t blocks = feat_min_size(PAIR, b1 - b);
        args.w = w + b * args.w_block_stride;
        for (size_t i = 0; i < n_tiles; i += PAIR) {
            size_t tiles = feat_min_size(PAIR, n_tiles - i), at[PAIR] = {0, 0};
            const uint16_t *x[PAIR] = {NULL, NULL};
            for (size_t t = 0; t < tiles; t++) {
                at[t] = feat_min_size((i + t) * TILE, run - TILE);
                x[t] = x0 + at[t] * GROUP;
            }
            m->kernels->split.conv(&args, scratch, x, tiles, blocks);
            for (size_t t = 0; t < tiles; t++)
                for (size_t j = 0; j < blocks; j++)
                    store_tile(f, step, first, in->pitch, at[t], b + j,
                               scratch + (2 * t + j) * FEAT_SPLIT_C_TILE);
        }
        for (size_t j = 0; j < blocks; j++)
            if (m->layout[m->dst[step->first_block + b + j].tensor].split)
                feat_split_border(f, &m->dst[step->first_block + b + j], first, n);
    }
    m->kernels->split.end();
}

/* The first convolution: floats in, by the exact kernel. */
static void first_chunk(const feat_frame *f, const feat_step *step, size_t first, size_t n, size_t b0,
                        size_t b1, float *scratch)
{
    const feat_model *m = f->model;
    const feat_op *op = step->op;
    const feat_shape *out = feat_shape_of(m, op->dst);
    size_t row_floats = (size_t)feat_shape_of(m, op->src)->w * op->ic;
    feat_conv_args args = {.form = FEAT_CONV_RGB_S2,
                           .kh = op->kh,
                           .kw = op->kw,
                           .n_cb = 1,
                           .x_row_stride = row_floats,
                           .w_block_stride = step->w_block_stride,
                           .relu = 1};
    for (size_t b = b0; b < b1; b += PAIR) {
        size_t blocks = feat_min_size(PAIR, b1 - b);
        const feat_block_dst *d = &m->dst[step->first_block + b];
        args.w = m->packed + step->w_offset + b * step->w_block_stride;
        args.bias = m->packed + step->bias_offset + b * FEAT_BLOCK;
        for (size_t r = first; r < first + n; r++) {
            float *y[PAIR] = {NULL, NULL};
            for (size_t j = 0; j < blocks; j++)
                y[j] = feat_exec_row(f, d[j].tensor, d[j].block, r, scratch + j * out->w * FEAT_BLOCK);
            args.x = feat_frame_tensor(f, op->src) + r * op->stride * row_floats;
            m->kernels->conv_row(&args, y, out->w, blocks);
            for (size_t j = 0; j < blocks; j++)
                feat_exec_row_done(f, d[j].tensor, d[j].block, r, y[j]);
        }
    }
}

typedef void (*chunk_function)(const feat_frame *f, const feat_step *step, size_t first, size_t n, size_t b0, size_t b1,
                               float *scratch);

static void conv_task(const split_ctx *ctx, size_t tile, size_t worker, chunk_function chunk)
{
    const feat_step *step = ctx->step;
    size_t split = tile % ctx->n_splits, first = tile / ctx->n_splits * step->chunk, b0, b1;
    size_t n = feat_min_size(step->chunk, feat_shape_of(ctx->frame->model, step->op->dst)->h - first);
    feat_split_blocks(step, split, ctx->n_splits, &b0, &b1);
    chunk(ctx->frame, step, first, n, b0, b1, ctx->frame->work[worker]);
}

static void split_task(void *arg, size_t tile, size_t worker)
{
    conv_task(arg, tile, worker, split_chunk);
}

static void first_task(void *arg, size_t tile, size_t worker)
{
    conv_task(arg, tile, worker, first_chunk);
}

static void run_split(const feat_frame *f, const feat_step *step)
{
    split_ctx ctx = {f, step, feat_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    if (step->phases.floats > 0)
        feat_parallel_for(f->pool, step->phases.floats / (step->phases.pixels * (GROUP / 2)), phases_task,
                          &ctx);
    feat_parallel_for(f->pool, step->n_chunks * ctx.n_splits, split_task, &ctx);
}

static void run_first(const feat_frame *f, const feat_step *step)
{
    split_ctx ctx = {f, step, feat_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    feat_parallel_for(f->pool, step->n_chunks * ctx.n_splits, first_task, &ctx);
}

/* --- before an image ---------------------------------------------------------------------------- */

/* Where the 32 inputs of each product of tiles lie, in the order of feat_pack_split; returns how many there are. */
static size_t list_inputs(size_t *steps, const feat_op *op, const feat_place *in)
{
    size_t ic = feat_round_up(op->ic);
    int pairs = feat_split_pairs(ic, op->kw, op->stride);
    size_t n = 0, whole = pairs ? ic / GROUP : (ic + GROUP - 1u) / GROUP;
    size_t group_stride = 2 * in->pixels * GROUP;
    for (size_t group = 0; group < whole; group++)
        for (size_t y = 0; y < op->kh; y++)
            for (size_t x = 0; x < op->kw; x++) {
                size_t pixel = y * in->pitch + x;
                if (op->stride == 2)
                    pixel = (y % 2 * 2 + x % 2) * (in->pixels / 4) + y / 2 * in->pitch + x / 2;
                steps[n++] = group * group_stride + pixel * GROUP;
            }
    for (size_t y = 0; y < op->kh && pairs; y++)
        for (size_t x = 0; x < op->kw; x += 2)
            steps[n++] = whole * group_stride + (y * in->pitch + feat_min_size(x, op->kw - 2u)) * GROUP;
    return n;
}

/* Rows whose input is within a chunk, never so few that their pixels do not fill a tile. Scratch: four tiles of
 * results; for the image, before, a row of it that is cut (feat_exec_image). Stride 2: room for the copy in phases. */
static void cut_split(feat_model *m, feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = feat_shape_of(m, op->dst);
    size_t channels = (op->ic + GROUP - 1u) / GROUP * GROUP;
    step->chunk = feat_chunk_rows(op, channels * m->layout[op->src].pitch);
    if (step->chunk > out->h || out->w < TILE)
        step->chunk = out->h;
    step->n_chunks = (out->h + step->chunk - 1) / step->chunk;
    step->scratch_floats = 4 * FEAT_SPLIT_C_TILE;
    if (op->src == 0)
        step->scratch_floats =
            feat_max_size(step->scratch_floats, (size_t)feat_shape_of(m, op->src)->w * FEAT_BLOCK);
    if (op->stride == 2) {
        const feat_shape *in = feat_shape_of(m, op->src);
        step->phases.split = 1;
        step->phases.pitch = (in->w + 1u) / 2;
        step->phases.pixels = 4 * ((in->h + 1u) / 2) * step->phases.pitch;
        step->phases.floats = channels * step->phases.pixels;
    }
    step->first_input = m->n_inputs;
    step->n_inputs = list_inputs(m->inputs + m->n_inputs, op, op->stride == 2 ? &step->phases : &m->layout[op->src]);
    m->n_inputs += step->n_inputs;
}

static size_t split_block_floats(const feat_op *op)
{
    /* two bfloat16 in a float */
    return feat_split_steps(feat_round_up(op->ic), op->kh, op->kw, op->stride) * (FEAT_SPLIT_W_TILE / 2);
}

static void pack_split(float *packed, const float *w, const double *scale, size_t oc, const feat_op *op,
                       const feat_kernels *kernels)
{
    feat_pack_split((uint16_t *)packed, w, scale, oc, feat_round_up(op->ic), op->kh, op->kw, op->stride, kernels);
}

/* Scratch: a row of results of a pair of blocks before it is cut. */
static void cut_first(feat_model *m, feat_step *step)
{
    feat_conv_direct.cut(m, step);
    step->run_rows = NULL;
    step->scratch_floats = (size_t)PAIR * FEAT_BLOCK * feat_shape_of(m, step->op->dst)->w;
}

const feat_conv_way feat_conv_split = {split_block_floats, cut_split, pack_split, run_split};
const feat_conv_way feat_conv_split_first = {feat_direct_block_floats, cut_first, feat_direct_pack, run_first};
