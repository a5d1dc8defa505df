/* Model creation, and what a model says of itself. */
#include "engine/net/model.h"

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "engine/flat/flat_format.h"
#include "engine/net/compile.h"
#include "engine/net/load.h"
#include "engine/ops/head.h"

static const feat_config default_config = {.isa_mask = UINT32_MAX};

void feat_config_init(feat_config *config, size_t size)
{
    feat_sized_init(config, size, &default_config, sizeof default_config);
}

feat_status feat_model_create(feat_model **out, feat_weights *weights, const feat_config *config, feat_error *err)
{
    if (out == NULL || weights == NULL)
        return feat_null(err, __func__);
    return feat_model_create_net(out, weights, feat_weights_net(weights), config, err);
}

/* A model as far as it is known before any tensor is read: its steps, and how large everything is. `config` becomes
 * what the caller wants, with the defaults of what it has no field for. */
static feat_status begin(feat_model **out, feat_config *config, const feat_weights *weights, const feat_net *net,
                         const feat_config *wanted, feat_error *err)
{
    *out = NULL;
    *config = default_config;
    feat_status status = feat_sized_read(config, sizeof *config, wanted, "feat_config", err);
    if (status != FEAT_OK)
        return status;
    if (feat_numerics_name(config->numerics) == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "unknown numerics %d", (int)config->numerics);
    size_t op;
    const char *wrong = feat_compile_check(net, &op);
    if (wrong != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: operation %zu (%s): %s", net->name, op,
                         op < net->n_ops ? net->ops[op].name : "all", wrong);
    const feat_kernels *kernels = NULL;
    if (config->numerics != FEAT_NUMERICS_EXACT)
        kernels = feat_kernels_pick_split(config->isa_mask);
    if (kernels == NULL)
        kernels = feat_kernels_pick(config->isa_mask);
    if (kernels == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "this CPU can run none of the instruction sets allowed");
    feat_model *m = feat_calloc(1, sizeof *m);
    if (m == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a model");
    m->kernels = kernels;
    m->net = net;
    m->numerics = feat_numerics_here(config->numerics, config->isa_mask);
    if (!config->no_classifier)
        status = feat_load_find_head(&m->head, net, weights, err);
    if (status == FEAT_OK)
        status = feat_compile(m, err);
    if (status != FEAT_OK)
        feat_model_close(&m);
    *out = m;
    return status;
}

feat_status feat_model_create_net(feat_model **out, feat_weights *weights, const feat_net *net,
                                  const feat_config *wanted, feat_error *err)
{
    feat_config config;
    feat_status status = begin(out, &config, weights, net, wanted, err);
    if (status != FEAT_OK)
        return status;
    feat_model *m = *out;
    m->packed = feat_alloc_array(m->packed_floats, sizeof *m->packed);
    if (m->packed == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %zu MiB of packed weights",
                           feat_weights_path(weights), m->packed_floats * sizeof(float) >> 20);
    else
        status = feat_load_packed(m, weights, config.pool, err);
    if (status != FEAT_OK)
        feat_model_close(out);
    return status;
}

feat_status feat_model_bytes_net(feat_model_memory *memory, feat_weights *weights, const feat_net *net,
                                 const feat_config *wanted, feat_error *err)
{
    feat_config config;
    feat_model *m;
    *memory = (feat_model_memory){0, 0, 0};
    feat_status status = begin(&m, &config, weights, net, wanted, err);
    if (status != FEAT_OK)
        return status;
    size_t compiled = feat_alloc_takes(sizeof *m) + feat_compile_takes(m);
    memory->kept = compiled + feat_alloc_takes(m->packed_floats * sizeof *m->packed);
    for (size_t i = 0; i < feat_weights_count(weights); i++) {
        const feat_tensor *t = feat_weights_at(weights, i);
        size_t takes = t->pixels > 0 ? feat_weights_map_takes(weights, t) : 0; /* a tensor in panels is not packed */
        memory->kept += takes;
        memory->in_place += t->pixels > 0 && takes == 0 ? (size_t)t->n_elements * feat_dtype_bytes(t->dtype) : 0;
    }
    size_t loading = 0;
    status = feat_load_takes(&loading, m, weights, feat_pool_threads(config.pool), err);
    memory->peak = feat_max_size(compiled + feat_compile_takes_beside(net), memory->kept + loading);
    feat_model_close(&m);
    if (status != FEAT_OK)
        *memory = (feat_model_memory){0, 0, 0};
    return status;
}

feat_status feat_model_bytes(feat_model_memory *memory, feat_weights *weights, const feat_config *config,
                             feat_error *err)
{
    if (memory == NULL || weights == NULL)
        return feat_null(err, __func__);
    return feat_model_bytes_net(memory, weights, feat_weights_net(weights), config, err);
}

void feat_model_close(feat_model **model)
{
    if (model == NULL || *model == NULL)
        return;
    feat_compile_release(*model);
    feat_free((*model)->packed);
    feat_free(*model);
    *model = NULL;
}

const feat_net *feat_model_net(const feat_model *model)
{
    if (model == NULL)
        return NULL;
    return model->net;
}

const char *feat_model_isa(const feat_model *model)
{
    if (model == NULL)
        return NULL;
    return model->kernels->name;
}

feat_numerics feat_model_numerics(const feat_model *model)
{
    if (model == NULL)
        return FEAT_NUMERICS_EXACT;
    return model->numerics;
}

int feat_model_has_tiles(const feat_model *model)
{
    if (model == NULL)
        return 0;
    return model->numerics == FEAT_NUMERICS_SPLIT && model->kernels->split.in_hardware;
}

const char *feat_numerics_name(feat_numerics numerics)
{
    static const char *const names[] = {"exact", "fast", "split"};
    _Static_assert(sizeof names / sizeof names[0] == FEAT_NUMERICS_SPLIT + 1, "a name for each");
    return (size_t)numerics < sizeof names / sizeof names[0] ? names[numerics] : NULL;
}

feat_numerics feat_numerics_here(feat_numerics numerics, uint32_t isa_mask)
{
    if (numerics == FEAT_NUMERICS_FAST)
        return feat_kernels_pick_split(isa_mask) != NULL ? FEAT_NUMERICS_SPLIT : FEAT_NUMERICS_EXACT;
    return numerics;
}

size_t feat_model_worker_floats(const feat_model *model)
{
    return feat_model_head_offset(model) + feat_round_up(model->head_floats);
}

#define TEXT_OF(x) #x
#define DOTTED(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *feat_version(void)
{
    return DOTTED(FEAT_VERSION_MAJOR, FEAT_VERSION_MINOR, FEAT_VERSION_PATCH);
}

size_t feat_tap_dim(const feat_model *model, feat_tap tap)
{
    if (model == NULL)
        return 0;
    size_t dim = feat_net_tap_dim(model->net, tap);
    if (dim == 0 && tap < model->net->n_taps && model->head.n_layers > 0)
        return model->head.size[model->head.n_layers];
    return dim;
}
