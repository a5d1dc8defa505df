/* Reader of the flat weight file, on a disk or in memory. Opening believes nothing: header, table, every name, shape,
 * offset and size is checked against the network before a handle exists; data is checked as it is read. */
#include "engine/flat/flat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/files/not_fetched.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_internal.h"

typedef struct file_weights {
    feat_weights weights;
    int fd; /* -1 until it is open */
    const unsigned char *image; /* or the caller's bytes of it, and there is no fd */
    size_t image_bytes;
} file_weights;

/* Exactly `bytes` bytes at `offset`, or an error that names the file. In memory no end is looked for: what is asked for
 * lies within the size that was checked when it was opened. */
static feat_status read_at(const file_weights *f, void *dst, size_t bytes, uint64_t offset, feat_error *err)
{
    unsigned char *p = dst;
    size_t done = 0;
    if (f->image != NULL && bytes > 0) {
        memcpy(p, f->image + offset, bytes);
        return FEAT_OK;
    }
    while (done < bytes) {
        ssize_t n = pread(f->fd, p + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot read: %s", f->weights.path, strerror(errno));
        if (n == 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: file became shorter while in use", f->weights.path);
        done += (size_t)n;
    }
    return FEAT_OK;
}

/* --- opening ------------------------------------------------------------------------------------ */

static feat_status open_file(file_weights *f, uint64_t *file_bytes, feat_error *err)
{
    if (f->image != NULL) {
        *file_bytes = f->image_bytes;
        return FEAT_OK;
    }
    f->fd = open(f->weights.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nonblocking: a FIFO must not hang us */
    if (f->fd < 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open: %s", f->weights.path, strerror(errno));
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot examine: %s", f->weights.path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return feat_fail(err, FEAT_ERR_IO, "%s: not a regular file", f->weights.path);
    *file_bytes = (uint64_t)st.st_size;
    return FEAT_OK;
}

/* Magic, version and the header's own numbers; leaves *n_tensors small enough to trust. */
static feat_status check_header(const feat_weights *w, const unsigned char *h, uint64_t file_bytes,
                                size_t *n_tensors, feat_error *err)
{
    const char *other = feat_not_fetched(h, FEAT_HDR_SIZE);
    if (other != NULL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: no weights but %s", w->path, other);
    if (memcmp(h + FEAT_HDR_MAGIC, FEAT_FILE_MAGIC, 8) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: not a flat weight file; 'bonafide weights convert' makes one from other formats",
                         w->path);
    uint32_t version = feat_get32(h + FEAT_HDR_VERSION);
    if (version == 1 || version == 2)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: format version %u, whose digests were others, this build reads version %d: convert the "
                         "weights again ('bonafide weights convert')",
                         w->path, version, FEAT_FILE_VERSION);
    if (version != FEAT_FILE_VERSION)
        return feat_fail(err, FEAT_ERR_VERSION, "%s: format version %u, this build reads version %d", w->path, version,
                         FEAT_FILE_VERSION);
    uint32_t n = feat_get32(h + FEAT_HDR_N_TENSORS);
    if (n == 0 || n > FEAT_FILE_MAX_TENSORS)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: header: 1 to %d tensors expected, %u found", w->path,
                         FEAT_FILE_MAX_TENSORS, n);
    uint64_t table_bytes = (uint64_t)n * FEAT_ENT_SIZE;
    const struct {
        const char *what;
        uint64_t expected, found;
    } fields[] = {
        {"header size", FEAT_HDR_SIZE, feat_get32(h + FEAT_HDR_BYTES_FIELD)},
        {"table offset", FEAT_HDR_SIZE, feat_get64(h + FEAT_HDR_TABLE_OFFSET)},
        {"table size", table_bytes, feat_get64(h + FEAT_HDR_TABLE_BYTES)},
        {"data offset", FEAT_HDR_SIZE + table_bytes, feat_get64(h + FEAT_HDR_DATA_OFFSET)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].found != fields[i].expected)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: header: %s %llu expected, %llu found", w->path,
                             fields[i].what, (unsigned long long)fields[i].expected,
                             (unsigned long long)fields[i].found);
    }
    uint64_t stated = feat_get64(h + FEAT_HDR_FILE_BYTES);
    if (stated != file_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: %llu bytes expected, %llu found", w->path,
                         file_bytes < stated ? "truncated" : "too long", (unsigned long long)stated,
                         (unsigned long long)file_bytes);
    if (file_bytes < FEAT_HDR_SIZE + table_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: truncated: the table of %u tensors does not fit into %llu bytes", w->path, n,
                         (unsigned long long)file_bytes);
    *n_tensors = n;
    return FEAT_OK;
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

/* The network of this number among `nets`. */
static feat_status find_net(feat_weights *w, uint32_t number, const feat_net *const *nets, feat_error *err)
{
    uint32_t last = 0;
    for (size_t i = 0; nets[i] != NULL; i++) {
        if (nets[i]->number == number) {
            w->info.net = nets[i];
            return FEAT_OK;
        }
        last = nets[i]->number > last ? nets[i]->number : last;
    }
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: header: variant 0 to %u expected, %u found", w->path, last, number);
}

/* The rest of the header, once the checksum over header and table has been found right. */
static feat_status take_header(feat_weights *w, const unsigned char *h, const feat_net *const *nets, feat_error *err)
{
    feat_status status = find_net(w, feat_get32(h + FEAT_HDR_VARIANT), nets, err);
    if (status != FEAT_OK)
        return status;
    memcpy(w->info.name, h + FEAT_HDR_NAME, FEAT_WEIGHTS_NAME_BYTES);
    if (!is_text(w->info.name, FEAT_WEIGHTS_NAME_BYTES))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: header: the name is not zero-padded printable text",
                         w->path);
    for (size_t i = FEAT_HDR_RESERVED; i < FEAT_HDR_CHECKSUM; i++) {
        if (h[i] != 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: header: byte %zu: 0 expected, %d found", w->path, i,
                             h[i]);
    }
    memcpy(w->info.source_sha256, h + FEAT_HDR_SOURCE_SHA, 32);
    memcpy(w->claimed, h + FEAT_HDR_CONTENT_SHA, 32);
    return FEAT_OK;
}

/* One table entry, checked on its own; *end is where the tensor before ended and this one ends. */
static feat_status take_entry(const feat_weights *w, feat_tensor *t, size_t index, const unsigned char *e,
                              uint64_t *end, uint64_t file_bytes, feat_error *err)
{
    memset(t, 0, sizeof *t);
    memcpy(t->name, e + FEAT_ENT_NAME, FEAT_NAME_BYTES);
    if (!is_text(t->name, FEAT_NAME_BYTES))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor %zu: the name is not zero-padded printable text",
                         w->path, index);
    uint32_t dtype = feat_get32(e + FEAT_ENT_DTYPE);
    if (dtype != FEAT_FLOAT32 && dtype != FEAT_FLOAT16)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': type 1 or 2 expected, %u found", w->path,
                         t->name, dtype);
    t->dtype = (feat_dtype)dtype;
    t->rank = feat_get32(e + FEAT_ENT_RANK);
    if (t->rank == 0 || t->rank > FEAT_MAX_RANK)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': rank 1 to %d expected, %u found", w->path,
                         t->name, FEAT_MAX_RANK, t->rank);
    t->n_elements = 1;
    for (size_t i = 0; i < FEAT_MAX_RANK; i++) {
        t->shape[i] = feat_get32(e + FEAT_ENT_SHAPE + 4 * i);
        bool used = i < t->rank;
        if (used != (t->shape[i] != 0) || t->shape[i] > FEAT_MAX_SIZE)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': impossible size %u in dimension %zu",
                             w->path, t->name, t->shape[i], i);
        if (used)
            t->n_elements *= t->shape[i];
    }
    t->pixels = feat_get32(e + FEAT_ENT_PIXELS); /* compared with the network's list */
    t->offset = feat_get64(e + FEAT_ENT_OFFSET);
    t->checksum = feat_get64(e + FEAT_ENT_CHECKSUM);
    uint64_t bytes = feat_get64(e + FEAT_ENT_BYTES);
    uint64_t start = (*end + FEAT_FILE_ALIGN - 1) / FEAT_FILE_ALIGN * FEAT_FILE_ALIGN;
    if (t->n_elements > file_bytes || bytes != t->n_elements * feat_dtype_bytes(t->dtype))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': %llu elements do not take %llu bytes", w->path,
                         t->name, (unsigned long long)t->n_elements, (unsigned long long)bytes);
    if (t->offset != start)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': offset %llu expected, %llu found", w->path,
                         t->name, (unsigned long long)start, (unsigned long long)t->offset);
    if (start > file_bytes || bytes > file_bytes - start)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': reaches beyond the end of the file", w->path,
                         t->name);
    for (size_t i = FEAT_ENT_RESERVED; i < FEAT_ENT_SIZE; i++) {
        if (e[i] != 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': reserved byte %zu is not 0", w->path,
                             t->name, i);
    }
    *end = start + bytes;
    return FEAT_OK;
}

static const uint32_t *find_shape(const void *weights, const char *name)
{
    const feat_tensor *t = feat_weights_at(weights, feat_weights_find(weights, name));
    return t == NULL ? NULL : t->shape;
}

/* What of the network the table has; everything else is decided by comparing with the list made from this. */
static feat_status find_contents(feat_contents *contents, const feat_weights *w, feat_error *err)
{
    const feat_net *net = w->info.net;
    const feat_op *head = feat_net_head(net);
    feat_net_find_contents(contents, net, find_shape, w);
    if (head != NULL && contents->head.n_layers == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s%s' is missing", w->path, head->name,
                         net->naming->dense_weight);
    if (head != NULL && contents->head.n_layers > net->max_dense)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: variant %s: one dense layer expected, %zu found", w->path,
                         net->variant, contents->head.n_layers);
    return FEAT_OK;
}

/* The table must be the canonical list of the network, tensor by tensor; `expected` is that list. */
static feat_status check_list(feat_weights *w, const feat_tensor *expected, size_t n, feat_error *err)
{
    for (size_t i = 0; i < n || i < w->info.n_tensors; i++) {
        const feat_tensor *e = &expected[i], *t = &w->tensors[i];
        if (i >= w->info.n_tensors)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' is missing", w->path, e->name);
        if (i >= n)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s' does not belong to variant %s", w->path,
                             t->name, w->info.net->variant);
        if (memcmp(t->name, e->name, FEAT_NAME_BYTES) != 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor %zu: '%s' expected, '%s' found", w->path, i,
                             e->name, t->name);
        if (t->rank != e->rank || memcmp(t->shape, e->shape, sizeof t->shape) != 0) {
            char want[48], have[48];
            feat_shape_text(want, sizeof want, e->shape, e->rank);
            feat_shape_text(have, sizeof have, t->shape, t->rank);
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': shape %s expected, %s found", w->path,
                             t->name, want, have);
        }
        if (t->pixels != e->pixels)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: tensor '%s': panels of %u pixels expected, %u found (0: rows)",
                             w->path, t->name, e->pixels, t->pixels);
        w->info.n_parameters += (size_t)t->n_elements;
    }
    return FEAT_OK;
}

/* Compares the table with the network's list. */
static feat_status check_network(feat_weights *w, feat_error *err)
{
    feat_contents contents;
    feat_status status = find_contents(&contents, w, err);
    if (status != FEAT_OK)
        return status;
    size_t n = feat_net_count_tensors(w->info.net, &contents);
    feat_tensor *expected = feat_alloc_array(n, sizeof *expected);
    if (expected == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for a list of %zu tensors", w->path, n);
    feat_net_list_tensors(expected, w->info.net, &contents);
    status = check_list(w, expected, n, err);
    feat_free(expected);
    w->info.n_classes = contents.head.n_layers > 0 ? contents.head.size[contents.head.n_layers] : 0;
    return status;
}

/* Reads and verifies everything but the data. `bytes` is header and table in one block. */
static feat_status load_table(file_weights *f, const feat_net *const *nets, feat_error *err)
{
    feat_weights *w = &f->weights;
    unsigned char header[FEAT_HDR_SIZE], *bytes = NULL;
    uint64_t file_bytes = 0;
    size_t n = 0;
    feat_status status = open_file(f, &file_bytes, err);
    if (status != FEAT_OK)
        return status;
    size_t have = file_bytes < FEAT_HDR_SIZE ? (size_t)file_bytes : FEAT_HDR_SIZE;
    if ((status = read_at(f, header, have, 0, err)) != FEAT_OK)
        return status;
    if (have < FEAT_HDR_SIZE && have >= 8 && memcmp(header, FEAT_FILE_MAGIC, 8) == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: header of %d bytes expected, %zu found", w->path,
                         FEAT_HDR_SIZE, have);
    memset(header + have, 0, FEAT_HDR_SIZE - have);
    if ((status = check_header(w, header, file_bytes, &n, err)) != FEAT_OK)
        return status;
    size_t head_bytes = FEAT_HDR_SIZE + n * FEAT_ENT_SIZE;
    bytes = feat_alloc(head_bytes);
    w->tensors = feat_calloc(n, sizeof *w->tensors);
    if (bytes == NULL || w->tensors == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the table of %zu tensors", w->path, n);
        goto done;
    }
    memcpy(bytes, header, FEAT_HDR_SIZE);
    if ((status = read_at(f, bytes + FEAT_HDR_SIZE, n * FEAT_ENT_SIZE, FEAT_HDR_SIZE, err)) != FEAT_OK)
        goto done;
    feat_hash64_state hash;
    feat_hash64_init(&hash);
    feat_hash64_update(&hash, bytes, FEAT_HDR_CHECKSUM);
    feat_hash64_update(&hash, bytes + FEAT_HDR_SIZE, n * FEAT_ENT_SIZE);
    if (feat_hash64_final(&hash) != feat_get64(bytes + FEAT_HDR_CHECKSUM)) {
        status =
            feat_fail(err, FEAT_ERR_CHECKSUM, "%s: header and table are damaged: checksum mismatch", w->path);
        goto done;
    }
    if ((status = take_header(w, bytes, nets, err)) != FEAT_OK)
        goto done;
    uint64_t end = head_bytes;
    w->info.n_tensors = n;
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        status =
            take_entry(w, &w->tensors[i], i, bytes + FEAT_HDR_SIZE + i * FEAT_ENT_SIZE, &end, file_bytes, err);
    if (status == FEAT_OK && end != file_bytes)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: data ends at byte %llu, the file at %llu", w->path,
                           (unsigned long long)end, (unsigned long long)file_bytes);
    if (status == FEAT_OK)
        status = check_network(w, err);
    if (status == FEAT_OK && feat_get64(bytes + FEAT_HDR_N_PARAMETERS) != w->info.n_parameters)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: header: %zu parameters expected, %llu found", w->path,
                           w->info.n_parameters, (unsigned long long)feat_get64(bytes + FEAT_HDR_N_PARAMETERS));
done:
    feat_free(bytes);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------ */

static feat_status check_sum(const feat_weights *w, const feat_tensor *t, uint64_t found, feat_error *err)
{
    if (found == t->checksum)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_CHECKSUM,
                     "%s: tensor '%s' is damaged: checksum %016llx expected, %016llx found", w->path, t->name,
                     (unsigned long long)t->checksum, (unsigned long long)found);
}

static void begin_tensor(feat_tensor_reader *r)
{
    feat_hash64_init(&r->hash);
}

bool feat_stored_in_place(const feat_weights *w)
{
    return ((const file_weights *)w)->image != NULL;
}

feat_status feat_stored_read(const feat_weights *w, const feat_tensor *t, void *dst, size_t bytes, size_t at,
                           feat_error *err)
{
    return read_at((const file_weights *)w, dst, bytes, t->offset + at, err);
}

void feat_stored_widen(feat_tensor_reader *r, float *dst, size_t n)
{
    /* Halves lie in the upper part of dst and are widened from the front: no second buffer. */
    const unsigned char *stored = (const unsigned char *)dst + n * (sizeof *dst - sizeof(uint16_t));
    for (size_t i = 0; r->tensor->dtype == FEAT_FLOAT16 && i < n; i++) {
        uint16_t half;
        memcpy(&half, stored + 2 * i, sizeof half);
        float value = feat_half_widen(half);
        memcpy(&dst[i], &value, sizeof value);
    }
    size_t bad = feat_first_not_finite(dst, n);
    if (bad < n && r->first_bad == SIZE_MAX)
        r->first_bad = r->n_read + bad;
}

static feat_status next_of_tensor(feat_tensor_reader *r, float *dst, size_t n, feat_error *err)
{
    size_t each = feat_dtype_bytes(r->tensor->dtype);
    unsigned char *stored = (unsigned char *)dst + n * (sizeof *dst - each);
    feat_status status = feat_stored_read(r->weights, r->tensor, stored, n * each, r->n_read * each, err);
    if (status != FEAT_OK)
        return status;
    feat_hash64_update(&r->hash, stored, n * each);
    feat_stored_widen(r, dst, n);
    return FEAT_OK;
}

static feat_status not_finite(const feat_weights *w, const feat_tensor *t, size_t at, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NUMERIC, "%s: tensor '%s': element %zu is NaN or infinite", w->path, t->name, at);
}

feat_status feat_stored_finite(const feat_tensor_reader *r, feat_error *err)
{
    return r->first_bad == SIZE_MAX ? FEAT_OK : not_finite(r->weights, r->tensor, r->first_bad, err);
}

/* A NaN is news only where the file is what was written. */
static feat_status end_tensor(const feat_tensor_reader *r, feat_error *err)
{
    feat_status status = check_sum(r->weights, r->tensor, feat_hash64_final(&r->hash), err);
    return status == FEAT_OK ? feat_stored_finite(r, err) : status;
}

feat_status feat_stored_mapped_finite(const feat_weights *w, const feat_tensor *t, const feat_mapped_tensor *m,
                                    feat_error *err)
{
    size_t n = (size_t)t->n_elements;
    size_t bad = t->dtype == FEAT_FLOAT16 ? feat_first_not_finite_half(m->data, n) : feat_first_not_finite(m->data, n);
    return bad == n ? FEAT_OK : not_finite(w, t, bad, err);
}

/* Tensors lie as kernels want them where the image does. */
static size_t map_takes(const feat_weights *w, const feat_tensor *t)
{
    const file_weights *f = (const file_weights *)w;
    return (uintptr_t)f->image % FEAT_FILE_ALIGN == 0
               ? 0
               : feat_alloc_takes((size_t)t->n_elements * feat_dtype_bytes(t->dtype));
}

/* The caller's bytes are used in place, or copied. */
static feat_status place_tensor(feat_mapped_tensor *out, const file_weights *f, const feat_tensor *t, feat_error *err)
{
    size_t bytes = (size_t)t->n_elements * feat_dtype_bytes(t->dtype);
    out->data = f->image + t->offset;
    if (map_takes(&f->weights, t) > 0) {
        out->map = feat_alloc(bytes);
        if (out->map == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for tensor '%s'", f->weights.path, t->name);
        out->data = memcpy(out->map, out->data, bytes);
    }
    return FEAT_OK;
}

feat_status feat_stored_map(feat_mapped_tensor *out, const feat_weights *w, const feat_tensor *t, feat_error *err)
{
    const file_weights *f = (const file_weights *)w;
    if (f->image != NULL)
        return place_tensor(out, f, t, err);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = t->offset / page * page;
    size_t bytes = (size_t)(t->offset - start) + (size_t)t->n_elements * feat_dtype_bytes(t->dtype);
    struct stat st;
    if (fstat(f->fd, &st) != 0 || (uint64_t)st.st_size < start + bytes)
        return feat_fail(err, FEAT_ERR_IO, "%s: file became shorter while in use", w->path);
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, f->fd, (off_t)start);
    if (map == MAP_FAILED)
        return feat_fail(err, errno == ENOMEM ? FEAT_ERR_NOMEM : FEAT_ERR_IO, "%s: cannot be mapped: %s", w->path,
                         strerror(errno));
    out->map = map;
    out->map_bytes = bytes;
    out->data = (const char *)map + (t->offset - start);
    return FEAT_OK;
}

/* Looks at all of the mapping once: the checksum, and whether every value is finite. */
static feat_status map_tensor(feat_mapped_tensor *out, const feat_weights *w, const feat_tensor *t, feat_error *err)
{
    feat_status status = feat_stored_map(out, w, t, err);
    if (status == FEAT_OK)
        status = check_sum(w, t, feat_hash64(out->data, (size_t)t->n_elements * feat_dtype_bytes(t->dtype)), err);
    return status == FEAT_OK ? feat_stored_mapped_finite(w, t, out, err) : status;
}

static void close_file(feat_weights *w)
{
    const file_weights *f = (const file_weights *)w;
    if (f->fd >= 0)
        close(f->fd);
}

static const feat_weights_backend file_backend = {begin_tensor, next_of_tensor, end_tensor,
                                                  map_tensor,   map_takes,      close_file, true};

/* --- public -------------------------------------------------------------------------------------- */

/* Of a file, or of an image in memory if that is not NULL. */
static feat_status open_weights(feat_weights **out, const char *path, const void *image, size_t image_bytes,
                                const feat_net *const *nets, feat_error *err)
{
    *out = NULL;
    file_weights *f = feat_calloc(1, sizeof *f);
    if (f == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open it", path);
    feat_status status;
    feat_weights *w = &f->weights;
    f->fd = -1;
    f->image = image;
    f->image_bytes = image_bytes;
    w->backend = &file_backend;
    w->path = feat_strdup(path);
    w->has_mutex = pthread_mutex_init(&w->mutex, NULL) == 0;
    if (w->path == NULL || !w->has_mutex)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open it", path);
    else
        status = load_table(f, nets, err);
    if (status != FEAT_OK) {
        feat_weights_close(&w);
        return status;
    }
    *out = w;
    return FEAT_OK;
}

feat_status feat_weights_open_among(feat_weights **out, const char *path, const feat_net *const *nets, feat_error *err)
{
    return open_weights(out, path, NULL, 0, nets, err);
}

feat_status feat_weights_open(feat_weights **out, const char *path, feat_error *err)
{
    if (out == NULL || path == NULL)
        return feat_null(err, __func__);
    return feat_weights_open_among(out, path, feat_nets, err);
}

feat_status feat_weights_from_memory_among(feat_weights **out, const void *bytes, size_t n, const char *name,
                                           const feat_net *const *nets, feat_error *err)
{
    *out = NULL;
    if (name == NULL)
        name = "weights in memory";
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: a NULL pointer", name);
    return open_weights(out, name, bytes, n, nets, err);
}

feat_status feat_weights_from_memory(feat_weights **out, const void *bytes, size_t n, const char *name,
                                     feat_error *err)
{
    if (out == NULL)
        return feat_null(err, __func__);
    return feat_weights_from_memory_among(out, bytes, n, name, feat_nets, err);
}
