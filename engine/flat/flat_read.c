/* Reader of the flat weight file. Opening believes nothing: header, table, every name, shape, offset and
 * size is checked against the network before a handle exists; data is checked as it is read. */
#include "engine/flat/flat_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/not_fetched.h"
#include "engine/base/status.h"
#include "engine/flat/flat_internal.h"
#include "engine/flat/flat_format.h"

typedef struct file_weights {
    iv3_weights weights;
    int fd; /* -1 until it is open */
} file_weights;

/* Exactly `bytes` bytes at `offset`, or an error that names the file. */
static iv3_status read_at(const file_weights *f, void *dst, size_t bytes, uint64_t offset, iv3_error *err)
{
    unsigned char *p = dst;
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(f->fd, p + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return iv3_fail(err, IV3_ERR_IO, "%s: cannot read: %s", f->weights.path, strerror(errno));
        if (n == 0)
            return iv3_fail(err, IV3_ERR_IO, "%s: file became shorter while in use", f->weights.path);
        done += (size_t)n;
    }
    return IV3_OK;
}

/* --- opening ------------------------------------------------------------------------------------ */

static iv3_status open_file(file_weights *f, uint64_t *file_bytes, iv3_error *err)
{
    f->fd = open(f->weights.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nonblocking: a FIFO must not hang us */
    if (f->fd < 0)
        return iv3_fail(err, IV3_ERR_IO, "%s: cannot open: %s", f->weights.path, strerror(errno));
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return iv3_fail(err, IV3_ERR_IO, "%s: cannot examine: %s", f->weights.path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return iv3_fail(err, IV3_ERR_IO, "%s: not a regular file", f->weights.path);
    *file_bytes = (uint64_t)st.st_size;
    return IV3_OK;
}

/* Magic, version and the header's own numbers; leaves *n_tensors small enough to trust. */
static iv3_status check_header(const iv3_weights *w, const unsigned char *h, uint64_t file_bytes,
                               size_t *n_tensors, iv3_error *err)
{
    const char *other = iv3_not_fetched(h, IV3_HDR_SIZE);
    if (other != NULL)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: no weights but %s", w->path, other);
    if (memcmp(h + IV3_HDR_MAGIC, IV3_FILE_MAGIC, 8) != 0)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s: not a flat weight file; 'bonafide weights convert' makes one from other formats",
                        w->path);
    uint32_t version = iv3_get32(h + IV3_HDR_VERSION);
    if (version != IV3_FILE_VERSION)
        return iv3_fail(err, IV3_ERR_VERSION, "%s: format version %u, this build reads version %d", w->path,
                        version, IV3_FILE_VERSION);
    uint32_t n = iv3_get32(h + IV3_HDR_N_TENSORS);
    if (n == 0 || n > IV3_MAX_TENSORS)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: header: 1 to %d tensors expected, %u found", w->path,
                        IV3_MAX_TENSORS, n);
    uint64_t table_bytes = (uint64_t)n * IV3_ENT_SIZE;
    const struct {
        const char *what;
        uint64_t expected, found;
    } fields[] = {
        {"header size", IV3_HDR_SIZE, iv3_get32(h + IV3_HDR_BYTES_FIELD)},
        {"table offset", IV3_HDR_SIZE, iv3_get64(h + IV3_HDR_TABLE_OFFSET)},
        {"table size", table_bytes, iv3_get64(h + IV3_HDR_TABLE_BYTES)},
        {"data offset", IV3_HDR_SIZE + table_bytes, iv3_get64(h + IV3_HDR_DATA_OFFSET)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].found != fields[i].expected)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: header: %s %llu expected, %llu found", w->path,
                            fields[i].what, (unsigned long long)fields[i].expected,
                            (unsigned long long)fields[i].found);
    }
    uint64_t stated = iv3_get64(h + IV3_HDR_FILE_BYTES);
    if (stated != file_bytes)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: %s: %llu bytes expected, %llu found", w->path,
                        file_bytes < stated ? "truncated" : "too long", (unsigned long long)stated,
                        (unsigned long long)file_bytes);
    if (file_bytes < IV3_HDR_SIZE + table_bytes)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s: truncated: the table of %u tensors does not fit into %llu bytes", w->path, n,
                        (unsigned long long)file_bytes);
    *n_tensors = n;
    return IV3_OK;
}

/* Printable, zero-terminated, zeros to the end. UTF-8 passes; control characters could fool a terminal. */
static bool is_text(const char *text, size_t bytes)
{
    size_t n = strnlen(text, bytes);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c == 127)
            return false;
    }
    for (size_t i = n; i < bytes; i++) {
        if (text[i] != '\0')
            return false;
    }
    return n < bytes;
}

/* The rest of the header, once the checksum over header and table has been found right. */
static iv3_status take_header(iv3_weights *w, const unsigned char *h, iv3_error *err)
{
    uint32_t variant = iv3_get32(h + IV3_HDR_VARIANT);
    if (variant > IV3_VARIANT_KERAS)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: header: variant 0 to %d expected, %u found", w->path,
                        IV3_VARIANT_KERAS, variant);
    memcpy(w->info.name, h + IV3_HDR_NAME, IV3_WEIGHTS_NAME_BYTES);
    if (!is_text(w->info.name, IV3_WEIGHTS_NAME_BYTES))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: header: the name is not zero-padded printable text",
                        w->path);
    for (size_t i = IV3_HDR_RESERVED; i < IV3_HDR_CHECKSUM; i++) {
        if (h[i] != 0)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: header: byte %zu: 0 expected, %d found", w->path, i,
                            h[i]);
    }
    w->info.variant = (iv3_variant)variant;
    memcpy(w->info.source_sha256, h + IV3_HDR_SOURCE_SHA, 32);
    memcpy(w->info.content_sha256, h + IV3_HDR_CONTENT_SHA, 32);
    w->has_digest = true;
    return IV3_OK;
}

/* One table entry, checked on its own; *end is where the tensor before ended and this one ends. */
static iv3_status take_entry(const iv3_weights *w, iv3_tensor *t, size_t index, const unsigned char *e,
                             uint64_t *end, uint64_t file_bytes, iv3_error *err)
{
    memset(t, 0, sizeof *t);
    memcpy(t->name, e + IV3_ENT_NAME, IV3_NAME_BYTES);
    if (!is_text(t->name, IV3_NAME_BYTES))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor %zu: the name is not zero-padded printable text",
                        w->path, index);
    uint32_t dtype = iv3_get32(e + IV3_ENT_DTYPE);
    if (dtype != IV3_FLOAT32 && dtype != IV3_FLOAT16)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': type 1 or 2 expected, %u found", w->path,
                        t->name, dtype);
    t->dtype = (iv3_dtype)dtype;
    t->rank = iv3_get32(e + IV3_ENT_RANK);
    if (t->rank == 0 || t->rank > IV3_MAX_RANK)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': rank 1 to %d expected, %u found", w->path,
                        t->name, IV3_MAX_RANK, t->rank);
    t->n_elements = 1;
    for (size_t i = 0; i < IV3_MAX_RANK; i++) {
        t->shape[i] = iv3_get32(e + IV3_ENT_SHAPE + 4 * i);
        bool used = i < t->rank;
        if (used != (t->shape[i] != 0) || t->shape[i] > IV3_MAX_SIZE)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': impossible size %u in dimension %zu",
                            w->path, t->name, t->shape[i], i);
        if (used)
            t->n_elements *= t->shape[i];
    }
    t->offset = iv3_get64(e + IV3_ENT_OFFSET);
    t->checksum = iv3_get64(e + IV3_ENT_CHECKSUM);
    uint64_t bytes = iv3_get64(e + IV3_ENT_BYTES);
    uint64_t start = (*end + IV3_FILE_ALIGN - 1) / IV3_FILE_ALIGN * IV3_FILE_ALIGN;
    if (t->n_elements > file_bytes || bytes != t->n_elements * iv3_dtype_bytes(t->dtype))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': %llu elements do not take %llu bytes", w->path,
                        t->name, (unsigned long long)t->n_elements, (unsigned long long)bytes);
    if (t->offset != start)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': offset %llu expected, %llu found", w->path,
                        t->name, (unsigned long long)start, (unsigned long long)t->offset);
    if (start > file_bytes || bytes > file_bytes - start)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': reaches beyond the end of the file", w->path,
                        t->name);
    for (size_t i = IV3_ENT_RESERVED; i < IV3_ENT_SIZE; i++) {
        if (e[i] != 0)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': reserved byte %zu is not 0", w->path,
                            t->name, i);
    }
    *end = start + bytes;
    return IV3_OK;
}

/* The head's sizes as the table gives them; 0 layers when there is none. Everything else about them is
 * decided by comparing with the canonical list made from this. */
static void head_of_table(iv3_head *head, const iv3_weights *w, const iv3_layout *layout)
{
    memset(head, 0, sizeof *head);
    head->size[0] = layout->n_features;
    size_t single = iv3_weights_find(w, "fc.weight");
    if (single != SIZE_MAX) {
        head->n_layers = 1;
        head->size[1] = w->tensors[single].shape[0];
        return;
    }
    for (size_t i = 0; i < IV3_MAX_DENSE; i++) {
        char name[IV3_NAME_BYTES];
        (void)snprintf(name, sizeof name, "fc.%zu.weight", i);
        size_t at = iv3_weights_find(w, name);
        if (at == SIZE_MAX)
            break;
        head->size[++head->n_layers] = w->tensors[at].shape[0];
    }
}

/* The table must be the canonical list of the variant, tensor by tensor. */
static iv3_status check_list(iv3_weights *w, const iv3_layout *layout, iv3_tensor *expected, iv3_error *err)
{
    iv3_head head;
    head_of_table(&head, w, layout);
    if (head.n_layers == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor 'fc.weight' is missing", w->path);
    if (head.n_layers > 1 && w->info.variant != IV3_VARIANT_KERAS)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: variant %s: one dense layer expected, %zu found", w->path,
                        iv3_variant_name(w->info.variant), head.n_layers);
    char gamma[IV3_NAME_BYTES];
    (void)snprintf(gamma, sizeof gamma, "%s.bn.weight", layout->convs[0].torch);
    int has_gamma = w->info.variant != IV3_VARIANT_KERAS || iv3_weights_find(w, gamma) != SIZE_MAX;
    size_t n = iv3_layout_tensors(expected, layout, &head, has_gamma);
    for (size_t i = 0; i < n || i < w->info.n_tensors; i++) {
        const iv3_tensor *e = &expected[i], *t = &w->tensors[i];
        if (i >= w->info.n_tensors)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s' is missing", w->path, e->name);
        if (i >= n)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s' does not belong to variant %s", w->path,
                            t->name, iv3_variant_name(w->info.variant));
        if (memcmp(t->name, e->name, IV3_NAME_BYTES) != 0)
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor %zu: '%s' expected, '%s' found", w->path, i,
                            e->name, t->name);
        if (t->rank != e->rank || memcmp(t->shape, e->shape, sizeof t->shape) != 0) {
            char want[48], have[48];
            iv3_shape_text(want, sizeof want, e->shape, e->rank);
            iv3_shape_text(have, sizeof have, t->shape, t->rank);
            return iv3_fail(err, IV3_ERR_FORMAT, "%s: tensor '%s': shape %s expected, %s found", w->path,
                            t->name, want, have);
        }
        w->info.n_parameters += (size_t)t->n_elements;
    }
    w->info.n_classes = head.size[head.n_layers];
    return IV3_OK;
}

/* Reads and verifies everything but the data. `bytes` is header and table in one block. */
static iv3_status load_table(file_weights *f, const iv3_layout *layout, iv3_error *err)
{
    iv3_weights *w = &f->weights;
    unsigned char header[IV3_HDR_SIZE], *bytes = NULL;
    iv3_tensor *expected = NULL;
    uint64_t file_bytes = 0;
    size_t n = 0;
    iv3_status status = open_file(f, &file_bytes, err);
    if (status != IV3_OK)
        return status;
    size_t have = file_bytes < IV3_HDR_SIZE ? (size_t)file_bytes : IV3_HDR_SIZE;
    if ((status = read_at(f, header, have, 0, err)) != IV3_OK)
        return status;
    if (have < IV3_HDR_SIZE && have >= 8 && memcmp(header, IV3_FILE_MAGIC, 8) == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: truncated: header of %d bytes expected, %zu found", w->path,
                        IV3_HDR_SIZE, have);
    memset(header + have, 0, IV3_HDR_SIZE - have);
    if ((status = check_header(w, header, file_bytes, &n, err)) != IV3_OK)
        return status;
    size_t head_bytes = IV3_HDR_SIZE + n * IV3_ENT_SIZE;
    bytes = iv3_alloc(head_bytes);
    expected = iv3_alloc_array(IV3_MAX_TENSORS, sizeof *expected);
    w->tensors = iv3_calloc(n, sizeof *w->tensors);
    if (bytes == NULL || expected == NULL || w->tensors == NULL) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for the table of %zu tensors", w->path, n);
        goto done;
    }
    memcpy(bytes, header, IV3_HDR_SIZE);
    if ((status = read_at(f, bytes + IV3_HDR_SIZE, n * IV3_ENT_SIZE, IV3_HDR_SIZE, err)) != IV3_OK)
        goto done;
    iv3_hash64_state hash;
    iv3_hash64_init(&hash);
    iv3_hash64_update(&hash, bytes, IV3_HDR_CHECKSUM);
    iv3_hash64_update(&hash, bytes + IV3_HDR_SIZE, n * IV3_ENT_SIZE);
    if (iv3_hash64_final(&hash) != iv3_get64(bytes + IV3_HDR_CHECKSUM)) {
        status =
            iv3_fail(err, IV3_ERR_CHECKSUM, "%s: header and table are damaged: checksum mismatch", w->path);
        goto done;
    }
    if ((status = take_header(w, bytes, err)) != IV3_OK)
        goto done;
    uint64_t end = head_bytes;
    w->info.n_tensors = n;
    for (size_t i = 0; i < n && status == IV3_OK; i++)
        status =
            take_entry(w, &w->tensors[i], i, bytes + IV3_HDR_SIZE + i * IV3_ENT_SIZE, &end, file_bytes, err);
    if (status == IV3_OK && end != file_bytes)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: data ends at byte %llu, the file at %llu", w->path,
                          (unsigned long long)end, (unsigned long long)file_bytes);
    if (status == IV3_OK)
        status = check_list(w, layout, expected, err);
    if (status == IV3_OK && iv3_get64(bytes + IV3_HDR_N_PARAMETERS) != w->info.n_parameters)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: header: %zu parameters expected, %llu found", w->path,
                          w->info.n_parameters, (unsigned long long)iv3_get64(bytes + IV3_HDR_N_PARAMETERS));
done:
    iv3_free(expected);
    iv3_free(bytes);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------ */

static iv3_status check_sum(const iv3_weights *w, const iv3_tensor *t, uint64_t found, iv3_error *err)
{
    if (found == t->checksum)
        return IV3_OK;
    return iv3_fail(err, IV3_ERR_CHECKSUM,
                    "%s: tensor '%s' is damaged: checksum %016llx expected, %016llx found", w->path, t->name,
                    (unsigned long long)t->checksum, (unsigned long long)found);
}

static iv3_status read_tensor(const iv3_weights *w, const iv3_tensor *t, float *dst, iv3_error *err)
{
    size_t n = (size_t)t->n_elements;
    size_t bytes = n * iv3_dtype_bytes(t->dtype);
    /* Halves are read into the upper part of dst and widened from the front: no second buffer. */
    unsigned char *stored = (unsigned char *)dst + (n * sizeof *dst - bytes);
    iv3_status status = read_at((const file_weights *)w, stored, bytes, t->offset, err);
    if (status == IV3_OK)
        status = check_sum(w, t, iv3_hash64(stored, bytes), err);
    if (status != IV3_OK)
        return status;
    for (size_t i = 0; t->dtype == IV3_FLOAT16 && i < n; i++) {
        uint16_t half;
        memcpy(&half, stored + 2 * i, sizeof half);
        float value = iv3_half_widen(half);
        memcpy(&dst[i], &value, sizeof value);
    }
    size_t bad = iv3_first_not_finite(dst, n);
    if (bad < n)
        return iv3_fail(err, IV3_ERR_NUMERIC, "%s: tensor '%s': element %zu is NaN or infinite", w->path,
                        t->name, bad);
    return IV3_OK;
}

static void close_file(iv3_weights *w)
{
    const file_weights *f = (const file_weights *)w;
    if (f->fd >= 0)
        close(f->fd);
}

static const iv3_weights_backend file_backend = {read_tensor, close_file, true};

/* --- public -------------------------------------------------------------------------------------- */

iv3_status iv3_weights_open_layout(iv3_weights **out, const char *path, const iv3_layout *layout,
                                   iv3_error *err)
{
    *out = NULL;
    file_weights *f = iv3_calloc(1, sizeof *f);
    if (f == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open it", path);
    iv3_status status;
    iv3_weights *w = &f->weights;
    f->fd = -1;
    w->backend = &file_backend;
    w->path = iv3_strdup(path);
    if (w->path == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open it", path);
    else
        status = load_table(f, layout, err);
    if (status != IV3_OK) {
        iv3_weights_close(&w);
        return status;
    }
    *out = w;
    return IV3_OK;
}

iv3_status iv3_weights_open(iv3_weights **out, const char *path, iv3_error *err)
{
    return iv3_weights_open_layout(out, path, &iv3_inception_layout, err);
}
