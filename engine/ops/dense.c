/* The tail: images stand side by side as pixels of one row do in a convolution of 1x1, so that the kernel's tile holds
 * several. A chain over 25,000 products would lose 2e-6; here it is cut into pieces, whose sums are added in order. */
#include "engine/ops/dense.h"

#include <string.h>

#include "engine/ops/panels.h"
#include "engine/ops/split_tensor.h"

enum { PIECE = FEAT_PIECE, PAIR = FEAT_PAIR };

static size_t planes_of(const feat_shape *s)
{
    return feat_blocks_of(s->c) * s->h * s->w;
}

typedef struct dense_ctx {
    const feat_tail *tail;
    const feat_step *step;
} dense_ctx;

static void dense_task(void *arg, size_t tile, size_t worker)
{
    static const float zero_bias[PAIR * FEAT_BLOCK];
    const dense_ctx *ctx = arg;
    const feat_tail *t = ctx->tail;
    const feat_model *m = t->model;
    const feat_op *op = ctx->step->op;
    size_t planes = planes_of(feat_shape_of(m, op->src)), b = tile * PAIR;
    size_t blocks = feat_min_size(PAIR, feat_blocks_of(op->oc) - b), row = t->n * FEAT_BLOCK;
    float *sum = feat_tail_vectors(t, op->dst) + b * row, *part = t->work[worker];
    float *room = part + PAIR * row;
    for (size_t plane = 0; plane < planes; plane += PIECE) {
        size_t n = feat_min_size(PIECE, planes - plane);
        float *to = plane == 0 ? sum : part, *y[PAIR] = {to, to + row};
        feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1, .kh = 1, .kw = 1, .n_cb = n, .x_plane_stride = row};
        args.x = feat_tail_vectors(t, op->src) + plane * row;
        args.w = feat_panels_at(&args.w_block_stride, m, &m->panels[ctx->step->panels], planes, b, blocks, plane, n,
                                room);
        args.bias = plane == 0 ? m->packed + ctx->step->bias_offset + b * FEAT_BLOCK : zero_bias;
        m->kernels->conv_row(&args, y, t->n, blocks);
        for (size_t i = 0; plane > 0 && i < blocks * row; i++)
            sum[i] += part[i];
    }
}

static void run_dense(const feat_tail *tail, const feat_step *step)
{
    dense_ctx ctx = {tail, step};
    feat_parallel_for(tail->pool, (feat_blocks_of(step->op->oc) + PAIR - 1) / PAIR, dense_task, &ctx);
}

static void run_relu(const feat_tail *t, const feat_step *step)
{
    const float *x = feat_tail_vectors(t, step->op->src);
    float *y = feat_tail_vectors(t, step->op->dst);
    size_t n = feat_shape_of(t->model, step->op->src)->c * t->n;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

static void run_tap(const feat_tail *t, const feat_step *step)
{
    const feat_op *op = step->op;
    const float *x = feat_tail_vectors(t, op->src);
    size_t planes = feat_blocks_of(feat_shape_of(t->model, op->src)->c);
    for (size_t i = 0; i < t->n; i++) {
        float *out = t->out[i * FEAT_MAX_TAPS + op->tap];
        for (size_t p = 0; out != NULL && p < planes; p++)
            memcpy(out + p * FEAT_BLOCK, x + (p * t->n + i) * FEAT_BLOCK, FEAT_BLOCK * sizeof *out);
    }
}

void feat_tail_gather(const feat_tail *tail, size_t index, const feat_frame *frame)
{
    const feat_model *m = frame->model;
    for (size_t id = 1; id < m->net->n_tensors; id++) {
        const feat_shape *s = feat_shape_of(m, id);
        size_t pixels = (size_t)s->h * s->w;
        if (!m->layout[id].in_tail || m->layout[id].floats == 0) /* those of the tail alone are not in the arena */
            continue;
        float *to = feat_tail_vectors(tail, id) + index * FEAT_BLOCK;
        for (size_t cb = 0; cb < feat_blocks_of(s->c); cb++) {
            const float *x = feat_exec_rows(frame, id, cb, 0, s->h, frame->work[0]);
            for (size_t p = 0; p < pixels; p++)
                memcpy(to + (cb * pixels + p) * tail->n * FEAT_BLOCK, x + p * FEAT_BLOCK, FEAT_BLOCK * sizeof *to);
        }
    }
}

/* --- before an image ---------------------------------------------------------------------------- */

static int is_vector(const feat_net *net, size_t tensor)
{
    const feat_shape *s = &net->tensors[tensor];
    return tensor != 0 && s->h == 1 && s->w == 1 && s->c % FEAT_BLOCK == 0;
}

static const char *check_dense(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src];
    if (op->src == 0 || in->c % FEAT_BLOCK != 0 || op->ic != in->c)
        return "channels in a multiple of 16 expected, those of its input";
    if ((size_t)in->c * in->h * in->w > FEAT_MAX_SIZE)
        return "at most 65535 inputs expected";
    return is_vector(net, op->dst) && op->oc == net->tensors[op->dst].c ? NULL
                                                                        : "a vector of its own expected for its output";
}

static const char *check_relu(const feat_net *net, const feat_op *op)
{
    return is_vector(net, op->src) && is_vector(net, op->dst) && net->tensors[op->src].c == net->tensors[op->dst].c
               ? NULL
               : "two vectors of one size expected";
}

static const char *check_tap(const feat_net *net, const feat_op *op)
{
    if (!is_vector(net, op->src))
        return "a vector expected";
    return op->n_taps == 1 && net->taps[op->tap].dim == net->tensors[op->src].c ? NULL
                                                                               : "its tap is not as wide as the vector";
}

static void prepare(feat_model *m, const feat_op *op)
{
    m->layout[op->src].in_tail = 1;
    if (op->n_taps == 0)
        m->layout[op->dst].in_tail = 1;
}

/* Scratch of a worker: the sums of a piece, and its panels as floats. */
static void measure_dense(feat_model *m, feat_step *step)
{
    step->panels = m->n_panels++;
    step->bias_offset = m->packed_floats;
    m->packed_floats += feat_round_up(step->op->oc);
    step->scratch_floats = PAIR * (FEAT_TAIL_IMAGES * FEAT_BLOCK + (size_t)PIECE * FEAT_PANEL);
}

size_t feat_tail_scratch(const feat_model *m)
{
    size_t most = 0;
    for (size_t id = 0; id < m->net->n_tensors && m->numerics == FEAT_NUMERICS_SPLIT; id++)
        if (m->layout[id].in_tail)
            most = feat_max_size(most, feat_plane_floats(feat_shape_of(m, id)));
    return most;
}

static feat_status load_dense(const feat_loading *l, feat_error *err)
{
    const feat_naming *naming = l->model->net->naming;
    const feat_shape *in = feat_shape_of(l->model, l->op->src);
    size_t pixels = (size_t)in->h * in->w;
    return feat_panels_load(l, naming->dense_weight, naming->dense_bias, l->op->oc, in->c * pixels, pixels, err);
}

const feat_op_kind feat_kind_dense = {"fully connected layer", check_dense, prepare, NULL,
                                      measure_dense,           load_dense,  NULL,    run_dense};
const feat_op_kind feat_kind_relu = {"ReLU", check_relu, prepare, NULL, NULL, NULL, NULL, run_relu};
const feat_op_kind feat_kind_tap_vector = {"vector", check_tap, prepare, NULL, NULL, NULL, NULL, run_tap};
