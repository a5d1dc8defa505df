/* Kernels over tokens, one number after the other. */
#include <math.h>
#include <stdint.h>

#include "tests/engine/kernels/oracle.h"

static float larger(float a, float b)
{
    return a > b ? a : b;
}

/* x, brought between -limit and limit; -0 becomes +0. */
static float within(float x, float limit)
{
    float negated = 0.0f - larger(x, -limit);
    return 0.0f - larger(negated, -limit);
}

/* --- functions of one number ------------------------------------------------------------------------ */

/* n is the whole number nearest to x / ln 2, as rounding to a float beyond 2^23 finds it. */
float oracle_exp(float x)
{
    static const float p[] = {0x1.6a2350p-10f, 0x1.123a6cp-7f, 0x1.5558f4p-5f, 0x1.555490p-3f, 0x1.fffffcp-2f};
    float n = fmaf(x, 0x1.715476p+0f, 0x1.8p23f + 127.0f) - (0x1.8p23f + 127.0f);
    float r = fmaf(-n, 0x1.7f7d1cp-20f, fmaf(-n, 0x1.62e400p-1f, x));
    float sum = fmaf(fmaf(fmaf(fmaf(p[0], r, p[1]), r, p[2]), r, p[3]), r, p[4]);
    return (1.0f + fmaf(r * r, sum, r)) * ldexpf(1.0f, (int)n);
}

float oracle_erf(float x)
{
    static const float p[] = {0x1.684540p-26f, -0x1.0a862ep-19f, 0x1.1e96bcp-13f, 0x1.be52f2p-9f,
                              0x1.964bb4p-5f,  0x1.8a1974p-3f,   0x1.20dd74p+0f};
    static const float q[] = {0x1.d2d238p-11f, 0x1.c1f18ap-7f, 0x1.ca6a18p-4f, 0x1.01fb3cp-1f, 1.0f};
    float y = within(x, 3.8325f), t = y * y;
    float above = fmaf(fmaf(fmaf(fmaf(fmaf(fmaf(p[0], t, p[1]), t, p[2]), t, p[3]), t, p[4]), t, p[5]), t, p[6]);
    float below = fmaf(fmaf(fmaf(fmaf(q[0], t, q[1]), t, q[2]), t, q[3]), t, q[4]);
    return y * above / below;
}

void oracle_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n * FEAT_BLOCK; i++) {
        float half = x[i] * 0.5f;
        x[i] = fmaf(half, oracle_erf(x[i] * 0x1.6a09e6p-1f), half);
    }
}

void oracle_quick_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n * FEAT_BLOCK; i++)
        x[i] = x[i] / (1.0f + oracle_exp(within(x[i] * -1.702f, 87.0f)));
}

void oracle_sum(float *x, const float *add, const float *scale, size_t n)
{
    for (size_t i = 0; i < n * FEAT_BLOCK; i++)
        x[i] = scale == NULL ? x[i] + add[i] : fmaf(x[i], scale[i % FEAT_BLOCK], add[i]);
}

/* Sign, exponent and fraction, as IEEE 754 has them; no infinity and no NaN. */
void oracle_widen(float *to, const uint16_t *halves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int exponent = halves[i] >> 10 & 31, fraction = halves[i] & 1023;
        float size = exponent == 0 ? ldexpf((float)fraction, -24) : ldexpf((float)(fraction + 1024), exponent - 25);
        to[i] = halves[i] >> 15 ? -size : size;
    }
}

/* --- sums ------------------------------------------------------------------------------------------- */

/* Every step-th of them from `at` on. */
static float tree(const float *sixteen, size_t at, size_t step)
{
    return step == FEAT_BLOCK ? sixteen[at] : tree(sixteen, at, 2 * step) + tree(sixteen, at + step, 2 * step);
}

float oracle_tree(const float *sixteen)
{
    return tree(sixteen, 0, 1);
}

enum { MAX_CHANNELS = 1024 };

static void one_token(const feat_norm_args *a, size_t token)
{
    const size_t channels = a->n_planes * FEAT_BLOCK;
    const float *x = a->x + token * FEAT_BLOCK;
    float sums[FEAT_BLOCK] = {0}, squares[FEAT_BLOCK] = {0}, d[MAX_CHANNELS];
    for (size_t c = 0; c < channels; c++)
        sums[c % FEAT_BLOCK] += x[c / FEAT_BLOCK * a->x_plane + c % FEAT_BLOCK];
    float mean = (float)((double)oracle_tree(sums) / (double)channels);
    for (size_t c = 0; c < channels; c++) {
        d[c] = x[c / FEAT_BLOCK * a->x_plane + c % FEAT_BLOCK] - mean;
        squares[c % FEAT_BLOCK] = fmaf(d[c], d[c], squares[c % FEAT_BLOCK]);
    }
    float factor = (float)(1.0 / sqrt((double)oracle_tree(squares) / (double)channels + a->epsilon));
    for (size_t c = 0; c < channels; c++)
        a->y[c / FEAT_BLOCK * a->y_plane + token * FEAT_BLOCK + c % FEAT_BLOCK] =
            fmaf(d[c] * factor, a->gamma[c], a->beta[c]);
}

void oracle_layer_norm(const feat_norm_args *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        one_token(args, i);
}

static float one_row(float *s, size_t plane, size_t n_blocks, size_t n_keys, float scale)
{
    float largest = s[0], sums[FEAT_BLOCK] = {0};
    for (size_t k = 1; k < n_keys; k++)
        largest = larger(s[k / FEAT_BLOCK * plane + k % FEAT_BLOCK], largest);
    for (size_t k = 0; k < n_blocks * FEAT_BLOCK; k++) {
        float *at = &s[k / FEAT_BLOCK * plane + k % FEAT_BLOCK];
        *at = k < n_keys ? oracle_exp(larger((*at - largest) * scale, -87.0f)) : 0.0f;
        sums[k % FEAT_BLOCK] += *at;
    }
    return oracle_tree(sums);
}

void oracle_softmax(float *s, size_t plane, size_t n_blocks, size_t n_keys, size_t n, float scale, float *sums)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = one_row(s + i * FEAT_BLOCK, plane, n_blocks, n_keys, scale);
}

void oracle_divide(float *y, size_t plane, size_t n_blocks, const float *sums, size_t n)
{
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t i = 0; i < n * FEAT_BLOCK; i++)
            y[b * plane + i] = y[b * plane + i] / sums[i / FEAT_BLOCK];
}
