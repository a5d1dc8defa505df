/* Convolution by minimal filtering: transform the tiles of a chunk, multiply product by product with the 1x1
 * convolution kernel (tiles for pixels), transform back. Only the schedule is here; the arithmetic is in the
 * kernels. */
#include "engine/conv/conv_wino.h"

#include "engine/ops/fold.h"

enum {
    WINO_FLOATS = 96 * 1024, /* transformed tiles and products of one chunk: 384 KiB */
    WINO_MULTIPLE = 14,      /* tiles per chunk, preferred multiple: the tallest register tile */
    MANY_WEIGHTS = 4 << 20,  /* floats that no cache keeps from chunk to chunk: chunks are twice as large */
    PARTS_PER_THREAD = 4,    /* chunks x splits, so that threads end at about the same time */
    PIECE = 4,               /* planes whose products are one chain, of convolutions without norm: 64 products */
    FEW_TILES = 16           /* of a small picture, whose many weights are to be read once: one chunk */
};

typedef struct wino_ctx {
    const feat_frame *frame;
    const feat_step *step;
    size_t n_splits;
} wino_ctx;

/* The geometry of a step, worked out once per chunk. */
typedef struct wino_layout {
    const feat_wino *f;
    const feat_op *op;
    const feat_shape *in;
    size_t planes, n_products;
    size_t step_h, step_w; /* outputs per tile */
    size_t span_h, span_w; /* inputs per tile */
    size_t first, n;       /* tiles of this chunk */
    float *v, *mm, *part;
    size_t v_stride, mm_stride; /* product to product */
} wino_layout;

/* Of tiles [first, first + n). */
static void lay_out(wino_layout *l, const feat_model *model, const feat_step *step, size_t first, size_t n,
                    float *scratch)
{
    l->op = step->op;
    l->f = &feat_winos[l->op->form];
    l->in = feat_shape_of(model, l->op->src);
    l->planes = feat_blocks_of(l->in->c);
    size_t a = (size_t)l->f->a, m = (size_t)l->f->m;
    l->n_products = l->f->dims == 2 ? a * a : a;
    l->step_h = l->op->kh > 1 ? m : 1;
    l->step_w = l->op->kw > 1 ? m : 1;
    l->span_h = l->op->kh > 1 ? a : 1;
    l->span_w = l->op->kw > 1 ? a : 1;
    l->first = first;
    l->n = n;
    l->v = scratch;
    l->v_stride = (l->planes * l->n + 1) * FEAT_BLOCK;
    l->mm = l->v + l->n_products * l->v_stride;
    l->mm_stride = (2 * l->n + 1) * FEAT_BLOCK;
    l->part = l->mm + l->n_products * l->mm_stride;
}

/* Of a dimension of a tile from `first` on, counted from the padded corner: the pixels [*from, *to) in the picture. */
static void clip(int *from, int *to, size_t first, size_t span, size_t padding, size_t size)
{
    *from = first < padding ? (int)(padding - first) : 0;
    *to = (int)feat_min_size(span, padding + size - first);
}

/* `w`: the first weights of the chunk, two blocks' lines [planes][16][16], which are asked for meanwhile. */
static void transform_data(const wino_layout *l, const feat_frame *frame, const feat_step *step, const float *w)
{
    const feat_kernels *k = frame->model->kernels;
    const feat_op *op = l->op;
    size_t row = (size_t)l->in->w * FEAT_BLOCK, lines = l->planes * FEAT_BLOCK;
    int along_row = op->kh == 1; /* one dimension along the row */
    for (size_t t = 0; t < l->n; t++) {
        size_t y0 = (l->first + t) / step->tiles_w * l->step_h,
               x0 = (l->first + t) % step->tiles_w * l->step_w;
        feat_wino_part in;
        clip(&in.i0, &in.i1, y0, l->span_h, op->ph, l->in->h);
        clip(&in.j0, &in.j1, x0, l->span_w, op->pw, l->in->w);
        int whole = (size_t)(in.i1 - in.i0) == l->span_h && (size_t)(in.j1 - in.j0) == l->span_w;
        const float *from = feat_frame_row(frame, op->src, 0, y0 + (size_t)in.i0 - op->ph) +
                            (x0 + (size_t)in.j0 - op->pw) * FEAT_BLOCK;
        if (along_row)
            in = (feat_wino_part){in.j0, in.j1, 0, 1};
        for (size_t i = lines * t / l->n; i < lines * (t + 1) / l->n; i++) {
            __builtin_prefetch(w + i * FEAT_BLOCK, 0, 2);
            __builtin_prefetch(w + step->w_block_stride + i * FEAT_BLOCK, 0, 2);
        }
        for (size_t cb = 0; cb < l->planes; cb++)
            k->wino_data(op->form, l->v + (cb * l->n + t) * FEAT_BLOCK, l->v_stride,
                         from + cb * feat_frame_plane(frame, op->src), along_row ? FEAT_BLOCK : row, FEAT_BLOCK,
                         whole ? NULL : &in);
    }
}

static void transform_output(const wino_layout *l, const feat_frame *frame, const feat_step *step, size_t b,
                             size_t pair)
{
    const feat_model *m = frame->model;
    const feat_block_dst *d = &m->dst[step->first_block + b];
    const feat_shape *out = feat_shape_of(m, d->tensor);
    size_t row = (size_t)out->w * FEAT_BLOCK;
    const float *bias = m->packed + step->bias_offset + b * FEAT_BLOCK;
    for (size_t t = 0; t < l->n; t++) {
        size_t y0 = (l->first + t) / step->tiles_w * l->step_h,
               x0 = (l->first + t) % step->tiles_w * l->step_w;
        int n_h = (int)feat_min_size(l->step_h, out->h - y0), n_w = (int)feat_min_size(l->step_w, out->w - x0);
        int along_row = l->op->kh == 1;
        float *y = feat_frame_row(frame, d->tensor, d->block, y0) + x0 * FEAT_BLOCK;
        m->kernels->wino_output(step->op->form, y, along_row ? FEAT_BLOCK : row, FEAT_BLOCK, along_row ? n_w : n_h,
                                n_w, l->mm + (pair * l->n + t) * FEAT_BLOCK, l->mm_stride, bias);
    }
}

/* One product of all tiles. In pieces of planes, whose sums are added in order, where a chain over all of them would
 * not be exact enough. */
static void multiply(const wino_layout *l, const feat_kernels *k, size_t piece, const feat_conv_args *whole,
                     float *const y[2], size_t blocks)
{
    if (piece == 0 || piece >= l->planes) {
        k->conv_row(whole, y, l->n, blocks);
        return;
    }
    float *part[2] = {l->part, l->part + l->n * FEAT_BLOCK};
    feat_conv_args args = *whole;
    for (size_t plane = 0; plane < l->planes; plane += piece) {
        args.n_cb = feat_min_size(piece, l->planes - plane);
        args.x = whole->x + plane * args.x_plane_stride;
        args.w = whole->w + plane * FEAT_BLOCK * FEAT_BLOCK;
        args.next = plane + piece < l->planes ? args.w + piece * FEAT_BLOCK * FEAT_BLOCK : whole->next;
        k->conv_row(&args, plane == 0 ? y : part, l->n, blocks);
        for (size_t i = 0; plane > 0 && i < blocks * l->n * FEAT_BLOCK; i++)
            y[0][i] += l->part[i]; /* the second block lies behind the first */
    }
}

/* Tiles [first, first + n), no more than a chunk, of output blocks [b0, b1). */
static void run_tiles(const feat_frame *frame, const feat_step *step, size_t first, size_t n, size_t b0, size_t b1,
                      float *scratch)
{
    static const float zero_bias[2 * FEAT_BLOCK];
    const feat_model *m = frame->model;
    wino_layout l;
    lay_out(&l, m, step, first, n, scratch);
    const float *w = m->packed + step->w_offset;
    size_t panel = l.planes * FEAT_BLOCK * FEAT_BLOCK;
    transform_data(&l, frame, step, w + b0 * step->w_block_stride);
    feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1,
                           .kh = 1,
                           .kw = 1,
                           .n_cb = l.planes,
                           .x_plane_stride = l.n * FEAT_BLOCK,
                           .w_block_stride = step->w_block_stride,
                           .bias = zero_bias};
    for (size_t b = b0; b < b1; b += 2) {
        size_t blocks = feat_min_size(2, b1 - b);
        for (size_t p = 0; p < l.n_products; p++) {
            float *y[2] = {l.mm + p * l.mm_stride, l.mm + p * l.mm_stride + l.n * FEAT_BLOCK};
            args.x = l.v + p * l.v_stride;
            args.w = w + b * step->w_block_stride + p * panel;
            args.next = NULL;
            if (p + 1 < l.n_products)
                args.next = args.w + panel;
            else if (b + 2 < b1)
                args.next = w + (b + 2) * step->w_block_stride;
            multiply(&l, m->kernels, step->piece, &args, y, blocks);
        }
        for (size_t i = 0; i < blocks; i++)
            transform_output(&l, frame, step, b + i, i);
    }
}

static void wino_task(void *arg, size_t tile, size_t worker)
{
    const wino_ctx *ctx = arg;
    const feat_step *step = ctx->step;
    size_t b0, b1, first = tile / ctx->n_splits * step->chunk;
    feat_split_blocks(step, tile % ctx->n_splits, ctx->n_splits, &b0, &b1);
    run_tiles(ctx->frame, step, first, feat_min_size(step->chunk, step->tiles_h * step->tiles_w - first), b0, b1,
              ctx->frame->work[worker]);
}

/* Rows of the output: their tiles in chunks of nearly the same size. */
static void run_rows(const feat_frame *frame, const feat_step *step, size_t first, size_t n, float *scratch)
{
    size_t tile = first / step->grain * step->tiles_w,
           total = (n + step->grain - 1) / step->grain * step->tiles_w,
           n_chunks = (total + step->chunk - 1) / step->chunk;
    for (size_t i = 0; i < n_chunks; i++) {
        size_t from = total * i / n_chunks, to = total * (i + 1) / n_chunks;
        run_tiles(frame, step, tile + from, to - from, 0, step->n_blocks, scratch);
    }
}

/* Into how many parts the output channels of a chunk are cut: each transforms the chunk's tiles anew, so into no more
 * than the threads at hand can share. Who computes a channel changes nothing of it. */
static size_t splits_of(const feat_frame *frame, const feat_step *step)
{
    size_t threads = feat_pool_threads(frame->pool);
    size_t enough = (threads * PARTS_PER_THREAD + step->n_chunks - 1) / step->n_chunks;
    return threads == 1 ? 1 : feat_min_size(step->n_splits, enough);
}

static void run(const feat_frame *frame, const feat_step *step)
{
    wino_ctx ctx = {frame, step, splits_of(frame, step)};
    feat_parallel_for(frame->pool, step->n_chunks * ctx.n_splits, wino_task, &ctx);
}

/* --- before an image ---------------------------------------------------------------------------- */

static size_t n_products(const feat_wino *f)
{
    return (size_t)(f->dims == 2 ? f->a * f->a : f->a);
}

/* Scratch of a worker: transformed tiles [product][plane][tile][16] and the products of two blocks
 * [product][block][tile][16]. A product's stride has 16 floats more than it needs, so that strides are never a power of
 * two, which would crowd one set of the L1 cache. */
static void cut(feat_model *model, feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = feat_shape_of(model, op->dst);
    const feat_wino *f = &feat_winos[op->form];
    size_t m = (size_t)f->m, planes = feat_blocks_of(op->ic), products = n_products(f);
    step->tiles_h = op->kh > 1 ? (out->h + m - 1) / m : out->h;
    step->tiles_w = op->kw > 1 ? (out->w + m - 1) / m : out->w;
    size_t total = step->tiles_h * step->tiles_w;
    size_t room = step->n_blocks * step->w_block_stride > MANY_WEIGHTS ? 2 * WINO_FLOATS : WINO_FLOATS;
    size_t most = room / (products * (planes + 2) * FEAT_BLOCK) / WINO_MULTIPLE * WINO_MULTIPLE;
    if (most == 0)
        most = room == WINO_FLOATS ? WINO_MULTIPLE : 2 * WINO_MULTIPLE;
    if (total <= FEW_TILES)
        most = total;
    step->n_chunks = (total + most - 1) / most;
    step->chunk = (total + step->n_chunks - 1) / step->n_chunks;
    step->run_rows = run_rows;
    step->grain = op->kh > 1 ? m : 1;
    step->scratch_floats = products * ((planes + 2) * step->chunk + 2) * FEAT_BLOCK;
    if (op->kind == FEAT_OP_CONV_BIAS) {
        step->piece = PIECE;
        step->scratch_floats += 2 * step->chunk * FEAT_BLOCK;
    }
}

static size_t block_floats(const feat_op *op)
{
    return feat_blocks_of(op->ic) * n_products(&feat_winos[op->form]) * FEAT_BLOCK * FEAT_BLOCK;
}

static void pack(float *packed, const float *w, const double *scale, size_t oc, const feat_op *op,
                 const feat_kernels *kernels)
{
    feat_pack_wino(packed, w, scale, oc, feat_round_up(op->ic), op->form, kernels);
}

const feat_conv_way feat_conv_wino = {block_floats, cut, pack, run};
