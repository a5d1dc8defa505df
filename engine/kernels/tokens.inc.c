/* Kernels over tokens, included by the isa_*.c files. Sums over the channels of a token, or over the scores of a row,
 * are sixteen sums, one in each place of a block, which are then added in a tree: a fixed order, that vectors of every
 * length can follow. Contracts: token_kernels.h. */
#include <float.h>
#include <math.h>

#include "engine/kernels/kernels.h"
#include "engine/vec/vec.h"

/* Largest size of an argument of the exponential: beyond it the result would be subnormal, or infinite. */
#define EXP_LIMIT 87.0f
#define EXP_ROUNDER (0x1.8p23f + 127.0f)
#define EXP_LOG2E 0x1.715476p+0f
#define EXP_LN2_HI 0x1.62e400p-1f
#define EXP_LN2_LO 0x1.7f7d1cp-20f

/* e^x for |x| <= EXP_LIMIT, to 1e-7: x = n ln 2 + r, and 1 + r + r^2 p(r), p by least largest error. */
static inline vf v_exp(vf x)
{
    static const float p[] = {0x1.6a2350p-10f, 0x1.123a6cp-7f, 0x1.5558f4p-5f, 0x1.555490p-3f, 0x1.fffffcp-2f};
    vf shifted = v_fma(x, v_set1(EXP_LOG2E), v_set1(EXP_ROUNDER)), n = v_sub(shifted, v_set1(EXP_ROUNDER));
    vf r = v_fnma(n, v_set1(EXP_LN2_LO), v_fnma(n, v_set1(EXP_LN2_HI), x)), sum = v_set1(p[0]);
    for (size_t i = 1; i < sizeof p / sizeof p[0]; i++)
        sum = v_fma(sum, r, v_set1(p[i]));
    vf e = v_fma(v_mul(r, r), sum, r);
    return v_mul(v_add(v_set1(1.0f), e), v_pow2(shifted));
}

/* erf(x) to 4e-7: x P(x^2) / Q(x^2) by least largest error up to 3.8325, where erf is 1 in binary32. */
static inline vf v_erf(vf x)
{
    static const float p[] = {0x1.684540p-26f, -0x1.0a862ep-19f, 0x1.1e96bcp-13f, 0x1.be52f2p-9f,
                              0x1.964bb4p-5f,  0x1.8a1974p-3f,   0x1.20dd74p+0f};
    static const float q[] = {0x1.d2d238p-11f, 0x1.c1f18ap-7f, 0x1.ca6a18p-4f, 0x1.01fb3cp-1f, 1.0f};
    const vf limit = v_set1(3.8325f), zero = v_zero();
    x = v_max(x, v_sub(zero, limit));
    x = v_sub(zero, v_max(v_sub(zero, x), v_sub(zero, limit)));
    vf t = v_mul(x, x), above = v_set1(p[0]), below = v_set1(q[0]);
    for (size_t i = 1; i < sizeof p / sizeof p[0]; i++)
        above = v_fma(above, t, v_set1(p[i]));
    for (size_t i = 1; i < sizeof q / sizeof q[0]; i++)
        below = v_fma(below, t, v_set1(q[i]));
    return v_div(v_mul(x, above), below);
}

static void k_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n * BLOCK; i += VL) {
        vf v = v_ld(x + i), half = v_mul(v, v_set1(0.5f));
        v_st(x + i, v_fma(half, v_erf(v_mul(v, v_set1(0x1.6a09e6p-1f))), half));
    }
}

static void k_quick_gelu(float *x, size_t n)
{
    const vf limit = v_set1(-EXP_LIMIT);
    for (size_t i = 0; i < n * BLOCK; i += VL) {
        vf v = v_ld(x + i), z = v_max(v_mul(v, v_set1(-1.702f)), limit);
        z = v_sub(v_zero(), v_max(v_sub(v_zero(), z), limit));
        v_st(x + i, v_div(v, v_add(v_set1(1.0f), v_exp(z))));
    }
}

static void k_sum(float *x, const float *add, const float *scale, size_t n)
{
    for (size_t i = 0; i < n * BLOCK; i += BLOCK)
        for (size_t v = 0; v < BLOCK; v += VL) {
            vf a = v_ld(add + i + v), y = v_ld(x + i + v);
            v_st(x + i + v, scale != NULL ? v_fma(y, v_ld(scale + v), a) : v_add(y, a));
        }
}

static void k_divide(float *y, size_t plane, size_t n_blocks, const float *sums, size_t n)
{
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t i = 0; i < n; i++) {
            float *to = y + b * plane + i * BLOCK;
            vf sum = v_set1(sums[i]);
            for (size_t v = 0; v < BLOCK; v += VL)
                v_st(to + v, v_div(v_ld(to + v), sum));
        }
}

/* Sixteen sums to one: halves are added to each other. */
static inline float tree_of(float *sixteen)
{
    for (size_t half = BLOCK / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sixteen[i] += sixteen[i + half];
    return sixteen[0];
}

/* Tokens whose chains run side by side. */
enum { TOKENS = 4 };

INLINE void norm_tokens(const feat_norm_args *a, size_t first, const int n)
{
    const double channels = (double)(a->n_planes * BLOCK);
    const float *x = a->x + first * BLOCK;
    float *y = a->y + first * BLOCK, sixteen[BLOCK];
    vf sum[TOKENS][NVB], mean[TOKENS], factor[TOKENS];
    for (int t = 0; t < n; t++)
        for (int v = 0; v < NVB; v++)
            sum[t][v] = v_zero();
    for (size_t p = 0; p < a->n_planes; p++)
        for (int t = 0; t < n; t++)
            for (int v = 0; v < NVB; v++)
                sum[t][v] = v_add(sum[t][v], v_ld(x + p * a->x_plane + t * BLOCK + v * VL));
    for (int t = 0; t < n; t++) {
        for (int v = 0; v < NVB; v++) {
            v_st(sixteen + v * VL, sum[t][v]);
            sum[t][v] = v_zero();
        }
        mean[t] = v_set1((float)((double)tree_of(sixteen) / channels));
    }
    for (size_t p = 0; p < a->n_planes; p++)
        for (int t = 0; t < n; t++)
            for (int v = 0; v < NVB; v++) {
                vf d = v_sub(v_ld(x + p * a->x_plane + t * BLOCK + v * VL), mean[t]);
                sum[t][v] = v_fma(d, d, sum[t][v]);
            }
    for (int t = 0; t < n; t++) {
        for (int v = 0; v < NVB; v++)
            v_st(sixteen + v * VL, sum[t][v]);
        factor[t] = v_set1((float)(1.0 / sqrt((double)tree_of(sixteen) / channels + a->epsilon)));
    }
    for (size_t p = 0; p < a->n_planes; p++)
        for (int t = 0; t < n; t++)
            for (int v = 0; v < NVB; v++) {
                vf d = v_sub(v_ld(x + p * a->x_plane + t * BLOCK + v * VL), mean[t]);
                v_st(y + p * a->y_plane + t * BLOCK + v * VL,
                     v_fma(v_mul(d, factor[t]), v_ld(a->gamma + p * BLOCK + v * VL),
                           v_ld(a->beta + p * BLOCK + v * VL)));
            }
}

static void k_layer_norm(const feat_norm_args *args, size_t n)
{
    size_t i = 0;
    for (; i + TOKENS <= n; i += TOKENS)
        norm_tokens(args, i, TOKENS);
    for (; i < n; i++)
        norm_tokens(args, i, 1);
}

/* One row; out: 0 where the last block has a key, -1 where not. */
static float softmax_row(float *s, size_t plane, size_t n_blocks, const float *out, float scale)
{
    float sixteen[BLOCK];
    vf most[NVB], sum[NVB];
    for (int v = 0; v < NVB; v++) {
        float *last = s + (n_blocks - 1) * plane + v * VL;
        most[v] = v_fma(v_ld(out + v * VL), v_set1(FLT_MAX), v_ld(last)); /* no key: far below every score */
        v_st(last, most[v]);
        sum[v] = v_zero();
    }
    for (size_t b = 0; b + 1 < n_blocks; b++)
        for (int v = 0; v < NVB; v++)
            most[v] = v_max(v_ld(s + b * plane + v * VL), most[v]);
    for (int v = 0; v < NVB; v++)
        v_st(sixteen + v * VL, most[v]);
    float largest = sixteen[0];
    for (size_t i = 1; i < BLOCK; i++)
        largest = sixteen[i] > largest ? sixteen[i] : largest;
    for (size_t b = 0; b < n_blocks; b++)
        for (int v = 0; v < NVB; v++) {
            float *at = s + b * plane + v * VL;
            vf z = v_mul(v_sub(v_ld(at), v_set1(largest)), v_set1(scale));
            vf e = v_exp(v_max(z, v_set1(-EXP_LIMIT)));
            if (b + 1 == n_blocks)
                e = v_fma(e, v_ld(out + v * VL), e); /* e or 0 */
            v_st(at, e);
            sum[v] = v_add(sum[v], e);
        }
    for (int v = 0; v < NVB; v++)
        v_st(sixteen + v * VL, sum[v]);
    return tree_of(sixteen);
}

static void k_softmax(float *s, size_t plane, size_t n_blocks, size_t n_keys, size_t n, float scale, float *sums)
{
    float out[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        out[i] = (n_blocks - 1) * BLOCK + i < n_keys ? 0.0f : -1.0f;
    for (size_t i = 0; i < n; i++)
        sums[i] = softmax_row(s + i * BLOCK, plane, n_blocks, out, scale);
}

static void k_widen(float *to, const uint16_t *halves, size_t n)
{
    for (size_t i = 0; i < n; i += VL)
        v_st(to + i, v_ld_half(halves + i));
}

#define TOKEN_TABLE k_layer_norm, k_softmax, k_divide, k_gelu, k_quick_gelu, k_sum, k_widen
