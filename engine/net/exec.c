/* Walks the steps, cuts each into tiles, calls kernels. Tiles are constants of the network; splitting the
 * output channels as well (when several threads share an image) changes which thread computes an output,
 * never how. */
#include "engine/ops/frame.h"

#include <string.h>

enum { POOL_BAND = 8, DENSE_BLOCKS = 64 };

typedef struct step_ctx {
    const iv3_frame *frame;
    const iv3_step *step;
    size_t n_splits;
} step_ctx;

/* --- convolutions -------------------------------------------------------------------------------- */

/* Rows (or pixels, for 1x1) [first, first + n) of output blocks [b0, b1). Convolutions whose picture has a border go by
 * minimal filtering (conv_wino.c): here every input row is where the output row times the stride says. */
static void conv_chunk(const iv3_frame *f, const iv3_step *step, size_t first, size_t n, size_t b0, size_t b1)
{
    const iv3_model *m = f->model;
    const iv3_op *op = step->op;
    const iv3_shape *in = &iv3_inception_shapes[op->src], *out = &iv3_inception_shapes[op->dst];
    const float *x = iv3_frame_tensor(f, op->src);
    iv3_conv_args args = {.kh = op->kh, .kw = op->kw, .w_block_stride = step->w_block_stride};
    int pointwise = op->kh == 1 && op->kw == 1;
    size_t n_rows = pointwise ? 1 : n, n_px = pointwise ? n : out->w,
           y_pixel = pointwise ? first : first * out->w;
    if (op->src == 0) {
        args.form = IV3_CONV_RGB_S2;
        args.n_cb = 1;
        args.x_row_stride = (size_t)in->w * 3;
        x += first * 2 * args.x_row_stride;
    } else {
        args.form = op->stride == 2 ? IV3_CONV_BLOCK_S2 : IV3_CONV_BLOCK_S1;
        args.n_cb = in->c / IV3_BLOCK;
        args.x_plane_stride = iv3_plane_floats(in);
        args.x_row_stride = (size_t)in->w * IV3_BLOCK;
        x += pointwise ? first * IV3_BLOCK : first * op->stride * args.x_row_stride;
    }
    for (size_t b = b0, blocks; b < b1; b += blocks) {
        blocks = iv3_min_size(2, (b < step->n_relu ? iv3_min_size(b1, step->n_relu) : b1) - b);
        float *y[2];
        size_t y_row[2];
        for (size_t i = 0; i < blocks; i++) {
            const iv3_block_dst *d = &m->dst[step->first_block + b + i];
            const iv3_shape *s = &iv3_inception_shapes[d->tensor];
            y[i] = iv3_frame_tensor(f, d->tensor) + d->block * iv3_plane_floats(s) + y_pixel * IV3_BLOCK;
            y_row[i] = (size_t)s->w * IV3_BLOCK;
        }
        args.relu = b < step->n_relu;
        args.w = m->packed + step->w_offset + b * step->w_block_stride;
        args.bias = m->packed + step->bias_offset + b * IV3_BLOCK;
        args.x = x;
        for (size_t r = 0; r < n_rows; r++) {
            m->kernels->conv_row(&args, y, n_px, blocks);
            args.x += op->stride * args.x_row_stride;
            for (size_t i = 0; i < blocks; i++)
                y[i] += y_row[i];
        }
    }
}

static void conv_task(void *arg, size_t tile, size_t worker)
{
    (void)worker;
    const step_ctx *ctx = arg;
    const iv3_step *step = ctx->step;
    const iv3_op *op = step->op;
    const iv3_shape *in = &iv3_inception_shapes[op->src], *out = &iv3_inception_shapes[op->dst];
    size_t total = op->kh == 1 && op->kw == 1 ? (size_t)in->h * in->w : out->h;
    size_t chunk = tile / ctx->n_splits, split = tile % ctx->n_splits;
    size_t b0, b1;
    iv3_split_blocks(step, split, ctx->n_splits, &b0, &b1);
    size_t first = chunk * step->chunk;
    conv_chunk(ctx->frame, step, first, iv3_min_size(step->chunk, total - first), b0, b1);
}

static void run_conv(const iv3_frame *f, const iv3_step *step)
{
    if (f->model->numerics == IV3_NUMERICS_SPLIT) {
        iv3_exec_split(f, step);
        return;
    }
    if (step->form != IV3_WINO_NONE) {
        iv3_exec_wino(f, step);
        return;
    }
    step_ctx ctx = {f, step, iv3_pool_threads(f->pool) > 1 ? step->n_splits : 1};
    iv3_parallel_for(f->pool, step->n_chunks * ctx.n_splits, conv_task, &ctx);
}

/* --- pools --------------------------------------------------------------------------------------- */

static void pool_task(void *arg, size_t tile, size_t worker)
{
    const step_ctx *ctx = arg;
    const iv3_frame *f = ctx->frame;
    const iv3_op *op = ctx->step->op;
    const iv3_shape *in = &iv3_inception_shapes[op->src], *out = &iv3_inception_shapes[op->dst];
    size_t n_bands = (out->h + POOL_BAND - 1) / POOL_BAND;
    size_t plane = tile / n_bands, row0 = tile % n_bands * POOL_BAND,
           row1 = iv3_min_size(row0 + POOL_BAND, out->h);
    size_t to = op->dst_c / IV3_BLOCK + plane, row = (size_t)in->w * IV3_BLOCK;
    float *scratch = f->work[worker], *y_scratch = scratch + 3 * row;
    int max =
        op->kind == IV3_OP_MAX_S2 || (op->kind == IV3_OP_POOL_LAST && f->model->variant == IV3_VARIANT_FID);
    iv3_pool_args args = {.x_row_stride = row,
                          .w = in->w,
                          .ow = out->w,
                          .stride = op->stride,
                          .count_padding = f->model->variant == IV3_VARIANT_TORCHVISION};
    if (op->kind == IV3_OP_POOL_S1)
        args.bias = f->model->packed + ctx->step->bias_offset + plane * IV3_BLOCK;
    for (size_t oy = row0; oy < row1; oy++) {
        size_t top = op->stride == 2 ? 2 * oy : (oy == 0 ? 0 : oy - 1);
        size_t end = op->stride == 2 ? top + 3 : iv3_min_size(oy + 2, in->h);
        args.x = iv3_exec_rows(f, op->src, plane, top, end - top, scratch);
        args.n_rows = (int)(end - top);
        float *y = iv3_exec_row(f, op->dst, to, oy, y_scratch);
        (max ? f->model->kernels->max_row : f->model->kernels->avg_row)(&args, y);
        iv3_exec_row_done(f, op->dst, to, oy, y);
    }
}

static void run_pool(const iv3_frame *f, const iv3_step *step)
{
    const iv3_shape *in = &iv3_inception_shapes[step->op->src], *out = &iv3_inception_shapes[step->op->dst];
    size_t n_bands = (out->h + POOL_BAND - 1) / POOL_BAND;
    step_ctx ctx = {f, step, 1};
    iv3_parallel_for(f->pool, in->c / IV3_BLOCK * n_bands, pool_task, &ctx);
}

/* --- taps and the head --------------------------------------------------------------------------- */

static void spatial_tap(const iv3_frame *f, const iv3_op *op, float *out)
{
    enum { CHANNELS = 7 };
    const iv3_shape *s = &iv3_inception_shapes[op->src];
    const float *x = iv3_exec_rows(f, op->src, 0, 0, s->h, f->work[0]);
    for (size_t p = 0; p < (size_t)s->h * s->w; p++)
        memcpy(out + p * CHANNELS, x + p * IV3_BLOCK, CHANNELS * sizeof *out);
}

static void mean_tap(const iv3_frame *f, const iv3_op *op, float *out)
{
    const iv3_shape *s = &iv3_inception_shapes[op->src];
    for (size_t cb = 0; cb < (size_t)s->c / IV3_BLOCK; cb++)
        f->model->kernels->mean(out + cb * IV3_BLOCK, iv3_exec_rows(f, op->src, cb, 0, s->h, f->work[0]), s->h,
                                s->w);
}

/* out [blocks of 16] = bias + weights * in, by the convolution kernel on a picture of one pixel. */
static void dense_layer(const iv3_model *m, const iv3_dense *d, float *out, const float *in,
                        const float *bias, int relu)
{
    size_t planes = (d->in + IV3_BLOCK - 1) / IV3_BLOCK, n_blocks = (d->out + IV3_BLOCK - 1) / IV3_BLOCK;
    size_t block_floats = planes * IV3_BLOCK * IV3_BLOCK;
    for (size_t b = 0; b < n_blocks; b += DENSE_BLOCKS) {
        float *y[DENSE_BLOCKS];
        size_t n = iv3_min_size(DENSE_BLOCKS, n_blocks - b);
        for (size_t i = 0; i < n; i++)
            y[i] = out + (b + i) * IV3_BLOCK;
        iv3_conv_args args = {.form = IV3_CONV_BLOCK_S1,
                              .kh = 1,
                              .kw = 1,
                              .n_cb = planes,
                              .x = in,
                              .x_plane_stride = IV3_BLOCK,
                              .w = m->packed + d->w_offset + b * block_floats,
                              .w_block_stride = block_floats,
                              .bias = bias + b * IV3_BLOCK,
                              .relu = relu};
        m->kernels->conv_row(&args, y, 1, n);
    }
}

/* Hidden layers add their bias first and apply ReLU; the last gives the logits without bias, then with.
 * in: the 2048 features, followed by room for two activations and a zero bias (model->dense_floats in all).
 */
static void run_head(const iv3_model *m, float *in, float *unbiased, float *logits)
{
    size_t widest = (m->dense_floats - IV3_FEATURE_DIM) / 3;
    float *a = in + IV3_FEATURE_DIM, *b = a + widest, *zero = b + widest;
    memset(zero, 0, widest * sizeof *zero);
    for (size_t i = 0; i + 1 < m->n_dense; i++) {
        dense_layer(m, &m->dense[i], a, in, m->packed + m->dense[i].bias_offset, 1);
        in = a;
        a = b;
        b = in;
    }
    const iv3_dense *last = &m->dense[m->n_dense - 1];
    dense_layer(m, last, a, in, zero, 0);
    if (unbiased != NULL)
        memcpy(unbiased, a, last->out * sizeof *a);
    if (logits != NULL) {
        const float *bias = m->packed + last->bias_offset;
        for (size_t i = 0; i < last->out; i++)
            logits[i] = a[i] + bias[i];
    }
}

static void run_tap(const iv3_frame *f, const iv3_op *op, float *const out[IV3_N_TAPS])
{
    iv3_tap tap = (iv3_tap)op->oc;
    if (tap == IV3_TAP_SPATIAL) {
        if (out[tap] != NULL)
            spatial_tap(f, op, out[tap]);
        return;
    }
    if (out[tap] != NULL)
        mean_tap(f, op, out[tap]);
    if (tap == IV3_TAP_2048 && (out[IV3_TAP_LOGITS] != NULL || out[IV3_TAP_LOGITS_UNBIASED] != NULL)) {
        float *features = f->work[0] + iv3_model_head_offset(f->model);
        mean_tap(f, op, features);
        run_head(f->model, features, out[IV3_TAP_LOGITS_UNBIASED], out[IV3_TAP_LOGITS]);
    }
}

size_t iv3_steps_needed(const iv3_model *model, unsigned taps)
{
    if (taps & (1u << IV3_TAP_LOGITS | 1u << IV3_TAP_LOGITS_UNBIASED))
        taps |= 1u << IV3_TAP_2048;
    size_t needed = 0;
    for (size_t s = 0; s < model->n_steps; s++)
        if (model->steps[s].op->kind == IV3_OP_TAP && (taps >> model->steps[s].op->oc & 1) != 0)
            needed = s + 1;
    return needed;
}

/* RGB planes to interleaved pixels, as the first convolution reads them. */
static void interleave(float *to, const float *planes)
{
    enum { PIXELS = IV3_INPUT_SIZE * IV3_INPUT_SIZE };
    for (size_t p = 0; p < PIXELS; p++)
        for (size_t c = 0; c < 3; c++)
            to[3 * p + c] = planes[c * PIXELS + p];
}

void iv3_exec_step(const iv3_frame *frame, const iv3_step *step, float *const out[IV3_N_TAPS])
{
    switch (step->op->kind) {
    case IV3_OP_CONV:
    case IV3_OP_CONV_LINEAR:
        run_conv(frame, step);
        break;
    case IV3_OP_MAX_S2:
    case IV3_OP_POOL_S1:
    case IV3_OP_POOL_LAST:
        run_pool(frame, step);
        break;
    case IV3_OP_TAP:
        run_tap(frame, step->op, out);
        break;
    }
}

void iv3_exec_image(const iv3_frame *frame, const float *image, float *const out[IV3_N_TAPS], size_t n_steps)
{
    interleave(iv3_frame_tensor(frame, 0), image);
    for (size_t s = 0; s < n_steps; s++)
        iv3_exec_step(frame, &frame->model->steps[s], out);
}
