/* Pairs of bfloat16 multiplied and added to floats, 16 sums at a time (AVX512-BF16). */
#ifndef IV3_VEC_BF16_AVX512_H
#define IV3_VEC_BF16_AVX512_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define BF16_TARGET __attribute__((target("avx512bf16")))

/* acc + the two products of the pair at a with each of the 16 pairs at b */
typedef __m512bh vbf;
BF16_TARGET static inline vbf vbf_ld(const uint16_t *b) { return (vbf)_mm512_loadu_si512(b); }
BF16_TARGET static inline vbf vbf_set1(const uint16_t *a)
{
    int pair;
    memcpy(&pair, a, sizeof pair);
    return (vbf)_mm512_set1_epi32(pair);
}
BF16_TARGET static inline __m512 vbf_dot(__m512 acc, vbf a, vbf b) { return _mm512_dpbf16_ps(acc, a, b); }

#endif
