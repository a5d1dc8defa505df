/* The kernel tables for avx512 and, the same with a tile unit, for amx. The file's name decides its compiler flags
 * (Makefile). */
#define FEAT_ISA_AVX512 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/tokens.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/split_amx.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/bf16.inc.c"
#include "engine/kernels/isa.h"

const feat_kernels feat_kernels_avx512 = {
    .name = "avx512",
    .needs = FEAT_CPU_AVX512 | FEAT_CPU_FMA,
    .split = {SPLIT_TABLE},
    ISA_KERNELS,
    .dmat.bf16 = &bf16_avx512,
};

const feat_kernels feat_kernels_amx = {
    .name = "amx",
    .needs = FEAT_CPU_AMX | FEAT_CPU_AVX512_BF16 | FEAT_CPU_AVX512 | FEAT_CPU_FMA,
    .split = {AMX_SPLIT_TABLE},
    ISA_KERNELS,
    .dmat.bf16 = &bf16_amx,
};
