/* Tar: blocks of 512 bytes, a header in front of each member's data. Long names stand in members of their own in front
 * of the one that they are of: GNU's type L, and pax's type x, a list of "LENGTH KEY=VALUE\n". */
#include "tools/formats/tar.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"

/* Where the fields of a header are. */
enum {
    AT_NAME = 0,
    NAME_BYTES = 100,
    AT_SIZE = 124,
    SIZE_BYTES = 12,
    AT_SUM = 148,
    SUM_BYTES = 8,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    PREFIX_BYTES = 155,
    MAX_EXTRA = 1 << 20 /* bytes of a long name or of a pax list */
};

typedef struct member {
    uint64_t at, bytes;
    size_t name_at;
    bool is_file;
} member;

struct bf_tar {
    char *path;
    uint64_t bytes;
    char *text; /* names, each with a zero */
    size_t text_used, text_room;
    member *members;
    size_t n, room;
    uint64_t sum; /* bytes of the members */
};

/* What the members in front of a file said of it. */
typedef struct extra {
    char *name; /* NULL: nothing */
    bool has_size, holes;
    uint64_t size;
} extra;

static feat_status broken(const bf_tar *tar, uint64_t at, const char *why, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: not a whole tar archive: %s at byte %llu", tar->path, why,
                     (unsigned long long)at);
}

static feat_status no_memory(const bf_tar *tar, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the archive", tar->path);
}

/* --- headers ------------------------------------------------------------------------------------------ */

/* A number in octal digits, blanks around them, or in binary where the first bit is set. False: neither, or it is
 * beyond what a file can have. */
static bool parse_number(const uint8_t *field, size_t n, uint64_t *value)
{
    size_t i = 0, digits = 0;
    *value = 0;
    if ((field[0] & 0x80) != 0) {
        for (i = 1; i < n; i++) {
            if (*value >> 54 != 0)
                return false;
            *value = *value << 8 | field[i];
        }
        return field[0] == 0x80; /* 0xFF: a negative number */
    }
    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++, digits++)
        *value = *value << 3 | (uint64_t)(field[i] - '0'); /* 12 digits at most */
    return digits > 0 && (i == n || field[i] == ' ' || field[i] == 0);
}

static bool sum_is_right(const uint8_t *block)
{
    uint64_t told = 0;
    uint32_t sum = 0;
    int32_t with_signs = 0; /* as some old programs added */
    for (size_t i = 0; i < BF_TAR_BLOCK; i++) {
        uint8_t byte = i >= AT_SUM && i < AT_SUM + SUM_BYTES ? ' ' : block[i];
        sum += byte;
        with_signs += byte < 0x80 ? byte : byte - 256;
    }
    return parse_number(block + AT_SUM, SUM_BYTES, &told) &&
           (told == sum || (with_signs >= 0 && told == (uint64_t)with_signs));
}

bool bf_tar_is(const uint8_t *head, size_t n)
{
    return n >= BF_TAR_BLOCK && head[0] != 0 && sum_is_right(head);
}

static size_t field_length(const uint8_t *field, size_t n)
{
    const uint8_t *zero = memchr(field, 0, n);
    return zero == NULL ? n : (size_t)(zero - field);
}

/* The name of a header: in POSIX's form with the folders in front of it. */
static void header_name(char name[NAME_BYTES + PREFIX_BYTES + 2], const uint8_t *block)
{
    size_t n = field_length(block + AT_NAME, NAME_BYTES), used = 0;
    if (memcmp(block + AT_MAGIC, "ustar", 6) == 0) /* with its zero; GNU's has a blank there, and no prefix */
        used = field_length(block + AT_PREFIX, PREFIX_BYTES);
    memcpy(name, block + AT_PREFIX, used);
    if (used > 0)
        name[used++] = '/';
    memcpy(name + used, block + AT_NAME, n);
    name[used + n] = 0;
}

/* --- extras ------------------------------------------------------------------------------------------- */

static void forget(extra *e)
{
    feat_free(e->name);
    *e = (extra){.name = NULL};
}

static bool keep_name(extra *e, const char *name, size_t n)
{
    char *copy = feat_alloc(n + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, name, n);
    copy[n] = 0;
    feat_free(e->name);
    e->name = copy;
    return true;
}

static bool parse_decimal(const char *text, size_t n, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *value > UINT64_MAX / 16)
            return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    return n > 0;
}

/* One "KEY=VALUE" of a pax list. */
static feat_status take_record(const bf_tar *tar, extra *e, const char *record, size_t n, uint64_t at, feat_error *err)
{
    const char *equals = memchr(record, '=', n);
    size_t key = equals == NULL ? 0 : (size_t)(equals - record), length = equals == NULL ? 0 : n - key - 1;
    if (equals == NULL)
        return broken(tar, at, "a pax record without '='", err);
    if (key == 4 && memcmp(record, "path", 4) == 0)
        return keep_name(e, equals + 1, length) ? FEAT_OK : no_memory(tar, err);
    if (key == 4 && memcmp(record, "size", 4) == 0) {
        e->has_size = parse_decimal(equals + 1, length, &e->size);
        return e->has_size ? FEAT_OK : broken(tar, at, "a pax size that is none", err);
    }
    e->holes = e->holes || (key > 11 && memcmp(record, "GNU.sparse.", 11) == 0);
    return FEAT_OK;
}

/* "30 path=folder/a long name.png\n" and more of that kind. */
static feat_status take_list(const bf_tar *tar, extra *e, const char *list, size_t n, uint64_t at, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < n && status == FEAT_OK;) {
        uint64_t length = 0;
        const char *blank = memchr(list + i, ' ', n - i);
        size_t digits = blank == NULL ? 0 : (size_t)(blank - (list + i));
        if (blank == NULL || !parse_decimal(list + i, digits, &length) || length < digits + 2 || length > n - i ||
            list[i + length - 1] != '\n')
            return broken(tar, at, "a damaged pax record", err);
        status = take_record(tar, e, blank + 1, (size_t)length - digits - 2, at, err);
        i += (size_t)length;
    }
    return status;
}

/* The data of a member that says something of the next. */
static feat_status take_extra(const bf_tar *tar, int fd, extra *e, char type, uint64_t at, uint64_t bytes,
                              feat_error *err)
{
    if (bytes > MAX_EXTRA)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: a name or pax list of %llu bytes (at most %d)", tar->path,
                         (unsigned long long)bytes, (int)MAX_EXTRA);
    char *text = feat_alloc((size_t)bytes + 1);
    if (text == NULL)
        return no_memory(tar, err);
    feat_status status = bf_file_read_at(fd, text, (size_t)bytes, at, tar->path, err);
    if (status == FEAT_OK && type == 'x')
        status = take_list(tar, e, text, (size_t)bytes, at, err);
    else if (status == FEAT_OK && !keep_name(e, text, field_length((const uint8_t *)text, (size_t)bytes)))
        status = no_memory(tar, err);
    feat_free(text);
    return status;
}

/* --- members ------------------------------------------------------------------------------------------ */

/* As in a zip: nothing is unpacked to disk, but such an archive is up to no good. */
static bool name_is_safe(const char *name)
{
    if (name[0] == 0 || name[0] == '/')
        return false;
    for (const char *part = name; part != NULL; part = strchr(part, '/') == NULL ? NULL : strchr(part, '/') + 1)
        if (part[0] == '.' && part[1] == '.' && (part[2] == 0 || part[2] == '/'))
            return false;
    return true;
}

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

static feat_status add_member(bf_tar *tar, const char *name, uint64_t at, uint64_t bytes, bool is_file,
                              feat_error *err)
{
    const bf_limits *limits = bf_limits_get();
    while (name[0] == '.' && name[1] == '/')
        name += strspn(name + 1, "/") + 1;
    size_t n = strlen(name);
    if (n == 0 || name[n - 1] == '/' || strcmp(name, ".") == 0)
        return FEAT_OK;
    if (n > limits->name)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: a name of %zu bytes is too long (at most %llu); --limits name=N raises that",
                         tar->path, n, (unsigned long long)limits->name);
    if (!name_is_safe(name))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: unsafe name '%.100s'", tar->path, name);
    if (tar->n >= limits->members)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: more than %llu members are too many; --limits members=N raises that", tar->path,
                         (unsigned long long)limits->members);
    tar->sum += bytes; /* each lies in the file, whose size is no 2^63 */
    if (tar->sum > limits->archive)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: its members have more than %llu bytes in all; --limits archive=N raises that", tar->path,
                         (unsigned long long)limits->archive);
    void *text = tar->text, *members = tar->members;
    bool good = grow(&text, &tar->text_room, tar->text_used + n + 1, 1);
    tar->text = text;
    good = good && grow(&members, &tar->room, tar->n + 1, sizeof *tar->members);
    tar->members = members;
    if (!good)
        return no_memory(tar, err);
    memcpy(tar->text + tar->text_used, name, n + 1);
    tar->members[tar->n++] = (member){.at = at, .bytes = bytes, .name_at = tar->text_used, .is_file = is_file};
    tar->text_used += n + 1;
    return FEAT_OK;
}

/* The member whose header is `block`, at *at, which moves behind its data. */
static feat_status take_member(bf_tar *tar, int fd, const uint8_t *block, uint64_t *at, extra *e, feat_error *err)
{
    char name[NAME_BYTES + PREFIX_BYTES + 2], type = (char)block[AT_TYPE];
    uint64_t bytes = 0, data = *at + BF_TAR_BLOCK;
    if (!sum_is_right(block))
        return broken(tar, *at, "a header whose sum is wrong", err);
    if (!parse_number(block + AT_SIZE, SIZE_BYTES, &bytes))
        return broken(tar, *at, "a size that is none", err);
    if (type == 'S')
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: a file with holes (GNU tar's --sparse) at byte %llu cannot be read; make the archive "
                         "without", tar->path, (unsigned long long)*at);
    bool of_next = type == 'x' || type == 'L', passed = type == 'g' || type == 'K';
    /* Links say the size of what they lead to and have no data themselves; nor have folders and devices. */
    bool empty = type >= '1' && type <= '6';
    bytes = e->has_size && !of_next && !passed ? e->size : bytes;
    bytes = empty ? 0 : bytes;
    if (bytes > tar->bytes - data)
        return broken(tar, *at, "it ends before the data of a member do, whose header is", err);
    header_name(name, block);
    feat_status status = FEAT_OK;
    if (of_next)
        status = take_extra(tar, fd, e, type, data, bytes, err);
    else if (!passed && type != '5')
        status = add_member(tar, e->name != NULL ? e->name : name, data, bytes,
                            (type == '0' || type == 0 || type == '7') && !e->holes, err);
    if (!of_next && !passed)
        forget(e);
    *at = data + (bytes + BF_TAR_BLOCK - 1) / BF_TAR_BLOCK * BF_TAR_BLOCK;
    return status;
}

/* Up to a block of zeros, or the end of the file. */
static feat_status read_members(bf_tar *tar, int fd, feat_error *err)
{
    static const uint8_t zeros[BF_TAR_BLOCK];
    uint8_t block[BF_TAR_BLOCK];
    extra e = {.name = NULL};
    feat_status status = FEAT_OK;
    for (uint64_t at = 0; at < tar->bytes && status == FEAT_OK;) {
        if (tar->bytes - at < BF_TAR_BLOCK) {
            status = broken(tar, at, "half a header", err);
            break;
        }
        status = bf_file_read_at(fd, block, sizeof block, at, tar->path, err);
        if (status == FEAT_OK && memcmp(block, zeros, sizeof block) == 0)
            break;
        if (status == FEAT_OK)
            status = take_member(tar, fd, block, &at, &e, err);
    }
    forget(&e);
    return status;
}

feat_status bf_tar_open(bf_tar **out, const char *path, feat_error *err)
{
    int fd = -1;
    bf_tar *tar = *out = feat_calloc(1, sizeof *tar);
    if (tar == NULL || (tar->path = feat_strdup(path)) == NULL) {
        bf_tar_close(out);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the archive", path);
    }
    feat_status status = bf_file_open(&fd, &tar->bytes, path, err);
    if (status == FEAT_OK)
        status = read_members(tar, fd, err);
    bf_file_close(&fd);
    if (status != FEAT_OK)
        bf_tar_close(out);
    return status;
}

void bf_tar_close(bf_tar **tar)
{
    if (*tar == NULL)
        return;
    feat_free((*tar)->members);
    feat_free((*tar)->text);
    feat_free((*tar)->path);
    feat_free(*tar);
    *tar = NULL;
}

/* --- asking ------------------------------------------------------------------------------------------- */

size_t bf_tar_count(const bf_tar *tar)
{
    return tar->n;
}

const char *bf_tar_name(const bf_tar *tar, size_t index)
{
    return tar->text + tar->members[index].name_at;
}

bool bf_tar_is_file(const bf_tar *tar, size_t index)
{
    return tar->members[index].is_file;
}

uint64_t bf_tar_size(const bf_tar *tar, size_t index)
{
    return tar->members[index].bytes;
}

/* The first `n` bytes of a member. */
static feat_status read_bytes(const bf_tar *tar, const member *m, uint8_t *out, size_t n, feat_error *err)
{
    int fd = -1;
    uint64_t bytes = 0;
    feat_status status = bf_file_open(&fd, &bytes, tar->path, err);
    if (status == FEAT_OK)
        status = bf_file_read_at(fd, out, n, m->at, tar->path, err);
    bf_file_close(&fd);
    return status;
}

feat_status bf_tar_read(const bf_tar *tar, size_t index, uint8_t **out, size_t *n, size_t limit, feat_error *err)
{
    const member *m = &tar->members[index];
    const char *name = bf_tar_name(tar, index);
    *out = NULL;
    *n = 0;
    if (!m->is_file)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: a link, a device or a file with holes", tar->path, name);
    if (m->bytes > limit)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %s: %llu bytes are too many (at most %zu)", tar->path, name,
                         (unsigned long long)m->bytes, limit);
    uint8_t *bytes = feat_alloc((size_t)m->bytes + 1);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory for %llu bytes", tar->path, name,
                         (unsigned long long)m->bytes);
    feat_status status = read_bytes(tar, m, bytes, (size_t)m->bytes, err);
    if (status != FEAT_OK) {
        feat_free(bytes);
        return status;
    }
    bytes[m->bytes] = 0;
    *out = bytes;
    *n = (size_t)m->bytes;
    return FEAT_OK;
}

feat_status bf_tar_peek(const bf_tar *tar, size_t index, uint8_t *head, size_t room, size_t *n, feat_error *err)
{
    const member *m = &tar->members[index];
    *n = !m->is_file ? 0 : m->bytes < room ? (size_t)m->bytes : room;
    return read_bytes(tar, m, head, *n, err);
}
