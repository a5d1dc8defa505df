/* Convolution by minimal filtering. */
#ifndef BONAFIDE_ENGINE_OPS_CONV_WINO_H
#define BONAFIDE_ENGINE_OPS_CONV_WINO_H

#include "engine/ops/frame.h"

/* Runs a convolution step by minimal filtering. */
void feat_exec_wino(const feat_frame *frame, const feat_step *step);

#endif
