/* Images that lie as numbers, one after the other: in arrays, data sets' own files and pipes. */
#ifndef BONAFIDE_TOOLS_SETS_SET_PIXELS_H
#define BONAFIDE_TOOLS_SETS_SET_PIXELS_H

#include "tools/sets/set_source.h"

/* Of each image. */
typedef struct bf_pixels {
    size_t h, w, channels; /* 3; 1 for grey; 4: the last is alpha, and dropped */
    bool channels_first;   /* one plane after the other */
    size_t float_bytes;    /* of each number: 2, 4 or 8 of floats; 0: bytes */
    double low, high;      /* of floats: black and white */
} bf_pixels;


/* Memory for the bytes of image `index`, released with feat_free. Errors: NOMEM. */
feat_status bf_pixels_room(const bf_pixels *shape, const bf_set *set, size_t index, uint8_t **bytes, size_t *n,
                           feat_error *err) FEAT_NODISCARD;

/* The picture that the bytes of image `index` make. A float x becomes 255 (x - low) / (high - low) + 0.5 without what
 * is behind the point, each step rounded to float32, of float64 to float64: torchvision.utils.save_image, whose
 * normalize=True with value_range has the same division. Errors: NOMEM; FORMAT (a number that is outside the range, or
 * NaN). */
feat_status bf_pixels_decode(const bf_pixels *shape, const bf_set *set, size_t index, const uint8_t *bytes, size_t n,
                             bf_image *image, feat_error *err) FEAT_NODISCARD;

/* "array 32x32x3", and layout and range where they are not the usual ones. */
const char *bf_pixels_hint(const bf_pixels *shape, char text[BF_HINT_BYTES]);

#endif
