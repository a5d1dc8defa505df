/* Taps: what a network hands out. */
#ifndef BONAFIDE_ENGINE_OPS_TAP_H
#define BONAFIDE_ENGINE_OPS_TAP_H

#include "engine/ops/frame.h"

/* Runs the tap `op`: out[tap] receives its floats, and those of the logits if it is the one they are made of, where it
 * is not NULL. */
void feat_exec_tap(const feat_frame *frame, const feat_op *op, float *const out[FEAT_N_TAPS]);

#endif
