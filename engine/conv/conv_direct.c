/* Direct convolution: cuts a step into chunks and blocks of output channels, and calls the row kernel. Chunks are
 * constants of the network; splitting the output channels as well (when several threads share an image) changes which
 * thread computes an output, never how. */
#include "engine/conv/conv_direct.h"

#include "engine/ops/fold.h"

enum {
    PIXEL_STEP = 42,          /* a multiple of the tile heights 14 and 6 */
    PIECE_FLOATS = 16 * 1024  /* weights of two blocks that are used for all rows of a chunk before others: 64 KiB */
};

typedef struct step_ctx {
    const feat_frame *frame;
    const feat_step *step;
    size_t n_splits;
} step_ctx;

/* Rows (or pixels, for 1x1) [first, first + n) of output blocks [b0, b1). The planes of the input are taken in pieces
 * whose weights stay in a near cache over all rows; each output is one chain over all of them. Convolutions whose
 * picture has a border go by minimal filtering (conv_wino.c): here every input row is where the output row times the
 * stride says. */
static void conv_chunk(const feat_frame *f, const feat_step *step, size_t first, size_t n, size_t b0, size_t b1)
{
    const feat_model *m = f->model;
    const feat_op *op = step->op;
    const feat_shape *in = feat_shape_of(m, op->src), *out = feat_shape_of(m, op->dst);
    const float *x;
    feat_conv_args args = {.kh = op->kh, .kw = op->kw, .w_block_stride = step->w_block_stride};
    int pointwise = feat_is_pointwise(op);
    size_t n_rows = pointwise ? 1 : n, n_px = pointwise ? n : out->w;
    size_t row0 = pointwise ? first / out->w : first, pixel0 = pointwise ? first % out->w : 0;
    if (op->src == 0) {
        args.form = FEAT_CONV_RGB_S2;
        args.n_cb = 1;
        args.x_row_stride = (size_t)in->w * 3;
        x = feat_frame_tensor(f, op->src) + first * 2 * args.x_row_stride;
    } else {
        args.form = op->stride == 2 ? FEAT_CONV_BLOCK_S2 : FEAT_CONV_BLOCK_S1;
        args.n_cb = in->c / FEAT_BLOCK;
        args.x_plane_stride = feat_frame_plane(f, op->src);
        args.x_row_stride = (size_t)in->w * FEAT_BLOCK;
        x = feat_frame_row(f, op->src, 0, row0 * op->stride) + pixel0 * FEAT_BLOCK;
    }
    size_t n_planes = args.n_cb, plane_weights = (size_t)op->kh * op->kw * FEAT_BLOCK * FEAT_BLOCK;
    size_t piece = feat_max_size(PIECE_FLOATS / (2 * plane_weights), 1);
    for (size_t b = b0, blocks; b < b1; b += blocks) {
        blocks = feat_min_size(2, (b < step->n_relu ? feat_min_size(b1, step->n_relu) : b1) - b);
        float *y[2];
        size_t y_row[2];
        for (size_t i = 0; i < blocks; i++) {
            const feat_block_dst *d = &m->dst[step->first_block + b + i];
            y[i] = feat_frame_row(f, d->tensor, d->block, row0) + pixel0 * FEAT_BLOCK;
            y_row[i] = (size_t)feat_shape_of(m, d->tensor)->w * FEAT_BLOCK;
        }
        args.bias = m->packed + step->bias_offset + b * FEAT_BLOCK;
        const float *w = m->packed + step->w_offset + b * step->w_block_stride;
        for (size_t plane = 0; plane < n_planes; plane += piece) {
            args.n_cb = feat_min_size(piece, n_planes - plane);
            args.onto = plane > 0;
            args.relu = b < step->n_relu && plane + piece >= n_planes;
            args.w = w + plane * plane_weights;
            args.x = x + plane * args.x_plane_stride;
            for (size_t r = 0; r < n_rows; r++) {
                float *row[2] = {y[0] + r * y_row[0], y[blocks - 1] + r * y_row[blocks - 1]};
                m->kernels->conv_row(&args, row, n_px, blocks);
                args.x += op->stride * args.x_row_stride;
            }
        }
    }
}

static void conv_task(void *arg, size_t tile, size_t worker)
{
    (void)worker;
    const step_ctx *ctx = arg;
    const feat_model *m = ctx->frame->model;
    const feat_step *step = ctx->step;
    const feat_op *op = step->op;
    const feat_shape *in = feat_shape_of(m, op->src), *out = feat_shape_of(m, op->dst);
    size_t total = feat_is_pointwise(op) ? (size_t)in->h * in->w : out->h;
    size_t chunk = tile / ctx->n_splits, split = tile % ctx->n_splits;
    size_t b0, b1;
    feat_split_blocks(step, split, ctx->n_splits, &b0, &b1);
    size_t first = chunk * step->chunk;
    conv_chunk(ctx->frame, step, first, feat_min_size(step->chunk, total - first), b0, b1);
}

static void run(const feat_frame *f, const feat_step *step)
{
    step_ctx ctx = {f, step, feat_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    feat_parallel_for(f->pool, step->n_chunks * ctx.n_splits, conv_task, &ctx);
}

/* Rows of the output, all blocks. */
static void run_rows(const feat_frame *f, const feat_step *step, size_t first, size_t n, float *scratch)
{
    (void)scratch;
    size_t unit = feat_is_pointwise(step->op) ? feat_shape_of(f->model, step->op->dst)->w : 1;
    size_t end = (first + n) * unit;
    for (size_t at = first * unit; at < end; at += step->chunk)
        conv_chunk(f, step, at, feat_min_size(step->chunk, end - at), 0, step->n_blocks);
}

/* --- before an image ---------------------------------------------------------------------------- */

/* How many output rows (or pixels, for 1x1) have their input within a chunk. */
static void cut(feat_model *m, feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *in = feat_shape_of(m, op->src), *out = feat_shape_of(m, op->dst);
    size_t channels = op->src == 0 ? in->c : feat_round_up(in->c), total = out->h;
    if (feat_is_pointwise(op)) {
        total = (size_t)in->h * in->w;
        step->chunk = FEAT_CHUNK_FLOATS / channels;
        if (step->chunk < total)
            step->chunk = step->chunk < PIXEL_STEP ? PIXEL_STEP : step->chunk / PIXEL_STEP * PIXEL_STEP;
    } else {
        step->chunk = feat_chunk_rows(op, channels * in->w);
    }
    step->chunk = feat_min_size(step->chunk, total);
    step->n_chunks = (total + step->chunk - 1) / step->chunk;
    step->run_rows = run_rows;
    step->grain = 1;
}

size_t feat_direct_block_floats(const feat_op *op)
{
    return feat_blocks_of(op->ic) * op->kh * op->kw * feat_plane_channels(op) * FEAT_BLOCK;
}

void feat_direct_pack(float *packed, const float *w, const double *scale, size_t oc, const feat_op *op,
                      const feat_kernels *kernels)
{
    (void)kernels;
    feat_pack_conv(packed, w, scale, oc, op->ic, op->kh, op->kw, feat_plane_channels(op));
}

const feat_conv_way feat_conv_direct = {feat_direct_block_floats, cut, feat_direct_pack, run};
