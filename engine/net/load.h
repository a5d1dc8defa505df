/* Reading the tensors of a network, folding batch norm into them and packing them for the kernels. */
#ifndef IV3_NET_LOAD_H
#define IV3_NET_LOAD_H

#include "engine/flat/flat.h"
#include "engine/ops/step.h"

/* Finds the dense layers in the file and counts their packed floats: fills dense, n_dense and dense_floats,
 * and adds to packed_floats. Checks that sizes chain. Errors: FORMAT. */
iv3_status iv3_load_measure_head(iv3_model *model, const iv3_weights *weights, iv3_error *err) IV3_NODISCARD;

/* Fills model->packed, which has packed_floats: the convolutions, on the threads of `pool` (NULL is allowed), then the
 * dense layers that were measured. Errors: FORMAT, NUMERIC (a variance below 0, a batch norm that overflows), NOMEM,
 * those of iv3_weights_read. */
iv3_status iv3_load_packed(iv3_model *model, const iv3_weights *weights, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
