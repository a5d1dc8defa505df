/* Finds a tensor by name, compares its shape with the one expected, and reads it. */
#include "engine/ops/read_tensor.h"

#include <stdbool.h>
#include <stdio.h>

#include "engine/base/status.h"

static bool shape_is(const feat_tensor *t, size_t rank, const size_t *shape)
{
    if (t->rank != rank)
        return false;
    for (size_t i = 0; i < rank; i++)
        if (t->shape[i] != shape[i])
            return false;
    return true;
}

feat_status feat_find_tensor(size_t *found_at, const feat_weights *weights, const char *name, size_t rank,
                             const size_t *shape, feat_error *err)
{
    char expected[64], found[64];
    uint32_t want[FEAT_MAX_RANK];
    for (size_t i = 0; i < rank; i++)
        want[i] = (uint32_t)shape[i];
    size_t index = feat_weights_find(weights, name);
    feat_shape_text(expected, sizeof expected, want, rank);
    if (index == SIZE_MAX)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' (%s) is missing", feat_weights_path(weights),
                         name, expected);
    const feat_tensor *t = feat_weights_at(weights, index);
    if (!shape_is(t, rank, shape)) {
        feat_shape_text(found, sizeof found, t->shape, t->rank);
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected, %s found",
                         feat_weights_path(weights), name, expected, found);
    }
    *found_at = index;
    return FEAT_OK;
}

feat_status feat_begin_tensor(feat_tensor_reader *reader, const feat_weights *weights, const char *name, size_t rank,
                              const size_t *shape, feat_error *err)
{
    size_t index;
    feat_status status = feat_find_tensor(&index, weights, name, rank, shape, err);
    return status == FEAT_OK ? feat_weights_begin(reader, weights, index, err) : status;
}

feat_status feat_read_tensor(const feat_weights *weights, const char *name, size_t rank, const size_t *shape,
                             float *dst, feat_error *err)
{
    feat_tensor_reader reader;
    feat_status status = feat_begin_tensor(&reader, weights, name, rank, shape, err);
    if (status == FEAT_OK)
        status = feat_weights_next(&reader, dst, (size_t)reader.tensor->n_elements, err);
    return status == FEAT_OK ? feat_weights_end(&reader, err) : status;
}
