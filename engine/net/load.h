/* Reading the tensors of a network, folding batch norm into them and packing them for the kernels. */
#ifndef BONAFIDE_ENGINE_NET_LOAD_H
#define BONAFIDE_ENGINE_NET_LOAD_H

#include "engine/flat/flat.h"
#include "engine/ops/step.h"

/* Finds the dense layers in the file and counts their packed floats: fills dense, n_dense and dense_floats,
 * and adds to packed_floats. Checks that sizes chain. Errors: FORMAT. */
feat_status feat_load_measure_head(feat_model *model, const feat_weights *weights, feat_error *err) FEAT_NODISCARD;

/* Fills model->packed, which has packed_floats: the convolutions, on the threads of `pool` (NULL is allowed), then the
 * dense layers that were measured. Errors: FORMAT, NUMERIC (a variance below 0, a batch norm that overflows), NOMEM,
 * those of feat_weights_read. */
feat_status feat_load_packed(feat_model *model, const feat_weights *weights, feat_pool *pool,
                             feat_error *err) FEAT_NODISCARD;

#endif
