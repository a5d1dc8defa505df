/* Reading of files on POSIX. */
#include "engine/files/file_io.h"

#include <errno.h>
#include <fcntl.h>
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
