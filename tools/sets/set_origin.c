/* What a file of features or statistics says of where they are from: arrays of one text or number each beside them, and
 * the names of the images. Files of other programs say nothing, or something else under the same names, which is then
 * passed over. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/text.h"
#include "tools/sets/set_source.h"

/* A 'U' or 'S' text of `n` bytes as a string, cut where there is no more room. Zeros fill up: none is taken over.
 * Returns its length. */
static size_t decode(char *out, size_t room, const uint8_t *data, size_t n, char kind)
{
    size_t used = 0, step = kind == 'U' ? 4 : 1;
    for (size_t i = 0; i + step <= n; i += step) {
        char bytes[4];
        uint32_t code = data[i] & 0x7Fu;
        if (kind == 'U')
            memcpy(&code, data + i, sizeof code);
        size_t more = code == 0 ? 0 : bf_utf8_encode(bytes, code);
        if (used + more >= room)
            break;
        memcpy(out + used, bytes, more);
        used += more;
    }
    out[used] = 0;
    return used;
}

static bool is_text(const feat_npy_info *info)
{
    return info->kind == 'U' || info->kind == 'S';
}

/* The one text of an array, or "". */
static feat_status load_text(const feat_archive *zip, const char *name, char *out, size_t room, feat_error *err)
{
    size_t member = feat_archive_find(zip, name);
    feat_array a;
    out[0] = 0;
    if (member == SIZE_MAX)
        return FEAT_OK;
    feat_status status = feat_array_open_member(&a, zip, member, err);
    if (status != FEAT_OK)
        return status;
    if (is_text(&a.info) && a.info.n_items == 1 && a.memory != NULL)
        (void)decode(out, room, a.memory + a.info.header, a.info.n_bytes, a.info.kind);
    feat_array_close(&a);
    return FEAT_OK;
}

/* The one number of an array, -1 where there is none. */
static feat_status load_number(const feat_archive *zip, const char *name, double *out, feat_error *err)
{
    size_t member = feat_archive_find(zip, name);
    double value = -1.0;
    feat_array a;
    *out = -1.0;
    if (member == SIZE_MAX)
        return FEAT_OK;
    feat_status status = feat_array_open_member(&a, zip, member, err);
    if (status != FEAT_OK)
        return status;
    if (!is_text(&a.info) && a.info.n_items == 1)
        status = feat_array_doubles(&a, &value, err);
    if (value >= 0.0 && value <= 1e12 && value == floor(value))
        *out = value;
    feat_array_close(&a);
    return status;
}

static feat_status load_version(const feat_archive *zip, const char *name, int *out, feat_error *err)
{
    double value = 0.0;
    feat_status status = load_number(zip, name, &value, err);
    *out = value >= 1.0 && value <= 1e6 ? (int)value : 0;
    return status;
}

/* What was found where the images were listed; unknown unless the file says all of it. */
static feat_status load_counts(bf_set *set, const feat_archive *zip, feat_error *err)
{
    bf_set_listing *l = &set->listing;
    const struct {
        const char *name;
        size_t *to;
    } counts[] = {{"left_out.npy", &l->left_out.n},
                  {"by_content.npy", &l->by_content.n},
                  {"in_subfolders.npy", &l->in_subfolders},
                  {"skipped.npy", &set->origin.skipped}};
    enum { N_COUNTS = sizeof counts / sizeof counts[0] };
    double values[N_COUNTS];
    feat_status status = FEAT_OK;
    l->unknown = false;
    for (size_t i = 0; i < N_COUNTS && status == FEAT_OK && !l->unknown; i++) {
        status = load_number(zip, counts[i].name, &values[i], err);
        l->unknown = values[i] < 0.0;
    }
    for (size_t i = 0; i < N_COUNTS && status == FEAT_OK && !l->unknown; i++)
        *counts[i].to = (size_t)values[i];
    return status;
}

static feat_status add_names(bf_set *set, const feat_array *a, feat_error *err)
{
    size_t item = a->info.item, n = a->info.n_items;
    uint8_t *bytes = feat_alloc(item + 1);
    char *name = feat_alloc(item + 1);
    bool good = bytes != NULL && name != NULL;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < n && good && status == FEAT_OK; i++) {
        status = feat_array_read(a, bytes, (uint64_t)i * item, item, err);
        if (status == FEAT_OK)
            good = bf_items_add(&set->items, name, decode(name, item + 1, bytes, item, a->info.kind), i);
    }
    if (!good)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for the names of %zu images", set->spec, n);
    bf_items_finish(&set->items, false);
    feat_free(bytes);
    feat_free(name);
    return status;
}

static feat_status load_names(bf_set *set, const feat_archive *zip, size_t n, feat_error *err)
{
    size_t member = feat_archive_find(zip, BF_KEY_NAMES ".npy");
    feat_array a;
    if (member == SIZE_MAX)
        return FEAT_OK;
    feat_status status = feat_array_open_member(&a, zip, member, err);
    if (status != FEAT_OK)
        return status;
    if (is_text(&a.info) && a.info.rank == 1 && a.info.shape[0] == n)
        status = add_names(set, &a, err);
    feat_array_close(&a);
    return status;
}

feat_status bf_set_load_origin(bf_set *set, const feat_archive *zip, size_t n_names, feat_error *err)
{
    bf_origin *o = &set->origin;
    feat_status status = load_text(zip, "preset.npy", o->preset, sizeof o->preset, err);
    if (status == FEAT_OK)
        status = load_text(zip, "weights.npy", o->weights, sizeof o->weights, err);
    if (status == FEAT_OK)
        status = load_text(zip, "variant.npy", o->variant, sizeof o->variant, err);
    if (status == FEAT_OK)
        status = load_text(zip, "tap.npy", o->tap, sizeof o->tap, err);
    if (status == FEAT_OK)
        status = load_text(zip, "mode.npy", o->mode, sizeof o->mode, err);
    if (status == FEAT_OK)
        status = load_version(zip, "pixels.npy", &o->pixels, err);
    if (status == FEAT_OK)
        status = load_version(zip, "numerics.npy", &o->numerics, err);
    if (status == FEAT_OK)
        status = load_counts(set, zip, err);
    if (status == FEAT_OK && n_names > 0)
        status = load_names(set, zip, n_names, err);
    return status;
}

const bf_origin *bf_set_origin(const bf_set *set)
{
    return &set->origin;
}
