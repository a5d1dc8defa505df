/* The tables of inflate, see inflate_parts.h. */
#include <string.h>

#include "engine/files/inflate_parts.h"

enum { MAX_BITS = 15 };

/* The entry of a symbol of the length code, without the bits of its code. */
static uint32_t length_entry(unsigned symbol)
{
    static const uint16_t least[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    if (symbol < 256)
        return LITERAL | ONE_BYTE | symbol << 8;
    if (symbol == 256)
        return SPECIAL | END_OF_BLOCK;
    if (symbol > 285)
        return SPECIAL | NO_CODE;
    return (uint32_t)least[symbol - 257] << VALUE | extra[symbol - 257];
}

static uint32_t distance_entry(unsigned symbol)
{
    if (symbol < 4)
        return (symbol + 1) << VALUE;
    if (symbol > 29)
        return SPECIAL | NO_CODE;
    unsigned extra = symbol / 2 - 1;
    return (((2 + symbol % 2) << extra) + 1) << VALUE | extra;
}

static uint32_t precode_entry(unsigned symbol)
{
    return symbol << VALUE;
}

typedef uint32_t entry_function(unsigned symbol);

/* A code while its table is made. */
typedef struct code {
    const uint8_t *n_bits; /* of each symbol */
    unsigned n_symbols;
    unsigned index_bits;
    unsigned longest;
    uint16_t count[MAX_BITS + 1]; /* symbols with so many bits */
    uint16_t sorted[LENGTH_SYMBOLS];
} code;

/* Counts and sorts. False where zlib refuses the code: over-subscribed, or incomplete, unless it is one
 * symbol of one bit or none at all (which a stream that never uses it may have). */
static bool sort_code(code *c, bool may_be_single)
{
    memset(c->count, 0, sizeof c->count);
    for (unsigned i = 0; i < c->n_symbols; i++)
        c->count[c->n_bits[i]]++;
    c->longest = MAX_BITS;
    while (c->longest > 0 && c->count[c->longest] == 0)
        c->longest--;
    uint16_t next[MAX_BITS + 2];
    next[1] = 0;
    long left = 1;
    for (unsigned n = 1; n <= MAX_BITS; n++) {
        left = 2 * left - c->count[n];
        if (left < 0)
            return false;
        next[n + 1] = (uint16_t)(next[n] + c->count[n]);
    }
    for (unsigned i = 0; i < c->n_symbols; i++)
        if (c->n_bits[i] != 0)
            c->sorted[next[c->n_bits[i]]++] = (uint16_t)i;
    return left == 0 || c->longest == 0 || (may_be_single && c->longest == 1);
}

/* The code after `word` among those of n bits, first bit lowest: one more, counted from the other end. */
static unsigned next_word(unsigned word, unsigned n)
{
    unsigned zeros = ~word & ((1u << n) - 1);
    if (zeros == 0)
        return 0; /* it was the last */
    unsigned top = 1u << (31 - __builtin_clz(zeros));
    return (word & (top - 1)) | top;
}

static uint32_t with_bits(uint32_t entry, unsigned n)
{
    if ((entry & LITERAL) != 0)
        return entry + n + (n << FIRST_BITS);
    return (entry & SPECIAL) != 0 ? entry + n : entry + n + (n << 8);
}

/* The second tables, for codes longer than the index, from symbol `at` of the sorted ones and code `word` on. */
static void make_links(uint32_t *table, const code *c, entry_function *entry, unsigned at, unsigned word)
{
    unsigned index_mask = (1u << c->index_bits) - 1, prefix = ~0u;
    unsigned start = 0, size = 0, end = 1u << c->index_bits;
    unsigned used = 0; /* codes of this length that have been placed */
    for (unsigned n = c->index_bits + 1; n <= c->longest; n++, used = 0)
        for (; used < c->count[n]; used++, at++) {
            if ((word & index_mask) != prefix) {
                /* As many bits as the codes with this prefix need, which are all that follow until it is
                 * full. */
                unsigned bits = n - c->index_bits;
                long left = (1L << bits) - (c->count[n] - used);
                while (left > 0 && c->index_bits + bits < c->longest) {
                    bits++;
                    left = 2 * left - c->count[c->index_bits + bits];
                }
                prefix = word & index_mask;
                start = end;
                size = 1u << bits;
                end += size;
                table[prefix] = SPECIAL | start << VALUE | bits << 8 | c->index_bits;
            }
            uint32_t e = with_bits(entry(c->sorted[at]), n - c->index_bits);
            for (unsigned i = word >> c->index_bits; i < size; i += 1u << (n - c->index_bits))
                table[start + i] = e;
            word = next_word(word, n);
        }
}

static void make_table(uint32_t *table, const code *c, entry_function *entry)
{
    unsigned at = 0, word = 0, size = 1;
    table[0] = SPECIAL | NO_CODE;
    for (unsigned n = 1; n <= c->index_bits; n++) {
        /* Every place so far now stands for two, as a further bit of input indexes the table. */
        memcpy(table + size, table, size * sizeof *table);
        size *= 2;
        for (unsigned end = at + c->count[n]; at < end; at++) {
            table[word] = with_bits(entry(c->sorted[at]), n);
            word = next_word(word, n);
        }
    }
    make_links(table, c, entry, at, word);
}

/* Lets an entry stand for two literals where the bits behind the first's code are a whole code of a second.
 * From the end, since the second's entry is at a smaller index, or the same, and must still be its own. */
static void pair_literals(uint32_t *table)
{
    for (unsigned i = 1u << LENGTH_BITS; i-- > 0;) {
        uint32_t first = table[i], n = first & 63;
        if ((first & LITERAL) == 0)
            continue;
        uint32_t second = table[i >> n];
        if ((second & LITERAL) != 0 && n + (second & 63) <= LENGTH_BITS)
            table[i] = first + ONE_BYTE + (second & 63) + ((second >> 8 & 255) << 16);
    }
}

bool feat_inflate_tables(feat_inflater *z, const uint8_t *n_bits, unsigned n_lengths, unsigned n_distances)
{
    code c = {.n_bits = n_bits, .n_symbols = n_lengths, .index_bits = LENGTH_BITS};
    if (!sort_code(&c, true))
        return false;
    make_table(z->lengths, &c, length_entry);
    pair_literals(z->lengths);
    c = (code){.n_bits = n_bits + n_lengths, .n_symbols = n_distances, .index_bits = DISTANCE_BITS};
    if (!sort_code(&c, true))
        return false;
    make_table(z->distances, &c, distance_entry);
    return true;
}

bool feat_inflate_precode(uint32_t *table, const uint8_t n_bits[PRECODE_SYMBOLS])
{
    code c = {.n_bits = n_bits, .n_symbols = PRECODE_SYMBOLS, .index_bits = PRECODE_BITS};
    if (!sort_code(&c, false))
        return false;
    make_table(table, &c, precode_entry);
    return true;
}
