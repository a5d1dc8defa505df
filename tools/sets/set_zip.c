/* Sets made of a .zip of images. */
#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/formats/zip.h"
#include "tools/images/room.h"
#include "tools/sets/set_source.h"

/* A member without an image's extension: by its first bytes. */
static feat_status look_into(const feat_archive *zip, size_t member, bool *is_image, feat_error *err)
{
    uint8_t head[BF_HEAD_BYTES];
    size_t n = 0;
    feat_status status = feat_archive_peek(zip, member, head, sizeof head, &n, err);
    *is_image = status == FEAT_OK && bf_head_is_image(head, n);
    return status;
}

/* The images of a zip; the rest of its members is passed over as in a folder. */
static feat_status list_zip(bf_set *set, feat_error *err)
{
    const feat_archive *zip = set->own;
    size_t n_other = 0;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < feat_archive_count(zip) && status == FEAT_OK; i++) {
        const char *name = feat_archive_name(zip, i);
        if (name[strlen(name) - 1] == '/')
            continue;
        bf_told what = bf_path_tells(name);
        bool is_image = what == BF_TOLD_IMAGE;
        if (what == BF_TOLD_NOTHING)
            status = look_into(zip, i, &is_image, err);
        if (is_image && status == FEAT_OK)
            status = bf_set_add_member(set, name, i, what == BF_TOLD_NOTHING, err);
        else if (!is_image && what != BF_TOLD_LITTER)
            bf_first_names_add(&set->listing.left_out, name);
        n_other += !is_image;
    }
    return status == FEAT_OK ? bf_set_end_members(set, n_other, true, err) : status;
}

static bool is_zip(const bf_opening *o)
{
    return bf_opening_is_zip(o) || bf_ends_in(o->spec, ".zip") || bf_ends_in(o->spec, ".npz");
}

/* A .zip of images, or an .npz, which is the arrays' then. */
static feat_status open_zip(bf_set *set, const bf_opening *o, feat_error *err)
{
    feat_archive *zip = NULL;
    feat_status status = bf_zip_open(&zip, set->spec, err);
    if (status != FEAT_OK)
        return status;
    bool has_arrays = false, has_images = false;
    for (size_t i = 0; i < feat_archive_count(zip); i++) {
        const char *name = feat_archive_name(zip, i);
        has_arrays = has_arrays || bf_ends_in(name, ".npy");
        has_images = has_images || bf_image_extension(name) != 0;
    }
    if (has_arrays && !has_images)
        return bf_set_open_npz(set, zip, o, err);
    set->own = zip;
    return list_zip(set, err);
}

static feat_status load_member(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    const feat_archive *zip = set->own;
    size_t limit = (size_t)bf_limits_get()->file, member = set->items.item[index].member;
    bool stored = feat_archive_is_stored(zip, member);
    uint64_t size = feat_archive_size(zip, member), packed = stored ? 0 : feat_archive_packed(zip, member);
    feat_status status = FEAT_OK;
    if (size <= limit && packed <= limit) /* each goes to the decoder as a copy */
        status = bf_room_for_file(2 * (size + packed), set->spec, set->items.item[index].name, err);
    if (status != FEAT_OK)
        return status;
    status = feat_archive_read(zip, member, bytes, n, limit, err);
    return status == FEAT_ERR_UNSUPPORTED && (size > limit || packed > limit) ? bf_limits_too_long(err) : status;
}

static feat_status read_beside(const bf_set *set, const char *name, size_t limit, uint8_t **bytes, size_t *n,
                               feat_error *err)
{
    const feat_archive *zip = set->own;
    size_t member = feat_archive_find(zip, name);
    return member == SIZE_MAX ? FEAT_OK : feat_archive_read(zip, member, bytes, n, limit, err);
}

static void close_zip(bf_set *set)
{
    feat_archive *zip = set->own;
    feat_archive_close(&zip);
}

const bf_source_ops bf_source_zip = {
    .name = "zip",
    .is = is_zip,
    .open = open_zip,
    .load = load_member,
    .decode = bf_set_decode_file,
    .hint = bf_set_file_hint,
    .read_beside = read_beside,
    .close = close_zip,
};
