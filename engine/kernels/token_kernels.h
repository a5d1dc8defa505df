/* Kernels over tokens: rows of channels, which lie in blocked order [c / 16][token][16] as pixels of a picture do.
 * Dense layers are convolutions of 1x1 (kernels.h). Everything here is binary32 unless double is said; formulas with
 * their constants are in engine/ARITHMETIC.md, section 6b. */
#ifndef BONAFIDE_ENGINE_KERNELS_TOKEN_KERNELS_H
#define BONAFIDE_ENGINE_KERNELS_TOKEN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Layer norm of n tokens of n_planes * 16 channels: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the
 * biased variance. Planes of x and y lie x_plane and y_plane floats apart. gamma and beta [n_planes][16]. */
typedef struct feat_norm_args {
    const float *x;
    size_t x_plane;
    float *y;
    size_t y_plane;
    size_t n_planes;
    const float *gamma, *beta;
    double epsilon;
} feat_norm_args;
typedef void (*feat_layer_norm_fn)(const feat_norm_args *args, size_t n);

/* Scores to weights: of n rows s [n_blocks][plane / 16][16], of which n_keys values each count, becomes exp((s -
 * largest of the row) * scale), and 0 where there is no key. sums [n] receives what they add up to. */
typedef void (*feat_softmax_fn)(float *s, size_t plane, size_t n_blocks, size_t n_keys, size_t n, float scale,
                                float *sums);

/* y [n][16] of each of n_blocks blocks, plane floats apart, is divided by sums [n]. */
typedef void (*feat_divide_fn)(float *y, size_t plane, size_t n_blocks, const float *sums, size_t n);

/* x [n][16] in place: x (1 + erf(x / sqrt 2)) / 2, and x / (1 + exp(-1.702 x)). */
typedef void (*feat_activate_fn)(float *x, size_t n);

/* x [n][16] = x * scale [16] + add [n][16], rounded once; scale NULL: x + add. */
typedef void (*feat_sum_fn)(float *x, const float *add, const float *scale, size_t n);

/* Halves (binary16) to floats, exactly; n is a multiple of 16. */
typedef void (*feat_widen_fn)(float *to, const uint16_t *halves, size_t n);

typedef struct feat_token_kernels {
    feat_layer_norm_fn layer_norm;
    feat_softmax_fn softmax;
    feat_divide_fn divide;
    feat_activate_fn gelu, quick_gelu;
    feat_sum_fn sum;
    feat_widen_fn widen;
} feat_token_kernels;

#endif
