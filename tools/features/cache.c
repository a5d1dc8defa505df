/* Packs are mapped and indexed by a hash table of pointers to their records. */
#include "tools/features/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

static const char pack_magic[8] = {'B', 'F', 'P', 'A', 'C', 'K', '1', '\n'};
static const char record_magic[4] = {'r', 'e', 'c', '1'};
enum { MAX_DIM = 1 << 20, MAX_TRIES = 1000 };

/* The head of a record; the row follows, padded with zeros to a multiple of 8 bytes. Only little-endian
 * machines are supported, so this is the file's layout too. */
typedef struct record {
    char magic[4];
    uint32_t dim, flags, w, h, zero;
    unsigned char key[32], pixels[32];
    uint64_t row_hash;  /* XXH64 of the row with its padding */
    uint64_t head_hash; /* XXH64 of everything above */
} record;

typedef struct pack {
    char *name;
    uint64_t scanned; /* bytes from the start that are indexed */
} pack;

typedef struct mapping {
    void *address;
    size_t bytes;
} mapping;

struct bf_cache {
    char *folder;
    pack *packs;
    size_t n_packs, pack_room;
    mapping *maps;
    size_t n_maps, map_room;
    const record **table; /* NULL: free */
    size_t n_slots, n_entries;
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
static size_t find_slot(const record *const *table, size_t n_slots, const unsigned char key[32])
{
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    size_t at = (size_t)hash & (n_slots - 1);
    while (table[at] != NULL && memcmp(table[at]->key, key, 32) != 0)
        at = (at + 1) & (n_slots - 1);
    return at;
}

static bool grow_table(bf_cache *c)
{
    size_t n_slots = c->n_slots == 0 ? 1024 : 2 * c->n_slots;
    const record **table = feat_calloc(n_slots, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->table[i] != NULL)
            table[find_slot(table, n_slots, c->table[i]->key)] = c->table[i];
    feat_free(c->table);
    c->table = table;
    c->n_slots = n_slots;
    return true;
}

static bool enter(bf_cache *c, const record *r)
{
    if (2 * (c->n_entries + 1) > c->n_slots && !grow_table(c))
        return false;
    size_t at = find_slot(c->table, c->n_slots, r->key);
    c->n_entries += c->table[at] == NULL;
    c->table[at] = r; /* of two equal keys the later: the earlier may be the damaged one */
    return true;
}

/* --- reading packs -------------------------------------------------------------------------------- */

/* Indexes the whole records in data[bytes]; returns the bytes they take. What is cut or damaged ends it: a
 * record that is still being written looks the same, and is there at the next refresh. */
static bool scan(bf_cache *c, const unsigned char *data, size_t bytes, size_t *used)
{
    *used = 0;
    while (bytes - *used >= sizeof(record)) {
        const record *r = (const record *)(const void *)(data + *used);
        if (memcmp(r->magic, record_magic, sizeof record_magic) != 0 || r->dim > MAX_DIM ||
            feat_hash64(r, offsetof(record, head_hash)) != r->head_hash)
            break;
        size_t n = sizeof *r + row_bytes(r->dim);
        if (bytes - *used < n)
            break;
        if (!enter(c, r))
            return false;
        *used += n;
    }
    return true;
}

/* Maps what is new in an open pack and indexes it. */
static feat_status read_more(bf_cache *c, pack *p, int fd, uint64_t bytes, feat_error *err)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), from = p->scanned / page * page;
    size_t n = (size_t)(bytes - from), used = 0, skip = (size_t)(p->scanned - from);
    if (c->n_maps == c->map_room) {
        mapping *maps = feat_realloc(c->maps, (2 * c->map_room + 16) * sizeof *maps);
        if (maps == NULL)
            return no_memory(c, err);
        c->maps = maps;
        c->map_room = 2 * c->map_room + 16;
    }
    unsigned char *data = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, (off_t)from);
    bf_file_catch_faults();
    if (data == MAP_FAILED)
        return feat_fail(err, FEAT_ERR_IO, "%s/%s: cannot map: %s", c->folder, p->name, strerror(errno));
    if (p->scanned == 0) {
        if (memcmp(data, pack_magic, sizeof pack_magic) != 0) {
            munmap(data, n);
            return FEAT_OK; /* not one of ours, or of another version */
        }
        skip = sizeof pack_magic;
    }
    bool good = scan(c, data + skip, n - skip, &used);
    p->scanned = from + skip + used;
    if (used == 0) {
        munmap(data, n);
        return good ? FEAT_OK : no_memory(c, err);
    }
    c->maps[c->n_maps++] = (mapping){data, n};
    return good ? FEAT_OK : no_memory(c, err);
}

static pack *find_pack(bf_cache *c, const char *name)
{
    for (size_t i = 0; i < c->n_packs; i++)
        if (strcmp(c->packs[i].name, name) == 0)
            return &c->packs[i];
    if (c->n_packs == c->pack_room) {
        pack *packs = feat_realloc(c->packs, (2 * c->pack_room + 16) * sizeof *packs);
        if (packs == NULL)
            return NULL;
        c->packs = packs;
        c->pack_room = 2 * c->pack_room + 16;
    }
    char *copy = feat_strdup(name);
    if (copy == NULL)
        return NULL;
    c->packs[c->n_packs] = (pack){copy, 0};
    return &c->packs[c->n_packs++];
}

/* A pack that cannot be opened (removed a moment ago, another user's) is passed over: it is a cache. */
static feat_status read_pack(bf_cache *c, const char *name, feat_error *err)
{
    struct stat info;
    feat_status status = FEAT_OK;
    pack *p = find_pack(c, name);
    char *path = p != NULL ? bf_path_join(c->folder, name) : NULL;
    if (path == NULL)
        return no_memory(c, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        (uint64_t)info.st_size >= p->scanned + sizeof pack_magic && (uint64_t)info.st_size < SIZE_MAX / 2)
        status = read_more(c, p, fd, (uint64_t)info.st_size, err);
    bf_file_close(&fd);
    feat_free(path);
    return status;
}

feat_status bf_cache_refresh(bf_cache *c, feat_error *err)
{
    feat_status status = FEAT_OK;
    DIR *dir = opendir(c->folder);
    if (dir == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open the cache: %s", c->folder, strerror(errno));
    for (const struct dirent *entry = readdir(dir); entry != NULL && status == FEAT_OK; entry = readdir(dir)) {
        size_t n = strlen(entry->d_name);
        if (n > 5 && strcmp(entry->d_name + n - 5, ".pack") == 0)
            status = read_pack(c, entry->d_name, err);
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

feat_status bf_cache_open(bf_cache **out, const char *folder, feat_error *err)
{
    *out = NULL;
    feat_status status = make_folder(folder, err);
    if (status != FEAT_OK)
        return status;
    bf_cache *c = feat_calloc(1, sizeof *c);
    if (c == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the cache", folder);
    c->fd = -1;
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
    for (size_t i = 0; i < c->n_maps; i++)
        munmap(c->maps[i].address, c->maps[i].bytes);
    for (size_t i = 0; i < c->n_packs; i++)
        feat_free(c->packs[i].name);
    pthread_mutex_destroy(&c->mutex);
    feat_free(c->buffer);
    feat_free(c->table);
    feat_free(c->maps);
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
    return c->n_entries;
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

bool bf_cache_find(const bf_cache *c, const unsigned char key[32], size_t dim, float *row,
                   bf_cache_image *image)
{
    const record *r = c->table[find_slot(c->table, c->n_slots, key)];
    if (r == NULL || r->dim != dim)
        return false;
    const unsigned char *data = (const unsigned char *)r + sizeof *r;
    if (feat_hash64(data, row_bytes(dim)) != r->row_hash)
        return false;
    memcpy(row, data, dim * sizeof *row);
    image->w = r->w;
    image->h = r->h;
    image->flags = r->flags;
    memcpy(image->pixels, r->pixels, sizeof image->pixels);
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
        snprintf(name, sizeof name, "%llx-%lx-%x.pack", (unsigned long long)time(NULL),
                 (unsigned long)getpid(), i);
        char *path = bf_path_join(c->folder, name);
        if (path == NULL)
            return no_memory(c, err);
        c->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        int reason = errno;
        feat_free(path);
        if (c->fd < 0 && reason != EEXIST)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot write to the cache: %s", c->folder,
                             strerror(reason));
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
