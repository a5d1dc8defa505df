/* The central directory is read once, piece by piece, and copied into an array of members, which grows with the
 * entries that are really there; local headers are looked at only to find where data begin. Nothing the archive says is
 * believed before it is checked against the size of the file. */
#include "engine/files/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/crc32.h"
#include "engine/base/status.h"
#include "engine/files/file_io.h"
#include "engine/files/inflate.h"

enum {
    END_BYTES = 22,     /* end of central directory record, without the comment */
    END64_BYTES = 56,   /* zip64 end of central directory record */
    LOCATOR_BYTES = 20, /* zip64 end of central directory locator */
    ENTRY_BYTES = 46,   /* central directory entry, without its three variable parts */
    LOCAL_BYTES = 30,   /* local header, without its two variable parts */
    MAX_COMMENT = 65535,
    PIECE_BYTES = 1 << 18, /* of the directory, read at a time: more than the longest entry, 46 + 3 * 65535 */
    FLAG_ENCRYPTED = 1,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    TO_RAISE = 64 /* bytes of the end of a message */
};

typedef struct member {
    size_t name_at; /* in the names */
    uint64_t size, packed;
    uint64_t local, end; /* offsets in the file: the local header's, and what lies behind the member */
    uint32_t crc;
    uint16_t method, flags;
} member;

struct feat_archive {
    int fd;
    uint64_t file_bytes;
    char *path;
    uint64_t directory; /* where the central directory begins, which ends the members' data */
    size_t n, room;
    member *members;
    size_t names_used, names_room;
    char *names;
    feat_archive_rules rules;
};

/* What the end records say. */
typedef struct directory {
    uint64_t n, bytes, offset; /* offset: from the start of the archive */
    uint64_t base;             /* bytes in front of the archive in this file */
    uint64_t end;              /* where the record behind the directory begins */
} directory;

static uint16_t le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const uint8_t *p)
{
    return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

static const char *name_of(const feat_archive *zip, const member *m)
{
    return zip->names + m->name_at;
}

/* "; --limits members=N raises that", where somebody can. Returns `text`. */
static const char *to_raise(char text[TO_RAISE], const feat_archive *zip, const char *limit)
{
    text[0] = '\0';
    if (zip->rules.option[0] != '\0')
        snprintf(text, TO_RAISE, "; %s %s=N raises that", zip->rules.option, limit);
    return text;
}

static feat_status broken(const feat_archive *zip, const char *what, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: not a whole zip archive: %s", zip->path, what);
}

/* The zip64 record, when there is a locator in front of the plain one at `end`. */
static feat_status read_end64(const feat_archive *zip, uint64_t end, directory *d, bool *found, feat_error *err)
{
    uint8_t locator[LOCATOR_BYTES] = {0}, record[END64_BYTES] = {0};
    *found = false;
    if (end < LOCATOR_BYTES)
        return FEAT_OK;
    feat_status status = feat_file_read_at(zip->fd, locator, sizeof locator, end - LOCATOR_BYTES, zip->path, err);
    if (status != FEAT_OK || le32(locator) != 0x07064B50)
        return status;
    if (end < LOCATOR_BYTES + END64_BYTES)
        return broken(zip, "no room for the zip64 record", err);
    /* Normally right in front of the locator; else where the locator says. */
    uint64_t at = end - LOCATOR_BYTES - END64_BYTES;
    status = feat_file_read_at(zip->fd, record, sizeof record, at, zip->path, err);
    if (status == FEAT_OK && le32(record) != 0x06064B50) {
        at = le64(locator + 8);
        if (at > end - LOCATOR_BYTES - END64_BYTES)
            return broken(zip, "the zip64 record is outside the file", err);
        status = feat_file_read_at(zip->fd, record, sizeof record, at, zip->path, err);
    }
    if (status != FEAT_OK)
        return status;
    if (le32(record) != 0x06064B50)
        return broken(zip, "no zip64 record where the locator says", err);
    if (le32(record + 16) != 0 || le32(record + 20) != 0)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: zip archives in several parts cannot be read", zip->path);
    d->n = le64(record + 32);
    d->bytes = le64(record + 40);
    d->offset = le64(record + 48);
    d->end = at;
    *found = true;
    return FEAT_OK;
}

/* Finds the end record: the last signature whose comment reaches exactly to the end of the file. */
static feat_status find_end(const feat_archive *zip, uint8_t record[END_BYTES], uint64_t *at, feat_error *err)
{
    if (zip->file_bytes < END_BYTES)
        return broken(zip, "too short", err);
    size_t n = zip->file_bytes < END_BYTES + MAX_COMMENT ? (size_t)zip->file_bytes : END_BYTES + MAX_COMMENT;
    uint8_t *tail = feat_alloc(n);
    if (tail == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the zip directory", zip->path);
    feat_status status = feat_file_read_at(zip->fd, tail, n, zip->file_bytes - n, zip->path, err);
    bool found = false;
    for (size_t i = n - END_BYTES + 1; status == FEAT_OK && !found && i-- > 0;) {
        found = le32(tail + i) == 0x06054B50 && le16(tail + i + 20) == n - END_BYTES - i;
        if (found) {
            memcpy(record, tail + i, END_BYTES);
            *at = zip->file_bytes - n + i;
        }
    }
    feat_free(tail);
    if (status == FEAT_OK && !found)
        return broken(zip, "the directory at its end is missing (truncated?)", err);
    return status;
}

static feat_status find_directory(const feat_archive *zip, directory *d, feat_error *err)
{
    char text[TO_RAISE];
    uint8_t record[END_BYTES] = {0};
    uint64_t at = 0;
    bool zip64 = false;
    feat_status status = find_end(zip, record, &at, err);
    if (status == FEAT_OK)
        status = read_end64(zip, at, d, &zip64, err);
    if (status != FEAT_OK)
        return status;
    if (!zip64) {
        if (le16(record + 4) != 0 || le16(record + 6) != 0)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: zip archives in several parts cannot be read", zip->path);
        d->n = le16(record + 10);
        d->bytes = le32(record + 12);
        d->offset = le32(record + 16);
        d->end = at;
    }
    if (d->bytes > d->end || d->offset > d->end - d->bytes)
        return broken(zip, "the directory is outside the file", err);
    if (d->n > d->bytes / ENTRY_BYTES)
        return broken(zip, "the directory is too small for its number of members", err);
    if (d->n > zip->rules.members)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %llu members are too many (at most %llu)%s", zip->path,
                         (unsigned long long)d->n, (unsigned long long)zip->rules.members,
                         to_raise(text, zip, "members"));
    d->base = d->end - d->bytes - d->offset;
    return FEAT_OK;
}

/* No absolute names, no "..": nothing is unpacked to disk, but such an archive is up to no good. */
static bool name_is_safe(const char *name, size_t n)
{
    if (n == 0 || name[0] == '/' || memchr(name, '\0', n) != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (name[i] == '.' && i + 1 < n && name[i + 1] == '.' && (i == 0 || name[i - 1] == '/') &&
            (i + 2 == n || name[i + 2] == '/'))
            return false;
    return true;
}

/* The 64-bit values that did not fit the entry, from extra field 1, in the order the format fixes. */
static bool read_extra64(member *m, const uint8_t *extra, size_t n)
{
    bool want_size = m->size == UINT32_MAX, want_packed = m->packed == UINT32_MAX;
    bool want_local = m->local == UINT32_MAX;
    if (!want_size && !want_packed && !want_local)
        return true;
    while (n >= 4) {
        size_t id = le16(extra), length = le16(extra + 2);
        if (length > n - 4)
            return false;
        if (id == 1) {
            const uint8_t *p = extra + 4, *end = p + length;
            uint64_t *const fields[3] = {want_size ? &m->size : NULL, want_packed ? &m->packed : NULL,
                                         want_local ? &m->local : NULL};
            for (int i = 0; i < 3; i++) {
                if (fields[i] == NULL)
                    continue;
                if (end - p < 8)
                    return false;
                *fields[i] = le64(p);
                p += 8;
            }
            return true;
        }
        extra += 4 + length;
        n -= 4 + length;
    }
    return true; /* exactly 4 GiB - 1 is possible, if unlikely; the ranges are checked later */
}

/* Makes room for one more of `size` bytes in a block that has room for *room of them. */
static bool grow(void **block, size_t *room, size_t wanted, size_t size)
{
    size_t more = *room < 64 ? 128 : *room * 2;
    if (wanted <= *room)
        return true;
    more = more < wanted ? wanted : more;
    void *fresh = more > SIZE_MAX / 2 / size ? NULL : feat_realloc(*block, more * size);
    if (fresh == NULL)
        return false;
    *block = fresh;
    *room = more;
    return true;
}

static feat_status add_member(feat_archive *zip, member **m, const char *name, size_t n_name, feat_error *err)
{
    void *members = zip->members, *names = zip->names;
    bool good = grow(&members, &zip->room, zip->n + 1, sizeof *zip->members);
    zip->members = members;
    good = good && grow(&names, &zip->names_room, zip->names_used + n_name + 1, 1);
    zip->names = names;
    if (!good)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the zip directory", zip->path);
    *m = &zip->members[zip->n++];
    memset(*m, 0, sizeof **m);
    (*m)->name_at = zip->names_used;
    memcpy(zip->names + zip->names_used, name, n_name);
    zip->names_used += n_name;
    zip->names[zip->names_used++] = '\0';
    return FEAT_OK;
}

/* The directory as it is read: bytes[at .. n) are at hand, and `left` follow in the file at `next`. */
typedef struct piece {
    uint8_t *bytes;
    size_t at, n;
    uint64_t next, left;
} piece;

/* Brings `n` bytes of the directory together at bytes[at]; n is at most PIECE_BYTES. */
static feat_status bring(const feat_archive *zip, piece *p, size_t n, feat_error *err)
{
    size_t held = p->n - p->at;
    if (held >= n)
        return FEAT_OK;
    if (p->left < n - held)
        return broken(zip, "a damaged directory entry", err);
    memmove(p->bytes, p->bytes + p->at, held);
    size_t more = p->left < PIECE_BYTES - held ? (size_t)p->left : PIECE_BYTES - held;
    p->at = 0;
    p->n = held + more;
    feat_status status = feat_file_read_at(zip->fd, p->bytes + held, more, p->next, zip->path, err);
    p->next += more;
    p->left -= more;
    return status;
}

/* The entry at hand, of which `n_name` bytes are the name and `n_extra` follow it. */
static feat_status take_entry(feat_archive *zip, const directory *d, const uint8_t *p, size_t n_name, size_t n_extra,
                              feat_error *err)
{
    member *m = NULL;
    feat_status status = add_member(zip, &m, (const char *)p + ENTRY_BYTES, n_name, err);
    if (status != FEAT_OK)
        return status;
    const char *name = name_of(zip, m);
    m->flags = le16(p + 8);
    m->method = le16(p + 10);
    m->crc = le32(p + 16);
    m->packed = le32(p + 20);
    m->size = le32(p + 24);
    m->local = le32(p + 42);
    if (!name_is_safe(name, n_name))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: member %zu has an unsafe name ('%s')", zip->path, zip->n - 1, name);
    if (!read_extra64(m, p + ENTRY_BYTES + n_name, n_extra))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: damaged zip64 field", zip->path, name);
    if (m->local > zip->directory - d->base || m->packed > zip->directory - d->base - m->local)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: its data are outside the archive", zip->path, name);
    m->local += d->base;
    return FEAT_OK;
}

static feat_status read_entries(feat_archive *zip, const directory *d, piece *p, feat_error *err)
{
    char text[TO_RAISE];
    for (uint64_t i = 0; i < d->n; i++) {
        feat_status status = bring(zip, p, ENTRY_BYTES, err);
        const uint8_t *entry = p->bytes + p->at;
        if (status != FEAT_OK)
            return status;
        if (le32(entry) != 0x02014B50)
            return broken(zip, "a damaged directory entry", err);
        size_t n_name = le16(entry + 28), n_extra = le16(entry + 30);
        size_t length = ENTRY_BYTES + n_name + n_extra + le16(entry + 32);
        status = bring(zip, p, length, err);
        if (status != FEAT_OK)
            return status;
        if (n_name > zip->rules.name)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: the name of member %zu has %zu bytes (at most %llu)%s",
                             zip->path, zip->n, n_name, (unsigned long long)zip->rules.name,
                             to_raise(text, zip, "name"));
        status = take_entry(zip, d, p->bytes + p->at, n_name, n_extra, err);
        if (status != FEAT_OK)
            return status;
        p->at += length;
    }
    return FEAT_OK;
}

/* Where a member begins. */
typedef struct start {
    uint64_t local;
    size_t index;
} start;

static int by_place(const void *a, const void *b)
{
    const start *x = a, *y = b;
    if (x->local != y->local)
        return x->local < y->local ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Members may lie in any order and have gaps between them, but no byte may belong to two: a few kilobytes that all
 * members share would unpack to any amount (a zip bomb). Python's zipfile asks for the same. What a local header takes
 * beyond its fixed part is not known yet; data_offset asks again. */
static feat_status find_ends(feat_archive *zip, feat_error *err)
{
    start *places = feat_alloc_array(zip->n, sizeof *places);
    bool ascending = true;
    if (places == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the zip directory", zip->path);
    for (size_t i = 0; i < zip->n; i++) {
        places[i] = (start){zip->members[i].local, i};
        ascending = ascending && (i == 0 || places[i - 1].local <= places[i].local);
    }
    if (!ascending)
        qsort(places, zip->n, sizeof *places, by_place);
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < zip->n && status == FEAT_OK; i++) {
        member *m = &zip->members[places[i].index];
        bool is_last = i + 1 == zip->n;
        m->end = is_last ? zip->directory : places[i + 1].local;
        if (!is_last && (m->end - m->local < LOCAL_BYTES || m->packed > m->end - m->local - LOCAL_BYTES))
            status = feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: its data overlap those of %s (a zip bomb?)", zip->path,
                               name_of(zip, m), name_of(zip, &zip->members[places[i + 1].index]));
    }
    feat_free(places);
    return status;
}

static feat_status check_sum(const feat_archive *zip, feat_error *err)
{
    char text[TO_RAISE];
    uint64_t sum = 0;
    for (size_t i = 0; i < zip->n; i++)
        sum = zip->members[i].size > UINT64_MAX - sum ? UINT64_MAX : sum + zip->members[i].size;
    if (sum <= zip->rules.archive)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                     "%s: its members unpack to %llu bytes in all, too many (at most %llu)%s", zip->path,
                     (unsigned long long)sum, (unsigned long long)zip->rules.archive, to_raise(text, zip, "archive"));
}

static feat_status read_directory(feat_archive *zip, feat_error *err)
{
    directory d = {0};
    feat_status status = find_directory(zip, &d, err);
    if (status != FEAT_OK)
        return status;
    zip->directory = d.base + d.offset;
    piece p = {.next = zip->directory, .left = d.bytes};
    p.bytes = feat_alloc(d.bytes < PIECE_BYTES ? (size_t)d.bytes : PIECE_BYTES);
    if (p.bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read the zip directory", zip->path);
    status = read_entries(zip, &d, &p, err);
    feat_free(p.bytes);
    if (status == FEAT_OK)
        status = find_ends(zip, err);
    return status == FEAT_OK ? check_sum(zip, err) : status;
}

static feat_status damaged(const char *archive, const char *name, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: damaged deflate data", archive, name);
}

static feat_status unpack_here(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes, const char *archive,
                               const char *name, feat_error *err)
{
    return feat_inflate(out, out_bytes, in, in_bytes) ? FEAT_OK : damaged(archive, name, err);
}

static feat_status unpack_head_here(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes,
                                    const char *archive, const char *name, feat_error *err)
{
    return feat_inflate_head(out, out_bytes, in, in_bytes) ? FEAT_OK : damaged(archive, name, err);
}

static const feat_archive_rules own_rules = {.members = FEAT_ARCHIVE_MEMBERS,
                                             .name = FEAT_ARCHIVE_NAME,
                                             .ratio = FEAT_ARCHIVE_RATIO,
                                             .file = FEAT_ARCHIVE_FILE,
                                             .archive = FEAT_ARCHIVE_SUM,
                                             .option = "",
                                             .unpack = unpack_here,
                                             .unpack_head = unpack_head_here};

feat_status feat_archive_open(feat_archive **out, const char *path, const feat_archive_rules *rules, feat_error *err)
{
    *out = NULL;
    feat_archive *zip = feat_calloc(1, sizeof *zip);
    if (zip == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the archive", path);
    zip->fd = -1;
    zip->rules = rules != NULL ? *rules : own_rules;
    zip->path = feat_strdup(path);
    feat_status status = FEAT_ERR_NOMEM;
    if (zip->path == NULL)
        feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the archive", path);
    else
        status = feat_file_open(&zip->fd, &zip->file_bytes, path, err);
    if (status == FEAT_OK)
        status = read_directory(zip, err);
    if (status != FEAT_OK)
        feat_archive_close(&zip);
    *out = zip;
    return status;
}

void feat_archive_close(feat_archive **zip)
{
    if (zip == NULL || *zip == NULL)
        return;
    feat_file_close(&(*zip)->fd);
    feat_free((*zip)->names);
    feat_free((*zip)->members);
    feat_free((*zip)->path);
    feat_free(*zip);
    *zip = NULL;
}

const char *feat_archive_path(const feat_archive *zip)
{
    return zip->path;
}

int feat_archive_fd(const feat_archive *zip)
{
    return zip->fd;
}

size_t feat_archive_count(const feat_archive *zip)
{
    return zip->n;
}

const char *feat_archive_name(const feat_archive *zip, size_t index)
{
    return name_of(zip, &zip->members[index]);
}

uint64_t feat_archive_size(const feat_archive *zip, size_t index)
{
    return zip->members[index].size;
}

uint64_t feat_archive_packed(const feat_archive *zip, size_t index)
{
    return zip->members[index].packed;
}

uint64_t feat_archive_most(const feat_archive *zip)
{
    return zip->rules.file;
}

const char *feat_archive_option(const feat_archive *zip)
{
    return zip->rules.option;
}

size_t feat_archive_find(const feat_archive *zip, const char *name)
{
    for (size_t i = 0; i < zip->n; i++)
        if (strcmp(name_of(zip, &zip->members[i]), name) == 0)
            return i;
    return SIZE_MAX;
}

const char *feat_archive_list(const feat_archive *zip, char *text, size_t size)
{
    text[0] = 0;
    for (size_t i = 0, at = 0; i < zip->n && at < size - 1; i++) {
        int n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ", name_of(zip, &zip->members[i]));
        at = n < 0 ? size : at + (size_t)n;
    }
    return text;
}

bool feat_archive_is_stored(const feat_archive *zip, size_t index)
{
    return zip->members[index].method == METHOD_STORED;
}

/* The method's name where people may meet it. */
static const char *method_name(unsigned method)
{
    switch (method) {
    case 9:
        return "deflate64";
    case 12:
        return "bzip2";
    case 14:
        return "LZMA";
    case 93:
        return "Zstandard";
    case 99:
        return "AES encryption";
    default:
        return "an unknown method";
    }
}

static feat_status check_member(const feat_archive *zip, const member *m, feat_error *err)
{
    if (m->flags & FLAG_ENCRYPTED)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: it is encrypted", zip->path, name_of(zip, m));
    if (m->method != METHOD_STORED && m->method != METHOD_DEFLATED)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: %s: packed with %s (%u); only stored and deflated members can be read", zip->path,
                         name_of(zip, m), method_name(m->method), m->method);
    if (m->method == METHOD_STORED && m->size != m->packed)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: stored, but two sizes are given (%llu and %llu)", zip->path,
                         name_of(zip, m), (unsigned long long)m->size, (unsigned long long)m->packed);
    uint64_t ratio = zip->rules.ratio;
    if (m->method == METHOD_DEFLATED && m->size / ratio > m->packed)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: %llu bytes cannot unpack to %llu (at most %llu for one)",
                         zip->path, name_of(zip, m), (unsigned long long)m->packed, (unsigned long long)m->size,
                         (unsigned long long)ratio);
    return FEAT_OK;
}

static feat_status data_offset(const feat_archive *zip, const member *m, uint64_t *offset, feat_error *err)
{
    uint8_t local[LOCAL_BYTES] = {0};
    feat_status status = feat_file_read_at(zip->fd, local, sizeof local, m->local, zip->path, err);
    if (status != FEAT_OK)
        return status;
    uint64_t skip = (uint64_t)LOCAL_BYTES + le16(local + 26) + le16(local + 28);
    uint64_t room = m->end - m->local; /* m->local <= m->end: so were they found */
    if (le32(local) != 0x04034B50)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: damaged local header", zip->path, name_of(zip, m));
    if (skip > room || m->packed > room - skip)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: %s: damaged local header, or a zip bomb: its data overlap what lies behind them",
                         zip->path, name_of(zip, m));
    *offset = m->local + skip;
    return FEAT_OK;
}

feat_status feat_archive_data_offset(const feat_archive *zip, size_t index, uint64_t *offset, feat_error *err)
{
    const member *m = &zip->members[index];
    feat_status status = check_member(zip, m, err);
    return status == FEAT_OK ? data_offset(zip, m, offset, err) : status;
}

/* Packed bytes of `m` from the file, unpacked into out [m->size]. */
static feat_status unpack(const feat_archive *zip, const member *m, uint64_t offset, uint8_t *out, feat_error *err)
{
    if (m->method == METHOD_STORED)
        return feat_file_read_at(zip->fd, out, (size_t)m->size, offset, zip->path, err);
    uint8_t *packed = feat_alloc((size_t)m->packed);
    if (packed == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory for %llu bytes", zip->path, name_of(zip, m),
                         (unsigned long long)m->packed);
    feat_status status = feat_file_read_at(zip->fd, packed, (size_t)m->packed, offset, zip->path, err);
    if (status == FEAT_OK)
        status = zip->rules.unpack(out, (size_t)m->size, packed, (size_t)m->packed, zip->path, name_of(zip, m), err);
    feat_free(packed);
    return status;
}

feat_status feat_archive_read(const feat_archive *zip, size_t index, uint8_t **out, size_t *n, size_t limit,
                              feat_error *err)
{
    const member *m = &zip->members[index];
    uint64_t offset = 0;
    *out = NULL;
    *n = 0;
    feat_status status = check_member(zip, m, err);
    if (status != FEAT_OK)
        return status;
    uint64_t larger = m->size > m->packed ? m->size : m->packed; /* packed, it is read whole */
    if (larger > limit)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: %llu bytes are too many to unpack (at most %zu)",
                         zip->path, name_of(zip, m), (unsigned long long)larger, limit);
    status = data_offset(zip, m, &offset, err);
    if (status != FEAT_OK)
        return status;
    uint8_t *data = feat_alloc((size_t)m->size + 1);
    if (data == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory for %llu bytes", zip->path, name_of(zip, m),
                         (unsigned long long)m->size);
    status = unpack(zip, m, offset, data, err);
    if (status == FEAT_OK && feat_crc32(0, data, (size_t)m->size) != m->crc)
        status =
            feat_fail(err, FEAT_ERR_CHECKSUM, "%s: %s: its CRC-32 does not match its data", zip->path, name_of(zip, m));
    if (status != FEAT_OK) {
        feat_free(data);
        return status;
    }
    data[m->size] = 0;
    *out = data;
    *n = (size_t)m->size;
    return FEAT_OK;
}

feat_status feat_archive_peek(const feat_archive *zip, size_t index, uint8_t *head, size_t room, size_t *n,
                              feat_error *err)
{
    enum { PACKED = 4096 }; /* a block's code tables take some 300 bytes at most in front of its data */
    const member *m = &zip->members[index];
    uint8_t packed[PACKED];
    uint64_t offset = 0;
    size_t wanted = m->size < room ? (size_t)m->size : room;
    *n = 0;
    if (check_member(zip, m, NULL) != FEAT_OK || wanted == 0)
        return FEAT_OK;
    feat_status status = data_offset(zip, m, &offset, err);
    if (status == FEAT_ERR_FORMAT)
        return FEAT_OK;
    bool stored = m->method == METHOD_STORED;
    size_t n_in = stored ? wanted : m->packed < PACKED ? (size_t)m->packed : PACKED;
    if (status == FEAT_OK)
        status = feat_file_read_at(zip->fd, stored ? head : packed, n_in, offset, zip->path, err);
    if (status == FEAT_OK && !stored)
        status = zip->rules.unpack_head(head, wanted, packed, n_in, zip->path, name_of(zip, m), err);
    *n = status == FEAT_OK ? wanted : 0;
    return status == FEAT_ERR_FORMAT ? FEAT_OK : status;
}
