/* A packed archive read once from front to back: unpacked piece by piece, its members recognised as they pass. */
#include "tools/statistics/reference_images.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/files/inflate.h"
#include "tools/base/files.h"
#include "tools/formats/gzip.h"

enum {
    BLOCK = 512,              /* what tar is made of */
    REACH = 32768,            /* how far deflate looks back */
    PACKED = 1 << 16,         /* bytes read at a time */
    UNPACKED = REACH + 262144 /* room for bytes unpacked at a time, behind those that may be looked back to */
};

typedef struct unpacking {
    const bf_known_stats *known;
    const char *archive, *folder;
    feat_error *err;
    feat_status status;
    /* the packed file */
    int fd;
    uint64_t bytes, at;
    uint8_t packed[PACKED];
    /* what is unpacked of it */
    feat_inflater inflater;
    uint8_t unpacked[UNPACKED];
    /* the archive: a header that is being gathered, then the bytes of a member and those that fill its last block */
    uint8_t header[BLOCK];
    size_t n_header;
    uint64_t left, filling;
    bool ended; /* by a block of zeros */
    /* the member that is being written */
    bool writing;
    bf_new_file file;
    uint64_t written;
    size_t n_parts;
} unpacking;

/* --- the archive ------------------------------------------------------------------------------------------------ */

static bool is_ending(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i] != 0)
            return false;
    return true;
}

/* The octal number of a member's size; false: it is none. */
static bool size_of(uint64_t *size, const uint8_t *header)
{
    const uint8_t *digits = header + 124;
    *size = 0;
    for (size_t i = 0; i < 12 && digits[i] != 0 && digits[i] != ' '; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return false;
        *size = *size * 8 + (uint64_t)(digits[i] - '0');
    }
    return true;
}

/* The part that a member is by the last piece of its name, or NULL. */
static const bf_known_part *part_of(const bf_known_stats *known, const uint8_t *header)
{
    char name[101] = "";
    bool is_file = header[156] == '0' || header[156] == 0;
    memcpy(name, header, 100);
    const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;
    for (size_t i = 0; is_file && i < known->n_parts; i++)
        if (strcmp(known->parts[i].name, last) == 0)
            return &known->parts[i];
    return NULL;
}

static feat_status begin_member(unpacking *u)
{
    const bf_known_part *part = part_of(u->known, u->header);
    u->n_header = 0;
    u->ended = is_ending(u->header);
    if (u->ended)
        return FEAT_OK;
    if (!size_of(&u->left, u->header))
        return feat_fail(u->err, FEAT_ERR_FORMAT, "%s: damaged archive", u->archive);
    u->filling = (BLOCK - u->left % BLOCK) % BLOCK;
    if (part == NULL || u->left == 0)
        return FEAT_OK;
    char *path = bf_path_join(u->folder, part->name);
    feat_status status = path != NULL ? bf_new_file_open(&u->file, path, u->err)
                                      : feat_fail(u->err, FEAT_ERR_NOMEM, "%s: no memory to unpack it", u->archive);
    feat_free(path);
    u->writing = status == FEAT_OK;
    u->written = 0;
    return status;
}

static feat_status write_member(unpacking *u, const uint8_t *data, size_t n)
{
    u->left -= n;
    if (!u->writing)
        return FEAT_OK;
    feat_status status = bf_new_file_write(&u->file, data, n, u->written, u->err);
    u->written += n;
    if (status != FEAT_OK || u->left > 0)
        return status;
    u->writing = false;
    u->n_parts++;
    return bf_new_file_commit(&u->file, u->err);
}

static size_t at_most(size_t n, uint64_t most)
{
    return n < most ? n : (size_t)most;
}

/* The next n bytes of the archive. */
static feat_status take(unpacking *u, const uint8_t *data, size_t n)
{
    feat_status status = FEAT_OK;
    while (n > 0 && !u->ended && status == FEAT_OK) {
        size_t used;
        if (u->left > 0) {
            used = at_most(n, u->left);
            status = write_member(u, data, used);
        } else if (u->filling > 0) {
            used = at_most(n, u->filling);
            u->filling -= used;
        } else {
            used = at_most(n, BLOCK - u->n_header);
            memcpy(u->header + u->n_header, data, used);
            u->n_header += used;
            if (u->n_header == BLOCK)
                status = begin_member(u);
        }
        data += used;
        n -= used;
    }
    return status;
}

/* --- unpacking ---------------------------------------------------------------------------------------------------- */

static const uint8_t *more(void *context, size_t *bytes)
{
    unpacking *u = context;
    *bytes = at_most(PACKED, u->bytes - u->at);
    if (*bytes == 0)
        return NULL;
    u->status = bf_file_read_at(u->fd, u->packed, *bytes, u->at, u->archive, u->err);
    u->at += *bytes;
    return u->status == FEAT_OK ? u->packed : NULL;
}

static feat_status unpack(unpacking *u)
{
    feat_inflater *z = &u->inflater;
    size_t n = 0;
    const uint8_t *first = more(u, &n);
    size_t data_at = first != NULL ? bf_gzip_data_at(first, n) : 0;
    if (u->status == FEAT_OK && data_at == 0)
        return feat_fail(u->err, FEAT_ERR_FORMAT,
                         "%s: expected an archive packed by gzip (.tar.gz), found another file", u->archive);
    *z = (feat_inflater){.more = more, .context = u};
    if (first != NULL) {
        z->in = first + data_at;
        z->in_end = first + n;
    }
    z->begin = z->out = u->unpacked;
    z->out_end = u->unpacked + UNPACKED;
    for (feat_inflate_end end = FEAT_INFLATE_FULL; end == FEAT_INFLATE_FULL && u->status == FEAT_OK && !u->ended;) {
        uint8_t *from = z->out;
        end = feat_inflate_run(z);
        if (u->status == FEAT_OK && end == FEAT_INFLATE_DAMAGED)
            u->status = feat_fail(u->err, FEAT_ERR_FORMAT, "%s: damaged gzip file", u->archive);
        if (u->status == FEAT_OK)
            u->status = take(u, from, (size_t)(z->out - from));
        size_t kept = at_most(REACH, (uint64_t)(z->out - u->unpacked));
        memmove(u->unpacked, z->out - kept, kept);
        z->out = u->unpacked + kept;
    }
    return u->status;
}

feat_status bf_reference_images_unpack(const bf_known_stats *known, const char *archive, const char *folder,
                                       feat_error *err)
{
    unpacking *u = feat_calloc(1, sizeof *u);
    if (u == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to unpack it", archive);
    u->known = known;
    u->archive = archive;
    u->folder = folder;
    u->err = err;
    u->fd = -1;
    feat_status status = bf_file_open(&u->fd, &u->bytes, archive, err);
    if (status == FEAT_OK)
        status = unpack(u);
    if (u->writing)
        bf_new_file_abandon(&u->file);
    if (status == FEAT_OK && u->n_parts < known->n_parts)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu of the %zu files of ref:%s are in it", archive, u->n_parts,
                           known->n_parts, known->name);
    bf_file_close(&u->fd);
    feat_free(u);
    return status;
}

feat_status bf_reference_images_check(const bf_known_stats *known, const char *folder, const char *advice,
                                      feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < known->n_parts && status == FEAT_OK; i++) {
        const bf_known_part *part = &known->parts[i];
        bf_digest digest;
        char hex[65] = "", *path = bf_path_join(folder, part->name);
        status = path != NULL ? bf_digest_file(&digest, path, err)
                              : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to look at it", folder);
        if (status == FEAT_OK)
            feat_hex(hex, digest.sha256);
        if (status == FEAT_OK && strcmp(hex, part->sha256) != 0)
            status = feat_fail(err, FEAT_ERR_CHECKSUM,
                               "%s: not the published file of ref:%s: SHA-256 %s expected, %s "
                               "found%s",
                               path, known->name, part->sha256, hex, advice);
        feat_free(path);
    }
    return status;
}
