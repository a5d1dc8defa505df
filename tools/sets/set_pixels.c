/* Images that lie as numbers: from numbers to pictures. */
#include "tools/sets/set_pixels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/status.h"
#include "tools/base/text.h"
#include "tools/images/room.h"

/* --- what was asked for ------------------------------------------------------------------------------- */

static bool parse_value(const char *text, char end, double *value)
{
    return bf_number_read(value, text, end) && fabs(*value) <= 1e30;
}

feat_status bf_set_how_parse(bf_set_how *how, const char *range, const char *layout, feat_error *err)
{
    const char *comma = range == NULL ? NULL : strchr(range, ',');
    how->has_range = range != NULL;
    how->channels_first = layout != NULL && strcmp(layout, "nchw") == 0;
    if (range == NULL)
        return FEAT_OK;
    if (comma == NULL || !parse_value(range, ',', &how->low) || !parse_value(comma + 1, 0, &how->high) ||
        !((float)how->low < (float)how->high))
        return feat_fail(err, FEAT_ERR_ARG,
                         "--range: LO,HI expected, the values of black and of white, as 0,1 or -1,1; '%.60s' found",
                         range);
    return FEAT_OK;
}

/* --- bytes -------------------------------------------------------------------------------------------- */

static size_t bytes_of(const bf_pixels *shape)
{
    return shape->h * shape->w * shape->channels * (shape->float_bytes > 0 ? shape->float_bytes : 1);
}

feat_status bf_pixels_room(const bf_pixels *shape, const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                           feat_error *err)
{
    char item[32];
    *n = bytes_of(shape);
    snprintf(item, sizeof item, "#%zu", index);
    feat_status status = bf_room_for_file(*n, set->spec, item, err);
    if (status != FEAT_OK)
        return status;
    *bytes = feat_alloc(*n);
    if (*bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: #%zu: no memory for the image", set->spec, index);
    return FEAT_OK;
}

/* --- floats ------------------------------------------------------------------------------------------- */

/* Number `i` of float16 or float32. */
static float float_at(const bf_pixels *shape, const uint8_t *bytes, size_t i)
{
    float value;
    uint16_t half;
    if (shape->float_bytes == sizeof value) {
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        return value;
    }
    memcpy(&half, bytes + i * sizeof half, sizeof half);
    return feat_half_widen(half);
}

/* Number `i` as a byte; false where it is outside the range. The order of operations is that of torchvision. */
static bool byte_of(uint8_t *byte, const bf_pixels *shape, const uint8_t *bytes, size_t i)
{
    if (shape->float_bytes == sizeof(double)) {
        double x;
        memcpy(&x, bytes + i * sizeof x, sizeof x);
        if (!(x >= shape->low && x <= shape->high))
            return false;
        x = (x - shape->low) / (shape->high - shape->low) * 255.0 + 0.5;
        *byte = x < 255.0 ? (uint8_t)x : 255;
        return true;
    }
    float x = float_at(shape, bytes, i), low = (float)shape->low, high = (float)shape->high;
    if (!(x >= low && x <= high))
        return false;
    x = (x - low) / (high - low);
    x = x * 255.0f;
    x = x + 0.5f;
    *byte = x < 255.0f ? (uint8_t)x : 255;
    return true;
}

static feat_status fail_value(const bf_pixels *shape, const bf_set *set, size_t index, size_t i, const uint8_t *bytes,
                              feat_error *err)
{
    double value;
    size_t row, column, channel, at = i, plane = shape->h * shape->w;
    if (shape->float_bytes == sizeof value)
        memcpy(&value, bytes + i * sizeof value, sizeof value);
    else
        value = (double)float_at(shape, bytes, i);
    channel = shape->channels_first ? i / plane : i % shape->channels;
    at = shape->channels_first ? i % plane : i / shape->channels;
    row = at / shape->w;
    column = at % shape->w;
    if (isnan(value))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: #%zu: row %zu, column %zu, channel %zu is NaN", set->spec, index,
                         row, column, channel);
    return feat_fail(err, FEAT_ERR_FORMAT,
                     "%s: #%zu: row %zu, column %zu, channel %zu is %.9g, outside --range %.9g,%.9g; give the range "
                     "that is meant, or save a.clip(%.9g, %.9g)",
                     set->spec, index, row, column, channel, value, shape->low, shape->high, shape->low, shape->high);
}

/* --- all ---------------------------------------------------------------------------------------------- */

feat_status bf_pixels_decode(const bf_pixels *shape, const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                             bf_image *image, feat_error *err)
{
    size_t pixels = shape->h * shape->w, colours = shape->channels == 1 ? 1 : 3;
    size_t step = shape->channels_first ? 1 : shape->channels, plane = shape->channels_first ? pixels : 1;
    char item[32];
    snprintf(item, sizeof item, "#%zu", index);
    feat_status status = bf_room_make_image(image, shape->h, shape->w, 0, set->spec, item, err);
    if (status != FEAT_OK)
        return status;
    uint8_t *rgb = image->rgb;
    if (shape->channels == 3 && !shape->channels_first && shape->float_bytes == 0)
        memcpy(rgb, bytes, n);
    else
        for (size_t i = 0; i < pixels; i++)
            for (size_t c = 0; c < colours; c++) {
                size_t at = i * step + c * plane;
                if (shape->float_bytes == 0) {
                    rgb[3 * i + c] = bytes[at];
                } else if (!byte_of(&rgb[3 * i + c], shape, bytes, at)) {
                    bf_image_release(image);
                    return fail_value(shape, set, index, at, bytes, err);
                }
            }
    for (size_t i = 0; colours == 1 && i < pixels; i++)
        rgb[3 * i + 1] = rgb[3 * i + 2] = rgb[3 * i];
    image->flags = shape->channels == 1 ? BF_IMAGE_GREY : shape->channels == 4 ? BF_IMAGE_ALPHA : 0u;
    return FEAT_OK;
}

const char *bf_pixels_hint(const bf_pixels *shape, char text[BF_HINT_BYTES])
{
    int n = snprintf(text, BF_HINT_BYTES, "array %zux%zux%zu%s", shape->h, shape->w, shape->channels,
                     shape->channels_first ? " planes" : "");
    if (shape->float_bytes > 0 && n > 0)
        snprintf(text + n, BF_HINT_BYTES - (size_t)n, " f%zu %.17g %.17g", shape->float_bytes, shape->low, shape->high);
    return text;
}
