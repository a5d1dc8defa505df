/* What the statistics cost: covariance, symmetric eigenvalues, FID from moments (full rank, and of sets of
 * 500 rows), precision and recall. Wall seconds mean something on a quiet machine only; CPU seconds, over all
 * threads, always do. GFLOP/s is the textbook operation count per CPU second.
 *   bench_metrics [--threads N] [--dim D] [--cov-rows N] [--pr-rows N] [--repeat N] [--only NAME]
 * NAME is one of cov, eig, fid, pr. */
#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/kernels/dmat.h"
#include "metrics/gmet.h"
#include "metrics/manifold/manifold.h"

typedef struct options {
    size_t threads, d, cov_rows, pr_rows, repeat;
    const char *only;
} options;

typedef struct stopwatch {
    double wall, cpu;
} stopwatch;

static double process_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static stopwatch start(void)
{
    return (stopwatch){bench_now(), process_cpu()};
}

/* Keeps the smaller of each. */
static void stop(stopwatch *best, stopwatch from)
{
    double wall = bench_now() - from.wall, cpu = process_cpu() - from.cpu;
    best->wall = best->wall == 0.0 || wall < best->wall ? wall : best->wall;
    best->cpu = best->cpu == 0.0 || cpu < best->cpu ? cpu : best->cpu;
}

static void report(const char *what, stopwatch t, double flop)
{
    printf("%-44s %9.3f s wall %9.3f s CPU %8.1f GFLOP/s\n", what, t.wall, t.cpu, flop / t.cpu * 1e-9);
    fflush(stdout);
}

static void die(const char *what, const feat_error *err)
{
    fprintf(stderr, "bench_metrics: %s: %s\n", what, err->message);
    exit(1);
}

static double unit(uint64_t *state)
{
    return (double)(feat_splitmix64(state) >> 40) * 0x1p-24;
}

/* Rows with correlated columns of falling size, all of them needed: a moving sum of noise. */
static void fill(float *rows, size_t n, size_t d, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < d; j++) {
            sum = 0.9 * sum + unit(state) - 0.5;
            double x = 0.3 + sum * (0.05 + 1.0 / (1.0 + 0.02 * (double)j));
            rows[i * d + j] = (float)(x > 0.0 ? x : 0.02 * x);
        }
    }
}

static float *make_rows(size_t n, size_t d, uint64_t seed)
{
    float *rows = feat_alloc_array(n * d, sizeof *rows);
    if (rows == NULL) {
        fprintf(stderr, "bench_metrics: no memory for %zu rows\n", n);
        exit(1);
    }
    fill(rows, n, d, &seed);
    return rows;
}

/* Rows are made block by block: a block is added again and again, only adding is timed. */
static gmet_moments *accumulate(size_t n, size_t d, uint64_t seed, feat_pool *pool, stopwatch *t)
{
    const gmet_context context = {.pool = pool};
    enum { BLOCK_ROWS = 2560 };
    feat_error err;
    gmet_moments *m = NULL;
    float *rows = make_rows(n < BLOCK_ROWS ? n : BLOCK_ROWS, d, seed);
    if (gmet_moments_create(&m, d, &context, &err) != FEAT_OK)
        die("moments", &err);
    double wall = 0.0, cpu = 0.0;
    for (size_t done = 0; done < n;) {
        size_t count = n - done < BLOCK_ROWS ? n - done : BLOCK_ROWS;
        stopwatch from = start();
        if (gmet_moments_add(m, rows, count, d, &err) != FEAT_OK)
            die("moments", &err);
        wall += bench_now() - from.wall;
        cpu += process_cpu() - from.cpu;
        done += count;
    }
    if (t != NULL)
        *t = (stopwatch){wall, cpu};
    feat_free(rows);
    return m;
}

static void bench_covariance(const options *o, feat_pool *pool)
{
    stopwatch t = {0};
    gmet_moments *m = accumulate(o->cov_rows, o->d, 1, pool, &t);
    char name[64];
    snprintf(name, sizeof name, "covariance %zu x %zu", o->cov_rows, o->d);
    report(name, t, (double)o->cov_rows * (double)o->d * (double)(o->d + 1));
    gmet_moments_close(&m);
}

static void bench_eigenvalues(const options *o, feat_pool *pool)
{
    const gmet_context context = {.pool = pool};
    size_t d = o->d;
    double *a = feat_alloc_array(d * d, sizeof *a), *values = feat_alloc_array(d, sizeof *values);
    feat_error err;
    if (a == NULL || values == NULL)
        exit(1);
    uint64_t state = 2;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * d + j] = a[j * d + i] = unit(&state) - 0.5;
    stopwatch best = {0};
    for (size_t r = 0; r < o->repeat; r++) {
        stopwatch from = start();
        if (gmet_eigsym(values, NULL, a, d, &context, &err) != FEAT_OK)
            die("eigenvalues", &err);
        stop(&best, from);
    }
    char name[64];
    snprintf(name, sizeof name, "eigenvalues of order %zu", d);
    report(name, best, 4.0 / 3.0 * (double)d * (double)d * (double)d);
    feat_free(a);
    feat_free(values);
}

static void bench_fid(const options *o, feat_pool *pool, size_t n)
{
    const gmet_context context = {.pool = pool};
    gmet_moments *real = accumulate(n, o->d, 3, pool, NULL);
    gmet_moments *gen = accumulate(n, o->d, 4, pool, NULL);
    gmet_fid_result result;
    feat_error err;
    stopwatch best = {0};
    for (size_t r = 0; r < o->repeat; r++) {
        stopwatch from = start();
        if (gmet_fid_from_moments(&result, real, gen, &context, &err) != FEAT_OK)
            die("FID", &err);
        stop(&best, from);
    }
    double d = (double)o->d, rank = (double)(n - 1 < o->d ? n - 1 : o->d);
    char name[64];
    snprintf(name, sizeof name, "FID from moments, rank %.0f", rank);
    /* Two factorisations, half a product of the factors, half a Gram matrix, a reduction. */
    double factor = rank * rank * (d - 2.0 / 3.0 * rank);
    double flop = 2.0 * factor + rank * rank * (2.0 * d - rank) + rank * rank * rank * (1.0 + 4.0 / 3.0);
    report(name, best, flop);
    printf("%44s %.15g\n", "value", result.value);
    gmet_moments_close(&real);
    gmet_moments_close(&gen);
}

/* In turns with bounds from floats only and from bfloat16, where this CPU has that. */
static void bench_precision_recall(const options *o, feat_pool *pool)
{
    float *real = make_rows(o->pr_rows, o->d, 5), *gen = make_rows(o->pr_rows, o->d, 6);
    feat_dmat_kernels kernels[2] = {*feat_dmat_best(UINT32_MAX), *feat_dmat_best(UINT32_MAX)};
    size_t n_ways = feat_bf16_of(&kernels[1]) != NULL ? 2 : 1;
    static const char *const ways[] = {"floats", "bfloat16"};
    const gmet_set x = {.rows = real, .n = o->pr_rows, .d = o->d}, y = {.rows = gen, .n = o->pr_rows, .d = o->d};
    gmet_pr_result result[2];
    feat_error err;
    stopwatch best[2] = {{0}};
    kernels[0].bf16 = NULL;
    for (size_t r = 0; r < o->repeat; r++)
        for (size_t w = 0; w < n_ways; w++) {
            stopwatch from = start();
            if (gmet_precision_recall(&result[w], NULL, &x, &y,
                                      &(const gmet_context){.pool = pool, .kernels = &kernels[w]}, &err) != FEAT_OK)
                die("precision and recall", &err);
            stop(&best[w], from);
        }
    double n = (double)o->pr_rows;
    for (size_t w = 0; w < n_ways; w++) {
        char name[80];
        snprintf(name, sizeof name, "precision, recall %zu x %zu x %zu, %s", o->pr_rows, o->pr_rows, o->d, ways[w]);
        report(name, best[w], 3.0 * n * n * (double)o->d * 2.0);
        printf("%44s %.6f %.6f\n", "values", result[w].precision, result[w].recall);
    }
    if (n_ways == 2)
        printf("%44s %.2f\n", "floats / bfloat16, CPU time", best[0].cpu / best[1].cpu);
    feat_free(real);
    feat_free(gen);
}

static int usage(void)
{
    fprintf(stderr, "usage: bench_metrics [--threads N] [--dim D] [--cov-rows N] [--pr-rows N] [--repeat N] "
                    "[--only cov|eig|fid|pr]\n");
    return 2;
}

static bool parse(options *o, int argc, char **argv)
{
    struct {
        const char *name;
        size_t *value;
    } numbers[] = {{"--threads", &o->threads},
                   {"--dim", &o->d},
                   {"--cov-rows", &o->cov_rows},
                   {"--pr-rows", &o->pr_rows},
                   {"--repeat", &o->repeat}};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--only") == 0) {
            o->only = argv[i + 1];
            continue;
        }
        size_t k = 0, n = sizeof numbers / sizeof numbers[0];
        while (k < n && strcmp(argv[i], numbers[k].name) != 0)
            k++;
        if (k == n)
            return false;
        *numbers[k].value = strtoul(argv[i + 1], NULL, 10);
    }
    return argc % 2 == 1 && o->d > 0 && o->repeat > 0;
}

static bool wanted(const options *o, const char *name)
{
    return o->only == NULL || strcmp(o->only, name) == 0;
}

int main(int argc, char **argv)
{
    options o = {.threads = 0, .d = 2048, .cov_rows = 50000, .pr_rows = 10000, .repeat = 3};
    if (!parse(&o, argc, argv))
        return usage();
    feat_pool *pool = NULL;
    feat_error err;
    if (feat_pool_create(&pool, o.threads, &err) != FEAT_OK)
        die("threads", &err);
    for (size_t i = 0; feat_kernels_at(i) != NULL; i++) {
        double peak = feat_kernels_usable(feat_kernels_at(i)) ? bench_peak(feat_kernels_at(i)) : 0.0;
        if (peak > 0.0)
            printf("%s: %.1f GFLOP/s per thread in double\n", feat_kernels_at(i)->name, 0.5 * peak);
    }
    printf("%zu threads\n", feat_pool_threads(pool));
    if (wanted(&o, "cov"))
        bench_covariance(&o, pool);
    if (wanted(&o, "eig"))
        bench_eigenvalues(&o, pool);
    if (wanted(&o, "fid")) {
        bench_fid(&o, pool, 5 * o.d);
        bench_fid(&o, pool, 500 < o.d ? 500 : o.d / 4 + 2);
    }
    if (wanted(&o, "pr"))
        bench_precision_recall(&o, pool);
    feat_pool_close(&pool);
    return 0;
}
