/* Writing .npy and .npz. The .npy header has a fixed length, so that the number of rows can be put right at
 * the end. An .npz is a zip of stored .npy members; zip64 fields are written only for what does not fit
 * without them. */
#include "engine/files/npy_write.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/crc32.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"

enum { HEADER = 128, LOCAL_BYTES = 30, LOCAL_EXTRA = 20, ENTRY_BYTES = 46, ENTRY_EXTRA = 28, END_ALL = 56 + 20 + 22 };

/* --- .npy --------------------------------------------------------------------------------------------- */

/* A version 1 header of exactly 128 bytes; `shape` is the tuple's text. */
static void make_header(uint8_t header[HEADER], const char *descr, const char *shape)
{
    char text[HEADER];
    int n = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = HEADER - 10;
    header[9] = 0;
    memset(header + 10, ' ', HEADER - 10);
    memcpy(header + 10, text, (size_t)n);
    header[HEADER - 1] = '\n';
}

struct feat_npy_writer {
    feat_new_file file;
    size_t n, d;
};

static feat_status write_header(feat_npy_writer *w, size_t n, feat_error *err)
{
    char shape[64];
    uint8_t header[HEADER];
    snprintf(shape, sizeof shape, "(%zu, %zu)", n, w->d);
    make_header(header, "<f4", shape);
    return feat_new_file_write(&w->file, header, sizeof header, 0, err);
}

feat_status feat_npy_create(feat_npy_writer **out, const char *path, size_t n, size_t d, feat_error *err)
{
    size_t bytes;
    *out = NULL;
    if (!feat_mul_size(n, d, &bytes) || !feat_mul_size(bytes, sizeof(float), &bytes) || bytes > SIZE_MAX / 2)
        return feat_fail(err, FEAT_ERR_ARG, "%s: an array of %zu x %zu floats is too large", path, n, d);
    feat_npy_writer *w = feat_calloc(1, sizeof *w);
    if (w == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to create the file", path);
    w->n = n;
    w->d = d;
    feat_status status = feat_new_file_open(&w->file, path, err);
    if (status == FEAT_OK)
        status = write_header(w, n, err);
    if (status != FEAT_OK)
        feat_npy_abandon(&w);
    *out = w;
    return status;
}

feat_status feat_npy_write_rows(feat_npy_writer *w, size_t first, size_t n, const float *rows, feat_error *err)
{
    if (first > w->n || n > w->n - first)
        return feat_fail(err, FEAT_ERR_ARG, "%s: rows %zu to %zu do not fit %zu rows", w->file.path, first, first + n,
                         w->n);
    uint64_t row_bytes = (uint64_t)w->d * sizeof(float);
    return feat_new_file_write(&w->file, rows, n * w->d * sizeof(float), HEADER + first * row_bytes, err);
}

feat_status feat_npy_finish(feat_npy_writer **writer, size_t n, feat_error *err)
{
    feat_npy_writer *w = *writer;
    feat_status status = FEAT_OK;
    uint64_t bytes = HEADER + (uint64_t)n * w->d * sizeof(float);
    if (n > w->n)
        status = feat_fail(err, FEAT_ERR_ARG, "%s: %zu rows asked for, created with %zu", w->file.path, n, w->n);
    else if (ftruncate(w->file.fd, (off_t)bytes) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot write: %s", w->file.path, strerror(errno));
    else
        status = write_header(w, n, err);
    if (status == FEAT_OK)
        status = feat_new_file_commit(&w->file, err);
    feat_npy_abandon(writer);
    return status;
}

void feat_npy_abandon(feat_npy_writer **writer)
{
    if (writer == NULL || *writer == NULL)
        return;
    feat_new_file_abandon(&(*writer)->file);
    feat_free(*writer);
    *writer = NULL;
}

/* --- .npz --------------------------------------------------------------------------------------------- */

/* One member on its way into the archive. */
typedef struct entry {
    uint8_t header[HEADER]; /* of the .npy */
    const uint8_t *data;
    uint8_t *text;   /* owned data of a 'U' array; one string of an 'N' array */
    size_t n_text;   /* bytes of each string of an 'N' array */
    size_t n_bytes;  /* of the data */
    uint64_t offset; /* of the local header */
    uint32_t crc;
} entry;

typedef struct archive {
    feat_new_file file;
    entry *entries;
    size_t n;
    uint64_t at;
} archive;

static uint8_t *put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, v & 0xFFFF), v >> 16);
}

static uint8_t *put64(uint8_t *p, uint64_t v)
{
    return put32(put32(p, (uint32_t)v), (uint32_t)(v >> 32));
}

/* UTF-8 to zero-filled UTF-32; damaged sequences become U+FFFD. Returns the number of code points, at most
 * the number of bytes. `out` may be NULL to count. */
static size_t utf32(uint8_t *out, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t n = 0;
    while (*p != 0) {
        size_t more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
        uint32_t code = *p < 0x80 ? *p : *p < 0xC0 || *p > 0xF4 ? 0xFFFD : *p & (0x3Fu >> more);
        p++;
        for (; more > 0 && code != 0xFFFD; more--, p++) {
            if ((*p & 0xC0) != 0x80) {
                code = 0xFFFD;
                break;
            }
            code = code << 6 | (*p & 0x3Fu);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            code = 0xFFFD;
        if (out != NULL)
            put32(out + 4 * n, code);
        n++;
    }
    return n;
}

static void shape_text(char *text, size_t size, const feat_npz_array *a)
{
    if (a->rank == 0)
        snprintf(text, size, "()");
    else if (a->rank == 1)
        snprintf(text, size, "(%zu,)", a->shape[0]);
    else
        snprintf(text, size, "(%zu, %zu)", a->shape[0], a->shape[1]);
}

static feat_status prepare_text(entry *e, const feat_npz_array *a, char descr[32], const char *path, feat_error *err)
{
    size_t n = utf32(NULL, a->data);
    size_t room = n == 0 ? 1 : n; /* NumPy has no empty text type: '<U1' with a zero */
    e->text = feat_calloc(room, 4);
    if (e->text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write %s", path, a->name);
    utf32(e->text, a->data);
    e->data = e->text;
    e->n_bytes = room * 4;
    snprintf(descr, 32, "<U%zu", room);
    return FEAT_OK;
}

/* String `i` of an 'N' array, as wide as all of them. */
static const uint8_t *text_at(entry *e, const feat_npz_array *a, size_t i)
{
    const feat_npz_texts *t = a->data;
    memset(e->text, 0, e->n_text);
    utf32(e->text, t->text(t->ctx, i));
    return e->text;
}

/* Many strings are asked for again and again instead of being kept: for their width, their checksum, and to be
 * written. */
static feat_status prepare_texts(entry *e, const feat_npz_array *a, char descr[32], const char *path, feat_error *err)
{
    const feat_npz_texts *t = a->data;
    size_t room = 1;
    for (size_t i = 0; i < a->shape[0]; i++) {
        size_t n = utf32(NULL, t->text(t->ctx, i));
        room = n > room ? n : room;
    }
    e->n_text = room * 4;
    e->text = feat_calloc(room, 4);
    if (e->text == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write %s", path, a->name);
    if (!feat_mul_size(a->shape[0], e->n_text, &e->n_bytes))
        return feat_fail(err, FEAT_ERR_ARG, "%s: the array %s is too large", path, a->name);
    snprintf(descr, 32, "<U%zu", room);
    return FEAT_OK;
}

static feat_status prepare(entry *e, const feat_npz_array *a, const char *path, feat_error *err)
{
    char descr[32] = "", shape[64];
    size_t count = 1, item = a->kind == 'f' ? 4 : 8;
    if (a->rank > 2 || strchr("dfqUN", a->kind) == NULL || a->kind == '\0' || (a->kind == 'U' && a->rank != 0) ||
        (a->kind == 'N' && a->rank != 1) || strlen(a->name) > 1000)
        return feat_fail(err, FEAT_ERR_ARG, "%s: cannot write the array %s", path, a->name);
    for (size_t i = 0; i < a->rank; i++)
        if (!feat_mul_size(count, a->shape[i], &count))
            return feat_fail(err, FEAT_ERR_ARG, "%s: the array %s is too large", path, a->name);
    if (!feat_mul_size(count, item, &e->n_bytes))
        return feat_fail(err, FEAT_ERR_ARG, "%s: the array %s is too large", path, a->name);
    e->data = a->data;
    if (a->kind == 'U' || a->kind == 'N') {
        feat_status status =
            a->kind == 'U' ? prepare_text(e, a, descr, path, err) : prepare_texts(e, a, descr, path, err);
        if (status != FEAT_OK)
            return status;
    } else {
        snprintf(descr, sizeof descr, "%s", a->kind == 'f' ? "<f4" : a->kind == 'd' ? "<f8" : "<i8");
    }
    shape_text(shape, sizeof shape, a);
    make_header(e->header, descr, shape);
    e->crc = feat_crc32(0, e->header, HEADER);
    for (size_t i = 0; a->kind == 'N' && i < a->shape[0]; i++)
        e->crc = feat_crc32(e->crc, text_at(e, a, i), e->n_text);
    if (a->kind != 'N')
        e->crc = feat_crc32(e->crc, e->data, e->n_bytes);
    return FEAT_OK;
}

static feat_status append(archive *z, const void *data, size_t n, feat_error *err)
{
    feat_status status = feat_new_file_write(&z->file, data, n, z->at, err);
    z->at += n;
    return status;
}

/* What local header and directory entry have in common, from "version needed" to the length of the name. The
 * date is 1980-01-01: the same arrays give the same bytes. */
static uint8_t *put_common(uint8_t *p, const entry *e, bool big, size_t n_name)
{
    uint32_t size = big ? UINT32_MAX : (uint32_t)(HEADER + e->n_bytes);
    p = put16(p, big ? 45 : 20);
    p = put16(p, 0x0800); /* names are UTF-8 */
    p = put16(p, 0);      /* stored */
    p = put16(p, 0);      /* 00:00:00 */
    p = put16(p, 0x0021); /* 1980-01-01 */
    p = put32(p, e->crc);
    p = put32(p, size);
    p = put32(p, size);
    return put16(p, (unsigned)n_name);
}

static bool is_big(uint64_t v)
{
    return v >= UINT32_MAX;
}

static feat_status write_member(archive *z, entry *e, const feat_npz_array *a, feat_error *err)
{
    uint8_t local[LOCAL_BYTES + LOCAL_EXTRA + 1024], *p = local;
    size_t n_name = strlen(a->name) + 4;
    uint64_t size = (uint64_t)HEADER + e->n_bytes;
    bool big = is_big(size);
    e->offset = z->at;
    p = put_common(put32(p, 0x04034B50), e, big, n_name);
    p = put16(p, big ? LOCAL_EXTRA : 0);
    p += snprintf((char *)p, 1024, "%s.npy", a->name);
    if (big)
        p = put64(put64(put16(put16(p, 1), LOCAL_EXTRA - 4), size), size);
    feat_status status = append(z, local, (size_t)(p - local), err);
    if (status == FEAT_OK)
        status = append(z, e->header, HEADER, err);
    for (size_t i = 0; a->kind == 'N' && i < a->shape[0] && status == FEAT_OK; i++)
        status = append(z, text_at(e, a, i), e->n_text, err);
    return status == FEAT_OK && a->kind != 'N' ? append(z, e->data, e->n_bytes, err) : status;
}

static feat_status write_entry(archive *z, const entry *e, const feat_npz_array *a, feat_error *err)
{
    uint8_t bytes[ENTRY_BYTES + ENTRY_EXTRA + 1024], *p = bytes;
    size_t n_name = strlen(a->name) + 4;
    uint64_t size = (uint64_t)HEADER + e->n_bytes;
    bool big = is_big(size), far = is_big(e->offset);
    unsigned extra = big || far ? 4u + (big ? 16u : 0u) + (far ? 8u : 0u) : 0u;
    p = put16(put32(p, 0x02014B50), big || far ? 45 : 20);
    p = put_common(p, e, big, n_name);
    p = put16(p, extra);
    p = put16(put16(put16(p, 0), 0), 0); /* comment, disk, internal attributes */
    p = put32(p, 0);                     /* external attributes */
    p = put32(p, far ? UINT32_MAX : (uint32_t)e->offset);
    p += snprintf((char *)p, 1024, "%s.npy", a->name);
    if (extra != 0)
        p = put16(put16(p, 1), extra - 4);
    if (big)
        p = put64(put64(p, size), size);
    if (far)
        p = put64(p, e->offset);
    return append(z, bytes, (size_t)(p - bytes), err);
}

static feat_status write_end(archive *z, uint64_t directory, feat_error *err)
{
    uint8_t bytes[END_ALL], *p = bytes;
    uint64_t size = z->at - directory;
    bool big = is_big(directory) || is_big(size) || z->n >= 0xFFFF;
    if (big) {
        p = put64(put32(p, 0x06064B50), 44);
        p = put32(put32(put16(put16(p, 45), 45), 0), 0);
        p = put64(put64(put64(put64(p, z->n), z->n), size), directory);
        p = put32(put64(put32(put32(p, 0x07064B50), 0), z->at), 1);
    }
    unsigned n = z->n >= 0xFFFF ? 0xFFFF : (unsigned)z->n;
    p = put16(put16(put32(p, 0x06054B50), 0), 0);
    p = put16(put16(p, n), n);
    p = put32(p, is_big(size) ? UINT32_MAX : (uint32_t)size);
    p = put32(p, is_big(directory) ? UINT32_MAX : (uint32_t)directory);
    p = put16(p, 0);
    return append(z, bytes, (size_t)(p - bytes), err);
}

feat_status feat_npz_write(const char *path, const feat_npz_array *arrays, size_t n_arrays, feat_error *err)
{
    archive z = {.n = n_arrays};
    feat_status status = FEAT_OK;
    z.entries = feat_calloc(n_arrays, sizeof *z.entries);
    if (z.entries == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to create the file", path);
    for (size_t i = 0; status == FEAT_OK && i < n_arrays; i++)
        status = prepare(&z.entries[i], &arrays[i], path, err);
    if (status == FEAT_OK)
        status = feat_new_file_open(&z.file, path, err);
    for (size_t i = 0; status == FEAT_OK && i < n_arrays; i++)
        status = write_member(&z, &z.entries[i], &arrays[i], err);
    uint64_t directory = z.at;
    for (size_t i = 0; status == FEAT_OK && i < n_arrays; i++)
        status = write_entry(&z, &z.entries[i], &arrays[i], err);
    if (status == FEAT_OK)
        status = write_end(&z, directory, err);
    if (status == FEAT_OK)
        status = feat_new_file_commit(&z.file, err);
    feat_new_file_abandon(&z.file);
    for (size_t i = 0; i < n_arrays; i++)
        feat_free(z.entries[i].text);
    feat_free(z.entries);
    return status;
}
