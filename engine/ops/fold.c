/* Batch-norm folding and weight packing. The formulas are part of the numerics contract
 * (engine/ARITHMETIC.md). */
#include "engine/ops/fold.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 16, MAX_TAPS = 7, MAX_2D_TAPS = 25 };

void feat_fold_batch_norm(double *scale, float *bias, const feat_batch_norm *bn, size_t oc, double epsilon)
{
    for (size_t o = 0; o < oc; o++) {
        double gamma = bn->gamma == NULL ? 1.0 : (double)bn->gamma[o];
        scale[o] = gamma / sqrt((double)bn->var[o] + epsilon);
        bias[o] = (float)fma(-(double)bn->mean[o], scale[o], (double)bn->beta[o]);
    }
}

void feat_pack_conv(float *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh,
                    size_t kw, size_t c_in)
{
    size_t taps = kh * kw;
    for (size_t ob = 0; ob < oc; ob += BLOCK)
        for (size_t cb = 0; cb < ic; cb += c_in)
            for (size_t t = 0; t < taps; t++)
                for (size_t c = 0; c < c_in; c++)
                    for (size_t o = 0; o < BLOCK; o++) {
                        float value = 0.0f;
                        if (ob + o < oc && cb + c < ic) {
                            value = w[((ob + o) * ic + cb + c) * taps + t];
                            if (scale != NULL)
                                value = (float)((double)value * scale[ob + o]);
                        }
                        *packed++ = value;
                    }
}

/* Cuts w [16] in two, lo from what the weights before have lost as well: see feat_pack_split. */
static void cut_weights(uint16_t *hi, uint16_t *lo, float *lost, const float *w, const feat_kernels *kernels)
{
    uint16_t cut[4][FEAT_SPLIT_GROUP] = {{0}};
    float rest[BLOCK], whole[BLOCK];
    kernels->split.store(cut[0], cut[1], w, NULL, 0, 1);
    kernels->split.join(whole, cut[0], cut[3], 1); /* hi alone: nothing is in cut[3] */
    for (size_t o = 0; o < BLOCK; o++)
        rest[o] = (w[o] - whole[o]) + lost[o];
    kernels->split.store(cut[1], cut[2], rest, NULL, 0, 1);
    kernels->split.join(whole, cut[1], cut[3], 1);
    for (size_t o = 0; o < BLOCK; o++) {
        lost[o] = rest[o] - whole[o];
        hi[o] = cut[0][o];
        lo[o] = cut[1][o];
    }
}

int feat_split_pairs(size_t ic, size_t kw, size_t stride)
{
    return ic % FEAT_SPLIT_GROUP == BLOCK && kw > 1 && kw % 2 == 1 && stride == 1;
}

size_t feat_split_steps(size_t ic, size_t kh, size_t kw, size_t stride)
{
    if (feat_split_pairs(ic, kw, stride))
        return ic / FEAT_SPLIT_GROUP * kh * kw + kh * ((kw + 1) / 2);
    return (ic + FEAT_SPLIT_GROUP - 1) / FEAT_SPLIT_GROUP * kh * kw;
}

/* The step that channel c of a tap is in, and which of its 32 inputs it is. */
static size_t split_step(size_t *input, size_t ic, size_t kw, size_t taps, int pairs, size_t c, size_t tap)
{
    size_t whole = ic / FEAT_SPLIT_GROUP, ky = tap / kw, kx = tap % kw;
    *input = c % FEAT_SPLIT_GROUP;
    if (!pairs || c < whole * FEAT_SPLIT_GROUP)
        return c / FEAT_SPLIT_GROUP * taps + tap;
    *input += kx + 1 == kw || kx % 2 == 1 ? BLOCK : 0;
    return whole * taps + ky * ((kw + 1) / 2) + kx / 2;
}

void feat_pack_split(uint16_t *packed, const float *w, const double *scale, size_t oc, size_t ic, size_t kh, size_t kw,
                     size_t stride, const feat_kernels *kernels)
{
    enum { GROUP = FEAT_SPLIT_GROUP, LO = FEAT_SPLIT_W_TILE / 2 };
    size_t taps = kh * kw, n_steps = feat_split_steps(ic, kh, kw, stride);
    int pairs = feat_split_pairs(ic, kw, stride);
    memset(packed, 0, oc / BLOCK * n_steps * FEAT_SPLIT_W_TILE * sizeof *packed);
    for (size_t ob = 0; ob < oc; ob += BLOCK) {
        float lost[BLOCK] = {0.0f};
        for (size_t c = 0; c < ic; c++)
            for (size_t t = 0; t < taps; t++) {
                size_t input, step = split_step(&input, ic, kw, taps, pairs, c, t);
                uint16_t *to = packed + (ob / BLOCK * n_steps + step) * FEAT_SPLIT_W_TILE;
                float value[BLOCK];
                uint16_t hi[BLOCK], lo[BLOCK];
                for (size_t o = 0; o < BLOCK; o++)
                    value[o] = (float)((double)w[((ob + o) * ic + c) * taps + t] * scale[ob + o]);
                cut_weights(hi, lo, lost, value, kernels);
                for (size_t o = 0; o < BLOCK; o++) {
                    size_t at = (input / 2 * BLOCK + o) * 2 + input % 2;
                    to[at] = hi[o];
                    to[LO + at] = lo[o];
                }
            }
    }
}

/* g [a][r]: the weight transform of a form; see winograd.h. */
static void wino_weight_matrix(double *g, const feat_wino *f)
{
    double points[FEAT_WINO_MAX_A];
    int n = f->a - 1;
    points[0] = 0.0;
    for (int k = 0; k < f->n_pairs; k++) {
        points[1 + 2 * k] = (double)f->p[k];
        points[2 + 2 * k] = -(double)f->p[k];
    }
    for (int i = 0; i < n; i++) {
        double denominator = 1.0, power = 1.0;
        for (int j = 0; j < n; j++)
            if (j != i)
                denominator *= points[i] - points[j];
        for (int t = 0; t < f->r; t++) {
            g[i * f->r + t] = power / denominator;
            power *= points[i];
        }
    }
    for (int t = 0; t < f->r; t++)
        g[n * f->r + t] = t == f->r - 1 ? 1.0 : 0.0;
}

void feat_pack_wino(float *packed, const float *w, const double *scale, size_t oc, size_t ic,
                    feat_wino_form form, const feat_kernels *kernels)
{
    const feat_wino *f = &feat_winos[form];
    size_t a = (size_t)f->a, r = (size_t)f->r, n_taps = f->dims == 2 ? r * r : r,
           n_products = f->dims == 2 ? a * a : a;
    double g[FEAT_WINO_MAX_A * MAX_TAPS], taps[MAX_2D_TAPS * BLOCK];
    wino_weight_matrix(g, f);
    for (size_t ob = 0; ob < oc; ob += BLOCK)
        for (size_t c = 0; c < ic; c++) {
            for (size_t o = 0; o < BLOCK; o++) {
                const float *from = w + ((ob + o) * ic + c) * n_taps;
                for (size_t t = 0; t < n_taps; t++)
                    taps[t * BLOCK + o] = (double)from[t] * scale[ob + o];
            }
            kernels->wino_weights(form, packed + (ob / BLOCK * n_products * ic + c) * BLOCK, ic * BLOCK, taps,
                                  g);
        }
}
