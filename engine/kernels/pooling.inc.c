/* 3x3 pooling and the global mean over blocked NCHW, included by the isa_*.c files. Lanes are channels, so no
 * order of additions depends on the vector length. */
#include "engine/kernels/kernels.h"
#include "engine/vec/vec.h"

/* The taps of output pixel `ox` that lie inside the picture: columns [first, first + n). */
static inline int taps_inside(const feat_pool_args *a, size_t ox, size_t *first)
{
    if (a->stride == 2) {
        *first = 2 * ox;
        return a->n_cols;
    }
    size_t lo = ox == 0 ? 0 : ox - 1;
    size_t hi = ox + 2 < a->w ? ox + 2 : a->w;
    *first = lo;
    return (int)(hi - lo);
}

static void k_max_row(const feat_pool_args *a, float *y)
{
    for (size_t ox = 0; ox < a->ow; ox++) {
        size_t first;
        int n_cols = taps_inside(a, ox, &first);
        const float *x = a->x + first * BLOCK;
        for (int v = 0; v < NVB; v++) {
            vf m = v_ld(x + v * VL);
            for (int ky = 0; ky < a->n_rows; ky++)
                for (int kx = 0; kx < n_cols; kx++)
                    m = v_max(v_ld(x + (size_t)ky * a->x_row_stride + kx * BLOCK + v * VL), m);
            v_st(y + ox * BLOCK + v * VL, m);
        }
    }
}

static void k_avg_row(const feat_pool_args *a, float *y)
{
    for (size_t ox = 0; ox < a->ow; ox++) {
        size_t first;
        int n_cols = taps_inside(a, ox, &first);
        const float *x = a->x + first * BLOCK;
        vf divisor = v_set1(a->count_padding ? 9.0f : (float)(a->n_rows * n_cols));
        for (int v = 0; v < NVB; v++) {
            vf sum = v_ld(x + v * VL);
            for (int ky = 0; ky < a->n_rows; ky++)
                for (int kx = ky == 0 ? 1 : 0; kx < n_cols; kx++)
                    sum = v_add(sum, v_ld(x + (size_t)ky * a->x_row_stride + kx * BLOCK + v * VL));
            vf mean = v_div(sum, divisor);
            if (a->bias != NULL)
                mean = v_max(v_add(mean, v_ld(a->bias + v * VL)), v_zero());
            v_st(y + ox * BLOCK + v * VL, mean);
        }
    }
}

static void k_mean(float *y, const float *x, size_t h, size_t w)
{
    const vf n = v_set1((float)(h * w));
    for (int v = 0; v < NVB; v++) {
        vf total = v_zero();
        for (size_t iy = 0; iy < h; iy++) {
            const float *row = x + iy * w * BLOCK + v * VL;
            vf sum = v_ld(row);
            for (size_t ix = 1; ix < w; ix++)
                sum = v_add(sum, v_ld(row + ix * BLOCK));
            total = v_add(total, sum);
        }
        v_st(y + v * VL, v_div(total, n));
    }
}
