/* Reading IDX files, as MNIST and its successors are published: magic, sizes, bytes; by itself or packed by gzip (RFC
 * 1952). */
#ifndef BONAFIDE_TOOLS_FORMATS_IDX_H
#define BONAFIDE_TOOLS_FORMATS_IDX_H

#include "engine/files/npy_read.h"

/* Whether a file that begins with these bytes, all of it or 32 and more, is one, packed or not. */
bool bf_idx_is(const uint8_t *head, size_t n);

/* An IDX file of bytes as an array of them; a packed one is unpacked into memory, within the limits `file` and `ratio`.
 * Errors: IO, FORMAT, CHECKSUM, UNSUPPORTED (numbers other than bytes, a limit), NOMEM, and `a` holds nothing then. */
feat_status bf_array_open_idx(feat_array *a, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
