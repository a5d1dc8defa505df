/* Reading and atomic writing of files on POSIX. */
#include "engine/files/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

/* No single read or write call is asked for more; Linux cuts at about 2 GiB anyway. */
static const size_t MAX_CALL = (size_t)1 << 30;

feat_status feat_file_open(int *fd, uint64_t *bytes, const char *path, feat_error *err)
{
    struct stat info;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (*fd < 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(*fd, &info) != 0) {
        feat_status status = feat_fail(err, FEAT_ERR_IO, "%s: cannot stat: %s", path, strerror(errno));
        feat_file_close(fd);
        return status;
    }
    if (!S_ISREG(info.st_mode)) {
        feat_file_close(fd);
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a regular file expected, found a %s", path,
                         S_ISDIR(info.st_mode) ? "directory" : "device or pipe");
    }
    *bytes = (uint64_t)info.st_size;
    return FEAT_OK;
}

void feat_file_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

feat_status feat_file_read_at(int fd, void *out, size_t n, uint64_t offset, const char *path, feat_error *err)
{
    unsigned char *p = out;
    while (n > 0) {
        ssize_t got = pread(fd, p, n < MAX_CALL ? n : MAX_CALL, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: the file ended at byte %llu, where %zu more were expected",
                             path, (unsigned long long)offset, n);
        p += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return FEAT_OK;
}

feat_status feat_file_read(uint8_t **out, size_t *n, const char *path, size_t limit, feat_error *err)
{
    int fd = -1;
    uint64_t bytes = 0;
    *out = NULL;
    *n = 0;
    feat_status status = feat_file_open(&fd, &bytes, path, err);
    if (status != FEAT_OK)
        return status;
    uint8_t *data = NULL;
    if (bytes > limit)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %llu bytes are too many (at most %zu)", path,
                           (unsigned long long)bytes, limit);
    else if ((data = feat_alloc((size_t)bytes + 1)) == NULL)
        status =
            feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %llu bytes", path, (unsigned long long)bytes);
    else
        status = feat_file_read_at(fd, data, (size_t)bytes, 0, path, err);
    feat_file_close(&fd);
    if (status != FEAT_OK) {
        feat_free(data);
        return status;
    }
    data[bytes] = 0;
    *out = data;
    *n = (size_t)bytes;
    return FEAT_OK;
}

/* O_EXCL finds a free name: PATH.tmpPID, then PATH.tmpPID-1, ... */
static int open_free_name(char *name, size_t size, const char *path)
{
    for (int i = 0; i < 100; i++) {
        if (i == 0)
            snprintf(name, size, "%s.tmp%ld", path, (long)getpid());
        else
            snprintf(name, size, "%s.tmp%ld-%d", path, (long)getpid(), i);
        int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

feat_status feat_new_file_open(feat_new_file *file, const char *path, feat_error *err)
{
    size_t size = strlen(path) + 32;
    *file = (feat_new_file){.fd = -1};
    file->path = feat_strdup(path);
    file->temporary = feat_alloc(size);
    if (file->path == NULL || file->temporary == NULL) {
        feat_free(file->path);
        feat_free(file->temporary);
        *file = (feat_new_file){.fd = -1};
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to create the file", path);
    }
    file->fd = open_free_name(file->temporary, size, path);
    if (file->fd < 0) {
        feat_status status = feat_fail(err, FEAT_ERR_IO, "%s: cannot create: %s", path, strerror(errno));
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
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write: %s", file->path,
                             put < 0 ? strerror(errno) : "no progress");
        p += put;
        n -= (size_t)put;
        offset += (uint64_t)put;
    }
    return FEAT_OK;
}

feat_status feat_new_file_sync(feat_new_file *file, feat_error *err)
{
    if (fsync(file->fd) != 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot write: %s", file->path, strerror(errno));
    return FEAT_OK;
}

feat_status feat_new_file_commit(feat_new_file *file, feat_error *err)
{
    feat_status status = FEAT_OK;
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot write: %s", file->path, strerror(errno));
    else if (rename(file->temporary, file->path) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot rename the finished file into place: %s", file->path,
                           strerror(errno));
    if (status == FEAT_OK) {
        feat_free(file->temporary);
        file->temporary = NULL;
    }
    feat_new_file_abandon(file);
    return status;
}

void feat_new_file_abandon(feat_new_file *file)
{
    if (file->temporary != NULL) {
        if (file->fd >= 0)
            close(file->fd);
        unlink(file->temporary);
    }
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
