/* Kernels over matrices of doubles: what the statistics in metrics/ spend their time in. Each result is one
 * chain of fused multiply-adds in the order given here, so every table gives the same bits; tables differ in
 * speed and in the shape of the tile only. Pointers need 8-byte alignment (64 is faster); strides count
 * doubles. Nothing outside the given extents is read or written.
 *
 * Panel format, used by the tile kernels for both operands: `nr` consecutive rows (of the operand, whose rows
 * become rows or columns of the result) interleaved, [k][nr], so that one k lies in `nr` consecutive doubles.
 * The left operand of a tile is `mr` of these rows, starting at a multiple of mr; mr divides nr. */
#ifndef BONAFIDE_ENGINE_KERNELS_DMAT_H
#define BONAFIDE_ENGINE_KERNELS_DMAT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/kernels/bf16.h"

enum {
    FEAT_DMAT_MAX_NR = 24,   /* no table has a wider panel */
    FEAT_DMAT_MAX_MR = 8,    /* nor more rows per tile */
    FEAT_DMAT_LANES = 8,     /* virtual lanes of every sum along a row */
    FEAT_DMAT_SYMV_ROWS = 4, /* rows that symv takes together */
    FEAT_DMAT_PAIRS = 8,     /* pairs of rows that dist_pairs and dist_mixed take together */
    FEAT_DMAT_ROTATE_COLUMNS = 32,
    FEAT_DMAT_MAX_FNR = 48 /* no table has a wider panel of floats; every fnr divides it */
};

/* c[i][j], i < mr, j < nr: for k ascending c = fma(a[k][i], b[k][j], c). */
typedef void (*feat_dmat_mul_tile_fn)(double *c, size_t c_stride, const double *a, const double *b, size_t k);

/* c[i][j], i < mr, j < nr: for k ascending s = fma(a[k][i], b[k][j], s) from s = 0; then c[i][j] += s. Rows lie where
 * the caller says, as those of a packed triangle, and are fetched while the products are made. */
typedef void (*feat_dmat_sum_tile_fn)(double *const *c, const double *a, const double *b, size_t k);

/* c[i][j]: for k ascending t = a[k][i] - b[k][j], c = fma(t, t, c). */
typedef void (*feat_dmat_dist_tile_fn)(double *c, size_t c_stride, const double *a, const double *b, size_t k);

/* Sum of x[i] * y[i]. Element i goes to lane i % 8, each lane is a chain of fma over i ascending from 0; then
 * lanes are added 0+4, 1+5, 2+6, 3+7; of those 0+2, 1+3; of those 0+1. */
typedef double (*feat_dmat_dot_fn)(const double *x, const double *y, size_t n);

/* y[i], i < n: for k ascending, k < n_x: y = fma(coef[k], x[k * x_stride + i], y). */
typedef void (*feat_dmat_axpys_fn)(double *y, const double *x, size_t x_stride, const double *coef, size_t n_x,
                                   size_t n);

/* y[i] += x[i], i < n. */
typedef void (*feat_dmat_add_floats_fn)(double *y, const float *x, size_t n);

/* x[i], i < n: with b = fma(gamma, x[i], coef0), p = b, and degree - 1 times p = p * b: x[i] = p - shift. */
typedef void (*feat_dmat_power_fn)(double *x, size_t n, double gamma, double coef0, unsigned degree, double shift);

/* x[i], i < n, becomes exp(-t) - 1, where t = gamma * x[i] is at most FEAT_DMAT_MAX_GAP: s = 1/9!; for k = 8 .. 2:
 * s = fma(-t, s, 1/k!); then fma(t * t, s, -t). Within 1.2 ulp for t from 0; what rounding left below 0 stays as small.
 */
typedef void (*feat_dmat_exp_gap_fn)(double *x, size_t n, double gamma);
#define FEAT_DMAT_MAX_GAP 0x1p-5

/* Rows i0 <= i < i1 of the upper triangle of a symmetric matrix of order n, times x, added to y. In groups of 4 rows
 * from i0 (the last may be smaller), with i the group's first row and g its size:
 *
 *   in the group's own triangle, for r ascending, for c = r .. g - 1:
 *       y[i+r] = fma(a(i+r, i+c), x[i+c], y[i+r]),  and if c > r then  y[i+c] = fma(a(i+r, i+c), x[i+r], y[i+c]);
 *   right of it, j >= i + g: for r ascending  y[j] = fma(a(i+r, j), x[i+r], y[j]);
 *   then  y[i+r] += sum over j >= i + g of a(i+r, j) * x[j],  in the order of dot.
 *
 * Element (i, j) is a[i * a_stride + j]; y, x and a do not overlap; y and x are indexed like columns. */
typedef void (*feat_dmat_symv_fn)(double *y, const double *a, size_t a_stride, const double *x, size_t i0,
                                  size_t i1, size_t n);

/* A chain of n plane rotations of neighbouring rows of 32 doubles, row t at z + t * step (step may be negative). With
 * x = row 0; for t ascending:
 *
 *     z = row t+1,  row t = fma(s[t], z, c[t] * x),  x = fma(-s[t], x, c[t] * z);
 *
 * at last row n = x. */
typedef void (*feat_dmat_rotate_fn)(double *z, ptrdiff_t step, const double *c, const double *s, size_t n);

/* Products of floats, for distances whose decision does not depend on their last bits. Panels are of fnr rows; fmr
 * divides fnr. c[i][j], i < fmr, j < fnr: for k ascending s = fma(a[k][i], b[k][j], s) from s = 0; then c += s. */
typedef void (*feat_dmat_fmul_tile_fn)(float *c, size_t c_stride, const float *a, const float *b, size_t k);

/* out[r], r < n: squared distance between rows x[r] and y[r] of d floats, the sum of dist_tile: for k ascending
 * t = x[r][k] - y[r][k] in double, s = fma(t, t, s) from s = 0. */
typedef void (*feat_dmat_dist_pairs_fn)(double *out, const float *const *x, const float *const *y, size_t n,
                                        size_t d);

/* The same with rows y[r] of d doubles. */
typedef void (*feat_dmat_dist_mixed_fn)(double *out, const float *const *x, const double *const *y, size_t n,
                                        size_t d);

typedef struct feat_dmat_kernels {
    size_t mr, nr;
    size_t fmr, fnr;
    feat_dmat_fmul_tile_fn fmul_tile;
    feat_dmat_dist_pairs_fn dist_pairs;
    feat_dmat_dist_mixed_fn dist_mixed;
    feat_dmat_mul_tile_fn mul_tile;
    feat_dmat_sum_tile_fn sum_tile;
    feat_dmat_dist_tile_fn dist_tile;
    feat_dmat_dot_fn dot;
    feat_dmat_axpys_fn axpys;
    feat_dmat_add_floats_fn add_floats;
    feat_dmat_power_fn power;
    feat_dmat_exp_gap_fn exp_gap;
    feat_dmat_symv_fn symv;
    feat_dmat_rotate_fn rotate;
    const feat_bf16_kernels *bf16; /* NULL: none; see feat_bf16_of */
} feat_dmat_kernels;

/* The table's kernels for bfloat16, NULL if it has none or this CPU cannot run them. */
const feat_bf16_kernels *feat_bf16_of(const feat_dmat_kernels *kernels);

/* The best table this CPU can run among those whose bit is in isa_mask (bits as in feat_kernels_at); NULL if
 * none. */
const feat_dmat_kernels *feat_dmat_best(uint32_t isa_mask);

#endif
