/* Arithmetic-coded blocks (ITU T.81, annexes D, F.1.4, F.2.4 and G). After the last byte the decoder goes on
 * with zeros, as an encoder may leave zeros out at the end. */
#include <string.h>

#include "tools/images/decode_jpeg.h"

/* Table D.3: the probability of the less probable symbol in 2^-16, the next state after it and after the more
 * probable one, and whether they change places (then the state after the less probable one has 128 added).
 * State 113 is not in the standard: it is for bits that are as likely 0 as 1, and never changes. */
typedef struct state {
    uint16_t less;
    uint8_t after_less, after_more;
} state;

#define SWAP 128
static const state states[114] = {
    {0x5a1d, 1 + SWAP, 1},     {0x2586, 14, 2},           {0x1114, 16, 3},           {0x080b, 18, 4},
    {0x03d8, 20, 5},           {0x01da, 23, 6},           {0x00e5, 25, 7},           {0x006f, 28, 8},
    {0x0036, 30, 9},           {0x001a, 33, 10},          {0x000d, 35, 11},          {0x0006, 9, 12},
    {0x0003, 10, 13},          {0x0001, 12, 13},          {0x5a7f, 15 + SWAP, 15},   {0x3f25, 36, 16},
    {0x2cf2, 38, 17},          {0x207c, 39, 18},          {0x17b9, 40, 19},          {0x1182, 42, 20},
    {0x0cef, 43, 21},          {0x09a1, 45, 22},          {0x072f, 46, 23},          {0x055c, 48, 24},
    {0x0406, 49, 25},          {0x0303, 51, 26},          {0x0240, 52, 27},          {0x01b1, 54, 28},
    {0x0144, 56, 29},          {0x00f5, 57, 30},          {0x00b7, 59, 31},          {0x008a, 60, 32},
    {0x0068, 62, 33},          {0x004e, 63, 34},          {0x003b, 32, 35},          {0x002c, 33, 9},
    {0x5ae1, 37 + SWAP, 37},   {0x484c, 64, 38},          {0x3a0d, 65, 39},          {0x2ef1, 67, 40},
    {0x261f, 68, 41},          {0x1f33, 69, 42},          {0x19a8, 70, 43},          {0x1518, 72, 44},
    {0x1177, 73, 45},          {0x0e74, 74, 46},          {0x0bfb, 75, 47},          {0x09f8, 77, 48},
    {0x0861, 78, 49},          {0x0706, 79, 50},          {0x05cd, 48, 51},          {0x04de, 50, 52},
    {0x040f, 50, 53},          {0x0363, 51, 54},          {0x02d4, 52, 55},          {0x025c, 53, 56},
    {0x01f8, 54, 57},          {0x01a4, 55, 58},          {0x0160, 56, 59},          {0x0125, 57, 60},
    {0x00f6, 58, 61},          {0x00cb, 59, 62},          {0x00ab, 61, 63},          {0x008f, 61, 32},
    {0x5b12, 65 + SWAP, 65},   {0x4d04, 80, 66},          {0x412c, 81, 67},          {0x37d8, 82, 68},
    {0x2fe8, 83, 69},          {0x293c, 84, 70},          {0x2379, 86, 71},          {0x1edf, 87, 72},
    {0x1aa9, 87, 73},          {0x174e, 72, 74},          {0x1424, 72, 75},          {0x119c, 74, 76},
    {0x0f6b, 74, 77},          {0x0d51, 75, 78},          {0x0bb6, 77, 79},          {0x0a40, 77, 48},
    {0x5832, 80 + SWAP, 81},   {0x4d1c, 88, 82},          {0x438e, 89, 83},          {0x3bdd, 90, 84},
    {0x34ee, 91, 85},          {0x2eae, 92, 86},          {0x299a, 93, 87},          {0x2516, 86, 71},
    {0x5570, 88 + SWAP, 89},   {0x4ca9, 95, 90},          {0x44d9, 96, 91},          {0x3e22, 97, 92},
    {0x3824, 99, 93},          {0x32b4, 99, 94},          {0x2e17, 93, 86},          {0x56a8, 95 + SWAP, 96},
    {0x4f46, 101, 97},         {0x47e5, 102, 98},         {0x41cf, 103, 99},         {0x3c3d, 104, 100},
    {0x375e, 99, 93},          {0x5231, 105, 102},        {0x4c0f, 106, 103},        {0x4639, 107, 104},
    {0x415e, 103, 99},         {0x5627, 105 + SWAP, 106}, {0x50e7, 108, 107},        {0x4b85, 109, 103},
    {0x5597, 110, 109},        {0x504f, 111, 107},        {0x5a10, 110 + SWAP, 111}, {0x5522, 112, 109},
    {0x59eb, 112 + SWAP, 111}, {0x5a1d, 113, 113}};

static uint32_t next_byte(bf_jpeg *j)
{
    bf_jpeg_bits *bits = &j->bits;
    if (bits->marker == 0 && bits->at < bits->end) {
        uint8_t byte = *bits->at++;
        if (byte != 0xFF)
            return byte;
        while (bits->at < bits->end && *bits->at == 0xFF)
            bits->at++;
        if (bits->at < bits->end && *bits->at++ == 0)
            return 0xFF;
        bits->marker = bits->at[-1] != 0xFF ? bits->at[-1] : -1;
    } else if (bits->marker == 0) {
        bits->marker = -1;
    }
    j->arith.made_up++;
    return 0;
}

/* Brings the interval back to at least 2^15 (figure D.16). Two bytes are read at the start. */
static void renormalise(bf_jpeg *j)
{
    bf_jpeg_arith *a = &j->arith;
    while (a->a < 0x8000) {
        if (--a->shift < 0) {
            a->c = a->c << 8 | next_byte(j);
            a->shift += 8;
            if (a->shift < 0 && ++a->shift == 0)
                a->a = 0x8000;
        }
        a->a <<= 1;
    }
}

/* One decision, with the state that *st keeps of its kind: 128 is the more probable symbol, the rest its
 * place in the table (figures D.17 to D.19). */
static int decide(bf_jpeg *j, uint8_t *st)
{
    bf_jpeg_arith *a = &j->arith;
    renormalise(j);
    const state *s = &states[*st & 127];
    int symbol = *st >> 7;
    a->a -= s->less;
    if (a->c >= a->a << a->shift) {
        a->c -= a->a << a->shift;
        bool exchanged = a->a < s->less;
        a->a = s->less;
        if (exchanged) {
            *st = (*st & 128) ^ s->after_more;
            return symbol;
        }
        *st = (*st & 128) ^ s->after_less;
        return !symbol;
    }
    if (a->a >= 0x8000)
        return symbol;
    if (a->a < s->less) {
        *st = (*st & 128) ^ s->after_less;
        return !symbol;
    }
    *st = (*st & 128) ^ s->after_more;
    return symbol;
}

void bf_jpeg_arith_reset(bf_jpeg *j)
{
    bf_jpeg_arith *a = &j->arith;
    for (int i = 0; i < j->n_in_scan; i++) {
        bf_jpeg_component *c = &j->component[j->in_scan[i]];
        if (!j->progressive || (j->from == 0 && j->high == 0)) {
            memset(a->dc[c->dc_table], 0, sizeof a->dc[0]);
            c->dc = 0;
            c->dc_context = 0;
        }
        if (!j->progressive || j->from > 0)
            memset(a->ac[c->ac_table], 0, sizeof a->ac[0]);
    }
    a->even[0] = 113;
    a->c = a->a = 0;
    a->shift = -16;
    a->made_up = 0;
}

/* libjpeg leaves what comes after such a thing grey; it cannot be a whole picture. */
static bool broken(bf_jpeg *j)
{
    j->reason = "damaged data: a value that cannot be";
    return false;
}

/* The bits below the leading one of a magnitude m; the value is one more. */
static int32_t magnitude(bf_jpeg *j, uint8_t *st, int32_t m)
{
    int32_t v = m;
    while ((m >>= 1) != 0)
        if (decide(j, st))
            v |= m;
    return v + 1;
}

/* Doubles m for each decision for it (figure F.23); 0 when it becomes too large. */
static int32_t category(bf_jpeg *j, uint8_t **st, int32_t m)
{
    while (decide(j, *st)) {
        m <<= 1;
        if (m == 0x8000)
            return 0;
        ++*st;
    }
    return m;
}

static bool dc_change(bf_jpeg *j, bf_jpeg_component *c)
{
    uint8_t *bins = j->arith.dc[c->dc_table], *st = bins + c->dc_context;
    if (!decide(j, st)) {
        c->dc_context = 0;
        return true;
    }
    int sign = decide(j, st + 1);
    st += 2 + sign;
    int32_t m = decide(j, st);
    if (m != 0) {
        st = bins + 20;
        m = category(j, &st, m);
        if (m == 0)
            return broken(j);
    }
    if (m < (1 << j->arith_low[c->dc_table]) >> 1)
        c->dc_context = 0;
    else
        c->dc_context = (m > (1 << j->arith_high[c->dc_table]) >> 1 ? 12 : 4) + sign * 4;
    int32_t v = magnitude(j, st + 14, m);
    c->dc = (c->dc + (uint32_t)(sign ? -v : v)) & 0xffff;
    return true;
}

/* Coefficients [from, to] of one block, shifted left by `low`. */
static bool ac_values(bf_jpeg *j, const bf_jpeg_component *c, int16_t block[64], int from, int to, int low,
                      int *last)
{
    uint8_t *bins = j->arith.ac[c->ac_table];
    for (int k = from; k <= to; k++) {
        uint8_t *st = bins + 3 * (k - 1);
        if (decide(j, st))
            return true;
        while (!decide(j, st + 1)) {
            st += 3;
            if (++k > to)
                return broken(j);
        }
        int sign = decide(j, j->arith.even);
        st += 2;
        int32_t m = decide(j, st);
        if (m != 0 && decide(j, st)) {
            st = bins + (k <= j->arith_k[c->ac_table] ? 189 : 217);
            m = category(j, &st, 2);
            if (m == 0)
                return broken(j);
        }
        int32_t v = magnitude(j, st + 14, m);
        block[bf_jpeg_zigzag[k]] = (int16_t)(uint16_t)((uint32_t)(sign ? -v : v) << low);
        *last = k;
    }
    return true;
}

bool bf_jpeg_arith_block(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64], int *last)
{
    *last = 0;
    if (!dc_change(j, c))
        return false;
    block[0] = (int16_t)(uint16_t)c->dc;
    return ac_values(j, c, block, 1, 63, 0, last);
}

static bool ac_refine(bf_jpeg *j, const bf_jpeg_component *c, int16_t block[64])
{
    uint8_t *bins = j->arith.ac[c->ac_table];
    int16_t one = (int16_t)(1 << j->low);
    int before = j->to; /* the last that was known before */
    while (before > 0 && block[bf_jpeg_zigzag[before]] == 0)
        before--;
    for (int k = j->from; k <= j->to; k++) {
        uint8_t *st = bins + 3 * (k - 1);
        if (k > before && decide(j, st))
            return true;
        for (;; st += 3) {
            int16_t *v = &block[bf_jpeg_zigzag[k]];
            if (*v != 0) {
                if (decide(j, st + 2))
                    *v = (int16_t)(uint16_t)(*v + (*v < 0 ? -one : one));
                break;
            }
            if (decide(j, st + 1)) {
                *v = decide(j, j->arith.even) ? (int16_t)-one : one;
                break;
            }
            if (++k > j->to)
                return broken(j);
        }
    }
    return true;
}

bool bf_jpeg_arith_progressive(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64])
{
    int last;
    if (j->from > 0)
        return j->high > 0 ? ac_refine(j, c, block) : ac_values(j, c, block, j->from, j->to, j->low, &last);
    if (j->high > 0) {
        if (decide(j, j->arith.even))
            block[0] = (int16_t)(uint16_t)((uint16_t)block[0] | 1u << j->low);
        return true;
    }
    if (!dc_change(j, c))
        return false;
    block[0] = (int16_t)(uint16_t)(c->dc << j->low);
    return true;
}
