/* Reading the tensors of a network and packing them for the kernels. */
#ifndef BONAFIDE_ENGINE_NET_LOAD_H
#define BONAFIDE_ENGINE_NET_LOAD_H

#include "engine/flat/flat.h"
#include "engine/ops/step.h"

/* The classifier that the weights have for a network: its dense layers, whose sizes chain. Errors: FORMAT. */
feat_status feat_load_find_head(feat_head *head, const feat_net *net, const feat_weights *weights,
                                feat_error *err) FEAT_NODISCARD;

/* What feat_load_packed takes on the way, at most. Errors: NOMEM. */
feat_status feat_load_takes(size_t *bytes, const feat_model *model, const feat_weights *weights, size_t n_workers,
                            feat_error *err) FEAT_NODISCARD;

/* Fills model->packed, which has packed_floats, on the threads of `pool` (NULL is allowed); of a file all is hashed on
 * the way, which settles the identity that feat_weights_describe gives. Errors: CHECKSUM (content or tensor), FORMAT,
 * NUMERIC (a variance below 0, a batch norm that overflows), NOMEM, those of feat_weights_read. */
feat_status feat_load_packed(feat_model *model, feat_weights *weights, feat_pool *pool,
                             feat_error *err) FEAT_NODISCARD;

#endif
