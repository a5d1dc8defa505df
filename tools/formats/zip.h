/* Reading zip archives (PKWARE APPNOTE 6.3): stored and deflated members, zip64, data descriptors. Members
 * are read by position, so any number of threads may read one archive at once. */
#ifndef BONAFIDE_TOOLS_FORMATS_ZIP_H
#define BONAFIDE_TOOLS_FORMATS_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

typedef struct bf_zip bf_zip;

/* Reads the directory and verifies it. Names that are absolute or contain ".." make it an error.
 * Errors: IO, FORMAT, UNSUPPORTED (several disks), NOMEM. */
feat_status bf_zip_open(bf_zip **out, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_zip_close(bf_zip **zip);

const char *bf_zip_path(const bf_zip *zip);
int bf_zip_fd(const bf_zip *zip);
size_t bf_zip_count(const bf_zip *zip);

/* In the order of the directory; a folder's name ends in '/'. */
const char *bf_zip_name(const bf_zip *zip, size_t index);

/* Bytes of a member when unpacked. */
uint64_t bf_zip_size(const bf_zip *zip, size_t index);

/* SIZE_MAX when there is no such member. */
size_t bf_zip_find(const bf_zip *zip, const char *name);

/* Whether the member is kept as it is, and can be read in place. */
bool bf_zip_is_stored(const bf_zip *zip, size_t index);

/* Unpacks a member into memory from feat_alloc, released by feat_free, and verifies its CRC-32. Above `limit`
 * bytes it is refused. Errors: IO, FORMAT, CHECKSUM, UNSUPPORTED (encryption, other methods, the limit),
 * NOMEM. */
feat_status bf_zip_read(const bf_zip *zip, size_t index, uint8_t **out, size_t *n, size_t limit,
                        feat_error *err) FEAT_NODISCARD;

/* The first bytes of a member, `room` of them if it has so many, else all: for telling what it is, as no checksum is
 * looked at. *n is 0 for what cannot be unpacked. Errors: IO, NOMEM. */
feat_status bf_zip_peek(const bf_zip *zip, size_t index, uint8_t *head, size_t room, size_t *n,
                        feat_error *err) FEAT_NODISCARD;

/* Where in the file a stored member's bytes begin. Errors: IO, FORMAT, UNSUPPORTED. */
feat_status bf_zip_data_offset(const bf_zip *zip, size_t index, uint64_t *offset,
                               feat_error *err) FEAT_NODISCARD;

#endif
