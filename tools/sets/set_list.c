/* Sets made of a list: @LIST.txt with one path a line, relative to the folder of the list; of images, or of files that
 * are sets by themselves. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/sets/missing.h"
#include "tools/sets/set_source.h"

static const size_t MAX_LIST = (size_t)1 << 30;

/* set->own: the folder the names are relative to, a string. */
static const char *base_of(const bf_set *set)
{
    return set->own;
}

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the images", set->spec);
}

static bool is_list(const bf_opening *o)
{
    return o->spec[0] == '@';
}

/* Whether the first file of the list is a set by itself: then all are. One that cannot be read is an image's. */
static bool names_sets(const bf_set *set)
{
    uint8_t head[BF_HEAD_BYTES] = {0};
    uint64_t bytes = 0;
    int fd = -1;
    const char *name = set->items.item[0].name;
    if (bf_image_extension(name) != 0)
        return false;
    if (bf_file_is_set(name, head, 0) || bf_ends_in(name, ".npy") || bf_ends_in(name, ".npz"))
        return true;
    char *path = bf_path_join(base_of(set), name);
    if (path != NULL && bf_file_open(&fd, &bytes, path, NULL) == FEAT_OK) {
        size_t n = bytes < sizeof head ? (size_t)bytes : sizeof head;
        bytes = bf_file_read_at(fd, head, n, 0, path, NULL) == FEAT_OK ? n : 0;
    }
    bf_file_close(&fd);
    feat_free(path);
    return bf_file_is_set(name, head, (size_t)bytes);
}

/* What the list names as one set. */
static feat_status join_files(bf_set *set, const bf_set_how *how, feat_error *err)
{
    char *base = set->own;
    bf_items names = set->items;
    set->own = NULL;
    set->items = (bf_items){0};
    feat_status status = bf_set_join(set, base, &names, how, err);
    bf_items_release(&names);
    feat_free(base);
    return status;
}

static feat_status open_list(bf_set *set, const bf_opening *o, feat_error *err)
{
    const char *path = o->spec + 1;
    uint8_t *bytes = NULL;
    size_t n = 0;
    set->kind = BF_SET_IMAGES;
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return bf_set_fail_missing(path, err);
    feat_status status = bf_file_read(&bytes, &n, path, MAX_LIST, err);
    if (status != FEAT_OK)
        return status;
    set->own = bf_path_dir(path);
    if (set->own == NULL)
        status = no_memory(set, err);
    else if (memchr(bytes, '\0', n) != NULL)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: not a list of paths (it has zero bytes)", path);
    const char *p = (const char *)bytes, *end = p + n;
    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) /* the mark some editors put in front of UTF-8 */
        p += 3;
    while (status == FEAT_OK && p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop == NULL ? end : stop;
        size_t length = (size_t)(stop - p);
        length -= length > 0 && p[length - 1] == '\r';
        if (length > 0 && p[0] != '#' && !bf_items_add(&set->items, p, length, set->items.n))
            status = no_memory(set, err);
        p = stop + (stop < end);
    }
    feat_free(bytes);
    if (status == FEAT_OK && set->items.n == 0)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: the list is empty (one path per line expected)", path);
    bf_items_finish(&set->items, false);
    return status == FEAT_OK && names_sets(set) ? join_files(set, o->how, err) : status;
}

static feat_status load_listed(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const char *base = base_of(set), *name = set->items.item[index].name;
    feat_status status = bf_set_load_file(set, base, index, bytes, n, err);
    if (status != FEAT_ERR_IO)
        return status;
    char *path = bf_path_join(base, name);
    bool missing = path != NULL && access(path, F_OK) != 0;
    feat_free(path);
    if (missing)
        return feat_fail(err, status, "%s: %s: not there; names are looked for in the " BF_LISTS_FOLDER ", '%s'",
                         set->spec, name, base[0] == '\0' ? "." : base);
    return status;
}

static void close_list(bf_set *set)
{
    feat_free(set->own);
}

const bf_source_ops bf_source_list = {
    .name = "list",
    .is = is_list,
    .open = open_list,
    .load = load_listed,
    .decode = bf_set_decode_file,
    .hint = bf_set_file_hint,
    .close = close_list,
};
