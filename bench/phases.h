/* Where the time of a step goes: clocks around the kernels of a copy of a kernel table. The libraries know nothing of
 * it: a model whose table is that copy runs as ever and gives the same bits. */
#ifndef BONAFIDE_BENCH_PHASES_H
#define BONAFIDE_BENCH_PHASES_H

#include "engine/kernels/kernels.h"

typedef enum bench_phase {
    BENCH_DATA,    /* minimal filtering: pixels to transformed tiles, edges copied for it included */
    BENCH_PRODUCT, /* fused multiply-adds over input channels: direct, filtered or split */
    BENCH_OUTPUT,  /* products to pixels; split: sums to pieces */
    BENCH_OTHER    /* pools, taps, and of tokens softmax, division and sums */
} bench_phase;
enum { BENCH_N_PHASES = 4 };

/* A copy of `kernels` that keeps the phase; there is one, valid until the next call. For one thread only. */
const feat_kernels *bench_phases_hook(const feat_kernels *kernels);

/* Starts the clocks at zero, in phase `first`. */
void bench_phases_begin(bench_phase first);

/* Stops them: seconds of CPU time of the thread [BENCH_N_PHASES], without those of reading the clock. It is read where
 * the phase changes only: half a microsecond each time. What runs before the first kernel belongs to `first`, what runs
 * between two kernels, or in one without a clock (split.join, layer norm, activations), to the one before. */
void bench_phases_end(double *seconds);

#endif
