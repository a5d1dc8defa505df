/* Files: reading whole or at an offset, replacing one atomically, paths, and what may be written where. Messages name
 * the path and the system's reason. */
#ifndef BONAFIDE_TOOLS_BASE_FILES_H
#define BONAFIDE_TOOLS_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "engine/files/file_io.h"

/* A regular file open for reading, and its size. `fd` is the caller's to close. Errors: IO; FORMAT for something that
 * is not a regular file. */
FEAT_NODISCARD
static inline feat_status bf_file_open(int *fd, uint64_t *bytes, const char *path, feat_error *err)
{
    return feat_file_open(fd, bytes, path, err);
}

/* Closes and forgets a descriptor; -1 is allowed. */
static inline void bf_file_close(int *fd)
{
    feat_file_close(fd);
}

/* For whoever maps a file: should its pages no longer be there when they are read, because another program made it
 * shorter or the disk fails, the program says so and ends with status 1. What was read of it may have been used, so
 * there is no way on. */
void bf_file_catch_faults(void);

/* Exactly `n` bytes at `offset`. Safe from several threads. `path` is for messages. Errors: IO. */
FEAT_NODISCARD
static inline feat_status bf_file_read_at(int fd, void *out, size_t n, uint64_t offset, const char *path,
                                          feat_error *err)
{
    return feat_file_read_at(fd, out, n, offset, path, err);
}

/* The whole file in memory from feat_alloc, released by feat_free; a zero byte follows the data. Files above
 * `limit` bytes are refused. Errors: IO, FORMAT, UNSUPPORTED, NOMEM. */
FEAT_NODISCARD
static inline feat_status bf_file_read(uint8_t **out, size_t *n, const char *path, size_t limit, feat_error *err)
{
    return feat_file_read(out, n, path, limit, err);
}

/* "dir/name", or a copy of `name` when it is absolute or `dir` is empty. NULL when there is no memory. */
char *bf_path_join(const char *dir, const char *name);

/* The path up to its last slash ("" when it has none, "/" for the root's files). NULL when there is no
 * memory. */
char *bf_path_dir(const char *path);

/* Refuses early what could not be written late: what feat_file_target refuses, and a folder that is missing or not
 * writable; and removes there what earlier runs left behind when they were killed. Errors: IO, NOMEM. */
feat_status bf_check_output(const char *path, feat_error *err) FEAT_NODISCARD;

/* The same for a folder that gets files of its own, which is made if it is not there: of those that lie in it, the ones
 * that end as the program's do (.html .svg .csv .json) can be replaced. Errors: IO, NOMEM. */
feat_status bf_check_output_folder(const char *folder, feat_error *err) FEAT_NODISCARD;

/* A file being written under a temporary name beside `path`; written through a link, not in its place. */
typedef feat_new_file bf_new_file;

/* Errors: IO (also a missing directory), NOMEM. */
FEAT_NODISCARD
static inline feat_status bf_new_file_open(bf_new_file *file, const char *path, feat_error *err)
{
    return feat_new_file_open(file, path, err);
}
/* `n` bytes at `offset`, in any order. Errors: IO. */
FEAT_NODISCARD
static inline feat_status bf_new_file_write(bf_new_file *file, const void *data, size_t n, uint64_t offset,
                                            feat_error *err)
{
    return feat_new_file_write(file, data, n, offset, err);
}
/* Waits for the disk (feat_files_sync), closes, renames over `path` and releases; on failure the temporary file is
 * removed. Errors: IO. */
FEAT_NODISCARD
static inline feat_status bf_new_file_commit(bf_new_file *file, feat_error *err)
{
    return feat_new_file_commit(file, err);
}
/* Removes the temporary file and releases. A zeroed struct is allowed. */
static inline void bf_new_file_abandon(bf_new_file *file)
{
    feat_new_file_abandon(file);
}

/* All of this at once: `n` bytes become the file `path`, or what was there stays. Errors: IO, NOMEM. */
FEAT_NODISCARD
static inline feat_status bf_file_write(const char *path, const void *data, size_t n, feat_error *err)
{
    return feat_file_write(path, data, n, err);
}

#endif
