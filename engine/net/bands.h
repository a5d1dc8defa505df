/* Steps that run depth first: consecutive ones, each the only reader of what the one before writes, are taken band of
 * rows by band of rows, so that what lies between them stays in a near cache. Which rows are computed together changes,
 * how they are computed does not. */
#ifndef BONAFIDE_ENGINE_NET_BANDS_H
#define BONAFIDE_ENGINE_NET_BANDS_H

#include "engine/ops/frame.h"

/* Finds the groups of a model whose steps are measured and not yet placed: those whose tensors between them are too
 * large for a cache. Depends on the network and its numerics alone. */
void feat_bands_plan(feat_model *model);

/* 1 if the step after `step` can run in one group with it. */
int feat_bands_can_join(const feat_model *model, const feat_step *step);

/* Makes a group of n >= 2 steps that can be joined, in bands of at least `rows` rows: fills bands of the first step and
 * the windows of the tensors between them, raises model->scratch_floats. At most FEAT_BANDS_STEPS. */
enum { FEAT_BANDS_STEPS = 8 };
void feat_bands_join(feat_model *model, feat_step *first, size_t n, size_t rows);

/* Runs the group that begins with `first` on one image, on the calling thread with frame->work[0]. */
void feat_bands_run(const feat_frame *frame, const feat_step *first);

#endif
