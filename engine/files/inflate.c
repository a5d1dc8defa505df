/* Inflate with a fast loop for the middle of the data, where 8 bytes can be loaded and 16 stored at a time,
 * and a careful step of one symbol for the ends of input, of its pieces, and of output. */
#include "engine/files/inflate.h"

#include <string.h>

#include "engine/files/inflate_parts.h"

enum { PHASE_HEADER, PHASE_STORED, PHASE_CODES, PHASE_END };

/* Longest match, and what one step of the fast loop may write beyond: 6 literals, and 15 bytes behind a
 * match. */
enum { MAX_MATCH = 258, FAST_OUT = MAX_MATCH + 32, FAST_IN = 24 };

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Little-endian, like every machine that the engine is built for (engine/vec/vec_check.h). */
static inline uint64_t load64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* --- input ---------------------------------------------------------------------------------------------- */

/* Fills the bit buffer with at least 56 bits, or with all that are left. */
static void refill(feat_inflater *z)
{
    if (z->in_end - z->in >= 8) {
        /* Bits of a byte that is not counted yet are there already, and the same when it is added again. */
        z->bits |= load64(z->in) << z->n_bits;
        z->in += (63 - z->n_bits) >> 3;
        z->n_bits |= 56;
        return;
    }
    while (z->n_bits < 56) {
        if (z->in == z->in_end) {
            size_t bytes = 0;
            const uint8_t *piece = z->more == NULL ? NULL : z->more(z->context, &bytes);
            if (piece == NULL)
                return;
            z->in = piece;
            z->in_end = piece + bytes;
        }
        z->bits |= (uint64_t)*z->in++ << z->n_bits;
        z->n_bits += 8;
    }
}

static void drop(feat_inflater *z, unsigned n)
{
    z->bits >>= n;
    z->n_bits -= n;
}

/* The next n bits, 32 at most. False when the input ends before. */
static bool take(feat_inflater *z, unsigned n, uint32_t *value)
{
    if (z->n_bits < n)
        refill(z);
    if (z->n_bits < n)
        return false;
    *value = (uint32_t)(z->bits & (((uint64_t)1 << n) - 1));
    drop(z, n);
    return true;
}

/* --- heads of blocks ------------------------------------------------------------------------------------ */

static bool fixed_codes(feat_inflater *z)
{
    uint8_t n_bits[LENGTH_SYMBOLS + DISTANCE_SYMBOLS];
    if (z->fixed)
        return true;
    memset(n_bits, 8, 144);
    memset(n_bits + 144, 9, 112);
    memset(n_bits + 256, 7, 24);
    memset(n_bits + 280, 8, 8);
    memset(n_bits + LENGTH_SYMBOLS, 5, DISTANCE_SYMBOLS);
    z->fixed = feat_inflate_tables(z, n_bits, LENGTH_SYMBOLS, DISTANCE_SYMBOLS);
    return z->fixed;
}

/* The bits of each symbol's code, `n` of them, as the code in `table` says. */
static bool code_lengths(feat_inflater *z, const uint32_t *table, uint8_t *n_bits, unsigned n)
{
    for (unsigned at = 0; at < n;) {
        uint32_t extra;
        if (z->n_bits < PRECODE_BITS)
            refill(z);
        uint32_t e = table[z->bits & ((1u << PRECODE_BITS) - 1)];
        if ((e & SPECIAL) != 0 || z->n_bits < (e & 63))
            return false;
        drop(z, e & 63);
        unsigned symbol = e >> VALUE;
        if (symbol < 16) {
            n_bits[at++] = (uint8_t)symbol;
            continue;
        }
        if (!take(z, symbol == 16 ? 2 : symbol == 17 ? 3 : 7, &extra) || (symbol == 16 && at == 0))
            return false;
        unsigned times = extra + (symbol == 18 ? 11 : 3);
        if (times > n - at)
            return false;
        memset(n_bits + at, symbol == 16 ? n_bits[at - 1] : 0, times);
        at += times;
    }
    return true;
}

static bool dynamic_codes(feat_inflater *z)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    _Static_assert(sizeof order / sizeof order[0] == PRECODE_SYMBOLS, "a place for each symbol");
    uint8_t n_bits[LENGTH_SYMBOLS + DISTANCE_SYMBOLS], precode[PRECODE_SYMBOLS] = {0};
    uint32_t n_lengths, n_distances, n_precode, value;
    if (!take(z, 5, &n_lengths) || !take(z, 5, &n_distances) || !take(z, 4, &n_precode))
        return false;
    n_lengths += 257;
    n_distances += 1;
    if (n_lengths > 286 || n_distances > 30)
        return false;
    for (unsigned i = 0; i < n_precode + 4; i++) {
        if (!take(z, 3, &value))
            return false;
        precode[order[i]] = (uint8_t)value;
    }
    z->fixed = false;
    /* The place of the distances' table is free until that is made. */
    if (!feat_inflate_precode(z->distances, precode) ||
        !code_lengths(z, z->distances, n_bits, n_lengths + n_distances) || n_bits[256] == 0)
        return false;
    return feat_inflate_tables(z, n_bits, n_lengths, n_distances);
}

static bool block_head(feat_inflater *z)
{
    uint32_t last, kind, length, inverse;
    if (!take(z, 1, &last) || !take(z, 2, &kind) || kind == 3)
        return false;
    z->last = last != 0;
    z->phase = PHASE_CODES;
    if (kind == 1)
        return fixed_codes(z);
    if (kind == 2)
        return dynamic_codes(z);
    drop(z, z->n_bits & 7);
    if (!take(z, 16, &length) || !take(z, 16, &inverse) || (length ^ inverse) != 0xFFFF)
        return false;
    z->stored = length;
    z->phase = PHASE_STORED;
    return true;
}

/* --- contents of blocks --------------------------------------------------------------------------------- */

static void end_block(feat_inflater *z)
{
    z->phase = z->last ? PHASE_END : PHASE_HEADER;
}

static bool stored_block(feat_inflater *z)
{
    while (z->stored > 0 && z->out < z->out_end) {
        if (z->n_bits >= 8) { /* whole bytes that were loaded before */
            *z->out++ = (uint8_t)z->bits;
            drop(z, 8);
            z->stored--;
            continue;
        }
        z->bits = 0;
        size_t n = (size_t)(z->in_end - z->in), room = (size_t)(z->out_end - z->out);
        if (n == 0) {
            refill(z);
            if (z->n_bits == 0)
                return false;
            continue;
        }
        n = n < room ? n : room;
        n = n < z->stored ? n : z->stored;
        memcpy(z->out, z->in, n);
        z->in += n;
        z->out += n;
        z->stored -= n;
    }
    if (z->stored == 0)
        end_block(z);
    return true;
}

/* As much of a match as there is room for. */
static void copy_carefully(feat_inflater *z)
{
    for (; z->length > 0 && z->out < z->out_end; z->length--, z->out++)
        *z->out = *(z->out - z->back);
}

static uint32_t look_up(const uint32_t *table, unsigned index_bits, feat_inflater *z)
{
    uint32_t e = table[z->bits & ((1u << index_bits) - 1)];
    if ((e & (SPECIAL | END_OF_BLOCK | NO_CODE)) == SPECIAL) {
        if (z->n_bits < index_bits)
            return SPECIAL | NO_CODE;
        drop(z, index_bits);
        e = table[(e >> VALUE & 0x7FF) + (z->bits & ((1u << (e >> 8 & 15)) - 1))];
    }
    return e;
}

/* The value of a match's entry, whose bits are dropped; 0 when the input ends within them. */
static uint32_t value_of(feat_inflater *z, uint32_t e)
{
    unsigned n = e & 63, code_bits = e >> 8 & 15;
    if (z->n_bits < n)
        return 0;
    uint32_t extra = (uint32_t)((z->bits & (((uint64_t)1 << n) - 1)) >> code_bits);
    drop(z, n);
    return (e >> VALUE) + extra;
}

/* What comes of a step. */
typedef enum step { STEP_ON, STEP_BLOCK_ENDS, STEP_FULL, STEP_DAMAGED } step;

/* One symbol, at an end of input or output. */
static step careful_step(feat_inflater *z)
{
    refill(z);
    uint64_t bits = z->bits;
    unsigned n_bits = z->n_bits;
    uint32_t e = look_up(z->lengths, LENGTH_BITS, z);
    if ((e & LITERAL) != 0) {
        unsigned n = e >> FIRST_BITS & 15; /* the second, if there is one, is a step of its own */
        if (z->n_bits < n)
            return STEP_DAMAGED;
        if (z->out == z->out_end) {
            z->bits = bits;
            z->n_bits = n_bits;
            return STEP_FULL;
        }
        drop(z, n);
        *z->out++ = (uint8_t)(e >> 8);
        return STEP_ON;
    }
    if ((e & SPECIAL) != 0) {
        if ((e & END_OF_BLOCK) == 0 || z->n_bits < (e & 63))
            return STEP_DAMAGED;
        drop(z, e & 63);
        return STEP_BLOCK_ENDS;
    }
    uint32_t length = value_of(z, e);
    refill(z);
    e = look_up(z->distances, DISTANCE_BITS, z);
    if (length == 0 || (e & SPECIAL) != 0)
        return STEP_DAMAGED;
    uint32_t back = value_of(z, e);
    if (back == 0 || back > (size_t)(z->out - z->begin))
        return STEP_DAMAGED;
    z->length = length;
    z->back = back;
    copy_carefully(z);
    return z->length == 0 ? STEP_ON : STEP_FULL;
}

/* One or two literals; writes two. */
static inline uint8_t *put_literals(uint8_t *out, uint32_t e)
{
    out[0] = (uint8_t)(e >> 8);
    out[1] = (uint8_t)(e >> 16);
    return out + (e >> 24 & 3);
}

/* A match; may write up to 15 bytes behind its end. */
static inline uint8_t *copy_match(uint8_t *out, size_t back, size_t length)
{
    const uint8_t *from = out - back;
    uint8_t *end = out + length;
    if (LIKELY(back >= 16)) {
        do {
            memcpy(out, from, 16);
            out += 16;
            from += 16;
        } while (out < end);
        return end;
    }
    if (back >= 8) {
        do {
            memcpy(out, from, 8);
            out += 8;
            from += 8;
        } while (out < end);
        return end;
    }
    /* A pattern of less than 8 bytes: as often as it fits into 8, and from there on in steps of whole
     * patterns. */
    static const struct {
        uint64_t repeat;
        size_t step;
    } pattern[8] = {{0, 8}, /* never: no distance is 0 */
                    {0x0101010101010101, 8},
                    {0x0001000100010001, 8},
                    {0x0001000001000001, 6},
                    {0x0000000100000001, 8},
                    {0x0000010000000001, 5},
                    {0x0001000000000001, 6},
                    {0x0100000000000001, 7}};
    uint64_t bytes = (load64(from) & (((uint64_t)1 << 8 * back) - 1)) * pattern[back].repeat;
    do {
        memcpy(out, &bytes, 8);
        out += pattern[back].step;
    } while (out < end);
    return end;
}

/* On the variables of fast_steps. Of `n_bits` only the lowest byte counts. */
#define REFILL() (bits |= load64(in) << (n_bits & 63), in += 7 - (n_bits >> 3 & 7), n_bits |= 56)
#define DROP(e) (bits >>= (e)&63, n_bits -= (e))
#define LOOK_UP() (lengths[bits & ((1u << LENGTH_BITS) - 1)])
#define LINKED(table, e) ((table)[((e) >> VALUE & 0x7FF) + (bits & ((1u << ((e) >> 8 & 15)) - 1))])
#define EXTRA(e) ((bits & (((uint64_t)1 << ((e)&63)) - 1)) >> ((e) >> 8 & 15))

/* Symbols while there are FAST_IN bytes of input and FAST_OUT of room. The entry of the next symbol is looked
 * up before the bits are filled up, which its bits do not wait for. With 56 bits a round has enough for four
 * entries of the first table and the index of the next; or for three, any length, and 28 bits for a distance
 * after a further filling. */
static step fast_steps(feat_inflater *z)
{
    const uint32_t *const lengths = z->lengths, *const distances = z->distances;
    const uint8_t *in = z->in, *const begin = z->begin;
    const uint8_t *const in_stop = z->in_end - FAST_IN;
    uint8_t *out = z->out, *const out_stop = z->out_end - FAST_OUT;
    uint64_t bits = z->bits;
    uint32_t n_bits = z->n_bits, e;
    step result = STEP_ON;

    REFILL();
    e = LOOK_UP();
    do {
        REFILL();
        if (LIKELY((e & LITERAL) != 0)) {
            DROP(e);
            out = put_literals(out, e);
            e = LOOK_UP();
            if (LIKELY((e & LITERAL) != 0)) {
                DROP(e);
                out = put_literals(out, e);
                e = LOOK_UP();
                if (LIKELY((e & LITERAL) != 0)) {
                    DROP(e);
                    out = put_literals(out, e);
                    e = LOOK_UP();
                    if (LIKELY((e & LITERAL) != 0)) {
                        DROP(e);
                        out = put_literals(out, e);
                        e = LOOK_UP();
                        continue;
                    }
                }
            }
        }
        if (UNLIKELY((e & SPECIAL) != 0)) {
            if ((e & (END_OF_BLOCK | NO_CODE)) == 0) {
                DROP(LENGTH_BITS);
                e = LINKED(lengths, e);
            }
            if ((e & LITERAL) != 0) {
                DROP(e);
                out = put_literals(out, e);
                e = LOOK_UP();
                continue;
            }
            if ((e & SPECIAL) != 0) {
                DROP(e);
                result = (e & END_OF_BLOCK) != 0 ? STEP_BLOCK_ENDS : STEP_DAMAGED;
                break;
            }
        }
        size_t length = (e >> VALUE) + EXTRA(e);
        DROP(e);
        if (UNLIKELY((n_bits & 63) < 28 + LENGTH_BITS))
            REFILL();
        e = distances[bits & ((1u << DISTANCE_BITS) - 1)];
        if (UNLIKELY((e & (SPECIAL | NO_CODE)) == SPECIAL)) {
            DROP(DISTANCE_BITS);
            e = LINKED(distances, e);
        }
        size_t back = (e >> VALUE) + EXTRA(e);
        DROP(e);
        if (UNLIKELY((e & SPECIAL) != 0 || back > (size_t)(out - begin))) {
            result = STEP_DAMAGED;
            break;
        }
        e = LOOK_UP();
        out = copy_match(out, back, length);
    } while (in <= in_stop && out <= out_stop);
    z->in = in;
    z->out = out;
    z->n_bits = n_bits & 63;
    z->bits = bits & (((uint64_t)1 << z->n_bits) - 1);
    return result;
}

static step one_or_more(feat_inflater *z)
{
    if (z->in_end - z->in >= FAST_IN && z->out_end - z->out >= FAST_OUT)
        return fast_steps(z);
    return careful_step(z);
}

feat_inflate_end feat_inflate_run(feat_inflater *z)
{
    copy_carefully(z);
    while (z->length == 0) {
        step result = STEP_ON;
        if (z->phase == PHASE_HEADER) {
            if (!block_head(z))
                return FEAT_INFLATE_DAMAGED;
        } else if (z->phase == PHASE_STORED) {
            if (!stored_block(z))
                return FEAT_INFLATE_DAMAGED;
            if (z->phase == PHASE_STORED)
                return FEAT_INFLATE_FULL;
        } else if (z->phase == PHASE_CODES) {
            result = one_or_more(z);
        } else {
            return FEAT_INFLATE_DONE;
        }
        if (result == STEP_DAMAGED)
            return FEAT_INFLATE_DAMAGED;
        if (result == STEP_FULL)
            return FEAT_INFLATE_FULL;
        if (result == STEP_BLOCK_ENDS)
            end_block(z);
    }
    return FEAT_INFLATE_FULL;
}

bool feat_inflate_zlib_header(feat_inflater *z)
{
    uint32_t head;
    if (!take(z, 16, &head))
        return false;
    uint32_t method = head & 15, window = head >> 4 & 15, dictionary = head >> 13 & 1;
    return method == 8 && window <= 7 && dictionary == 0 && ((head & 255) << 8 | head >> 8) % 31 == 0;
}

bool feat_inflate_zlib_check(feat_inflater *z, uint32_t *adler)
{
    uint32_t value;
    drop(z, z->n_bits & 7);
    if (!take(z, 32, &value))
        return false;
    *adler = value << 24 | (value & 0xFF00) << 8 | (value >> 8 & 0xFF00) | value >> 24;
    return true;
}

static void start(feat_inflater *z, uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    memset(z, 0, offsetof(feat_inflater, lengths)); /* tables are made before they are used */
    z->in = in;
    z->in_end = in + in_bytes;
    z->begin = z->out = out;
    z->out_end = out + out_bytes;
}

bool feat_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    feat_inflater z;
    start(&z, out, out_bytes, in, in_bytes);
    return feat_inflate_run(&z) == FEAT_INFLATE_DONE && z.out == z.out_end;
}

bool feat_inflate_head(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    feat_inflater z;
    start(&z, out, out_bytes, in, in_bytes);
    return feat_inflate_run(&z) != FEAT_INFLATE_DAMAGED && z.out == z.out_end;
}

bool feat_zlib_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
    feat_inflater z;
    uint32_t adler;
    start(&z, out, out_bytes, in, in_bytes);
    return feat_inflate_zlib_header(&z) && feat_inflate_run(&z) == FEAT_INFLATE_DONE && z.out == z.out_end &&
           feat_inflate_zlib_check(&z, &adler) && adler == feat_adler32(1, out, out_bytes);
}
