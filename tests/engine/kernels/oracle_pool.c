/* Pooling, one output after the other: the taps of the whole window are visited and those outside left
 * out. */
#include "tests/engine/kernels/oracle.h"

/* 1 if tap column kx of output ox lies inside the picture; its input column goes to *ix. */
static int inside(const feat_pool_args *a, size_t ox, size_t kx, size_t *ix)
{
    size_t padding = a->stride == 1 ? 1 : 0, at = ox * (size_t)a->stride + kx;
    if (at < padding || at - padding >= a->w)
        return 0;
    *ix = at - padding;
    return 1;
}

void oracle_max_row(const feat_pool_args *a, float *y)
{
    for (size_t ox = 0; ox < a->ow; ox++)
        for (size_t c = 0; c < FEAT_BLOCK; c++) {
            float m = 0.0f;
            int started = 0;
            for (size_t ky = 0; ky < (size_t)a->n_rows; ky++)
                for (size_t kx = 0, ix; kx < (size_t)a->n_cols; kx++) {
                    if (!inside(a, ox, kx, &ix))
                        continue;
                    float tap = a->x[ky * a->x_row_stride + ix * FEAT_BLOCK + c];
                    m = started && !(tap > m) ? m : tap;
                    started = 1;
                }
            y[ox * FEAT_BLOCK + c] = m;
        }
}

void oracle_avg_row(const feat_pool_args *a, float *y)
{
    for (size_t ox = 0; ox < a->ow; ox++)
        for (size_t c = 0; c < FEAT_BLOCK; c++) {
            float sum = 0.0f;
            int taps = 0;
            for (size_t ky = 0; ky < (size_t)a->n_rows; ky++)
                for (size_t kx = 0, ix; kx < (size_t)a->n_cols; kx++) {
                    if (!inside(a, ox, kx, &ix))
                        continue;
                    float tap = a->x[ky * a->x_row_stride + ix * FEAT_BLOCK + c];
                    sum = taps == 0 ? tap : sum + tap;
                    taps++;
                }
            float mean = sum / (float)(a->count_padding ? 9 : taps);
            if (a->bias != NULL)
                mean = mean + a->bias[c] > 0.0f ? mean + a->bias[c] : 0.0f;
            y[ox * FEAT_BLOCK + c] = mean;
        }
}
