/* The kernel table for scalar. The file's name decides its compiler flags (Makefile). */
#define IV3_ISA_SCALAR 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/isa.h"

const iv3_kernels iv3_kernels_scalar = {
    .name = "scalar",
    .needs = 0,
    .conv_row = k_conv_row,
    .max_row = k_max_row,
    .avg_row = k_avg_row,
    .mean = k_mean,
    .wino_data = k_wino_data,
    .wino_output = k_wino_output,
    .wino_weights = k_wino_weights,
    .split = {SPLIT_TABLE},
    .dmat = {DMAT_TABLE},
};
