/* The dense layers, by the convolution kernel. */
#include "engine/ops/head.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/ops/fold.h"
#include "engine/ops/read_tensor.h"
#include "engine/ops/tap.h"

enum { DENSE_BLOCKS = 64 };

/* out [blocks of 16] = bias + weights * in, by the convolution kernel on a picture of one pixel. */
static void dense_layer(const feat_model *m, const feat_dense *d, float *out, const float *in,
                        const float *bias, int relu)
{
    size_t planes = (d->in + FEAT_BLOCK - 1) / FEAT_BLOCK, n_blocks = (d->out + FEAT_BLOCK - 1) / FEAT_BLOCK;
    size_t block_floats = planes * FEAT_BLOCK * FEAT_BLOCK;
    for (size_t b = 0; b < n_blocks; b += DENSE_BLOCKS) {
        float *y[DENSE_BLOCKS];
        size_t n = feat_min_size(DENSE_BLOCKS, n_blocks - b);
        for (size_t i = 0; i < n; i++)
            y[i] = out + (b + i) * FEAT_BLOCK;
        feat_conv_args args = {.form = FEAT_CONV_BLOCK_S1,
                               .kh = 1,
                               .kw = 1,
                               .n_cb = planes,
                               .x = in,
                               .x_plane_stride = FEAT_BLOCK,
                               .w = m->packed + d->w_offset + b * block_floats,
                               .w_block_stride = block_floats,
                               .bias = bias + b * FEAT_BLOCK,
                               .relu = relu};
        m->kernels->conv_row(&args, y, 1, n);
    }
}

/* Hidden layers add their bias first and apply ReLU; the last gives the logits without bias, then with. Either may be
 * NULL. in: the features, followed by room for two activations and a zero bias (model->head_floats in all). */
static void run_layers(const feat_model *m, size_t n_features, float *in, float *unbiased, float *logits)
{
    size_t widest = (m->head_floats - n_features) / 3, n = m->head.n_layers;
    float *a = in + n_features, *b = a + widest, *zero = b + widest;
    memset(zero, 0, widest * sizeof *zero);
    for (size_t i = 0; i + 1 < n; i++) {
        dense_layer(m, &m->dense[i], a, in, m->packed + m->dense[i].bias_offset, 1);
        in = a;
        a = b;
        b = in;
    }
    const feat_dense *last = &m->dense[n - 1];
    dense_layer(m, last, a, in, zero, 0);
    if (unbiased != NULL)
        memcpy(unbiased, a, last->out * sizeof *a);
    if (logits != NULL) {
        const float *bias = m->packed + last->bias_offset;
        for (size_t i = 0; i < last->out; i++)
            logits[i] = a[i] + bias[i];
    }
}

static void run(const feat_frame *f, const feat_step *step)
{
    const feat_op *op = step->op;
    float *unbiased = f->out[op->tap], *logits = f->out[op->tap + 1];
    if (unbiased == NULL && logits == NULL)
        return;
    float *features = f->work[0] + feat_model_head_offset(f->model);
    feat_mean_of(f, op->src, features);
    run_layers(f->model, op->ic, features, unbiased, logits);
}

size_t feat_model_head_offset(const feat_model *model)
{
    return feat_round_up(model->scratch_floats);
}

/* --- before an image ---------------------------------------------------------------------------- */

static const char *check(const feat_net *net, const feat_op *op)
{
    const feat_shape *in = &net->tensors[op->src];
    if (op->src == 0 || in->c % FEAT_BLOCK != 0 || op->ic != in->c)
        return "features in a multiple of 16 expected, as many as its input has channels";
    return op->n_taps == 2 && net->taps[op->tap].dim == 0 && net->taps[op->tap + 1].dim == 0
               ? NULL
               : "two taps expected, whose width the weights decide";
}

static void measure(feat_model *m, feat_step *step)
{
    size_t widest = 0;
    step->scratch_floats = feat_mean_scratch(m, step->op->src);
    if (m->head.n_layers == 0)
        return;
    for (size_t i = 0; i < m->head.n_layers; i++) {
        feat_dense *d = &m->dense[i];
        d->in = m->head.size[i];
        d->out = m->head.size[i + 1];
        d->w_offset = m->packed_floats;
        m->packed_floats += feat_round_up(d->in) * feat_round_up(d->out);
        d->bias_offset = m->packed_floats;
        m->packed_floats += feat_round_up(d->out);
        widest = feat_max_size(widest, feat_round_up(d->out));
        m->extra_floats = feat_max_size(m->extra_floats, FEAT_BLOCK * d->in); /* load_matrix's */
    }
    m->head_floats = step->op->ic + 3 * widest;
}

/* The matrix of a layer, read and packed by blocks of 16 outputs through raw [16][in]. */
static feat_status load_matrix(const feat_loading *l, const feat_dense *d, const char *name, float *raw,
                               feat_error *err)
{
    const size_t shape[2] = {d->out, d->in};
    feat_tensor_reader reader;
    feat_status status = feat_begin_tensor(&reader, l->weights, name, 2, shape, err);
    float *to = l->model->packed + d->w_offset;
    for (size_t o = 0; o < d->out && status == FEAT_OK; o += FEAT_BLOCK) {
        size_t n = feat_min_size(d->out - o, FEAT_BLOCK);
        if ((status = feat_weights_next(&reader, raw, n * d->in, err)) == FEAT_OK)
            feat_pack_conv(to, raw, NULL, n, d->in, 1, 1, FEAT_BLOCK);
        to += FEAT_BLOCK * feat_round_up(d->in);
    }
    return status == FEAT_OK ? feat_weights_end(&reader, err) : status;
}

/* As many floats as the weights say, so that the room for reading is asked for here. */
static feat_status load(const feat_loading *l, feat_error *err)
{
    feat_model *m = l->model;
    const feat_naming *naming = m->net->naming;
    char name[FEAT_NAME_BYTES];
    for (size_t layer = 0; layer < m->head.n_layers; layer++) {
        const feat_dense *d = &m->dense[layer];
        float *raw = feat_alloc_array(FEAT_BLOCK * d->in, sizeof *raw);
        if (raw == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load the classifier",
                             feat_weights_path(l->weights));
        feat_dense_name(name, l->op, layer, m->head.n_layers, naming->dense_weight);
        feat_status status = load_matrix(l, d, name, raw, err);
        feat_free(raw);
        if (status != FEAT_OK)
            return status;
        feat_dense_name(name, l->op, layer, m->head.n_layers, naming->dense_bias);
        memset(m->packed + d->bias_offset, 0, feat_round_up(d->out) * sizeof(float));
        status = feat_read_tensor(l->weights, name, 1, &d->out, m->packed + d->bias_offset, err);
        if (status != FEAT_OK)
            return status;
    }
    return FEAT_OK;
}

const feat_op_kind feat_kind_head = {"classifier", check, NULL, NULL, measure, load, run, NULL};
