/* A network's speed: of Inception-v3, or with --network NAME of another. Weights are synth:1.
 *
 *   bench_net [--isa ISA] [--numerics NAME] [--rounds R] [--layers]
 *       one image on one thread: the share of the arithmetic bound, that is of what the multiplications of the
 *       algorithms used would take at the rate of an FMA loop in registers, measured around every round; --layers: a
 *       line for each step with its phases, and how fast the weights of fully connected layers, which are read once for
 *       all images of a call, come out of memory
 *   bench_net --threads N [--batch B,..] [--pause MS] ...
 *       one thread and N in turn, for each batch (1 and 8): milliseconds of a call, and how many times as fast N are
 *   bench_net --count N ...
 *       runs N images and measures nothing, for counters of instructions (neon_insns.sh)
 *
 * Of split numerics a third of the unit's rate is what a product can reach, as they take three for one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/step_times.h"
#include "bench/thread_ratio.h"
#include "bench/tiles.h"
#include "engine/base/alloc.h"
#include "engine/base/status.h"

enum { PEAK_RUNS = 3, MAX_BATCHES = 8, MAX_BATCH = 64 };

typedef struct options {
    const char *isa, *numerics;
    const feat_net *net;
    size_t rounds, threads, count, n_batches;
    size_t batches[MAX_BATCHES];
    double pause;
    int layers;
} options;

static int parse_batches(options *o, const char *list)
{
    char *end;
    o->n_batches = 0;
    for (const char *p = list; o->n_batches < MAX_BATCHES; p = end + 1) {
        size_t b = strtoul(p, &end, 10);
        if (end == p || b == 0 || b > MAX_BATCH || (*end != ',' && *end != '\0'))
            return 0;
        o->batches[o->n_batches++] = b;
        if (*end == '\0')
            return 1;
    }
    return 0;
}

static int take(options *o, const char *name, const char *value)
{
    size_t n = strtoul(value, NULL, 10);
    if (strcmp(name, "--isa") == 0)
        o->isa = value;
    else if (strcmp(name, "--numerics") == 0)
        o->numerics = value;
    else if (strcmp(name, "--network") == 0)
        return (o->net = feat_net_find(value)) != NULL;
    else if (strcmp(name, "--rounds") == 0)
        return (o->rounds = n) > 0;
    else if (strcmp(name, "--threads") == 0)
        return (o->threads = n) > 0;
    else if (strcmp(name, "--count") == 0)
        return (o->count = n) > 0;
    else if (strcmp(name, "--pause") == 0)
        o->pause = 1e-3 * (double)n;
    else
        return strcmp(name, "--batch") == 0 && parse_batches(o, value);
    return 1;
}

static int parse(options *o, int argc, char **argv)
{
    *o = (options){.isa = "all", .numerics = "exact", .rounds = 9, .n_batches = 2, .batches = {1, 8}, .pause = 0.25};
    o->net = feat_net_at(0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--layers") == 0)
            o->layers = 1;
        else if (i + 1 == argc || !take(o, argv[i], argv[i + 1]))
            return 0;
        else
            i++;
    }
    return 1;
}

static feat_status make_model(feat_model **model, const options *o, feat_error *err)
{
    feat_weights *weights = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    feat_status status = feat_isa_mask_parse(&config.isa_mask, o->isa, err);
    int i = 0;
    for (const char *name; (name = feat_numerics_name((feat_numerics)i)) != NULL && strcmp(o->numerics, name) != 0;)
        i++;
    config.numerics = (feat_numerics)i;
    if (status == FEAT_OK && feat_numerics_name(config.numerics) == NULL)
        status = feat_fail(err, FEAT_ERR_ARG, "--numerics: '%s' is unknown", o->numerics);
    if (status == FEAT_OK)
        status = feat_weights_synth(&weights, 1, o->net, err);
    if (status == FEAT_OK)
        status = feat_model_create(model, weights, &config, err);
    feat_weights_close(&weights);
    return status;
}

/* What one multiplication with its addition can reach, in GFLOP/s. */
static double peak_now(const feat_model *m)
{
    bench_tile_rates tiles;
    if (m->numerics != FEAT_NUMERICS_SPLIT)
        return bench_peak_of(m->kernels, PEAK_RUNS);
    return (feat_model_has_tiles(m) && bench_tiles(&tiles) ? tiles.gflops : bench_peak_of(m->kernels, PEAK_RUNS)) / 3.0;
}

static int run(const options *o, feat_model *model, const float *images)
{
    bench_tile_rates tiles;
    if (o->count > 0)
        return bench_step_counted(model, images, o->count);
    printf("%s, table %s, numerics %s, %zu rounds\n", feat_net_name(o->net), feat_model_isa(model),
           feat_numerics_name(feat_model_numerics(model)), o->rounds);
    if (o->threads > 0)
        return bench_thread_ratio(model, images, o->threads, o->batches, o->n_batches, o->rounds, o->pause);
    if (feat_model_has_tiles(model) && bench_tiles(&tiles))
        printf("tile unit: %.0f GFLOP/s in bfloat16, a load from L1 %.1f to %.1f ns\n", tiles.gflops, tiles.best_load,
               tiles.worst_load);
    return bench_step_times(model, images, o->rounds, o->layers, peak_now);
}

int main(int argc, char **argv)
{
    options o;
    feat_error err = {FEAT_OK, "no memory, or a run failed"};
    feat_model *model = NULL;
    if (!parse(&o, argc, argv)) {
        fprintf(stderr, "usage: bench_net [--network NAME] [--isa ISA] [--numerics NAME] [--rounds R] [--layers | "
                        "--count N | --threads N [--batch B,..] [--pause MS]]\n");
        return 2;
    }
    size_t n_floats = MAX_BATCH * feat_net_input_floats(o.net);
    float *images = feat_alloc_array(n_floats, sizeof *images);
    for (size_t i = 0; images != NULL && i < n_floats; i++)
        images[i] = (float)((i * 2654435761u >> 8) % 256) / 128.0f - 1.0f;
    int ok = images != NULL && make_model(&model, &o, &err) == FEAT_OK && run(&o, model, images);
    if (!ok)
        fprintf(stderr, "bench_net: %s\n", err.message);
    feat_model_close(&model);
    feat_free(images);
    return ok ? 0 : 1;
}
