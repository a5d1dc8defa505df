/* IDX: two zero bytes, the type of the numbers, how many axes, their lengths big-endian, and the numbers. */
#include "tools/formats/idx.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/crc32.h"
#include "engine/base/status.h"
#include "tools/base/bytes.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/formats/gzip.h"
#include "tools/images/sandbox.h"

enum {
    IDX_BYTES = 0x08, /* the type of unsigned bytes */
    MAX_AXES = 4,
    MAX_HEADER = 4 + 4 * MAX_AXES,
    PACKED_HEAD = 65536 /* of a packed file, in which its header must end and the first bytes unpack */
};

/* --- gzip --------------------------------------------------------------------------------------------- */

static bool inflate_head(uint8_t *out, size_t n, const uint8_t *packed, size_t n_packed, const char *path)
{
    return bf_sandbox_inflate_head(out, n, packed, n_packed, path, "gzip", NULL) == FEAT_OK;
}

/* --- header ------------------------------------------------------------------------------------------- */

static bool is_magic(const uint8_t *bytes)
{
    static const char types[] = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E};
    return bytes[0] == 0 && bytes[1] == 0 && memchr(types, bytes[2], sizeof types) != NULL && bytes[3] >= 1 &&
           bytes[3] <= MAX_AXES;
}

/* Whether a file that begins with these bytes is packed, and one inside. */
static bool is_packed(const uint8_t *head, size_t n)
{
    uint8_t magic[4];
    size_t at = bf_gzip_data_at(head, n);
    return at > 0 && inflate_head(magic, sizeof magic, head + at, n - at, "") && is_magic(magic);
}

bool bf_idx_is(const uint8_t *head, size_t n)
{
    return (n >= 8 && is_magic(head)) || is_packed(head, n);
}

/* The header of `bytes`, and that as many bytes follow in `total` as it says. */
static feat_status parse(feat_npy_info *info, const uint8_t *bytes, size_t n, uint64_t total, const char *path,
                         feat_error *err)
{
    *info = (feat_npy_info){.kind = 'u', .item = 1, .n_items = 1};
    if (n < 4 || !is_magic(bytes))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: not an IDX file", path);
    if (bytes[2] != IDX_BYTES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: an IDX file of type 0x%02X; only bytes (0x08) are read: save the images by numpy.save",
                         path, bytes[2]);
    info->rank = bytes[3];
    info->header = 4 + 4 * info->rank;
    if (n < info->header)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated in its header", path);
    for (size_t i = 0; i < info->rank; i++) {
        info->shape[i] = bf_be32(bytes + 4 + 4 * i);
        if (!feat_mul_size(info->n_items, info->shape[i], &info->n_items))
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: its shape overflows", path);
    }
    info->n_bytes = info->n_items;
    if (info->rank < 3)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: an IDX file of %zu numbers in %s, as labels are kept; images have three axes "
                         "(*-images-idx3-ubyte)",
                         path, info->n_items, info->rank == 1 ? "a row" : "a table");
    uint64_t found = total < info->header ? 0 : total - info->header;
    if (found != info->n_bytes)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu bytes of data expected, %llu found", path, info->n_bytes,
                         (unsigned long long)found);
    return FEAT_OK;
}

/* --- opening ------------------------------------------------------------------------------------------ */

/* As many bytes as the header says are unpacked, and the length and checksum at the end must be theirs. */
static feat_status unpack(feat_array *a, const uint8_t *packed, size_t n, feat_error *err)
{
    const bf_limits *limits = bf_limits_get();
    uint8_t head[MAX_HEADER] = {0};
    const char *path = a->label;
    size_t at = bf_gzip_data_at(packed, n), look = n < PACKED_HEAD ? n : PACKED_HEAD, total = 0;
    if (at == 0 || n - at <= BF_GZIP_TRAILER || !inflate_head(head, 4, packed + at, look - at, path) ||
        !is_magic(head) || !inflate_head(head, 4 + 4 * (size_t)head[3], packed + at, look - at, path))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged gzip file", path);
    size_t length = bf_le32(packed + n - 4); /* below 4 GiB all of it */
    feat_status status = parse(&a->info, head, sizeof head, length, path, err);
    if (status != FEAT_OK)
        return status;
    total = a->info.header + a->info.n_bytes;
    if (total > limits->file || a->info.n_bytes / limits->ratio > n)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: %zu bytes cannot unpack to %zu here (at most %llu, and %llu for one: --limits file=N, "
                         "ratio=N); unpack it by gunzip and give the file",
                         path, n, total, (unsigned long long)limits->file, (unsigned long long)limits->ratio);
    a->memory = feat_alloc(total);
    if (a->memory == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %zu bytes", path, total);
    status = bf_sandbox_inflate(a->memory, total, packed + at, n - at - BF_GZIP_TRAILER, path, "gzip", err);
    if (status == FEAT_OK && feat_crc32(0, a->memory, total) != bf_le32(packed + n - BF_GZIP_TRAILER))
        status = feat_fail(err, FEAT_ERR_CHECKSUM, "%s: its CRC-32 is not that of the data", path);
    return status;
}

static feat_status open_packed(feat_array *a, feat_error *err)
{
    uint8_t *packed = NULL;
    size_t n = 0;
    feat_status status = bf_file_read(&packed, &n, a->label, (size_t)bf_limits_get()->file, err);
    if (status == FEAT_ERR_UNSUPPORTED)
        status = bf_limits_too_long(err);
    if (status == FEAT_OK)
        status = unpack(a, packed, n, err);
    feat_free(packed);
    return status;
}

feat_status bf_array_open_idx(feat_array *a, const char *path, feat_error *err)
{
    uint64_t total = 0;
    uint8_t head[512];
    *a = (feat_array){.fd = -1, .own_fd = true};
    a->label = feat_strdup(path);
    if (a->label == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", path);
    feat_status status = bf_file_open(&a->fd, &total, path, err);
    size_t n = total < sizeof head ? (size_t)total : sizeof head;
    if (status == FEAT_OK)
        status = bf_file_read_at(a->fd, head, n, 0, path, err);
    if (status == FEAT_OK && is_packed(head, n)) {
        bf_file_close(&a->fd);
        status = open_packed(a, err);
    } else if (status == FEAT_OK) {
        status = parse(&a->info, head, n, total, path, err);
        a->data_at = a->info.header;
    }
    if (status != FEAT_OK)
        feat_array_close(a);
    return status;
}
