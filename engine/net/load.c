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

static bool shape_is(const iv3_tensor *t, size_t rank, const size_t *shape)
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
static iv3_status read_tensor(const iv3_weights *weights, const char *name, size_t rank, const size_t *shape,
                              float *dst, iv3_error *err)
{
    char expected[64], found[64];
    size_t index = iv3_weights_find(weights, name);
    shape_text(expected, sizeof expected, rank, shape);
    if (index == SIZE_MAX)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s' (%s) is missing", iv3_weights_path(weights),
                        name, expected);
    const iv3_tensor *t = iv3_weights_at(weights, index);
    if (!shape_is(t, rank, shape)) {
        size_t have[IV3_MAX_RANK] = {0};
        for (size_t i = 0; i < t->rank && i < IV3_MAX_RANK; i++)
            have[i] = t->shape[i];
        shape_text(found, sizeof found, t->rank, have);
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': shape %s expected, %s found",
                        iv3_weights_path(weights), name, expected, found);
    }
    return iv3_weights_read(weights, index, dst, err);
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
    iv3_model *model;
    const iv3_weights *weights;
    raw_layer **raw;   /* per worker */
    iv3_error *errors; /* per worker: its first failure */
    struct {
        const iv3_op *op;
        iv3_wino_form form;
        int split;
        size_t w_offset, bias_offset;
    } layers[IV3_N_CONVS];
} load_ctx;

static iv3_status load_conv(load_ctx *ctx, size_t layer, raw_layer *raw, iv3_error *err)
{
    const iv3_op *op = ctx->layers[layer].op;
    float *packed_w = ctx->model->packed + ctx->layers[layer].w_offset;
    float *packed_bias = ctx->model->packed + ctx->layers[layer].bias_offset;
    static const char *const parts[4] = {"weight", "bias", "running_mean", "running_var"};
    char name[IV3_NAME_BYTES];
    size_t oc = op->oc, shape[4] = {op->oc, op->ic, op->kh, op->kw};
    bool has_gamma = true;
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s.bn.%s", op->name, parts[i]);
        if (i == 0 && iv3_weights_find(ctx->weights, name) == SIZE_MAX) {
            has_gamma = false; /* Keras trains without it */
            continue;
        }
        iv3_status status = read_tensor(ctx->weights, name, 1, &oc, raw->bn[i], err);
        if (status != IV3_OK)
            return status;
    }
    iv3_batch_norm norm = {has_gamma ? raw->bn[0] : NULL, raw->bn[1], raw->bn[2], raw->bn[3]};
    for (size_t o = 0; o < oc; o++)
        if (raw->bn[3][o] < 0.0f)
            return iv3_fail(err, IV3_ERR_NUMERIC,
                            "%s: tensor '%s.bn.running_var': variance of channel %zu is negative",
                            iv3_weights_path(ctx->weights), op->name, o);
    iv3_fold_batch_norm(raw->scale, packed_bias, &norm, oc);
    for (size_t o = 0; o < oc; o++)
        if (!isfinite(raw->scale[o]) || !isfinite(packed_bias[o]))
            return iv3_fail(err, IV3_ERR_NUMERIC, "%s: batch norm of '%s' overflows in channel %zu",
                            iv3_weights_path(ctx->weights), op->name, o);
    snprintf(name, sizeof name, "%s.conv.weight", op->name);
    iv3_status status = read_tensor(ctx->weights, name, 4, shape, raw->w, err);
    if (status != IV3_OK)
        return status;
    if (ctx->layers[layer].split)
        iv3_pack_split((uint16_t *)packed_w, raw->w, raw->scale, oc, op->ic, op->kh, op->kw, op->stride,
                       ctx->model->kernels);
    else if (ctx->layers[layer].form != IV3_WINO_NONE)
        iv3_pack_wino(packed_w, raw->w, raw->scale, oc, op->ic, ctx->layers[layer].form, ctx->model->kernels);
    else
        iv3_pack_conv(packed_w, raw->w, raw->scale, oc, op->ic, op->kh, op->kw, op->src == 0 ? 3 : IV3_BLOCK);
    return IV3_OK;
}

static void load_conv_task(void *arg, size_t tile, size_t worker)
{
    load_ctx *ctx = arg;
    iv3_error *err = &ctx->errors[worker];
    if (err->status != IV3_OK)
        return;
    (void)load_conv(ctx, tile, ctx->raw[worker], err);
}

/* Where the bias of a linear convolution is added: after the pool that reads its output. */
static size_t pool_bias_offset(const iv3_model *m, const iv3_op *linear)
{
    size_t s = 0;
    while (m->steps[s].op->kind != IV3_OP_POOL_S1 || m->steps[s].op->src != linear->dst)
        s++;
    return m->steps[s].bias_offset;
}

/* Fills ctx->layers from the steps; returns how many there are. */
static size_t list_layers(load_ctx *ctx)
{
    iv3_model *m = ctx->model;
    size_t n_layers = 0;
    for (size_t s = 0; s < m->n_steps; s++) {
        const iv3_step *step = &m->steps[s];
        size_t block = 0;
        for (size_t i = 0; iv3_op_is_conv(step->op) && i < step->n_ops; i++) {
            const iv3_op *op = &step->op[i];
            ctx->layers[n_layers].op = op;
            ctx->layers[n_layers].form = step->form;
            ctx->layers[n_layers].split = step->split;
            ctx->layers[n_layers].w_offset = step->w_offset + block * step->w_block_stride;
            ctx->layers[n_layers].bias_offset = step->bias_offset + block * IV3_BLOCK;
            if (op->kind == IV3_OP_CONV_LINEAR) {
                memset(m->packed + ctx->layers[n_layers].bias_offset, 0, op->oc * sizeof(float));
                ctx->layers[n_layers].bias_offset = pool_bias_offset(m, op);
            }
            block += op->oc / IV3_BLOCK;
            n_layers++;
        }
    }
    return n_layers;
}

static iv3_status load_convs(iv3_model *m, const iv3_weights *weights, iv3_pool *pool, iv3_error *err)
{
    size_t n_workers = iv3_pool_threads(pool), n_layers = 0;
    iv3_status status = IV3_ERR_NOMEM;
    load_ctx *ctx = iv3_calloc(1, sizeof *ctx);
    if (ctx == NULL)
        goto out;
    ctx->model = m;
    ctx->weights = weights;
    ctx->raw = iv3_calloc(n_workers, sizeof *ctx->raw);
    ctx->errors = iv3_calloc(n_workers, sizeof *ctx->errors);
    if (ctx->raw == NULL || ctx->errors == NULL)
        goto out;
    for (size_t i = 0; i < n_workers; i++)
        if ((ctx->raw[i] = iv3_alloc(sizeof(raw_layer))) == NULL)
            goto out;
    n_layers = list_layers(ctx);
    iv3_parallel_for(pool, n_layers, load_conv_task, ctx);
    status = IV3_OK;
    for (size_t i = 0; i < n_workers && status == IV3_OK; i++)
        if ((status = ctx->errors[i].status) != IV3_OK)
            iv3_fail(err, status, "%s", ctx->errors[i].message);
out:
    if (status == IV3_ERR_NOMEM)
        iv3_fail(err, status, "%s: no memory to load the network", iv3_weights_path(weights));
    for (size_t i = 0; ctx != NULL && ctx->raw != NULL && i < n_workers; i++)
        iv3_free(ctx->raw[i]);
    if (ctx != NULL) {
        iv3_free(ctx->raw);
        iv3_free(ctx->errors);
    }
    iv3_free(ctx);
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

iv3_status iv3_load_measure_head(iv3_model *m, const iv3_weights *weights, iv3_error *err)
{
    char name[IV3_NAME_BYTES];
    bool single = iv3_weights_find(weights, "fc.weight") != SIZE_MAX;
    size_t in = IV3_FEATURE_DIM, widest = 0;
    m->n_dense = 0;
    for (size_t layer = 0; layer < (single ? 1 : IV3_MAX_DENSE); layer++) {
        dense_name(name, sizeof name, single, layer, "weight");
        size_t index = iv3_weights_find(weights, name);
        if (index == SIZE_MAX)
            break;
        const iv3_tensor *t = iv3_weights_at(weights, index);
        if (t->rank != 2 || t->shape[1] != in || t->shape[0] == 0)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': a matrix with %zu columns expected",
                            iv3_weights_path(weights), name, in);
        iv3_dense *d = &m->dense[m->n_dense++];
        size_t weights_floats;
        d->in = in;
        d->out = t->shape[0];
        d->w_offset = m->packed_floats;
        if (!iv3_mul_size(iv3_round_up(d->in), iv3_round_up(d->out), &weights_floats) ||
            weights_floats > SIZE_MAX / 16 - m->packed_floats)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s' is too large", iv3_weights_path(weights),
                            name);
        m->packed_floats += weights_floats;
        d->bias_offset = m->packed_floats;
        m->packed_floats += iv3_round_up(d->out);
        in = d->out;
        widest = iv3_round_up(d->out) > widest ? iv3_round_up(d->out) : widest;
    }
    m->dense_floats = IV3_FEATURE_DIM + 3 * widest;
    return IV3_OK;
}

static iv3_status load_head(iv3_model *m, const iv3_weights *weights, iv3_error *err)
{
    char name[IV3_NAME_BYTES];
    bool single = iv3_weights_find(weights, "fc.weight") != SIZE_MAX;
    for (size_t layer = 0; layer < m->n_dense; layer++) {
        const iv3_dense *d = &m->dense[layer];
        size_t shape[2] = {d->out, d->in};
        float *raw = iv3_alloc_array(d->in * d->out, sizeof *raw);
        if (raw == NULL)
            return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to load the classifier",
                            iv3_weights_path(weights));
        dense_name(name, sizeof name, single, layer, "weight");
        iv3_status status = read_tensor(weights, name, 2, shape, raw, err);
        if (status == IV3_OK) {
            iv3_pack_conv(m->packed + d->w_offset, raw, NULL, d->out, d->in, 1, 1, IV3_BLOCK);
            dense_name(name, sizeof name, single, layer, "bias");
            memset(m->packed + d->bias_offset, 0, iv3_round_up(d->out) * sizeof(float));
            status = read_tensor(weights, name, 1, &d->out, m->packed + d->bias_offset, err);
        }
        iv3_free(raw);
        if (status != IV3_OK)
            return status;
    }
    return IV3_OK;
}

iv3_status iv3_load_packed(iv3_model *m, const iv3_weights *weights, iv3_pool *pool, iv3_error *err)
{
    iv3_status status = load_convs(m, weights, pool, err);
    return status == IV3_OK ? load_head(m, weights, err) : status;
}
