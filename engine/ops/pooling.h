/* Pools. */
#ifndef BONAFIDE_ENGINE_OPS_POOLING_H
#define BONAFIDE_ENGINE_OPS_POOLING_H

#include "engine/ops/frame.h"

/* Runs a pool step. */
void feat_exec_pool(const feat_frame *frame, const feat_step *step);

#endif
