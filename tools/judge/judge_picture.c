/* Pictures as data of a page. */
#include "tools/judge/judge_picture.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/html/html.h"
#include "tools/photos/photos.h"

enum { QUALITY = 95 };

static void put32(uint8_t *to, size_t v)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* A bitmap of 24 bits, rows from below and padded to 4 bytes: what every browser shows without compression to
 * write. */
static feat_status add_bitmap(bf_text *t, const bf_image *image, feat_error *err)
{
    enum { HEAD = 54 };
    size_t row = (3 * image->w + 3) / 4 * 4, n = HEAD + row * image->h;
    uint8_t *bytes = feat_calloc(n, 1);
    if (bytes == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture of %zu x %zu", image->w, image->h);
    bytes[0] = 'B';
    bytes[1] = 'M';
    put32(bytes + 2, n);
    put32(bytes + 10, HEAD);
    put32(bytes + 14, 40);
    put32(bytes + 18, image->w);
    put32(bytes + 22, image->h);
    bytes[26] = 1;
    bytes[28] = 24;
    put32(bytes + 34, row * image->h);
    for (size_t y = 0; y < image->h; y++)
        for (size_t x = 0; x < image->w; x++) {
            const uint8_t *from = image->rgb + 3 * (y * image->w + x);
            uint8_t *to = bytes + HEAD + (image->h - 1 - y) * row + 3 * x;
            to[0] = from[2];
            to[1] = from[1];
            to[2] = from[0];
        }
    bf_text_print(t, "data:image/bmp;base64,");
    bf_html_base64(t, bytes, n);
    feat_free(bytes);
    return FEAT_OK;
}

/* How much of source pixel i the target pixel from `low` to `high` covers; all three in units of 1 / (size of the
 * target) pixels of the source. */
static uint64_t overlap(size_t i, size_t unit, uint64_t low, uint64_t high)
{
    uint64_t from = (uint64_t)i * unit, to = from + unit;
    from = from > low ? from : low;
    to = to < high ? to : high;
    return to - from;
}

void bf_judge_picture_shrink(uint8_t *out, size_t to_h, size_t to_w, const uint8_t *rgb, size_t h, size_t w)
{
    const uint64_t area = (uint64_t)h * w;
    for (size_t y = 0; y < to_h; y++) {
        uint64_t top = (uint64_t)y * h, bottom = top + h;
        for (size_t x = 0; x < to_w; x++) {
            uint64_t left = (uint64_t)x * w, right = left + w, sum[3] = {0, 0, 0};
            for (size_t i = (size_t)(top / to_h); (uint64_t)i * to_h < bottom; i++)
                for (size_t j = (size_t)(left / to_w); (uint64_t)j * to_w < right; j++) {
                    uint64_t weight = overlap(i, to_h, top, bottom) * overlap(j, to_w, left, right);
                    for (size_t c = 0; c < 3; c++)
                        sum[c] += weight * rgb[(i * w + j) * 3 + c];
                }
            for (size_t c = 0; c < 3; c++)
                *out++ = (uint8_t)((sum[c] + area / 2) / area);
        }
    }
}

static feat_status add_shrunk(bf_text *t, const bf_image *image, feat_error *err)
{
    const size_t side = BF_JUDGE_PICTURE_SIDE, longest = image->h > image->w ? image->h : image->w;
    size_t h = (image->h * side + longest / 2) / longest, w = (image->w * side + longest / 2) / longest, n = 0;
    h = h > 0 ? h : 1;
    w = w > 0 ? w : 1;
    uint8_t *rgb = feat_alloc_array(h * w, 3), *bytes = NULL;
    if (rgb == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a picture of %zu x %zu", w, h);
    bf_judge_picture_shrink(rgb, h, w, image->rgb, image->h, image->w);
    feat_status status = bf_photo_encode_jpeg(&bytes, &n, rgb, h, w, QUALITY, err);
    if (status == FEAT_OK) {
        bf_text_print(t, "data:image/jpeg;base64,");
        bf_html_base64(t, bytes, n);
    }
    feat_free(bytes);
    feat_free(rgb);
    return status;
}

feat_status bf_judge_picture_add(bf_text *t, const bf_image *image, const uint8_t *bytes, size_t n, bool *shrunk,
                                 feat_error *err)
{
    bool jpeg = n > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0, png = n > 8 && memcmp(bytes, "\x89PNG", 4) == 0;
    *shrunk = image->h > BF_JUDGE_PICTURE_SIDE || image->w > BF_JUDGE_PICTURE_SIDE;
    if (*shrunk)
        return add_shrunk(t, image, err);
    if ((!jpeg && !png) || (image->flags & (BF_IMAGE_ALPHA | BF_IMAGE_16BIT | BF_IMAGE_ANIMATED)) != 0)
        return add_bitmap(t, image, err);
    bf_text_print(t, "data:image/%s;base64,", jpeg ? "jpeg" : "png");
    bf_html_base64(t, bytes, n);
    return FEAT_OK;
}
