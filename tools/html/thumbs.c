/* Thumbnails as JPEG data inside one <defs>, shown by <use>. */
#include "tools/html/thumbs.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/photos/photos.h"

/* A picture of no more than SMALL pixels is shown as its pixels, with what JPEG would do to edges kept out. */
enum { QUALITY = 82, SMALL = 64, SMALL_QUALITY = 95 };

typedef struct thumb {
    const bf_set *set;
    size_t item;
    size_t h, w;
    uint8_t *jpeg; /* NULL: could not be read */
    size_t n;
} thumb;

struct bf_thumbs {
    size_t n;
    thumb list[BF_MAX_THUMBS];
    uint8_t pixels[BF_THUMB_SIDE * BF_THUMB_SIDE * 3];
};

feat_status bf_thumbs_create(bf_thumbs **out, feat_error *err)
{
    *out = feat_calloc(1, sizeof **out);
    return *out != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for the pictures of a page");
}

void bf_thumbs_close(bf_thumbs **thumbs)
{
    if (thumbs == NULL || *thumbs == NULL)
        return;
    for (size_t i = 0; i < (*thumbs)->n; i++)
        feat_free((*thumbs)->list[i].jpeg);
    feat_free(*thumbs);
    *thumbs = NULL;
}

void bf_thumb_shrink(uint8_t *out, size_t *out_h, size_t *out_w, const uint8_t *rgb, size_t h, size_t w, size_t side)
{
    size_t longest = h > w ? h : w, to_h = h, to_w = w;
    if (longest > side) {
        to_h = h * side / longest > 0 ? h * side / longest : 1;
        to_w = w * side / longest > 0 ? w * side / longest : 1;
    }
    for (size_t y = 0; y < to_h; y++) {
        size_t y0 = y * h / to_h, y1 = (y + 1) * h / to_h;
        for (size_t x = 0; x < to_w; x++) {
            size_t x0 = x * w / to_w, x1 = (x + 1) * w / to_w;
            uint64_t sum[3] = {0, 0, 0}, area = (uint64_t)(y1 - y0) * (x1 - x0);
            for (size_t i = y0; i < y1; i++)
                for (size_t j = x0; j < x1; j++)
                    for (size_t c = 0; c < 3; c++)
                        sum[c] += rgb[(i * w + j) * 3 + c];
            for (size_t c = 0; c < 3; c++)
                *out++ = (uint8_t)((sum[c] + area / 2) / area);
        }
    }
    *out_h = to_h;
    *out_w = to_w;
}

static bool is_small(const thumb *one)
{
    return one->h <= SMALL && one->w <= SMALL;
}

static feat_status draw(bf_thumbs *thumbs, thumb *one, const uint8_t *rgb, size_t h, size_t w, feat_error *err)
{
    bf_thumb_shrink(thumbs->pixels, &one->h, &one->w, rgb, h, w, BF_THUMB_SIDE);
    return bf_photo_encode_jpeg(&one->jpeg, &one->n, thumbs->pixels, one->h, one->w,
                                is_small(one) ? SMALL_QUALITY : QUALITY, err);
}

/* An image that cannot be read was readable when it was measured; the page goes on without it. */
static feat_status draw_item(bf_thumbs *thumbs, thumb *one, feat_error *err)
{
    bf_image image = {0};
    feat_error why;
    feat_status status = bf_set_read_image(one->set, one->item, &image, &why);
    if (status == FEAT_ERR_NOMEM)
        return feat_fail(err, status, "%s", why.message);
    if (status != FEAT_OK)
        return FEAT_OK;
    status = draw(thumbs, one, image.rgb, image.h, image.w, err);
    bf_image_release(&image);
    return status;
}

/* Number i where it is to be seen. */
static void put(const bf_thumbs *thumbs, bf_text *t, size_t i, const char *alt)
{
    bool there = i < BF_MAX_THUMBS && thumbs->list[i].jpeg != NULL;
    bf_text_print(t, "<svg viewBox=\"0 0 %zu %zu\" role=\"img\" aria-label=\"", there ? thumbs->list[i].w : 1,
                  there ? thumbs->list[i].h : 1);
    bf_html_text(t, alt);
    bf_html_raw(t, "\">");
    if (there)
        bf_text_print(t, "<use href=\"#t%zu\"/>", i);
    bf_html_raw(t, "</svg>");
}

feat_status bf_thumbs_show(bf_thumbs *thumbs, bf_text *t, const bf_set *set, size_t item, const char *alt,
                           feat_error *err)
{
    size_t i = 0;
    feat_status status = FEAT_OK;
    while (i < thumbs->n && !(thumbs->list[i].set == set && thumbs->list[i].item == item))
        i++;
    if (i == thumbs->n && i < BF_MAX_THUMBS) {
        thumbs->list[thumbs->n++] = (thumb){.set = set, .item = item, .h = 1, .w = 1};
        status = draw_item(thumbs, &thumbs->list[i], err);
    }
    put(thumbs, t, i, alt);
    return status;
}

feat_status bf_thumbs_show_pixels(bf_thumbs *thumbs, bf_text *t, const uint8_t *rgb, size_t h, size_t w,
                                  const char *alt, feat_error *err)
{
    size_t i = thumbs->n;
    feat_status status = FEAT_OK;
    if (i < BF_MAX_THUMBS) {
        thumbs->list[thumbs->n++] = (thumb){.h = 1, .w = 1};
        status = draw(thumbs, &thumbs->list[i], rgb, h, w, err);
    }
    put(thumbs, t, i, alt);
    return status;
}

void bf_thumbs_write(const bf_thumbs *thumbs, bf_text *t)
{
    bf_html_raw(t, "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>\n");
    for (size_t i = 0; i < thumbs->n; i++) {
        const thumb *one = &thumbs->list[i];
        if (one->jpeg == NULL)
            continue;
        bf_text_print(t, "<image id=\"t%zu\"%s width=\"%zu\" height=\"%zu\" href=\"data:image/jpeg;base64,", i,
                      is_small(one) ? " class=\"px\"" : "", one->w, one->h);
        bf_html_base64(t, one->jpeg, one->n);
        bf_html_raw(t, "\"/>\n");
    }
    bf_html_raw(t, "</defs></svg>\n");
}
