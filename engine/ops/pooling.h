/* Pools. */
#ifndef IV3_OPS_POOLING_H
#define IV3_OPS_POOLING_H

#include "engine/ops/frame.h"

/* Runs a pool step. */
void iv3_exec_pool(const iv3_frame *frame, const iv3_step *step);

#endif
