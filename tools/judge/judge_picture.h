/* Pictures of the labelling page as data URIs. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_PICTURE_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_PICTURE_H

#include "tools/base/text.h"
#include "tools/images/image.h"

enum { BF_JUDGE_PICTURE_SIDE = 768 };

/* Adds what a rater sees, which is what the metrics see: a JPEG or PNG that browsers show the same goes in as it is
 * (`bytes`), everything else as a bitmap of what was decoded. A picture with a side above BF_JUDGE_PICTURE_SIDE is
 * shrunk to that, by means over areas, and encoded as JPEG; *shrunk says so. Errors: NOMEM. */
feat_status bf_judge_picture_add(bf_text *t, const bf_image *image, const uint8_t *bytes, size_t n, bool *shrunk,
                                 feat_error *err) FEAT_NODISCARD;

/* The mean of the area that each pixel of out [to_h][to_w][3] covers of rgb [h][w][3]; to_h <= h, to_w <= w < 2^16.
 * Integer arithmetic, rounded to nearest. */
void bf_judge_picture_shrink(uint8_t *out, size_t to_h, size_t to_w, const uint8_t *rgb, size_t h, size_t w);

#endif
