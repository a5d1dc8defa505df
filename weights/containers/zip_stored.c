/* Central directory of a zip archive held in memory (PKWARE APPNOTE 4.3). Sizes come from the directory
 * only: torch writes zeros into the local headers and the true values behind the data. */
#include "weights/containers/zip_stored.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/crc32.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "engine/flat/flat_format.h"
#include "weights/containers/printable.h"

enum {
    SIG_LOCAL = 0x04034b50,
    SIG_CENTRAL = 0x02014b50,
    SIG_END = 0x06054b50,
    SIG_END64 = 0x06064b50,
    SIG_LOCATOR64 = 0x07064b50,
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR64_BYTES = 20,
    MAX_COMMENT = 0xffff,
    MAX_MEMBERS = 0xffff
};

typedef struct directory {
    uint64_t offset, bytes, n;
} directory;

static uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

/* The end record: the last one whose comment reaches exactly to the end of the file. */
static bool find_end(const unsigned char *bytes, size_t n, size_t *at)
{
    for (size_t back = END_BYTES; back <= n && back <= END_BYTES + MAX_COMMENT; back++) {
        const unsigned char *p = bytes + (n - back);
        if (feat_get32(p) == SIG_END && (size_t)get16(p + 20) + END_BYTES == back) {
            *at = n - back;
            return true;
        }
    }
    return false;
}

static feat_status find_directory(directory *d, const feat_zip *zip, const unsigned char *bytes, size_t n,
                                  feat_error *err)
{
    size_t end = 0;
    if (!find_end(bytes, n, &end))
        return feat_fail(
            err, FEAT_ERR_FORMAT,
            "%s: truncated: a zip archive's directory expected at the end, none found in %zu bytes",
            zip->path, n);
    const unsigned char *p = bytes + end;
    d->n = get16(p + 10);
    d->bytes = feat_get32(p + 12);
    d->offset = feat_get32(p + 16);
    if (end >= LOCATOR64_BYTES && feat_get32(p - LOCATOR64_BYTES) == SIG_LOCATOR64) {
        uint64_t at = feat_get64(p - LOCATOR64_BYTES + 8);
        if (n < END64_BYTES || at > n - END64_BYTES || feat_get32(bytes + at) != SIG_END64)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: no zip64 end record at byte %llu",
                             zip->path, (unsigned long long)at);
        d->n = feat_get64(bytes + at + 32);
        d->bytes = feat_get64(bytes + at + 40);
        d->offset = feat_get64(bytes + at + 48);
    }
    if (d->n > MAX_MEMBERS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: at most %d zip members expected, %llu found",
                         zip->path, MAX_MEMBERS, (unsigned long long)d->n);
    if (d->offset > n || d->bytes > n - d->offset)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: its directory lies outside the file",
                         zip->path);
    if (d->n > d->bytes / CENTRAL_BYTES)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: no room for %llu members in its directory",
                         zip->path, (unsigned long long)d->n);
    return FEAT_OK;
}

/* Values that did not fit 32 bits, from the zip64 extra field, in the order APPNOTE 4.5.3 gives. */
static bool widen(uint64_t *value[3], const unsigned char *extra, size_t n)
{
    bool wanted = false;
    for (int i = 0; i < 3; i++)
        wanted = wanted || *value[i] == 0xffffffffu;
    if (!wanted)
        return true;
    for (size_t at = 0; n - at >= 4;) {
        size_t size = get16(extra + at + 2);
        if (size > n - at - 4)
            return false;
        if (get16(extra + at) == 1) {
            const unsigned char *p = extra + at + 4, *end = p + size;
            for (int i = 0; i < 3; i++) {
                if (*value[i] != 0xffffffffu)
                    continue;
                if (end - p < 8)
                    return false;
                *value[i] = feat_get64(p);
                p += 8;
            }
            return true;
        }
        at += 4 + size;
    }
    return false;
}

/* One directory entry at p, which has `left` bytes; *taken is its length. */
static feat_status read_entry(feat_zip_member *m, const feat_zip *zip, const unsigned char *bytes, size_t n,
                              const unsigned char *p, size_t left, size_t *taken, feat_error *err)
{
    if (left < CENTRAL_BYTES || feat_get32(p) != SIG_CENTRAL)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: directory entry %zu not found",
                         zip->path, zip->n_members);
    size_t name_bytes = get16(p + 28), extra_bytes = get16(p + 30), comment_bytes = get16(p + 32);
    *taken = CENTRAL_BYTES + name_bytes + extra_bytes + comment_bytes;
    if (*taken > left)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: directory entry %zu is cut", zip->path,
                         zip->n_members);
    uint64_t stored = feat_get32(p + 20), size = feat_get32(p + 24), local = feat_get32(p + 42);
    uint64_t *wide[3] = {&size, &stored, &local};
    char shown[FEAT_LABEL_BYTES];
    m->name = p + CENTRAL_BYTES;
    m->name_bytes = name_bytes;
    (void)feat_printable(shown, sizeof shown, m->name, name_bytes);
    bool good = widen(wide, p + CENTRAL_BYTES + name_bytes, extra_bytes);
    if (good)
        good = n >= LOCAL_BYTES && local <= n - LOCAL_BYTES && feat_get32(bytes + local) == SIG_LOCAL;
    if (good) {
        size_t skip = LOCAL_BYTES + (size_t)get16(bytes + local + 26) + get16(bytes + local + 28);
        good = skip <= n - local && stored <= n - local - skip;
        m->data = bytes + local + skip;
    }
    if (!good)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: member '%s' lies outside the file",
                         zip->path, shown);
    m->bytes = (size_t)stored;
    m->crc32 = feat_get32(p + 16);
    m->method = get16(p + 10);
    m->flags = get16(p + 8);
    if (m->method == 0 && size != stored)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: damaged zip archive: member '%s' is stored with two sizes",
                         zip->path, shown);
    return FEAT_OK;
}

feat_status feat_zip_open(feat_zip *zip, const char *path, const unsigned char *bytes, size_t n_bytes,
                          feat_error *err)
{
    memset(zip, 0, sizeof *zip);
    zip->path = path;
    directory d = {0, 0, 0};
    feat_status status = find_directory(&d, zip, bytes, n_bytes, err);
    if (status != FEAT_OK)
        return status;
    zip->members = feat_calloc((size_t)d.n, sizeof *zip->members);
    if (zip->members == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %llu zip members", path,
                         (unsigned long long)d.n);
    size_t at = (size_t)d.offset, end = (size_t)(d.offset + d.bytes);
    for (; zip->n_members < d.n && status == FEAT_OK; zip->n_members++) {
        size_t taken = 0;
        status =
            read_entry(&zip->members[zip->n_members], zip, bytes, n_bytes, bytes + at, end - at, &taken, err);
        at += taken;
    }
    if (status != FEAT_OK)
        feat_zip_close(zip);
    return status;
}

void feat_zip_close(feat_zip *zip)
{
    feat_free(zip->members);
    zip->members = NULL;
    zip->n_members = 0;
}

const feat_zip_member *feat_zip_find(const feat_zip *zip, const void *name, size_t name_bytes)
{
    for (size_t i = 0; i < zip->n_members; i++) {
        const feat_zip_member *m = &zip->members[i];
        if (m->name_bytes == name_bytes && memcmp(m->name, name, name_bytes) == 0)
            return m;
    }
    return NULL;
}

feat_status feat_zip_check(const feat_zip *zip, const feat_zip_member *m, feat_error *err)
{
    char shown[FEAT_LABEL_BYTES];
    (void)feat_printable(shown, sizeof shown, m->name, m->name_bytes);
    if ((m->flags & 1) != 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: member '%s' is encrypted", zip->path, shown);
    if (m->method != 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: member '%s' is compressed (method %u); torch.save stores: save it again with it",
                         zip->path, shown, m->method);
    enum { PIECE_BYTES = 1 << 23 };
    uint32_t found = 0;
    for (size_t at = 0, n = 0; at < m->bytes; at += n) {
        n = m->bytes - at < PIECE_BYTES ? m->bytes - at : PIECE_BYTES;
        found = feat_crc32(found, m->data + at, n);
        feat_mapped_done(m->data + at, n);
    }
    if (found != m->crc32)
        return feat_fail(err, FEAT_ERR_CHECKSUM, "%s: member '%s' is damaged: CRC-32 %08x expected, %08x found",
                         zip->path, shown, m->crc32, found);
    return FEAT_OK;
}
