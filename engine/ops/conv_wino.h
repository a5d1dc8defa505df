/* Convolution by minimal filtering. */
#ifndef IV3_OPS_CONV_WINO_H
#define IV3_OPS_CONV_WINO_H

#include "engine/ops/frame.h"

/* Runs a convolution step by minimal filtering. */
void iv3_exec_wino(const iv3_frame *frame, const iv3_step *step);

#endif
