/* Running the steps of a model on one image. */
#ifndef IV3_NET_EXEC_H
#define IV3_NET_EXEC_H

#include "engine/ops/frame.h"

/* Steps that must run to reach every tap in `taps` (a bit per iv3_tap). */
size_t iv3_steps_needed(const iv3_model *model, unsigned taps);

/* Runs one step; out as in iv3_exec_image. */
void iv3_exec_step(const iv3_frame *frame, const iv3_step *step, float *const out[IV3_N_TAPS]);

/* Runs one image [3][299][299]; out[tap] receives the tap's floats where it is not NULL. */
void iv3_exec_image(const iv3_frame *frame, const float *image, float *const out[IV3_N_TAPS], size_t n_steps);

#endif
