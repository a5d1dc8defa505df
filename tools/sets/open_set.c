/* Opening a set: find out what the name stands for, by content; and the calls that do not care. */
#include "tools/sets/set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/base/not_fetched.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/sandbox.h"
#include "tools/sets/imageset_parts.h"

/* --- lists of names ----------------------------------------------------------------------------------- */

/* Makes room for one more of `size` bytes in a block of `room` such. */
static bool grow(void **block, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return true;
    size_t more = *room < 32 ? 64 : *room * 2;
    if (more < wanted)
        more = wanted;
    if (more > SIZE_MAX / 2 / size)
        return false;
    void *fresh = iv3_realloc(*block, more * size);
    if (fresh == NULL)
        return false;
    *block = fresh;
    *room = more;
    return true;
}

bool bf_items_add(bf_items *items, const char *name, size_t length, size_t member)
{
    void *text = items->text, *item = items->item;
    bool good = grow(&text, &items->text_room, items->text_used + length + 1, 1);
    items->text = text;
    good = good && grow(&item, &items->room, items->n + 1, sizeof *items->item);
    items->item = item;
    if (!good)
        return false;
    items->item[items->n++] = (bf_item){.name_at = items->text_used, .member = member};
    memcpy(items->text + items->text_used, name, length);
    items->text_used += length;
    items->text[items->text_used++] = '\0';
    return true;
}

static int by_name(const void *a, const void *b)
{
    const bf_item *x = a, *y = b;
    int order = strcmp(x->name, y->name); /* compares as unsigned bytes */
    if (order != 0)
        return order;
    return x->member < y->member ? -1 : x->member > y->member;
}

void bf_items_finish(bf_items *items, bool sorted)
{
    for (size_t i = 0; i < items->n; i++)
        items->item[i].name = items->text + items->item[i].name_at;
    if (sorted && items->n > 1)
        qsort(items->item, items->n, sizeof *items->item, by_name);
}

void bf_items_release(bf_items *items)
{
    iv3_free(items->text);
    iv3_free(items->item);
    *items = (bf_items){0};
}

/* --- opening ------------------------------------------------------------------------------------------ */

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* A regular file: told by its first bytes; the name only decides what the complaint is about. */
static iv3_status open_file(bf_set *set, iv3_error *err)
{
    uint8_t head[512] = {0};
    int fd = -1;
    uint64_t bytes = 0;
    iv3_status status = bf_file_open(&fd, &bytes, set->spec, err);
    size_t n = bytes < sizeof head ? (size_t)bytes : sizeof head;
    if (status == IV3_OK)
        status = bf_file_read_at(fd, head, n, 0, set->spec, err);
    bool is_cifar = false;
    if (status == IV3_OK)
        status = bf_set_is_cifar(&is_cifar, set->spec, fd, bytes, err);
    bf_file_close(&fd);
    if (status != IV3_OK)
        return status;
    if (n == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: the file is empty", set->spec);
    if (n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0)
        return bf_set_open_npy(set, err);
    if (is_cifar)
        return bf_set_open_cifar(set, err);
    const char *other = iv3_not_fetched(head, n);
    if (other != NULL)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: not a set but %s", set->spec, other);
    bool is_zip = n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0);
    if (is_zip || ends_in(set->spec, ".zip") || ends_in(set->spec, ".npz")) /* a program may be in front */
        return bf_set_open_zip(set, err);
    if (ends_in(set->spec, ".npy"))
        return bf_set_open_npy(set, err); /* which says what is wrong */
    return bf_set_fail_file(set->spec, head, n, err);
}

static iv3_status open_by_kind(bf_set *set, iv3_error *err)
{
    struct stat info;
    if (set->spec[0] == '@')
        return bf_set_open_list(set, err);
    if (set->spec[0] == '\0')
        return iv3_fail(err, IV3_ERR_IO, "an empty name was given for a set");
    const char *colon = strstr(set->spec, ".npz:");
    bool is_there = stat(set->spec, &info) == 0;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR) && colon != NULL)
        return bf_set_open_key(set, colon + 4, err);
    if (!is_there)
        return errno == ENOENT || errno == ENOTDIR
                   ? bf_set_fail_missing(set->spec, err)
                   : iv3_fail(err, IV3_ERR_IO, "%s: cannot stat: %s", set->spec, strerror(errno));
    return S_ISDIR(info.st_mode) ? bf_set_open_folder(set, err) : open_file(set, err);
}

iv3_status bf_set_open(bf_set **out, const char *spec, iv3_error *err)
{
    return bf_set_open_as(out, spec, false, err);
}

iv3_status bf_set_open_as(bf_set **out, const char *spec, bool prefer_stats, iv3_error *err)
{
    *out = NULL;
    bf_set *set = iv3_calloc(1, sizeof *set);
    if (set == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open the set", spec);
    set->array.fd = -1;
    set->prefer_stats = prefer_stats;
    set->spec = iv3_strdup(spec);
    iv3_status status = set->spec == NULL
                            ? iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open the set", spec)
                            : open_by_kind(set, err);
    if (status != IV3_OK)
        bf_set_close(&set);
    *out = set;
    return status;
}

iv3_status bf_set_open_names(bf_set **out, const char *spec, const bf_set_names *texts, size_t n_texts,
                             iv3_error *err)
{
    bf_set *set = *out = iv3_calloc(1, sizeof *set);
    bool good = set != NULL && (set->spec = iv3_strdup(spec)) != NULL;
    for (size_t t = 0; t < n_texts && good; t++) {
        const char *name = texts[t].text;
        for (size_t i = 0; i < texts[t].n && good; i++, name += strlen(name) + 1)
            good = bf_items_add(&set->items, name, strlen(name), i);
    }
    if (!good) {
        bf_set_close(out);
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for its names", spec);
    }
    set->array.fd = -1;
    set->kind = BF_SET_IMAGES;
    set->source = BF_SOURCE_NAMES;
    bf_items_finish(&set->items, false);
    return IV3_OK;
}

/* A member without an image's extension: by its first bytes. */
static iv3_status look_into(bf_set *set, size_t member, bool *is_image, iv3_error *err)
{
    uint8_t head[BF_HEAD_BYTES];
    size_t n = 0;
    iv3_status status = bf_zip_peek(set->zip, member, head, sizeof head, &n, err);
    *is_image = status == IV3_OK && bf_head_is_image(head, n);
    return status;
}

typedef enum told { TOLD_IMAGE, TOLD_NOTHING, TOLD_HIDDEN, TOLD_LITTER } told;

/* What a member's path says of it. What is hidden, itself or by a folder, may have been meant as an image. */
static told judge_path(const char *path)
{
    bool hidden = false;
    const char *name = path;
    for (const char *slash = strchr(path, '/'); slash != NULL; name = slash + 1, slash = strchr(name, '/')) {
        char folder[BF_FIRST_NAME_BYTES];
        size_t n = (size_t)(slash - name);
        snprintf(folder, sizeof folder, "%.*s", n < sizeof folder ? (int)n : 0, name);
        if (strcmp(folder, "__MACOSX") == 0 || (folder[0] == '.' && bf_name_is_litter(folder)))
            return TOLD_LITTER;
        hidden = hidden || folder[0] == '.';
    }
    bool image = bf_image_extension(name) != 0;
    hidden = hidden || name[0] == '.';
    if ((name[0] == '.' || !image) && bf_name_is_litter(name))
        return TOLD_LITTER;
    return hidden ? (image ? TOLD_HIDDEN : TOLD_LITTER) : image ? TOLD_IMAGE : TOLD_NOTHING;
}

/* The images of a zip; the rest of its members is passed over as in a folder. */
static iv3_status list_zip(bf_set *set, iv3_error *err)
{
    size_t n_other = 0;
    iv3_status status = IV3_OK;
    for (size_t i = 0; i < bf_zip_count(set->zip) && status == IV3_OK; i++) {
        const char *name = bf_zip_name(set->zip, i);
        size_t length = strlen(name);
        if (name[length - 1] == '/')
            continue;
        told what = judge_path(name);
        bool is_image = what == TOLD_IMAGE;
        if (what == TOLD_NOTHING)
            status = look_into(set, i, &is_image, err);
        if (is_image && !bf_items_add(&set->items, name, length, i))
            return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to list the archive", set->spec);
        if (is_image && what == TOLD_NOTHING)
            bf_first_names_add(&set->listing.by_content, name);
        else if (!is_image && what != TOLD_LITTER)
            bf_first_names_add(&set->listing.left_out, name);
        n_other += !is_image;
    }
    if (status != IV3_OK)
        return status;
    if (set->items.n == 0)
        return bf_set_fail_empty(set, n_other, err);
    bf_items_finish(&set->items, true);
    set->kind = BF_SET_IMAGES;
    set->source = BF_SOURCE_ZIP;
    return IV3_OK;
}

iv3_status bf_set_open_zip(bf_set *set, iv3_error *err)
{
    iv3_status status = bf_zip_open(&set->zip, set->spec, err);
    if (status != IV3_OK)
        return status;
    bool has_arrays = false, has_images = false;
    for (size_t i = 0; i < bf_zip_count(set->zip); i++) {
        const char *name = bf_zip_name(set->zip, i);
        has_arrays = has_arrays || ends_in(name, ".npy");
        has_images = has_images || bf_image_extension(name) != 0;
    }
    return has_arrays && !has_images ? bf_set_open_npz(set, err) : list_zip(set, err);
}

void bf_set_close(bf_set **set)
{
    if (set == NULL || *set == NULL)
        return;
    bf_set *s = *set;
    bf_array_close(&s->array);
    bf_frames_close(&s->frames);
    bf_zip_close(&s->zip);
    bf_items_release(&s->items);
    bf_classes_release(&s->classes);
    iv3_free(s->stats.mu);
    iv3_free(s->stats.sigma);
    iv3_free(s->spatial.mu);
    iv3_free(s->spatial.sigma);
    iv3_free(s->path);
    iv3_free(s->base);
    iv3_free(s->spec);
    iv3_free(s);
    *set = NULL;
}

/* --- images ------------------------------------------------------------------------------------------- */

const bf_set_listing *bf_set_get_listing(const bf_set *set)
{
    return &set->listing;
}

void bf_set_replace_listing(bf_set *set, const bf_set_listing *listing)
{
    set->listing = *listing;
}

bf_set_kind bf_set_get_kind(const bf_set *set)
{
    return set->kind;
}

const char *bf_set_spec(const bf_set *set)
{
    return set->spec;
}

bool bf_set_is_there(char *spec)
{
    struct stat info;
    char *colon = strstr(spec, ".npz:");
    bool found = stat(spec, &info) == 0;
    if (found || colon == NULL)
        return found;
    colon[4] = 0;
    found = stat(spec, &info) == 0;
    colon[4] = ':';
    return found;
}

const char *bf_set_path(const bf_set *set)
{
    return set->path != NULL ? set->path : set->spec;
}

size_t bf_set_count(const bf_set *set)
{
    if (set->kind == BF_SET_STATS)
        return set->n_stats;
    if (set->frames != NULL)
        return set->frames->ended ? set->frames->first + set->frames->n : BF_COUNT_UNKNOWN;
    return set->kind == BF_SET_FEATURES ? set->array.info.shape[0] : set->items.n;
}

const char *bf_set_item_name(const bf_set *set, size_t index)
{
    enum { AT_ONCE = 8 };
    static _Thread_local char names[AT_ONCE][24];
    static _Thread_local unsigned next;
    if (set->frames == NULL)
        return index < set->items.n ? set->items.item[index].name : "";
    char *name = names[next++ % AT_ONCE];
    snprintf(name, sizeof names[0], "#%zu", index);
    return name;
}

/* What a reader said of a file that is beyond the limit, and how to raise that. */
static iv3_status too_long(iv3_error *err)
{
    if (err == NULL)
        return IV3_ERR_UNSUPPORTED;
    iv3_error said = *err;
    return iv3_fail(err, IV3_ERR_UNSUPPORTED, "%s; --limits file=N raises that", said.message);
}

/* The bytes of an image file. */
static iv3_status load(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, iv3_error *err)
{
    const bf_item *item = &set->items.item[index];
    size_t limit = (size_t)bf_limits_get()->file;
    if (set->source == BF_SOURCE_ZIP) {
        iv3_status status = bf_zip_read(set->zip, item->member, bytes, n, limit, err);
        return status == IV3_ERR_UNSUPPORTED && bf_zip_size(set->zip, item->member) > limit ? too_long(err) : status;
    }
    char *path = bf_path_join(set->base, item->name);
    if (path == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: %s: no memory to read the image", set->spec, item->name);
    iv3_status status = bf_file_read(bytes, n, path, limit, err);
    if (status == IV3_ERR_UNSUPPORTED)
        status = too_long(err);
    else if (status == IV3_ERR_IO && set->spec[0] == '@' && access(path, F_OK) != 0)
        status = iv3_fail(err, status, "%s: %s: not there; names are looked for in the " BF_LISTS_FOLDER ", '%s'",
                          set->spec, item->name, set->base[0] == '\0' ? "." : set->base);
    iv3_free(path);
    return status;
}

iv3_status bf_set_load_item(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, iv3_error *err)
{
    *bytes = NULL;
    *n = 0;
    if (set->kind != BF_SET_IMAGES || index >= bf_set_count(set))
        return iv3_fail(err, IV3_ERR_ARG, "%s: there is no image %zu", set->spec, index);
    if (set->source == BF_SOURCE_NAMES)
        return iv3_fail(err, IV3_ERR_ARG, "%s: only the names of its images are there", set->spec);
    if (set->source == BF_SOURCE_ARRAY)
        return bf_set_load_array_item(set, index, bytes, n, err);
    return load(set, index, bytes, n, err);
}

iv3_status bf_set_decode_item(const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                              bf_image *image, iv3_error *err)
{
    *image = (bf_image){0};
    if (set->source == BF_SOURCE_ARRAY)
        return bf_set_decode_array_item(set, index, bytes, n, image, err);
    return bf_sandbox_decode(image, bytes, n, set->spec, set->items.item[index].name, err);
}

const char *bf_set_decode_hint(const bf_set *set, size_t index, char text[96])
{
    if (set->source == BF_SOURCE_ARRAY)
        snprintf(text, 96, "array %zux%zux%zu", set->h, set->w, set->channels);
    else
        snprintf(text, 96, "%s", bf_named_tga(bf_set_item_name(set, index)) ? "tga" : "");
    return text;
}

iv3_status bf_set_read_image(const bf_set *set, size_t index, bf_image *image, iv3_error *err)
{
    *image = (bf_image){0};
    uint8_t *bytes = NULL;
    size_t n = 0;
    iv3_status status = bf_set_load_item(set, index, &bytes, &n, err);
    if (status == IV3_OK)
        status = bf_set_decode_item(set, index, bytes, n, image, err);
    iv3_free(bytes);
    return status;
}
