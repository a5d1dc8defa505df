/* The kernels one instruction set offers, as a const table of function pointers. Kernels are pure functions
 * over raw pointers: they know nothing of networks, allocate nothing and read or write nothing outside what
 * is said here.
 *
 * Layout of activations ("blocked NCHW"): [c / 16][h][w][16] floats: planes of 16 channels, so that a vector
 * holds channels of one pixel. Pointers need 4-byte alignment only (64 is faster). All strides count floats.
 *
 * Numerics: every output is one chain of fused multiply-adds in a fixed order; see engine/ARITHMETIC.md.
 * Results do not depend on the table used, nor on how a caller cuts the work into tiles. */
#ifndef BONAFIDE_ENGINE_KERNELS_KERNELS_H
#define BONAFIDE_ENGINE_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/kernels/dmat.h"
#include "engine/kernels/split.h"
#include "engine/kernels/token_kernels.h"
#include "engine/kernels/winograd.h"

enum { FEAT_BLOCK = 16 };

/* What a convolution tile reads: `kh` x `kw` taps over `n_cb` channel planes, for pixels of one row.
 * How channels lie in memory and how far apart neighbouring output pixels' inputs are is a compile-time pair: */
typedef enum feat_conv_form {
    FEAT_CONV_BLOCK_S1 = 0, /* 16 channels per plane, output pixels 1 input pixel apart */
    FEAT_CONV_BLOCK_S2 = 1, /* 16 channels per plane, output pixels 2 input pixels apart */
    FEAT_CONV_RGB_S2 = 2    /* the first layer: one plane of 3 interleaved channels, stride 2 */
} feat_conv_form;
enum { FEAT_N_CONV_FORMS = 3, FEAT_CONV_ADDED = 2 };

typedef struct feat_conv_args {
    feat_conv_form form;
    int kh, kw;
    size_t n_cb;           /* channel planes of the input */
    const float *x;        /* first pixel's first tap in plane 0 */
    size_t x_plane_stride; /* plane to plane */
    size_t x_row_stride;   /* input row to input row */
    const float *w;        /* packed: [oc block][n_cb][kh][kw][c in plane][16] */
    size_t w_block_stride; /* oc block to oc block */
    const float *bias;     /* [oc blocks][16] */
    const float *next;     /* what the next call reads as w, fetched into the L2 cache meanwhile; NULL: nothing */
    int onto;              /* 1: the chains go on from what y holds; bias is not read. FEAT_CONV_ADDED: they begin at
                            * +0, and what comes out is added to what y holds */
    int relu;              /* 1: max(0, .) on the way out */
} feat_conv_args;

/* Computes n_px consecutive output pixels of n_blocks consecutive output-channel blocks.
 *   y[b]   where block b of the first pixel goes; the next pixel is 16 floats further
 * Order per output: acc = bias (or y, or +0); for plane, for kh, for kw, for c in plane: acc = fma(w, x, acc); then y +
 * acc (FEAT_CONV_ADDED), then relu.
 * Any n_px >= 1 and n_blocks >= 1. */
typedef void (*feat_conv_row_fn)(const feat_conv_args *args, float *const *y, size_t n_px, size_t n_blocks);

/* One output row of a 3x3 (or 2x2) pool over one plane. x: first tap row clipped into the picture; n_rows (1..3) tap
 * rows of x_row_stride floats that lie inside; w input pixels per row; ow outputs; stride 1 (with one pixel of padding
 * left and right, taps outside left out) or 2 (no padding, `n_cols` columns of taps). max: order left to right, top to
 * bottom, m = tap > m ? tap : m, starting from the first tap inside. average: sum in the same order starting from the
 * first tap, divided by the number of taps inside, or by 9 if count_padding; if bias [16] is not NULL it is added and
 * ReLU applied. Stride 1 only. */
typedef struct feat_pool_args {
    const float *x;
    size_t x_row_stride;
    int n_rows, n_cols; /* n_cols: 3, or of stride 2 also 2 */
    size_t w, ow;
    int stride;
    int count_padding;
    const float *bias;
} feat_pool_args;
typedef void (*feat_pool_row_fn)(const feat_pool_args *args, float *y);

/* Mean over h x w pixels of one plane: each row is summed left to right, the row sums top to bottom, then one
 * division. y [16]. */
typedef void (*feat_mean_fn)(float *y, const float *x, size_t h, size_t w);

typedef struct feat_kernels {
    const char *name; /* "avx2" */
    uint32_t needs;   /* FEAT_CPU_* bits that must all be there */
    feat_conv_row_fn conv_row;
    feat_pool_row_fn max_row;
    feat_pool_row_fn avg_row;
    feat_mean_fn mean;
    feat_wino_data_fn wino_data;
    feat_wino_output_fn wino_output;
    feat_wino_weights_fn wino_weights;
    feat_split_kernels split;
    feat_token_kernels tokens;
    feat_dmat_kernels dmat;
} feat_kernels;

/* Tables compiled into this build, best first; NULL past the last. */
const feat_kernels *feat_kernels_at(size_t index);

/* 1 if this CPU can run the table. */
int feat_kernels_usable(const feat_kernels *k);

/* Best usable table among those whose bit (1 << index) is in mask; NULL if none. One with a tile unit computes the
 * rest no faster and is taken only where it stands alone. */
const feat_kernels *feat_kernels_pick(uint32_t mask);

/* The usable table in mask whose split convolutions a tile unit computes; NULL if none. */
const feat_kernels *feat_kernels_pick_split(uint32_t mask);

#endif
