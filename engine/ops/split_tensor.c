/* Tensors that are split, in the arena: where their pixels are, storing rows of them, and their borders. */
#include "engine/ops/split_tensor.h"

#include <string.h>

enum { GROUP = FEAT_SPLIT_GROUP };

uint16_t *feat_split_at(const feat_frame *f, size_t tensor, size_t block, size_t piece, size_t row, size_t column)
{
    const feat_place *l = &f->model->layout[tensor];
    size_t pixel = (row + l->ph) * l->pitch + l->pw + column;
    return (uint16_t *)feat_frame_tensor(f, tensor) + ((block / 2 * 2 + piece) * l->pixels + pixel) * GROUP +
           block % 2 * FEAT_BLOCK;
}

/* 1 if the other half of the block's group of 32 belongs to no block: then the block is there too, one pixel
 * back. A reader that has no use for it (feat_split_pairs) has zeros for weights. */
static int is_alone(const feat_frame *f, size_t tensor, size_t block)
{
    return block % 2 == 0 && block + 1 == feat_blocks_of(feat_shape_of(f->model, tensor)->c);
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

void feat_split_border(const feat_frame *f, const feat_block_dst *d, size_t first, size_t n)
{
    const feat_place *l = &f->model->layout[d->tensor];
    const feat_shape *s = feat_shape_of(f->model, d->tensor);
    int alone = is_alone(f, d->tensor, d->block);
    for (size_t piece = 0; piece < 2; piece++) {
        uint16_t *row = feat_split_at(f, d->tensor, d->block, piece, first, 0) - l->pw * GROUP;
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
    uint16_t *hi = feat_split_at(f, d->tensor, d->block, 0, row, column), *lo = hi + l->pixels * GROUP;
    store(hi, lo, c, bias, relu, n);
    if (!is_alone(f, d->tensor, d->block))
        return;
    if (l->ph == 0 && l->pw == 0 && row == 0 && column == 0) { /* no pixel lies before the first */
        hi += GROUP;
        lo += GROUP;
        c += FEAT_BLOCK;
        n--;
    }
    store(hi - FEAT_BLOCK, lo - FEAT_BLOCK, c, bias, relu, n);
}

void feat_split_store_run(const feat_frame *f, const feat_block_dst *d, size_t row, size_t column, const float *c,
                          const float *bias, int relu, size_t n)
{
    if (f->model->layout[d->tensor].split) {
        store_split(f, d, row, column, c, bias, relu, n);
        return;
    }
    const feat_shape *s = feat_shape_of(f->model, d->tensor);
    float *y =
        feat_frame_tensor(f, d->tensor) + d->block * feat_plane_floats(s) + (row * s->w + column) * FEAT_BLOCK;
    f->model->kernels->split.store_whole(y, c, bias, relu, n);
}

/* --- for steps that work on floats --------------------------------------------------------------- */

const float *feat_exec_rows(const feat_frame *f, size_t tensor, size_t block, size_t first, size_t n,
                            float *scratch)
{
    const feat_shape *s = feat_shape_of(f->model, tensor);
    size_t row = (size_t)s->w * FEAT_BLOCK;
    if (!f->model->layout[tensor].split)
        return feat_frame_row(f, tensor, block, first);
    for (size_t r = 0; r < n; r++)
        f->model->kernels->split.join(scratch + r * row, feat_split_at(f, tensor, block, 0, first + r, 0),
                                      feat_split_at(f, tensor, block, 1, first + r, 0), s->w);
    return scratch;
}

float *feat_exec_row(const feat_frame *f, size_t tensor, size_t block, size_t row, float *scratch)
{
    return f->model->layout[tensor].split ? scratch : feat_frame_row(f, tensor, block, row);
}

void feat_exec_row_done(const feat_frame *f, size_t tensor, size_t block, size_t row, const float *scratch)
{
    const feat_block_dst d = {(uint16_t)tensor, (uint16_t)block};
    if (!f->model->layout[tensor].split)
        return;
    store_split(f, &d, row, 0, scratch, NULL, 0, feat_shape_of(f->model, tensor)->w);
    feat_split_border(f, &d, row, 1);
}
