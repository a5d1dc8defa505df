/* Reads every tensor once, folds batch norm in double, packs for the kernels. The source tensors are not kept: after
 * this only the packed copy exists. */
#include "engine/net/load.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/ops/fold.h"

/* --- reading tensors ----------------------------------------------------------------------------- */

static bool shape_is(const feat_tensor *t, size_t rank, const size_t *shape)
{
    if (t->rank != rank)
        return false;
    for (size_t i = 0; i < rank; i++)
        if (t->shape[i] != shape[i])
            return false;
    return true;
}

static void shape_text(char *text, size_t bytes, size_t rank, const size_t *shape)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < rank && used < bytes; i++) {
        int n = snprintf(text + used, bytes - used, i == 0 ? "%zu" : "x%zu", shape[i]);
        if (n < 0)
            return;
        used += (size_t)n;
    }
}

/* Reads the tensor `name`, which must have exactly this shape, into dst. */
static feat_status read_tensor(const feat_weights *weights, const char *name, size_t rank, const size_t *shape,
                               float *dst, feat_error *err)
{
    char expected[64], found[64];
    size_t index = feat_weights_find(weights, name);
    shape_text(expected, sizeof expected, rank, shape);
    if (index == SIZE_MAX)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' (%s) is missing", feat_weights_path(weights),
                         name, expected);
    const feat_tensor *t = feat_weights_at(weights, index);
    if (!shape_is(t, rank, shape)) {
        size_t have[FEAT_MAX_RANK] = {0};
        for (size_t i = 0; i < t->rank && i < FEAT_MAX_RANK; i++)
            have[i] = t->shape[i];
        shape_text(found, sizeof found, t->rank, have);
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected, %s found",
                         feat_weights_path(weights), name, expected, found);
    }
    return feat_weights_read(weights, index, dst, err);
}

/* --- convolutions -------------------------------------------------------------------------------- */

enum { MAX_OC = 512, MAX_LAYER_FLOATS = 448 * 384 * 9 };

/* One convolution as read. */
typedef struct raw_layer {
    float w[MAX_LAYER_FLOATS];
    float bn[4][MAX_OC]; /* gamma, beta, mean, var */
    double scale[MAX_OC];
} raw_layer;

/* What packing one convolution needs; tasks run in parallel over convolutions. */
typedef struct load_ctx {
    feat_model *model;
    const feat_weights *weights;
    raw_layer **raw;    /* per worker */
    feat_error *errors; /* per worker: its first failure */
    struct {
        const feat_op *op;
        feat_wino_form form;
        int split;
        size_t w_offset, bias_offset;
    } layers[FEAT_N_CONVS];
} load_ctx;

static feat_status load_conv(load_ctx *ctx, size_t layer, raw_layer *raw, feat_error *err)
{
    const feat_op *op = ctx->layers[layer].op;
    float *packed_w = ctx->model->packed + ctx->layers[layer].w_offset;
    float *packed_bias = ctx->model->packed + ctx->layers[layer].bias_offset;
    static const char *const parts[4] = {"weight", "bias", "running_mean", "running_var"};
    char name[FEAT_NAME_BYTES];
    size_t oc = op->oc, shape[4] = {op->oc, op->ic, op->kh, op->kw};
    bool has_gamma = true;
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s.bn.%s", op->name, parts[i]);
        if (i == 0 && feat_weights_find(ctx->weights, name) == SIZE_MAX) {
            has_gamma = false; /* Keras trains without it */
            continue;
        }
        feat_status status = read_tensor(ctx->weights, name, 1, &oc, raw->bn[i], err);
        if (status != FEAT_OK)
            return status;
    }
    feat_batch_norm norm = {has_gamma ? raw->bn[0] : NULL, raw->bn[1], raw->bn[2], raw->bn[3]};
    for (size_t o = 0; o < oc; o++)
        if (raw->bn[3][o] < 0.0f)
            return feat_fail(err, FEAT_ERR_NUMERIC,
                             "%s: tensor '%s.bn.running_var': variance of channel %zu is negative",
                             feat_weights_path(ctx->weights), op->name, o);
    feat_fold_batch_norm(raw->scale, packed_bias, &norm, oc);
    for (size_t o = 0; o < oc; o++)
        if (!isfinite(raw->scale[o]) || !isfinite(packed_bias[o]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "%s: batch norm of '%s' overflows in channel %zu",
                             feat_weights_path(ctx->weights), op->name, o);
    snprintf(name, sizeof name, "%s.conv.weight", op->name);
    feat_status status = read_tensor(ctx->weights, name, 4, shape, raw->w, err);
    if (status != FEAT_OK)
        return status;
    if (ctx->layers[layer].split)
        feat_pack_split((uint16_t *)packed_w, raw->w, raw->scale, oc, op->ic, op->kh, op->kw, op->stride,
                        ctx->model->kernels);
    else if (ctx->layers[layer].form != FEAT_WINO_NONE)
        feat_pack_wino(packed_w, raw->w, raw->scale, oc, op->ic, ctx->layers[layer].form, ctx->model->kernels);
    else
        feat_pack_conv(packed_w, raw->w, raw->scale, oc, op->ic, op->kh, op->kw, op->src == 0 ? 3 : FEAT_BLOCK);
    return FEAT_OK;
}

static void load_conv_task(void *arg, size_t tile, size_t worker)
{
    load_ctx *ctx = arg;
    feat_error *err = &ctx->errors[worker];
    if (err->status != FEAT_OK)
        return;
    (void)load_conv(ctx, tile, ctx->raw[worker], err);
}

/* Where the bias of a linear convolution is added: after the pool that reads its output. */
static size_t pool_bias_offset(const feat_model *m, const feat_op *linear)
{
    size_t s = 0;
    while (m->steps[s].op->kind != FEAT_OP_POOL_S1 || m->steps[s].op->src != linear->dst)
        s++;
    return m->steps[s].bias_offset;
}

/* Fills ctx->layers from the steps; returns how many there are. */
static size_t list_layers(load_ctx *ctx)
{
    feat_model *m = ctx->model;
    size_t n_layers = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        size_t block = 0;
        for (size_t i = 0; feat_op_is_conv(step->op) && i < step->n_ops; i++) {
            const feat_op *op = &step->op[i];
            ctx->layers[n_layers].op = op;
            ctx->layers[n_layers].form = step->form;
            ctx->layers[n_layers].split = step->split;
            ctx->layers[n_layers].w_offset = step->w_offset + block * step->w_block_stride;
            ctx->layers[n_layers].bias_offset = step->bias_offset + block * FEAT_BLOCK;
            if (op->kind == FEAT_OP_CONV_LINEAR) {
                memset(m->packed + ctx->layers[n_layers].bias_offset, 0, op->oc * sizeof(float));
                ctx->layers[n_layers].bias_offset = pool_bias_offset(m, op);
            }
            block += op->oc / FEAT_BLOCK;
            n_layers++;
        }
    }
    return n_layers;
}

static feat_status load_convs(feat_model *m, const feat_weights *weights, feat_pool *pool, feat_error *err)
{
    size_t n_workers = feat_pool_threads(pool), n_layers = 0;
    feat_status status = FEAT_ERR_NOMEM;
    load_ctx *ctx = feat_calloc(1, sizeof *ctx);
    if (ctx == NULL)
        goto out;
    ctx->model = m;
    ctx->weights = weights;
    ctx->raw = feat_calloc(n_workers, sizeof *ctx->raw);
    ctx->errors = feat_calloc(n_workers, sizeof *ctx->errors);
    if (ctx->raw == NULL || ctx->errors == NULL)
        goto out;
    for (size_t i = 0; i < n_workers; i++)
        if ((ctx->raw[i] = feat_alloc(sizeof(raw_layer))) == NULL)
            goto out;
    n_layers = list_layers(ctx);
    feat_parallel_for(pool, n_layers, load_conv_task, ctx);
    status = FEAT_OK;
    for (size_t i = 0; i < n_workers && status == FEAT_OK; i++)
        if ((status = ctx->errors[i].status) != FEAT_OK)
            feat_fail(err, status, "%s", ctx->errors[i].message);
out:
    if (status == FEAT_ERR_NOMEM)
        feat_fail(err, status, "%s: no memory to load the network", feat_weights_path(weights));
    for (size_t i = 0; ctx != NULL && ctx->raw != NULL && i < n_workers; i++)
        feat_free(ctx->raw[i]);
    if (ctx != NULL) {
        feat_free(ctx->raw);
        feat_free(ctx->errors);
    }
    feat_free(ctx);
    return status;
}

/* --- the head ------------------------------------------------------------------------------------ */

static void dense_name(char *name, size_t bytes, bool single, size_t layer, const char *part)
{
    if (single)
        snprintf(name, bytes, "fc.%s", part);
    else
        snprintf(name, bytes, "fc.%zu.%s", layer, part);
}

feat_status feat_load_measure_head(feat_model *m, const feat_weights *weights, feat_error *err)
{
    char name[FEAT_NAME_BYTES];
    bool single = feat_weights_find(weights, "fc.weight") != SIZE_MAX;
    size_t in = FEAT_FEATURE_DIM, widest = 0;
    m->n_dense = 0;
    for (size_t layer = 0; layer < (single ? 1 : FEAT_MAX_DENSE); layer++) {
        dense_name(name, sizeof name, single, layer, "weight");
        size_t index = feat_weights_find(weights, name);
        if (index == SIZE_MAX)
            break;
        const feat_tensor *t = feat_weights_at(weights, index);
        if (t->rank != 2 || t->shape[1] != in || t->shape[0] == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': a matrix with %zu columns expected",
                             feat_weights_path(weights), name, in);
        feat_dense *d = &m->dense[m->n_dense++];
        size_t weights_floats;
        d->in = in;
        d->out = t->shape[0];
        d->w_offset = m->packed_floats;
        if (!feat_mul_size(feat_round_up(d->in), feat_round_up(d->out), &weights_floats) ||
            weights_floats > SIZE_MAX / 16 - m->packed_floats)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is too large", feat_weights_path(weights),
                             name);
        m->packed_floats += weights_floats;
        d->bias_offset = m->packed_floats;
        m->packed_floats += feat_round_up(d->out);
        in = d->out;
        widest = feat_round_up(d->out) > widest ? feat_round_up(d->out) : widest;
    }
    m->dense_floats = FEAT_FEATURE_DIM + 3 * widest;
    return FEAT_OK;
}

static feat_status load_head(feat_model *m, const feat_weights *weights, feat_error *err)
{
    char name[FEAT_NAME_BYTES];
    bool single = feat_weights_find(weights, "fc.weight") != SIZE_MAX;
    for (size_t layer = 0; layer < m->n_dense; layer++) {
        const feat_dense *d = &m->dense[layer];
        size_t shape[2] = {d->out, d->in};
        float *raw = feat_alloc_array(d->in * d->out, sizeof *raw);
        if (raw == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load the classifier",
                             feat_weights_path(weights));
        dense_name(name, sizeof name, single, layer, "weight");
        feat_status status = read_tensor(weights, name, 2, shape, raw, err);
        if (status == FEAT_OK) {
            feat_pack_conv(m->packed + d->w_offset, raw, NULL, d->out, d->in, 1, 1, FEAT_BLOCK);
            dense_name(name, sizeof name, single, layer, "bias");
            memset(m->packed + d->bias_offset, 0, feat_round_up(d->out) * sizeof(float));
            status = read_tensor(weights, name, 1, &d->out, m->packed + d->bias_offset, err);
        }
        feat_free(raw);
        if (status != FEAT_OK)
            return status;
    }
    return FEAT_OK;
}

feat_status feat_load_packed(feat_model *m, const feat_weights *weights, feat_pool *pool, feat_error *err)
{
    feat_status status = load_convs(m, weights, pool, err);
    return status == FEAT_OK ? load_head(m, weights, err) : status;
}
