/* Private to inflate: the tables by which codes are decoded.
 *
 * The next bits of input, the first of them lowest, index a table. Its entry says how many bits to drop and
 * what they meant. Codes that are longer than the index lead to a second table behind. Where two literals fit
 * into the index, one entry gives both.
 *
 *   bits 0-5    bits to drop, of the code and extra ones
 *   literal     LITERAL; 24-25: how many (1 or 2), 8-15 and 16-23: they; 26-29: bits of the first's code
 *   match       8-11: bits of the code; 12-26: the least length or distance; the extra bits are added to it
 *   link        SPECIAL; 8-11: bits that index the second table, 12-22: where it starts
 *   end         SPECIAL and END_OF_BLOCK
 *   no code     SPECIAL and NO_CODE */
#ifndef BONAFIDE_ENGINE_FILES_INFLATE_PARTS_H
#define BONAFIDE_ENGINE_FILES_INFLATE_PARTS_H

#include "engine/files/inflate.h"

enum { LENGTH_BITS = 10, DISTANCE_BITS = 8, PRECODE_BITS = 7 }; /* that index the first tables */
enum { LENGTH_SYMBOLS = 288, DISTANCE_SYMBOLS = 32, PRECODE_SYMBOLS = 19 };

#define LITERAL 0x80000000u
#define SPECIAL 0x40000000u
#define END_OF_BLOCK 0x20000000u
#define NO_CODE 0x10000000u
#define ONE_BYTE 0x01000000u
enum { VALUE = 12, FIRST_BITS = 26 };

/* Both tables of a block, from how many bits each symbol's code has, lengths and then distances; 0: none.
 * False where zlib refuses such codes. */
bool feat_inflate_tables(feat_inflater *z, const uint8_t *n_bits, unsigned n_lengths, unsigned n_distances);

/* The table of the code in which those numbers are written, of 1 << PRECODE_BITS places. */
bool feat_inflate_precode(uint32_t *table, const uint8_t n_bits[PRECODE_SYMBOLS]);

#endif
