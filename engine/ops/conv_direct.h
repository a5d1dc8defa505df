/* Convolution as it is written: the rows of the input, the output row times the stride. */
#ifndef BONAFIDE_ENGINE_OPS_CONV_DIRECT_H
#define BONAFIDE_ENGINE_OPS_CONV_DIRECT_H

#include "engine/ops/frame.h"

/* Runs a convolution step that is neither by minimal filtering nor split. */
void feat_exec_direct(const feat_frame *frame, const feat_step *step);

#endif
