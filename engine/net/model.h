/* A model as sessions see it. */
#ifndef BONAFIDE_ENGINE_NET_MODEL_H
#define BONAFIDE_ENGINE_NET_MODEL_H

#include "engine/ops/step.h"

/* Floats one worker of a session needs: scratch, then from feat_model_head_offset on the head's activations. */
size_t feat_model_worker_floats(const feat_model *model);

#endif
