/* Images that lie as bytes: from bytes to pictures. */
#include "tools/sets/set_pixels.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/images/image.h"

feat_status bf_pixels_room(const bf_pixels *shape, const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                           feat_error *err)
{
    *n = shape->h * shape->w * shape->channels;
    *bytes = feat_alloc(*n);
    if (*bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    return FEAT_OK;
}

feat_status bf_pixels_decode(const bf_pixels *shape, const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                             bf_image *image, feat_error *err)
{
    size_t pixels = shape->h * shape->w;
    uint8_t *rgb = feat_alloc(pixels * 3);
    if (rgb == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    if (shape->channels == 3)
        memcpy(rgb, bytes, n);
    for (size_t i = 0; shape->channels == 1 && i < pixels; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = bytes[i];
    *image =
        (bf_image){.rgb = rgb, .h = shape->h, .w = shape->w, .flags = shape->channels == 1 ? BF_IMAGE_GREY : 0u};
    return FEAT_OK;
}

const char *bf_pixels_hint(const bf_pixels *shape, char text[BF_HINT_BYTES])
{
    snprintf(text, BF_HINT_BYTES, "array %zux%zux%zu", shape->h, shape->w, shape->channels);
    return text;
}
