/* Images that are files of their own, in a folder, on a list or in an archive: what these sources share. */
#include <stdio.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/limits.h"
#include "tools/images/image.h"
#include "tools/images/sandbox.h"
#include "tools/sets/set_source.h"

feat_status bf_set_load_file(const bf_set *set, const char *base, size_t index, uint8_t **bytes, size_t *n,
                             feat_error *err)
{
    const char *name = set->items.item[index].name;
    char *path = bf_path_join(base, name);
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: %s: no memory to read the image", set->spec, name);
    feat_status status = bf_file_read(bytes, n, path, (size_t)bf_limits_get()->file, err);
    feat_free(path);
    return status == FEAT_ERR_UNSUPPORTED ? bf_limits_too_long(err) : status;
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
