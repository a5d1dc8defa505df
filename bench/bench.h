/* Timing shared by the benchmarks. Only ratios measured in one process mean much: machines drift. */
#ifndef BONAFIDE_BENCH_BENCH_H
#define BONAFIDE_BENCH_BENCH_H

#include <stddef.h>

#include "engine/kernels/kernels.h"

/* Seconds of a monotonic clock. */
double bench_now(void);

/* Seconds of CPU time of this thread: unmoved by what else runs on the core, though not by its use of the
 * caches. */
double bench_cpu_now(void);

/* Median of n values; sorts them. */
double bench_median(double *values, size_t n);

/* Least, median and largest of n >= 1 values; sorts them. */
typedef struct bench_spread {
    double min, median, max;
} bench_spread;
bench_spread bench_spread_of(double *values, size_t n);

/* The machine's float FMA rate with the vectors of a kernel table, in GFLOP/s: independent chains in registers, the
 * best of several short runs of some 6 ms. The tables avx512, avx2 and neon have one; 0 otherwise. */
double bench_peak_of(const feat_kernels *kernels, int runs);
double bench_peak(const feat_kernels *kernels); /* of 9 runs */

#endif
