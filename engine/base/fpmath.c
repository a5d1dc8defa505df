/* exp and log from Taylor and atanh series after exact argument reduction. The series are long enough that
 * truncation is below 2^-60; what error there is comes from the last addition, whose operands carry a low
 * part. */
#include "engine/base/fpmath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 = LN2_HI + LN2_LO. LN2_HI has 41 bits, so an exponent (11 bits) times it is exact. */
#define LN2_HI 0x1.62e42fefa3p-1
#define LN2_LO 0x1.3de6af278ece6p-42
#define INV_LN2 0x1.71547652b82fep+0

/* Adding this to |x| < 2^51 leaves x rounded to the nearest integer in the last bits. */
#define ROUNDER 0x1.8p+52

/* The same operations twice where the build is for CPUs without fused multiply-add and this one has it: a
 * call of the C library for each takes five times as long. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__) && !defined(__FMA__)
#define WITH_FMA __attribute__((target("fma")))
#endif

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 2^n for a normal result: -1022 <= n <= 1023. */
static double power_of_two(int n)
{
    return from_bits((uint64_t)(n + 1023) << 52);
}

ALWAYS_INLINE double exp_of(double x)
{
    /* 1/13!, 1/12!, .. 1/2! */
    static const double c[] = {0x1.6124613a86d09p-33, 0x1.1eed8eff8d898p-29, 0x1.ae64567f544e4p-26,
                               0x1.27e4fb7789f5cp-22, 0x1.71de3a556c734p-19, 0x1.a01a01a01a01ap-16,
                               0x1.a01a01a01a01ap-13, 0x1.6c16c16c16c17p-10, 0x1.1111111111111p-7,
                               0x1.5555555555555p-5,  0x1.5555555555555p-3,  0x1p-1};
    if (!(x < 0x1.62e42fefa39f0p+9))
        return x != x ? x : (double)INFINITY;
    if (x < -0x1.74910d52d3052p+9)
        return 0.0;
    double n = fma(x, INV_LN2, ROUNDER) - ROUNDER;
    double high = fma(-n, LN2_HI, x); /* exact */
    double low = n * LN2_LO;
    double r = high - low;
    double r_low = (high - r) - low;
    double p = c[0];
    for (int i = 1; i < (int)(sizeof c / sizeof c[0]); i++)
        p = fma(p, r, c[i]);
    /* 1 + r + r^2 p, with what each addition loses kept */
    double tail = fma(r * r, p, fma(r_low, r, r_low));
    double s = r + tail;
    double s_low = tail - (s - r);
    double sum = 1.0 + s;
    double sum_low = s - (sum - 1.0);
    double y = sum + (sum_low + s_low);
    int k = (int)n;
    if (k > 1023)
        return y * 2.0 * power_of_two(k - 1);
    if (k >= -1021)
        return y * power_of_two(k);
    return y * power_of_two(k + 64) * 0x1p-64;
}

ALWAYS_INLINE double log_of(double x)
{
    /* 1/21, 1/19, .. 1/3 */
    static const double c[] = {0x1.8618618618618p-5, 0x1.af286bca1af28p-5, 0x1.e1e1e1e1e1e1ep-5,
                               0x1.1111111111111p-4, 0x1.3b13b13b13b14p-4, 0x1.745d1745d1746p-4,
                               0x1.c71c71c71c71cp-4, 0x1.2492492492492p-3, 0x1.999999999999ap-3,
                               0x1.5555555555555p-2};
    if (!(x > 0.0))
        return x == 0.0 ? -(double)INFINITY : (double)NAN;
    if (x > 0x1.fffffffffffffp+1023)
        return x;
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p+54;
        k = -54;
    }
    uint64_t bits = to_bits(x);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
    if (m > 0x1.6a09e667f3bcdp+0) { /* m in (sqrt(1/2), sqrt(2)] */
        m *= 0.5;
        k++;
    }
    /* log m = 2 atanh s = 2 s + 2 s^3 / 3 + .. with s = (m - 1) / (m + 1); s_low is what the division lost */
    double f = m - 1.0; /* exact */
    double d = m + 1.0;
    double d_low = d > 2.0 ? (1.0 - (d - m)) : (m - (d - 1.0));
    double s = f / d;
    double s_low = (fma(-s, d, f) - s * d_low) / d;
    double z = s * s;
    double p = c[0];
    for (int i = 1; i < (int)(sizeof c / sizeof c[0]); i++)
        p = fma(p, z, c[i]);
    double a = (double)k * LN2_HI; /* exact; 0 or larger than 2 s */
    double b = 2.0 * s;
    double high = a + b;
    double low = b - (high - a);
    return high + (low + fma((double)k, LN2_LO, fma(b * z, p, 2.0 * s_low)));
}

double feat_exp_portable(double x)
{
    return exp_of(x);
}

double feat_log_portable(double x)
{
    return log_of(x);
}

#ifdef WITH_FMA
WITH_FMA static double exp_fma(double x)
{
    return exp_of(x);
}

WITH_FMA static double log_fma(double x)
{
    return log_of(x);
}

double feat_exp(double x)
{
    return __builtin_cpu_supports("fma") ? exp_fma(x) : feat_exp_portable(x);
}

double feat_log(double x)
{
    return __builtin_cpu_supports("fma") ? log_fma(x) : feat_log_portable(x);
}
#else
double feat_exp(double x)
{
    return exp_of(x);
}

double feat_log(double x)
{
    return log_of(x);
}
#endif
