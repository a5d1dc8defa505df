/* One thread against several, in turn: the machine drifts, so only what is measured side by side gives a ratio. */
#include "bench/thread_ratio.h"

#include <stdio.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"

enum { CALLS = 3, SIDES = 2 }; /* a turn is the median of this many calls */

typedef struct side {
    size_t threads;
    feat_pool *pool;
    feat_session *session;
    double *seconds; /* [n_batches][rounds] of a call */
} side;

static int open_side(side *s, const feat_model *model, size_t threads, size_t n_figures)
{
    s->threads = threads;
    s->seconds = feat_calloc(n_figures, sizeof *s->seconds);
    return s->seconds != NULL && feat_pool_create(&s->pool, threads, NULL) == FEAT_OK &&
           feat_session_create(&s->session, model, s->pool, NULL) == FEAT_OK;
}

static void close_side(side *s)
{
    feat_session_close(&s->session);
    feat_pool_close(&s->pool);
    feat_free(s->seconds);
}

/* The pause lets the threads of the turn before fall asleep. */
static int turn(const side *s, const float *images, size_t batch, const feat_output *out, double pause, double *seconds)
{
    double calls[CALLS];
    struct timespec rest = {(time_t)pause, (long)(1e9 * (pause - (double)(time_t)pause))};
    nanosleep(&rest, NULL);
    for (int i = 0; i < CALLS; i++) {
        double start = bench_now();
        if (feat_session_run(s->session, images, batch, out, 1, NULL, NULL) != FEAT_OK)
            return 0;
        calls[i] = bench_now() - start;
    }
    *seconds = bench_median(calls, CALLS);
    return 1;
}

static void print_batch(const side *sides, size_t n_sides, size_t batch, size_t at, size_t rounds, double *ratios)
{
    for (size_t r = 0; n_sides == SIDES && r < rounds; r++)
        ratios[r] = sides[0].seconds[at + r] / sides[1].seconds[at + r];
    for (size_t i = 0; i < n_sides; i++) {
        bench_spread s = bench_spread_of(sides[i].seconds + at, rounds);
        printf("batch %-3zu threads %-3zu %8.2f ms a call [%.2f..%.2f] = %.2f images/s [%.2f..%.2f]\n", batch,
               sides[i].threads, 1e3 * s.median, 1e3 * s.min, 1e3 * s.max, (double)batch / s.median,
               (double)batch / s.max, (double)batch / s.min);
    }
    if (n_sides < SIDES)
        return;
    bench_spread s = bench_spread_of(ratios, rounds);
    printf("batch %-3zu %zu threads are %.2fx as fast as one [%.2f..%.2f]\n", batch, sides[1].threads, s.median, s.min,
           s.max);
}

int bench_thread_ratio(const feat_model *model, const float *images, size_t n_threads, const size_t *batches,
                       size_t n_batches, size_t rounds, double pause)
{
    side sides[SIDES] = {{0}};
    size_t n_sides = n_threads > 1 ? SIDES : 1, dim, most = 0;
    feat_tap tap = feat_net_tap(feat_model_net(model), FEAT_ROLE_FEATURES);
    dim = feat_tap_dim(model, tap);
    for (size_t b = 0; b < n_batches; b++)
        most = batches[b] > most ? batches[b] : most;
    float *features = feat_alloc_array(most * dim, sizeof *features);
    double *ratios = feat_calloc(rounds, sizeof *ratios);
    int ok = features != NULL && ratios != NULL;
    for (size_t i = 0; ok && i < n_sides; i++)
        ok = open_side(&sides[i], model, i == 0 ? 1 : n_threads, n_batches * rounds);
    const feat_output out = {tap, features, dim};
    for (size_t r = 0; ok && r < rounds; r++)
        for (size_t b = 0; ok && b < n_batches; b++)
            for (size_t i = 0; ok && i < n_sides; i++)
                ok = turn(&sides[i], images, batches[b], &out, pause, &sides[i].seconds[b * rounds + r]);
    for (size_t b = 0; ok && b < n_batches; b++)
        print_batch(sides, n_sides, batches[b], b * rounds, rounds, ratios);
    for (size_t i = 0; i < n_sides; i++)
        close_side(&sides[i]);
    feat_free(features);
    feat_free(ratios);
    return ok;
}
