/* Pools: cuts a step into planes and bands of rows, and calls the row kernel. */
#include "engine/ops/pooling.h"

#include "engine/ops/conv_split.h"

enum { POOL_BAND = 8 };

typedef struct step_ctx {
    const feat_frame *frame;
    const feat_step *step;
} step_ctx;

static void pool_task(void *arg, size_t tile, size_t worker)
{
    const step_ctx *ctx = arg;
    const feat_frame *f = ctx->frame;
    const feat_op *op = ctx->step->op;
    const feat_shape *in = &feat_inception_shapes[op->src], *out = &feat_inception_shapes[op->dst];
    size_t n_bands = (out->h + POOL_BAND - 1) / POOL_BAND;
    size_t plane = tile / n_bands, row0 = tile % n_bands * POOL_BAND,
           row1 = feat_min_size(row0 + POOL_BAND, out->h);
    size_t to = op->dst_c / FEAT_BLOCK + plane, row = (size_t)in->w * FEAT_BLOCK;
    float *scratch = f->work[worker], *y_scratch = scratch + 3 * row;
    int max =
        op->kind == FEAT_OP_MAX_S2 || (op->kind == FEAT_OP_POOL_LAST && f->model->net->number == FEAT_VARIANT_FID);
    feat_pool_args args = {.x_row_stride = row,
                           .w = in->w,
                           .ow = out->w,
                           .stride = op->stride,
                           .count_padding = f->model->net->number == FEAT_VARIANT_TORCHVISION};
    if (op->kind == FEAT_OP_POOL_S1)
        args.bias = f->model->packed + ctx->step->bias_offset + plane * FEAT_BLOCK;
    for (size_t oy = row0; oy < row1; oy++) {
        size_t top = op->stride == 2 ? 2 * oy : (oy == 0 ? 0 : oy - 1);
        size_t end = op->stride == 2 ? top + 3 : feat_min_size(oy + 2, in->h);
        args.x = feat_exec_rows(f, op->src, plane, top, end - top, scratch);
        args.n_rows = (int)(end - top);
        float *y = feat_exec_row(f, op->dst, to, oy, y_scratch);
        (max ? f->model->kernels->max_row : f->model->kernels->avg_row)(&args, y);
        feat_exec_row_done(f, op->dst, to, oy, y);
    }
}

void feat_exec_pool(const feat_frame *f, const feat_step *step)
{
    const feat_shape *in = &feat_inception_shapes[step->op->src], *out = &feat_inception_shapes[step->op->dst];
    size_t n_bands = (out->h + POOL_BAND - 1) / POOL_BAND;
    step_ctx ctx = {f, step};
    feat_parallel_for(f->pool, in->c / FEAT_BLOCK * n_bands, pool_task, &ctx);
}
