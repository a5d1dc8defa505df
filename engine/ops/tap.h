/* Taps: what a network hands out. */
#ifndef IV3_OPS_TAP_H
#define IV3_OPS_TAP_H

#include "engine/ops/frame.h"

/* Runs the tap `op`: out[tap] receives its floats, and those of the logits if it is the one they are made of, where it
 * is not NULL. */
void iv3_exec_tap(const iv3_frame *frame, const iv3_op *op, float *const out[IV3_N_TAPS]);

#endif
