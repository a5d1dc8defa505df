/* One thread against several, in turn. */
#ifndef BONAFIDE_BENCH_THREAD_RATIO_H
#define BONAFIDE_BENCH_THREAD_RATIO_H

#include "engine/feat.h"

/* Round after round, for each batch: a pause and a few calls with one thread, a pause and the same with n_threads.
 * Prints milliseconds of a call and images a second, least, median and largest of the rounds, and their ratios.
 * n_threads 1: one thread only. images: as many as the largest batch; pause in seconds. 0 where a run failed. */
int bench_thread_ratio(const feat_model *model, const float *images, size_t n_threads, const size_t *batches,
                       size_t n_batches, size_t rounds, double pause);

#endif
