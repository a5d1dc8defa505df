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

enum { CHAINS = 12, LOOPS = 2000000 };

#if defined(__x86_64__)
/* Twelve independent chains hide the latency of four cycles on two ports. Inline assembly, because no
 * compiler may be tempted to drop or merge them. */
#define CHAIN(v, r) "vfmadd231ps %%" v "14, %%" v "15, %%" v #r "\n\t"
#define ALL_CHAINS(v)                                                                                        \
    CHAIN(v, 0)                                                                                              \
    CHAIN(v, 1) CHAIN(v, 2) CHAIN(v, 3) CHAIN(v, 4) CHAIN(v, 5) CHAIN(v, 6) CHAIN(v, 7) CHAIN(v, 8)          \
        CHAIN(v, 9) CHAIN(v, 10) CHAIN(v, 11)
#define CLOBBERS                                                                                             \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",        \
        "xmm14", "xmm15"

static void loop_ymm(void)
{
    __asm__ volatile("vzeroall" ::: CLOBBERS);
    for (long i = 0; i < LOOPS; i++)
        __asm__ volatile(ALL_CHAINS("ymm")::: CLOBBERS);
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static void loop_zmm(void)
{
    __asm__ volatile("vzeroall" ::: CLOBBERS);
    for (long i = 0; i < LOOPS; i++)
        __asm__ volatile(ALL_CHAINS("zmm")::: CLOBBERS);
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

double bench_peak(const feat_kernels *kernels)
{
    int wide = strcmp(kernels->name, "avx512") == 0;
    if (!wide && strcmp(kernels->name, "avx2") != 0)
        return 0.0;
    double best = 0.0, flop = 2.0 * CHAINS * (wide ? 16 : 8) * (double)LOOPS;
    for (int run = 0; run < 9; run++) {
        double t = bench_cpu_now();
        (wide ? loop_zmm : loop_ymm)();
        double rate = flop / (bench_cpu_now() - t) * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}
#else
double bench_peak(const feat_kernels *kernels)
{
    (void)kernels;
    return 0.0;
}
#endif
