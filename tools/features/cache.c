/* Packs are indexed by a hash table of where their records lie. A record is read into memory of our own before it is
 * looked at: whoever owns a pack may write to it, or make it shorter, at any time. */
#include "tools/features/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

static const char pack_magic[8] = {'B', 'F', 'P', 'A', 'C', 'K', '2', '\n'};
static const char record_magic[4] = {'r', 'e', 'c', '2'};
enum { MAX_DIM = 1 << 20, MAX_TRIES = 1000, MAX_OPEN = 64 };
static const uint32_t none = UINT32_MAX;

/* The head of a record; the row follows, padded with zeros to a multiple of 8 bytes. Only little-endian
 * machines are supported, so this is the file's layout too. */
typedef struct record {
    char magic[4];
    uint32_t dim, flags, w, h, zero;
    unsigned char key[32], pixels[32];
    uint64_t row_hash;     /* XXH64 of the row with its padding */
    unsigned char mac[32]; /* HMAC of everything above and of the row with its padding; zeros without a secret */
    uint64_t head_hash;    /* XXH64 of everything above */
} record;

typedef struct pack {
    char *name;
    uint64_t scanned; /* bytes from the start that are indexed */
    dev_t device;     /* which file it is, for one that is opened again */
    ino_t inode;
    int fd; /* -1: not open yet, passed over, or opened each time, as there are too many */
    bool foreign;
} pack;

/* Where a record lies. */
typedef struct entry {
    unsigned char key[32];
    uint64_t offset;
    uint32_t dim, pack, older; /* the one of this key before it; none */
} entry;

struct bf_cache {
    char *folder;
    bool has_secret;
    bf_hmac secret;
    pack *packs;
    size_t n_packs, pack_room, n_open, n_foreign;
    entry *entries;
    size_t n_entries, entry_room, n_keys;
    uint32_t *table; /* [n_slots] of entries; none: free */
    size_t n_slots;
    atomic_size_t n_not_finite, n_unsigned;
    atomic_uint bad_pack; /* the first with such a record; none */
    bool told_foreign, told_rows;
    pthread_mutex_t mutex; /* over what follows */
    int fd;                /* the pack this process writes, -1 before the first entry */
    bool broken;           /* a write failed */
    char *buffer;
    size_t buffer_bytes;
};

static feat_status no_memory(const bf_cache *c, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the cache", c->folder);
}

static size_t row_bytes(size_t dim)
{
    return (dim * sizeof(float) + 7) / 8 * 8;
}

/* --- the table ------------------------------------------------------------------------------------ */

/* The slot of `key`, or the free one where it belongs. Keys are SHA-256: any eight bytes are as good as a
 * hash. */
static size_t find_slot(const bf_cache *c, const unsigned char key[32])
{
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    size_t at = (size_t)hash & (c->n_slots - 1);
    while (c->table[at] != none && memcmp(c->entries[c->table[at]].key, key, 32) != 0)
        at = (at + 1) & (c->n_slots - 1);
    return at;
}

static bool grow_table(bf_cache *c)
{
    size_t n_slots = c->n_slots == 0 ? 1024 : 2 * c->n_slots;
    uint32_t *table = feat_alloc_array(n_slots, sizeof *table);
    if (table == NULL)
        return false;
    memset(table, 0xff, n_slots * sizeof *table);
    feat_free(c->table);
    c->table = table;
    c->n_slots = n_slots;
    for (size_t i = 0; i < c->n_entries; i++) /* of equal keys the last, which has the others behind it */
        table[find_slot(c, c->entries[i].key)] = (uint32_t)i;
    return true;
}

static bool enter(bf_cache *c, const record *r, uint64_t offset, size_t of_pack)
{
    if (c->n_entries == none || (2 * (c->n_keys + 1) > c->n_slots && !grow_table(c)))
        return false;
    if (c->n_entries == c->entry_room) {
        entry *entries = feat_realloc(c->entries, (2 * c->entry_room + 256) * sizeof *entries);
        if (entries == NULL)
            return false;
        c->entries = entries;
        c->entry_room = 2 * c->entry_room + 256;
    }
    size_t at = find_slot(c, r->key);
    entry *e = &c->entries[c->n_entries];
    *e = (entry){.offset = offset, .dim = r->dim, .pack = (uint32_t)of_pack, .older = c->table[at]};
    memcpy(e->key, r->key, sizeof e->key);
    c->n_keys += c->table[at] == none;
    c->table[at] = (uint32_t)c->n_entries++;
    return true;
}

/* --- reading packs -------------------------------------------------------------------------------- */

static bool read_exactly(int fd, void *to, size_t n, uint64_t offset)
{
    for (unsigned char *p = to; n > 0;) {
        ssize_t got = pread(fd, p, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static bool is_head(const record *r)
{
    return memcmp(r->magic, record_magic, sizeof record_magic) == 0 && r->dim <= MAX_DIM &&
           feat_hash64(r, offsetof(record, head_hash)) == r->head_hash;
}

/* Indexes the whole records that are new in a pack. What is cut or damaged ends it: a record that is still being
 * written looks the same, and is there at the next refresh. */
static feat_status read_more(bf_cache *c, size_t index, int fd, uint64_t bytes, feat_error *err)
{
    pack *p = &c->packs[index];
    record r;
    if (p->scanned == 0) {
        char magic[sizeof pack_magic];
        if (!read_exactly(fd, magic, sizeof magic, 0) || memcmp(magic, pack_magic, sizeof magic) != 0)
            return FEAT_OK; /* not one of ours, or of another version */
        p->scanned = sizeof pack_magic;
    }
    while (bytes - p->scanned >= sizeof r && read_exactly(fd, &r, sizeof r, p->scanned) && is_head(&r)) {
        size_t n = sizeof r + row_bytes(r.dim);
        if (bytes - p->scanned < n)
            break;
        if (!enter(c, &r, p->scanned, index))
            return no_memory(c, err);
        p->scanned += n;
    }
    return FEAT_OK;
}

/* The number of the pack of that name, which is made; SIZE_MAX: no memory. */
static size_t find_pack(bf_cache *c, const char *name)
{
    for (size_t i = 0; i < c->n_packs; i++)
        if (strcmp(c->packs[i].name, name) == 0)
            return i;
    if (c->n_packs == c->pack_room) {
        pack *packs = feat_realloc(c->packs, (2 * c->pack_room + 16) * sizeof *packs);
        if (packs == NULL)
            return SIZE_MAX;
        c->packs = packs;
        c->pack_room = 2 * c->pack_room + 16;
    }
    char *copy = feat_strdup(name);
    if (copy == NULL)
        return SIZE_MAX;
    c->packs[c->n_packs] = (pack){.name = copy, .fd = -1};
    return c->n_packs++;
}

/* Whether nobody but this user and root can have written what is in a file. */
static bool is_ours(const struct stat *info)
{
    return (info->st_uid == geteuid() || info->st_uid == 0) && (info->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* A file descriptor of a pack, and whether it is to be closed again; -1: none. */
static int open_pack(const bf_cache *c, const pack *p, bool *mine)
{
    *mine = p->fd < 0;
    if (p->fd >= 0)
        return p->fd;
    char *path = bf_path_join(c->folder, p->name);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    feat_free(path);
    return fd;
}

/* A pack that cannot be opened (removed a moment ago, another user's) is passed over: it is a cache. Where there is a
 * secret anybody may have written it, as every record is looked at. */
static feat_status read_pack(bf_cache *c, const char *name, feat_error *err)
{
    struct stat info;
    feat_status status = FEAT_OK;
    bool mine;
    size_t index = find_pack(c, name);
    if (index == SIZE_MAX)
        return no_memory(c, err);
    pack *p = &c->packs[index];
    int fd = open_pack(c, p, &mine);
    bool good = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                (p->scanned == 0 || (info.st_dev == p->device && info.st_ino == p->inode));
    if (good && !c->has_secret && !is_ours(&info)) {
        c->n_foreign += !p->foreign;
        p->foreign = true;
        good = false;
    }
    if (good && (uint64_t)info.st_size >= p->scanned + sizeof pack_magic) {
        p->device = info.st_dev;
        p->inode = info.st_ino;
        status = read_more(c, index, fd, (uint64_t)info.st_size, err);
    }
    if (mine && p->scanned > 0 && c->n_open < MAX_OPEN) {
        c->n_open++;
        p->fd = fd;
    } else if (mine) {
        bf_file_close(&fd);
    }
    return status;
}

double bf_cache_index_bytes(double n)
{
    /* Doubling has an old and a new array: entries n and 2 n, slots (one key in two to four) 2 n and 4 n; and the first
     * arrays. */
    return n * (3.0 * sizeof(entry) + 6.0 * sizeof(uint32_t)) +
           2.0 * (256.0 * sizeof(entry) + 1024.0 * sizeof(uint32_t));
}

feat_status bf_cache_refresh(bf_cache *c, feat_error *err)
{
    feat_status status = FEAT_OK;
    DIR *dir = opendir(c->folder);
    if (dir == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open the cache: %s", c->folder, strerror(errno));
    for (const struct dirent *e = readdir(dir); e != NULL && status == FEAT_OK; e = readdir(dir)) {
        size_t n = strlen(e->d_name);
        if (n > 5 && strcmp(e->d_name + n - 5, ".pack") == 0)
            status = read_pack(c, e->d_name, err);
    }
    closedir(dir);
    return status;
}

/* --- opening -------------------------------------------------------------------------------------- */

/* Makes the folder and those above it. */
static feat_status make_folder(const char *folder, feat_error *err)
{
    char *path = feat_strdup(folder);
    feat_status status = FEAT_OK;
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the cache", folder);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777); /* the last one tells */
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot make the cache's folder: %s", folder, strerror(errno));
    feat_free(path);
    return status;
}

feat_status bf_cache_open(bf_cache **out, const char *folder, const bf_hmac *secret, feat_error *err)
{
    *out = NULL;
    feat_status status = make_folder(folder, err);
    if (status != FEAT_OK)
        return status;
    bf_cache *c = feat_calloc(1, sizeof *c);
    if (c == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the cache", folder);
    c->fd = -1;
    c->has_secret = secret != NULL;
    if (secret != NULL)
        c->secret = *secret;
    atomic_init(&c->n_not_finite, 0);
    atomic_init(&c->n_unsigned, 0);
    atomic_init(&c->bad_pack, none);
    pthread_mutex_init(&c->mutex, NULL);
    c->folder = feat_strdup(folder);
    if (c->folder == NULL || !grow_table(c))
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the cache", folder);
    else
        status = bf_cache_refresh(c, err);
    if (status != FEAT_OK)
        bf_cache_close(&c);
    *out = c;
    return status;
}

void bf_cache_close(bf_cache **cache)
{
    if (cache == NULL || *cache == NULL)
        return;
    bf_cache *c = *cache;
    bf_file_close(&c->fd);
    for (size_t i = 0; i < c->n_packs; i++) {
        bf_file_close(&c->packs[i].fd);
        feat_free(c->packs[i].name);
    }
    pthread_mutex_destroy(&c->mutex);
    feat_free(c->buffer);
    feat_free(c->table);
    feat_free(c->entries);
    feat_free(c->packs);
    feat_free(c->folder);
    feat_free(c);
    *cache = NULL;
}

const char *bf_cache_folder(const bf_cache *c)
{
    return c->folder;
}

size_t bf_cache_count(const bf_cache *c)
{
    return c->n_keys;
}

/* --- entries -------------------------------------------------------------------------------------- */

void bf_cache_key(unsigned char key[32], const char *scope, const unsigned char file[32], const char *hint)
{
    feat_sha256 h;
    feat_sha256_init(&h);
    feat_sha256_update(&h, file, 32);
    feat_sha256_update(&h, hint, strlen(hint) + 1);
    feat_sha256_update(&h, scope, strlen(scope) + 1);
    feat_sha256_final(&h, key);
}

static const unsigned char padding[8];

/* What behind a row fills it to a multiple of 8 bytes. */
static size_t n_padding(size_t dim)
{
    return row_bytes(dim) - dim * sizeof(float);
}

static uint64_t hash_row(const float *row, size_t dim)
{
    feat_hash64_state h;
    feat_hash64_init(&h);
    feat_hash64_update(&h, row, dim * sizeof *row);
    feat_hash64_update(&h, padding, n_padding(dim));
    return feat_hash64_final(&h);
}

static void sign(unsigned char mac[32], const bf_hmac *secret, const record *r, const float *row)
{
    feat_sha256 h = secret->inner;
    feat_sha256_update(&h, r, offsetof(record, mac));
    feat_sha256_update(&h, row, r->dim * sizeof *row);
    feat_sha256_update(&h, padding, n_padding(r->dim));
    bf_hmac_end(secret, &h, mac);
}

/* How many of its bytes are right must not be told by the time it takes. */
static bool is_signed(const bf_cache *c, const record *r, const float *row)
{
    unsigned char mac[32], differ = 0;
    if (!c->has_secret)
        return true;
    sign(mac, &c->secret, r, row);
    for (size_t i = 0; i < sizeof mac; i++)
        differ |= mac[i] ^ r->mac[i];
    return differ == 0;
}

static bool doubt(bf_cache *c, atomic_size_t *count, uint32_t of_pack)
{
    unsigned before = none;
    atomic_fetch_add(count, 1);
    (void)atomic_compare_exchange_strong(&c->bad_pack, &before, of_pack);
    return false;
}

/* Reads the record of an entry, and believes nothing of it that was not checked in this copy. */
static bool read_entry(bf_cache *c, const entry *e, record *r, float *row)
{
    const pack *p = &c->packs[e->pack];
    unsigned char behind[sizeof padding];
    bool mine;
    struct stat info;
    int fd = open_pack(c, p, &mine);
    bool good = fd >= 0 && (!mine || (fstat(fd, &info) == 0 && info.st_dev == p->device && info.st_ino == p->inode));
    good = good && read_exactly(fd, r, sizeof *r, e->offset) &&
           read_exactly(fd, row, e->dim * sizeof *row, e->offset + sizeof *r) &&
           read_exactly(fd, behind, n_padding(e->dim), e->offset + sizeof *r + e->dim * sizeof *row);
    if (mine)
        bf_file_close(&fd);
    if (!good || !is_head(r) || r->dim != e->dim || memcmp(r->key, e->key, sizeof e->key) != 0 ||
        memcmp(behind, padding, n_padding(e->dim)) != 0 || hash_row(row, e->dim) != r->row_hash)
        return false;
    if (!is_signed(c, r, row))
        return doubt(c, &c->n_unsigned, e->pack);
    if (feat_first_not_finite(row, e->dim) < e->dim)
        return doubt(c, &c->n_not_finite, e->pack);
    return true;
}

bool bf_cache_find(bf_cache *c, const unsigned char key[32], size_t dim, float *row, bf_cache_image *image)
{
    record r;
    uint32_t at = c->table[find_slot(c, key)];
    while (at != none && (c->entries[at].dim != dim || !read_entry(c, &c->entries[at], &r, row)))
        at = c->entries[at].older;
    if (at == none)
        return false;
    image->w = r.w;
    image->h = r.h;
    image->flags = r.flags;
    memcpy(image->pixels, r.pixels, sizeof image->pixels);
    return true;
}

bool bf_cache_doubts(bf_cache *c, char *text, size_t room)
{
    size_t not_finite = atomic_load(&c->n_not_finite), not_signed = atomic_load(&c->n_unsigned);
    if (c->n_foreign > 0 && !c->told_foreign) {
        c->told_foreign = true;
        snprintf(text, room,
                 "%s: packs that others can write are not read: %zu of %zu; who shares a cache gives --cache-key FILE",
                 c->folder, c->n_foreign, c->n_packs);
        return true;
    }
    if (not_finite + not_signed == 0 || c->told_rows)
        return false;
    c->told_rows = true;
    snprintf(text, room, "%s: rows that are %s were computed instead: %zu, the first in %s%s", c->folder,
             not_finite > 0 ? "NaN or infinite" : "not signed with this --cache-key",
             not_finite > 0 ? not_finite : not_signed, c->packs[atomic_load(&c->bad_pack)].name,
             not_finite > 0 ? "; remove that file" : "");
    return true;
}

static feat_status write_all(bf_cache *c, const void *data, size_t n, feat_error *err)
{
    const char *p = data;
    while (n > 0) {
        ssize_t put = write(c->fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write to the cache: %s", c->folder,
                             put < 0 ? strerror(errno) : "no progress");
        p += put;
        n -= (size_t)put;
    }
    return FEAT_OK;
}

/* A name no other process has: of the time, the process and a number, and O_EXCL decides. */
static feat_status create_pack(bf_cache *c, feat_error *err)
{
    char name[96];
    for (unsigned i = 0; i < MAX_TRIES && c->fd < 0; i++) {
        snprintf(name, sizeof name, "%llx-%lx-%x.pack", (unsigned long long)time(NULL), (unsigned long)getpid(), i);
        char *path = bf_path_join(c->folder, name);
        if (path == NULL)
            return no_memory(c, err);
        /* What a group may write is not believed, so the usual mask of Debian's users must not give it away. */
        c->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
        int reason = errno;
        feat_free(path);
        if (c->fd < 0 && (reason == EACCES || reason == EROFS || reason == EPERM))
            return feat_fail(err, FEAT_ERR_IO, "%s: the cache is read, and not added to: %s", c->folder,
                             strerror(reason));
        if (c->fd < 0 && reason != EEXIST)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write to the cache: %s", c->folder, strerror(reason));
    }
    if (c->fd < 0)
        return feat_fail(err, FEAT_ERR_IO, "%s: no free name for a file in the cache", c->folder);
    return write_all(c, pack_magic, sizeof pack_magic, err);
}

static feat_status append(bf_cache *c, const record *head, const float *row, feat_error *err)
{
    size_t padded = row_bytes(head->dim), n = sizeof *head + padded;
    if (n > c->buffer_bytes) {
        feat_free(c->buffer);
        c->buffer = feat_alloc(n);
        c->buffer_bytes = c->buffer != NULL ? n : 0;
    }
    if (c->buffer == NULL)
        return no_memory(c, err);
    record *r = (record *)(void *)c->buffer;
    char *data = c->buffer + sizeof *r;
    *r = *head;
    memset(data + padded - 8, 0, 8);
    memcpy(data, row, head->dim * sizeof *row);
    r->row_hash = feat_hash64(data, padded);
    if (c->has_secret)
        sign(r->mac, &c->secret, r, row);
    r->head_hash = feat_hash64(r, offsetof(record, head_hash));
    feat_status status = c->fd < 0 ? create_pack(c, err) : FEAT_OK;
    return status == FEAT_OK ? write_all(c, c->buffer, n, err) : status;
}

feat_status bf_cache_add(bf_cache *c, const unsigned char key[32], size_t dim, const float *row,
                         const bf_cache_image *image, feat_error *err)
{
    record head = {.dim = (uint32_t)dim, .flags = image->flags, .w = image->w, .h = image->h};
    feat_status status;
    if (dim == 0 || dim > MAX_DIM)
        return feat_fail(err, FEAT_ERR_ARG, "%s: a row of %zu values cannot be kept", c->folder, dim);
    memcpy(head.magic, record_magic, sizeof head.magic);
    memcpy(head.key, key, sizeof head.key);
    memcpy(head.pixels, image->pixels, sizeof head.pixels);
    pthread_mutex_lock(&c->mutex);
    /* Behind a torn record nothing would be found again. */
    status = c->broken ? feat_fail(err, FEAT_ERR_IO, "%s: the cache could not be written before", c->folder)
                       : append(c, &head, row, err);
    c->broken = c->broken || status != FEAT_OK;
    pthread_mutex_unlock(&c->mutex);
    return status;
}
