/* Writer of the flat weight file. The file grows under a temporary name and takes its place by rename,
 * so a reader never meets half of one and a failure leaves nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/flat/flat_internal.h"
#include "engine/flat/flat_format.h"

typedef struct writer {
    const char *path;
    const iv3_weights_spec *spec;
    char *temp; /* name while it grows; NULL once renamed or removed */
    int fd;
    unsigned char *head; /* header and table */
    size_t head_bytes;
    float *buffer; /* the largest tensor */
    uint64_t end;  /* of the data so far */
    iv3_sha256 content;
} writer;

static iv3_status io_fail(const writer *w, const char *what, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_IO, "%s: cannot %s: %s", w->path, what, strerror(errno));
}

static iv3_status write_at(const writer *w, const void *data, size_t bytes, uint64_t offset, iv3_error *err)
{
    const unsigned char *p = data;
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pwrite(w->fd, p + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return io_fail(w, "write", err);
        done += (size_t)n;
    }
    return IV3_OK;
}

/* A new file beside `path`; the name is ours alone, because O_EXCL made it. */
static iv3_status create_temp(writer *w, iv3_error *err)
{
    struct stat st;
    if (stat(w->path, &st) == 0 && !S_ISREG(st.st_mode))
        return iv3_fail(err, IV3_ERR_IO, "%s: exists and is not a regular file", w->path);
    size_t bytes = strlen(w->path) + 48;
    w->temp = iv3_alloc(bytes);
    if (w->temp == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to write it", w->path);
    for (unsigned attempt = 0; attempt < 100 && w->fd < 0; attempt++) {
        (void)snprintf(w->temp, bytes, "%s.tmp-%ld-%u", w->path, (long)getpid(), attempt);
        w->fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (w->fd < 0 && errno != EEXIST)
            break;
    }
    if (w->fd >= 0)
        return IV3_OK;
    iv3_status status = io_fail(w, "create", err);
    iv3_free(w->temp);
    w->temp = NULL;
    return status;
}

static iv3_status prepare(writer *w, iv3_error *err)
{
    const iv3_weights_spec *spec = w->spec;
    size_t largest = 0;
    if (spec->n_tensors == 0 || spec->n_tensors > IV3_MAX_TENSORS ||
        (spec->dtype != IV3_FLOAT32 && spec->dtype != IV3_FLOAT16) || iv3_variant_name(spec->variant) == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s: impossible variant, type or number of tensors", w->path);
    for (size_t i = 0; i < spec->n_tensors; i++) {
        if (spec->tensors[i].n_elements > largest)
            largest = (size_t)spec->tensors[i].n_elements;
    }
    w->head_bytes = IV3_HDR_SIZE + spec->n_tensors * IV3_ENT_SIZE;
    w->end = w->head_bytes;
    w->head = iv3_calloc(1, w->head_bytes);
    w->buffer = iv3_alloc_array(largest, sizeof *w->buffer);
    if (w->head == NULL || w->buffer == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for a tensor of %zu values", w->path, largest);
    iv3_sha256_init(&w->content);
    return IV3_OK;
}

/* Turns the buffer into stored form, in place. */
static iv3_status encode(const writer *w, const iv3_tensor *t, iv3_error *err)
{
    size_t n = (size_t)t->n_elements, bad = iv3_first_not_finite(w->buffer, n);
    if (bad < n)
        return iv3_fail(err, IV3_ERR_NUMERIC, "%s: tensor '%s': element %zu is NaN or infinite", w->path,
                        t->name, bad);
    for (size_t i = 0; w->spec->dtype == IV3_FLOAT16 && i < n; i++) {
        uint16_t half = iv3_half_round(w->buffer[i]);
        if ((half & 0x7c00u) == 0x7c00u)
            return iv3_fail(err, IV3_ERR_NUMERIC,
                            "%s: tensor '%s': element %zu is %g, too large for float16; store float32",
                            w->path, t->name, i, (double)w->buffer[i]);
        memcpy((unsigned char *)w->buffer + 2 * i, &half, sizeof half);
    }
    return IV3_OK;
}

static iv3_status write_tensor(writer *w, size_t index, iv3_weights_source get, void *ctx, iv3_error *err)
{
    const iv3_tensor *t = &w->spec->tensors[index];
    iv3_status status = get(ctx, index, t, w->buffer, err);
    if (status == IV3_OK)
        status = encode(w, t, err);
    if (status != IV3_OK)
        return status;
    unsigned char *entry = w->head + IV3_HDR_SIZE + index * IV3_ENT_SIZE;
    size_t bytes = (size_t)t->n_elements * iv3_dtype_bytes(w->spec->dtype);
    uint64_t offset = (w->end + IV3_FILE_ALIGN - 1) / IV3_FILE_ALIGN * IV3_FILE_ALIGN;
    iv3_put_identity(entry, t, w->spec->dtype);
    iv3_put64(entry + IV3_ENT_OFFSET, offset);
    iv3_put64(entry + IV3_ENT_BYTES, bytes);
    iv3_put64(entry + IV3_ENT_CHECKSUM, iv3_hash64(w->buffer, bytes));
    iv3_sha256_update(&w->content, entry, IV3_ENT_IDENTITY);
    iv3_sha256_update(&w->content, w->buffer, bytes);
    w->end = offset + bytes;
    return write_at(w, w->buffer, bytes, offset, err); /* the gap before it reads as zeros */
}

static iv3_status write_head(writer *w, const unsigned char content[32], iv3_error *err)
{
    const iv3_weights_spec *spec = w->spec;
    unsigned char *h = w->head;
    uint64_t n_parameters = 0;
    for (size_t i = 0; i < spec->n_tensors; i++)
        n_parameters += spec->tensors[i].n_elements;
    memcpy(h + IV3_HDR_MAGIC, IV3_FILE_MAGIC, 8);
    iv3_put32(h + IV3_HDR_VERSION, IV3_FILE_VERSION);
    iv3_put32(h + IV3_HDR_BYTES_FIELD, IV3_HDR_SIZE);
    iv3_put32(h + IV3_HDR_VARIANT, (uint32_t)spec->variant);
    iv3_put32(h + IV3_HDR_N_TENSORS, (uint32_t)spec->n_tensors);
    iv3_put64(h + IV3_HDR_FILE_BYTES, w->end);
    iv3_put64(h + IV3_HDR_TABLE_OFFSET, IV3_HDR_SIZE);
    iv3_put64(h + IV3_HDR_TABLE_BYTES, spec->n_tensors * IV3_ENT_SIZE);
    iv3_put64(h + IV3_HDR_DATA_OFFSET, w->head_bytes);
    iv3_put64(h + IV3_HDR_N_PARAMETERS, n_parameters);
    if (spec->source_sha256 != NULL)
        memcpy(h + IV3_HDR_SOURCE_SHA, spec->source_sha256, 32);
    memcpy(h + IV3_HDR_CONTENT_SHA, content, 32);
    memcpy(h + IV3_HDR_NAME, spec->name, strnlen(spec->name, IV3_WEIGHTS_NAME_BYTES - 1));
    iv3_hash64_state hash;
    iv3_hash64_init(&hash);
    iv3_hash64_update(&hash, h, IV3_HDR_CHECKSUM);
    iv3_hash64_update(&hash, h + IV3_HDR_SIZE, w->head_bytes - IV3_HDR_SIZE);
    iv3_put64(h + IV3_HDR_CHECKSUM, iv3_hash64_final(&hash));
    return write_at(w, h, w->head_bytes, 0, err);
}

/* Data first on the disk, then the name. */
static iv3_status publish(writer *w, iv3_error *err)
{
    if (fsync(w->fd) != 0)
        return io_fail(w, "write", err);
    int closed = close(w->fd);
    w->fd = -1;
    if (closed != 0)
        return io_fail(w, "write", err);
    if (rename(w->temp, w->path) != 0)
        return io_fail(w, "create", err);
    iv3_free(w->temp);
    w->temp = NULL;
    return IV3_OK;
}

iv3_status iv3_weights_write(const char *path, const iv3_weights_spec *spec, iv3_weights_source get,
                             void *ctx, unsigned char *content_sha256, iv3_error *err)
{
    writer w = {.path = path, .spec = spec, .fd = -1};
    unsigned char content[32];
    iv3_status status = prepare(&w, err);
    if (status == IV3_OK)
        status = create_temp(&w, err);
    for (size_t i = 0; i < spec->n_tensors && status == IV3_OK; i++)
        status = write_tensor(&w, i, get, ctx, err);
    if (status == IV3_OK) {
        iv3_sha256_final(&w.content, content);
        status = write_head(&w, content, err);
    }
    if (status == IV3_OK)
        status = publish(&w, err);
    if (status == IV3_OK && content_sha256 != NULL)
        memcpy(content_sha256, content, sizeof content);
    if (w.fd >= 0)
        close(w.fd);
    if (w.temp != NULL) {
        unlink(w.temp);
        iv3_free(w.temp);
    }
    iv3_free(w.buffer);
    iv3_free(w.head);
    return status;
}

static iv3_status get_from_weights(void *ctx, size_t index, const iv3_tensor *t, float *dst, iv3_error *err)
{
    (void)t;
    return iv3_weights_read(ctx, index, dst, err);
}

iv3_status iv3_weights_save(iv3_weights *weights, const char *path, iv3_dtype dtype, iv3_error *err)
{
    const iv3_weights_spec spec = {
        weights->info.variant, weights->info.name,     weights->info.source_sha256, dtype,
        weights->tensors,      weights->info.n_tensors};
    return iv3_weights_write(path, &spec, get_from_weights, weights, NULL, err);
}
