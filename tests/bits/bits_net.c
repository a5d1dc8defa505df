/* The small network of bits_table.c: weights, inputs, runs. */
#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat_synth.h"
#include "tests/bits/bits.h"

enum { N_IMAGES = 8, N_SPLIT_IMAGES = 2, CLASSES = 40 };

/* The convolutions of bits_table.c. */
static const iv3_conv_name convs[] = {
    {"stem", "", 16, 3, 3, 3},      {"wide", "", 32, 16, 3, 3},     {"half", "", 16, 32, 3, 3},
    {"t4", "", 16, 16, 3, 3},       {"t2", "", 32, 16, 3, 3},       {"t5", "", 48, 32, 5, 5},
    {"t192", "", 192, 48, 1, 3},    {"beside", "", 48, 16, 3, 3},   {"over", "", 16, 16, 1, 1},
    {"left", "", 32, 64, 1, 1},     {"right", "", 16, 64, 1, 1},    {"pooled", "", 48, 64, 1, 1},
    {"row", "", 32, 32, 1, 7},      {"column", "", 48, 32, 7, 1},   {"column4", "", 16, 16, 7, 1},
    {"row6", "", 16, 16, 1, 7},     {"stride", "", 32, 112, 3, 3},  {"cross_row", "", 32, 144, 1, 3},
    {"cross_column", "", 32, 144, 3, 1}, {"last0", "", 512, 64, 1, 1}, {"last1", "", 512, 64, 1, 1},
    {"last2", "", 512, 64, 1, 1}, {"last3", "", 512, 64, 1, 1},
};
static const iv3_layout layout = {convs, sizeof convs / sizeof convs[0], IV3_FEATURE_DIM, CLASSES, CLASSES};

static const iv3_tap taps[] = {IV3_TAP_64,      IV3_TAP_192,    IV3_TAP_SPATIAL,
                               IV3_TAP_2048, IV3_TAP_LOGITS_UNBIASED, IV3_TAP_LOGITS};
enum { N_TAPS = sizeof taps / sizeof taps[0] };

/* Inputs of every size up to 1, drawn as weights are. */
static float *make_images(void)
{
    float *images = bits_memory(N_IMAGES, IV3_INPUT_FLOATS * sizeof *images);
    uint32_t state = 12345;
    for (size_t i = 0; i < (size_t)N_IMAGES * IV3_INPUT_FLOATS; i++) {
        state = state * 1664525u + 1013904223u;
        images[i] = (float)((int32_t)(state >> 8) - (1 << 23)) * 0x1p-23f;
    }
    return images;
}

static void run(const iv3_model *model, const char *variant, iv3_pool *pool, const float *images, size_t n_images,
                size_t batch)
{
    iv3_session *session = NULL;
    iv3_output outputs[N_TAPS];
    iv3_error err;
    char name[64];
    bits_must(iv3_session_create(&session, model, pool, &err), &err, "small network");
    for (size_t i = 0; i < N_TAPS; i++) {
        size_t dim = iv3_tap_dim(model, taps[i]);
        outputs[i] = (iv3_output){taps[i], bits_memory(n_images * dim, sizeof(float)), dim};
    }
    for (size_t first = 0; first < n_images; first += batch) {
        size_t n = n_images - first < batch ? n_images - first : batch;
        iv3_output part[N_TAPS];
        for (size_t i = 0; i < N_TAPS; i++)
            part[i] = (iv3_output){taps[i], outputs[i].data + first * outputs[i].stride, outputs[i].stride};
        err.status = iv3_session_run(session, images + first * IV3_INPUT_FLOATS, n, part, N_TAPS);
        snprintf(err.message, sizeof err.message, "%s", iv3_status_name(err.status));
        bits_must(err.status, &err, "small network");
    }
    for (size_t i = 0; i < N_TAPS; i++) {
        snprintf(name, sizeof name, "network.%s.%s", variant, iv3_tap_name(taps[i]));
        bits_take(name, outputs[i].data, n_images * outputs[i].stride * sizeof(float));
        iv3_free(outputs[i].data);
    }
    iv3_session_close(&session);
}

static void of_model(uint32_t isa_mask, iv3_pool *pool, const float *images, size_t batch, iv3_variant variant,
                     iv3_numerics numerics)
{
    iv3_weights *weights = NULL;
    iv3_model *model = NULL;
    iv3_config config;
    iv3_error err;
    char name[32];
    iv3_config_default(&config);
    config.isa_mask = isa_mask;
    config.pool = pool;
    config.numerics = numerics;
    bits_must(iv3_weights_synth_layout(&weights, 1, variant, &layout, &err), &err, "small weights");
    bits_must(iv3_model_create(&model, weights, &config, &err), &err, "small network");
    snprintf(name, sizeof name, "%s%s", numerics == IV3_NUMERICS_SPLIT ? "split." : "", iv3_variant_name(variant));
    run(model, name, pool, images, numerics == IV3_NUMERICS_SPLIT ? N_SPLIT_IMAGES : N_IMAGES, batch);
    iv3_model_close(&model);
    iv3_weights_close(&weights);
}

void bits_of_network(uint32_t isa_mask, iv3_pool *pool, size_t batch)
{
    float *images = make_images();
    /* The variants differ in the pools only: one batch size is enough for the others. */
    int last = batch == 3 ? IV3_VARIANT_KERAS : IV3_VARIANT_FID;
    for (int variant = IV3_VARIANT_FID; variant <= last; variant++)
        of_model(isa_mask, pool, images, batch, (iv3_variant)variant, IV3_NUMERICS_EXACT);
    /* In software, and under an emulator, slow: other batches and threads are in tests/engine/net/test_net_split.c. */
    if (batch == 3 && iv3_pool_threads(pool) == 2)
        of_model(isa_mask, pool, images, batch, IV3_VARIANT_FID, IV3_NUMERICS_SPLIT);
    iv3_free(images);
}
