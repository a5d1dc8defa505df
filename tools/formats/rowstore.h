/* Rows of features that are not held in memory but mapped: the file of the set itself where its data are
 * float32 as the CPU has them, else a temporary file that is deleted as soon as it is open. What metrics are
 * done with is given back (engine/base/mapped.h), so a few MiB for each thread are resident at a time. */
#ifndef BONAFIDE_TOOLS_FORMATS_ROWSTORE_H
#define BONAFIDE_TOOLS_FORMATS_ROWSTORE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef struct bf_rowstore bf_rowstore;

/* Maps [n][d] floats at byte `at` of an open file, which may be closed afterwards; `label` is its name in
 * messages. Should the file become shorter while rows are read, the program says so and ends. Errors: IO,
 * NOMEM; UNSUPPORTED when they do not lie at a multiple of 4. */
feat_status bf_rowstore_map(bf_rowstore **out, int fd, uint64_t at, size_t n, size_t d, const char *label,
                            feat_error *err) FEAT_NODISCARD;

/* Makes room for [n][d] floats in a file in $TMPDIR (else /var/tmp); `label` says of what they are. Errors:
 * IO, with the folder and the bytes it should have had room for; NOMEM. */
feat_status bf_rowstore_create(bf_rowstore **out, size_t n, size_t d, const char *label,
                               feat_error *err) FEAT_NODISCARD;
/* Rows first .. of a store made by bf_rowstore_create. Errors: IO. */
feat_status bf_rowstore_write(bf_rowstore *store, size_t first, size_t n, const float *rows,
                              feat_error *err) FEAT_NODISCARD;

/* [n][d], until the store is closed. */
const float *bf_rowstore_rows(const bf_rowstore *store);
void bf_rowstore_close(bf_rowstore **store);

#endif
