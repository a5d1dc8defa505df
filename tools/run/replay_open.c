/* Collecting the parts of a command: all of them, each once, and nothing that does not belong to them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/run/source_parts.h"

enum { MAX_TEXT = 220 };

/* The command of a part as one would type it. */
static void command_text(char text[MAX_TEXT], const bf_part *part)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < part->n_words && used < MAX_TEXT - 1; i++)
        if (strcmp(part->words[i], "--") != 0)
            used += (size_t)snprintf(text + used, MAX_TEXT - used, "%s%s", used > 0 ? " " : "", part->words[i]);
}

static bool same_words(const bf_part *a, const bf_part *b)
{
    return a->text.bytes == b->text.bytes &&
           memcmp(bf_part_data(a, &a->text), bf_part_data(b, &b->text), (size_t)a->text.bytes) == 0;
}

static iv3_status check_set(const bf_part *a, const bf_part *b, size_t s, iv3_error *err)
{
    const bf_part_set *x = &a->sets[s], *y = &b->sets[s];
    char hex_x[65], hex_y[65];
    size_t first, last;
    iv3_hex(hex_x, x->list);
    iv3_hex(hex_y, y->list);
    if (strcmp(x->kind, y->kind) != 0 || x->count != y->count || memcmp(x->list, y->list, sizeof x->list) != 0)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s: another list for %s: %zu %s (SHA-256 %.12s), %s has %zu %s (%.12s); run its shard "
                        "again",
                        b->path, y->path, y->count, y->kind, hex_y, a->path, x->count, x->kind, hex_x);
    if (strcmp(y->kind, "images") != 0)
        return IV3_OK;
    bf_shard_share(y->count, b->shard - 1, b->n_shards, &first, &last);
    if (first != y->first || last != y->last)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: images %zu to %zu expected in shard %zu of %zu, %zu to %zu found",
                        b->path, first, last, b->shard, b->n_shards, y->first, y->last);
    return IV3_OK;
}

/* Whether `b` goes with `a`; the message names what differs. */
static iv3_status check_pair(const bf_part *a, const bf_part *b, iv3_error *err)
{
    char text_a[MAX_TEXT], text_b[MAX_TEXT], hex_a[65], hex_b[65];
    command_text(text_a, a);
    command_text(text_b, b);
    iv3_hex(hex_a, a->weights.info.content_sha256);
    iv3_hex(hex_b, b->weights.info.content_sha256);
    if (!same_words(a, b))
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: of another command: '%s', %s is of '%s'", b->path, text_b,
                        a->path, text_a);
    if (a->weights.known != b->weights.known || strcmp(hex_a, hex_b) != 0 ||
        memcmp(a->weights.dims, b->weights.dims, sizeof a->weights.dims) != 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: other weights: %s (%.12s), %s has %s (%.12s)", b->path,
                        b->weights.info.name, hex_b, a->path, a->weights.info.name, hex_a);
    if (a->numerics != b->numerics || strcmp(a->mode, b->mode) != 0 || a->pixels != b->pixels)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s: made by another build: pixels %llu, numerics %llu %s; %s has %llu, %llu %s", b->path,
                        (unsigned long long)b->pixels, (unsigned long long)b->numerics, b->mode, a->path,
                        (unsigned long long)a->pixels, (unsigned long long)a->numerics, a->mode);
    if (a->n_shards != b->n_shards)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: shard %zu of %zu, but %s is one of %zu", b->path, b->shard,
                        b->n_shards, a->path, a->n_shards);
    if (a->n_sets != b->n_sets)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: %zu sets, %s has %zu", b->path, b->n_sets, a->path, a->n_sets);
    iv3_status status = IV3_OK;
    for (size_t s = 0; s < a->n_sets && status == IV3_OK; s++)
        status = check_set(a, b, s, err);
    return status;
}

/* Opens one and puts it into its place. `first` is the first that was opened. */
static iv3_status take_part(bf_replay *r, const bf_part **first, const char *path, iv3_error *err)
{
    bf_part *part = NULL;
    iv3_status status = bf_part_open(&part, path, err);
    if (status == IV3_OK && *first == NULL) {
        r->n = part->n_shards;
        r->parts = iv3_calloc(r->n, sizeof(bf_part *));
        if (r->parts == NULL) {
            r->n = 0;
            status = iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for %zu shards", path, part->n_shards);
        }
    }
    if (status == IV3_OK)
        status = check_pair(*first != NULL ? *first : part, part, err);
    if (status == IV3_OK && r->parts[part->shard - 1] != NULL)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: shard %zu of %zu again: %s is it already", path,
                          part->shard, part->n_shards, r->parts[part->shard - 1]->path);
    if (status != IV3_OK) {
        bf_part_close(&part);
        return status;
    }
    r->parts[part->shard - 1] = part;
    *first = *first != NULL ? *first : part;
    return IV3_OK;
}

/* Every NAME.part in a folder. */
static iv3_status take_folder(bf_replay *r, const bf_part **first, const char *folder, iv3_error *err)
{
    DIR *dir = opendir(folder);
    iv3_status status = IV3_OK;
    size_t n_parts = 0;
    if (dir == NULL)
        return iv3_fail(err, IV3_ERR_IO, "%s: cannot open: %s", folder, strerror(errno));
    while (status == IV3_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL && errno != 0)
            status = iv3_fail(err, IV3_ERR_IO, "%s: cannot list the folder: %s", folder, strerror(errno));
        if (entry == NULL)
            break;
        size_t n = strlen(entry->d_name);
        if (n <= 5 || strcmp(entry->d_name + n - 5, ".part") != 0)
            continue;
        char *path = bf_path_join(folder, entry->d_name);
        status = path == NULL ? iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to read it", folder)
                              : take_part(r, first, path, err);
        iv3_free(path);
        n_parts++;
    }
    closedir(dir);
    if (status == IV3_OK && n_parts == 0)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: no file in it ends in .part", folder);
    return status;
}

static iv3_status check_complete(const bf_replay *r, const bf_part *first, iv3_error *err)
{
    size_t n_missing = 0, missing = 0;
    char text[MAX_TEXT], more[48] = "";
    for (size_t p = r->n; p-- > 0;) {
        if (r->parts[p] == NULL) {
            missing = p + 1;
            n_missing++;
        }
    }
    if (n_missing == 0)
        return IV3_OK;
    command_text(text, first);
    if (n_missing > 1)
        snprintf(more, sizeof more, " and %zu more", n_missing - 1);
    return iv3_fail(err, IV3_ERR_FORMAT, "shard %zu of %zu%s missing; to make it: bonafide %s --shard %zu/%zu -o FILE",
                    missing, r->n, n_missing > 1 ? more : " is", text, missing, r->n);
}

iv3_status bf_replay_open(bf_run *run, const char *const *files, size_t n, iv3_error *err)
{
    const bf_part *first = NULL;
    struct stat info;
    iv3_status status = IV3_OK;
    bf_replay *r = run->replay = iv3_calloc(1, sizeof *r);
    if (r == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory to merge");
    for (size_t i = 0; i < n && status == IV3_OK; i++) {
        bool folder = stat(files[i], &info) == 0 && S_ISDIR(info.st_mode);
        status = folder ? take_folder(r, &first, files[i], err) : take_part(r, &first, files[i], err);
    }
    return status == IV3_OK ? check_complete(r, first, err) : status;
}

void bf_replay_close(bf_replay **replay)
{
    if (replay == NULL || *replay == NULL)
        return;
    for (size_t p = 0; p < (*replay)->n; p++)
        bf_part_close(&(*replay)->parts[p]);
    iv3_free((*replay)->parts);
    iv3_free((*replay)->text);
    iv3_free(*replay);
    *replay = NULL;
}
