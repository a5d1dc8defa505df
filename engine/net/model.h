/* A model as sessions see it. */
#ifndef BONAFIDE_ENGINE_NET_MODEL_H
#define BONAFIDE_ENGINE_NET_MODEL_H

#include "engine/ops/step.h"

/* As feat_model_create, for a network that need not be one of feat_net_at, nor that of the weights: its tensors are
 * looked for among theirs. Errors also: ARG (the table asks for what no operation can do). */
feat_status feat_model_create_net(feat_model **out, feat_weights *weights, const feat_net *net,
                                  const feat_config *config, feat_error *err) FEAT_NODISCARD;

/* As feat_model_bytes, the same way. */
feat_status feat_model_bytes_net(feat_model_memory *memory, feat_weights *weights, const feat_net *net,
                                 const feat_config *config, feat_error *err) FEAT_NODISCARD;

/* Floats one worker of a session needs: scratch, then from feat_model_head_offset on the classifier's. */
size_t feat_model_worker_floats(const feat_model *model);

#endif
