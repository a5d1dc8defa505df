/* Atomic writing of files on POSIX: a temporary file in the folder of the target takes its place by rename. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"

/* No single write call is asked for more; Linux cuts at about 2 GiB anyway. */
static const size_t MAX_CALL = (size_t)1 << 30;

static atomic_bool unsynced;

void feat_files_sync(int wanted)
{
    unsynced = wanted == 0;
}

/* --- the target ------------------------------------------------------------------------------------------ */

static feat_status refuse(const char *path, const char *why, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_IO, "%s: cannot write: %s", path, why);
}

/* Whose folder gets the file: that of a link's target, as whoever writes through a link expects. Whether the link may
 * be followed is the system's to say (stat), as in folders where others may lay links. */
feat_status feat_file_target(char **target, const char *path, feat_error *err)
{
    struct stat at, behind;
    char followed[PATH_MAX];
    const char *name = path;
    *target = NULL;
    if (lstat(path, &at) == 0) {
        bool link = S_ISLNK(at.st_mode);
        if (link && stat(path, &behind) != 0)
            return refuse(path, errno == ENOENT ? "it is a link to a file that is not there" : strerror(errno), err);
        mode_t mode = link ? behind.st_mode : at.st_mode;
        if (S_ISDIR(mode))
            return refuse(path, "it is a folder", err);
        if (!S_ISREG(mode))
            return refuse(path, "only a regular file can be replaced", err);
        if (link && (name = realpath(path, followed)) == NULL)
            return refuse(path, strerror(errno), err);
    } else if (errno == ENAMETOOLONG) {
        return refuse(path, strerror(errno), err);
    }
    *target = feat_strdup(name);
    return *target != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write it", path);
}

/* --- the temporary file ---------------------------------------------------------------------------------- */

/* The bytes of a path up to and with its last slash. */
static size_t folder_bytes(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

/* Whoever holds the lock of a temporary file writes it; one that nobody holds was left behind, and is swept away. False
 * where the sweeper was faster. Where the file system has no locks nothing is swept. */
static bool take(int fd)
{
    struct stat st;
    bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    return locked && fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* O_EXCL finds a free name: .bonafide-PID-0.tmp, .bonafide-PID-1.tmp, ... They do not grow with that of the target. */
static int open_free_name(char *name, size_t size, size_t folder)
{
    for (int i = 0; i < 1000; i++) {
        snprintf(name + folder, size - folder, FEAT_TEMPORARY_START "%ld-%d" FEAT_TEMPORARY_END, (long)getpid(), i);
        int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 && take(fd))
            return fd;
        if (fd < 0 && errno != EEXIST)
            return fd;
        feat_file_close(&fd);
    }
    errno = EEXIST;
    return -1;
}

feat_status feat_new_file_open(feat_new_file *file, const char *path, feat_error *err)
{
    *file = (feat_new_file){.fd = -1};
    feat_status status = feat_file_target(&file->path, path, err);
    if (status != FEAT_OK)
        return status;
    size_t folder = folder_bytes(file->path), size = folder + FEAT_TEMPORARY_BYTES;
    file->temporary = feat_alloc(size);
    if (file->temporary == NULL) {
        feat_new_file_abandon(file);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to create the file", path);
    }
    memcpy(file->temporary, file->path, folder);
    file->fd = open_free_name(file->temporary, size, folder);
    if (file->fd < 0) {
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot create: %s", path, strerror(errno));
        feat_free(file->temporary);
        file->temporary = NULL;
        feat_new_file_abandon(file);
        return status;
    }
    return FEAT_OK;
}

feat_status feat_new_file_write(feat_new_file *file, const void *data, size_t n, uint64_t offset, feat_error *err)
{
    const unsigned char *p = data;
    while (n > 0) {
        ssize_t put = pwrite(file->fd, p, n < MAX_CALL ? n : MAX_CALL, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return refuse(file->path, put < 0 ? strerror(errno) : "no progress", err);
        p += put;
        n -= (size_t)put;
        offset += (uint64_t)put;
    }
    return FEAT_OK;
}

/* Whether the disk has it. Where a file system knows no such thing there is none to wait for. */
static bool is_synced(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOSYS;
}

/* The name that the file got is in its folder, which is written by itself. A folder that may not be read is left to
 * the system. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    size_t n = folder_bytes(path);
    if (n >= sizeof folder)
        return true;
    memcpy(folder, path, n);
    memcpy(folder + n, n > 0 ? "" : ".", n > 0 ? 1 : 2);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd < 0 || is_synced(fd);
    int why = errno;
    feat_file_close(&fd);
    errno = why;
    return synced;
}

feat_status feat_new_file_commit(feat_new_file *file, feat_error *err)
{
    feat_status status = FEAT_OK;
    int lock =
        fcntl(file->fd, F_DUPFD_CLOEXEC, 0); /* held until the file has its name; close says what was not written */
    int fd = file->fd;
    file->fd = lock;
    if (!unsynced && !is_synced(fd))
        status = refuse(file->path, strerror(errno), err);
    if (lock >= 0 && close(fd) != 0 && status == FEAT_OK)
        status = refuse(file->path, strerror(errno), err);
    if (status == FEAT_OK && rename(file->temporary, file->path) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot rename the finished file into place: %s", file->path,
                           strerror(errno));
    if (status == FEAT_OK) {
        feat_free(file->temporary);
        file->temporary = NULL;
    }
    if (lock < 0)
        file->fd = fd;
    if (status == FEAT_OK && !unsynced && !sync_folder(file->path))
        status = refuse(file->path, strerror(errno), err);
    feat_new_file_abandon(file);
    return status;
}

void feat_new_file_abandon(feat_new_file *file)
{
    if (file->temporary != NULL)
        unlink(file->temporary);
    if (file->path != NULL)
        feat_file_close(&file->fd);
    feat_free(file->temporary);
    feat_free(file->path);
    *file = (feat_new_file){.fd = -1};
}

feat_status feat_file_write(const char *path, const void *data, size_t n, feat_error *err)
{
    feat_new_file file = {-1, NULL, NULL};
    feat_status status = feat_new_file_open(&file, path, err);
    if (status != FEAT_OK)
        return status;
    status = feat_new_file_write(&file, data, n, 0, err);
    if (status == FEAT_OK)
        return feat_new_file_commit(&file, err);
    feat_new_file_abandon(&file);
    return status;
}
