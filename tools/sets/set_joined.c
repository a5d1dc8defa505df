/* Several files that are sets by themselves as one: shards of a WebDataset, data_batch_1.bin and so on. Which ones they
 * are says a pattern ('train/data_batch_*.bin'), a list, or a folder that holds nothing else. Their images come file by
 * file, and are called FILE/NAME. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/idx.h"
#include "tools/sets/set_source.h"
#include "tools/statistics/picture_batch.h"

typedef struct joined {
    size_t n;
    bf_set **parts;
    size_t *first; /* [n + 1]: of each part's images, the first */
} joined;

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", set->spec);
}

/* --- joining ------------------------------------------------------------------------------------------ */

/* Names of a part, behind its own. */
static feat_status add_items(bf_set *set, const char *name, const bf_set *part, feat_error *err)
{
    for (size_t i = 0; i < bf_set_count(part); i++) {
        char *path = bf_path_join(name, bf_set_item_name(part, i));
        bool good = path != NULL && bf_items_add(&set->items, path, strlen(path), i);
        feat_free(path);
        if (!good)
            return no_memory(set, err);
    }
    return FEAT_OK;
}

static feat_status add_names(bf_set *set, bf_first_names *to, const char *name, const bf_first_names *from,
                             feat_error *err)
{
    for (size_t i = 0; i < from->n_named; i++) {
        char *path = bf_path_join(name, from->name[i]);
        if (path == NULL)
            return no_memory(set, err);
        bf_first_names_add(to, path);
        feat_free(path);
    }
    to->n += from->n - from->n_named;
    return FEAT_OK;
}

static bool same_note(const bf_array_note *a, const bf_array_note *b)
{
    return strcmp(a->type, b->type) == 0 && a->n_channels == b->n_channels && a->channels_first == b->channels_first;
}

static feat_status add_part(bf_set *set, const char *base, const char *name, const bf_set_how *how, feat_error *err)
{
    joined *own = set->own;
    struct stat info;
    char *path = bf_path_join(base, name);
    if (path == NULL)
        return no_memory(set, err);
    bf_set **part = &own->parts[own->n];
    feat_status status = FEAT_OK;
    if (path[0] == '@' || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) /* no list in a list, nor a folder */
        status = feat_fail(err, FEAT_ERR_IO, "%s: %s: not a file; of several files that are sets each must be one",
                           set->spec, name);
    if (status == FEAT_OK)
        status = bf_set_open_as(part, path, how, err);
    feat_free(path);
    if (status != FEAT_OK)
        return status;
    own->n++;
    const bf_set_listing *listing = bf_set_get_listing(*part);
    if (bf_set_get_kind(*part) != BF_SET_IMAGES)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: images expected, %s found", set->spec, name,
                         bf_set_get_kind(*part) == BF_SET_FEATURES ? "features" : "statistics");
    if (own->n == 1)
        set->listing.array = listing->array;
    else if (!same_note(&set->listing.array, &listing->array))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: an array of other type or layout than the files before it",
                         set->spec, name);
    status = add_items(set, name, *part, err);
    if (status == FEAT_OK)
        status = add_names(set, &set->listing.left_out, name, &listing->left_out, err);
    if (status == FEAT_OK)
        status = add_names(set, &set->listing.by_content, name, &listing->by_content, err);
    own->first[own->n] = set->items.n;
    return status;
}

feat_status bf_set_join(bf_set *set, const char *base, const bf_items *names, const bf_set_how *how, feat_error *err)
{
    joined *own = set->own = feat_calloc(1, sizeof *own);
    set->ops = &bf_source_joined;
    set->kind = BF_SET_IMAGES;
    if (own == NULL)
        return no_memory(set, err);
    own->parts = feat_calloc(names->n, sizeof(bf_set *));
    own->first = feat_calloc(names->n + 1, sizeof *own->first);
    if (own->parts == NULL || own->first == NULL)
        return no_memory(set, err);
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < names->n && status == FEAT_OK; i++)
        status = add_part(set, base, names->item[i].name, how, err);
    bf_items_finish(&set->items, false);
    return status;
}

/* --- which files -------------------------------------------------------------------------------------- */

/* Whether a file's name, or its first bytes, say that it is a set of images by itself. */
bool bf_file_is_set(const char *name, const uint8_t *head, size_t n)
{
    static const char *const ends[] = {".bin", ".tar", ".zip", "-idx3-ubyte.gz", ".idx3-ubyte.gz"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (bf_ends_in(name, ends[i]))
            return true;
    return bf_picture_batch_is(head, n) || (bf_idx_is(head, n) && n > 3 && head[3] >= 3);
}

/* A name without its digits: equal ones are of files that belong together. */
static bool same_but_digits(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    for (;;) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b)
            return false;
        if (*a == 0)
            return true;
        a++;
        b++;
    }
}

/* The name with its digits as '*', each run of them one. */
static void put_pattern(char *to, size_t room, const char *name)
{
    size_t n = 0;
    for (; *name != 0 && n + 1 < room; name++) {
        bool digit = *name >= '0' && *name <= '9';
        if (!digit || n == 0 || to[n - 1] != '*')
            to[n++] = digit ? '*' : *name;
    }
    to[n] = 0;
}

feat_status bf_set_join_folder(bf_set *set, bf_items *names, const bf_set_how *how, feat_error *err)
{
    char pattern[128], other[128];
    bf_items_finish(names, true);
    const char *first = names->item[0].name;
    for (size_t i = 1; i < names->n; i++)
        if (!same_but_digits(first, names->item[i].name)) {
            put_pattern(pattern, sizeof pattern, first);
            put_pattern(other, sizeof other, names->item[i].name);
            return feat_fail(err, FEAT_ERR_FORMAT,
                             "%s: no images in it, but files that are sets, and not all of one name: %.60s and %.60s; "
                             "say which: '%.200s/%s' or '%.200s/%s' (in quotes)",
                             set->spec, first, names->item[i].name, set->spec, pattern, set->spec, other);
        }
    return bf_set_join(set, set->spec, names, how, err);
}

/* The last part of a path, where the pattern is. */
static const char *last_part(const char *spec)
{
    const char *slash = strrchr(spec, '/');
    return slash == NULL ? spec : slash + 1;
}

bool bf_spec_is_pattern(const char *spec)
{
    return strpbrk(last_part(spec), "*?[") != NULL;
}

/* The files of `folder` that the pattern fits. */
static feat_status read_names(const char *spec, const char *folder, DIR *dir, bf_items *names, feat_error *err)
{
    struct stat info;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL && errno != 0)
            return feat_fail(err, FEAT_ERR_IO, "%s: cannot list the folder: %s", folder, strerror(errno));
        if (entry == NULL)
            return FEAT_OK;
        if (fnmatch(last_part(spec), entry->d_name, FNM_PERIOD) != 0)
            continue;
        char *path = bf_path_join(folder, entry->d_name);
        bool good = path != NULL;
        if (good && stat(path, &info) == 0 && S_ISREG(info.st_mode))
            good = bf_items_add(names, entry->d_name, strlen(entry->d_name), names->n);
        feat_free(path);
        if (!good)
            return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the files", spec);
    }
}

/* These in bytewise order. `folder` is to be released. */
static feat_status find_files(const char *spec, char **folder, bf_items *names, feat_error *err)
{
    *folder = bf_path_dir(spec);
    if (*folder == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the files", spec);
    DIR *dir = opendir((*folder)[0] == 0 ? "." : *folder);
    if (dir == NULL)
        return feat_fail(err, FEAT_ERR_IO, "%s: cannot open the folder: %s", *folder, strerror(errno));
    feat_status status = read_names(spec, *folder, dir, names, err);
    closedir(dir);
    bf_items_finish(names, true);
    return status;
}

bool bf_pattern_is_there(const char *spec)
{
    char *folder = NULL;
    bf_items names = {0};
    bool found = find_files(spec, &folder, &names, NULL) == FEAT_OK && names.n > 0;
    bf_items_release(&names);
    feat_free(folder);
    return found;
}

static bool is_pattern(const bf_opening *o)
{
    return o->is_pattern;
}

static feat_status open_pattern(bf_set *set, const bf_opening *o, feat_error *err)
{
    char *folder = NULL;
    bf_items names = {0};
    feat_status status = find_files(set->spec, &folder, &names, err);
    if (status == FEAT_OK && names.n == 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: no file has such a name", set->spec);
    if (status == FEAT_OK)
        status = bf_set_join(set, folder, &names, o->how, err);
    bf_items_release(&names);
    feat_free(folder);
    return status;
}

/* --- asking ------------------------------------------------------------------------------------------- */

/* The part of an image; *index becomes its number there. */
static const bf_set *part_of(const bf_set *set, size_t *index)
{
    const joined *own = set->own;
    size_t low = 0, high = own->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (own->first[middle] <= *index)
            low = middle;
        else
            high = middle;
    }
    *index -= own->first[low];
    return own->parts[low];
}

static feat_status load_part(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const bf_set *part = part_of(set, &index);
    return bf_set_load_item(part, index, bytes, n, err);
}

static feat_status decode_part(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                               feat_error *err)
{
    const bf_set *part = part_of(set, &index);
    return bf_set_decode_item(part, index, bytes, n, image, err);
}

static const char *hint_of_part(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    const bf_set *part = part_of(set, &index);
    return bf_set_decode_hint(part, index, text);
}

static void close_joined(bf_set *set)
{
    joined *own = set->own;
    for (size_t i = 0; i < own->n; i++)
        bf_set_close(&own->parts[i]);
    feat_free(own->parts);
    feat_free(own->first);
    feat_free(own);
}

const bf_source_ops bf_source_joined = {
    .name = "several files",
    .is = is_pattern,
    .open = open_pattern,
    .load = load_part,
    .decode = decode_part,
    .hint = hint_of_part,
    .close = close_joined,
};
