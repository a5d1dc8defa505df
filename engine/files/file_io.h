/* Files: reading whole or at an offset, and replacing one atomically. Messages name the path and the system's
 * reason. */
#ifndef BONAFIDE_ENGINE_FILES_FILE_IO_H
#define BONAFIDE_ENGINE_FILES_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* A regular file open for reading. `fd` is the caller's to close. Errors: IO; FORMAT for something that is
 * not a regular file. */
feat_status feat_file_open(int *fd, uint64_t *bytes, const char *path, feat_error *err) FEAT_NODISCARD;

/* Closes and forgets a descriptor; -1 is allowed. */
void feat_file_close(int *fd);

/* Exactly `n` bytes at `offset`. Safe from several threads. `path` is for messages. Errors: IO. */
feat_status feat_file_read_at(int fd, void *out, size_t n, uint64_t offset, const char *path,
                              feat_error *err) FEAT_NODISCARD;

/* The whole file in memory from feat_alloc, released by feat_free; a zero byte follows the data. Files above
 * `limit` bytes are refused. Errors: IO, FORMAT, UNSUPPORTED, NOMEM. */
feat_status feat_file_read(uint8_t **out, size_t *n, const char *path, size_t limit, feat_error *err) FEAT_NODISCARD;

/* Where a file of this name is to be written: the path itself, or what a link there leads to. From feat_alloc. Errors:
 * IO for what cannot be replaced, a folder, a device or a pipe, a link to nothing or one that may not be followed;
 * NOMEM. */
feat_status feat_file_target(char **target, const char *path, feat_error *err) FEAT_NODISCARD;

/* A temporary file is .bonafide-PID-N.tmp beside its target, and locked (flock) while somebody writes it. */
#define FEAT_TEMPORARY_START ".bonafide-"
#define FEAT_TEMPORARY_END ".tmp"
enum { FEAT_TEMPORARY_BYTES = 64 };

/* Whether files are on the disk, data and name, before their writing is called done, so that they are there after the
 * power fails; which is so unless somebody says 0. For the whole process. */
void feat_files_sync(int wanted);

/* A file being written under a temporary name beside `path`, the target. */
typedef struct feat_new_file {
    int fd;
    char *path, *temporary;
} feat_new_file;

/* Errors: IO (also a missing directory, and those of feat_file_target), NOMEM. */
feat_status feat_new_file_open(feat_new_file *file, const char *path, feat_error *err) FEAT_NODISCARD;
feat_status feat_new_file_write(feat_new_file *file, const void *data, size_t n, uint64_t offset,
                                feat_error *err) FEAT_NODISCARD;
/* Waits for the disk, closes, renames over `path` and releases; on failure the temporary file is removed. */
feat_status feat_new_file_commit(feat_new_file *file, feat_error *err) FEAT_NODISCARD;
/* Removes the temporary file and releases. A zeroed struct is allowed. */
void feat_new_file_abandon(feat_new_file *file);

/* All of this at once: `n` bytes become the file `path`, or what was there stays. Errors: IO, NOMEM. */
feat_status feat_file_write(const char *path, const void *data, size_t n, feat_error *err) FEAT_NODISCARD;

#endif
