/* Bilinear resizing as TensorFlow 1 and as PyTorch do it: two taps per axis, no antialiasing. They differ in
 * where an output pixel looks (TF1: i * scale; PyTorch: the centre), in the range (0..255, or 0..1 for
 * pytorch-fid) and in how the two taps are blended, which shows in the last bit. */
#include "engine/resize/resize.h"

#include <math.h>
#include <string.h>

#include "engine/base/checked.h"

/* Where each output position of one axis looks. */
typedef struct axis {
    size_t size;      /* output positions */
    int32_t *lo, *hi; /* [size] */
    float *w0, *w1;   /* [size]: weights of lo and hi; w0 = 1 - w1 */
} axis;

/* One source row, resampled horizontally, one plane after the other; the last two rows used are kept. */
typedef struct blend {
    axis x, y;
    float level[256]; /* value of a byte */
    float *rows[2];   /* [3 * x.size] */
    size_t row_index[2]; /* source row held in rows[i]; SIZE_MAX: none */
} blend;

enum { AXIS_ARRAYS = 4, ROW_ARRAYS = 6 }; /* of four-byte numbers for an output position */

bool feat_bilinear_bytes(feat_size to, size_t *bytes)
{
    size_t numbers;
    return feat_mul_size(to.w, 4 * (AXIS_ARRAYS + ROW_ARRAYS), bytes) &&
           feat_mul_size(to.h, 4 * AXIS_ARRAYS, &numbers) && feat_add_size(*bytes, numbers, bytes) &&
           feat_add_size(*bytes, sizeof(blend), bytes) &&
           feat_align_size(*bytes, 64, bytes);
}

/* Divides the memory behind a blend. */
static blend *lay_out(void *scratch, feat_size to)
{
    blend *b = scratch;
    float *at = (float *)(void *)(b + 1);
    axis *axes[2] = {&b->x, &b->y};
    for (size_t i = 0; i < 2; i++) {
        size_t n = axes[i]->size = i == 0 ? to.w : to.h;
        axes[i]->w0 = at;
        axes[i]->w1 = at + n;
        axes[i]->lo = (int32_t *)(void *)(at + 2 * n);
        axes[i]->hi = (int32_t *)(void *)(at + 3 * n);
        at += AXIS_ARRAYS * n;
    }
    b->rows[0] = at;
    b->rows[1] = at + 3 * to.w;
    b->row_index[0] = b->row_index[1] = SIZE_MAX;
    return b;
}

/* TensorFlow 1 ResizeBilinear, align_corners and half_pixel_centers both false. All in float32. */
static void axis_tf1(axis *a, size_t n)
{
    float scale = (float)n / (float)a->size;
    int32_t last = (int32_t)n - 1;
    for (int i = 0; i < (int)a->size; i++) {
        float src = (float)i * scale;
        float floor_src = floorf(src);
        int32_t lo = (int32_t)floor_src;
        a->lo[i] = lo < last ? lo : last;
        a->hi[i] = lo + 1 < last ? lo + 1 : last;
        a->w1[i] = src - floor_src;
        a->w0[i] = 1.0f - a->w1[i];
    }
}

/* torch.nn.functional.interpolate, align_corners=False. The scale is a float, the position is computed from
 * it in double, the weight rounded to float, as torch 1.13 does on a CPU. Other torch versions round the
 * position to float, which moves a weight by up to half an ulp of the position. */
static void axis_torch(axis *a, size_t n)
{
    float scale = (float)n / (float)a->size;
    int32_t last = (int32_t)n - 1;
    for (int i = 0; i < (int)a->size; i++) {
        double at = (double)scale * (i + 0.5);
        double src = at - 0.5;
        if (src < 0.0)
            src = 0.0;
        int32_t lo = (int32_t)src;
        if (lo > last)
            lo = last;
        float w1 = (float)(src - lo);
        a->lo[i] = lo;
        a->hi[i] = lo < last ? lo + 1 : last;
        a->w1[i] = w1 < 1.0f ? w1 : 1.0f;
        a->w0[i] = 1.0f - a->w1[i];
    }
}

static void row_tf1(float *row, const uint8_t *const src[3], ptrdiff_t pixel, const axis *x, const float level[256])
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < x->size; i++) {
            float a = level[src[c][x->lo[i] * pixel]];
            float b = level[src[c][x->hi[i] * pixel]];
            row[c * x->size + i] = a + (b - a) * x->w1[i];
        }
}

static void row_torch(float *row, const uint8_t *const src[3], ptrdiff_t pixel, const axis *x, const float level[256])
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < x->size; i++) {
            float a = level[src[c][x->lo[i] * pixel]];
            float b = level[src[c][x->hi[i] * pixel]];
            row[c * x->size + i] = a * x->w0[i] + b * x->w1[i];
        }
}

typedef void (*row_function)(float *row, const uint8_t *const src[3], ptrdiff_t pixel, const axis *x,
                             const float level[256]);

/* The horizontally resampled source row `index`, made unless it is one of the two kept. `other` is a kept row
 * that must survive. */
static const float *get_row(blend *b, const feat_pixels *pixels, size_t index, const float *other,
                            row_function make_row)
{
    const uint8_t *src[3];
    for (int i = 0; i < 2; i++)
        if (b->row_index[i] == index)
            return b->rows[i];
    int slot = other == b->rows[0] ? 1 : 0;
    if (other == NULL && b->row_index[0] != SIZE_MAX && b->row_index[1] < b->row_index[0])
        slot = 1; /* going down the picture, the smaller index is not needed again */
    for (int c = 0; c < 3; c++)
        src[c] = pixels->channel[c] + (ptrdiff_t)index * pixels->row;
    make_row(b->rows[slot], src, pixels->pixel, &b->x, b->level);
    b->row_index[slot] = index;
    return b->rows[slot];
}

static void blend_rows_tf1(float *out, feat_size to, const float *top, const float *bottom, float w1)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < to.w; i++) {
            float a = top[c * to.w + i];
            out[c * to.h * to.w + i] = a + (bottom[c * to.w + i] - a) * w1;
        }
}

static void blend_rows_torch(float *out, feat_size to, const float *top, const float *bottom, float w0, float w1)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < to.w; i++)
            out[c * to.h * to.w + i] = top[c * to.w + i] * w0 + bottom[c * to.w + i] * w1;
}

void feat_resize_tf1(float *out, feat_size to, const feat_pixels *pixels, feat_size from, void *scratch)
{
    blend *b = lay_out(scratch, to);
    axis_tf1(&b->x, from.w);
    axis_tf1(&b->y, from.h);
    for (int i = 0; i < 256; i++)
        b->level[i] = (float)i;
    for (size_t i = 0; i < to.h; i++) {
        const float *top = get_row(b, pixels, (size_t)b->y.lo[i], NULL, row_tf1);
        const float *bottom = get_row(b, pixels, (size_t)b->y.hi[i], top, row_tf1);
        blend_rows_tf1(out + i * to.w, to, top, bottom, b->y.w1[i]);
    }
}

void feat_resize_torch(float *out, feat_size to, const feat_pixels *pixels, feat_size from, bool unit, void *scratch)
{
    blend *b = lay_out(scratch, to);
    axis_torch(&b->x, from.w);
    axis_torch(&b->y, from.h);
    for (int i = 0; i < 256; i++)
        b->level[i] = unit ? (float)i / 255.0f : (float)i;
    for (size_t i = 0; i < to.h; i++) {
        const float *top = get_row(b, pixels, (size_t)b->y.lo[i], NULL, row_torch);
        const float *bottom = get_row(b, pixels, (size_t)b->y.hi[i], top, row_torch);
        blend_rows_torch(out + i * to.w, to, top, bottom, b->y.w0[i], b->y.w1[i]);
    }
}
