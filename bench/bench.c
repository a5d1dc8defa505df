/* Clock, median, and the FMA loop against which percentages are given. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

bench_spread bench_spread_of(double *values, size_t n)
{
    double median = bench_median(values, n);
    return (bench_spread){values[0], median, values[n - 1]};
}

enum { CHAINS = 12, LOOPS = 2000000 };

/* Twelve independent chains hide the latency of four cycles on two ports. Inline assembly, because no
 * compiler may be tempted to drop or merge them. */
#define ALL_CHAINS                                                                                           \
    CHAIN(0) CHAIN(1) CHAIN(2) CHAIN(3) CHAIN(4) CHAIN(5) CHAIN(6) CHAIN(7) CHAIN(8) CHAIN(9) CHAIN(10) CHAIN(11)

#if defined(__x86_64__)
#define CLOBBERS                                                                                             \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",        \
        "xmm14", "xmm15"

static void loop_ymm(void)
{
    __asm__ volatile("vzeroall" ::: CLOBBERS);
    for (long i = 0; i < LOOPS; i++)
#define CHAIN(r) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #r "\n\t"
        __asm__ volatile(ALL_CHAINS ::: CLOBBERS);
#undef CHAIN
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static void loop_zmm(void)
{
    __asm__ volatile("vzeroall" ::: CLOBBERS);
    for (long i = 0; i < LOOPS; i++)
#define CHAIN(r) "vfmadd231ps %%zmm14, %%zmm15, %%zmm" #r "\n\t"
        __asm__ volatile(ALL_CHAINS ::: CLOBBERS);
#undef CHAIN
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}
#elif defined(__aarch64__)
#define CLOBBERS                                                                                             \
    "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v16", "v17", "v18", "v19",    \
        "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v30", "v31"

/* Twice as many chains: cores with four pipes of four cycles would wait for twelve. */
static void loop_neon(void)
{
    __asm__ volatile("movi v30.4s, #0\n\tmovi v31.4s, #0\n\t" ::: CLOBBERS);
    for (long i = 0; i < LOOPS / 2; i++)
#define CHAIN(r) "fmla v" #r ".4s, v30.4s, v31.4s\n\t"
        __asm__ volatile(ALL_CHAINS CHAIN(16) CHAIN(17) CHAIN(18) CHAIN(19) CHAIN(20) CHAIN(21) CHAIN(22) CHAIN(23)
                         CHAIN(24) CHAIN(25) CHAIN(26) CHAIN(27) ::: CLOBBERS);
#undef CHAIN
}
#endif

/* A loop over the vectors of a table, and their floats; NULL where there is none. */
static void (*peak_loop(const char *table, double *floats))(void)
{
#if defined(__x86_64__)
    *floats = strcmp(table, "avx512") == 0 ? 16 : 8;
    if (strcmp(table, "avx512") == 0)
        return loop_zmm;
    return strcmp(table, "avx2") == 0 ? loop_ymm : NULL;
#elif defined(__aarch64__)
    *floats = 4;
    return strcmp(table, "neon") == 0 ? loop_neon : NULL;
#else
    (void)table;
    *floats = 0;
    return NULL;
#endif
}

double bench_peak_of(const feat_kernels *kernels, int runs)
{
    double floats, best = 0.0;
    void (*loop)(void) = peak_loop(kernels->name, &floats);
    for (int run = 0; loop != NULL && run < runs; run++) {
        double t = bench_cpu_now();
        loop();
        double rate = 2.0 * CHAINS * floats * (double)LOOPS / (bench_cpu_now() - t) * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}

double bench_peak(const feat_kernels *kernels)
{
    return bench_peak_of(kernels, 9);
}
