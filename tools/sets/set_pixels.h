/* Images that lie as bytes, one after the other: in arrays, CIFAR-10's files and pipes. */
#ifndef BONAFIDE_TOOLS_SETS_SET_PIXELS_H
#define BONAFIDE_TOOLS_SETS_SET_PIXELS_H

#include "tools/sets/set_source.h"

/* Of each image; channels: 3, or 1 for grey. */
typedef struct bf_pixels {
    size_t h, w, channels;
} bf_pixels;

/* Memory for the bytes of image `index`, released with feat_free. Errors: NOMEM. */
feat_status bf_pixels_room(const bf_pixels *shape, const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                           feat_error *err) FEAT_NODISCARD;

/* The picture that the bytes of image `index` make. Errors: NOMEM. */
feat_status bf_pixels_decode(const bf_pixels *shape, const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                             bf_image *image, feat_error *err) FEAT_NODISCARD;

/* "array 32x32x3" */
const char *bf_pixels_hint(const bf_pixels *shape, char text[BF_HINT_BYTES]);

#endif
