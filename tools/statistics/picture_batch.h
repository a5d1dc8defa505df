/* Pictures in a Python pickle, read as data: CIFAR's Python batches, and files made after them ({data: uint8
 * [n][3 s s], labels: ...}; ImageNet in 32 x 32 is published so). Only where the pixels are is found out; labels stay
 * where they are. */
#ifndef BONAFIDE_TOOLS_STATISTICS_PICTURE_BATCH_H
#define BONAFIDE_TOOLS_STATISTICS_PICTURE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* n pictures of side x side pixels, three planes each, one picture after the other. */
typedef struct bf_picture_batch {
    size_t n, side;
    uint64_t at;     /* where they begin in the file; in memory 0 */
    uint8_t *memory; /* NULL: they lie in the file as they are; else to be released by feat_free */
} bf_picture_batch;

/* Whether a file that begins with these bytes, 32 or more, is a pickle of which an early key says that it is such a
 * batch. */
bool bf_picture_batch_is(const uint8_t *head, size_t n);

/* Errors: IO, FORMAT, UNSUPPORTED (a name or opcode that no batch needs, an array of other types), NOMEM. */
feat_status bf_picture_batch_open(bf_picture_batch *out, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
