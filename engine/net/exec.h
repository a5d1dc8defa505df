/* Running the steps of a model on one image. */
#ifndef BONAFIDE_ENGINE_NET_EXEC_H
#define BONAFIDE_ENGINE_NET_EXEC_H

#include "engine/ops/frame.h"

/* Steps that must run to reach every tap in `taps` (a bit per feat_tap). */
size_t feat_steps_needed(const feat_model *model, uint32_t taps);


/* Runs the first n_steps on one image, [c][h][w] of the network's input; fewer once the frame's halt says so. */
void feat_exec_image(const feat_frame *frame, const float *image, size_t n_steps);

/* Runs the steps of the tail before step n_steps on the vectors of several images; fewer, as above. */
void feat_exec_tail(const feat_tail *tail, size_t n_steps);

#endif
