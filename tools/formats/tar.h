/* Reading tar archives (POSIX ustar and pax, GNU, the older V7): files in the order of the archive, whole or their
 * first bytes. Nothing is unpacked to disk. Members are read by position, and the archive is opened for each, so any
 * number of threads may read one at once and thousands of archives take no descriptors. */
#ifndef BONAFIDE_TOOLS_FORMATS_TAR_H
#define BONAFIDE_TOOLS_FORMATS_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

enum { BF_TAR_BLOCK = 512 };

/* Whether a file that begins with these bytes, a block or more, is an archive: the sum of its first header is right. */
bool bf_tar_is(const uint8_t *head, size_t n);

typedef struct bf_tar bf_tar;

/* Reads all headers and verifies them. Names that are absolute or contain ".." make it an error, as in a zip. Errors:
 * IO, FORMAT, UNSUPPORTED (a limit), NOMEM. */
feat_status bf_tar_open(bf_tar **out, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_tar_close(bf_tar **tar);

/* Folders aside; links, devices and files with holes are among them, and cannot be read. */
size_t bf_tar_count(const bf_tar *tar);
const char *bf_tar_name(const bf_tar *tar, size_t index); /* without "./" in front */
bool bf_tar_is_file(const bf_tar *tar, size_t index);
uint64_t bf_tar_size(const bf_tar *tar, size_t index);

/* A file in memory from feat_alloc. Above `limit` bytes it is refused. Errors: IO, FORMAT, UNSUPPORTED, NOMEM. */
feat_status bf_tar_read(const bf_tar *tar, size_t index, uint8_t **out, size_t *n, size_t limit,
                        feat_error *err) FEAT_NODISCARD;

/* Its first bytes, `room` of them if it has so many, else all. Errors: IO. */
feat_status bf_tar_peek(const bf_tar *tar, size_t index, uint8_t *head, size_t room, size_t *n,
                        feat_error *err) FEAT_NODISCARD;

#endif
