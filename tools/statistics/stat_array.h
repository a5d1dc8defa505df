/* Private to the statistics: arrays and numbers in a pickle. */
#ifndef BONAFIDE_TOOLS_STATISTICS_STAT_ARRAY_H
#define BONAFIDE_TOOLS_STATISTICS_STAT_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "engine/files/npy_read.h"
#include "tools/statistics/stat_pickle.h"

/* Where an array is, of which type and shape. */
typedef struct bf_stat_array {
    feat_npy_info info;
    const uint8_t *bytes; /* of a numpy array; of a tensor its storage */
    size_t n_bytes;
    bool latin1; /* the bytes are code points in UTF-8: Python 3 writes bytes so in protocol 2 */
    bool tensor; /* elements at offset + i stride[0] + j stride[1] */
    uint64_t offset, stride[2];
} bf_stat_array;

/* Whether a node stands for an array or a tensor. */
bool bf_stat_is_array(const feat_pickle *pk, uint32_t node);

/* The array at a node. `what`: of whom messages speak. Errors: FORMAT, CHECKSUM, UNSUPPORTED. */
feat_status bf_stat_array_find(bf_stat_array *out, const bf_stat_pickle *p, uint32_t node, const char *what,
                               feat_error *err) FEAT_NODISCARD;

/* All its elements, row-major, into out [info.n_items]. Errors: FORMAT, NOMEM. */
feat_status bf_stat_array_doubles(const bf_stat_array *a, const bf_stat_pickle *p, const char *what, double *out,
                                  feat_error *err) FEAT_NODISCARD;

/* Its bytes, row-major, in memory that feat_free releases. Errors: FORMAT, NOMEM. */
feat_status bf_stat_array_bytes(const bf_stat_array *a, const bf_stat_pickle *p, const char *what, uint8_t **out,
                                feat_error *err) FEAT_NODISCARD;

/* The one object of an .npy of objects, or the node itself. */
uint32_t bf_stat_unwrap(const feat_pickle *pk, uint32_t node);

/* A whole number from 0 to 9e15: an integer, or a float or numpy number that is one. */
bool bf_stat_count(const feat_pickle *pk, uint32_t node, size_t *out);

#endif
