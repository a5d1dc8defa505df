/* Split convolutions, one value after the other, with the library's fma and rounding by frexp and nearbyint
 * instead of by bits. */
#include <math.h>
#include <string.h>

#include "tests/engine/kernels/oracle.h"

static float widen(uint16_t piece)
{
    uint32_t bits = (uint32_t)piece << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Nearest bfloat16, ties to even: eight significant bits. */
static uint16_t narrow(float x)
{
    uint32_t bits;
    if (isnan(x))
        return 0x7fc0;
    if (fabsf(x) < 0x1p-60f)
        return 0;
    if (!isinf(x)) {
        int exponent;
        double mantissa = frexp((double)x, &exponent);
        x = (float)ldexp(nearbyint(ldexp(mantissa, 8)), exponent - 8);
        if (fabsf(x) < 0x1p-55f)
            return 0;
    }
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

void oracle_split_store(uint16_t *hi, uint16_t *lo, const float *c, const float *bias, int relu, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < FEAT_BLOCK; o++) {
            float y = c[i * FEAT_BLOCK + o];
            if (bias != NULL)
                y += bias[o];
            if (relu)
                y = y > 0.0f ? y : 0.0f;
            size_t at = i * FEAT_SPLIT_GROUP + o;
            hi[at] = narrow(y);
            lo[at] = narrow(y - widen(hi[at]));
        }
}

void oracle_split_store_whole(float *y, const float *c, const float *bias, int relu, size_t n)
{
    for (size_t i = 0; i < n * FEAT_BLOCK; i++) {
        y[i] = bias == NULL ? c[i] : c[i] + bias[i % FEAT_BLOCK];
        y[i] = relu && !(y[i] > 0.0f) ? 0.0f : y[i];
    }
}

void oracle_split_join(float *y, const uint16_t *hi, const uint16_t *lo, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < FEAT_BLOCK; o++)
            y[i * FEAT_BLOCK + o] = widen(hi[i * FEAT_SPLIT_GROUP + o]) + widen(lo[i * FEAT_SPLIT_GROUP + o]);
}

/* One tile product of one output: even channels, odd channels, their sum. */
static float tile_product(const uint16_t *x, const uint16_t *w)
{
    float even = 0.0f, odd = 0.0f;
    for (size_t k = 0; k < 16; k++) {
        even = fmaf(widen(x[2 * k]), widen(w[k * 32]), even);
        odd = fmaf(widen(x[2 * k + 1]), widen(w[k * 32 + 1]), odd);
    }
    return even + odd;
}

void oracle_split_conv(const feat_split_args *a, float *c, const uint16_t *const *x, size_t n_tiles,
                       size_t n_blocks)
{
    for (size_t t = 0; t < n_tiles; t++)
        for (size_t b = 0; b < n_blocks; b++)
            for (size_t p = 0; p < FEAT_SPLIT_TILE; p++)
                for (size_t o = 0; o < FEAT_BLOCK; o++) {
                    const uint16_t *w = a->w + b * a->w_block_stride + 2 * o;
                    float sum = 0.0f;
                    for (size_t i = 0; i < a->n_steps; i++, w += FEAT_SPLIT_W_TILE) {
                        const uint16_t *hi = x[t] + a->steps[i] + p * FEAT_SPLIT_GROUP;
                        sum += tile_product(hi, w);
                        sum += tile_product(hi, w + FEAT_SPLIT_W_TILE / 2);
                        sum += tile_product(hi + a->x_lo, w);
                    }
                    c[(2 * t + b) * FEAT_SPLIT_C_TILE + p * FEAT_BLOCK + o] = sum;
                }
}
