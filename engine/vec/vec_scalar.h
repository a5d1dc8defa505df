/* The vector layer in plain C: one float or double per "vector". With hardware FMA (FEAT_ISA_FMA) it is the
 * fast oracle of the tests; without (FEAT_ISA_SCALAR) the fused operation is built from exact double
 * arithmetic, so that no C library's fmaf has to be trusted. See vec.h for the meaning of each operation. */
#ifndef BONAFIDE_ENGINE_VEC_VEC_SCALAR_H
#define BONAFIDE_ENGINE_VEC_VEC_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { VL = 1, VDL = 1 };
typedef float vf;
typedef double vd;

static inline vf v_ld(const float *p) { return *p; }
static inline void v_st(float *p, vf a) { *p = a; }
static inline vf v_set1(float x) { return x; }
static inline vf v_zero(void) { return 0.0f; }
static inline vf v_add(vf a, vf b) { return a + b; }
static inline vf v_sub(vf a, vf b) { return a - b; }
static inline vf v_mul(vf a, vf b) { return a * b; }
static inline vf v_div(vf a, vf b) { return a / b; }
static inline vf v_max(vf a, vf b) { return a > b ? a : b; }
static inline vf v_ld_half(const uint16_t *p)
{
    uint32_t u = (uint32_t)(*p & 0x7fff) << 13, sign = (uint32_t)(*p & 0x8000) << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    x *= 0x1p112f;
    memcpy(&u, &x, sizeof u);
    u |= sign;
    memcpy(&x, &u, sizeof x);
    return x;
}
static inline vf v_pow2(vf a)
{
    uint32_t u;
    memcpy(&u, &a, sizeof u);
    u <<= 23;
    memcpy(&a, &u, sizeof a);
    return a;
}
static inline vf v_bf16(vf a)
{
    uint32_t u, r;
    memcpy(&u, &a, sizeof u);
    r = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000;
    r = (r & 0x7fffffff) < BF16_LEAST ? 0 : r;
    r = a != a ? BF16_NAN : r;
    memcpy(&a, &r, sizeof a);
    return a;
}
static inline void v_st_bf16(uint16_t *p, vf a)
{
    uint32_t u;
    memcpy(&u, &a, sizeof u);
    *p = (uint16_t)(u >> 16);
}

#if defined(__FMA__) || defined(__aarch64__) || defined(__riscv_flen)
static inline vf v_fma(vf a, vf b, vf c) { return __builtin_fmaf(a, b, c); }
#else
/* The product of two floats is exact in double. The sum is then rounded to odd (Boldo and Melquiond,
 * "Emulation of FMA and correctly rounded sums", 2008): if it was inexact and its last bit is even, step one
 * unit towards the lost part. 53 bits rounded to odd and then to 24 give the correctly rounded result. */
static inline vf v_fma(vf a, vf b, vf c)
{
    double product = (double)a * (double)b;
    double addend = (double)c;
    double sum = product + addend;
    double back = sum - product;
    double lost = (product - (sum - back)) + (addend - back);
    if (lost != 0.0 && lost == lost) {
        uint64_t bits;
        memcpy(&bits, &sum, sizeof bits);
        if ((bits & 1) == 0) {
            bits = (lost > 0.0) == (sum > 0.0) ? bits + 1 : bits - 1;
            memcpy(&sum, &bits, sizeof sum);
        }
    }
    return (float)sum;
}
#endif
static inline vf v_fnma(vf a, vf b, vf c) { return v_fma(-a, b, c); }

static inline vd vd_ld(const double *p) { return *p; }
static inline void vd_st(double *p, vd a) { *p = a; }
static inline vd vd_set1(double x) { return x; }
static inline vd vd_zero(void) { return 0.0; }
static inline vd vd_add(vd a, vd b) { return a + b; }
static inline vd vd_sub(vd a, vd b) { return a - b; }
static inline vd vd_mul(vd a, vd b) { return a * b; }
static inline vd vd_div(vd a, vd b) { return a / b; }
/* fma() is correctly rounded by definition (C11 7.12.13.1, IEEE 754), in hardware or in the C library. */
static inline vd vd_fma(vd a, vd b, vd c) { return fma(a, b, c); }
static inline vd vd_fnma(vd a, vd b, vd c) { return fma(-a, b, c); }
static inline vd vd_from_float(const float *p) { return (double)*p; }
static inline void vd_to_float(float *p, vd a) { *p = (float)a; }

#endif
