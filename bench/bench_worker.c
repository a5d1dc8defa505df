/* Our side of an alternating benchmark against other engines: a process that answers on standard input and
 * output, so that a driver can run several engines in turn on the same cores.
 *
 *   bench_worker [--network NAME] DIR THREADS [ISA [NUMERICS]]
 *
 * DIR holds input_b8.f32 and features_b8.f32, of eight images: [8][3][299][299] and [8][2048] of Inception-v3, which is
 * the network if none is given, [8][3][224][224] and [8][4096] of vgg16, and of others what they read and give.
 *
 * Says `ready`; a batch size B runs B images and answers `t SECONDS`; `check` answers `error E`, the relative
 * rms difference from features_b8.f32. Weights are synth:1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"
#include "engine/feat.h"

enum { SAMPLES = 8, MAX_BATCH = 4096 };

typedef struct worker {
    feat_pool *pool;
    feat_model *model;
    feat_session *session;
    float *samples;  /* [8] images */
    float *want;     /* [8] features */
    float *input;    /* [capacity] images */
    float *features; /* [capacity] */
    size_t capacity;
    size_t n_input, dim; /* floats of an image, and of its features */
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

static int start(worker *w, const feat_net *net, const char *dir, size_t threads, const char *isa, const char *numerics,
                 feat_error *err)
{
    feat_weights *weights = NULL;
    feat_config config;
    feat_config_init(&config, sizeof config);
    for (int i = 0; feat_numerics_name((feat_numerics)i) != NULL; i++)
        if (strcmp(numerics, feat_numerics_name((feat_numerics)i)) == 0)
            config.numerics = (feat_numerics)i;
    feat_status status = feat_isa_mask_parse(&config.isa_mask, isa, err);
    if (status == FEAT_OK)
        status = feat_pool_create(&w->pool, threads, err);
    config.pool = w->pool;
    if (status == FEAT_OK)
        status = feat_weights_synth(&weights, 1, net, err);
    if (status == FEAT_OK)
        status = feat_model_create(&w->model, weights, &config, err);
    if (status == FEAT_OK)
        status = feat_session_create(&w->session, w->model, w->pool, err);
    feat_weights_close(&weights);
    if (status != FEAT_OK)
        return 0;
    w->n_input = feat_net_input_floats(net);
    w->dim = feat_tap_dim(w->model, feat_net_tap(net, FEAT_ROLE_FEATURES));
    w->samples = feat_alloc_array(SAMPLES * w->n_input, sizeof(float));
    w->want = feat_alloc_array(SAMPLES * w->dim, sizeof(float));
    if (w->samples == NULL || w->want == NULL)
        return 0;
    return read_floats(dir, "input_b8.f32", w->samples, SAMPLES * w->n_input) &&
           read_floats(dir, "features_b8.f32", w->want, SAMPLES * w->dim);
}

static int reserve(worker *w, size_t n)
{
    if (n <= w->capacity)
        return 1;
    feat_free(w->input);
    feat_free(w->features);
    w->input = feat_alloc_array(n * w->n_input, sizeof(float));
    w->features = feat_alloc_array(n * w->dim, sizeof(float));
    w->capacity = w->input != NULL && w->features != NULL ? n : 0;
    for (size_t i = 0; i < w->capacity; i++)
        memcpy(w->input + i * w->n_input, w->samples + i % SAMPLES * w->n_input,
               w->n_input * sizeof(float));
    return w->capacity == n;
}

static int forward(worker *w, size_t n)
{
    feat_output out = {feat_net_tap(feat_model_net(w->model), FEAT_ROLE_FEATURES), w->features, w->dim};
    return feat_session_run(w->session, w->input, n, &out, 1, NULL, NULL) == FEAT_OK;
}

static int answer(worker *w, const char *line)
{
    if (strncmp(line, "check", 5) == 0) {
        if (!reserve(w, SAMPLES) || !forward(w, SAMPLES))
            return 0;
        double difference = 0.0, norm = 0.0;
        for (size_t i = 0; i < SAMPLES * w->dim; i++) {
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
    feat_error err = {FEAT_OK, ""};
    char line[64];
    const feat_net *net = feat_net_at(0);
    if (argc > 2 && strcmp(argv[1], "--network") == 0) {
        net = feat_net_find(argv[2]);
        argc -= 2;
        argv += 2;
    }
    if (argc < 3 || argc > 5 || net == NULL) {
        fprintf(stderr, "usage: bench_worker [--network NAME] DIR THREADS [ISA [NUMERICS]]\n");
        return 2;
    }
    int ok = start(&w, net, argv[1], (size_t)strtoul(argv[2], NULL, 10), argc > 3 ? argv[3] : "all",
                   argc > 4 ? argv[4] : "exact", &err);
    if (!ok)
        fprintf(stderr, "bench_worker: %s\n", err.message);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (ok)
        puts("ready");
    while (ok && fgets(line, sizeof line, stdin) != NULL)
        ok = answer(&w, line);
    feat_session_close(&w.session);
    feat_model_close(&w.model);
    feat_pool_close(&w.pool);
    feat_free(w.samples);
    feat_free(w.want);
    feat_free(w.input);
    feat_free(w.features);
    return ok ? 0 : 1;
}
