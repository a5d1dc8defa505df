/* The kernel table for avx2. The file's name decides its compiler flags (Makefile). */
#define IV3_ISA_AVX2 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/isa.h"

const iv3_kernels iv3_kernels_avx2 = {
    .name = "avx2",
    .needs = IV3_CPU_AVX2 | IV3_CPU_FMA,
    .split = {SPLIT_TABLE},
    ISA_KERNELS,
};
