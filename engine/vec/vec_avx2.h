/* The vector layer on AVX2 with FMA: 8 floats or 4 doubles. See vec.h for the meaning of each operation. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_AVX2_H
#define BONAFIDE_ENGINE_VEC_VEC_AVX2_H

#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile this file with -mavx2 -mfma"
#endif
#include <immintrin.h>

enum { VL = 8, VDL = 4 };
typedef __m256 vf;
typedef __m256d vd;

static inline vf v_ld(const float *p) { return _mm256_loadu_ps(p); }
static inline void v_st(float *p, vf a) { _mm256_storeu_ps(p, a); }
static inline vf v_set1(float x) { return _mm256_set1_ps(x); }
static inline vf v_zero(void) { return _mm256_setzero_ps(); }
static inline vf v_add(vf a, vf b) { return _mm256_add_ps(a, b); }
static inline vf v_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
static inline vf v_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
static inline vf v_div(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf v_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
static inline vf v_fnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
static inline vf v_max(vf a, vf b) { return _mm256_max_ps(a, b); }

/* Without F16C. The exponent of a half, moved to where a float has its own, is 112 too small, of a subnormal too: one
 * product mends it, exactly and without a branch. */
static inline vf v_ld_half(const uint16_t *p)
{
    __m256i h = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    __m256i magnitude = _mm256_slli_epi32(_mm256_and_si256(h, _mm256_set1_epi32(0x7fff)), 13);
    __m256 value = _mm256_mul_ps(_mm256_castsi256_ps(magnitude), _mm256_set1_ps(0x1p112f));
    __m256i sign = _mm256_slli_epi32(_mm256_and_si256(h, _mm256_set1_epi32(0x8000)), 16);
    return _mm256_or_ps(value, _mm256_castsi256_ps(sign));
}
static inline vf v_pow2(vf a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}

static inline vf v_bf16(vf a)
{
    __m256i u = _mm256_castps_si256(a), odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
    __m256i r = _mm256_add_epi32(_mm256_add_epi32(u, _mm256_set1_epi32(0x7fff)), odd);
    __m256i size = _mm256_and_si256(r, _mm256_set1_epi32(0x7fff0000));
    __m256i small = _mm256_cmpgt_epi32(_mm256_set1_epi32(BF16_LEAST), size);
    r = _mm256_andnot_si256(small, _mm256_and_si256(r, _mm256_set1_epi32((int)0xffff0000)));
    return _mm256_blendv_ps(_mm256_castsi256_ps(r), _mm256_castsi256_ps(_mm256_set1_epi32(BF16_NAN)),
                            _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}
static inline void v_st_bf16(uint16_t *p, vf a)
{
    __m256i u = _mm256_srli_epi32(_mm256_castps_si256(a), 16);
    _mm_storeu_si128((__m128i *)p, _mm_packus_epi32(_mm256_castsi256_si128(u), _mm256_extracti128_si256(u, 1)));
}

static inline vd vd_ld(const double *p) { return _mm256_loadu_pd(p); }
static inline void vd_st(double *p, vd a) { _mm256_storeu_pd(p, a); }
static inline vd vd_set1(double x) { return _mm256_set1_pd(x); }
static inline vd vd_zero(void) { return _mm256_setzero_pd(); }
static inline vd vd_add(vd a, vd b) { return _mm256_add_pd(a, b); }
static inline vd vd_sub(vd a, vd b) { return _mm256_sub_pd(a, b); }
static inline vd vd_mul(vd a, vd b) { return _mm256_mul_pd(a, b); }
static inline vd vd_div(vd a, vd b) { return _mm256_div_pd(a, b); }
static inline vd vd_fma(vd a, vd b, vd c) { return _mm256_fmadd_pd(a, b, c); }
static inline vd vd_fnma(vd a, vd b, vd c) { return _mm256_fnmadd_pd(a, b, c); }
static inline vd vd_from_float(const float *p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
static inline void vd_to_float(float *p, vd a) { _mm_storeu_ps(p, _mm256_cvtpd_ps(a)); }

#endif
