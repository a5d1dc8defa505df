/* Huffman-coded blocks (ITU T.81, annexes F and G), and the bits they are read from. What libjpeg makes of
 * data that end early is part of the pixels of damaged files: missing bits are zeros, until the block group
 * (MCU) is full. */
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/images/decode_jpeg.h"

const uint8_t bf_jpeg_zigzag[80] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
                                    63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

/* --- bits --------------------------------------------------------------------------------------------- */

/* The next byte of data; false, with bits->marker set, where a marker or the end is next. */
static bool next_byte(bf_jpeg_bits *bits, uint8_t *byte)
{
    if (bits->marker != 0)
        return false;
    if (bits->at == bits->end) {
        bits->marker = -1;
        return false;
    }
    *byte = *bits->at++;
    if (*byte != 0xFF)
        return true;
    /* Any number of 0xFF before a zero count as one data byte; before anything else they are filling. */
    while (bits->at < bits->end && *bits->at == 0xFF)
        bits->at++;
    if (bits->at == bits->end)
        bits->marker = -1;
    else if (*bits->at++ != 0)
        bits->marker = bits->at[-1];
    return bits->marker == 0;
}

static void fill_slowly(bf_jpeg_bits *bits)
{
    uint8_t byte;
    while (bits->n <= 56 && next_byte(bits, &byte)) {
        bits->buffer |= (uint64_t)byte << (56 - bits->n);
        bits->n += 8;
    }
    if (bits->n < 32) {
        bits->made_up += 64 - bits->n;
        bits->n = 64;
    }
}

static inline void fill(bf_jpeg_bits *bits)
{
    if (bits->n >= 32)
        return;
    if (bits->end - bits->at >= 4 && bits->marker == 0) {
        uint32_t four = bf_be32(bits->at);
        if (((~four - 0x01010101u) & four & 0x80808080u) == 0) { /* none is 0xFF */
            bits->buffer |= (uint64_t)four << (32 - bits->n);
            bits->n += 32;
            bits->at += 4;
            return;
        }
    }
    fill_slowly(bits);
}

void bf_jpeg_fill(bf_jpeg_bits *bits)
{
    fill(bits);
}

/* The next n bits, 1 to 16; so many must be there. */
static inline uint32_t take(bf_jpeg_bits *bits, int n)
{
    uint32_t v = (uint32_t)(bits->buffer >> (64 - n));
    bits->buffer <<= n;
    bits->n -= n;
    return v;
}

/* The signed value that the upper n bits of a buffer, 1 to 15, stand for (figure F.12): without a branch, as
 * the first of them, the sign, cannot be foreseen. */
static inline int32_t signed_value(uint64_t buffer, int n)
{
    int32_t negative = (int32_t) ~((int64_t)buffer >> 63);
    return (int32_t)(buffer >> (64 - n)) + (negative & (1 - (INT32_C(1) << n)));
}

static inline int32_t take_signed(bf_jpeg_bits *bits, int n)
{
    int32_t value = signed_value(bits->buffer, n);
    (void)take(bits, n);
    return value;
}

/* --- tables ------------------------------------------------------------------------------------------- */

/* What short codes mean at a glance. */
static void enter(bf_jpeg_huff *t, uint32_t code, int length, uint8_t symbol)
{
    int spare = BF_JPEG_LOOK_BITS - length;
    for (uint32_t i = 0; i < UINT32_C(1) << spare; i++)
        t->look[code << spare | i] = (uint32_t)(symbol | length << 8 | (length + (symbol & 15)) << 16);
}

bool bf_jpeg_huff_ready(bf_jpeg *j, bf_jpeg_huff *t, bool dc)
{
    if (!t->there) {
        j->reason = "a Huffman table is missing";
        return false;
    }
    if (t->ready)
        return true;
    memset(t->look, 0, sizeof t->look);
    uint32_t code = 0;
    int place = 0;
    for (int length = 1; length <= 16; length++, code <<= 1) {
        t->first[length] = place - (int32_t)code;
        for (int i = 0; i < t->count[length]; i++, code++, place++) {
            if (code >= UINT32_C(1) << length || place > 255 || (dc && t->symbol[place] > 15)) {
                j->reason = "bad Huffman table";
                return false;
            }
            if (length <= BF_JPEG_LOOK_BITS)
                enter(t, code, length, t->symbol[place]);
        }
        /* No code is all ones. */
        if (t->count[length] > 0 && code >= UINT32_C(1) << length) {
            j->reason = "bad Huffman table";
            return false;
        }
        t->most[length] = t->count[length] > 0 ? (int32_t)code - 1 : -1;
    }
    t->ready = true;
    return true;
}

static const uint8_t dc_counts[2][17] = {{0, 0, 1, 5, 1, 1, 1, 1, 1, 1},
                                         {0, 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
static const uint8_t ac_counts[2][17] = {{0, 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
                                         {0, 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119}};
static const char *const ac_symbols[2] = {"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07"
                                          "\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1"
                                          "\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19"
                                          "\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37"
                                          "\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57"
                                          "\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a"
                                          "\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\x8a"
                                          "\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3"
                                          "\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba"
                                          "\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3"
                                          "\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9"
                                          "\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
                                          "\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71"
                                          "\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1"
                                          "\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1"
                                          "\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36"
                                          "\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56"
                                          "\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69"
                                          "\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\x88"
                                          "\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a"
                                          "\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8"
                                          "\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca"
                                          "\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8"
                                          "\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"};

void bf_jpeg_huff_standard(bf_jpeg *j)
{
    for (int i = 0; i < 2; i++) {
        if (!j->dc_huff[i].there) {
            memcpy(j->dc_huff[i].count, dc_counts[i], 17);
            for (int k = 0; k < 12; k++)
                j->dc_huff[i].symbol[k] = (uint8_t)k;
            j->dc_huff[i].there = true;
        }
        if (!j->ac_huff[i].there) {
            memcpy(j->ac_huff[i].count, ac_counts[i], 17);
            memcpy(j->ac_huff[i].symbol, ac_symbols[i], 162);
            j->ac_huff[i].there = true;
        }
    }
}

/* The next symbol, -1 when no code begins like this. There must be 16 bits. */
static inline int symbol(bf_jpeg_bits *bits, const bf_jpeg_huff *t)
{
    uint32_t look = t->look[bits->buffer >> (64 - BF_JPEG_LOOK_BITS)];
    if (look != 0) {
        (void)take(bits, (int)(look >> 8 & 255));
        return (int)(look & 255);
    }
    for (int length = BF_JPEG_LOOK_BITS + 1; length <= 16; length++) {
        int32_t code = (int32_t)(bits->buffer >> (64 - length));
        if (code <= t->most[length]) {
            (void)take(bits, length);
            return t->symbol[(code + t->first[length]) & 255];
        }
    }
    return -1;
}

static bool no_code(bf_jpeg *j)
{
    j->reason = "damaged data: a code that is in no table";
    return false;
}

/* --- blocks ------------------------------------------------------------------------------------------- */

/* The difference of DC values. */
static inline bool difference(bf_jpeg_bits *bits, const bf_jpeg_huff *t, uint32_t *value)
{
    fill(bits);
    int size = symbol(bits, t);
    if (size < 0)
        return false;
    *value = size == 0 ? 0 : (uint32_t)take_signed(bits, size);
    return true;
}

bool bf_jpeg_huff_block(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64], int *last)
{
    bf_jpeg_bits bits = j->bits; /* a copy, so that it lies in registers */
    const bf_jpeg_huff *ac = &j->ac_huff[c->ac_table];
    uint32_t change;
    if (!difference(&bits, &j->dc_huff[c->dc_table], &change))
        return no_code(j);
    c->dc += change;
    block[0] = (int16_t)(uint16_t)c->dc;
    *last = 0;
    for (int k = 1; k < 64; k++) {
        fill(&bits);
        /* Where the table knows the code, it knows what to drop for code and value: the next code need not
         * wait for this value. */
        uint64_t before = bits.buffer;
        uint32_t look = ac->look[before >> (64 - BF_JPEG_LOOK_BITS)];
        if (look == 0) {
            int s = symbol(&bits, ac);
            if (s < 0)
                return no_code(j);
            look = (uint32_t)s;
            before = bits.buffer;
            bits.buffer <<= s & 15;
            bits.n -= s & 15;
        } else {
            (void)take(&bits, (int)(look >> 16));
            before <<= look >> 8 & 255;
        }
        int size = (int)(look & 15);
        k += (int)(look >> 4 & 15);
        if (size != 0) {
            block[bf_jpeg_zigzag[k]] = (int16_t)signed_value(before, size);
            *last = k;
        } else if ((look & 255) != 0xF0) {
            break;
        }
    }
    j->bits = bits;
    return true;
}

static bool dc_first(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64])
{
    uint32_t change;
    if (!difference(&j->bits, &j->dc_huff[c->dc_table], &change))
        return no_code(j);
    c->dc += change;
    block[0] = (int16_t)(uint16_t)(c->dc << j->low);
    return true;
}

/* How many bands end here, this one included, in a run that `s` begins. */
static uint32_t band_run(bf_jpeg_bits *bits, int s)
{
    int r = s >> 4;
    return (UINT32_C(1) << r) + (r > 0 ? take(bits, r) : 0);
}

static bool ac_first(bf_jpeg *j, const bf_jpeg_component *c, int16_t block[64])
{
    if (j->end_of_band > 0) {
        j->end_of_band--;
        return true;
    }
    bf_jpeg_bits bits = j->bits;
    const bf_jpeg_huff *ac = &j->ac_huff[c->ac_table];
    for (int k = j->from; k <= j->to; k++) {
        fill(&bits);
        int s = symbol(&bits, ac);
        if (s < 0)
            return no_code(j);
        int size = s & 15;
        if (size == 0 && s != 0xF0) {
            j->end_of_band = band_run(&bits, s) - 1;
            break;
        }
        k += s >> 4;
        if (size != 0)
            block[bf_jpeg_zigzag[k]] = (int16_t)(uint16_t)((uint32_t)take_signed(&bits, size) << j->low);
    }
    j->bits = bits;
    return true;
}

/* A coefficient that is known in part takes its next bit. */
static void refine(bf_jpeg *j, int16_t *coefficient)
{
    int16_t one = (int16_t)(1 << j->low);
    fill(&j->bits);
    if (take(&j->bits, 1) != 0 && (*coefficient & one) == 0)
        *coefficient = (int16_t)(uint16_t)(*coefficient + (*coefficient >= 0 ? one : -one));
}

/* Moves on from place k over `zeros` coefficients that are still zero, refining those that are not, and gives
 * the place where that ends. */
static int pass_over(bf_jpeg *j, int16_t block[64], int k, int zeros)
{
    for (; k <= j->to; k++) {
        int16_t *coefficient = &block[bf_jpeg_zigzag[k]];
        if (*coefficient != 0)
            refine(j, coefficient);
        else if (--zeros < 0)
            break;
    }
    return k;
}

static bool ac_refine(bf_jpeg *j, const bf_jpeg_component *c, int16_t block[64])
{
    int k = j->from;
    for (; j->end_of_band == 0 && k <= j->to; k++) {
        fill(&j->bits);
        int s = symbol(&j->bits, &j->ac_huff[c->ac_table]);
        if (s < 0)
            return no_code(j);
        int16_t value = 0;
        if ((s & 15) != 0) {
            value = (int16_t)(1 << j->low);
            value = take(&j->bits, 1) != 0 ? value : (int16_t)-value;
        } else if (s != 0xF0) {
            j->end_of_band = band_run(&j->bits, s);
            break;
        }
        k = pass_over(j, block, k, s >> 4);
        if (value != 0)
            block[bf_jpeg_zigzag[k]] = value;
    }
    if (j->end_of_band > 0) {
        (void)pass_over(j, block, k, 64);
        j->end_of_band--;
    }
    return true;
}

bool bf_jpeg_huff_progressive(bf_jpeg *j, bf_jpeg_component *c, int16_t block[64])
{
    if (j->from > 0)
        return j->high == 0 ? ac_first(j, c, block) : ac_refine(j, c, block);
    if (j->high == 0)
        return dc_first(j, c, block);
    fill(&j->bits);
    if (take(&j->bits, 1) != 0)
        block[0] = (int16_t)(uint16_t)((uint16_t)block[0] | 1u << j->low);
    return true;
}
