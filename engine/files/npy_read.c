/* The header of an .npy file is a Python dictionary in text form; just as much of that language is understood
 * as NumPy writes. */
#include "engine/files/npy_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/half.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"

enum {
    PROBE_BYTES = 70000,      /* a version 1 header always fits */
    MAX_HEADER = 65536,       /* text longer than this is not a plain array's */
    CHECKED_BYTES = 64 << 20, /* stored members up to here are loaded, which verifies their CRC */
    CHUNK = 512               /* elements converted at a time */
};

/* --- header ------------------------------------------------------------------------------------------- */

typedef struct cursor {
    const char *p, *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || (*c->p >= '\t' && *c->p <= '\r')))
        c->p++;
}

/* Steps over `symbol` if it is next. */
static bool take(cursor *c, char symbol)
{
    skip_space(c);
    if (c->p == c->end || *c->p != symbol)
        return false;
    c->p++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* A quoted string without escapes. */
static bool take_string(cursor *c, char *out, size_t size)
{
    skip_space(c);
    if (c->p == c->end || (*c->p != '\'' && *c->p != '"'))
        return false;
    char quote = *c->p++;
    const char *close = memchr(c->p, quote, (size_t)(c->end - c->p));
    if (close == NULL || (size_t)(close - c->p) >= size || memchr(c->p, '\\', (size_t)(close - c->p)) != NULL)
        return false;
    memcpy(out, c->p, (size_t)(close - c->p));
    out[close - c->p] = '\0';
    c->p = close + 1;
    return true;
}

static bool take_number(cursor *c, size_t *value)
{
    skip_space(c);
    size_t v = 0;
    const char *start = c->p;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
        if (!feat_mul_size(v, 10, &v) || !feat_add_size(v, (size_t)(*c->p - '0'), &v))
            return false;
    bool digits = c->p > start;
    if (digits && c->p < c->end && *c->p == 'L') /* as Python 2 wrote it */
        c->p++;
    *value = v;
    return digits;
}

static bool take_shape(cursor *c, feat_npy_info *info)
{
    if (!take(c, '('))
        return false;
    info->rank = 0;
    while (!take(c, ')')) {
        if (info->rank == FEAT_NPY_MAX_RANK || !take_number(c, &info->shape[info->rank++]))
            return false;
        if (take(c, ','))
            continue;
        return take(c, ')');
    }
    return true;
}

/* "<f4" and the like. */
static feat_status parse_descr(feat_npy_info *info, const char *descr, const char *label, feat_error *err)
{
    char order = descr[0];
    cursor c = {descr + 2, descr + strlen(descr)};
    size_t item = 0;
    if (strlen(descr) < 3 || strchr("<>|=", order) == NULL || !take_number(&c, &item) || c.p != c.end)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: arrays of type '%s' cannot be read", label, descr);
    info->kind = descr[1];
    info->item = info->kind == 'U' ? item * 4 : item;
    bool sound = info->kind == 'f'                        ? item == 2 || item == 4 || item == 8
                 : info->kind == 'i' || info->kind == 'u' ? item == 1 || item == 2 || item == 4 || item == 8
                 : info->kind == 'b'                      ? item == 1
                                                          : info->kind == 'U' || info->kind == 'S';
    if (!sound || item > ((size_t)1 << 20))
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: arrays of type '%s' cannot be read; save as float32", label,
                         descr);
    if (order == '>' && item > 1 && info->kind != 'S')
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: big-endian data ('%s') cannot be read; save with a.astype(a.dtype.newbyteorder('<'))",
                         label, descr);
    return FEAT_OK;
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with the keys in any order. */
static feat_status parse_dictionary(feat_npy_info *info, cursor c, const char *label, feat_error *err)
{
    char key[32], descr[32] = "";
    bool has_order = false, has_shape = false, good = take(&c, '{');
    while (good && !take(&c, '}')) {
        good = take_string(&c, key, sizeof key) && take(&c, ':');
        if (good && strcmp(key, "descr") == 0) {
            if (!take_string(&c, descr, sizeof descr))
                return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: arrays of structures cannot be read", label);
        } else if (good && strcmp(key, "fortran_order") == 0) {
            info->fortran = take_word(&c, "True");
            good = has_order = info->fortran || take_word(&c, "False");
        } else if (good && strcmp(key, "shape") == 0) {
            good = has_shape = take_shape(&c, info);
        } else {
            good = false;
        }
        if (good && !take(&c, ',')) {
            good = take(&c, '}');
            break;
        }
    }
    if (!good || !has_order || !has_shape || descr[0] == '\0')
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged .npy header", label);
    return parse_descr(info, descr, label, err);
}

feat_status feat_npy_parse(feat_npy_info *info, const uint8_t *bytes, size_t n, uint64_t total, const char *label,
                           feat_error *err)
{
    *info = (feat_npy_info){0};
    if (n < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: not an .npy array", label);
    unsigned version = bytes[6];
    if (version < 1 || version > 3)
        return feat_fail(err, FEAT_ERR_VERSION, "%s: .npy version %u.%u is not known (1, 2 and 3 are)", label, version,
                         (unsigned)bytes[7]);
    size_t start = version == 1 ? 10 : 12, length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1 && n >= 12)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > MAX_HEADER)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged .npy header (%zu bytes long)", label, length);
    if (n < start || length > n - start)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated in its header", label);
    const char *text = (const char *)bytes + start;
    feat_status status = parse_dictionary(info, (cursor){text, text + length}, label, err);
    if (status != FEAT_OK)
        return status;
    info->header = start + length;
    info->n_items = 1;
    size_t n_long = 0; /* axes longer than 1: with fewer than two, both orders are the same */
    for (size_t i = 0; i < info->rank; i++) {
        n_long += info->shape[i] > 1;
        if (!feat_mul_size(info->n_items, info->shape[i], &info->n_items))
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shape overflows", label);
    }
    info->fortran = info->fortran && n_long > 1;
    if (!feat_mul_size(info->n_items, info->item, &info->n_bytes))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shape overflows", label);
    if (total < info->header || total - info->header < info->n_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: %zu bytes of data expected, %llu found", label,
                         info->n_bytes, (unsigned long long)(total < info->header ? 0 : total - info->header));
    return FEAT_OK;
}

const char *feat_npy_describe(char *text, size_t size, const feat_npy_info *info)
{
    const char *kind = info->kind == 'f'   ? "float"
                       : info->kind == 'i' ? "int"
                       : info->kind == 'u' ? "uint"
                       : info->kind == 'b' ? "bool"
                                           : "text";
    bool sized = info->kind == 'f' || info->kind == 'i' || info->kind == 'u';
    int at = sized ? snprintf(text, size, "%s%zu ", kind, info->item * 8) : snprintf(text, size, "%s ", kind);
    for (size_t i = 0; i < info->rank && at >= 0 && (size_t)at < size; i++)
        at += snprintf(text + at, size - (size_t)at, "[%zu]", info->shape[i]);
    if (info->rank == 0 && at >= 0 && (size_t)at < size)
        snprintf(text + at, size - (size_t)at, "scalar");
    return text;
}

/* --- arrays ------------------------------------------------------------------------------------------- */

/* Parses the header from a->fd at `at`, where `total` bytes are the array's. */
static feat_status open_in_place(feat_array *a, uint64_t at, uint64_t total, feat_error *err)
{
    size_t n = total < PROBE_BYTES ? (size_t)total : PROBE_BYTES;
    uint8_t *bytes = feat_alloc(n);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the header", a->label);
    feat_status status = feat_file_read_at(a->fd, bytes, n, at, a->label, err);
    if (status == FEAT_OK)
        status = feat_npy_parse(&a->info, bytes, n, total, a->label, err);
    feat_free(bytes);
    a->data_at = at + a->info.header;
    return status;
}

feat_status feat_array_open_file(feat_array *a, const char *path, feat_error *err)
{
    uint64_t total = 0;
    *a = (feat_array){.fd = -1, .own_fd = true};
    a->label = feat_strdup(path);
    if (a->label == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", path);
    feat_status status = feat_file_open(&a->fd, &total, path, err);
    if (status == FEAT_OK)
        status = open_in_place(a, 0, total, err);
    if (status != FEAT_OK)
        feat_array_close(a);
    return status;
}

feat_status feat_array_open_member(feat_array *a, const feat_archive *zip, size_t member, feat_error *err)
{
    const char *path = feat_archive_path(zip), *name = feat_archive_name(zip, member);
    size_t n, room = strlen(path) + strlen(name) + 3;
    uint64_t total = feat_archive_size(zip, member), at = 0, most = feat_archive_most(zip);
    *a = (feat_array){.fd = -1};
    a->label = feat_alloc(room);
    if (a->label == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", path);
    snprintf(a->label, room, "%s: %s", path, name);
    feat_status status;
    if (feat_archive_is_stored(zip, member) && total > (most < CHECKED_BYTES ? most : CHECKED_BYTES)) {
        a->fd = feat_archive_fd(zip);
        status = feat_archive_data_offset(zip, member, &at, err);
        if (status == FEAT_OK)
            status = open_in_place(a, at, total, err);
    } else if (total > most) {
        const char *option = feat_archive_option(zip);
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED,
                           "%s: a compressed array of %llu bytes is too large to unpack (at most %llu); save it with "
                           "numpy.savez, which does not compress%s%s%s",
                           a->label, (unsigned long long)total, (unsigned long long)most,
                           option[0] == '\0' ? "" : ", or raise that by ", option, option[0] == '\0' ? "" : " file=N");
    } else {
        status = feat_archive_read(zip, member, &a->memory, &n, (size_t)most, err);
        if (status == FEAT_OK)
            status = feat_npy_parse(&a->info, a->memory, n, n, a->label, err);
    }
    if (status != FEAT_OK)
        feat_array_close(a);
    return status;
}

void feat_array_close(feat_array *a)
{
    if (a->own_fd)
        feat_file_close(&a->fd);
    feat_free(a->label);
    feat_free(a->memory);
    *a = (feat_array){.fd = -1};
}

feat_status feat_array_read(const feat_array *a, void *out, uint64_t first, size_t n, feat_error *err)
{
    if (first > a->info.n_bytes || n > a->info.n_bytes - first)
        return feat_fail(err, FEAT_ERR_ARG, "%s: bytes outside the array were asked for", a->label);
    if (a->memory == NULL)
        return feat_file_read_at(a->fd, out, n, a->data_at + first, a->label, err);
    memcpy(out, a->memory + a->info.header + first, n);
    return FEAT_OK;
}

size_t feat_npy_floats(float *out, size_t step, const uint8_t *bytes, size_t n, size_t item, size_t *n_rounded)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = bytes + i * item;
        uint16_t half;
        double wide;
        float v;
        if (item == sizeof half) {
            memcpy(&half, at, sizeof half);
            v = feat_half_widen(half);
        } else if (item == sizeof wide) {
            memcpy(&wide, at, sizeof wide);
            v = (float)wide;
            *n_rounded += (double)v != wide;
        } else {
            memcpy(&v, at, sizeof v);
        }
        if (!isfinite(v))
            return i;
        out[i * step] = v;
    }
    return n;
}

static double unsigned_value(const uint8_t *p, size_t item)
{
    uint64_t v = 0;
    memcpy(&v, p, item); /* little-endian, as the CPU */
    return (double)v;
}

static double signed_value(const uint8_t *p, size_t item)
{
    uint64_t v = 0;
    memcpy(&v, p, item);
    unsigned unused = 64 - 8 * (unsigned)item;
    return (double)((int64_t)(v << unused) >> unused); /* sign extension: gcc and clang shift arithmetically */
}

static double element(const uint8_t *p, char kind, size_t item)
{
    if (kind == 'f' && item == 2) {
        uint16_t v;
        memcpy(&v, p, sizeof v);
        return (double)feat_half_widen(v);
    }
    if (kind == 'f' && item == 4) {
        float v;
        memcpy(&v, p, sizeof v);
        return (double)v;
    }
    if (kind == 'f') {
        double v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    return kind == 'i' ? signed_value(p, item) : unsigned_value(p, item);
}

/* Row-major place of the `i`-th element of a column-major array. */
static size_t from_fortran(const feat_npy_info *info, size_t i)
{
    size_t place = 0, stride = info->n_items;
    size_t index[FEAT_NPY_MAX_RANK];
    for (size_t k = 0; k < info->rank; k++) {
        index[k] = i % info->shape[k];
        i /= info->shape[k];
    }
    for (size_t k = 0; k < info->rank; k++) {
        stride /= info->shape[k];
        place += index[k] * stride;
    }
    return place;
}

feat_status feat_array_doubles(const feat_array *a, double *out, feat_error *err)
{
    const feat_npy_info *info = &a->info;
    uint8_t chunk[CHUNK * sizeof(double)];
    if (info->kind == 'U' || info->kind == 'S')
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: numbers expected, text found", a->label);
    for (size_t first = 0; first < info->n_items; first += CHUNK) {
        size_t n = info->n_items - first < CHUNK ? info->n_items - first : CHUNK;
        feat_status status = feat_array_read(a, chunk, (uint64_t)first * info->item, n * info->item, err);
        if (status != FEAT_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            out[info->fortran ? from_fortran(info, first + i) : first + i] =
                element(chunk + i * info->item, info->kind, info->item);
    }
    return FEAT_OK;
}
