/* Deflate (RFC 1951) and zlib (RFC 1950) streams, unpacked. A stream is good or bad here exactly where zlib
 * says so: incomplete codes, distances and the trailing check included. No memory is allocated, nothing is
 * read outside the input nor written outside the output. */
#ifndef BONAFIDE_ENGINE_FILES_INFLATE_H
#define BONAFIDE_ENGINE_FILES_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raw deflate into exactly `out_bytes` bytes. False when the data are damaged, or longer or shorter; what is
 * in `out` is then of no use. Bytes behind the end of the stream are not looked at. `out` may be NULL where
 * out_bytes is 0. */
bool feat_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

/* The first `out_bytes` bytes of a stream that may go on and may be cut behind them. */
bool feat_inflate_head(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

/* feat_inflate for a zlib stream: its header and its Adler-32 must be right too; a preset dictionary is an error. */
bool feat_zlib_inflate(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

/* Adler-32 continued from `adler`; start with 1. */
uint32_t feat_adler32(uint32_t adler, const uint8_t *data, size_t bytes);

/* --- streams that come and go in pieces ----------------------------------------------------------------- */

/* Places of the tables: the most that codes of 288 and 32 symbols, of up to 15 bits, can take when their
 * first 10 and 8 bits index the table (the figures are those of `enough 288 10 15` and `enough 32 8 15`,
 * zlib's examples/enough.c). */
enum { FEAT_INFLATE_LENGTH_PLACES = 1334, FEAT_INFLATE_DISTANCE_PLACES = 402 };

typedef enum feat_inflate_end {
    FEAT_INFLATE_DONE,   /* the last block has ended */
    FEAT_INFLATE_FULL,   /* `out` has reached `out_end`, and more is to come */
    FEAT_INFLATE_DAMAGED /* or cut off */
} feat_inflate_end;

/* Set to zero, then fill in what is public. 7 KB. */
typedef struct feat_inflater {
    /* The piece of input that is being read, and how to come to the next: `more` returns it, of *bytes > 0,
     * or NULL. It may be NULL, then this piece is all. */
    const uint8_t *in, *in_end;
    const uint8_t *(*more)(void *context, size_t *bytes);
    void *context;
    /* [begin, out): what has been unpacked, for distances to reach back to; they reach 32768 bytes at most,
     * so that what is older can be dropped and the rest moved between calls. [out, out_end): room. */
    const uint8_t *begin;
    uint8_t *out, *out_end;

    /* Private. */
    uint64_t bits;   /* of the input, the next one lowest; above n_bits nothing that counts */
    unsigned n_bits; /* 63 at most */
    unsigned phase;
    bool last;           /* this block is */
    bool fixed;          /* the tables are those of fixed codes */
    size_t stored;       /* bytes of a stored block to come */
    size_t length, back; /* what is left of a match that found no room */
    uint32_t lengths[FEAT_INFLATE_LENGTH_PLACES];
    uint32_t distances[FEAT_INFLATE_DISTANCE_PLACES];
} feat_inflater;

/* Unpacks until one of the three ends. After FEAT_INFLATE_FULL call again with more room. */
feat_inflate_end feat_inflate_run(feat_inflater *z);

/* Of a zlib stream, the header in front of the first feat_inflate_run: false when there is none that can be
 * read. */
bool feat_inflate_zlib_header(feat_inflater *z);

/* Of a zlib stream, the check that follows FEAT_INFLATE_DONE: false when it is not there. */
bool feat_inflate_zlib_check(feat_inflater *z, uint32_t *adler);

#endif
