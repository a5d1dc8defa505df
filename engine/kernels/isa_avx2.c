/* The kernel table for avx2. The file's name decides its compiler flags (Makefile). */
#define FEAT_ISA_AVX2 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/tokens.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/isa.h"

const feat_kernels feat_kernels_avx2 = {
    .name = "avx2",
    .needs = FEAT_CPU_AVX2 | FEAT_CPU_FMA,
    .split = {SPLIT_TABLE},
    ISA_KERNELS,
};
