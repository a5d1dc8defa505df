/* Sets made of arrays: .npy and .npz with images, features or statistics; IDX files of images. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "engine/files/npy_read.h"
#include "tools/base/limits.h"
#include "tools/formats/idx.h"
#include "tools/images/image.h"
#include "tools/sets/set_pixels.h"
#include "tools/sets/set_source.h"

enum { CHUNK = 1024 };

typedef struct array_source {
    feat_archive *zip; /* of an .npz; must outlive the array */
    feat_array array;  /* images or features; of a file of statistics nothing */
    bf_pixels shape;   /* of images */
} array_source;

static const feat_array *array_of(const bf_set *set)
{
    const array_source *own = set->own;
    return &own->array;
}

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", set->spec);
}

/* --- images ------------------------------------------------------------------------------------------- */

static bool is_channels(size_t n)
{
    return n == 1 || n == 3 || n == 4;
}

/* [n][h][w][c], [n][c][h][w] where that is asked for, or [n][h][w] of grey ones; c is 1, 3 or 4. */
static feat_status find_shape(bf_pixels *shape, const feat_array *array, const bf_set_how *how, feat_error *err)
{
    const feat_npy_info *info = &array->info;
    const size_t *n = info->shape;
    char text[128];
    bool last = info->rank == 4 && is_channels(n[3]), first = info->rank == 4 && is_channels(n[1]);
    if (info->rank == 3 && n[2] == 3)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: one picture (%s); add an axis for the number: a[None]",
                         array->label, feat_npy_describe(text, sizeof text, info));
    if (first && !last && !how->channels_first)
        return feat_fail(err, FEAT_ERR_FORMAT,
                         "%s: channels must come last, %s found; give --layout nchw, or save a.transpose(0, 2, 3, 1)",
                         array->label, feat_npy_describe(text, sizeof text, info));
    if (info->rank != 3 && !last && !first)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: images must be [n][h][w][3], of bytes or by --range, %s found",
                         array->label, feat_npy_describe(text, sizeof text, info));
    if (info->rank == 3)
        *shape = (bf_pixels){.h = n[1], .w = n[2], .channels = 1};
    else if (how->channels_first && first)
        *shape = (bf_pixels){.h = n[2], .w = n[3], .channels = n[1], .channels_first = true};
    else
        *shape = (bf_pixels){.h = n[1], .w = n[2], .channels = n[3]};
    if (info->kind == 'f') {
        shape->float_bytes = info->item;
        shape->low = how->low;
        shape->high = how->high;
    }
    return FEAT_OK;
}

/* What is to be said of it. */
static void note_shape(bf_set *set, const bf_pixels *shape)
{
    bf_array_note *note = &set->listing.array;
    if (shape->float_bytes == 0 && !shape->channels_first && shape->channels != 4)
        return;
    snprintf(note->type, sizeof note->type, shape->float_bytes > 0 ? "float%zu" : "uint8", 8 * shape->float_bytes);
    note->n_channels = shape->channels;
    note->channels_first = shape->channels_first;
    note->has_range = shape->float_bytes > 0;
    note->low = shape->low;
    note->high = shape->high;
}

static feat_status use_images(bf_set *set, const bf_set_how *how, feat_error *err)
{
    array_source *own = set->own;
    const feat_npy_info *info = &own->array.info;
    const char *label = own->array.label;
    char text[128];
    feat_status status = find_shape(&own->shape, &own->array, how, err);
    size_t h = own->shape.h, w = own->shape.w;
    if (status != FEAT_OK)
        return status;
    if (info->fortran)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: images in Fortran order cannot be read; save numpy.ascontiguousarray(a)", label);
    if (info->n_items == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: no images in it (%s)", label,
                         feat_npy_describe(text, sizeof text, info));
    if (h > BF_MAX_SIDE || w > BF_MAX_SIDE || (uint64_t)h * w > bf_limits_get()->pixels)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: images of %zu x %zu pixels are too large%s", label,
                         w, h, bf_pixels_advice(text, w, h));
    note_shape(set, &own->shape);
    set->kind = BF_SET_IMAGES;
    return bf_items_number(&set->items, info->shape[0], set->spec, err);
}

static feat_status load_image(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const array_source *own = set->own;
    feat_status status = bf_pixels_room(&own->shape, set, index, bytes, n, err);
    if (status == FEAT_OK)
        status = feat_array_read(&own->array, *bytes, (uint64_t)index * *n, *n, err);
    if (status != FEAT_OK) {
        feat_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

static feat_status decode_image(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                                feat_error *err)
{
    const array_source *own = set->own;
    return bf_pixels_decode(&own->shape, set, index, bytes, n, image, err);
}

static const char *hint_of_image(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    const array_source *own = set->own;
    (void)index;
    return bf_pixels_hint(&own->shape, text);
}

/* --- features ----------------------------------------------------------------------------------------- */

static feat_status use_features(bf_set *set, feat_error *err)
{
    const feat_array *array = array_of(set);
    const feat_npy_info *info = &array->info;
    char text[128];
    if (info->shape[0] == 0 || info->shape[1] == 0)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: an empty matrix (%s)", array->label,
                         feat_npy_describe(text, sizeof text, info));
    set->kind = BF_SET_FEATURES;
    set->listing.unknown = true; /* but for what an .npz says */
    return FEAT_OK;
}

/* An array that is none of what a set can be: what to save instead. */
static feat_status fail_type(const bf_set *set, feat_error *err)
{
    const feat_array *array = array_of(set);
    const feat_npy_info *info = &array->info;
    char text[128];
    bool number = info->kind == 'f' || info->kind == 'i' || info->kind == 'u';
    if (number && info->rank >= 3)
        return bf_set_fail_values(array, err);
    return feat_fail(
        err, FEAT_ERR_FORMAT,
        "%s: images (uint8 [n][h][w][3]) or features (float16, float32 or float64 [n][d]) expected, %s found%s",
        array->label, feat_npy_describe(text, sizeof text, info),
        number && info->rank == 2 ? "; of features save a.astype('float32')" : "");
}

/* Takes the array for what its type and shape say. */
static feat_status use_array(bf_set *set, const bf_set_how *how, feat_error *err)
{
    const feat_npy_info *info = &array_of(set)->info;
    bool bytes = info->kind == 'u' && info->item == 1, floats = info->kind == 'f' && how->has_range;
    if ((bytes || floats) && info->rank >= 3)
        return use_images(set, how, err);
    if (info->kind == 'f' && info->rank == 2)
        return use_features(set, err);
    return fail_type(set, err);
}

size_t bf_set_feature_dim(const bf_set *set)
{
    return set->kind == BF_SET_FEATURES ? array_of(set)->info.shape[1] : 0;
}

static feat_status not_finite(const bf_set *set, size_t row, size_t column, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NUMERIC, "%s: row %zu, column %zu is NaN, infinite or beyond float32",
                     set->spec, row, column);
}

/* One run of `n` elements that lie side by side, from element `first` on, to out[0], out[step], ... */
static feat_status read_run(const bf_set *set, uint64_t first, size_t n, float *out, size_t step,
                            size_t *n_good, size_t *n_rounded, feat_error *err)
{
    uint8_t chunk[CHUNK * sizeof(float)];
    const feat_array *array = array_of(set);
    size_t item = array->info.item, per_chunk = sizeof chunk / item;
    for (*n_good = 0; *n_good < n;) {
        size_t count = n - *n_good < per_chunk ? n - *n_good : per_chunk;
        feat_status status = feat_array_read(array, chunk, (first + *n_good) * item, count * item, err);
        if (status != FEAT_OK)
            return status;
        size_t good = feat_npy_floats(out + *n_good * step, step, chunk, count, item, n_rounded);
        *n_good += good;
        if (good < count)
            return FEAT_OK;
    }
    return FEAT_OK;
}

feat_status bf_set_read_rows(const bf_set *set, size_t first, size_t n, float *out, size_t *n_rounded, feat_error *err)
{
    size_t d = bf_set_feature_dim(set), good = 0, unused = 0;
    size_t rows = set->kind == BF_SET_FEATURES ? array_of(set)->info.shape[0] : 0;
    if (n_rounded == NULL)
        n_rounded = &unused;
    if (first > rows || n > rows - first)
        return feat_fail(err, FEAT_ERR_ARG, "%s: rows %zu to %zu are not there (%zu rows)", set->spec, first,
                         first + n, rows);
    if (rows == 0)
        return FEAT_OK;
    if (!array_of(set)->info.fortran) {
        feat_status status = read_run(set, (uint64_t)first * d, n * d, out, 1, &good, n_rounded, err);
        if (status == FEAT_OK && good < n * d)
            status = not_finite(set, first + good / d, good % d, err);
        return status;
    }
    for (size_t column = 0; column < d; column++) {
        feat_status status = read_run(set, (uint64_t)column * rows + first, n, out + column, d, &good, n_rounded, err);
        if (status == FEAT_OK && good < n)
            status = not_finite(set, first + good, column, err);
        if (status != FEAT_OK)
            return status;
    }
    return FEAT_OK;
}

bool bf_set_has_doubles(const bf_set *set)
{
    return set->kind == BF_SET_FEATURES && array_of(set)->info.item == sizeof(double);
}

feat_status bf_set_read_doubles(const bf_set *set, double *out, feat_error *err)
{
    return feat_array_doubles(array_of(set), out, err);
}

/* NaN or infinity somewhere in a row. */
static bool is_finite(const float *row, size_t d)
{
    float sum = 0.0f; /* of x * 0 */
    for (size_t j = 0; j < d; j++)
        sum += row[j] * 0.0f;
    return sum == 0.0f;
}

feat_status bf_set_map_features(const bf_set *set, bf_rowstore **store, feat_error *err)
{
    const feat_array *a = array_of(set);
    size_t d = a->info.shape[1], n = a->info.shape[0];
    *store = NULL;
    if (set->taken != NULL || a->memory != NULL ||
        a->info.item != sizeof(float) || a->info.fortran || a->data_at % sizeof(float) != 0)
        return FEAT_OK;
    feat_status status = bf_rowstore_map(store, a->fd, a->data_at, n, d, set->spec, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        const float *row = bf_rowstore_rows(*store) + i * d;
        size_t column = 0;
        if (!is_finite(row, d)) {
            while (column < d && isfinite(row[column]))
                column++;
            status = not_finite(set, i, column, err);
        }
        if ((i + 1) % CHUNK == 0 || i + 1 == n)
            feat_mapped_done(row - i % CHUNK * d, (i % CHUNK + 1) * d * sizeof *row);
    }
    if (status != FEAT_OK)
        bf_rowstore_close(store);
    return status;
}

/* --- opening ------------------------------------------------------------------------------------------ */

/* NULL: no memory. */
static array_source *make_own(bf_set *set)
{
    array_source *own = set->own = feat_calloc(1, sizeof *own);
    set->ops = &bf_source_array;
    if (own != NULL)
        own->array.fd = -1;
    return own;
}

/* The member that holds images or features: arr_0, a usual name for features (ours and clean-fid's,
 * StudioGAN's, dgm-eval's), or the only one there is. */
static size_t find_main(const feat_archive *zip)
{
    static const char *const names[] = {"arr_0.npy", "feats.npy", "features.npy", "real_feats.npy",
                                        "reps.npy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t member = feat_archive_find(zip, names[i]);
        if (member != SIZE_MAX)
            return member;
    }
    return feat_archive_count(zip) == 1 ? 0 : SIZE_MAX;
}

static feat_status open_stats(bf_set *set, feat_error *err)
{
    array_source *own = set->own;
    feat_status status = bf_set_load_stats(set, own->zip, err);
    if (status == FEAT_OK)
        status = bf_set_load_origin(set, own->zip, 0, err);
    set->kind = BF_SET_STATS;
    feat_archive_close(&own->zip);
    return status;
}

/* Takes the array, and what is told of its rows if they are features. */
static feat_status use_member(bf_set *set, const bf_set_how *how, feat_error *err)
{
    const array_source *own = set->own;
    feat_status status = use_array(set, how, err);
    if (status == FEAT_OK && set->kind == BF_SET_FEATURES)
        status = bf_set_load_origin(set, own->zip, own->array.info.shape[0], err);
    return status;
}

feat_status bf_set_open_npz(bf_set *set, feat_archive *zip, const bf_opening *o, feat_error *err)
{
    array_source *own = make_own(set);
    if (own == NULL) {
        feat_archive_close(&zip);
        return no_memory(set, err);
    }
    own->zip = zip;
    size_t member = find_main(zip);
    bool has_stats = bf_stats_are_there(zip);
    char found[256];
    if (has_stats && (member == SIZE_MAX || o->how->prefer_stats))
        return open_stats(set, err);
    if (member != SIZE_MAX) {
        feat_status status = feat_array_open_member(&own->array, zip, member, err);
        if (status == FEAT_OK)
            status = use_member(set, o->how, err);
        if (status == FEAT_OK && has_stats)
            status = bf_set_load_stats(set, zip, err);
        return status;
    }
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: arr_0 (images), mu and sigma (statistics) or features expected in it, found %s; %s:KEY takes "
                     "the array KEY",
                     set->spec, feat_archive_list(zip, found, sizeof found), set->spec);
}

/* FILE.npz:KEY, the array KEY of it. */
static feat_status open_key(bf_set *set, const bf_opening *o, feat_error *err)
{
    array_source *own = set->own;
    char member[160], found[256];
    const char *key = o->colon + 1;
    set->path = feat_strdup(set->spec);
    if (set->path == NULL)
        return no_memory(set, err);
    set->path[o->colon - o->spec] = 0;
    snprintf(member, sizeof member, "%.150s.npy", key);
    feat_status status = bf_zip_open(&own->zip, set->path, err);
    size_t at = status == FEAT_OK ? feat_archive_find(own->zip, member) : SIZE_MAX;
    if (status == FEAT_OK && at == SIZE_MAX)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: has no array '%.100s'; found %s", set->path, key,
                           feat_archive_list(own->zip, found, sizeof found));
    if (status == FEAT_OK)
        status = feat_array_open_member(&own->array, own->zip, at, err);
    /* What the file says of its features it does not say of any other array. */
    if (status == FEAT_OK)
        status = at == find_main(own->zip) ? use_member(set, o->how, err) : use_array(set, o->how, err);
    return status;
}

/* Something that ends in .npy and is none: reading it says what is wrong. */
static bool is_array(const bf_opening *o)
{
    bool marked = o->n_head >= 6 && memcmp(o->head, "\x93NUMPY", 6) == 0;
    return o->colon != NULL || marked || bf_idx_is(o->head, o->n_head) ||
           (bf_ends_in(o->spec, ".npy") && !bf_opening_is_zip(o));
}

static feat_status open_array(bf_set *set, const bf_opening *o, feat_error *err)
{
    array_source *own = make_own(set);
    if (own == NULL)
        return no_memory(set, err);
    if (o->colon != NULL)
        return open_key(set, o, err);
    feat_status status = bf_idx_is(o->head, o->n_head) ? bf_array_open_idx(&own->array, set->spec, err)
                                                       : feat_array_open_file(&own->array, set->spec, err);
    return status == FEAT_OK ? use_array(set, o->how, err) : status;
}

static size_t count_rows(const bf_set *set)
{
    return set->kind == BF_SET_STATS      ? bf_stats_count(set->stats)
           : set->kind == BF_SET_FEATURES ? array_of(set)->info.shape[0]
                                          : set->items.n;
}

static void close_array(bf_set *set)
{
    array_source *own = set->own;
    feat_array_close(&own->array);
    feat_archive_close(&own->zip);
    feat_free(own);
}

const bf_source_ops bf_source_array = {
    .name = "array",
    .is = is_array,
    .open = open_array,
    .load = load_image,
    .decode = decode_image,
    .hint = hint_of_image,
    .count = count_rows,
    .close = close_array,
};
