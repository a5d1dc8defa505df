/* Running the steps of a model on one image. */
#ifndef BONAFIDE_ENGINE_NET_EXEC_H
#define BONAFIDE_ENGINE_NET_EXEC_H

#include "engine/ops/frame.h"

/* Steps that must run to reach every tap in `taps` (a bit per feat_tap). */
size_t feat_steps_needed(const feat_model *model, unsigned taps);

/* Runs one step; out as in feat_exec_image. */
void feat_exec_step(const feat_frame *frame, const feat_step *step, float *const out[FEAT_N_TAPS]);

/* Runs one image [3][299][299]; out[tap] receives the tap's floats where it is not NULL. */
void feat_exec_image(const feat_frame *frame, const float *image, float *const out[FEAT_N_TAPS], size_t n_steps);

#endif
