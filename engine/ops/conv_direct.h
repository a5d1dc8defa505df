/* Convolution as it is written: the rows of the input, the output row times the stride. */
#ifndef IV3_OPS_CONV_DIRECT_H
#define IV3_OPS_CONV_DIRECT_H

#include "engine/ops/frame.h"

/* Runs a convolution step that is neither by minimal filtering nor split. */
void iv3_exec_direct(const iv3_frame *frame, const iv3_step *step);

#endif
