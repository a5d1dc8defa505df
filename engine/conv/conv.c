/* A convolution whatever computes it: checks, blocks of output channels, folding of batch norm. */
#include "engine/conv/conv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "engine/conv/conv_direct.h"
#include "engine/conv/conv_split.h"
#include "engine/conv/conv_wino.h"
#include "engine/ops/fold.h"
#include "engine/ops/read_tensor.h"

enum { MIN_PARTS = 16 }; /* chunks x splits, so that a few threads share one image evenly */

/* --- what a table may ask ----------------------------------------------------------------------- */

static int form_fits(const feat_op *op)
{
    const feat_wino *f = &feat_winos[op->form];
    int along = op->kh > 1 ? op->kh : op->kw;
    return op->stride == 1 && f->r == along &&
           (f->dims == 2 ? op->kh == op->kw : (op->kh == 1) != (op->kw == 1));
}

static const char *check(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src], *out = &net->tensors[op->dst];
    if (op->kh == 0 || op->kw == 0 || (op->stride != 1 && op->stride != 2))
        return "a kernel, and stride 1 or 2, expected";
    if (in->h + 2u * op->ph < op->kh || in->w + 2u * op->pw < op->kw ||
        (in->h + 2u * op->ph - op->kh) / op->stride + 1 != out->h ||
        (in->w + 2u * op->pw - op->kw) / op->stride + 1 != out->w)
        return "its kernel, stride and padding do not lead from the input's size to the output's";
    if (op->ic != in->c)
        return "its channels are not those of its input";
    if (op->kind == FEAT_OP_CONV_BIAS && op->form == FEAT_WINO_NONE)
        return "without batch norm by minimal filtering only";
    if (op->src == 0 && op->kind == FEAT_OP_CONV_BIAS)
        return op->ic == 3 && op->oc % FEAT_BLOCK == 0 && op->oc > 0 && form_fits(op)
                   ? NULL
                   : "3 channels, outputs in a multiple of 16 and a form that fits its kernel expected";
    if (op->src == 0)
        return op->ic == 3 && op->stride == 2 && op->form == FEAT_WINO_NONE && op->ph == 0 && op->pw == 0
                   ? NULL
                   : "what reads the image has 3 channels, stride 2, no padding and no minimal filtering";
    if (op->ic % FEAT_BLOCK != 0 || op->oc % FEAT_BLOCK != 0 || op->oc == 0)
        return "channels in multiples of 16 expected";
    if (op->form == FEAT_WINO_NONE && (op->ph != 0 || op->pw != 0))
        return "padding only by minimal filtering";
    return op->form == FEAT_WINO_NONE || form_fits(op) ? NULL : "its form of minimal filtering does not fit its kernel";
}

/* The one operation that reads the linear convolution `op`; NULL when there is none, or more. */
static const feat_op *only_reader(const feat_net *net, const feat_op *op)
{
    const feat_op *found = NULL;
    for (size_t i = 0; i < net->n_ops; i++) {
        if (net->ops[i].src == op->dst && found != NULL)
            return NULL;
        if (net->ops[i].src == op->dst)
            found = &net->ops[i];
    }
    return found;
}

static const char *check_linear(const feat_net *net, const feat_op *op)
{
    const feat_op *reader = only_reader(net, op);
    if (reader == NULL ||
        (reader->kind != FEAT_OP_AVERAGE_POOL_BIAS && reader->kind != FEAT_OP_AVERAGE_POOL_PADDED_BIAS))
        return "one pool that adds its bias must be what reads it";
    if (op->dst_c != 0 || op->oc != net->tensors[op->dst].c)
        return "a tensor of its own expected";
    return check(net, op);
}

/* --- steps -------------------------------------------------------------------------------------- */

/* Where numerics are split, every tensor that a convolution reads is; the input only where it is laid out in a plane of
 * 16 channels: the three of an interleaved one would fill a tenth of a tile. The border is the widest that one of its
 * readers wants. */
static void prepare(feat_model *m, const feat_op *op)
{
    int blocks_in = op->src == 0 && op->form != FEAT_WINO_NONE;
    m->n_dst += feat_blocks_of(op->oc);
    m->blocks_in |= blocks_in;
    if (m->numerics != FEAT_NUMERICS_SPLIT || (op->src == 0 && !blocks_in))
        return;
    feat_place *l = &m->layout[op->src];
    l->split = 1;
    l->ph = op->ph > l->ph ? op->ph : l->ph;
    l->pw = op->pw > l->pw ? op->pw : l->pw;
    m->n_inputs += feat_split_steps(feat_round_up(op->ic), op->kh, op->kw, op->stride);
}

static int joins(const feat_net *net, const feat_op *first, const feat_op *next)
{
    (void)net;
    return (next->kind == FEAT_OP_CONV || next->kind == FEAT_OP_CONV_LINEAR) && feat_is_pointwise(first) &&
           feat_is_pointwise(next) && next->src == first->src;
}

static void add_blocks(feat_model *m, feat_step *step, const feat_op *op)
{
    size_t blocks = feat_blocks_of(op->oc);
    for (size_t b = 0; b < blocks; b++) {
        m->dst[m->n_dst].tensor = op->dst;
        m->dst[m->n_dst].block = (uint16_t)(op->dst_c / FEAT_BLOCK + b);
        m->n_dst++;
    }
    step->n_blocks += blocks;
    if (op->kind != FEAT_OP_CONV_LINEAR)
        step->n_relu = step->n_blocks;
}

/* Input channels that are packed: where the image lies in a plane of 16, all of it is read. */
static size_t packed_channels(const feat_op *op)
{
    return op->form != FEAT_WINO_NONE ? feat_round_up(op->ic) : op->ic;
}

/* Weights of an output channel, as they are packed. */
static size_t channel_floats(const feat_op *op)
{
    return packed_channels(op) * op->kh * op->kw;
}

/* Of a layer as it is read: scale [oc] in double, gamma, beta, mean and variance [oc], weights of a block. */
static size_t raw_floats(const feat_op *op)
{
    return (size_t)op->oc * (2 + 4) + FEAT_BLOCK * channel_floats(op);
}

static void measure(feat_model *m, feat_step *step)
{
    const feat_op *op = step->op;
    step->first_block = m->n_dst;
    for (size_t i = 0; i < step->n_ops; i++) {
        add_blocks(m, step, &op[i]);
        m->raw_floats = feat_max_size(m->raw_floats, raw_floats(&op[i]));
    }
    if (m->numerics == FEAT_NUMERICS_SPLIT)
        step->way = m->layout[op->src].split ? &feat_conv_split : &feat_conv_split_first;
    else
        step->way = op->form != FEAT_WINO_NONE ? &feat_conv_wino : &feat_conv_direct;
    step->run = step->way->run;
    step->w_block_stride = step->way->block_floats(op);
    step->w_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * step->w_block_stride;
    step->bias_offset = m->packed_floats;
    m->packed_floats += step->n_blocks * FEAT_BLOCK;
    step->way->cut(m, step);
    size_t pairs = (step->n_blocks + 1) / 2;
    step->n_splits = feat_min_size((MIN_PARTS + step->n_chunks - 1) / step->n_chunks, pairs);
}

/* --- weights ------------------------------------------------------------------------------------ */

/* Where the bias of a linear convolution is added: after the pool that reads its output. */
static size_t pool_bias_offset(const feat_model *m, const feat_op *linear)
{
    size_t s = 0;
    while (m->steps[s].op->src != linear->dst)
        s++;
    return m->steps[s].bias_offset;
}

static float *bias_place(const feat_loading *l)
{
    feat_model *m = l->model;
    float *bias = m->packed + l->step->bias_offset + l->block * FEAT_BLOCK;
    if (l->op->kind != FEAT_OP_CONV_LINEAR)
        return bias;
    memset(bias, 0, l->op->oc * sizeof *bias);
    return m->packed + pool_bias_offset(m, l->op);
}

/* Batch norm as scale and bias; `norm` has room for four tensors. */
static feat_status load_norm(const feat_loading *l, double *scale, float *bias, float *norm, feat_error *err)
{
    const feat_naming *naming = l->model->net->naming;
    const feat_op *op = l->op;
    const char *const parts[4] = {naming->gamma, naming->beta, naming->mean, naming->var};
    char name[FEAT_NAME_BYTES];
    size_t oc = op->oc;
    int has_gamma = 1;
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", op->name, parts[i]);
        if (i == 0 && feat_weights_find(l->weights, name) == SIZE_MAX) {
            has_gamma = 0; /* Keras trains without it */
            continue;
        }
        feat_status status = feat_read_tensor(l->weights, name, 1, &oc, norm + i * oc, err);
        if (status != FEAT_OK)
            return status;
    }
    const feat_batch_norm bn = {has_gamma ? norm : NULL, norm + oc, norm + 2 * oc, norm + 3 * oc};
    for (size_t o = 0; o < oc; o++)
        if (bn.var[o] < 0.0f)
            return feat_fail(err, FEAT_ERR_NUMERIC, "%s: tensor '%s%s': variance of channel %zu is negative",
                             feat_weights_path(l->weights), op->name, naming->var, o);
    feat_fold_batch_norm(scale, bias, &bn, oc, l->model->net->norm_epsilon);
    for (size_t o = 0; o < oc; o++)
        if (!isfinite(scale[o]) || !isfinite(bias[o]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "%s: batch norm of '%s' overflows in channel %zu",
                             feat_weights_path(l->weights), op->name, o);
    return FEAT_OK;
}

/* A bias, and no batch norm: weights are taken as they are. */
static feat_status load_bias(const feat_loading *l, double *scale, float *bias, feat_error *err)
{
    char name[FEAT_NAME_BYTES];
    size_t oc = l->op->oc;
    for (size_t o = 0; o < oc; o++)
        scale[o] = 1.0;
    snprintf(name, sizeof name, "%s%s", l->op->name, l->model->net->naming->bias);
    return feat_read_tensor(l->weights, name, 1, &oc, bias, err);
}

/* Weights [oc][ic][taps], in place, to [oc][channels][taps] with zeros behind each output's. */
static void add_channels(float *w, size_t oc, size_t ic, size_t channels, size_t taps)
{
    for (size_t o = oc; o-- > 0 && channels > ic;) {
        memmove(w + o * channels * taps, w + o * ic * taps, ic * taps * sizeof *w);
        memset(w + (o * channels + ic) * taps, 0, (channels - ic) * taps * sizeof *w);
    }
}

/* A block of 16 output channels is read into w, which stays in the L2 cache, and packed before the next one: the layer
 * never lies in memory a second time. */
static feat_status load_weights(const feat_loading *l, const double *scale, float *w, feat_error *err)
{
    const feat_op *op = l->op;
    const size_t shape[4] = {op->oc, op->ic, op->kh, op->kw};
    char name[FEAT_NAME_BYTES];
    snprintf(name, sizeof name, "%s%s", op->name, l->model->net->naming->weight);
    feat_tensor_reader reader;
    feat_status status = feat_begin_tensor(&reader, l->weights, name, 4, shape, err);
    float *to = l->model->packed + l->step->w_offset + l->block * l->step->w_block_stride;
    size_t taps = (size_t)op->kh * op->kw;
    for (size_t o = 0; o < op->oc && status == FEAT_OK; o += FEAT_BLOCK) {
        size_t n = feat_min_size(op->oc - o, FEAT_BLOCK);
        if ((status = feat_weights_next(&reader, w, n * op->ic * taps, err)) == FEAT_OK) {
            add_channels(w, n, op->ic, packed_channels(op), taps);
            l->step->way->pack(to, w, scale + o, n, op, l->model->kernels);
        }
        to += l->step->w_block_stride;
    }
    return status == FEAT_OK ? feat_weights_end(&reader, err) : status;
}

static feat_status load(const feat_loading *l, feat_error *err)
{
    size_t oc = l->op->oc;
    double *scale = (double *)(void *)l->raw;
    float *norm = l->raw + 2 * oc;
    feat_status status = l->op->kind == FEAT_OP_CONV_BIAS ? load_bias(l, scale, bias_place(l), err)
                                                          : load_norm(l, scale, bias_place(l), norm, err);
    return status == FEAT_OK ? load_weights(l, scale, norm + 4 * oc, err) : status;
}

const feat_op_kind feat_kind_conv = {"convolution", check, prepare, joins, measure, load, NULL, NULL};
const feat_op_kind feat_kind_conv_bias = {"convolution with bias", check, prepare, NULL, measure, load, NULL, NULL};
const feat_op_kind feat_kind_conv_linear = {
    "linear convolution", check_linear, prepare, joins, measure, load, NULL, NULL};
