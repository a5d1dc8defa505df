/* Sets made of a .tar of images, WebDataset's shards among them: in the order of the archive. */
#include <string.h>

#include "engine/base/status.h"
#include "tools/base/limits.h"
#include "tools/formats/tar.h"
#include "tools/images/room.h"
#include "tools/sets/set_source.h"

/* A member without an image's extension: by its first bytes. */
static feat_status look_into(const bf_tar *tar, size_t member, bool *is_image, feat_error *err)
{
    uint8_t head[BF_HEAD_BYTES];
    size_t n = 0;
    feat_status status = bf_tar_peek(tar, member, head, sizeof head, &n, err);
    *is_image = status == FEAT_OK && bf_head_is_image(head, n);
    return status;
}

/* What systems leave in archives; labels and captions, which lie beside every image of a WebDataset, are counted. */
static bool is_nothing(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    return strstr(path, "__MACOSX/") != NULL || (name[0] == '.' && bf_name_is_litter(name));
}

static feat_status list_tar(bf_set *set, feat_error *err)
{
    const bf_tar *tar = set->own;
    size_t n_other = 0;
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < bf_tar_count(tar) && status == FEAT_OK; i++) {
        const char *name = bf_tar_name(tar, i);
        bf_told what = bf_path_tells(name);
        bool is_image = what == BF_TOLD_IMAGE && bf_tar_is_file(tar, i);
        if (what == BF_TOLD_NOTHING)
            status = look_into(tar, i, &is_image, err);
        if (is_image && status == FEAT_OK)
            status = bf_set_add_member(set, name, i, what == BF_TOLD_NOTHING, err);
        else if (!is_image && !is_nothing(name))
            bf_first_names_add(&set->listing.left_out, name);
        n_other += !is_image;
    }
    return status == FEAT_OK ? bf_set_end_members(set, n_other, false, err) : status;
}

static bool is_tar(const bf_opening *o)
{
    return bf_tar_is(o->head, o->n_head) || bf_ends_in(o->spec, ".tar");
}

static feat_status open_tar(bf_set *set, const bf_opening *o, feat_error *err)
{
    bf_tar *tar = NULL;
    (void)o;
    feat_status status = bf_tar_open(&tar, set->spec, err);
    set->own = tar;
    return status == FEAT_OK ? list_tar(set, err) : status;
}

static feat_status load_member(const bf_set *set, size_t index, uint8_t **bytes, size_t *n, feat_error *err)
{
    size_t limit = (size_t)bf_limits_get()->file;
    const bf_item *item = &set->items.item[index];
    uint64_t size = bf_tar_size(set->own, item->member);
    feat_status status = size <= limit ? bf_room_for_file(2 * size, set->spec, item->name, err) : FEAT_OK;
    if (status != FEAT_OK)
        return status;
    status = bf_tar_read(set->own, item->member, bytes, n, limit, err);
    return status == FEAT_ERR_UNSUPPORTED ? bf_limits_too_long(err) : status;
}

static void close_tar(bf_set *set)
{
    bf_tar *tar = set->own;
    bf_tar_close(&tar);
}

const bf_source_ops bf_source_tar = {
    .name = "tar",
    .is = is_tar,
    .open = open_tar,
    .load = load_member,
    .decode = bf_set_decode_file,
    .hint = bf_set_file_hint,
    .close = close_tar,
};
