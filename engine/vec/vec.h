/* The vector layer: one set of names over four instruction sets, chosen by the macro FEAT_ISA_<NAME> that
 * an engine/kernels/isa_*.c file defines before anything else.
 *
 *   vf   VL floats            vd   VDL doubles            (VL: 16, 8, 4, 1; VDL = VL / 2, at least 1)
 *
 *   v_ld v_st           unaligned load and store
 *   v_ld_half(p)        loads VL halves (binary16) and widens them
 *   v_set1 v_zero       all lanes one value
 *   v_add v_sub v_mul v_div    correctly rounded per lane
 *   v_fma(a, b, c)      a * b + c rounded once, on every ISA
 *   v_fnma(a, b, c)     c - a * b rounded once
 *   v_max(a, b)         a > b ? a : b per lane; so NaN in a gives b, and equal zeros give b
 *   v_pow2(a)           2^(k - 127) where a = 0x1.8p23 + k, and k is whole and 1 to 254
 *   v_bf16(a)           the bfloat16 nearest to a, ties to even; 0 where that is below 2^-55; 0x7fc0 for every NaN
 *   v_st_bf16(p, a)     stores VL such numbers, the upper halves of their floats
 *   vd_*                the same for doubles
 *   vd_from_float(p)    loads VDL floats and widens them
 *   vd_to_float(p, a)   stores VDL lanes rounded to float
 *
 * There is no horizontal operation, no permutation and no approximate reciprocal on purpose: lanes are
 * outputs, so that every ISA computes each output by the same chain of operations. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_H
#define BONAFIDE_ENGINE_VEC_VEC_H

#include <stdint.h>

#include "engine/vec/vec_check.h"

enum { BF16_LEAST = (127 - 55) << 23, BF16_NAN = 0x7fc00000 }; /* of v_bf16, as bits of floats */

#if defined(FEAT_ISA_AVX512)
#include "engine/vec/vec_avx512.h"
#elif defined(FEAT_ISA_AVX2)
#include "engine/vec/vec_avx2.h"
#elif defined(FEAT_ISA_NEON)
#include "engine/vec/vec_neon.h"
#elif defined(FEAT_ISA_FMA) || defined(FEAT_ISA_SCALAR)
#include "engine/vec/vec_scalar.h"
#else
#error "define FEAT_ISA_<NAME> before including vec.h"
#endif

/* Activations and packed weights come in blocks of 16 channels: NVB vectors each. */
enum { BLOCK = 16, NVB = BLOCK / VL };

#endif
