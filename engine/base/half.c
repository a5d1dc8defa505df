/* binary16 <-> binary32 by moving bits; no conversion instruction, so no dependence on the CPU. */
#include "engine/base/half.h"

#include <string.h>

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float feat_half_widen(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
    if (exponent == 31)
        return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent != 0)
        return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    if (fraction == 0)
        return from_bits(sign);
    exponent = 113; /* subnormal: 2^-14 * fraction / 2^10, normalised for binary32 */
    while ((fraction & 0x400u) == 0) {
        fraction <<= 1;
        exponent--;
    }
    return from_bits(sign | exponent << 23 | (fraction & 0x3ffu) << 13);
}

/* bits >> shift, to nearest, ties to even; 1 <= shift <= 31. */
static uint32_t shift_round(uint32_t bits, unsigned shift)
{
    uint32_t half = 1u << (shift - 1), rest = bits & ((1u << shift) - 1), kept = bits >> shift;
    return kept + (rest > half || (rest == half && (kept & 1u)));
}

uint16_t feat_half_round(float value)
{
    uint32_t bits = to_bits(value);
    uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 0x47800000u) /* 2^16 and above */
        return (uint16_t)(sign | 0x7c00u);
    /* 2^-14 and above. A carry out of the fraction moves the exponent, up to infinity, which is right. */
    if (magnitude >= 0x38800000u)
        return (uint16_t)(sign | (shift_round(magnitude, 13) - (112u << 10)));
    unsigned exponent = magnitude >> 23;
    if (exponent < 102) /* below 2^-25: nearest is zero */
        return (uint16_t)sign;
    return (uint16_t)(sign | shift_round((magnitude & 0x7fffffu) | 0x800000u, 126 - exponent));
}

size_t feat_first_not_finite(const float *values, size_t n)
{
    enum { RUN = 256 }; /* looked at as a whole, which a compiler makes vectors of */
    size_t i = 0;
    for (; n - i >= RUN; i += RUN) {
        uint32_t bad = 0;
        for (size_t k = 0; k < RUN; k++)
            bad |= (to_bits(values[i + k]) & 0x7f800000u) == 0x7f800000u;
        if (bad != 0)
            break;
    }
    while (i < n && (to_bits(values[i]) & 0x7f800000u) != 0x7f800000u)
        i++;
    return i;
}

size_t feat_first_not_finite_half(const uint16_t *halves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((halves[i] & 0x7c00u) == 0x7c00u)
            return i;
    }
    return n;
}
