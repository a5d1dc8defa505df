/* From planes to the rows of the picture: upsampling and colours, as libjpeg has them since version 6 ("fancy
 * upsampling") and libjpeg-turbo since 2.0.4 in the vertical direction; CMYK to RGB as Pillow. Integer
 * arithmetic only. */
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tools/images/decode_jpeg.h"

bf_jpeg_upsampling bf_jpeg_upsampling_of(const bf_jpeg *j, const bf_jpeg_component *c)
{
    bool twice_h = c->h * 2 == j->h_most, twice_v = c->v * 2 == j->v_most;
    bool same_h = c->h == j->h_most, same_v = c->v == j->v_most;
    if (same_h && same_v)
        return BF_JPEG_FULL;
    /* There is nothing between two columns to interpolate: libjpeg repeats them. */
    if (twice_h && same_v && c->w > 2)
        return BF_JPEG_H2;
    if (same_h && twice_v)
        return BF_JPEG_V2;
    if (twice_h && twice_v && c->w > 2)
        return BF_JPEG_H2V2;
    return j->h_most % c->h == 0 && j->v_most % c->v == 0 ? BF_JPEG_REPEAT : BF_JPEG_NO_WAY;
}

static const uint8_t *plane_row(const bf_jpeg_component *c, size_t y)
{
    return c->plane + y % c->ring * c->w_padded * 8;
}

/* The other row that has a part in row y of twice as many: the one above for even y, below for odd. */
static const uint8_t *other_row(const bf_jpeg_component *c, size_t y)
{
    size_t near = y / 2;
    if (y % 2 == 0)
        return plane_row(c, near > 0 ? near - 1 : 0);
    return plane_row(c, near + 1 < c->rows ? near + 1 : near);
}

static void widen(uint8_t *restrict out, const uint8_t *restrict in, size_t n)
{
    out[0] = in[0];
    out[1] = (uint8_t)((in[0] * 3 + in[1] + 2) >> 2);
    for (size_t i = 1; i + 1 < n; i++) {
        uint16_t three = (uint16_t)(in[i] * 3);
        out[2 * i] = (uint8_t)((uint16_t)(three + in[i - 1] + 1) >> 2);
        out[2 * i + 1] = (uint8_t)((uint16_t)(three + in[i + 1] + 2) >> 2);
    }
    out[2 * n - 2] = (uint8_t)((in[n - 1] * 3 + in[n - 2] + 1) >> 2);
    out[2 * n - 1] = in[n - 1];
}

static void heighten(uint8_t *restrict out, const uint8_t *restrict near, const uint8_t *restrict other,
                     size_t n, bool lower)
{
    const uint16_t bias = lower ? 2 : 1;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((uint16_t)(near[i] * 3 + other[i] + bias) >> 2);
}

/* All but the first and last pair of a row twice as wide, from sums of rows. */
static void enlarge_inner(uint8_t *restrict out, const uint16_t *restrict sums, size_t n)
{
    size_t i = 1;
#if defined(__SSE2__)
    const __m128i seven = _mm_set1_epi16(7), eight = _mm_set1_epi16(8);
    for (; i + 9 <= n; i += 8) {
        __m128i left = _mm_loadu_si128((const __m128i *)(const void *)(sums + i - 1));
        __m128i own = _mm_loadu_si128((const __m128i *)(const void *)(sums + i));
        __m128i right = _mm_loadu_si128((const __m128i *)(const void *)(sums + i + 1));
        __m128i three = _mm_add_epi16(own, _mm_add_epi16(own, own));
        __m128i even = _mm_srli_epi16(_mm_add_epi16(_mm_add_epi16(three, left), eight), 4);
        __m128i odd = _mm_srli_epi16(_mm_add_epi16(_mm_add_epi16(three, right), seven), 4);
        _mm_storeu_si128((__m128i *)(void *)(out + 2 * i), _mm_or_si128(even, _mm_slli_epi16(odd, 8)));
    }
#endif
    for (; i + 1 < n; i++) {
        uint16_t three = (uint16_t)(sums[i] * 3);
        out[2 * i] = (uint8_t)((uint16_t)(three + sums[i - 1] + 8) >> 4);
        out[2 * i + 1] = (uint8_t)((uint16_t)(three + sums[i + 1] + 7) >> 4);
    }
}

/* Both: the sums of rows first, then along them. */
static void enlarge(uint8_t *restrict out, uint16_t *restrict sums, const uint8_t *restrict near,
                    const uint8_t *restrict other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = (uint16_t)(near[i] * 3 + other[i]);
    out[0] = (uint8_t)((sums[0] * 4 + 8) >> 4);
    out[1] = (uint8_t)((sums[0] * 3 + sums[1] + 7) >> 4);
    enlarge_inner(out, sums, n);
    out[2 * n - 2] = (uint8_t)((sums[n - 1] * 3 + sums[n - 2] + 8) >> 4);
    out[2 * n - 1] = (uint8_t)((sums[n - 1] * 4 + 7) >> 4);
}

static void repeat(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t times)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < times; k++)
            out[i * times + k] = in[i];
}

/* Row y of component i as wide as the picture, at least. */
static const uint8_t *full_row(const bf_jpeg *j, int i, size_t y)
{
    const bf_jpeg_component *c = &j->component[i];
    uint8_t *out = j->rows[i];
    switch (c->up) {
    case BF_JPEG_FULL:
        return plane_row(c, y);
    case BF_JPEG_H2:
        widen(out, plane_row(c, y), c->w);
        break;
    case BF_JPEG_V2:
        heighten(out, plane_row(c, y / 2), other_row(c, y), c->w, y % 2 == 1);
        break;
    case BF_JPEG_H2V2:
        enlarge(out, j->sums, plane_row(c, y / 2), other_row(c, y), c->w);
        break;
    case BF_JPEG_REPEAT:
    case BF_JPEG_NO_WAY:
        repeat(out, plane_row(c, y / (size_t)(j->v_most / c->v)), c->w, (size_t)(j->h_most / c->h));
        break;
    }
    return out;
}

/* ITU-R BT.601, full range (JFIF), with factors of 16 bits: 1.402 = 1 + 26345 / 2^16, 1.772 = 2 - 14942 /
 * 2^16, 0.34414 = 22554 / 2^16, 0.71414 = 1 - 18734 / 2^16; half is added once to a sum of products. */
enum { RED_CR = 26345, BLUE_CB = -14942, GREEN_CB = -22554, GREEN_CR = 18734, HALF = 32768 };

static inline uint32_t clamped(int32_t v)
{
    return (uint32_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void ycc_to_pixels(uint32_t *restrict out, const uint8_t *restrict y, const uint8_t *restrict cb,
                          const uint8_t *restrict cr, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int32_t luma = y[i], b = cb[i] - 128, r = cr[i] - 128;
        uint32_t red = clamped(luma + r + ((r * RED_CR + HALF) >> 16));
        uint32_t green = clamped(luma - r + ((b * GREEN_CB + r * GREEN_CR + HALF) >> 16));
        uint32_t blue = clamped(luma + 2 * b + ((b * BLUE_CB + HALF) >> 16));
        out[i] = red | green << 8 | blue << 16;
    }
}

/* a b / 255, rounded, as Pillow has it. */
static inline uint32_t share(uint32_t a, uint32_t b)
{
    uint32_t t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

/* Adobe's CMYK is stored inverted, and every CMYK is taken for Adobe's: what is stored is light. */
static void cmyk_to_rgb(uint32_t *restrict out, const uint8_t *const row[4], size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = share(row[0][i], row[3][i]) | share(row[1][i], row[3][i]) << 8 |
                 share(row[2][i], row[3][i]) << 16;
}

/* In YCCK the first three are the RGB of the inverse of what is stored in CMYK. */
static void ycck_to_rgb(uint32_t *restrict out, const uint8_t *const row[4], size_t n)
{
    ycc_to_pixels(out, row[0], row[1], row[2], n);
    for (size_t i = 0; i < n; i++) {
        uint32_t light = ~out[i], k = row[3][i];
        out[i] = share(light & 255, k) | share(light >> 8 & 255, k) << 8 | share(light >> 16 & 255, k) << 16;
    }
}

static void grey_to_rgb(uint8_t *restrict rgb, const uint8_t *restrict grey, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
}

/* Four bytes a pixel to three: two pixels at a time, as six bytes of eight, of which the next two overwrite
 * the rest. */
static void pack(uint8_t *restrict rgb, const uint32_t *restrict in, size_t n)
{
    size_t i = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; i + 3 <= n; i += 2) {
        uint64_t two = in[i] | (uint64_t)in[i + 1] << 24;
        memcpy(rgb + 3 * i, &two, sizeof two);
    }
#endif
    for (; i < n; i++) {
        rgb[3 * i] = (uint8_t)in[i];
        rgb[3 * i + 1] = (uint8_t)(in[i] >> 8);
        rgb[3 * i + 2] = (uint8_t)(in[i] >> 16);
    }
}

#if defined(__SSE2__)
/* Four pixels of four bytes to twelve bytes at `out`, and two more that do not count. */
static inline void store_four(uint8_t *out, __m128i four)
{
    const __m128i first = _mm_set_epi32(0, 0xffffff, 0, 0xffffff);
    __m128i two = _mm_or_si128(_mm_and_si128(four, first), _mm_srli_epi64(_mm_andnot_si128(first, four), 8));
    _mm_storel_epi64((__m128i *)(void *)out, two);
    _mm_storel_epi64((__m128i *)(void *)(out + 6), _mm_unpackhi_epi64(two, two));
}

/* v c / 2^16, rounded: of twice v the upper half of a product, which then has one bit too many. */
static inline __m128i part(__m128i v, int c)
{
    __m128i twice = _mm_mulhi_epi16(_mm_add_epi16(v, v), _mm_set1_epi16((short)c));
    return _mm_srai_epi16(_mm_add_epi16(twice, _mm_set1_epi16(1)), 1);
}

/* How many pixels of the row it has done, eight at a time; the last few are left. */
static size_t ycc_to_rgb(uint8_t *restrict rgb, const uint8_t *const row[4], size_t n)
{
    const __m128i zero = _mm_setzero_si128(), half = _mm_set1_epi32(HALF), middle = _mm_set1_epi16(128);
    const __m128i green = _mm_set1_epi32((int)((uint32_t)(GREEN_CB & 0xffff) | (uint32_t)GREEN_CR << 16));
    size_t i = 0;
    for (; i + 9 <= n; i += 8) {
        __m128i y = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(row[0] + i)), zero);
        __m128i b = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(row[1] + i)), zero);
        __m128i r = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(row[2] + i)), zero);
        b = _mm_sub_epi16(b, middle);
        r = _mm_sub_epi16(r, middle);
        __m128i low = _mm_madd_epi16(_mm_unpacklo_epi16(b, r), green);
        __m128i high = _mm_madd_epi16(_mm_unpackhi_epi16(b, r), green);
        low = _mm_srai_epi32(_mm_add_epi32(low, half), 16);
        high = _mm_srai_epi32(_mm_add_epi32(high, half), 16);
        __m128i red = _mm_add_epi16(y, _mm_add_epi16(r, part(r, RED_CR)));
        __m128i grn = _mm_add_epi16(_mm_sub_epi16(y, r), _mm_packs_epi32(low, high));
        __m128i blu = _mm_add_epi16(_mm_add_epi16(y, b), _mm_add_epi16(b, part(b, BLUE_CB)));
        __m128i rg = _mm_unpacklo_epi8(_mm_packus_epi16(red, red), _mm_packus_epi16(grn, grn));
        __m128i b0 = _mm_unpacklo_epi8(_mm_packus_epi16(blu, blu), zero);
        store_four(rgb + 3 * i, _mm_unpacklo_epi16(rg, b0));
        store_four(rgb + 3 * i + 12, _mm_unpackhi_epi16(rg, b0));
    }
    return i;
}
#else
static size_t ycc_to_rgb(uint8_t *rgb, const uint8_t *const row[4], size_t n)
{
    (void)rgb, (void)row, (void)n;
    return 0;
}
#endif

void bf_jpeg_rows(const bf_jpeg *j, size_t from, size_t to, uint8_t *rgb)
{
    for (size_t y = from; y < to; y++) {
        const uint8_t *row[BF_JPEG_COMPONENTS] = {0};
        uint8_t *out = rgb + y * j->w * 3;
        for (int i = 0; i < j->n_components; i++)
            row[i] = full_row(j, i, y);
        if (j->colours == BF_JPEG_GREY) {
            grey_to_rgb(out, row[0], j->w);
            continue;
        }
        size_t done = j->colours == BF_JPEG_YCC ? ycc_to_rgb(out, row, j->w) : 0;
        if (j->colours == BF_JPEG_YCC)
            ycc_to_pixels(j->pixels, row[0] + done, row[1] + done, row[2] + done, j->w - done);
        else if (j->colours == BF_JPEG_CMYK)
            cmyk_to_rgb(j->pixels, row, j->w);
        else if (j->colours == BF_JPEG_YCCK)
            ycck_to_rgb(j->pixels, row, j->w);
        else
            for (size_t i = 0; i < j->w; i++)
                j->pixels[i] = row[0][i] | (uint32_t)row[1][i] << 8 | (uint32_t)row[2][i] << 16;
        pack(out + 3 * done, j->pixels, j->w - done);
    }
}
