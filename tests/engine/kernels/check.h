/* The harness of the kernel checks: every kernel on every kernel table of this build, on inputs made from a
 * seed, against an oracle, bit by bit.
 *
 * A program lists its kernels and hands them to check_main. One kernel's `run` is a series of cases:
 *
 *     check_begin(c, "w=%zu", w);                   starts a case: reseeds, names it in every message
 *     float *x = check_floats(c, n, shift);         memory that ends at an unreadable page
 *     check_fill(c, x, n, CHECK_UNIFORM);
 *     check_freeze(c, x);                           from now on read-only
 *     c->table->mean(got, x, h, w);
 *     oracle_mean(want, x, h, w);
 *     check_same(c, got, want, n);                  all of both areas, painted gaps included
 *
 * Memory lives until the next check_begin, which first looks whether anything around it was overwritten. */
#ifndef BONAFIDE_TESTS_ENGINE_KERNELS_CHECK_H
#define BONAFIDE_TESTS_ENGINE_KERNELS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/kernels/kernels.h"

enum { CHECK_MAX_BUFFERS = 8 };

typedef struct check_buffer {
    unsigned char *map; /* whole pages, the last one unreadable */
    size_t map_bytes;
    float *data;
    size_t n;
} check_buffer;

typedef struct check check;

typedef struct check_kernel {
    const char *name; /* "conv.tails": the golden file and --kernel= know it by this */
    void (*run)(check *c);
    const char *only; /* a table's name when the check concerns that one alone, else NULL */
} check_kernel;

/* One kernel on one table. */
struct check {
    const check_kernel *kernel;
    const feat_kernels *table;
    uint64_t seed;  /* of the whole run */
    uint64_t state; /* of the generator */
    size_t n_cases;
    char text[200]; /* the case running now */
    check_buffer buffers[CHECK_MAX_BUFFERS];
    size_t n_buffers;
    feat_hash64_state hash; /* over all results so far */
};

/* Options: --seed=N --kernel=GLOB --isa=NAME --list --print (writes this program's golden lines instead of
 * testing). FEAT_REQUIRE_ISA=avx2,avx512 in the environment makes a table this CPU lacks a failure instead of
 * a skip. Returns the exit status. */
int check_main(int argc, char **argv, const check_kernel *kernels, size_t n);

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void check_begin(check *c, const char *format, ...);

/* Random numbers of the case: 64 bits, [0, n), [lo, hi]. */
uint64_t check_random(check *c);
size_t check_below(check *c, size_t n);
size_t check_between(check *c, size_t lo, size_t hi);

/* `n` painted floats; `shift` (0..15) floats lie between the last of them and the unreadable page, so that 0
 * puts any n to the very end and other values vary the alignment. */
float *check_floats(check *c, size_t n, size_t shift);

/* Takes away the right to write. */
void check_freeze(check *c, float *data);

typedef enum check_data {
    CHECK_UNIFORM,  /* -1 .. 1 */
    CHECK_POWERS,   /* +- 2^-12 .. 2^12: exact products, ties in sums */
    CHECK_CANCEL,   /* +-1 within a few units in the last place: sums that nearly vanish */
    CHECK_DENORMAL, /* subnormal and barely normal numbers, so that products are lost and sums are not */
    CHECK_ZEROS,    /* mostly zeros of both signs */
    CHECK_HUGE,     /* around the square root of FLT_MAX, and FLT_MAX itself */
    CHECK_SPECIAL,  /* uniform with one in twenty NaN, infinite, zero, subnormal or FLT_MAX */
    CHECK_N_DATA
} check_data;
const char *check_data_name(check_data kind);
void check_fill(check *c, float *data, size_t n, check_data kind);

/* Compares n floats by bits (any NaN equals any NaN, except that paint equals only paint) and adds them to
 * the hash. A difference fails the test with seed, case, index, both values and their distance. */
void check_same(check *c, const float *got, const float *want, size_t n);

/* Fails the test with a message of this case. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void check_fail(check *c, const char *format, ...);

#endif
