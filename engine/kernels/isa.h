/* Declares the kernel table of every instruction set; which of them exist depends on the target (Makefile).
 */
#ifndef IV3_KERNELS_ISA_H
#define IV3_KERNELS_ISA_H

#include "engine/kernels/kernels.h"

extern const iv3_kernels iv3_kernels_scalar, iv3_kernels_fma, iv3_kernels_avx2, iv3_kernels_avx512, iv3_kernels_amx,
    iv3_kernels_neon;

#endif
