/* Hands every operation with weights to its kind, which reads, folds and packs them. The source tensors are not kept:
 * after this only the packed copy exists. */
#include "engine/net/load.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/flat/flat_stream.h"
#include "engine/ops/op.h"

/* --- the classifier ------------------------------------------------------------------------------ */

static const uint32_t *find_shape(const void *weights, const char *name)
{
    const feat_tensor *t = feat_weights_at(weights, feat_weights_find(weights, name));
    return t == NULL ? NULL : t->shape;
}

feat_status feat_load_find_head(feat_head *head, const feat_net *net, const feat_weights *weights, feat_error *err)
{
    feat_contents contents;
    feat_net_find_contents(&contents, net, find_shape, weights);
    *head = contents.head;
    for (size_t i = 0; i < head->n_layers; i++) {
        char name[FEAT_NAME_BYTES];
        feat_dense_name(name, feat_net_head(net), i, head->n_layers, net->naming->dense_weight);
        const feat_tensor *t = feat_weights_at(weights, feat_weights_find(weights, name));
        size_t n;
        if (t == NULL || t->rank != 2 || t->shape[1] != head->size[i] || t->shape[0] == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': a matrix with %u columns expected",
                             feat_weights_path(weights), name, head->size[i]);
        if (!feat_mul_size(feat_round_up(t->shape[0]), feat_round_up(t->shape[1]), &n) || n > SIZE_MAX / 256)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is too large", feat_weights_path(weights), name);
    }
    return FEAT_OK;
}

/* --- every operation ----------------------------------------------------------------------------- */

typedef struct load_ctx {
    feat_loading *layers; /* [model->net->n_ops]: those with weights, raw left out, in the order of their tensors */
    size_t n_layers;
    size_t n_workers;
    float **raw;        /* per worker */
    feat_error *errors; /* per worker: its first failure */
    uint32_t *layer_of; /* of each tensor of the weights: the order of its layer, see feat_weights_stream_open */
    feat_weights_stream *stream; /* NULL: of synthetic weights */
} load_ctx;

static void add_layer(load_ctx *ctx, const feat_loading *layer)
{
    size_t at = ctx->n_layers++;
    for (; at > 0 && ctx->layers[at - 1].op->order > layer->op->order; at--)
        ctx->layers[at] = ctx->layers[at - 1];
    ctx->layers[at] = *layer;
}

static void list_layers(load_ctx *ctx, feat_model *m, const feat_weights *weights)
{
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        for (size_t i = 0, block = 0; i < step->n_ops; i++) {
            if (feat_op_kinds[step->op[i].kind]->load != NULL)
                add_layer(ctx, &(feat_loading){m, weights, step, &step->op[i], block, NULL});
            block += feat_blocks_of(step->op[i].oc);
        }
    }
}

/* Which layer loads which tensor; a classifier that is left out is only hashed. Weights of other tensors than the
 * network's are one layer: what is wrong with them is found when they are loaded. */
static void find_layers(uint32_t *layer_of, const feat_model *m, const feat_weights *weights)
{
    feat_contents contents;
    const feat_op *op;
    size_t n = feat_weights_count(weights), at = 0;
    feat_net_find_contents(&contents, m->net, find_shape, weights);
    memset(layer_of, 0, n * sizeof *layer_of);
    if (feat_net_count_tensors(m->net, &contents) != n)
        return;
    for (size_t i = 0; (op = feat_net_layer(m->net, i)) != NULL; i++) {
        bool left_out = op->kind == FEAT_OP_HEAD && m->head.n_layers == 0;
        for (size_t k = feat_net_count_layer(m->net, &contents, op); k > 0; k--)
            layer_of[at++] = left_out ? FEAT_NOT_LOADED : (uint32_t)i;
    }
}

static void load_task(void *arg, size_t tile, size_t worker)
{
    load_ctx *ctx = arg;
    feat_loading loading = ctx->layers[tile];
    feat_error *err = &ctx->errors[worker];
    loading.raw = ctx->raw[worker];
    if (err->status == FEAT_OK && feat_op_kinds[loading.op->kind]->load(&loading, err) != FEAT_OK &&
        ctx->stream != NULL)
        feat_weights_stream_stop(ctx->stream, err);
}

static feat_status load_layers(load_ctx *ctx, feat_pool *pool, feat_error *err)
{
    feat_parallel_for(pool, ctx->n_layers, load_task, ctx);
    for (size_t i = 0; i < ctx->n_workers; i++)
        if (ctx->errors[i].status != FEAT_OK)
            return feat_fail(err, ctx->errors[i].status, "%s", ctx->errors[i].message);
    return ctx->stream != NULL ? feat_weights_stream_finish(ctx->stream, err) : FEAT_OK;
}

static feat_status load_all(load_ctx *ctx, feat_model *m, feat_weights *weights, feat_pool *pool, feat_error *err)
{
    ctx->n_workers = feat_pool_threads(pool);
    ctx->layers = feat_calloc(m->net->n_ops, sizeof *ctx->layers);
    ctx->raw = feat_calloc(ctx->n_workers, sizeof *ctx->raw);
    ctx->errors = feat_calloc(ctx->n_workers, sizeof *ctx->errors);
    ctx->layer_of = feat_alloc_array(feat_weights_count(weights), sizeof *ctx->layer_of);
    int enough = ctx->layers != NULL && ctx->raw != NULL && ctx->errors != NULL && ctx->layer_of != NULL;
    for (size_t i = 0; i < ctx->n_workers && enough; i++)
        enough = (ctx->raw[i] = feat_alloc_array(m->raw_floats + 1, sizeof *ctx->raw[i])) != NULL;
    if (!enough)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load the network", feat_weights_path(weights));
    find_layers(ctx->layer_of, m, weights);
    feat_status status = feat_weights_stream_open(&ctx->stream, weights, ctx->layer_of, err);
    if (status != FEAT_OK)
        return status;
    list_layers(ctx, m, ctx->stream != NULL ? feat_weights_stream_view(ctx->stream) : weights);
    return load_layers(ctx, pool, err);
}

/* What a file that is damaged does to a network can be anything; that it is damaged is said instead, and where. */
static feat_status explain(feat_weights *weights, feat_status status, feat_error *err)
{
    feat_error damage;
    if (status != FEAT_OK && status != FEAT_ERR_NOMEM && status != FEAT_ERR_IO &&
        feat_weights_verify(weights, &damage) == FEAT_ERR_CHECKSUM)
        *err = damage;
    return status == FEAT_OK ? FEAT_OK : err->status;
}

feat_status feat_load_takes(size_t *bytes, const feat_model *m, const feat_weights *weights, size_t n_workers,
                            feat_error *err)
{
    size_t extra = m->extra_floats == 0 ? 0 : feat_alloc_takes(m->extra_floats * sizeof(float));
    size_t each = feat_alloc_takes((m->raw_floats + 1) * sizeof(float)) + extra;
    uint32_t *layer_of = feat_alloc_array(feat_weights_count(weights), sizeof *layer_of);
    if (layer_of == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load the network", feat_weights_path(weights));
    find_layers(layer_of, m, weights);
    *bytes = n_workers * each + feat_alloc_takes(m->net->n_ops * sizeof(feat_loading)) +
             feat_alloc_takes(n_workers * sizeof(float *)) + feat_alloc_takes(n_workers * sizeof(feat_error)) +
             feat_alloc_takes(feat_weights_count(weights) * sizeof *layer_of) +
             feat_weights_stream_takes(weights, layer_of);
    feat_free(layer_of);
    return FEAT_OK;
}

feat_status feat_load_packed(feat_model *m, feat_weights *weights, feat_pool *pool, feat_error *err)
{
    load_ctx ctx = {.layers = NULL};
    feat_status status = load_all(&ctx, m, weights, pool, err);
    feat_weights_stream_close(&ctx.stream);
    for (size_t i = 0; ctx.raw != NULL && i < ctx.n_workers; i++)
        feat_free(ctx.raw[i]);
    feat_free(ctx.raw);
    feat_free(ctx.errors);
    feat_free(ctx.layers);
    feat_free(ctx.layer_of);
    return explain(weights, status, err);
}
