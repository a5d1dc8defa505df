/* From a network's table to steps: merging siblings, cutting outputs into chunks, planning the arena. */
#ifndef BONAFIDE_ENGINE_NET_COMPILE_H
#define BONAFIDE_ENGINE_NET_COMPILE_H

#include "engine/ops/step.h"

/* NULL when model can be made of the network; else a text about the operation *op that is wrong (n_ops: the network as
 * a whole), for messages. */
const char *feat_compile_check(const feat_net *net, size_t *op);

/* Fills steps, dst, inputs, layout and the counts of floats from net, numerics and head; packed_floats counts the
 * weights and biases. Depends on those only, never on the CPU or on threads. On failure the model is as it was. The
 * network must have passed feat_compile_check. Errors: NOMEM. */
feat_status feat_compile(feat_model *model, feat_error *err) FEAT_NODISCARD;

/* What the blocks of memory take that feat_compile left in a model; and what it needed beside them on the way. */
size_t feat_compile_takes(const feat_model *model);
size_t feat_compile_takes_beside(const feat_net *net);

/* Releases what feat_compile has allocated; nothing is fine too. */
void feat_compile_release(feat_model *model);

#endif
