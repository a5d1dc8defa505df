/* Minimal filtering (Winograd, Toom-Cook): m outputs of an r-tap filter from m + r - 1 products.
 *
 * Interpolation points are 0, K pairs +-p, and infinity: a = 2K + 2 = m + r - 1 products in one dimension;
 * two-dimensional forms use the same points along both. With
 *
 *     R(z) = prod (z - p_j^2) = sum r_j z^j    and    Q_k(z) = prod over j != k = sum q_kj z^j
 *
 * the transforms are
 *
 *     data     v_0      = sum r_j d_2j         v_(a-1)  = sum r_j d_(2j+1)
 *              v_(1+2k) = E_k + p_k O_k        v_(2+2k) = E_k - p_k O_k
 *              E_k      = sum q_kj d_(2j+2)    O_k      = sum q_kj d_(2j+1)
 *     weights  u_i = sum_t G_it w_t,  G_it = p^t / prod over other points (p - other);  u_(a-1) = w_(r-1)
 *     output   y_i = [i = 0] m_0 + sum_k p_k^i (m_(1+2k) + (-1)^i m_(2+2k)) + [i = m - 1] m_(a-1)
 *
 * Source: Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, arXiv 1509.09308; the points are
 * our choice by measured error (engine/ARITHMETIC.md). All points and coefficients are exact in float. */
#ifndef BONAFIDE_ENGINE_KERNELS_WINOGRAD_H
#define BONAFIDE_ENGINE_KERNELS_WINOGRAD_H

#include <stddef.h>

typedef enum feat_wino_form {
    FEAT_WINO_NONE = 0,
    FEAT_WINO_F2_3X3, /* 2x2 outputs of a 3x3 filter: 16 products instead of 36 */
    FEAT_WINO_F4_3X3, /* 4x4 of 3x3: 36 instead of 144 */
    FEAT_WINO_F4_5X5, /* 4x4 of 5x5: 64 instead of 400 */
    FEAT_WINO_F2_3,   /* 2 of 3 along one dimension: 4 instead of 6 */
    FEAT_WINO_F4_3,   /* 4 of 3 along one dimension: 6 instead of 12 */
    FEAT_WINO_F4_7,   /* 4 of 7 along one dimension: 10 instead of 28 */
    FEAT_WINO_F6_3X3, /* 6x6 of 3x3: 64 instead of 324 */
    FEAT_WINO_F6_7,   /* 6 of 7 along one dimension: 12 instead of 42 */
    FEAT_WINO_F4_3X3_CLOSE /* as F4_3X3, its points closer together: half the error, more multiplications around it */
} feat_wino_form;
enum { FEAT_N_WINO_FORMS = 10, FEAT_WINO_MAX_PAIRS = 5, FEAT_WINO_MAX_M = 6, FEAT_WINO_MAX_A = 12 };

/* The numbers of a form. */
typedef struct feat_wino {
    int dims;    /* 1 or 2 */
    int m, r, a; /* outputs, taps and products along a dimension */
    int n_pairs;
    float p[FEAT_WINO_MAX_PAIRS];                           /* the points */
    float r_coef[FEAT_WINO_MAX_PAIRS + 1];                  /* r_j; the last is 1 */
    float q_coef[FEAT_WINO_MAX_PAIRS][FEAT_WINO_MAX_PAIRS]; /* q_kj; the last of each is 1 */
    float power[FEAT_WINO_MAX_M][FEAT_WINO_MAX_PAIRS];      /* p_k^i */
} feat_wino;

/* clang-format off */
static const feat_wino feat_winos[] = {
    [FEAT_WINO_F2_3X3] = {2, 2, 3, 4, 1,
        {1.0f},
        {-1.0f, 1.0f},
        {{1.0f}},
        {{1.0f},
         {1.0f}}},
    [FEAT_WINO_F4_3X3] = {2, 4, 3, 6, 2,
        {1.0f, 2.0f},
        {4.0f, -5.0f, 1.0f},
        {{-4.0f, 1.0f},
         {-1.0f, 1.0f}},
        {{1.0f, 1.0f},
         {1.0f, 2.0f},
         {1.0f, 4.0f},
         {1.0f, 8.0f}}},
    [FEAT_WINO_F4_5X5] = {2, 4, 5, 8, 3,
        {1.0f, 2.0f, 0.5f},
        {-1.0f, 5.25f, -5.25f, 1.0f},
        {{1.0f, -4.25f, 1.0f},
         {0.25f, -1.25f, 1.0f},
         {4.0f, -5.0f, 1.0f}},
        {{1.0f, 1.0f, 1.0f},
         {1.0f, 2.0f, 0.5f},
         {1.0f, 4.0f, 0.25f},
         {1.0f, 8.0f, 0.125f}}},
    [FEAT_WINO_F6_3X3] = {2, 6, 3, 8, 3,
        {1.0f, 2.0f, 0.5f},
        {-1.0f, 5.25f, -5.25f, 1.0f},
        {{1.0f, -4.25f, 1.0f},
         {0.25f, -1.25f, 1.0f},
         {4.0f, -5.0f, 1.0f}},
        {{1.0f, 1.0f, 1.0f},
         {1.0f, 2.0f, 0.5f},
         {1.0f, 4.0f, 0.25f},
         {1.0f, 8.0f, 0.125f},
         {1.0f, 16.0f, 0.0625f},
         {1.0f, 32.0f, 0.03125f}}},
    [FEAT_WINO_F2_3] = {1, 2, 3, 4, 1,
        {1.0f},
        {-1.0f, 1.0f},
        {{1.0f}},
        {{1.0f},
         {1.0f}}},
    [FEAT_WINO_F4_3] = {1, 4, 3, 6, 2,
        {1.0f, 0.5f},
        {0.25f, -1.25f, 1.0f},
        {{-0.25f, 1.0f},
         {-1.0f, 1.0f}},
        {{1.0f, 1.0f},
         {1.0f, 0.5f},
         {1.0f, 0.25f},
         {1.0f, 0.125f}}},
    [FEAT_WINO_F4_7] = {1, 4, 7, 10, 4,
        {1.0f, 0.375f, 0.75f, 3.0f},
        {0.7119140625f, -7.119140625f, 16.1103515625f, -10.703125f, 1.0f},
        {{-0.7119140625f, 6.4072265625f, -9.703125f, 1.0f},
         {-5.0625f, 14.625f, -10.5625f, 1.0f},
         {-1.265625f, 10.40625f, -10.140625f, 1.0f},
         {-0.0791015625f, 0.7822265625f, -1.703125f, 1.0f}},
        {{1.0f, 1.0f, 1.0f, 1.0f},
         {1.0f, 0.375f, 0.75f, 3.0f},
         {1.0f, 0.140625f, 0.5625f, 9.0f},
         {1.0f, 0.052734375f, 0.421875f, 27.0f}}},
    [FEAT_WINO_F6_7] = {1, 6, 7, 12, 5,
        {1.0f, 0.375f, 0.75f, 1.5f, 2.5f},
        {-1.11236572265625f, 11.67242431640625f, -30.67822265625f, 29.3212890625f, -10.203125f, 1.0f},
        {{1.11236572265625f, -10.56005859375f, 20.1181640625f, -9.203125f, 1.0f},
         {7.91015625f, -26.75390625f, 27.90625f, -10.0625f, 1.0f},
         {1.9775390625f, -17.2353515625f, 23.8984375f, -9.640625f, 1.0f},
         {0.494384765625f, -4.968017578125f, 11.4267578125f, -7.953125f, 1.0f},
         {0.177978515625f, -1.839111328125f, 4.6142578125f, -3.953125f, 1.0f}},
        {{1.0f, 1.0f, 1.0f, 1.0f, 1.0f},
         {1.0f, 0.375f, 0.75f, 1.5f, 2.5f},
         {1.0f, 0.140625f, 0.5625f, 2.25f, 6.25f},
         {1.0f, 0.052734375f, 0.421875f, 3.375f, 15.625f},
         {1.0f, 0.019775390625f, 0.31640625f, 5.0625f, 39.0625f},
         {1.0f, 0.007415771484375f, 0.2373046875f, 7.59375f, 97.65625f}}},
    [FEAT_WINO_F4_3X3_CLOSE] = {2, 4, 3, 6, 2,
        {0.625f, 1.5f},
        {0.87890625f, -2.640625f, 1.0f},
        {{-2.25f, 1.0f},
         {-0.390625f, 1.0f}},
        {{1.0f, 1.0f},
         {0.625f, 1.5f},
         {0.390625f, 2.25f},
         {0.244140625f, 3.375f}}},
};
_Static_assert(sizeof feat_winos / sizeof feat_winos[0] == FEAT_N_WINO_FORMS, "the numbers of each form");
/* clang-format on */

/* Which pixels (i, j) of a tile lie in the picture: i0 <= i < i1 and j0 <= j < j1 (of one-dimensional forms j is 0). */
typedef struct feat_wino_part {
    int i0, i1, j0, j1;
} feat_wino_part;

/* Data transform of one tile of one plane (16 channels): reads a (x a) pixels, pixel (i, j) at
 * x + i * i_stride + j * j_stride (one-dimensional forms: pixel i at x + i * i_stride), writes product (i, j) to
 * v + (i * a + j) * v_stride, 16 floats each. `inside`: only those pixels are read, the first of them at x, and the
 * others count as +0; NULL: all are. */
typedef void (*feat_wino_data_fn)(feat_wino_form form, float *v, size_t v_stride, const float *x,
                                  size_t i_stride, size_t j_stride, const feat_wino_part *inside);

/* Output transform of one tile of one block: products as above from mm with mm_stride; adds bias [16], applies ReLU,
 * and writes pixels (i, j) with i < n_i, j < n_j (at most m) to y + i * i_stride + j * j_stride. */
typedef void (*feat_wino_output_fn)(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i,
                                    int n_j, const float *mm, size_t mm_stride, const float *bias);

/* Weight transform for 16 output channels and one input channel: taps [r * r or r][16], g [a][r] the weight matrix of
 * the form, products to u + (i * a + j) * u_stride, rounded to float once. Each sum is a chain of fma in double over
 * taps ascending, the first term a plain product; two-dimensional forms transform columns (along i) first. */
typedef void (*feat_wino_weights_fn)(feat_wino_form form, float *u, size_t u_stride, const double *taps,
                                     const double *g);

#endif
