/* The contracts of engine/kernels/kernels.h as naive loops. */
#ifndef BONAFIDE_TESTS_ENGINE_KERNELS_ORACLE_H
#define BONAFIDE_TESTS_ENGINE_KERNELS_ORACLE_H

#include "engine/kernels/kernels.h"

enum { ORACLE_MAX_TAPS = 7 };

/* Channels per plane, and floats between the inputs of neighbouring output pixels. */
size_t oracle_conv_channels(feat_conv_form form);
size_t oracle_conv_step(feat_conv_form form);

void oracle_conv_row(const feat_conv_args *args, float *const *y, size_t n_px, size_t n_blocks);
void oracle_max_row(const feat_pool_args *args, float *y);
void oracle_avg_row(const feat_pool_args *args, float *y);
void oracle_mean(float *y, const float *x, size_t h, size_t w);

void oracle_split_conv(const feat_split_args *args, float *c, const uint16_t *const *x, size_t n_tiles,
                       size_t n_blocks);
void oracle_split_store(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu, size_t n);
void oracle_split_store_whole(float *y, const float *c, const float *bias, int relu, size_t n);
void oracle_split_join(float *y, const uint16_t *hi, const uint16_t *lo, size_t n);

/* Each value of a row of tokens by itself, and the functions that they are made of: of one number, and the sum of
 * sixteen whose halves are added to each other. */
float oracle_exp(float x);
float oracle_erf(float x);
float oracle_tree(const float *sixteen);
void oracle_layer_norm(const feat_norm_args *args, size_t n);
void oracle_softmax(float *s, size_t plane, size_t n_blocks, size_t n_keys, size_t n, float scale, float *sums);
void oracle_divide(float *y, size_t plane, size_t n_blocks, const float *sums, size_t n);
void oracle_gelu(float *x, size_t n);
void oracle_quick_gelu(float *x, size_t n);
void oracle_sum(float *x, const float *add, const float *scale, size_t n);
void oracle_widen(float *to, const uint16_t *halves, size_t n);

/* The numbers of a minimal-filtering form, worked out from its points alone. */
typedef struct oracle_wino {
    int dims, m, r, a, n_pairs;
    double p[FEAT_WINO_MAX_PAIRS];
    double r_coef[FEAT_WINO_MAX_PAIRS + 1];
    double q_coef[FEAT_WINO_MAX_PAIRS][FEAT_WINO_MAX_PAIRS];
    double g[FEAT_WINO_MAX_A * ORACLE_MAX_TAPS]; /* [a][r] */
} oracle_wino;

void oracle_wino_form(oracle_wino *o, feat_wino_form form);
void oracle_wino_data(feat_wino_form form, float *v, size_t v_stride, const float *x, size_t i_stride,
                      size_t j_stride, const feat_wino_part *inside);
void oracle_wino_output(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                        const float *mm, size_t mm_stride, const float *bias);
void oracle_wino_weights(feat_wino_form form, float *u, size_t u_stride, const double *taps, const double *g);

#endif
