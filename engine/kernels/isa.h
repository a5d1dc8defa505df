/* Declares the kernel table of every instruction set; which of them exist depends on the target (Makefile). */
#ifndef BONAFIDE_ENGINE_KERNELS_ISA_H
#define BONAFIDE_ENGINE_KERNELS_ISA_H

#include "engine/kernels/kernels.h"

extern const feat_kernels feat_kernels_scalar, feat_kernels_fma, feat_kernels_avx2, feat_kernels_avx512,
    feat_kernels_amx, feat_kernels_neon;

/* What every table has under the names that the *.inc.c give; the split kernels follow. */
#define ISA_KERNELS                                                                                          \
    .conv_row = k_conv_row, .max_row = k_max_row, .avg_row = k_avg_row, .mean = k_mean,                      \
    .wino_data = k_wino_data, .wino_output = k_wino_output, .wino_weights = k_wino_weights,                  \
    .tokens = {TOKEN_TABLE}, .dmat = {DMAT_TABLE}

#endif
