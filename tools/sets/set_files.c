/* Images that are files of their own, in a folder, on a list or in an archive: what these sources share. */
#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/room.h"
#include "tools/images/sandbox.h"
#include "tools/sets/set_source.h"

/* `size` bytes of the file, once there is room for them and for the copy that goes to the decoder. */
static feat_status read_bytes(uint8_t **bytes, int fd, uint64_t size, const char *path, const bf_set *set,
                              const char *name, feat_error *err)
{
    feat_status status = bf_room_for_file(2 * size, set->spec, name, err);
    if (status != FEAT_OK)
        return status;
    *bytes = feat_alloc((size_t)size + 1);
    if (*bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %llu bytes", path, (unsigned long long)size);
    status = bf_file_read_at(fd, *bytes, (size_t)size, 0, path, err);
    if (status != FEAT_OK) {
        feat_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

feat_status bf_set_load_file(const bf_set *set, const char *base, size_t index, uint8_t **bytes, size_t *n,
                             feat_error *err)
{
    const char *name = set->items.item[index].name;
    char *path = bf_path_join(base, name);
    int fd = -1;
    uint64_t size = 0, most = bf_limits_get()->file;
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory to read the image", set->spec, name);
    feat_status status = bf_file_open(&fd, &size, path, err);
    if (status == FEAT_OK && size > most)
        status = feat_fail(err, FEAT_ERR_UNSUPPORTED,
                           "%s: %llu bytes are too many (at most %llu); --limits file=N raises that", path,
                           (unsigned long long)size, (unsigned long long)most);
    if (status == FEAT_OK)
        status = read_bytes(bytes, fd, size, path, set, name, err);
    *n = status == FEAT_OK ? (size_t)size : 0;
    bf_file_close(&fd);
    feat_free(path);
    return status;
}

feat_status bf_set_decode_file(const bf_set *set, size_t index, const uint8_t *bytes, size_t n, bf_image *image,
                               feat_error *err)
{
    return bf_sandbox_decode(image, bytes, n, set->spec, set->items.item[index].name, err);
}

const char *bf_set_file_hint(const bf_set *set, size_t index, char text[BF_HINT_BYTES])
{
    snprintf(text, BF_HINT_BYTES, "%s", bf_named_tga(set->items.item[index].name) ? "tga" : "");
    return text;
}
