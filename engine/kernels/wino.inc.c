/* Winograd data and output transforms over blocked NCHW, included by the isa_*.c files. Lanes are channels;
 * every output is a fixed sequence of fused multiply-adds, so tiles, vector length and threads cannot change
 * a bit. The matrix product between the two transforms is the 1x1 convolution kernel with tiles for pixels. */
#include "engine/kernels/kernels.h"
#include "engine/kernels/winograd.h"
#include "engine/vec/vec.h"

/* v [a] = data transform of d [a]. */
INLINE void wino_data_1d(vf *v, const vf *d, const feat_wino *f)
{
    const int K = f->n_pairs;
    vf first = d[2 * K], last = d[2 * K + 1];
    UNROLL
    for (int j = K - 1; j >= 0; j--) {
        first = v_fma(v_set1(f->r_coef[j]), d[2 * j], first);
        last = v_fma(v_set1(f->r_coef[j]), d[2 * j + 1], last);
    }
    v[0] = first;
    v[2 * K + 1] = last;
    UNROLL
    for (int k = 0; k < K; k++) {
        vf even = d[2 * K], odd = d[2 * K - 1];
        UNROLL
        for (int j = K - 2; j >= 0; j--) {
            even = v_fma(v_set1(f->q_coef[k][j]), d[2 * j + 2], even);
            odd = v_fma(v_set1(f->q_coef[k][j]), d[2 * j + 1], odd);
        }
        v[1 + 2 * k] = v_fma(v_set1(f->p[k]), odd, even);
        v[2 + 2 * k] = v_fnma(v_set1(f->p[k]), odd, even);
    }
}

/* y [m] = output transform of mm [a]. */
INLINE void wino_output_1d(vf *y, const vf *mm, const feat_wino *f)
{
    const int K = f->n_pairs, M = f->m;
    vf sum[FEAT_WINO_MAX_PAIRS], difference[FEAT_WINO_MAX_PAIRS];
    UNROLL
    for (int k = 0; k < K; k++) {
        sum[k] = v_add(mm[1 + 2 * k], mm[2 + 2 * k]);
        difference[k] = v_sub(mm[1 + 2 * k], mm[2 + 2 * k]);
    }
    UNROLL
    for (int i = 0; i < M; i++) {
        vf acc = i % 2 == 0 ? sum[0] : difference[0];
        if (i > 0 && f->p[0] != 1.0f)
            acc = v_mul(v_set1(f->power[i][0]), acc);
        if (i == 0)
            acc = v_add(mm[0], acc);
        UNROLL
        for (int k = 1; k < K; k++)
            acc = v_fma(v_set1(f->power[i][k]), i % 2 == 0 ? sum[k] : difference[k], acc);
        if (i == M - 1)
            acc = v_add(acc, mm[2 * K + 1]);
        y[i] = acc;
    }
}

/* Pixel (i, j) of a tile, +0 outside; x is the first inside. */
INLINE vf wino_pixel(const float *x, size_t i_stride, size_t j_stride, const feat_wino_part *in, int i, int j)
{
    return i >= in->i0 && i < in->i1 && j >= in->j0 && j < in->j1
               ? v_ld(x + (size_t)(i - in->i0) * i_stride + (size_t)(j - in->j0) * j_stride)
               : v_zero();
}

/* One dimension at a time: rows of the tile first, then columns. FORM, and whether `inside` is NULL, are constants
 * where these are inlined. */
INLINE void wino_data(const int FORM, float *v, size_t v_stride, const float *x, size_t i_stride,
                      size_t j_stride, const feat_wino_part *inside)
{
    const feat_wino *f = &feat_winos[FORM];
    const int A = f->a;
    const feat_wino_part all = {0, A, 0, f->dims == 2 ? A : 1};
    const feat_wino_part in = inside == NULL ? all : *inside;
    vf line[FEAT_WINO_MAX_A], out[FEAT_WINO_MAX_A];
    for (int lane = 0; lane < BLOCK; lane += VL) {
        if (f->dims == 1) {
            UNROLL
            for (int i = 0; i < A; i++)
                line[i] = wino_pixel(x + lane, i_stride, 0, &in, i, 0);
            wino_data_1d(out, line, f);
            UNROLL
            for (int i = 0; i < A; i++)
                v_st(v + (size_t)i * v_stride + lane, out[i]);
            continue;
        }
        float rows[8 * 8 * VL];
        for (int i = 0; i < A; i++) {
            UNROLL
            for (int j = 0; j < A; j++)
                line[j] = wino_pixel(x + lane, i_stride, j_stride, &in, i, j);
            wino_data_1d(out, line, f);
            UNROLL
            for (int j = 0; j < A; j++)
                v_st(rows + (i * A + j) * VL, out[j]);
        }
        for (int j = 0; j < A; j++) {
            UNROLL
            for (int i = 0; i < A; i++)
                line[i] = v_ld(rows + (i * A + j) * VL);
            wino_data_1d(out, line, f);
            UNROLL
            for (int i = 0; i < A; i++)
                v_st(v + (size_t)(i * A + j) * v_stride + lane, out[i]);
        }
    }
}

INLINE void wino_output(const int FORM, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                        const float *mm, size_t mm_stride, const float *bias)
{
    const feat_wino *f = &feat_winos[FORM];
    const int A = f->a, M = f->m;
    vf line[FEAT_WINO_MAX_A], out[FEAT_WINO_MAX_M];
    for (int lane = 0; lane < BLOCK; lane += VL) {
        const vf b = v_ld(bias + lane);
        if (f->dims == 1) {
            UNROLL
            for (int i = 0; i < A; i++)
                line[i] = v_ld(mm + (size_t)i * mm_stride + lane);
            wino_output_1d(out, line, f);
            UNROLL
            for (int i = 0; i < M; i++)
                if (i < n_i)
                    v_st(y + (size_t)i * i_stride + lane, v_max(v_add(out[i], b), v_zero()));
            continue;
        }
        float columns[6 * 8 * VL];
        for (int j = 0; j < A; j++) {
            UNROLL
            for (int i = 0; i < A; i++)
                line[i] = v_ld(mm + (size_t)(i * A + j) * mm_stride + lane);
            wino_output_1d(out, line, f);
            UNROLL
            for (int i = 0; i < M; i++)
                v_st(columns + (i * A + j) * VL, out[i]);
        }
        for (int i = 0; i < n_i; i++) {
            UNROLL
            for (int j = 0; j < A; j++)
                line[j] = v_ld(columns + (i * A + j) * VL);
            wino_output_1d(out, line, f);
            UNROLL
            for (int j = 0; j < M; j++)
                if (j < n_j)
                    v_st(y + (size_t)i * i_stride + (size_t)j * j_stride + lane,
                         v_max(v_add(out[j], b), v_zero()));
        }
    }
}

static void k_wino_data(feat_wino_form form, float *v, size_t v_stride, const float *x, size_t i_stride,
                        size_t j_stride, const feat_wino_part *inside)
{
    switch (form) {
#define CASE(FORM)                                                                                           \
    case FORM:                                                                                               \
        if (inside == NULL)                                                                                  \
            wino_data(FORM, v, v_stride, x, i_stride, j_stride, NULL);                                       \
        else                                                                                                 \
            wino_data(FORM, v, v_stride, x, i_stride, j_stride, inside);                                     \
        break;
        CASE(FEAT_WINO_F2_3X3)
        CASE(FEAT_WINO_F4_3X3)
        CASE(FEAT_WINO_F4_5X5)
        CASE(FEAT_WINO_F2_3)
        CASE(FEAT_WINO_F4_3)
        CASE(FEAT_WINO_F4_7)
        CASE(FEAT_WINO_F6_3X3)
        CASE(FEAT_WINO_F6_7)
        CASE(FEAT_WINO_F4_3X3_CLOSE)
#undef CASE
    case FEAT_WINO_NONE:
        break;
    }
}

static void k_wino_output(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                          const float *mm, size_t mm_stride, const float *bias)
{
    switch (form) {
#define CASE(FORM)                                                                                           \
    case FORM:                                                                                               \
        wino_output(FORM, y, i_stride, j_stride, n_i, n_j, mm, mm_stride, bias);                             \
        break;
        CASE(FEAT_WINO_F2_3X3)
        CASE(FEAT_WINO_F4_3X3)
        CASE(FEAT_WINO_F4_5X5)
        CASE(FEAT_WINO_F2_3)
        CASE(FEAT_WINO_F4_3)
        CASE(FEAT_WINO_F4_7)
        CASE(FEAT_WINO_F6_3X3)
        CASE(FEAT_WINO_F6_7)
        CASE(FEAT_WINO_F4_3X3_CLOSE)
#undef CASE
    case FEAT_WINO_NONE:
        break;
    }
}

/* out_i = sum over t of g[i][t] * in_t for VDL channels; i, t strides in doubles. */
INLINE void wino_weights_1d(vd *out, const double *in, size_t in_stride, const double *g, int a, int r)
{
    for (int i = 0; i < a; i++) {
        vd sum = vd_mul(vd_set1(g[i * r]), vd_ld(in));
        for (int t = 1; t < r; t++)
            sum = vd_fma(vd_set1(g[i * r + t]), vd_ld(in + (size_t)t * in_stride), sum);
        out[i] = sum;
    }
}

static void k_wino_weights(feat_wino_form form, float *u, size_t u_stride, const double *taps, const double *g)
{
    const feat_wino *f = &feat_winos[form];
    const int a = f->a, r = f->r;
    vd out[FEAT_WINO_MAX_A];
    for (int lane = 0; lane < BLOCK; lane += VDL) {
        if (f->dims == 1) {
            wino_weights_1d(out, taps + lane, BLOCK, g, a, r);
            for (int i = 0; i < a; i++)
                vd_to_float(u + (size_t)i * u_stride + lane, out[i]);
            continue;
        }
        double half[8 * 5 * VDL];
        for (int x = 0; x < r; x++) {
            wino_weights_1d(out, taps + x * BLOCK + lane, (size_t)r * BLOCK, g, a, r);
            for (int i = 0; i < a; i++)
                vd_st(half + (i * r + x) * VDL, out[i]);
        }
        for (int i = 0; i < a; i++) {
            wino_weights_1d(out, half + i * r * VDL, VDL, g, a, r);
            for (int j = 0; j < a; j++)
                vd_to_float(u + (size_t)(i * a + j) * u_stride + lane, out[j]);
        }
    }
}
