/* A model as sessions see it. */
#ifndef IV3_NET_MODEL_H
#define IV3_NET_MODEL_H

#include "engine/ops/step.h"

/* Floats one worker of a session needs: scratch, then from iv3_model_head_offset on the head's activations. */
size_t iv3_model_worker_floats(const iv3_model *model);

#endif
