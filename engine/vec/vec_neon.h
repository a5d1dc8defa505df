/* The vector layer on AArch64 NEON: 4 floats or 2 doubles. See vec.h for the meaning of each operation.
 * max is written with compare and select because vmaxq_f32 treats NaN and -0 differently from x86. */
#ifndef IV3_VEC_NEON_H
#define IV3_VEC_NEON_H

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
