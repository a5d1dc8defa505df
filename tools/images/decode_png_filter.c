/* The filters of PNG rows, undone. Each byte was stored as the difference to a prediction from the bytes of
 * the pixel to the left (a), above (b), and above to the left (c). What makes a row slow is that each pixel
 * waits for the one to its left, so the loops do a whole pixel at a time, in the lanes of a vector, with all
 * that does not need a computed ahead; what is left in the chain from pixel to pixel is 1, 3 and 6
 * operations. */
#include <string.h>

#include "tools/images/decode_png.h"

/* The number of bytes of a pixel must be a constant in the loops, at any -O level. */
#define INLINE __attribute__((always_inline)) static inline

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef int16_t signed8 __attribute__((vector_size(16)));
typedef uint64_t longs2 __attribute__((vector_size(16)));

/* The lower halves, byte by byte in turns. */
INLINE bytes16 in_turns(bytes16 x, bytes16 y)
{
#if defined(__clang__)
    return __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#else
    return __builtin_shuffle(x, y, (bytes16){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
#endif
}

/* Eight words to bytes. (gcc 12 takes shuffles that do the same apart, byte by byte.) */
INLINE uint64_t narrow(words8 x)
{
    bytes8 y = __builtin_convertvector(x, bytes8);
    uint64_t z;
    memcpy(&z, &y, sizeof z);
    return z;
}

/* A pixel of up to 4 or, with more, up to 8 bytes; what is loaded behind it has no effect. */
INLINE bytes16 load(const uint8_t *p, unsigned step)
{
    uint64_t x = 0;
    if (step <= 4) {
        uint32_t y;
        memcpy(&y, p, sizeof y);
        x = y;
    } else {
        memcpy(&x, p, sizeof x);
    }
    return (bytes16)(longs2){x, 0};
}

/* A pixel, and over the beginning of the next, which is stored later, unless there is none. */
INLINE void store(uint8_t *p, uint64_t x, unsigned step, bool last)
{
    if (last || step < 3) {
        memcpy(p, &x, step);
    } else if (step <= 4) {
        uint32_t y = (uint32_t)x;
        memcpy(p, &y, sizeof y);
    } else {
        memcpy(p, &x, sizeof x);
    }
}

INLINE bytes16 low_words(bytes16 x)
{
    return in_turns(x, (bytes16){0});
}

INLINE bytes16 high_words(bytes16 x)
{
    return in_turns((bytes16){0}, x);
}

INLINE signed8 least(signed8 x, signed8 y)
{
    signed8 z;
    for (int i = 0; i < 8; i++)
        z[i] = x[i] < y[i] ? x[i] : y[i];
    return z;
}

INLINE signed8 largest(signed8 x, signed8 y)
{
    signed8 z;
    for (int i = 0; i < 8; i++)
        z[i] = x[i] > y[i] ? x[i] : y[i];
    return z;
}

INLINE void undo_sub(uint8_t *row, const uint8_t *packed, size_t bytes, unsigned step)
{
    bytes16 a = {0};
    size_t i = 0;
    for (; i + step < bytes; i += step) {
        a += load(packed + i, step);
        store(row + i, ((longs2)a)[0], step, false);
    }
    a += load(packed + i, step);
    store(row + i, ((longs2)a)[0], step, true);
}

/* In words that are 256 times the bytes, so that sums wrap as those of bytes do. */
INLINE words8 average_step(words8 a, const uint8_t *packed, const uint8_t *above, unsigned step)
{
    words8 b = (words8)high_words(load(above, step)), difference = (words8)high_words(load(packed, step));
    return ((a >> 1) + ((b >> 1) + difference)) & 0xFF00;
}

INLINE void undo_average(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes,
                         unsigned step)
{
    words8 a = {0};
    size_t i = 0;
    for (; i + step < bytes; i += step) {
        a = average_step(a, packed + i, above + i, step);
        store(row + i, narrow(a >> 8), step, false);
    }
    a = average_step(a, packed + i, above + i, step);
    store(row + i, narrow(a >> 8), step, true);
}

/* Of a, b and c the one nearest to a + b - c, and of equally near ones the first. Their distances are |b -
 * c|, |a - c| and |a + b - 2 c|; taking the cases apart by how a, b and c lie, it is the larger of a and b
 * when 3 c - a - b is no larger than both, the smaller when it is no smaller than both, and else c. Where
 * both hold, a is b and c as well. */
INLINE signed8 paeth_step(signed8 a, signed8 c, signed8 b, signed8 difference)
{
    signed8 turn = (c + c + c - b) - a, low = least(a, b), high = largest(a, b);
    signed8 to_high = ~(turn > low) & (high - c), to_low = ~(high > turn) & (low - c);
    return ((difference + c) + (to_high + to_low)) & 0xFF;
}

INLINE void undo_paeth(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, unsigned step)
{
    signed8 a = {0}, b, c = {0};
    size_t i = 0;
    for (; i + step < bytes; i += step, c = b) {
        b = (signed8)low_words(load(above + i, step));
        a = paeth_step(a, c, b, (signed8)low_words(load(packed + i, step)));
        store(row + i, narrow((words8)a), step, false);
    }
    b = (signed8)low_words(load(above + i, step));
    a = paeth_step(a, c, b, (signed8)low_words(load(packed + i, step)));
    store(row + i, narrow((words8)a), step, true);
}

/* Without a row above. */
static void undo_first_average(uint8_t *row, const uint8_t *packed, size_t bytes, unsigned step)
{
    for (size_t i = 0; i < bytes; i++)
        row[i] = (uint8_t)(packed[i] + (i < step ? 0 : row[i - step] >> 1));
}

static void undo_up(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes)
{
    size_t i = 0;
    for (; i + 16 <= bytes; i += 16) {
        bytes16 x, b;
        memcpy(&x, packed + i, 16);
        memcpy(&b, above + i, 16);
        x += b;
        memcpy(row + i, &x, 16);
    }
    for (; i < bytes; i++)
        row[i] = (uint8_t)(packed[i] + above[i]);
}

/* `step` is a constant wherever this is called. */
INLINE void undo_pixels(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes,
                        unsigned step, int filter)
{
    if (filter == 1)
        undo_sub(row, packed, bytes, step);
    else if (filter == 3)
        undo_average(row, packed, above, bytes, step);
    else
        undo_paeth(row, packed, above, bytes, step);
}

static void undo_1(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 1, filter);
}

static void undo_2(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 2, filter);
}

static void undo_3(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 3, filter);
}

static void undo_4(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 4, filter);
}

static void undo_6(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 6, filter);
}

static void undo_8(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, int filter)
{
    undo_pixels(row, packed, above, bytes, 8, filter);
}

bool bf_png_unfilter(uint8_t *row, const uint8_t *packed, const uint8_t *above, size_t bytes, unsigned step)
{
    typedef void undo(uint8_t *, const uint8_t *, const uint8_t *, size_t, int);
    static undo *const of_step[9] = {NULL, undo_1, undo_2, undo_3, undo_4, NULL, undo_6, NULL, undo_8};
    int filter = *packed++;
    if (filter > 4)
        return false;
    if (above == NULL && filter == 4)
        filter = 1; /* the nearest is a, whatever it is */
    if (filter == 0 || (filter == 2 && above == NULL))
        memcpy(row, packed, bytes);
    else if (filter == 2)
        undo_up(row, packed, above, bytes);
    else if (filter == 3 && above == NULL)
        undo_first_average(row, packed, bytes, step);
    else
        of_step[step](row, packed, above, bytes, filter);
    return true;
}
