/* Steps that read or write split tensors (engine/kernels/split.h). Tiles are loaded straight from the
 * bordered input: with stride 1 the rows of a chunk are one run of pixels, borders included, so that a tile
 * is full whatever the width, and what is computed for a border is not stored; with stride 2 each row is cut
 * evenly. The last tile of a run reaches back over the one before it instead of beyond the end: the same sums
 * twice. */
#include <string.h>

#include "engine/net/exec.h"

enum { GROUP = IV3_SPLIT_GROUP, TILE = IV3_SPLIT_TILE, PAIR = 2 };

typedef struct split_ctx {
    const iv3_frame *frame;
    const iv3_step *step;
    size_t n_splits;
} split_ctx;

/* Piece 0 (hi) or 1 (lo) of pixel (row, column) of the picture, from the first channel of a block of 16. */
static uint16_t *split_at(const iv3_frame *f, size_t tensor, size_t block, size_t piece, size_t row,
                          size_t column)
{
    const iv3_place *l = &f->model->layout[tensor];
    size_t pixel = (row + l->ph) * l->pitch + l->pw + column;
    return (uint16_t *)iv3_frame_tensor(f, tensor) + ((block / 2 * 2 + piece) * l->pixels + pixel) * GROUP +
           block % 2 * IV3_BLOCK;
}

static void zero_pixels(uint16_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memset(to + i * GROUP, 0, IV3_BLOCK * sizeof *to);
}

/* 1 if the other half of the block's group of 32 belongs to no block; weights for it are zero, but NaN times zero is
 * not. */
static int is_alone(size_t tensor, size_t block)
{
    return block % 2 == 0 && block + 1 == iv3_inception_shapes[tensor].c / IV3_BLOCK;
}

/* Zeroes a block's border around rows [first, first + n). The halves of a group belong to different blocks,
 * which different threads may compute: each clears its own. A last block without a partner clears the missing
 * half whole. */
static void zero_border(const iv3_frame *f, const iv3_block_dst *d, size_t first, size_t n)
{
    const iv3_place *l = &f->model->layout[d->tensor];
    const iv3_shape *s = &iv3_inception_shapes[d->tensor];
    for (size_t piece = 0; piece < 2; piece++) {
        uint16_t *row = split_at(f, d->tensor, d->block, piece, first, 0) - l->pw * GROUP;
        uint16_t *end = row + n * l->pitch * GROUP;
        size_t above = first == 0 ? l->ph * l->pitch : 0,
               below = first + n == s->h ? l->ph * l->pitch + l->pw : 0;
        zero_pixels(row - above * GROUP, above);
        zero_pixels(end, below);
        if (is_alone(d->tensor, d->block))
            zero_pixels(row - above * GROUP + IV3_BLOCK, above + n * l->pitch + below);
        for (; row < end; row += l->pitch * GROUP)
            zero_pixels(row, l->pw);
    }
}

/* Pixels [column, column + n) of a row of block d: c [n][16] with bias and ReLU. */
static void store_run(const iv3_frame *f, const iv3_block_dst *d, size_t row, size_t column, const float *c,
                      const float *bias, int relu, size_t n)
{
    if (f->model->layout[d->tensor].split) {
        f->model->kernels->split.store(split_at(f, d->tensor, d->block, 0, row, column),
                                       split_at(f, d->tensor, d->block, 1, row, column), c, bias, relu, n);
        return;
    }
    const iv3_shape *s = &iv3_inception_shapes[d->tensor];
    float *y =
        iv3_frame_tensor(f, d->tensor) + d->block * iv3_plane_floats(s) + (row * s->w + column) * IV3_BLOCK;
    f->model->kernels->split.store_whole(y, c, bias, relu, n);
}

/* --- convolutions -------------------------------------------------------------------------------- */

/* How the rows of a chunk are cut into tiles. */
typedef struct cut {
    size_t first, n, w; /* output rows, and their width */
    size_t pitch;       /* pixels of a run from row to row; 0: every row is a run of its own */
    size_t n_px, n_tiles;
} cut;

static cut cut_rows(const iv3_model *m, const iv3_step *step, size_t first, size_t n)
{
    const iv3_op *op = step->op;
    cut c = {.first = first, .n = n, .w = iv3_inception_shapes[op->dst].w};
    if (op->stride == 1) {
        c.pitch = m->layout[op->src].pitch;
        size_t run = (n - 1) * c.pitch + c.w;
        c.n_px = iv3_min_size(run, TILE);
        c.n_tiles = (run + TILE - 1) / TILE;
    } else {
        size_t per_row = (c.w + TILE - 1) / TILE;
        c.n_px = (c.w + per_row - 1) / per_row;
        c.n_tiles = n * per_row;
    }
    return c;
}

/* First pixel of tile i: its row in the chunk and its column, both of the output; a run's column may lie in
 * the border after the row. */
static void tile_start(const cut *c, size_t i, size_t *row, size_t *column)
{
    if (c->pitch > 0) {
        size_t at = iv3_min_size(i * TILE, (c->n - 1) * c->pitch + c->w - c->n_px);
        *row = at / c->pitch;
        *column = at % c->pitch;
    } else {
        size_t per_row = c->n_tiles / c->n;
        *row = i / per_row;
        *column = iv3_min_size(i % per_row * c->n_px, c->w - c->n_px);
    }
}

static void store_tile(const iv3_frame *f, const iv3_step *step, const cut *c, size_t tile, size_t b,
                       const float *sums)
{
    const iv3_model *m = f->model;
    const float *bias = m->packed + step->bias_offset + b * IV3_BLOCK;
    size_t row, column;
    tile_start(c, tile, &row, &column);
    for (size_t done = 0; done < c->n_px;) {
        size_t n = iv3_min_size(c->n_px - done, column < c->w ? c->w - column : c->pitch - column);
        if (column < c->w)
            store_run(f, &m->dst[step->first_block + b], c->first + row, column, sums + done * IV3_BLOCK,
                      bias, b < step->n_relu, n);
        done += n;
        column += n;
        if (column == c->pitch) {
            column = 0;
            row++;
        }
    }
}

/* Output rows [first, first + n) of blocks [b0, b1). */
static void split_chunk(const iv3_frame *f, const iv3_step *step, size_t first, size_t n, size_t b0,
                        size_t b1, float *scratch)
{
    const iv3_model *m = f->model;
    const iv3_op *op = step->op;
    const iv3_place *in = &m->layout[op->src];
    cut c = cut_rows(m, step, first, n);
    iv3_split_args args = {.kh = op->kh,
                           .kw = op->kw,
                           .n_groups = (op->ic + GROUP - 1u) / GROUP,
                           .n_px = c.n_px,
                           .x_lo = in->pixels * GROUP,
                           .x_group_stride = 2 * in->pixels * GROUP,
                           .x_row_stride = in->pitch * GROUP,
                           .x_pixel_stride = (size_t)op->stride * GROUP,
                           .w_block_stride = 2 * step->w_block_stride};
    const uint16_t *w = (const uint16_t *)(m->packed + step->w_offset);
    m->kernels->split.begin(c.n_px);
    for (size_t b = b0; b < b1; b += PAIR) {
        size_t blocks = iv3_min_size(PAIR, b1 - b);
        args.w = w + b * args.w_block_stride;
        for (size_t i = 0; i < c.n_tiles; i += PAIR) {
            size_t tiles = iv3_min_size(PAIR, c.n_tiles - i);
            const uint16_t *x[PAIR] = {NULL, NULL};
            for (size_t t = 0; t < tiles; t++) {
                size_t row, column;
                tile_start(&c, i + t, &row, &column);
                x[t] = split_at(f, op->src, 0, 0, (first + row) * op->stride, column * op->stride) -
                       (op->ph * in->pitch + op->pw) * GROUP;
            }
            m->kernels->split.conv(&args, scratch, x, tiles, blocks);
            for (size_t t = 0; t < tiles; t++)
                for (size_t j = 0; j < blocks; j++)
                    store_tile(f, step, &c, i + t, b + j, scratch + (2 * t + j) * IV3_SPLIT_C_TILE);
        }
        for (size_t j = 0; j < blocks; j++)
            if (m->layout[m->dst[step->first_block + b + j].tensor].split)
                zero_border(f, &m->dst[step->first_block + b + j], first, n);
    }
    m->kernels->split.end();
}

/* The first convolution: floats in, by the exact kernel. */
static void first_chunk(const iv3_frame *f, const iv3_step *step, size_t first, size_t n, size_t b0,
                        size_t b1, float *scratch)
{
    const iv3_model *m = f->model;
    const iv3_op *op = step->op;
    const iv3_shape *out = &iv3_inception_shapes[op->dst];
    size_t row_floats = (size_t)iv3_inception_shapes[op->src].w * 3;
    iv3_conv_args args = {.form = IV3_CONV_RGB_S2,
                          .kh = op->kh,
                          .kw = op->kw,
                          .n_cb = 1,
                          .x_row_stride = row_floats,
                          .w_block_stride = step->w_block_stride,
                          .relu = 1};
    for (size_t b = b0; b < b1; b += PAIR) {
        size_t blocks = iv3_min_size(PAIR, b1 - b);
        const iv3_block_dst *d = &m->dst[step->first_block + b];
        args.w = m->packed + step->w_offset + b * step->w_block_stride;
        args.bias = m->packed + step->bias_offset + b * IV3_BLOCK;
        for (size_t r = first; r < first + n; r++) {
            float *y[PAIR] = {NULL, NULL};
            for (size_t j = 0; j < blocks; j++)
                y[j] = iv3_exec_row(f, d[j].tensor, d[j].block, r, scratch + j * out->w * IV3_BLOCK);
            args.x = iv3_frame_tensor(f, op->src) + r * op->stride * row_floats;
            m->kernels->conv_row(&args, y, out->w, blocks);
            for (size_t j = 0; j < blocks; j++)
                iv3_exec_row_done(f, d[j].tensor, d[j].block, r, y[j]);
        }
    }
}

static void conv_task(void *arg, size_t tile, size_t worker)
{
    const split_ctx *ctx = arg;
    const iv3_step *step = ctx->step;
    size_t chunk = tile / ctx->n_splits, split = tile % ctx->n_splits;
    size_t b0, b1, first = chunk * step->chunk;
    size_t n = iv3_min_size(step->chunk, iv3_inception_shapes[step->op->dst].h - first);
    iv3_split_blocks(step, split, ctx->n_splits, &b0, &b1);
    (step->split ? split_chunk : first_chunk)(ctx->frame, step, first, n, b0, b1, ctx->frame->work[worker]);
}

void iv3_exec_split(const iv3_frame *f, const iv3_step *step)
{
    split_ctx ctx = {f, step, iv3_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    iv3_parallel_for(f->pool, step->n_chunks * ctx.n_splits, conv_task, &ctx);
}

/* --- for steps that work on floats --------------------------------------------------------------- */

const float *iv3_exec_rows(const iv3_frame *f, size_t tensor, size_t block, size_t first, size_t n,
                           float *scratch)
{
    const iv3_shape *s = &iv3_inception_shapes[tensor];
    size_t row = (size_t)s->w * IV3_BLOCK;
    if (!f->model->layout[tensor].split)
        return iv3_frame_tensor(f, tensor) + block * iv3_plane_floats(s) + first * row;
    for (size_t r = 0; r < n; r++)
        f->model->kernels->split.join(scratch + r * row, split_at(f, tensor, block, 0, first + r, 0),
                                      split_at(f, tensor, block, 1, first + r, 0), s->w);
    return scratch;
}

float *iv3_exec_row(const iv3_frame *f, size_t tensor, size_t block, size_t row, float *scratch)
{
    const iv3_shape *s = &iv3_inception_shapes[tensor];
    if (f->model->layout[tensor].split)
        return scratch;
    return iv3_frame_tensor(f, tensor) + block * iv3_plane_floats(s) + row * s->w * IV3_BLOCK;
}

void iv3_exec_row_done(const iv3_frame *f, size_t tensor, size_t block, size_t row, const float *scratch)
{
    const iv3_block_dst d = {(uint16_t)tensor, (uint16_t)block};
    if (!f->model->layout[tensor].split)
        return;
    f->model->kernels->split.store(split_at(f, tensor, block, 0, row, 0), split_at(f, tensor, block, 1, row, 0),
                                   scratch, NULL, 0, iv3_inception_shapes[tensor].w);
    zero_border(f, &d, row, 1);
}
