/* Model creation, and what a model says of itself. */
#include "engine/net/model.h"

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/net/compile.h"
#include "engine/net/load.h"
#include "engine/ops/head.h"

void iv3_config_default(iv3_config *config)
{
    config->struct_size = sizeof *config;
    config->isa_mask = UINT32_MAX;
    config->pool = NULL;
    config->no_classifier = 0;
    config->numerics = IV3_NUMERICS_EXACT;
}

iv3_status iv3_model_create(iv3_model **out, iv3_weights *weights, const iv3_config *config, iv3_error *err)
{
    *out = NULL;
    iv3_config defaults;
    iv3_config_default(&defaults);
    if (config == NULL)
        config = &defaults;
    if (config->struct_size != sizeof *config)
        return iv3_fail(err, IV3_ERR_ARG, "iv3_config not filled by iv3_config_default");
    if (iv3_numerics_name(config->numerics) == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "unknown numerics %d", (int)config->numerics);
    const iv3_kernels *kernels = NULL;
    if (config->numerics != IV3_NUMERICS_EXACT)
        kernels = iv3_kernels_pick_split(config->isa_mask);
    if (kernels == NULL)
        kernels = iv3_kernels_pick(config->isa_mask);
    if (kernels == NULL)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED, "this CPU can run none of the instruction sets allowed");
    iv3_model *m = iv3_calloc(1, sizeof *m);
    if (m == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for a model");
    m->kernels = kernels;
    m->variant = iv3_weights_variant(weights);
    m->numerics = iv3_numerics_here(config->numerics, config->isa_mask);
    iv3_compile(m);
    iv3_status status = config->no_classifier ? IV3_OK : iv3_load_measure_head(m, weights, err);
    if (status != IV3_OK)
        goto fail;
    m->packed = iv3_alloc_array(m->packed_floats, sizeof *m->packed);
    if (m->packed == NULL) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for %zu MiB of packed weights",
                          iv3_weights_path(weights), m->packed_floats * sizeof(float) >> 20);
        goto fail;
    }
    if ((status = iv3_load_packed(m, weights, config->pool, err)) != IV3_OK)
        goto fail;
    *out = m;
    return IV3_OK;
fail:
    iv3_model_close(&m);
    return status;
}

void iv3_model_close(iv3_model **model)
{
    if (model == NULL || *model == NULL)
        return;
    iv3_free((*model)->packed);
    iv3_free(*model);
    *model = NULL;
}

const char *iv3_model_isa(const iv3_model *model)
{
    return model->kernels->name;
}

iv3_numerics iv3_model_numerics(const iv3_model *model)
{
    return model->numerics;
}

int iv3_model_has_tiles(const iv3_model *model)
{
    return model->numerics == IV3_NUMERICS_SPLIT && model->kernels->split.in_hardware;
}

const char *iv3_numerics_name(iv3_numerics numerics)
{
    static const char *const names[] = {"exact", "fast", "split"};
    return (size_t)numerics < sizeof names / sizeof names[0] ? names[numerics] : NULL;
}

iv3_numerics iv3_numerics_here(iv3_numerics numerics, uint32_t isa_mask)
{
    if (numerics == IV3_NUMERICS_FAST)
        return iv3_kernels_pick_split(isa_mask) != NULL ? IV3_NUMERICS_SPLIT : IV3_NUMERICS_EXACT;
    return numerics;
}

size_t iv3_model_worker_floats(const iv3_model *model)
{
    return iv3_model_head_offset(model) + iv3_round_up(model->dense_floats);
}

#define TEXT_OF(x) #x
#define DOTTED(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *iv3_version(void)
{
    return DOTTED(IV3_VERSION_MAJOR, IV3_VERSION_MINOR, IV3_VERSION_PATCH);
}

const char *iv3_tap_name(iv3_tap tap)
{
    static const char *const names[IV3_N_TAPS] = {"64",    "192", "768", "2048", "spatial", "logits_unbiased",
                                                  "logits"};
    return (size_t)tap < IV3_N_TAPS ? names[tap] : NULL;
}

size_t iv3_tap_dim(const iv3_model *model, iv3_tap tap)
{
    static const size_t dims[IV3_TAP_SPATIAL + 1] = {64, 192, 768, IV3_FEATURE_DIM, IV3_SPATIAL_DIM};
    if ((size_t)tap <= IV3_TAP_SPATIAL)
        return dims[tap];
    if ((size_t)tap < IV3_N_TAPS && model->n_dense > 0)
        return model->dense[model->n_dense - 1].out;
    return 0;
}
