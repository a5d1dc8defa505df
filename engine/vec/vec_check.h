/* Refuses compiler modes in which results would differ from the numerics contract. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_CHECK_H
#define BONAFIDE_ENGINE_VEC_VEC_CHECK_H

#include <float.h>

#if defined(__FAST_MATH__)
#error "-ffast-math and -Ofast change results: build without them"
#endif
#if FLT_EVAL_METHOD != 0
#error "float expressions must be evaluated in float (x87 is not supported)"
#endif
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "only little-endian machines are supported"
#endif

#endif
