/* The vector layer on AVX-512: 16 floats or 8 doubles. See vec.h for the meaning of each operation. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_AVX512_H
#define BONAFIDE_ENGINE_VEC_VEC_AVX512_H

#if !defined(__AVX512F__) || !defined(__FMA__)
#error "compile this file with the AVX-512 flags of the Makefile"
#endif
#include <immintrin.h>

enum { VL = 16, VDL = 8 };
typedef __m512 vf;
typedef __m512d vd;

static inline vf v_ld(const float *p) { return _mm512_loadu_ps(p); }
static inline void v_st(float *p, vf a) { _mm512_storeu_ps(p, a); }
static inline vf v_set1(float x) { return _mm512_set1_ps(x); }
static inline vf v_zero(void) { return _mm512_setzero_ps(); }
static inline vf v_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf v_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
static inline vf v_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf v_div(vf a, vf b) { return _mm512_div_ps(a, b); }
static inline vf v_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
static inline vf v_fnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
static inline vf v_max(vf a, vf b) { return _mm512_max_ps(a, b); }

static inline vf v_ld_half(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
static inline vf v_pow2(vf a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}

static inline vf v_bf16(vf a)
{
    __m512i u = _mm512_castps_si512(a), odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
    __m512i r = _mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), odd);
    __m512i size = _mm512_and_si512(r, _mm512_set1_epi32(0x7fff0000));
    __mmask16 kept = _mm512_cmpge_epi32_mask(size, _mm512_set1_epi32(BF16_LEAST));
    r = _mm512_maskz_and_epi32(kept, r, _mm512_set1_epi32((int)0xffff0000));
    r = _mm512_mask_mov_epi32(r, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), _mm512_set1_epi32(BF16_NAN));
    return _mm512_castsi512_ps(r);
}
static inline void v_st_bf16(uint16_t *p, vf a)
{
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_castps_si512(a), 16)));
}

static inline vd vd_ld(const double *p) { return _mm512_loadu_pd(p); }
static inline void vd_st(double *p, vd a) { _mm512_storeu_pd(p, a); }
static inline vd vd_set1(double x) { return _mm512_set1_pd(x); }
static inline vd vd_zero(void) { return _mm512_setzero_pd(); }
static inline vd vd_add(vd a, vd b) { return _mm512_add_pd(a, b); }
static inline vd vd_sub(vd a, vd b) { return _mm512_sub_pd(a, b); }
static inline vd vd_mul(vd a, vd b) { return _mm512_mul_pd(a, b); }
static inline vd vd_div(vd a, vd b) { return _mm512_div_pd(a, b); }
static inline vd vd_fma(vd a, vd b, vd c) { return _mm512_fmadd_pd(a, b, c); }
static inline vd vd_fnma(vd a, vd b, vd c) { return _mm512_fnmadd_pd(a, b, c); }
static inline vd vd_from_float(const float *p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
static inline void vd_to_float(float *p, vd a) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(a)); }

#endif
