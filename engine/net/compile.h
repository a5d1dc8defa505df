/* From the architecture table to steps: merging siblings, cutting outputs into chunks, planning the arena. */
#ifndef BONAFIDE_ENGINE_NET_COMPILE_H
#define BONAFIDE_ENGINE_NET_COMPILE_H

#include "engine/ops/step.h"

/* Fills steps, dst, layout and the float counts of the convolutions; packed_floats counts their weights and biases.
 * Depends on the architecture and model->numerics only, never on the CPU or on threads. */
void feat_compile(feat_model *model);

#endif
