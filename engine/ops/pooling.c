/* Pools: cuts a step into planes and bands of rows, and calls the row kernel. */
#include "engine/ops/pooling.h"

#include "engine/ops/split_tensor.h"

enum { POOL_BAND = 8 };

/* What the kinds differ in. */
typedef struct pool_rule {
    int max, count_padding, add_bias;
} pool_rule;

typedef struct step_ctx {
    const feat_frame *frame;
    const feat_step *step;
    pool_rule rule;
} step_ctx;

/* Rows [row0, row1) of a plane. */
static void pool_rows(const feat_frame *f, const feat_step *step, pool_rule rule, size_t plane, size_t row0,
                      size_t row1, float *scratch)
{
    const feat_model *m = f->model;
    const feat_op *op = step->op;
    const feat_shape *in = feat_shape_of(m, op->src), *out = feat_shape_of(m, op->dst);
    size_t to = op->dst_c / FEAT_BLOCK + plane, row = (size_t)in->w * FEAT_BLOCK;
    float *y_scratch = scratch + 3 * row;
    feat_pool_args args = {.x_row_stride = row,
                           .w = in->w,
                           .ow = out->w,
                           .n_cols = op->kw,
                           .stride = op->stride,
                           .count_padding = rule.count_padding};
    if (rule.add_bias)
        args.bias = m->packed + step->bias_offset + plane * FEAT_BLOCK;
    for (size_t oy = row0; oy < row1; oy++) {
        size_t top = op->stride == 2 ? 2 * oy : (oy == 0 ? 0 : oy - 1);
        size_t end = op->stride == 2 ? top + op->kh : feat_min_size(oy + 2, in->h);
        args.x = feat_exec_rows(f, op->src, plane, top, end - top, scratch);
        args.n_rows = (int)(end - top);
        float *y = feat_exec_row(f, op->dst, to, oy, y_scratch);
        (rule.max ? m->kernels->max_row : m->kernels->avg_row)(&args, y);
        feat_exec_row_done(f, op->dst, to, oy, y);
    }
}

static void pool_task(void *arg, size_t tile, size_t worker)
{
    const step_ctx *ctx = arg;
    const feat_frame *f = ctx->frame;
    size_t h = feat_shape_of(f->model, ctx->step->op->dst)->h, n_bands = (h + POOL_BAND - 1) / POOL_BAND;
    size_t row0 = tile % n_bands * POOL_BAND;
    pool_rows(f, ctx->step, ctx->rule, tile / n_bands, row0, feat_min_size(row0 + POOL_BAND, h), f->work[worker]);
}

static void run_pool(const feat_frame *f, const feat_step *step, pool_rule rule)
{
    const feat_shape *in = feat_shape_of(f->model, step->op->src), *out = feat_shape_of(f->model, step->op->dst);
    size_t n_bands = (out->h + POOL_BAND - 1) / POOL_BAND;
    step_ctx ctx = {f, step, rule};
    feat_parallel_for(f->pool, in->c / FEAT_BLOCK * n_bands, pool_task, &ctx);
}

static void run_max(const feat_frame *f, const feat_step *step)
{
    run_pool(f, step, (pool_rule){1, 0, 0});
}

/* Of the pools only those of maxima stand where bands pay. */
static void run_max_rows(const feat_frame *f, const feat_step *step, size_t first, size_t n, float *scratch)
{
    for (size_t plane = 0; plane < feat_shape_of(f->model, step->op->src)->c / FEAT_BLOCK; plane++)
        pool_rows(f, step, (pool_rule){1, 0, 0}, plane, first, first + n, scratch);
}

static void run_average(const feat_frame *f, const feat_step *step)
{
    run_pool(f, step, (pool_rule){0, 0, 0});
}

static void run_average_padded(const feat_frame *f, const feat_step *step)
{
    run_pool(f, step, (pool_rule){0, 1, 0});
}

static void run_average_bias(const feat_frame *f, const feat_step *step)
{
    run_pool(f, step, (pool_rule){0, 0, 1});
}

static void run_average_padded_bias(const feat_frame *f, const feat_step *step)
{
    run_pool(f, step, (pool_rule){0, 1, 1});
}

/* --- before an image ---------------------------------------------------------------------------- */

static const char *check_window(const feat_net *net, const feat_op *op, int max)
{
    const feat_shape *in = &net->tensors[op->src], *out = &net->tensors[op->dst];
    int halves = max && op->stride == 2 && op->ph == 0 && op->pw == 0 && op->kh == op->kw;
    if (halves ? op->kh != 2 && op->kh != 3
               : op->kh != 3 || op->kw != 3 || op->stride != 1 || op->ph != 1 || op->pw != 1)
        return "a window of 3x3 with stride 1 and padding 1 expected, of maxima also 3x3 or 2x2 with stride 2 and none";
    if (op->src == 0 || in->c % FEAT_BLOCK != 0)
        return "a tensor with channels in a multiple of 16 expected, and not the image";
    if (in->h < op->kh || in->w < op->kw)
        return "a picture at least as large as the window expected";
    if (halves ? out->h != (in->h - op->kh) / 2 + 1 || out->w != (in->w - op->kw) / 2 + 1
               : out->h != in->h || out->w != in->w)
        return "its stride does not lead from the input's size to the output's";
    return NULL;
}

static const char *check_max(const feat_net *net, const feat_op *op)
{
    return check_window(net, op, 1);
}

static const char *check_average(const feat_net *net, const feat_op *op)
{
    return check_window(net, op, 0);
}

/* Scratch where tensors are split: three joined rows and a row of results. */
static void measure(feat_model *m, feat_step *step)
{
    const feat_op *op = step->op;
    if (m->numerics == FEAT_NUMERICS_SPLIT)
        step->scratch_floats =
            FEAT_BLOCK * ((size_t)3 * feat_shape_of(m, op->src)->w + feat_shape_of(m, op->dst)->w);
}

static void measure_max(feat_model *m, feat_step *step)
{
    measure(m, step);
    step->run_rows = run_max_rows;
    step->grain = 1;
}

static void measure_bias(feat_model *m, feat_step *step)
{
    measure(m, step);
    step->bias_offset = m->packed_floats;
    m->packed_floats += feat_shape_of(m, step->op->src)->c;
}

const feat_op_kind feat_kind_max_pool = {"max pool", check_max, NULL, NULL, measure_max, NULL, run_max, NULL};
const feat_op_kind feat_kind_average_pool = {
    "average pool", check_average, NULL, NULL, measure, NULL, run_average, NULL};
const feat_op_kind feat_kind_average_pool_padded = {
    "average pool that counts padding", check_average, NULL, NULL, measure, NULL, run_average_padded, NULL};
const feat_op_kind feat_kind_average_pool_bias = {
    "average pool with bias", check_average, NULL, NULL, measure_bias, NULL, run_average_bias, NULL};
const feat_op_kind feat_kind_average_pool_padded_bias = {
    "average pool with bias that counts padding", check_average, NULL, NULL, measure_bias, NULL,
    run_average_padded_bias, NULL};
