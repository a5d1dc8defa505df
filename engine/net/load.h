/* Reading the tensors of a network and packing them for the kernels. */
#ifndef BONAFIDE_ENGINE_NET_LOAD_H
#define BONAFIDE_ENGINE_NET_LOAD_H

#include "engine/flat/flat.h"
#include "engine/ops/step.h"

/* The classifier that the weights have for a network: its dense layers, whose sizes chain. Errors: FORMAT. */
feat_status feat_load_find_head(feat_head *head, const feat_net *net, const feat_weights *weights,
                                feat_error *err) FEAT_NODISCARD;

/* What feat_load_packed takes on the way, at most. */
size_t feat_load_takes(const feat_model *model, size_t n_workers);

/* Fills model->packed, which has packed_floats, on the threads of `pool` (NULL is allowed). Errors: FORMAT, NUMERIC (a
 * variance below 0, a batch norm that overflows), NOMEM, those of feat_weights_read. */
feat_status feat_load_packed(feat_model *model, const feat_weights *weights, feat_pool *pool,
                             feat_error *err) FEAT_NODISCARD;

#endif
