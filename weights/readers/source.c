/* Common ground of the container readers: loading, naming, reordering and widening. */
#include "weights/readers/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/status.h"

/* No container of a network here comes near this. */
#define MAX_FILE_BYTES (UINT64_C(1) << 31)

static feat_status read_all(int fd, unsigned char *dst, size_t bytes, const char *path, feat_error *err)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = read(fd, dst + done, bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        if (n == 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: file became shorter while being read", path);
        done += (size_t)n;
    }
    return FEAT_OK;
}

feat_status feat_load_file(unsigned char **bytes, size_t *n_bytes, const char *path, feat_sha256 *sha,
                           feat_error *err)
{
    *bytes = NULL;
    *n_bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nonblocking: a FIFO must not hang us */
    if (fd < 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    feat_status status;
    struct stat st;
    unsigned char *p = NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        status = feat_fail(err, FEAT_ERR_IO, "%s: not a regular file", path);
        goto fail;
    }
    if ((uint64_t)st.st_size > MAX_FILE_BYTES) {
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: at most 2 GiB expected, %llu bytes found", path,
                           (unsigned long long)st.st_size);
        goto fail;
    }
    size_t n = (size_t)st.st_size;
    p = feat_alloc(n + 1);
    if (p == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its %zu bytes", path, n);
        goto fail;
    }
    if ((status = read_all(fd, p, n, path, err)) != FEAT_OK)
        goto fail;
    p[n] = 0;
    close(fd);
    feat_sha256_update(sha, p, n);
    *bytes = p;
    *n_bytes = n;
    return FEAT_OK;
fail:
    feat_free(p);
    close(fd);
    return status;
}

feat_status feat_source_pick(feat_source *s, feat_origin origin, feat_has_key has, const void *ctx, feat_error *err)
{
    s->map = feat_name_map_pick(s->maps, origin, s->wanted, has, ctx);
    if (s->map == NULL)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: no network here comes in a %s", s->path, s->report.container);
    return FEAT_OK;
}

void feat_source_mark(feat_source *s, const void *key, size_t n)
{
    for (size_t i = 0; i < s->map->n_marks; i++)
        if (feat_name_fits(s->map->marks[i].key, key, n))
            s->told = s->map->marks[i].net;
}

const feat_net *feat_source_net(const feat_source *s)
{
    return s->map->nets[0];
}

size_t feat_source_n_convs(const feat_source *s)
{
    return feat_net_n_layers(feat_source_net(s)) - (feat_net_head(feat_source_net(s)) != NULL);
}

int feat_source_epsilon_is_right(const feat_source *s, double epsilon)
{
    double right = feat_source_net(s)->norm_epsilon;
    return epsilon > 0.99 * right && epsilon < 1.01 * right;
}

feat_status feat_source_add(feat_source *s, feat_src_tensor **out, const char *name, const void *label,
                            size_t label_bytes, feat_error *err)
{
    char shown[FEAT_LABEL_BYTES];
    (void)feat_printable(shown, sizeof shown, label, label_bytes);
    if (s->n_tensors == FEAT_MAX_SRC_TENSORS)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: at most %d tensors expected, '%s' is one more", s->path,
                         FEAT_MAX_SRC_TENSORS, shown);
    if (strlen(name) >= FEAT_NAME_BYTES)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' does not belong to %s", s->path, shown,
                         feat_source_net(s)->name);
    for (size_t i = 0; i < s->n_tensors; i++) {
        if (strcmp(s->tensors[i].name, name) == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is there twice", s->path, shown);
    }
    feat_src_tensor *t = &s->tensors[s->n_tensors++];
    memset(t, 0, sizeof *t);
    memcpy(t->name, name, strlen(name));
    memcpy(t->label, shown, sizeof shown);
    *out = t;
    return FEAT_OK;
}

void feat_source_axes(feat_src_tensor *t, size_t rank, const uint32_t *shape, const unsigned char *order)
{
    uint64_t stride[FEAT_MAX_RANK], step = 1;
    for (size_t i = rank; i-- > 0;) {
        stride[i] = step;
        step *= shape[i];
    }
    t->rank = (uint32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[order[i]];
        t->stride[i] = stride[order[i]];
    }
}

void feat_source_ones(feat_src_tensor *t, uint32_t n)
{
    static const unsigned char one[4] = {0, 0, 0x80, 0x3f}; /* 1.0f, little-endian */
    t->elem = FEAT_ELEM_F32;
    t->rank = 1;
    t->shape[0] = n;
    t->stride[0] = 0;
    t->data = one;
}

static float element(const feat_src_tensor *t, uint64_t index)
{
    uint16_t u16;
    uint32_t bits;
    float value;
    double product;
    switch (t->elem) {
    case FEAT_ELEM_F32:
        memcpy(&value, t->data + 4 * index, sizeof value);
        return value;
    case FEAT_ELEM_F16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        return feat_half_widen(u16);
    case FEAT_ELEM_BF16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        bits = (uint32_t)u16 << 16;
        memcpy(&value, &bits, sizeof value);
        return value;
    case FEAT_ELEM_U8:
        product = t->data[index] * t->scale; /* two roundings in double, as JavaScript computes it */
        return (float)(product + t->min);
    case FEAT_ELEM_U16:
        memcpy(&u16, t->data + 2 * index, sizeof u16);
        product = u16 * t->scale;
        return (float)(product + t->min);
    }
    return 0.0f;
}

static void gather_panels(const feat_src_tensor *t, const feat_tensor *as, float *dst)
{
    for (uint64_t o = 0; o < as->shape[0]; o++)
        for (uint64_t i = 0; i < as->shape[1]; i++)
            dst[feat_panel_index(as, o, i)] = element(t, o * t->stride[0] + i * t->stride[1]);
}

int feat_source_flatten(feat_src_tensor *t, const feat_tensor *as)
{
    if (as->rank != 2 || t->rank != 4 || t->stride[3] != 1 || t->stride[2] != t->shape[3] ||
        t->stride[1] != (uint64_t)t->shape[2] * t->shape[3] || t->shape[0] != as->shape[0] ||
        (uint64_t)t->shape[1] * t->stride[1] != as->shape[1])
        return 0;
    t->rank = 2;
    t->shape[1] = as->shape[1];
    t->stride[1] = 1;
    return 1;
}

void feat_source_gather(const feat_src_tensor *t, const feat_tensor *as, float *dst)
{
    if (as->pixels > 0) {
        gather_panels(t, as, dst);
        return;
    }
    uint32_t n[FEAT_MAX_RANK] = {1, 1, 1, 1};
    uint64_t step[FEAT_MAX_RANK] = {0};
    for (size_t i = 0; i < t->rank; i++) { /* right-aligned: absent leading axes have size 1 */
        n[FEAT_MAX_RANK - t->rank + i] = t->shape[i];
        step[FEAT_MAX_RANK - t->rank + i] = t->stride[i];
    }
    for (uint32_t a = 0; a < n[0]; a++)
        for (uint32_t b = 0; b < n[1]; b++)
            for (uint32_t c = 0; c < n[2]; c++) {
                uint64_t base = a * step[0] + b * step[1] + c * step[2];
                for (uint32_t d = 0; d < n[3]; d++)
                    *dst++ = element(t, base + d * step[3]);
            }
}

void feat_source_notice(feat_source *s, const char *format, ...)
{
    if (s->report.n_notices == FEAT_MAX_NOTICES)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->report.notices[s->report.n_notices++], FEAT_NOTICE_BYTES, format, args);
    va_end(args);
}
