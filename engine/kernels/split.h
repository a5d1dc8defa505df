/* Convolution on floats cut in two: x = hi + lo, each a bfloat16 (the upper half of a float), so that 16 of
 * the 24 bits are kept and a product is hi*hi + hi*lo + lo*hi. Tile units such as x86's AMX multiply bfloat16
 * sixteen times as fast as floats; three such products are still several times as fast, and a thousand times
 * as precise as one.
 *
 * Layout of a split activation: [c / 32][hi, lo][pixel][32] bfloat16, where pixels lie in rows with one zero
 * border between them (the caller's business). A pixel of a group is 64 bytes: the width of a tile. Where a
 * last group has 16 channels, those of the next pixel follow them, so that one product does two taps.
 *
 * Numerics. cut(x): hi = x rounded to bfloat16 (to nearest, ties to even), lo = x - hi (exact) rounded the
 * same way; either becomes zero when it is below 2^-55; NaN becomes 0x7fc0. So every piece is a multiple of
 * 2^-62, every product of 2^-124, and no sum of them can be subnormal: it does not matter that the units
 * flush those. A sum of one tile product over 32 channels is what the units compute: two chains of fused
 * multiply-adds over the even and the odd channels from 0, upwards; even + odd; that added to the
 * accumulator. Source of the order: Intel SDM volume 2, TDPBF16PS. Every kernel table computes the same in
 * software, several times slower than its exact convolution: that is what makes a result of a tile unit
 * checkable on any machine. See engine/ARITHMETIC.md. */
#ifndef BONAFIDE_ENGINE_KERNELS_SPLIT_H
#define BONAFIDE_ENGINE_KERNELS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

enum {
    FEAT_SPLIT_GROUP = 32,    /* channels of a pixel in one row of a tile */
    FEAT_SPLIT_TILE = 16,     /* pixels of a tile, and output channels of one */
    FEAT_SPLIT_W_TILE = 1024, /* bfloat16 values of the weights of one block, group and tap: hi, then lo */
    FEAT_SPLIT_C_TILE = 256   /* floats of a tile of results: [16 pixels][16 output channels] */
};

typedef struct feat_split_args {
    size_t n_steps;
    const size_t *steps; /* [n_steps]: where the 32 inputs of each lie; all distances count bfloat16 values */
    size_t x_lo;         /* from hi to lo */
    const uint16_t *w;   /* [block][step][hi, lo][16 pairs of inputs][16][2] */
    size_t w_block_stride;
} feat_split_args;

/* The sums of n_tiles (1 or 2) tiles of pixels and n_blocks (1 or 2) blocks of 16 output channels.
 *   x[tile]  hi of 16 pixels that follow one another; steps count from here
 *   c        [tile][block]: tile 2 * tile + block is c + FEAT_SPLIT_C_TILE * that
 * Order per output, from 0: for each step hi*hi, hi*lo, lo*hi (x times w), a tile product each. */
typedef void (*feat_split_conv_fn)(const feat_split_args *args, float *c, const uint16_t *const *x,
                                   size_t n_tiles, size_t n_blocks);

/* Around calls of the convolution by one thread: sets the unit up, and frees it. */
typedef void (*feat_split_begin_fn)(void);
typedef void (*feat_split_end_fn)(void);

/* y = c + bias (rounded), max(0, .) where relu; hi and lo [n][32] receive its pieces in 16 of 32 channels. c
 * [n][16]; bias [16], or NULL: nothing is added. */
typedef void (*feat_split_store_fn)(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu,
                                    size_t n);

/* The same for what no convolution reads: y [n][16] receives it whole. */
typedef void (*feat_split_store_whole_fn)(float *y, const float *c, const float *bias, int relu, size_t n);

/* y [n][16] = hi + lo, exactly; hi and lo [n][32], of which 16 are read. */
typedef void (*feat_split_join_fn)(float *y, const uint16_t *hi, const uint16_t *lo, size_t n);

typedef struct feat_split_kernels {
    int in_hardware; /* 1: a tile unit computes; 0: it is computed in software */
    feat_split_begin_fn begin;
    feat_split_end_fn end;
    feat_split_conv_fn conv;
    feat_split_store_fn store;
    feat_split_store_whole_fn store_whole;
    feat_split_join_fn join;
} feat_split_kernels;

#endif
