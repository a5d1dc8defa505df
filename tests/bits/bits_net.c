/* The small networks of bits_table.c: weights, inputs, runs. */
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/flat/flat.h"
#include "engine/nets/net.h"
#include "tests/bits/bits.h"

enum { N_IMAGES = 8, N_SPLIT_IMAGES = 2 };

/* Inputs of every size up to 1, drawn as weights are. */
static float *make_images(void)
{
    size_t n = N_IMAGES * feat_net_input_floats(&bits_nets[0]);
    float *images = bits_memory(n, sizeof *images);
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        images[i] = (float)((int32_t)(state >> 8) - (1 << 23)) * 0x1p-23f;
    }
    return images;
}

static void run(const feat_model *model, const char *called, feat_pool *pool, const float *images, size_t n_images,
                size_t batch)
{
    feat_session *session = NULL;
    const feat_net *net = feat_model_net(model);
    const feat_tap n_taps = (feat_tap)feat_net_n_taps(net);
    feat_output outputs[FEAT_MAX_TAPS];
    feat_error err;
    char name[64];
    bits_must(feat_session_create(&session, model, pool, &err), &err, "small network");
    for (feat_tap i = 0; i < n_taps; i++) {
        size_t dim = feat_tap_dim(model, i);
        outputs[i] = (feat_output){i, bits_memory(n_images * dim, sizeof(float)), dim};
    }
    for (size_t first = 0; first < n_images; first += batch) {
        size_t n = n_images - first < batch ? n_images - first : batch;
        feat_output part[FEAT_MAX_TAPS];
        for (feat_tap i = 0; i < n_taps; i++)
            part[i] = (feat_output){i, outputs[i].data + first * outputs[i].stride, outputs[i].stride};
        err.status =
            feat_session_run(session, images + first * feat_net_input_floats(net), n, part, n_taps, NULL, &err);
        bits_must(err.status, &err, "small network");
    }
    for (feat_tap i = 0; i < n_taps; i++) {
        snprintf(name, sizeof name, "network.%s.%s", called, feat_net_tap_name(net, i));
        bits_take(name, outputs[i].data, n_images * outputs[i].stride * sizeof(float));
        feat_free(outputs[i].data);
    }
    feat_session_close(&session);
}

static void of_model(uint32_t isa_mask, feat_pool *pool, const float *images, size_t batch, const feat_net *net,
                     feat_numerics numerics)
{
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_config config;
    feat_error err;
    char name[32];
    feat_config_init(&config, sizeof config);
    config.isa_mask = isa_mask;
    config.pool = pool;
    config.numerics = numerics;
    bits_must(feat_weights_synth(&weights, 1, net, &err), &err, "small weights");
    bits_must(feat_model_create(&model, weights, &config, &err), &err, "small network");
    snprintf(name, sizeof name, "%s%s", numerics == FEAT_NUMERICS_SPLIT ? "split." : "", feat_net_variant_name(net));
    run(model, name, pool, images, numerics == FEAT_NUMERICS_SPLIT ? N_SPLIT_IMAGES : N_IMAGES, batch);
    feat_model_close(&model);
    feat_weights_close(&weights);
}

/* Those that run several images at once, in batches of every size: the dense one and the transformers. */
static int has_tail(const feat_net *net)
{
    return strcmp(net->variant, "dense") == 0 || strncmp(net->variant, "vit", 3) == 0;
}

void bits_of_network(uint32_t isa_mask, feat_pool *pool, size_t batch)
{
    float *images = make_images();
    /* The variants differ in the pools only: one batch size is enough for the others. */
    for (size_t i = 0; i < BITS_N_NETS; i++)
        if (i == 0 || batch == 3 || has_tail(&bits_nets[i]))
            of_model(isa_mask, pool, images, batch, &bits_nets[i], FEAT_NUMERICS_EXACT);
    /* In software, and under an emulator, slow: other batches and threads are in tests/engine/net/test_net_split.c. */
    for (size_t i = 0; i < BITS_N_NETS && batch == 3 && feat_pool_threads(pool) == 2; i++)
        if (i == 0 || (has_tail(&bits_nets[i]) && strcmp(bits_nets[i].variant, "vit-cubic") != 0))
            of_model(isa_mask, pool, images, batch, &bits_nets[i], FEAT_NUMERICS_SPLIT);
    feat_free(images);
}
