/* Pairs of bfloat16 multiplied and added to floats, 16 sums at a time (AVX512-BF16). */
#ifndef BONAFIDE_ENGINE_VEC_BF16_AVX512_H
#define BONAFIDE_ENGINE_VEC_BF16_AVX512_H

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

/* v_bf16 of vec.h by the conversion of AVX512-BF16, which rounds the same way, takes subnormal numbers for 0, and keeps
 * NaN NaN. What it leaves to do is done on halves of vectors. */
BF16_TARGET static inline __m256i bf16_of(__m512 a)
{
    __m256i h = (__m256i)_mm512_cvtneps_pbh(a), size = _mm256_and_si256(h, _mm256_set1_epi16(0x7fff));
    h = _mm256_maskz_mov_epi16(_mm256_cmpge_epi16_mask(size, _mm256_set1_epi16(BF16_LEAST >> 16)), h);
    return _mm256_mask_mov_epi16(h, _mm256_cmpgt_epi16_mask(size, _mm256_set1_epi16(0x7f80)),
                                 _mm256_set1_epi16(BF16_NAN >> 16));
}
static inline __m512 float_of_bf16(__m256i h)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}

#endif
