/* The kernel table for scalar. The file's name decides its compiler flags (Makefile). */
#define FEAT_ISA_SCALAR 1
#include "engine/base/cpu.h"
#include "engine/kernels/conv.inc.c"
#include "engine/kernels/pooling.inc.c"
#include "engine/kernels/tokens.inc.c"
#include "engine/kernels/wino.inc.c"
#include "engine/kernels/split.inc.c"
#include "engine/kernels/split_conv.inc.c"
#include "engine/kernels/dmat.inc.c"
#include "engine/kernels/isa.h"

const feat_kernels feat_kernels_scalar = {
    .name = "scalar",
    .needs = 0,
    .split = {SPLIT_TABLE},
    ISA_KERNELS,
};
