/* The vector layer on AArch64 NEON: 4 floats or 2 doubles. See vec.h for the meaning of each operation.
 * max is written with compare and select because vmaxq_f32 treats NaN and -0 differently from x86. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_NEON_H
#define BONAFIDE_ENGINE_VEC_VEC_NEON_H

#if !defined(__aarch64__)
#error "NEON is supported on AArch64 only"
#endif
#include <arm_neon.h>

enum { VL = 4, VDL = 2 };
typedef float32x4_t vf;
typedef float64x2_t vd;

static inline vf v_ld(const float *p) { return vld1q_f32(p); }
static inline void v_st(float *p, vf a) { vst1q_f32(p, a); }
static inline vf v_set1(float x) { return vdupq_n_f32(x); }
static inline vf v_zero(void) { return vdupq_n_f32(0.0f); }
static inline vf v_add(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf v_sub(vf a, vf b) { return vsubq_f32(a, b); }
static inline vf v_mul(vf a, vf b) { return vmulq_f32(a, b); }
static inline vf v_div(vf a, vf b) { return vdivq_f32(a, b); }
static inline vf v_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
static inline vf v_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
static inline vf v_max(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }

static inline vf v_ld_half(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
static inline vf v_pow2(vf a) { return vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(a), 23)); }

static inline vf v_bf16(vf a)
{
    uint32x4_t u = vreinterpretq_u32_f32(a), odd = vandq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(1));
    uint32x4_t r = vaddq_u32(vaddq_u32(u, vdupq_n_u32(0x7fff)), odd);
    uint32x4_t kept = vcgeq_u32(vandq_u32(r, vdupq_n_u32(0x7fff0000)), vdupq_n_u32(BF16_LEAST));
    r = vandq_u32(kept, vandq_u32(r, vdupq_n_u32(0xffff0000)));
    return vreinterpretq_f32_u32(vbslq_u32(vceqq_f32(a, a), r, vdupq_n_u32(BF16_NAN)));
}
static inline void v_st_bf16(uint16_t *p, vf a) { vst1_u16(p, vshrn_n_u32(vreinterpretq_u32_f32(a), 16)); }

static inline vd vd_ld(const double *p) { return vld1q_f64(p); }
static inline void vd_st(double *p, vd a) { vst1q_f64(p, a); }
static inline vd vd_set1(double x) { return vdupq_n_f64(x); }
static inline vd vd_zero(void) { return vdupq_n_f64(0.0); }
static inline vd vd_add(vd a, vd b) { return vaddq_f64(a, b); }
static inline vd vd_sub(vd a, vd b) { return vsubq_f64(a, b); }
static inline vd vd_mul(vd a, vd b) { return vmulq_f64(a, b); }
static inline vd vd_div(vd a, vd b) { return vdivq_f64(a, b); }
static inline vd vd_fma(vd a, vd b, vd c) { return vfmaq_f64(c, a, b); }
static inline vd vd_fnma(vd a, vd b, vd c) { return vfmsq_f64(c, a, b); }
static inline vd vd_from_float(const float *p) { return vcvt_f64_f32(vld1_f32(p)); }
static inline void vd_to_float(float *p, vd a) { vst1_f32(p, vcvt_f32_f64(a)); }

#endif
