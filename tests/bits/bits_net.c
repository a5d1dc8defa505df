/* The small network of bits_table.c: weights, inputs, runs. */
#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat_synth.h"
#include "tests/bits/bits.h"

enum { N_IMAGES = 8, N_SPLIT_IMAGES = 2, CLASSES = 40 };

/* The convolutions of bits_table.c. */
static const feat_conv_name convs[] = {
    {"stem", "", 16, 3, 3, 3},      {"wide", "", 32, 16, 3, 3},     {"half", "", 16, 32, 3, 3},
    {"t4", "", 16, 16, 3, 3},       {"t2", "", 32, 16, 3, 3},       {"t5", "", 48, 32, 5, 5},
    {"t192", "", 192, 48, 1, 3},    {"beside", "", 48, 16, 3, 3},   {"over", "", 16, 16, 1, 1},
    {"left", "", 32, 64, 1, 1},     {"right", "", 16, 64, 1, 1},    {"pooled", "", 48, 64, 1, 1},
    {"row", "", 32, 32, 1, 7},      {"column", "", 48, 32, 7, 1},   {"column4", "", 16, 16, 7, 1},
    {"row6", "", 16, 16, 1, 7},     {"stride", "", 32, 112, 3, 3},  {"cross_row", "", 32, 144, 1, 3},
    {"cross_column", "", 32, 144, 3, 1}, {"last0", "", 512, 64, 1, 1}, {"last1", "", 512, 64, 1, 1},
    {"last2", "", 512, 64, 1, 1}, {"last3", "", 512, 64, 1, 1},
};
static const feat_layout layout = {convs, sizeof convs / sizeof convs[0], FEAT_FEATURE_DIM, CLASSES, CLASSES};

static const feat_tap taps[] = {FEAT_TAP_64,      FEAT_TAP_192,    FEAT_TAP_SPATIAL,
                                FEAT_TAP_2048, FEAT_TAP_LOGITS_UNBIASED, FEAT_TAP_LOGITS};
enum { N_TAPS = sizeof taps / sizeof taps[0] };

/* Inputs of every size up to 1, drawn as weights are. */
static float *make_images(void)
{
    float *images = bits_memory(N_IMAGES, FEAT_INPUT_FLOATS * sizeof *images);
    uint32_t state = 12345;
    for (size_t i = 0; i < (size_t)N_IMAGES * FEAT_INPUT_FLOATS; i++) {
        state = state * 1664525u + 1013904223u;
        images[i] = (float)((int32_t)(state >> 8) - (1 << 23)) * 0x1p-23f;
    }
    return images;
}

static void run(const feat_model *model, const char *variant, feat_pool *pool, const float *images, size_t n_images,
                size_t batch)
{
    feat_session *session = NULL;
    feat_output outputs[N_TAPS];
    feat_error err;
    char name[64];
    bits_must(feat_session_create(&session, model, pool, &err), &err, "small network");
    for (size_t i = 0; i < N_TAPS; i++) {
        size_t dim = feat_tap_dim(model, taps[i]);
        outputs[i] = (feat_output){taps[i], bits_memory(n_images * dim, sizeof(float)), dim};
    }
    for (size_t first = 0; first < n_images; first += batch) {
        size_t n = n_images - first < batch ? n_images - first : batch;
        feat_output part[N_TAPS];
        for (size_t i = 0; i < N_TAPS; i++)
            part[i] = (feat_output){taps[i], outputs[i].data + first * outputs[i].stride, outputs[i].stride};
        err.status = feat_session_run(session, images + first * FEAT_INPUT_FLOATS, n, part, N_TAPS);
        snprintf(err.message, sizeof err.message, "%s", feat_status_name(err.status));
        bits_must(err.status, &err, "small network");
    }
    for (size_t i = 0; i < N_TAPS; i++) {
        snprintf(name, sizeof name, "network.%s.%s", variant, feat_tap_name(taps[i]));
        bits_take(name, outputs[i].data, n_images * outputs[i].stride * sizeof(float));
        feat_free(outputs[i].data);
    }
    feat_session_close(&session);
}

static void of_model(uint32_t isa_mask, feat_pool *pool, const float *images, size_t batch, feat_variant variant,
                     feat_numerics numerics)
{
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_config config;
    feat_error err;
    char name[32];
    feat_config_default(&config);
    config.isa_mask = isa_mask;
    config.pool = pool;
    config.numerics = numerics;
    bits_must(feat_weights_synth_layout(&weights, 1, variant, &layout, &err), &err, "small weights");
    bits_must(feat_model_create(&model, weights, &config, &err), &err, "small network");
    snprintf(name, sizeof name, "%s%s", numerics == FEAT_NUMERICS_SPLIT ? "split." : "", feat_variant_name(variant));
    run(model, name, pool, images, numerics == FEAT_NUMERICS_SPLIT ? N_SPLIT_IMAGES : N_IMAGES, batch);
    feat_model_close(&model);
    feat_weights_close(&weights);
}

void bits_of_network(uint32_t isa_mask, feat_pool *pool, size_t batch)
{
    float *images = make_images();
    /* The variants differ in the pools only: one batch size is enough for the others. */
    int last = batch == 3 ? FEAT_VARIANT_KERAS : FEAT_VARIANT_FID;
    for (int variant = FEAT_VARIANT_FID; variant <= last; variant++)
        of_model(isa_mask, pool, images, batch, (feat_variant)variant, FEAT_NUMERICS_EXACT);
    /* In software, and under an emulator, slow: other batches and threads are in tests/engine/net/test_net_split.c. */
    if (batch == 3 && feat_pool_threads(pool) == 2)
        of_model(isa_mask, pool, images, batch, FEAT_VARIANT_FID, FEAT_NUMERICS_SPLIT);
    feat_free(images);
}
