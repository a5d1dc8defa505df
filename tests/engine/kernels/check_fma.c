/* The fused multiply-add of the scalar vector layer, which is plain C where the target has no such
 * instruction, against the C library's fmaf: random triples and those that emulations get wrong. */
#define FEAT_ISA_SCALAR 1
#include "engine/vec/vec.h"

#include <inttypes.h>

#include "tests/engine/kernels/check.h"

enum { N_TRIPLES = 1000000, N_FEW = 300000 };

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void compare(check *c, float a, float b, float addend)
{
    float got = v_fma(a, b, addend), want = fmaf(a, b, addend);
    if (bits_of(got) != bits_of(want) && !(got != got && want != want))
        check_fail(c, "fma(%a, %a, %a) = %a, expected %a", (double)a, (double)b, (double)addend, (double)got,
                   (double)want);
    got = v_fnma(a, b, addend);
    want = fmaf(-a, b, addend);
    if (bits_of(got) != bits_of(want) && !(got != got && want != want))
        check_fail(c, "fnma(%a, %a, %a) = %a, expected %a", (double)a, (double)b, (double)addend, (double)got,
                   (double)want);
    got = got != got ? 0.0f : got; /* a NaN's sign is not promised */
    feat_hash64_update(&c->hash, &got, sizeof got);
}

/* Any bits at all: all exponents, infinities and NaNs. */
static void any_bits(check *c)
{
    check_begin(c, "any bits");
    for (int i = 0; i < N_TRIPLES; i++) {
        uint64_t r = check_random(c);
        compare(c, float_of((uint32_t)r), float_of((uint32_t)(r >> 32)), float_of((uint32_t)check_random(c)));
    }
}

/* A float with exponent in [lo, hi]. */
static float near_exponent(check *c, int lo, int hi)
{
    uint64_t r = check_random(c);
    uint32_t exponent = (uint32_t)(lo + (int)(r >> 32) % (hi - lo + 1) + 127);
    return float_of((uint32_t)(r & 0x80000000u) | exponent << 23 | (uint32_t)(r & 0x7fffffu));
}

/* The addend nearly cancels the product. */
static void cancelling(check *c)
{
    check_begin(c, "cancelling");
    for (int i = 0; i < N_TRIPLES; i++) {
        float a = near_exponent(c, -20, 20), b = near_exponent(c, -20, 20);
        compare(c, a, b, float_of(bits_of(-(a * b)) + (uint32_t)check_below(c, 9) - 4));
    }
}

/* The product lies on the middle between two neighbours of the addend, or beside it: by one unit in its last
 * place, or by so little that the sum in double precision is the middle itself and only what it lost says to
 * which side to round. */
static void halfway(check *c)
{
    check_begin(c, "halfway");
    for (int i = 0; i < N_FEW; i++) {
        float addend = i % 2 ? near_exponent(c, -3, 3)
                             : ldexpf(1.0f, (int)check_below(c, 7)); /* powers: spacing halves below */
        float half = ldexpf(i % 4 < 2 ? 1.0f : 0.5f, ilogbf(addend) - 24);
        float a = near_exponent(c, -2, 2),
              b = 1.0f / a; /* the product is 1 give or take up to 2^-24, now and then 2^-46 */
        float u = ldexpf((float)check_between(c, 1, 9), -23);
        for (int sign = -1; sign <= 1; sign += 2) {
            compare(c, (float)sign * half, 1.0f, addend);
            compare(c, (float)sign * half, 1.0f + u, addend);
            compare(c, (float)sign * half, 1.0f - u, addend);
            compare(c, (float)sign * half * (1.0f - u), 1.0f + u, addend);
            compare(c, (float)sign * half * a, b, addend);
        }
    }
}

/* Results among the subnormal numbers, where the rounding point moves. */
static void subnormal(check *c)
{
    check_begin(c, "subnormal");
    for (int i = 0; i < N_TRIPLES; i++) {
        float a = near_exponent(c, -80, -60), b = near_exponent(c, -80, -60);
        float addend = float_of((uint32_t)(check_random(c) & 0x80ffffffu));
        compare(c, a, b, addend);
        compare(c, a, b, float_of(bits_of(addend) & 0x8000000fu));
        compare(c, a, b, 0.0f);
    }
}

/* Sums around the largest float. */
static void overflowing(check *c)
{
    check_begin(c, "overflowing");
    for (int i = 0; i < N_FEW; i++) {
        float a = near_exponent(c, 50, 64), b = near_exponent(c, 50, 64);
        compare(c, a, b, near_exponent(c, 120, 127));
        compare(c, float_of(0x7f7fffffu), 1.0f, ldexpf(1.0f, (int)check_between(c, 100, 104)));
    }
}

static void fma_all(check *c)
{
    any_bits(c);
    cancelling(c);
    halfway(c);
    subnormal(c);
    overflowing(c);
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {{"fma", fma_all, "scalar"}};
    return check_main(argc, argv, kernels, 1);
}
