/* What a file is that is no image. */
#ifndef BONAFIDE_TOOLS_BASE_OTHER_FILE_H
#define BONAFIDE_TOOLS_BASE_OTHER_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What a file is that is no image, and what to do then (NULL: `what` says that too). `what` NULL: nobody knows. */
typedef struct bf_other {
    const char *what, *advice;
} bf_other;
bf_other bf_other_tell(const uint8_t *bytes, size_t n);

/* The same for containers of data sets that are not read: HDF5, LMDB, TFRecord, Parquet, Arrow, MATLAB's, MXNet's,
 * safetensors, SQLite; NULL for anything else. The advice begins with a verb. */
const bf_other *bf_other_data(const uint8_t *bytes, size_t n);

/* The same for archives and packed files that are not read, with the command that unpacks; NULL for anything else. */
const bf_other *bf_other_packed(const uint8_t *bytes, size_t n);

#endif
