/* Reading one tensor of the weights into memory that has room for it. */
#ifndef BONAFIDE_ENGINE_OPS_READ_TENSOR_H
#define BONAFIDE_ENGINE_OPS_READ_TENSOR_H

#include "engine/flat/flat.h"

/* A reader at the front of the tensor `name`, which must have exactly this shape [rank]. Errors: FORMAT (it is missing,
 * or has another shape). */
feat_status feat_begin_tensor(feat_tensor_reader *reader, const feat_weights *weights, const char *name, size_t rank,
                              const size_t *shape, feat_error *err) FEAT_NODISCARD;

/* The index of the tensor `name`, which must have exactly this shape [rank]. Errors: FORMAT (it is missing, or has
 * another shape). */
feat_status feat_find_tensor(size_t *index, const feat_weights *weights, const char *name, size_t rank,
                             const size_t *shape, feat_error *err) FEAT_NODISCARD;

/* Reads the tensor `name`, which must have exactly this shape [rank], into dst. Errors: FORMAT (it is missing, or has
 * another shape), those of feat_weights_read. */
feat_status feat_read_tensor(const feat_weights *weights, const char *name, size_t rank, const size_t *shape,
                             float *dst, feat_error *err) FEAT_NODISCARD;

#endif
