/* Sets made of arrays: .npy and .npz with images, features or statistics. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/sets/imageset_parts.h"

enum { MAX_DIM = 65536, CHUNK = 1024 };

static iv3_status no_memory(const bf_set *set, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory to open the array", set->spec);
}

/* --- images ------------------------------------------------------------------------------------------- */

iv3_status bf_set_number_items(bf_set *set, size_t n, iv3_error *err)
{
    char name[32];
    for (size_t i = 0; i < n; i++) {
        int length = snprintf(name, sizeof name, "#%zu", i);
        if (!bf_items_add(&set->items, name, (size_t)length, i))
            return no_memory(set, err);
    }
    bf_items_finish(&set->items, false);
    return IV3_OK;
}

/* uint8 [n][h][w][3], [n][h][w][1] or [n][h][w]. */
static iv3_status use_images(bf_set *set, iv3_error *err)
{
    const bf_npy_info *info = &set->array.info;
    const char *label = set->array.label;
    char text[128];
    size_t last = info->rank > 0 ? info->shape[info->rank - 1] : 0;
    bool colour = info->rank == 4 && last == 3, grey = info->rank == 3 || (info->rank == 4 && last == 1);
    if (info->rank == 3 && last == 3)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: one picture (%s); add an axis for the number: a[None]",
                        label, bf_npy_describe(text, sizeof text, info));
    if (info->rank == 4 && info->shape[1] == 3 && !colour && !grey)
        return iv3_fail(err, IV3_ERR_FORMAT,
                        "%s: channels must come last, %s found; save a.transpose(0, 2, 3, 1)", label,
                        bf_npy_describe(text, sizeof text, info));
    if (!colour && !grey)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: images must be uint8 [n][h][w][3], %s found", label,
                        bf_npy_describe(text, sizeof text, info));
    if (info->fortran)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED,
                        "%s: images in Fortran order cannot be read; save numpy.ascontiguousarray(a)", label);
    if (info->n_items == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: no images in it (%s)", label,
                        bf_npy_describe(text, sizeof text, info));
    set->h = info->shape[1];
    set->w = info->shape[2];
    set->channels = colour ? 3 : 1;
    if (set->h > BF_MAX_SIDE || set->w > BF_MAX_SIDE || (uint64_t)set->h * set->w > bf_limits_get()->pixels)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED, "%s: images of %zu x %zu pixels are too large%s", label,
                        set->w, set->h, bf_pixels_advice(text, set->w, set->h));
    set->kind = BF_SET_IMAGES;
    set->source = BF_SOURCE_ARRAY;
    return bf_set_number_items(set, info->shape[0], err);
}

iv3_status bf_set_load_array_item(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, iv3_error *err)
{
    *n = set->h * set->w * set->channels;
    *bytes = iv3_alloc(*n);
    if (*bytes == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    iv3_status status = set->cifar            ? bf_set_load_cifar(set, index, *bytes, err)
                        : set->frames != NULL ? bf_set_load_frame(set, index, *bytes, err)
                                              : bf_array_read(&set->array, *bytes, (uint64_t)index * *n, *n, err);
    if (status != IV3_OK) {
        iv3_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

iv3_status bf_set_decode_array_item(const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                                    bf_image *image, iv3_error *err)
{
    size_t pixels = set->h * set->w;
    uint8_t *rgb = iv3_alloc(pixels * 3);
    if (rgb == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    if (set->channels == 3)
        memcpy(rgb, bytes, n);
    for (size_t i = 0; set->channels == 1 && i < pixels; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = bytes[i];
    *image =
        (bf_image){.rgb = rgb, .h = set->h, .w = set->w, .flags = set->channels == 1 ? BF_IMAGE_GREY : 0u};
    return IV3_OK;
}

/* --- features ----------------------------------------------------------------------------------------- */

static iv3_status use_features(bf_set *set, iv3_error *err)
{
    const bf_npy_info *info = &set->array.info;
    char text[128];
    if (info->shape[0] == 0 || info->shape[1] == 0)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: an empty matrix (%s)", set->array.label,
                        bf_npy_describe(text, sizeof text, info));
    set->kind = BF_SET_FEATURES;
    set->listing.unknown = true; /* but for what an .npz says */
    set->source = BF_SOURCE_ARRAY;
    set->dim = info->shape[1];
    return IV3_OK;
}

/* An array that is none of what a set can be: what to save instead. */
static iv3_status fail_type(const bf_set *set, iv3_error *err)
{
    const bf_npy_info *info = &set->array.info;
    char text[128];
    bool number = info->kind == 'f' || info->kind == 'i' || info->kind == 'u';
    if (number && info->rank >= 3)
        return bf_set_fail_values(set, err);
    return iv3_fail(
        err, IV3_ERR_FORMAT,
        "%s: images (uint8 [n][h][w][3]) or features (float16, float32 or float64 [n][d]) expected, %s found%s",
        set->array.label, bf_npy_describe(text, sizeof text, info),
        number && info->rank == 2 ? "; of features save a.astype('float32')" : "");
}

/* Takes set->array for what its type and shape say. */
static iv3_status use_array(bf_set *set, iv3_error *err)
{
    const bf_npy_info *info = &set->array.info;
    if (info->kind == 'u' && info->item == 1 && info->rank >= 3)
        return use_images(set, err);
    if (info->kind == 'f' && info->rank == 2)
        return use_features(set, err);
    return fail_type(set, err);
}

size_t bf_set_feature_dim(const bf_set *set)
{
    return set->kind == BF_SET_FEATURES ? set->dim : 0;
}

static iv3_status not_finite(const bf_set *set, size_t row, size_t column, iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_NUMERIC, "%s: row %zu, column %zu is NaN, infinite or beyond float32",
                    set->spec, row, column);
}

/* One run of `n` elements that lie side by side, from element `first` on, to out[0], out[step], ... */
static iv3_status read_run(const bf_set *set, uint64_t first, size_t n, float *out, size_t step,
                           size_t *n_good, size_t *n_rounded, iv3_error *err)
{
    uint8_t chunk[CHUNK * sizeof(float)];
    size_t item = set->array.info.item, per_chunk = sizeof chunk / item;
    for (*n_good = 0; *n_good < n;) {
        size_t count = n - *n_good < per_chunk ? n - *n_good : per_chunk;
        iv3_status status = bf_array_read(&set->array, chunk, (first + *n_good) * item, count * item, err);
        if (status != IV3_OK)
            return status;
        size_t good = bf_npy_floats(out + *n_good * step, step, chunk, count, item, n_rounded);
        *n_good += good;
        if (good < count)
            return IV3_OK;
    }
    return IV3_OK;
}

iv3_status bf_set_read_features(const bf_set *set, size_t first, size_t n, float *out, size_t *n_rounded,
                                iv3_error *err)
{
    size_t d = set->dim, rows = set->kind == BF_SET_FEATURES ? set->array.info.shape[0] : 0, good = 0, unused = 0;
    if (n_rounded == NULL)
        n_rounded = &unused;
    if (first > rows || n > rows - first)
        return iv3_fail(err, IV3_ERR_ARG, "%s: rows %zu to %zu are not there (%zu rows)", set->spec, first,
                        first + n, rows);
    if (!set->array.info.fortran) {
        iv3_status status = read_run(set, (uint64_t)first * d, n * d, out, 1, &good, n_rounded, err);
        if (status == IV3_OK && good < n * d)
            status = not_finite(set, first + good / d, good % d, err);
        return status;
    }
    for (size_t column = 0; column < d; column++) {
        iv3_status status = read_run(set, (uint64_t)column * rows + first, n, out + column, d, &good, n_rounded, err);
        if (status == IV3_OK && good < n)
            status = not_finite(set, first + good, column, err);
        if (status != IV3_OK)
            return status;
    }
    return IV3_OK;
}

bool bf_set_has_doubles(const bf_set *set)
{
    return set->kind == BF_SET_FEATURES && set->array.info.item == sizeof(double);
}

iv3_status bf_set_read_doubles(const bf_set *set, double *out, iv3_error *err)
{
    return bf_array_doubles(&set->array, out, err);
}

/* NaN or infinity somewhere in a row. */
static bool is_finite(const float *row, size_t d)
{
    float sum = 0.0f; /* of x * 0 */
    for (size_t j = 0; j < d; j++)
        sum += row[j] * 0.0f;
    return sum == 0.0f;
}

iv3_status bf_set_map_features(const bf_set *set, bf_rowstore **store, iv3_error *err)
{
    const bf_array *a = &set->array;
    size_t d = set->dim, n = a->info.shape[0];
    *store = NULL;
    if (a->memory != NULL || a->info.item != sizeof(float) || a->info.fortran || a->data_at % sizeof(float) != 0)
        return IV3_OK;
    iv3_status status = bf_rowstore_map(store, a->fd, a->data_at, n, d, set->spec, err);
    for (size_t i = 0; i < n && status == IV3_OK; i++) {
        const float *row = bf_rowstore_rows(*store) + i * d;
        size_t column = 0;
        if (!is_finite(row, d)) {
            while (column < d && isfinite(row[column]))
                column++;
            status = not_finite(set, i, column, err);
        }
        if ((i + 1) % CHUNK == 0 || i + 1 == n)
            iv3_mapped_done(row - i % CHUNK * d, (i % CHUNK + 1) * d * sizeof *row);
    }
    if (status != IV3_OK)
        bf_rowstore_close(store);
    return status;
}

/* --- statistics --------------------------------------------------------------------------------------- */

/* All elements of a member as doubles, in memory the caller frees. */
static iv3_status load_doubles(const bf_set *set, size_t member, double **out, bf_npy_info *info,
                               iv3_error *err)
{
    bf_array a;
    iv3_status status = bf_array_open_member(&a, set->zip, member, err);
    *out = NULL;
    if (status != IV3_OK)
        return status;
    *info = a.info;
    *out = iv3_alloc_array(a.info.n_items, sizeof **out);
    status = *out == NULL ? no_memory(set, err) : bf_array_doubles(&a, *out, err);
    bf_array_close(&a);
    if (status != IV3_OK) {
        iv3_free(*out);
        *out = NULL;
    }
    return status;
}

static iv3_status check_finite(const bf_set *set, const char *what, const double *x, size_t n, size_t columns,
                               iv3_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return iv3_fail(err, IV3_ERR_NUMERIC, "%s: %s: row %zu, column %zu is NaN or infinite", set->spec,
                            what, i / columns, i % columns);
    return IV3_OK;
}

/* `n`: how many images the statistics are of; 0 when the file does not say. */
static iv3_status load_count(bf_set *set, iv3_error *err)
{
    size_t member = bf_zip_find(set->zip, "n.npy");
    double *n = NULL;
    bf_npy_info info;
    if (member == SIZE_MAX)
        return IV3_OK;
    iv3_status status = load_doubles(set, member, &n, &info, err);
    if (status == IV3_OK && (info.n_items != 1 || !(n[0] >= 0.0 && n[0] <= 9e15) || n[0] != floor(n[0])))
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: n is not a number of images", set->spec);
    if (status == IV3_OK)
        set->n_stats = (size_t)n[0];
    iv3_free(n);
    return status;
}

/* A mean and the covariance that goes with it; on failure what was loaded is released with the set. */
static iv3_status load_moments(const bf_set *set, const char *mu_name, size_t mu_member,
                               const char *sigma_name, size_t sigma_member, bf_moments *out, iv3_error *err)
{
    bf_npy_info mu = {0}, sigma = {0};
    char text[128];
    iv3_status status = load_doubles(set, mu_member, &out->mu, &mu, err);
    if (status == IV3_OK)
        status = load_doubles(set, sigma_member, &out->sigma, &sigma, err);
    if (status != IV3_OK)
        return status;
    size_t d = mu.n_items;
    bool vector = mu.rank <= 1 || (mu.rank == 2 && (mu.shape[0] == 1 || mu.shape[1] == 1));
    if (!vector || d == 0 || d > MAX_DIM)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: %s: one row of numbers expected, %s found", set->spec,
                        mu_name, bf_npy_describe(text, sizeof text, &mu));
    bool square = sigma.rank == 2 ? sigma.shape[0] == d && sigma.shape[1] == d
                                  : sigma.rank < 2 && d == 1 && sigma.n_items == 1;
    if (!square)
        return iv3_fail(err, IV3_ERR_FORMAT, "%s: %s: [%zu][%zu] expected to go with %s, %s found", set->spec,
                        sigma_name, d, d, mu_name, bf_npy_describe(text, sizeof text, &sigma));
    status = check_finite(set, mu_name, out->mu, d, d, err);
    if (status == IV3_OK)
        status = check_finite(set, sigma_name, out->sigma, d * d, d, err);
    out->d = status == IV3_OK ? d : 0;
    return status;
}

/* mu and sigma, mu_s and sigma_s (sFID) when they are there too, and where they are from. */
static iv3_status load_stats(bf_set *set, size_t mu, size_t sigma, iv3_error *err)
{
    size_t mu_s = bf_zip_find(set->zip, "mu_s.npy"), sigma_s = bf_zip_find(set->zip, "sigma_s.npy");
    iv3_status status = load_moments(set, "mu", mu, "sigma", sigma, &set->stats, err);
    if (status == IV3_OK && mu_s != SIZE_MAX && sigma_s != SIZE_MAX)
        status = load_moments(set, "mu_s", mu_s, "sigma_s", sigma_s, &set->spatial, err);
    return status == IV3_OK ? load_count(set, err) : status;
}

size_t bf_set_stats_dim(const bf_set *set)
{
    return set->stats.d;
}

size_t bf_set_spatial_dim(const bf_set *set)
{
    return set->spatial.d;
}

static iv3_status copy_moments(const bf_set *set, const bf_moments *from, double *mu, double *sigma,
                               iv3_error *err)
{
    if (from->d == 0)
        return iv3_fail(err, IV3_ERR_ARG, "%s: there are no statistics in it", set->spec);
    memcpy(mu, from->mu, from->d * sizeof *mu);
    memcpy(sigma, from->sigma, from->d * from->d * sizeof *sigma);
    return IV3_OK;
}

iv3_status bf_set_read_stats(const bf_set *set, double *mu, double *sigma, iv3_error *err)
{
    return copy_moments(set, &set->stats, mu, sigma, err);
}

iv3_status bf_set_read_spatial(const bf_set *set, double *mu, double *sigma, iv3_error *err)
{
    return copy_moments(set, &set->spatial, mu, sigma, err);
}

/* --- opening ------------------------------------------------------------------------------------------ */

iv3_status bf_set_open_npy(bf_set *set, iv3_error *err)
{
    iv3_status status = bf_array_open_file(&set->array, set->spec, err);
    return status == IV3_OK ? use_array(set, err) : status;
}

/* The member that holds images or features: arr_0, a usual name for features (ours and clean-fid's,
 * StudioGAN's, dgm-eval's), or the only one there is. */
static size_t find_main(const bf_zip *zip)
{
    static const char *const names[] = {"arr_0.npy", "feats.npy", "features.npy", "real_feats.npy",
                                        "reps.npy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t member = bf_zip_find(zip, names[i]);
        if (member != SIZE_MAX)
            return member;
    }
    return bf_zip_count(zip) == 1 ? 0 : SIZE_MAX;
}

static iv3_status open_stats(bf_set *set, size_t mu, size_t sigma, iv3_error *err)
{
    iv3_status status = load_stats(set, mu, sigma, err);
    if (status == IV3_OK)
        status = bf_set_load_origin(set, 0, err);
    set->kind = BF_SET_STATS;
    bf_zip_close(&set->zip);
    return status;
}

/* "a.npy, b.npy": the members of an archive. */
static const char *list_members(char *text, size_t size, const bf_zip *zip)
{
    text[0] = 0;
    for (size_t i = 0, at = 0; i < bf_zip_count(zip) && at < size - 1; i++) {
        int n = snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ", bf_zip_name(zip, i));
        at = n < 0 ? size : at + (size_t)n;
    }
    return text;
}

/* Takes set->array, and what is told of its rows if they are features. */
static iv3_status use_member(bf_set *set, iv3_error *err)
{
    iv3_status status = use_array(set, err);
    if (status == IV3_OK && set->kind == BF_SET_FEATURES)
        status = bf_set_load_origin(set, set->array.info.shape[0], err);
    return status;
}

iv3_status bf_set_open_npz(bf_set *set, iv3_error *err)
{
    size_t member = find_main(set->zip);
    size_t mu = bf_zip_find(set->zip, "mu.npy"), sigma = bf_zip_find(set->zip, "sigma.npy");
    bool has_stats = mu != SIZE_MAX && sigma != SIZE_MAX;
    char found[256];
    if (has_stats && (member == SIZE_MAX || set->prefer_stats))
        return open_stats(set, mu, sigma, err);
    if (member != SIZE_MAX) {
        iv3_status status = bf_array_open_member(&set->array, set->zip, member, err);
        if (status == IV3_OK)
            status = use_member(set, err);
        if (status == IV3_OK && has_stats)
            status = load_stats(set, mu, sigma, err);
        return status;
    }
    return iv3_fail(err, IV3_ERR_FORMAT,
                    "%s: arr_0 (images), mu and sigma (statistics) or features expected in it, found %s; %s:KEY takes "
                    "the array KEY",
                    set->spec, list_members(found, sizeof found, set->zip), set->spec);
}

iv3_status bf_set_open_key(bf_set *set, const char *colon, iv3_error *err)
{
    char member[160], found[256];
    const char *key = colon + 1;
    set->path = iv3_strdup(set->spec);
    if (set->path == NULL)
        return no_memory(set, err);
    set->path[colon - set->spec] = 0;
    snprintf(member, sizeof member, "%.150s.npy", key);
    iv3_status status = bf_zip_open(&set->zip, set->path, err);
    size_t at = status == IV3_OK ? bf_zip_find(set->zip, member) : SIZE_MAX;
    if (status == IV3_OK && at == SIZE_MAX)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: has no array '%.100s'; found %s", set->path, key,
                          list_members(found, sizeof found, set->zip));
    if (status == IV3_OK)
        status = bf_array_open_member(&set->array, set->zip, at, err);
    /* What the file says of its features it does not say of any other array. */
    if (status == IV3_OK)
        status = at == find_main(set->zip) ? use_member(set, err) : use_array(set, err);
    return status;
}
