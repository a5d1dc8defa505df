/* Steps that read or write split tensors (engine/kernels/split.h). Tiles are loaded straight from the bordered input:
 * the rows of a chunk are one run of pixels, borders included, so that a tile is full whatever the width, and what is
 * computed for a border is not stored. With stride 2 the input is copied first, such that this is so for each quarter
 * of it. When the length of a run is not a multiple of the tile, the last tile begins earlier, so that it ends with the
 * last pixel. The pixels it shares with the tile before it are computed twice, with equal results. */
#include "engine/ops/conv_split.h"

#include <string.h>

#include "engine/ops/fold.h"

enum { GROUP = FEAT_SPLIT_GROUP, TILE = FEAT_SPLIT_TILE, PAIR = 2 };

typedef struct split_ctx {
    const feat_frame *frame;
    const feat_step *step;
    size_t n_splits;
} split_ctx;

/* Piece 0 (hi) or 1 (lo) of pixel (row, column) of the picture, from the first channel of a block of 16. */
static uint16_t *split_at(const feat_frame *f, size_t tensor, size_t block, size_t piece, size_t row,
                          size_t column)
{
    const feat_place *l = &f->model->layout[tensor];
    size_t pixel = (row + l->ph) * l->pitch + l->pw + column;
    return (uint16_t *)feat_frame_tensor(f, tensor) + ((block / 2 * 2 + piece) * l->pixels + pixel) * GROUP +
           block % 2 * FEAT_BLOCK;
}

/* 1 if the other half of the block's group of 32 belongs to no block: then the block is there too, one pixel
 * back. A reader that has no use for it (feat_split_pairs) has zeros for weights. */
static int is_alone(size_t tensor, size_t block)
{
    return block % 2 == 0 && block + 1 == feat_inception_shapes[tensor].c / FEAT_BLOCK;
}

/* Zeroes n pixels at `to` in the plane that begins at `plane`. */
static void zero_pixels(const uint16_t *plane, uint16_t *to, size_t n, int alone)
{
    for (size_t i = 0; i < n; i++, to += GROUP) {
        memset(to, 0, FEAT_BLOCK * sizeof *to);
        if (alone && to != plane)
            memset(to - FEAT_BLOCK, 0, FEAT_BLOCK * sizeof *to);
    }
}

/* Zeroes a block's border around rows [first, first + n). The halves of a group belong to different blocks,
 * which different threads may compute: each clears its own. */
static void zero_border(const feat_frame *f, const feat_block_dst *d, size_t first, size_t n)
{
    const feat_place *l = &f->model->layout[d->tensor];
    const feat_shape *s = &feat_inception_shapes[d->tensor];
    int alone = is_alone(d->tensor, d->block);
    for (size_t piece = 0; piece < 2; piece++) {
        uint16_t *row = split_at(f, d->tensor, d->block, piece, first, 0) - l->pw * GROUP;
        uint16_t *plane = row - (l->ph + first) * l->pitch * GROUP, *end = row + n * l->pitch * GROUP;
        size_t above = first == 0 ? l->ph * l->pitch : 0,
               below = first + n == s->h ? l->ph * l->pitch + l->pw : 0;
        zero_pixels(plane, row - above * GROUP, above, alone);
        zero_pixels(plane, end, below, alone);
        if (alone && first + n == s->h) /* no pixel follows the last */
            memset(plane + (l->pixels - 1) * GROUP + FEAT_BLOCK, 0, FEAT_BLOCK * sizeof *plane);
        for (; row < end; row += l->pitch * GROUP)
            zero_pixels(plane, row, l->pw, alone);
    }
}

/* Pixels [column, column + n) of a row of block d, which is split: c [n][16], with bias if it is not NULL,
 * and ReLU. */
static void store_split(const feat_frame *f, const feat_block_dst *d, size_t row, size_t column, const float *c,
                        const float *bias, int relu, size_t n)
{
    const feat_place *l = &f->model->layout[d->tensor];
    feat_split_store_fn store = f->model->kernels->split.store;
    uint16_t *hi = split_at(f, d->tensor, d->block, 0, row, column), *lo = hi + l->pixels * GROUP;
    store(hi, lo, c, bias, relu, n);
    if (!is_alone(d->tensor, d->block))
        return;
    if (l->ph == 0 && l->pw == 0 && row == 0 && column == 0) { /* no pixel lies before the first */
        hi += GROUP;
        lo += GROUP;
        c += FEAT_BLOCK;
        n--;
    }
    store(hi - FEAT_BLOCK, lo - FEAT_BLOCK, c, bias, relu, n);
}

/* The same of any tensor. */
static void store_run(const feat_frame *f, const feat_block_dst *d, size_t row, size_t column, const float *c,
                      const float *bias, int relu, size_t n)
{
    if (f->model->layout[d->tensor].split) {
        store_split(f, d, row, column, c, bias, relu, n);
        return;
    }
    const feat_shape *s = &feat_inception_shapes[d->tensor];
    float *y =
        feat_frame_tensor(f, d->tensor) + d->block * feat_plane_floats(s) + (row * s->w + column) * FEAT_BLOCK;
    f->model->kernels->split.store_whole(y, c, bias, relu, n);
}

/* --- convolutions -------------------------------------------------------------------------------- */

/* Copies piece `task % 2` of group `task / 2` in phases, with zeros where the picture has no pixel for one. */
static void phases_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const split_ctx *ctx = arg;
    const feat_frame *f = ctx->frame;
    size_t src = ctx->step->op->src;
    const feat_place *to = &ctx->step->phases;
    const feat_shape *s = &feat_inception_shapes[src];
    uint16_t *y = (uint16_t *)(f->arena + to->offset) + task * to->pixels * GROUP;
    for (size_t row = 0; row < ((size_t)s->h + 1) / 2 * 2; row++) {
        uint16_t *even = y + (row % 2 * to->pixels / 2 + row / 2 * to->pitch) * GROUP;
        uint16_t *odd = even + to->pixels / 4 * GROUP;
        if (row == s->h) {
            memset(even, 0, to->pitch * GROUP * sizeof *even);
            memset(odd, 0, to->pitch * GROUP * sizeof *odd);
            continue;
        }
        const uint16_t *x = split_at(f, src, task / 2 * 2, task % 2, row, 0);
        for (size_t c = 0; c < s->w; c++, x += GROUP)
            memcpy((c % 2 == 0 ? even : odd) + c / 2 * GROUP, x, GROUP * sizeof *x);
        if (s->w % 2 != 0)
            memset(odd + s->w / 2 * GROUP, 0, GROUP * sizeof *odd);
    }
}

/* Where the inputs of each step lie, as feat_pack_split counts them; returns how many there are. */
static size_t list_steps(size_t steps[FEAT_MAX_SPLIT_STEPS], const feat_op *op, const feat_place *in)
{
    int pairs = feat_split_pairs(op->ic, op->kw, op->stride);
    size_t n = 0, whole = pairs ? op->ic / GROUP : (op->ic + GROUP - 1u) / GROUP;
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

/* Stores the 16 sums of a tile whose first pixel is pixel `at` of the run of a chunk, whose rows are `pitch`
 * apart and begin at row `first` of the output. */
static void store_tile(const feat_frame *f, const feat_step *step, size_t first, size_t pitch, size_t at,
                       size_t b, const float *sums)
{
    const feat_model *m = f->model;
    const float *bias = m->packed + step->bias_offset + b * FEAT_BLOCK;
    size_t w = feat_inception_shapes[step->op->dst].w, row = first + at / pitch, column = at % pitch;
    for (size_t done = 0, n; done < TILE; done += n, row++, column = 0) {
        n = feat_min_size(TILE - done, pitch - column);
        if (column < w)
            store_run(f, &m->dst[step->first_block + b], row, column, sums + done * FEAT_BLOCK, bias,
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
    size_t steps[FEAT_MAX_SPLIT_STEPS], run = (n - 1) * in->pitch + feat_inception_shapes[op->dst].w,
                                       n_tiles = (run + TILE - 1) / TILE;
    feat_split_args args = {.n_steps = list_steps(steps, op, in),
                            .steps = steps,
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
                zero_border(f, &m->dst[step->first_block + b + j], first, n);
    }
    m->kernels->split.end();
}

/* The first convolution: floats in, by the exact kernel. */
static void first_chunk(const feat_frame *f, const feat_step *step, size_t first, size_t n, size_t b0,
                        size_t b1, float *scratch)
{
    const feat_model *m = f->model;
    const feat_op *op = step->op;
    const feat_shape *out = &feat_inception_shapes[op->dst];
    size_t row_floats = (size_t)feat_inception_shapes[op->src].w * 3;
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

static void conv_task(void *arg, size_t tile, size_t worker)
{
    const split_ctx *ctx = arg;
    const feat_step *step = ctx->step;
    size_t chunk = tile / ctx->n_splits, split = tile % ctx->n_splits;
    size_t b0, b1, first = chunk * step->chunk;
    size_t n = feat_min_size(step->chunk, feat_inception_shapes[step->op->dst].h - first);
    feat_split_blocks(step, split, ctx->n_splits, &b0, &b1);
    (step->split ? split_chunk : first_chunk)(ctx->frame, step, first, n, b0, b1, ctx->frame->work[worker]);
}

void feat_exec_split(const feat_frame *f, const feat_step *step)
{
    split_ctx ctx = {f, step, feat_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    if (step->phases.floats > 0)
        feat_parallel_for(f->pool, step->phases.floats / (step->phases.pixels * (GROUP / 2)), phases_task,
                          &ctx);
    feat_parallel_for(f->pool, step->n_chunks * ctx.n_splits, conv_task, &ctx);
}

/* --- for steps that work on floats --------------------------------------------------------------- */

const float *feat_exec_rows(const feat_frame *f, size_t tensor, size_t block, size_t first, size_t n,
                            float *scratch)
{
    const feat_shape *s = &feat_inception_shapes[tensor];
    size_t row = (size_t)s->w * FEAT_BLOCK;
    if (!f->model->layout[tensor].split)
        return feat_frame_tensor(f, tensor) + block * feat_plane_floats(s) + first * row;
    for (size_t r = 0; r < n; r++)
        f->model->kernels->split.join(scratch + r * row, split_at(f, tensor, block, 0, first + r, 0),
                                      split_at(f, tensor, block, 1, first + r, 0), s->w);
    return scratch;
}

float *feat_exec_row(const feat_frame *f, size_t tensor, size_t block, size_t row, float *scratch)
{
    const feat_shape *s = &feat_inception_shapes[tensor];
    if (f->model->layout[tensor].split)
        return scratch;
    return feat_frame_tensor(f, tensor) + block * feat_plane_floats(s) + row * s->w * FEAT_BLOCK;
}

void feat_exec_row_done(const feat_frame *f, size_t tensor, size_t block, size_t row, const float *scratch)
{
    const feat_block_dst d = {(uint16_t)tensor, (uint16_t)block};
    if (!f->model->layout[tensor].split)
        return;
    store_split(f, &d, row, 0, scratch, NULL, 0, feat_inception_shapes[tensor].w);
    zero_border(f, &d, row, 1);
}
