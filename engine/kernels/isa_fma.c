/* The kernel table for fma. The file's name decides its compiler flags (Makefile). */
#define FEAT_ISA_FMA 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/tokens.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/isa.h"

const feat_kernels feat_kernels_fma = {
    .name = "fma",
    .needs = FEAT_CPU_FMA,
    .split = {SPLIT_TABLE},
    ISA_KERNELS,
};
