/* Products of rows of bfloat16 on units that are made for them (AVX512-BF16, AMX): twice the speed of floats and more,
 * and far coarser. For bounds only: the order of the sums is the unit's own, so nothing that is printed may depend on
 * their bits, which only have to lie within the error promised here. */
#ifndef BONAFIDE_ENGINE_KERNELS_BF16_H
#define BONAFIDE_ENGINE_KERNELS_BF16_H

#include <stddef.h>
#include <stdint.h>

enum {
    FEAT_BF16_STEP = 32,   /* rows are cut into pieces of a multiple of this length, the last padded with zeros */
    FEAT_BF16_MAX_NR = 48, /* no table has wider panels; every nr and mr divides 96 and 480 */
};

/* h[k], k < n: the bfloat16 nearest to the float x[k] - centre[k], ties to even; 0 below 2^-55. */
typedef void (*feat_bf16_round_fn)(uint16_t *h, const float *x, const float *centre, size_t n);

/* c[i * c_stride + j] += sum over p < k of a[i][p] * b[p][j], i < mr, j < nr, k a multiple of FEAT_BF16_STEP. a: rows
 * of k numbers, a_stride numbers apart. b: a panel, [k / 2][nr][2], so that two numbers of a row lie side by side.
 * Products are exact; the k of them are added in floats, rounded to nearest, in any order; factors, products and sums
 * below 2^-126 may count as 0. */
typedef void (*feat_bf16_mul_tile_fn)(float *c, size_t c_stride, const uint16_t *a, size_t a_stride, const uint16_t *b,
                                      size_t k);

typedef struct feat_bf16_kernels {
    uint32_t needs; /* of FEAT_CPU_*, beside what its table needs */
    size_t mr, nr;
    void (*begin)(void); /* around a thread's calls of mul_tile: between them it may do nothing else with the unit */
    void (*end)(void);
    feat_bf16_round_fn round;
    feat_bf16_mul_tile_fn mul_tile;
} feat_bf16_kernels;

#endif
