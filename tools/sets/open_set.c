/* Opening a set: find out what the name stands for, by content; and the calls that do not care. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"
#include "engine/files/not_fetched.h"
#include "tools/base/files.h"
#include "tools/images/room.h"
#include "tools/sets/missing.h"
#include "tools/sets/set.h"
#include "tools/sets/set_source.h"

/* --- opening ------------------------------------------------------------------------------------------ */

/* In the order of asking. Frames and mere names are opened by calls of their own. */
static const bf_source_ops *const sources[] = {
    &bf_source_list,    &bf_source_joined, &bf_source_folder, &bf_source_records,
    &bf_source_pickled, &bf_source_array,  &bf_source_zip,    &bf_source_tar,
};

bool bf_ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

bool bf_opening_is_zip(const bf_opening *o)
{
    return o->n_head >= 4 && (memcmp(o->head, "PK\3\4", 4) == 0 || memcmp(o->head, "PK\5\6", 4) == 0);
}

/* A regular file: its first bytes. */
static feat_status look_into_file(bf_opening *o, feat_error *err)
{
    int fd = -1;
    feat_status status = bf_file_open(&fd, &o->bytes, o->spec, err);
    o->n_head = o->bytes < sizeof o->head ? (size_t)o->bytes : sizeof o->head;
    if (status == FEAT_OK)
        status = bf_file_read_at(fd, o->head, o->n_head, 0, o->spec, err);
    bf_file_close(&fd);
    if (status != FEAT_OK)
        return status;
    if (o->n_head == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: the file is empty", o->spec);
    const char *other = feat_not_fetched(o->head, o->n_head);
    return other == NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_FORMAT, "%s: not a set but %s", o->spec, other);
}

/* What stands under the name. */
static feat_status look(bf_opening *o, feat_error *err)
{
    struct stat info;
    if (bf_source_list.is(o)) /* the name says all */
        return FEAT_OK;
    if (o->spec[0] == '\0')
        return feat_fail(err, FEAT_ERR_IO, "an empty name was given for a set");
    const char *npz = strstr(o->spec, ".npz:");
    bool is_there = stat(o->spec, &info) == 0;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR) && npz != NULL) {
        o->colon = npz + 4;
        return FEAT_OK;
    }
    if (!is_there && errno == ENOENT && bf_spec_is_pattern(o->spec)) {
        o->is_pattern = true;
        return FEAT_OK;
    }
    if (!is_there)
        return errno == ENOENT || errno == ENOTDIR
                   ? bf_set_fail_missing(o->spec, err)
                   : feat_fail(err, FEAT_ERR_IO, "%s: cannot stat: %s", o->spec, strerror(errno));
    o->is_folder = S_ISDIR(info.st_mode);
    return o->is_folder ? FEAT_OK : look_into_file(o, err);
}

/* The first source that the name is of. */
static feat_status open_source(bf_set *set, const bf_set_how *how, feat_error *err)
{
    bf_opening o = {.spec = set->spec, .how = how};
    feat_status status = look(&o, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i]->is(&o)) {
            set->ops = sources[i];
            return set->ops->open(set, &o, err);
        }
    return bf_set_fail_file(set->spec, o.head, o.n_head, err);
}

feat_status bf_set_open(bf_set **out, const char *spec, feat_error *err)
{
    const bf_set_how usual = {.prefer_stats = false};
    return bf_set_open_as(out, spec, &usual, err);
}

/* ref:NAME: its file, which is opened as any; from then on the set is called by its name. */
static feat_status open_reference(bf_set *set, const bf_set_how *how, feat_error *err)
{
    char *name = set->spec;
    feat_status status = bf_reference_find(&set->reference, name, err);
    if (status != FEAT_OK)
        return status;
    set->spec = feat_strdup(set->reference.path);
    if (set->spec == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", name);
    else
        status = open_source(set, how, err);
    feat_free(set->spec);
    set->spec = name;
    return status;
}

feat_status bf_set_open_as(bf_set **out, const char *spec, const bf_set_how *how, feat_error *err)
{
    *out = NULL;
    bf_set *set = feat_calloc(1, sizeof *set);
    if (set == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", spec);
    set->spec = feat_strdup(spec);
    feat_status status = set->spec == NULL
                        ? feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the set", spec)
                        : bf_reference_is(spec) ? open_reference(set, how, err)
                                                : open_source(set, how, err);
    if (status != FEAT_OK)
        bf_set_close(&set);
    *out = set;
    return status;
}

void bf_set_close(bf_set **set)
{
    if (set == NULL || *set == NULL)
        return;
    bf_set *s = *set;
    if (s->own != NULL && s->ops->close != NULL)
        s->ops->close(s);
    bf_items_release(&s->items);
    bf_classes_release(&s->classes);
    bf_stats_release(s->stats);
    bf_reference_release(&s->reference);
    feat_free(s->taken);
    feat_free(s->path);
    feat_free(s->spec);
    feat_free(s);
    *set = NULL;
}

/* --- asking ------------------------------------------------------------------------------------------- */

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
    if (!found && bf_spec_is_pattern(spec) && bf_pattern_is_there(spec))
        return true;
    if (found || colon == NULL)
        return found;
    colon[4] = 0;
    found = stat(spec, &info) == 0;
    colon[4] = ':';
    return found;
}

const char *bf_set_path(const bf_set *set)
{
    return set->path != NULL ? set->path : set->reference.path != NULL ? set->reference.path : set->spec;
}

const bf_reference *bf_set_reference(const bf_set *set)
{
    return set->reference.path != NULL ? &set->reference : NULL;
}

size_t bf_set_count(const bf_set *set)
{
    if (set->taken != NULL)
        return set->n_taken;
    return set->ops->count != NULL ? set->ops->count(set) : set->items.n;
}

const char *bf_set_item_name(const bf_set *set, size_t index)
{
    index = bf_set_place(set, index);
    if (set->ops->item_name != NULL)
        return set->ops->item_name(set, index);
    return index < set->items.n ? set->items.item[index].name : "";
}

feat_status bf_set_load_item(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    *bytes = NULL;
    *n = 0;
    if (set->kind != BF_SET_IMAGES || index >= bf_set_count(set))
        return feat_fail(err, FEAT_ERR_ARG, "%s: there is no image %zu", set->spec, index);
    feat_status status = set->ops->load(set, bf_set_place(set, index), bytes, n, err);
    if (status != FEAT_OK)
        bf_room_file_done();
    return status;
}

void bf_set_free_item(uint8_t *bytes)
{
    feat_free(bytes);
    bf_room_file_done();
}

feat_status bf_set_decode_item(const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                               bf_image *image, feat_error *err)
{
    *image = (bf_image){0};
    return set->ops->decode(set, bf_set_place(set, index), bytes, n, image, err);
}

const char *bf_set_decode_hint(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    return set->ops->hint(set, bf_set_place(set, index), text);
}

feat_status bf_set_read_features(const bf_set *set, size_t first, size_t n, float *out, size_t *n_rounded,
                                 feat_error *err)
{
    feat_status status = FEAT_OK;
    size_t d = bf_set_feature_dim(set);
    if (set->taken == NULL)
        return bf_set_read_rows(set, first, n, out, n_rounded, err);
    if (first > set->n_taken || n > set->n_taken - first)
        return feat_fail(err, FEAT_ERR_ARG, "%s: rows %zu to %zu are not there (%zu rows)", set->spec, first, first + n,
                         set->n_taken);
    for (size_t i = 0; i < n && status == FEAT_OK; i++)
        status = bf_set_read_rows(set, set->taken[first + i], 1, out + i * d, n_rounded, err);
    return status;
}

feat_status bf_set_take(bf_set *set, uint64_t n, uint64_t seed, size_t number, feat_error *err)
{
    size_t count = bf_set_count(set);
    uint64_t state = seed + number * UINT64_C(0x9E3779B97F4A7C15);
    if (bf_set_is_stream(set))
        return feat_fail(err, FEAT_ERR_ARG,
                         "-: --take draws from a set whose size is known, and a pipe has none; write the frames to an "
                         ".npy");
    if (set->kind == BF_SET_STATS)
        return FEAT_OK;
    if (n > count)
        return feat_fail(err, FEAT_ERR_ARG, "%s: --take %llu: the set has %zu %s", set->spec, (unsigned long long)n,
                         count, set->kind == BF_SET_IMAGES ? "images" : "rows");
    set->taken = feat_alloc_array((size_t)n, sizeof *set->taken);
    if (set->taken == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to draw images", set->spec);
    bf_stats_release(set->stats); /* they are of the whole set */
    set->stats = NULL;
    for (size_t i = 0, left = count; left > 0; i++, left--)
        if (feat_splitmix64(&state) % left < n - set->n_taken)
            set->taken[set->n_taken++] = i;
    return FEAT_OK;
}

feat_status bf_set_read_image(const bf_set *set, size_t index, bf_image *image, feat_error *err)
{
    *image = (bf_image){0};
    uint8_t *bytes = NULL;
    size_t n = 0;
    feat_status status = bf_set_load_item(set, index, &bytes, &n, err);
    if (status == FEAT_OK)
        status = bf_set_decode_item(set, index, bytes, n, image, err);
    bf_set_free_item(bytes);
    return status;
}
