/* Sets made of a folder, with all below it. */
#define _DEFAULT_SOURCE /* d_type: no stat for each of a million files */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/sets/set_source.h"

/* More folders than this are taken for a mistake. */
enum { MAX_FOLDERS = 10000000 };

/* A folder waiting to be read or already read; `parent` leads to the root, which is its own parent. */
typedef struct folder {
    size_t parent, depth;
    dev_t device;
    ino_t inode;
} folder;

typedef struct walk {
    bf_set *set;
    bf_items names; /* folders' relative paths ("" for the root), in the order of finding */
    folder *folders;
    size_t room;
    size_t n_other; /* files that are no images */
    bf_items sets;  /* of these, in the folder itself, those that are sets by themselves */
} walk;

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to list the images", set->spec);
}

/* A folder that is one of its own ancestors (through a symbolic link) is left out: in which order folders are
 * found does not matter then. */
static bool is_own_ancestor(const walk *w, size_t parent, const struct stat *info)
{
    for (size_t i = parent;; i = w->folders[i].parent) {
        if (w->folders[i].device == info->st_dev && w->folders[i].inode == info->st_ino)
            return true;
        if (i == 0)
            return false;
    }
}

static feat_status add_folder(walk *w, const char *path, size_t parent, const struct stat *info,
                              feat_error *err)
{
    size_t n = w->names.n;
    if (n > 0 && is_own_ancestor(w, parent, info))
        return FEAT_OK;
    size_t depth = n == 0 ? 0 : w->folders[parent].depth + 1;
    if (depth > bf_limits_get()->depth || n >= MAX_FOLDERS)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: folders nested too deep (at most %llu; --limits depth=N raises "
                         "that) or too many at %s",
                         w->set->spec, (unsigned long long)bf_limits_get()->depth, path);
    if (n == w->room) {
        folder *fresh = feat_realloc(w->folders, (w->room * 2 + 16) * sizeof *fresh);
        if (fresh == NULL)
            return no_memory(w->set, err);
        w->folders = fresh;
        w->room = w->room * 2 + 16;
    }
    if (!bf_items_add(&w->names, path, strlen(path), 0))
        return no_memory(w->set, err);
    w->folders[n] = (folder){.parent = parent, .depth = depth, .device = info->st_dev, .inode = info->st_ino};
    return FEAT_OK;
}

/* The first bytes of a file, *n of them; none of one that may not be opened. That it cannot be read is an error: what
 * the set is would depend on it. */
static feat_status read_head(const walk *w, int folder_fd, const char *name, const char *path,
                             uint8_t head[BF_HEAD_BYTES], size_t *n, feat_error *err)
{
    struct stat info;
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    feat_status status = FEAT_OK;
    *n = 0;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *n = info.st_size < BF_HEAD_BYTES ? (size_t)info.st_size : BF_HEAD_BYTES;
        char where[512];
        snprintf(where, sizeof where, "%s: %s", w->set->spec, path);
        status = bf_file_read_at(fd, head, *n, 0, where, err);
    }
    bf_file_close(&fd);
    return status;
}

static feat_status add_image(walk *w, const char *path, feat_error *err)
{
    return bf_items_add(&w->set->items, path, strlen(path), w->set->items.n) ? FEAT_OK : no_memory(w->set, err);
}

/* Something whose name does not say that it is an image. */
static feat_status visit_other(walk *w, int folder_fd, const char *name, const char *path, bool regular,
                               feat_error *err)
{
    uint8_t head[BF_HEAD_BYTES];
    size_t n = 0;
    bool litter = bf_name_is_litter(name);
    feat_status status = litter || !regular ? FEAT_OK : read_head(w, folder_fd, name, path, head, &n, err);
    if (status != FEAT_OK)
        return status;
    if (bf_head_is_image(head, n)) {
        bf_first_names_add(&w->set->listing.by_content, path);
        return add_image(w, path, err);
    }
    if (!litter && regular && strchr(path, '/') == NULL && bf_file_is_set(name, head, n)) {
        if (!bf_items_add(&w->sets, path, strlen(path), 0))
            return no_memory(w->set, err);
    } else if (!litter) {
        bf_first_names_add(&w->set->listing.left_out, path);
    }
    w->n_other++;
    return FEAT_OK;
}

/* One entry of folder number `at`, whose path relative to the root is `path`. */
static feat_status visit(walk *w, int folder_fd, size_t at, const char *name, const char *path, int type,
                         feat_error *err)
{
    struct stat info;
    int image = bf_image_extension(name);
    if (type != DT_REG && fstatat(folder_fd, name, &info, 0) == 0) {
        if (S_ISDIR(info.st_mode))
            return add_folder(w, path, at, &info, err);
        type = S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
    }
    /* A dangling link or a device with an image's name stays in the list, and fails when it is read. */
    return image != 0 ? add_image(w, path, err) : visit_other(w, folder_fd, name, path, type == DT_REG, err);
}

/* Hidden entries are no part of the set; what may have been meant as one is counted: a folder, an image. */
static feat_status visit_hidden(walk *w, int folder_fd, const char *name, const char *path, feat_error *err)
{
    struct stat info;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || bf_name_is_litter(name))
        return FEAT_OK;
    if (fstatat(folder_fd, name, &info, 0) == 0 && S_ISDIR(info.st_mode)) {
        char *slashed = bf_path_join(path, "");
        if (slashed == NULL)
            return no_memory(w->set, err);
        bf_first_names_add(&w->set->listing.left_out, slashed);
        feat_free(slashed);
    } else if (bf_image_extension(name) != 0) {
        bf_first_names_add(&w->set->listing.left_out, path);
    }
    return FEAT_OK;
}

static feat_status read_entries(walk *w, DIR *dir, size_t at, const char *relative, feat_error *err)
{
    feat_status status = FEAT_OK;
    while (status == FEAT_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL && errno != 0)
            return feat_fail(err, FEAT_ERR_IO, "%s/%s: cannot list the folder: %s", w->set->spec, relative,
                             strerror(errno));
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, "__MACOSX") == 0)
            continue;
        char *path = bf_path_join(relative, entry->d_name);
        if (path == NULL)
            return no_memory(w->set, err);
        status = entry->d_name[0] == '.' ? visit_hidden(w, dirfd(dir), entry->d_name, path, err)
                                         : visit(w, dirfd(dir), at, entry->d_name, path, entry->d_type, err);
        feat_free(path);
    }
    return status;
}

static feat_status read_folder(walk *w, size_t at, feat_error *err)
{
    char *relative = feat_strdup(w->names.text + w->names.item[at].name_at); /* the list may move */
    char *path = relative == NULL ? NULL : bf_path_join(w->set->spec, relative);
    DIR *dir = path == NULL ? NULL : opendir(path);
    feat_status status;
    if (path == NULL)
        status = no_memory(w->set, err);
    else if (dir == NULL)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot open the folder: %s", path, strerror(errno));
    else
        status = read_entries(w, dir, at, relative, err);
    if (dir != NULL)
        closedir(dir);
    feat_free(path);
    feat_free(relative);
    return status;
}

static bool is_folder(const bf_opening *o)
{
    return o->is_folder;
}

static feat_status open_folder(bf_set *set, const bf_opening *o, feat_error *err)
{
    walk w = {.set = set};
    struct stat info;
    set->kind = BF_SET_IMAGES;
    feat_status status = FEAT_OK;
    if (stat(o->spec, &info) != 0)
        status = feat_fail(err, FEAT_ERR_IO, "%s: cannot stat: %s", o->spec, strerror(errno));
    else
        status = add_folder(&w, "", 0, &info, err);
    for (size_t i = 0; status == FEAT_OK && i < w.names.n; i++)
        status = read_folder(&w, i, err);
    bf_items_release(&w.names);
    feat_free(w.folders);
    if (status == FEAT_OK && set->items.n == 0 && w.sets.n > 0) {
        status = bf_set_join_folder(set, &w.sets, o->how, err);
        bf_items_release(&w.sets);
        return status;
    }
    bf_items_finish(&w.sets, false);
    for (size_t i = 0; i < w.sets.n; i++)
        bf_first_names_add(&set->listing.left_out, w.sets.item[i].name);
    bf_items_release(&w.sets);
    if (status == FEAT_OK && set->items.n == 0)
        status = bf_set_fail_empty(set, w.n_other, err);
    bf_items_finish(&set->items, true);
    for (size_t i = 0; i < set->items.n; i++)
        set->listing.in_subfolders += strchr(set->items.item[i].name, '/') != NULL;
    return status;
}

static feat_status load_from_folder(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    return bf_set_load_file(set, set->spec, index, bytes, n, err);
}

static feat_status read_beside(const bf_set *set, const char *name, size_t limit, uint8_t **bytes, size_t *n,
                               feat_error *err)
{
    struct stat info;
    char *path = bf_path_join(set->spec, name);
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the classes of %s", set->spec);
    feat_status status = FEAT_OK;
    if (stat(path, &info) == 0 || errno != ENOENT)
        status = bf_file_read(bytes, n, path, limit, err);
    feat_free(path);
    return status;
}

const bf_source_ops bf_source_folder = {
    .name = "folder",
    .is = is_folder,
    .open = open_folder,
    .load = load_from_folder,
    .decode = bf_set_decode_file,
    .hint = bf_set_file_hint,
    .read_beside = read_beside,
};
