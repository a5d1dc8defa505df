/* One image, one thread: how long it takes, by steps and phases, beside what its arithmetic takes at least. */
#ifndef BONAFIDE_BENCH_STEP_TIMES_H
#define BONAFIDE_BENCH_STEP_TIMES_H

#include "engine/net/model.h"

/* Measures `rounds` rounds of one image, each between two measurements of the peak, and prints the share of the
 * arithmetic bound first; with `layers` also a line for each step. peak_of gives GFLOP/s now; what it says is what a
 * multiplication and an addition of the model's algorithms can reach. 0 for want of memory. */
int bench_step_times(feat_model *model, const float *image, size_t rounds, int layers,
                     double (*peak_of)(const feat_model *model));

/* Runs `n` images and no clock, for counters of instructions: "image I" goes to standard output, in a write of its own,
 * before each of them and after the last. 0 for want of memory. */
int bench_step_counted(const feat_model *model, const float *image, size_t n);

#endif
