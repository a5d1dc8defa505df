/* The inverse transform of 8 x 8 coefficients: Loeffler, Ligtenberg and Moschytz 1989 (ICASSP, pp. 988-991)
 * with constants of 13 bits, columns first, as libjpeg has it since version 1 ("islow") and libjpeg-turbo
 * computes it in 16 bits. Sums of coefficients wrap at 16 bits and what a pass gives is clamped to them,
 * which no picture reaches and a damaged file can: so every file has one answer here, on every CPU. */
#include <string.h>

#include "tools/images/decode_jpeg.h"

/* Constants of 2^13: the names give their value in thousandths. */
enum {
    F_0298 = 2446,
    F_0390 = 3196,
    F_0541 = 4433,
    F_0765 = 6270,
    F_0899 = 7373,
    F_1175 = 9633,
    F_1501 = 12299,
    F_1847 = 15137,
    F_1961 = 16069,
    F_2053 = 16819,
    F_2562 = 20995,
    F_3072 = 25172,
    BITS = 13,
    COLUMN_SHIFT = BITS - 2, /* columns keep two bits more */
    ROW_SHIFT = BITS + 2 + 3
};

static int16_t wrap(int32_t v)
{
    return (int16_t)(uint16_t)v;
}

static int16_t clamp16(int32_t v)
{
    return v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : (int16_t)v;
}

static uint8_t sample(int16_t v)
{
    return v > 127 ? 255 : v < -128 ? 0 : (uint8_t)(v + 128);
}

/* One dimension, on eight lines at a time: in and out are [8][8], transformed along the first. The products
 * of two 16-bit numbers are summed modulo 2^32. */
static void pass(int16_t out[8][8], const int16_t in[8][8], int shift)
{
    for (int i = 0; i < 8; i++) {
        const uint32_t half = UINT32_C(1) << (shift - 1);
        int32_t in2 = in[2][i], in6 = in[6][i];
        uint32_t a0 = (uint32_t)wrap(in[0][i] + in[4][i]) << BITS;
        uint32_t a1 = (uint32_t)wrap(in[0][i] - in[4][i]) << BITS;
        uint32_t a3 = (uint32_t)(in2 * (F_0541 + F_0765)) + (uint32_t)(in6 * F_0541);
        uint32_t a2 = (uint32_t)(in2 * F_0541) + (uint32_t)(in6 * (F_0541 - F_1847));
        uint32_t even[4] = {a0 + a3 + half, a1 + a2 + half, a1 - a2 + half, a0 - a3 + half};

        int32_t t0 = in[7][i], t1 = in[5][i], t2 = in[3][i], t3 = in[1][i];
        int32_t s3 = wrap(t0 + t2), s4 = wrap(t1 + t3);
        uint32_t z3 = (uint32_t)(s3 * (F_1175 - F_1961)) + (uint32_t)(s4 * F_1175);
        uint32_t z4 = (uint32_t)(s3 * F_1175) + (uint32_t)(s4 * (F_1175 - F_0390));
        uint32_t odd[4] = {(uint32_t)(t0 * -F_0899) + (uint32_t)(t3 * (F_1501 - F_0899)) + z4,
                           (uint32_t)(t1 * -F_2562) + (uint32_t)(t2 * (F_3072 - F_2562)) + z3,
                           (uint32_t)(t1 * (F_2053 - F_2562)) + (uint32_t)(t2 * -F_2562) + z4,
                           (uint32_t)(t0 * (F_0298 - F_0899)) + (uint32_t)(t3 * -F_0899) + z3};
        for (int k = 0; k < 4; k++) {
            out[k][i] = clamp16((int32_t)(even[k] + odd[k]) >> shift);
            out[7 - k][i] = clamp16((int32_t)(even[k] - odd[k]) >> shift);
        }
    }
}

static void transpose(int16_t out[8][8], const int16_t in[8][8])
{
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            out[x][y] = in[y][x];
}

void bf_jpeg_idct_plain(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    int16_t a[8][8], b[8][8];
    int others = 0;
    for (int i = 0; i < 64; i++) {
        a[i / 8][i % 8] = wrap(block[i] * quant[i]);
        others |= i >= 8 ? block[i] : 0;
    }
    if (others == 0) { /* all columns are constant; libjpeg-turbo wraps here, and does not clamp */
        for (int i = 0; i < 64; i++)
            b[i / 8][i % 8] = wrap(a[0][i % 8] * 4);
    } else {
        pass(b, (const int16_t(*)[8])a, COLUMN_SHIFT);
    }
    transpose(a, (const int16_t(*)[8])b);
    pass(b, (const int16_t(*)[8])a, ROW_SHIFT);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            out[(size_t)y * stride + (size_t)x] = sample(b[x][y]);
}

/* All samples are the same when there is a DC coefficient alone. */
static void flat(int16_t dc, uint8_t *out, size_t stride)
{
    int32_t column = wrap(dc * 4);
    uint8_t level = sample(
        clamp16((int32_t)(((uint32_t)column << BITS) + (UINT32_C(1) << (ROW_SHIFT - 1))) >> ROW_SHIFT));
    for (size_t y = 0; y < 8; y++)
        memset(out + y * stride, level, 8);
}

#if defined(__SSE2__)
#include <emmintrin.h>

/* The eight lines of `pass` in the lanes of a register. Sums of two products are one instruction. */
typedef struct pair {
    __m128i low, high;
} pair;

static pair sum_of_products(pair x, int first, int second)
{
    const __m128i factors = _mm_set1_epi32((int)((uint32_t)(first & 0xffff) | (uint32_t)second << 16));
    return (pair){_mm_madd_epi16(x.low, factors), _mm_madd_epi16(x.high, factors)};
}

static pair interleave(__m128i a, __m128i b)
{
    return (pair){_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b)};
}

static pair add(pair a, pair b)
{
    return (pair){_mm_add_epi32(a.low, b.low), _mm_add_epi32(a.high, b.high)};
}

static pair subtract(pair a, pair b)
{
    return (pair){_mm_sub_epi32(a.low, b.low), _mm_sub_epi32(a.high, b.high)};
}

/* v times 2^13, with half a unit of the result added. */
static pair scaled(__m128i v, int shift)
{
    const __m128i half = _mm_set1_epi32(1 << (shift - 1)), zero = _mm_setzero_si128();
    pair x = interleave(zero, v);
    return (pair){_mm_add_epi32(_mm_srai_epi32(x.low, 16 - BITS), half),
                  _mm_add_epi32(_mm_srai_epi32(x.high, 16 - BITS), half)};
}

static __m128i descale(pair x, int shift)
{
    return _mm_packs_epi32(_mm_srai_epi32(x.low, shift), _mm_srai_epi32(x.high, shift));
}

static inline __attribute__((always_inline)) void pass_in_lanes(__m128i v[8], int shift)
{
    pair in26 = interleave(v[2], v[6]);
    pair a3 = sum_of_products(in26, F_0541 + F_0765, F_0541);
    pair a2 = sum_of_products(in26, F_0541, F_0541 - F_1847);
    pair a0 = scaled(_mm_add_epi16(v[0], v[4]), shift), a1 = scaled(_mm_sub_epi16(v[0], v[4]), shift);
    pair even[4] = {add(a0, a3), add(a1, a2), subtract(a1, a2), subtract(a0, a3)};

    pair s34 = interleave(_mm_add_epi16(v[7], v[3]), _mm_add_epi16(v[5], v[1]));
    pair z3 = sum_of_products(s34, F_1175 - F_1961, F_1175);
    pair z4 = sum_of_products(s34, F_1175, F_1175 - F_0390);
    pair in71 = interleave(v[7], v[1]), in53 = interleave(v[5], v[3]);
    pair odd[4] = {add(sum_of_products(in71, -F_0899, F_1501 - F_0899), z4),
                   add(sum_of_products(in53, -F_2562, F_3072 - F_2562), z3),
                   add(sum_of_products(in53, F_2053 - F_2562, -F_2562), z4),
                   add(sum_of_products(in71, F_0298 - F_0899, -F_0899), z3)};
    for (int k = 0; k < 4; k++) {
        v[k] = descale(add(even[k], odd[k]), shift);
        v[7 - k] = descale(subtract(even[k], odd[k]), shift);
    }
}

static inline __attribute__((always_inline)) void transpose_lanes(__m128i v[8])
{
    __m128i a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm_unpacklo_epi16(v[i], v[i + 4]);
        a[2 * i + 1] = _mm_unpackhi_epi16(v[i], v[i + 4]);
    }
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm_unpacklo_epi16(a[i], a[i + 4]);
        b[2 * i + 1] = _mm_unpackhi_epi16(a[i], a[i + 4]);
    }
    for (int i = 0; i < 4; i++) {
        v[2 * i] = _mm_unpacklo_epi16(b[i], b[i + 4]);
        v[2 * i + 1] = _mm_unpackhi_epi16(b[i], b[i + 4]);
    }
}

static void transform(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    __m128i v[8], others = _mm_setzero_si128();
    for (int i = 0; i < 8; i++) {
        __m128i c = _mm_loadu_si128((const __m128i *)(const void *)(block + 8 * i));
        others = i > 0 ? _mm_or_si128(others, c) : others;
        v[i] = _mm_mullo_epi16(c, _mm_loadu_si128((const __m128i *)(const void *)(quant + 8 * i)));
    }
    if (_mm_movemask_epi8(_mm_cmpeq_epi16(others, _mm_setzero_si128())) == 0xffff) {
        v[0] = _mm_slli_epi16(v[0], 2);
        for (int i = 1; i < 8; i++)
            v[i] = v[0];
    } else {
        pass_in_lanes(v, COLUMN_SHIFT);
    }
    transpose_lanes(v);
    pass_in_lanes(v, ROW_SHIFT);
    transpose_lanes(v);
    for (size_t i = 0; i < 8; i += 2) {
        __m128i two = _mm_xor_si128(_mm_packs_epi16(v[i], v[i + 1]), _mm_set1_epi8((char)-128));
        _mm_storel_epi64((__m128i *)(void *)(out + i * stride), two);
        _mm_storel_epi64((__m128i *)(void *)(out + (i + 1) * stride), _mm_unpackhi_epi64(two, two));
    }
}
#else
static void transform(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    bf_jpeg_idct_plain(block, quant, out, stride);
}
#endif

void bf_jpeg_idct(const int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride,
                  bool dc_alone)
{
    if (dc_alone)
        flat(wrap(block[0] * quant[0]), out, stride);
    else
        transform(block, quant, out, stride);
}
