/* Mapped rows. */
#include "tools/formats/rowstore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

enum { LABEL = 200 };

struct bf_rowstore {
    int fd;        /* of the temporary file, or -1 */
    size_t row; /* bytes */
    void *map;
    size_t map_bytes;
    const float *rows;
    char folder[LABEL], label[LABEL];
};

/* --- mapping ------------------------------------------------------------------------------------------- */

static feat_status make(bf_rowstore **out, size_t n, size_t d, const char *label, size_t *bytes,
                        feat_error *err)
{
    size_t row;
    bf_rowstore *s = feat_calloc(1, sizeof *s);
    *out = s;
    if (s == NULL || !feat_mul_size(d, sizeof(float), &row) || !feat_mul_size(n, row, bytes))
        return feat_fail(err, FEAT_ERR_NOMEM, "%.200s: no memory for %zu rows", label, n);
    s->fd = -1;
    s->row = row;
    snprintf(s->label, sizeof s->label, "%s", label);
    return FEAT_OK;
}

/* The mapping is of the file from its beginning on, as mapped.h wants it. */
static feat_status map(bf_rowstore *s, int fd, size_t at, size_t bytes, feat_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), end;
    if (!feat_add_size(at, bytes, &end) || !feat_align_size(end, page, &s->map_bytes))
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: too large to be mapped", s->label);
    void *start = mmap(NULL, s->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED)
        return feat_fail(err, errno == ENOMEM ? FEAT_ERR_NOMEM : FEAT_ERR_IO, "%s: cannot be mapped: %s",
                         s->label, strerror(errno));
    s->map = start;
    s->rows = (const float *)(const void *)((const char *)start + at);
    bf_file_catch_faults();
    if (!feat_mapped_add(start, s->map_bytes))
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: too many files are mapped", s->label);
    return FEAT_OK;
}

feat_status bf_rowstore_map(bf_rowstore **out, int fd, uint64_t at, size_t n, size_t d, const char *label,
                            feat_error *err)
{
    size_t bytes = 0;
    *out = NULL;
    if (at % sizeof(float) != 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: its numbers lie askew", label);
    feat_status status = make(out, n, d, label, &bytes, err);
    if (status == FEAT_OK)
        status = map(*out, fd, (size_t)at, bytes, err);
    if (status != FEAT_OK)
        bf_rowstore_close(out);
    return status;
}

/* --- temporary files ----------------------------------------------------------------------------------- */

static feat_status no_room(const bf_rowstore *s, size_t bytes, int reason, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_IO,
                     "%s: cannot keep %zu bytes of features of %s there: %s; set TMPDIR to a folder with "
                     "room, or give more "
                     "--memory",
                     s->folder, bytes, s->label, strerror(reason));
}

static feat_status open_temporary(bf_rowstore *s, size_t bytes, feat_error *err)
{
    char path[LABEL + 32];
    const char *folder = getenv("TMPDIR");
    snprintf(s->folder, sizeof s->folder, "%s", folder != NULL && *folder != 0 ? folder : "/var/tmp");
    snprintf(path, sizeof path, "%s/bonafide-rows-XXXXXX", s->folder);
    s->fd = mkstemp(path);
    if (s->fd < 0)
        return no_room(s, bytes, errno, err);
    (void)unlink(path);
    (void)fcntl(s->fd, F_SETFD, FD_CLOEXEC);
    int reason = posix_fallocate(s->fd, 0, (off_t)bytes);
    return reason == 0 ? FEAT_OK : no_room(s, bytes, reason, err);
}

feat_status bf_rowstore_create(bf_rowstore **out, size_t n, size_t d, const char *label, feat_error *err)
{
    size_t bytes = 0;
    feat_status status = make(out, n, d, label, &bytes, err);
    if (status == FEAT_OK)
        status = open_temporary(*out, bytes, err);
    if (status == FEAT_OK)
        status = map(*out, (*out)->fd, 0, bytes, err);
    if (status != FEAT_OK)
        bf_rowstore_close(out);
    return status;
}

feat_status bf_rowstore_write(bf_rowstore *s, size_t first, size_t n, const float *rows, feat_error *err)
{
    const char *from = (const char *)rows;
    size_t bytes = n * s->row, at = first * s->row;
    for (size_t done = 0; done < bytes;) {
        ssize_t now = pwrite(s->fd, from + done, bytes - done, (off_t)(at + done));
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return no_room(s, s->map_bytes, now < 0 ? errno : ENOSPC, err);
        done += (size_t)now;
    }
    return FEAT_OK;
}

const float *bf_rowstore_rows(const bf_rowstore *store)
{
    return store->rows;
}

void bf_rowstore_close(bf_rowstore **store)
{
    if (store == NULL || *store == NULL)
        return;
    bf_rowstore *s = *store;
    if (s->map != NULL) {
        feat_mapped_remove(s->map);
        (void)munmap(s->map, s->map_bytes);
    }
    bf_file_close(&s->fd);
    feat_free(s);
    *store = NULL;
}
