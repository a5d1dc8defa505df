/* Our side of an alternating benchmark against other engines: a process that answers on standard input and
 * output, so that a driver can run several engines in turn on the same cores.
 *
 *   bench_worker DIR THREADS [ISA [NUMERICS]]   DIR holds input_b8.f32 [8][3][299][299] and features_b8.f32 [8][2048]
 *
 * Says `ready`; a batch size B runs B images and answers `t SECONDS`; `check` answers `error E`, the relative
 * rms difference from features_b8.f32. Weights are synth:1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"
#include "engine/iv3.h"

enum { SAMPLES = 8, MAX_BATCH = 4096 };

typedef struct worker {
    iv3_pool *pool;
    iv3_model *model;
    iv3_session *session;
    float *samples;  /* [8] images */
    float *want;     /* [8] features */
    float *input;    /* [capacity] images */
    float *features; /* [capacity] */
    size_t capacity;
} worker;

static int read_floats(const char *dir, const char *name, float *to, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    size_t got = f == NULL ? 0 : fread(to, sizeof *to, n, f);
    if (f != NULL)
        fclose(f);
    if (got != n)
        fprintf(stderr, "bench_worker: %s: %zu floats expected, %zu found\n", path, n, got);
    return got == n;
}

static int start(worker *w, const char *dir, size_t threads, const char *isa, const char *numerics, iv3_error *err)
{
    iv3_weights *weights = NULL;
    iv3_config config;
    iv3_config_default(&config);
    for (int i = 0; iv3_numerics_name((iv3_numerics)i) != NULL; i++)
        if (strcmp(numerics, iv3_numerics_name((iv3_numerics)i)) == 0)
            config.numerics = (iv3_numerics)i;
    iv3_status status = iv3_isa_mask_parse(&config.isa_mask, isa, err);
    if (status == IV3_OK)
        status = iv3_pool_create(&w->pool, threads, err);
    config.pool = w->pool;
    if (status == IV3_OK)
        status = iv3_weights_synth(&weights, 1, IV3_VARIANT_FID, err);
    if (status == IV3_OK)
        status = iv3_model_create(&w->model, weights, &config, err);
    if (status == IV3_OK)
        status = iv3_session_create(&w->session, w->model, w->pool, err);
    iv3_weights_close(&weights);
    w->samples = iv3_alloc_array(SAMPLES * (size_t)IV3_INPUT_FLOATS, sizeof(float));
    w->want = iv3_alloc_array(SAMPLES * (size_t)IV3_FEATURE_DIM, sizeof(float));
    if (status != IV3_OK || w->samples == NULL || w->want == NULL)
        return 0;
    return read_floats(dir, "input_b8.f32", w->samples, SAMPLES * (size_t)IV3_INPUT_FLOATS) &&
           read_floats(dir, "features_b8.f32", w->want, SAMPLES * (size_t)IV3_FEATURE_DIM);
}

static int reserve(worker *w, size_t n)
{
    if (n <= w->capacity)
        return 1;
    iv3_free(w->input);
    iv3_free(w->features);
    w->input = iv3_alloc_array(n * IV3_INPUT_FLOATS, sizeof(float));
    w->features = iv3_alloc_array(n * IV3_FEATURE_DIM, sizeof(float));
    w->capacity = w->input != NULL && w->features != NULL ? n : 0;
    for (size_t i = 0; i < w->capacity; i++)
        memcpy(w->input + i * IV3_INPUT_FLOATS, w->samples + i % SAMPLES * IV3_INPUT_FLOATS,
               IV3_INPUT_FLOATS * sizeof(float));
    return w->capacity == n;
}

static int forward(worker *w, size_t n)
{
    iv3_output out = {IV3_TAP_2048, w->features, IV3_FEATURE_DIM};
    return iv3_session_run(w->session, w->input, n, &out, 1) == IV3_OK;
}

static int answer(worker *w, const char *line)
{
    if (strncmp(line, "check", 5) == 0) {
        if (!reserve(w, SAMPLES) || !forward(w, SAMPLES))
            return 0;
        double difference = 0.0, norm = 0.0;
        for (size_t i = 0; i < SAMPLES * (size_t)IV3_FEATURE_DIM; i++) {
            double d = (double)w->features[i] - (double)w->want[i];
            difference += d * d;
            norm += (double)w->want[i] * (double)w->want[i];
        }
        printf("error %.9g\n", sqrt(difference / norm));
        return 1;
    }
    long n = strtol(line, NULL, 10);
    if (n < 1 || n > MAX_BATCH || !reserve(w, (size_t)n))
        return 0;
    double t = bench_now();
    int ok = forward(w, (size_t)n);
    printf("t %.9f\n", bench_now() - t);
    return ok;
}

int main(int argc, char **argv)
{
    worker w = {0};
    iv3_error err = {IV3_OK, ""};
    char line[64];
    if (argc < 3 || argc > 5) {
        fprintf(stderr, "usage: bench_worker DIR THREADS [ISA [NUMERICS]]\n");
        return 2;
    }
    int ok = start(&w, argv[1], (size_t)strtoul(argv[2], NULL, 10), argc > 3 ? argv[3] : "all",
                   argc > 4 ? argv[4] : "exact", &err);
    if (!ok)
        fprintf(stderr, "bench_worker: %s\n", err.message);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (ok)
        puts("ready");
    while (ok && fgets(line, sizeof line, stdin) != NULL)
        ok = answer(&w, line);
    iv3_session_close(&w.session);
    iv3_model_close(&w.model);
    iv3_pool_close(&w.pool);
    iv3_free(w.samples);
    iv3_free(w.want);
    iv3_free(w.input);
    iv3_free(w.features);
    return ok ? 0 : 1;
}
