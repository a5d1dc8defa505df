/* Hands every operation with weights to its kind, which reads, folds and packs them. The source tensors are not kept:
 * after this only the packed copy exists. */
#include "engine/net/load.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
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
    feat_loading *layers; /* [model->net->n_ops]: those with weights, raw left out */
    size_t n_layers;
    size_t n_workers;
    float **raw;        /* per worker */
    feat_error *errors; /* per worker: its first failure */
} load_ctx;

static void list_layers(load_ctx *ctx, feat_model *m, const feat_weights *weights)
{
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        for (size_t i = 0, block = 0; i < step->n_ops; i++) {
            if (feat_op_kinds[step->op[i].kind]->load != NULL)
                ctx->layers[ctx->n_layers++] = (feat_loading){m, weights, step, &step->op[i], block, NULL};
            block += feat_blocks_of(step->op[i].oc);
        }
    }
}

static void load_task(void *arg, size_t tile, size_t worker)
{
    load_ctx *ctx = arg;
    feat_loading loading = ctx->layers[tile];
    feat_error *err = &ctx->errors[worker];
    loading.raw = ctx->raw[worker];
    if (err->status == FEAT_OK)
        (void)feat_op_kinds[loading.op->kind]->load(&loading, err);
}

static feat_status load_all(load_ctx *ctx, feat_model *m, const feat_weights *weights, feat_pool *pool, feat_error *err)
{
    ctx->n_workers = feat_pool_threads(pool);
    ctx->layers = feat_calloc(m->net->n_ops, sizeof *ctx->layers);
    ctx->raw = feat_calloc(ctx->n_workers, sizeof *ctx->raw);
    ctx->errors = feat_calloc(ctx->n_workers, sizeof *ctx->errors);
    int enough = ctx->layers != NULL && ctx->raw != NULL && ctx->errors != NULL;
    for (size_t i = 0; i < ctx->n_workers && enough; i++)
        enough = (ctx->raw[i] = feat_alloc_array(m->raw_floats + 1, sizeof *ctx->raw[i])) != NULL;
    if (!enough)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load the network", feat_weights_path(weights));
    list_layers(ctx, m, weights);
    feat_parallel_for(pool, ctx->n_layers, load_task, ctx);
    for (size_t i = 0; i < ctx->n_workers; i++)
        if (ctx->errors[i].status != FEAT_OK)
            return feat_fail(err, ctx->errors[i].status, "%s", ctx->errors[i].message);
    return FEAT_OK;
}

size_t feat_load_takes(const feat_model *m, size_t n_workers)
{
    size_t extra = m->extra_floats == 0 ? 0 : feat_alloc_takes(m->extra_floats * sizeof(float));
    size_t each = feat_alloc_takes((m->raw_floats + 1) * sizeof(float)) + extra;
    return n_workers * each + feat_alloc_takes(m->net->n_ops * sizeof(feat_loading)) +
           feat_alloc_takes(n_workers * sizeof(float *)) + feat_alloc_takes(n_workers * sizeof(feat_error));
}

feat_status feat_load_packed(feat_model *m, const feat_weights *weights, feat_pool *pool, feat_error *err)
{
    load_ctx ctx = {NULL, 0, 0, NULL, NULL};
    feat_status status = load_all(&ctx, m, weights, pool, err);
    for (size_t i = 0; ctx.raw != NULL && i < ctx.n_workers; i++)
        feat_free(ctx.raw[i]);
    feat_free(ctx.raw);
    feat_free(ctx.errors);
    feat_free(ctx.layers);
    return status;
}
