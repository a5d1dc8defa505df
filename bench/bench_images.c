/* What reading and preparing images takes from the network: images per second of the whole loop (file,
 * sandboxed decoder, resizing, network), against the network alone on prepared inputs, in turn in one
 * process.
 *
 *   bench_images FOLDER [PRESET [THREADS]]     the weights are synth:1; PRESET tf1, THREADS 2 by default */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"
#include "tools/features/featurize.h"
#include "tools/images/sandbox.h"

enum { ROUNDS = 11, IMAGES = 32 };

typedef struct alone {
    feat_session *sessions[64]; /* one for each thread */
    feat_tap tap;
    float *input, *features; /* the latter [threads][dim] */
    size_t dim;
} alone;

static void run_alone(void *ctx, size_t tile, size_t worker)
{
    const alone *a = ctx;
    const feat_output out = {a->tap, a->features + worker * a->dim, a->dim};
    (void)tile;
    if (feat_session_run(a->sessions[worker], a->input, 1, &out, 1, NULL, NULL) != FEAT_OK)
        exit(1);
}

static feat_status drop_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    (void)ctx, (void)first, (void)n, (void)rows, (void)err;
    return FEAT_OK;
}

static void fail(const feat_error *err)
{
    fprintf(stderr, "bench_images: %s\n", err->message);
    exit(1);
}

int main(int argc, char **argv)
{
    static bf_featurize_report report;
    feat_error err = {FEAT_OK, ""};
    char note[BF_SANDBOX_NOTE_BYTES];
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_pool *pool = NULL;
    bf_set *set = NULL;
    bf_featurizer *f = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    const feat_preset *preset = feat_preset_find(argc > 2 ? argv[2] : "tf1");
    size_t threads = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 2;
    if (argc < 2 || preset == NULL || threads == 0 || threads > 64) {
        fprintf(stderr, "usage: bench_images FOLDER [PRESET [THREADS]]\n");
        return 2;
    }
    if (bf_sandbox_start(BF_SANDBOX_AUTO, note, &err) != FEAT_OK ||
        bf_set_open(&set, argv[1], &err) != FEAT_OK || feat_pool_create(&pool, threads, &err) != FEAT_OK ||
        feat_weights_synth(&weights, 1, feat_net_at(0), &err) != FEAT_OK ||
        feat_model_create(&model, weights, &config, &err) != FEAT_OK ||
        bf_featurizer_create(&f, model, pool, preset, 1, &err) != FEAT_OK)
        fail(&err);
    const feat_net *net = feat_model_net(model);
    alone a = {.tap = feat_net_tap(net, FEAT_ROLE_FEATURES)};
    a.dim = feat_tap_dim(model, a.tap);
    a.input = feat_calloc(feat_net_input_floats(net), sizeof(float));
    a.features = feat_alloc_array(threads * a.dim, sizeof(float));
    for (size_t i = 0; i < threads; i++)
        if (a.input == NULL || a.features == NULL ||
            feat_session_create(&a.sessions[i], model, NULL, &err) != FEAT_OK)
            fail(&err);
    size_t count = bf_set_count(set), items[IMAGES];
    double network[ROUNDS], whole[ROUNDS], ratio[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) { /* the first warms up */
        bf_featurize_job job = {.set = set,
                                .items = items,
                                .n_items = IMAGES,
                                .taps = {a.tap},
                                .n_taps = 1,
                                .sink = drop_rows,
                                .is_share = true};
        for (size_t i = 0; i < IMAGES; i++)
            items[i] = ((size_t)(round + 1) * IMAGES + i) % count;
        if (count < IMAGES) {
            fprintf(stderr, "bench_images: %s: at least %d images expected, %zu found\n", argv[1], IMAGES,
                    count);
            return 1;
        }
        double start = bench_now();
        feat_parallel_for(pool, IMAGES, run_alone, &a);
        double middle = bench_now();
        if (bf_featurize(f, &job, &report, &err) != FEAT_OK)
            fail(&err);
        double end = bench_now();
        if (round < 0)
            continue;
        network[round] = (middle - start) / IMAGES;
        whole[round] = (end - middle) / IMAGES;
        ratio[round] = network[round] / whole[round];
    }
    double middle = bench_median(ratio, ROUNDS), n = bench_median(network, ROUNDS),
           w = bench_median(whole, ROUNDS);
    printf("%s, preset %s, %zu thread%s: network alone %.1f images/s, with files %.1f; share kept %.3f "
           "[%.3f..%.3f]\n",
           argv[1], preset->name, threads, threads == 1 ? "" : "s", 1.0 / n, 1.0 / w, middle, ratio[0],
           ratio[ROUNDS - 1]);
    bf_featurizer_close(&f);
    for (size_t i = 0; i < threads; i++)
        feat_session_close(&a.sessions[i]);
    feat_free(a.input);
    feat_free(a.features);
    feat_model_close(&model);
    feat_weights_close(&weights);
    feat_pool_close(&pool);
    bf_set_close(&set);
    bf_sandbox_stop();
    return 0;
}
