/* The network's speed: images per second by batch and threads, and where one image's time goes, step by step.
 *
 *   bench_net [ISA [MAX_THREADS [NUMERICS]]]
 *
 * Weights are synth:1. Percentages of peak count the multiplications of the direct algorithm, so that minimal
 * filtering can exceed 100 %; on a tile unit they are of a third of its rate, as split numerics take three products
 * for one, and "useful" is the share of its products that a result needs: the others are of borders, of inputs that
 * only fill a group of 32, and of pixels that the last tile of a chunk computes again. Step times are CPU time of one
 * thread: they stand up to other processes on the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/tiles.h"
#include "engine/base/alloc.h"
#include "engine/net/exec.h"
#include "engine/net/model.h"
#include "engine/ops/fold.h"

enum { ROUNDS = 9, MAX_BATCH = 32 };

/* Multiply-accumulates of the direct algorithm. */
static double step_macs(const feat_model *m, const feat_step *step)
{
    double total = 0.0;
    for (size_t i = 0; step->way != NULL && i < step->n_ops; i++) {
        const feat_op *op = &step->op[i];
        const feat_shape *out = feat_shape_of(m, op->dst);
        total += (double)op->oc * op->ic * op->kh * op->kw * out->h * out->w;
    }
    return total;
}

/* Of the pixels and inputs that a split step computes with, the share that its results need. */
static double useful_share(const feat_model *m, const feat_step *step)
{
    const feat_op *op = step->op;
    const feat_shape *out = feat_shape_of(m, op->dst);
    const feat_place *in = op->stride == 2 ? &step->phases : &m->layout[op->src];
    size_t pixels = 0;
    for (size_t first = 0; first < out->h; first += step->chunk) {
        size_t run = (feat_min_size(step->chunk, out->h - first) - 1) * in->pitch + out->w;
        pixels += (run + FEAT_SPLIT_TILE - 1) / FEAT_SPLIT_TILE * FEAT_SPLIT_TILE;
    }
    double inputs = (double)(feat_split_steps(op->ic, op->kh, op->kw, op->stride) * FEAT_SPLIT_GROUP);
    return (double)op->ic * op->kh * op->kw * out->h * out->w / (inputs * (double)pixels);
}

static void print_steps(const feat_model *m, const float *image, double peak)
{
    static const char *const forms[FEAT_N_WINO_FORMS] = {"direct",     "F(2x2,3x3)", "F(4x4,3x3)",
                                                         "F(4x4,5x5)", "F(2,3)",     "F(4,3)",
                                                         "F(4,7)",     "F(6x6,3x3)", "F(6,7)"};
    feat_tap tap = feat_net_tap(m->net, FEAT_ROLE_FEATURES);
    float *out[FEAT_MAX_TAPS] = {NULL};
    double total = 0.0;
    double(*seconds)[ROUNDS] = feat_calloc(m->n_steps, sizeof *seconds);
    double *median = feat_calloc(m->n_steps, sizeof *median);
    float *arena = feat_calloc(m->arena_floats, sizeof *arena);
    float *work = feat_calloc(feat_model_worker_floats(m), sizeof *work);
    out[tap] = feat_calloc(feat_tap_dim(m, tap), sizeof(float));
    if (seconds == NULL || median == NULL || arena == NULL || work == NULL || out[tap] == NULL)
        exit(1);
    feat_frame frame = {m, NULL, arena, &work, out};
    for (int round = 0; round < ROUNDS; round++) {
        feat_exec_image(&frame, image, 0);
        for (size_t s = 0; s < m->n_steps; s++) {
            double t = bench_cpu_now();
            m->steps[s].run(&frame, &m->steps[s]);
            seconds[s][round] = bench_cpu_now() - t;
        }
    }
    for (size_t s = 0; s < m->n_steps; s++)
        total += median[s] = bench_median(seconds[s], ROUNDS);
    printf("\n%-26s %-11s %5s %5s %8s %6s %7s %6s %6s\n", "step", "algorithm", "chunk", "parts", "ms", "share",
           "GFLOP/s", "peak", "useful");
    for (size_t s = 0; s < m->n_steps; s++) {
        const feat_step *step = &m->steps[s];
        double rate = 2e-9 * step_macs(m, step) / median[s];
        printf("%-26s %-11s %5zu %5zu %8.3f %5.1f%% %7.1f %5.0f%%", step->op->name,
               step->way == NULL     ? "-"
               : step->n_inputs > 0 ? "split"
                                    : forms[step->op->form],
               step->chunk, step->n_chunks,
               1e3 * median[s], 100.0 * median[s] / total, rate, peak > 0.0 ? 100.0 * rate / peak : 0.0);
        if (step->n_inputs > 0)
            printf(" %5.0f%%", 100.0 * useful_share(m, step));
        printf("\n");
    }
    printf("one image, one thread, CPU time: %.2f ms = %.2f images/s\n", 1e3 * total, 1.0 / total);
    feat_free(out[tap]);
    feat_free(arena);
    feat_free(work);
    feat_free(median);
    feat_free(seconds);
}

static void print_rates(const feat_model *m, const float *images, size_t max_threads)
{
    static const size_t batches[] = {1, 8, 32};
    feat_tap tap = feat_net_tap(m->net, FEAT_ROLE_FEATURES);
    size_t dim = feat_tap_dim(m, tap);
    float *features = feat_alloc_array(MAX_BATCH * dim, sizeof *features);
    if (features == NULL)
        exit(1);
    feat_output out = {tap, features, dim};
    printf("\n%-8s %6s %10s %10s %10s\n", "threads", "batch", "images/s", "fastest", "slowest");
    for (size_t threads = 1; threads <= max_threads; threads++) {
        feat_pool *pool = NULL;
        feat_session *session = NULL;
        if (feat_pool_create(&pool, threads, NULL) != FEAT_OK ||
            feat_session_create(&session, m, pool, NULL) != FEAT_OK)
            exit(1);
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            double t[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                double start = bench_now();
                if (feat_session_run(session, images, batches[b], &out, 1) != FEAT_OK)
                    exit(1);
                t[round] = (bench_now() - start) / (double)batches[b];
            }
            double median = bench_median(t, ROUNDS);
            printf("%-8zu %6zu %10.2f %10.2f %10.2f\n", threads, batches[b], 1.0 / median, 1.0 / t[0],
                   1.0 / t[ROUNDS - 1]);
        }
        feat_session_close(&session);
        feat_pool_close(&pool);
    }
    feat_free(features);
}

int main(int argc, char **argv)
{
    feat_error err = {FEAT_OK, ""};
    feat_weights *weights = NULL;
    feat_model *model = NULL;
    feat_config config;
    feat_config_default(&config);
    size_t max_threads = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 2;
    const feat_net *net = feat_net_at(0);
    size_t n_floats = MAX_BATCH * feat_net_input_floats(net);
    float *images = feat_alloc_array(n_floats, sizeof *images);
    for (int i = 0; argc > 3 && feat_numerics_name((feat_numerics)i) != NULL; i++)
        if (strcmp(argv[3], feat_numerics_name((feat_numerics)i)) == 0)
            config.numerics = (feat_numerics)i;
    if (images == NULL || feat_isa_mask_parse(&config.isa_mask, argc > 1 ? argv[1] : "all", &err) != FEAT_OK ||
        feat_weights_synth(&weights, 1, net, &err) != FEAT_OK ||
        feat_model_create(&model, weights, &config, &err) != FEAT_OK) {
        fprintf(stderr, "bench_net: %s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < n_floats; i++)
        images[i] = (float)((i * 2654435761u >> 8) % 256) / 128.0f - 1.0f;
    double peak = bench_peak(model->kernels);
    bench_tile_rates tiles;
    printf("table %s, numerics %s, FMA peak %.1f GFLOP/s per core\n", feat_model_isa(model),
           feat_numerics_name(feat_model_numerics(model)), peak);
    if (bench_tiles(&tiles)) {
        printf("tile unit: %.0f GFLOP/s in bfloat16, a load from L1 %.1f to %.1f ns\n", tiles.gflops, tiles.best_load,
               tiles.worst_load);
        if (feat_model_has_tiles(model))
            peak = tiles.gflops / 3.0;
    }
    print_steps(model, images, peak);
    if (max_threads > 0)
        print_rates(model, images, max_threads);
    feat_model_close(&model);
    feat_weights_close(&weights);
    feat_free(images);
    return 0;
}
