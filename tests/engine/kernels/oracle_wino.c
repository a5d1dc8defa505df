/* Minimal filtering, one channel after the other, with coefficients worked out from the points: R(z) = prod (z - p^2)
 * over all pairs of points, Q_k(z) the same without pair k, and the weight matrix of Toom and Cook. */
#include <math.h>
#include <string.h>

#include "tests/engine/kernels/oracle.h"

/* Coefficients of prod (z - p[i]^2) over i != left_out, ascending; n_pairs + 1 of them at most. */
static void polynomial(double *coef, const double *p, int n_pairs, int left_out)
{
    int degree = 0;
    coef[0] = 1.0;
    for (int i = 0; i < n_pairs; i++) {
        if (i == left_out)
            continue;
        coef[degree + 1] = coef[degree];
        for (int j = degree; j > 0; j--)
            coef[j] = coef[j - 1] - p[i] * p[i] * coef[j];
        coef[0] = -p[i] * p[i] * coef[0];
        degree++;
    }
}

void oracle_wino_form(oracle_wino *o, feat_wino_form form)
{
    const feat_wino *f = &feat_winos[form];
    memset(o, 0, sizeof *o);
    o->dims = f->dims;
    o->m = f->m;
    o->r = f->r;
    o->a = f->m + f->r - 1;
    o->n_pairs = (o->a - 2) / 2;
    for (int k = 0; k < o->n_pairs; k++)
        o->p[k] = (double)f->p[k];
    polynomial(o->r_coef, o->p, o->n_pairs, -1);
    for (int k = 0; k < o->n_pairs; k++) {
        double q[FEAT_WINO_MAX_PAIRS + 1];
        polynomial(q, o->p, o->n_pairs, k);
        memcpy(o->q_coef[k], q, (size_t)o->n_pairs * sizeof *q);
    }
    double points[FEAT_WINO_MAX_A] = {0.0};
    for (int k = 0; k < o->n_pairs; k++) {
        points[1 + 2 * k] = o->p[k];
        points[2 + 2 * k] = -o->p[k];
    }
    for (int i = 0; i < o->a; i++)
        for (int t = 0; t < o->r; t++) {
            double value = 1.0;
            for (int j = 0; j + 1 < o->a; j++)
                value = j == i ? value : value * (points[i] - points[j]);
            double power = 1.0;
            for (int j = 0; j < t; j++)
                power *= points[i];
            o->g[i * o->r + t] = i + 1 < o->a ? power / value : t + 1 == o->r ? 1.0 : 0.0;
        }
}

/* One line of the data transform: a inputs, a outputs. */
static void data_line(const oracle_wino *o, float *v, const float *d)
{
    int pairs = o->n_pairs;
    float first = d[2 * pairs], last = d[2 * pairs + 1];
    for (int j = pairs - 1; j >= 0; j--) {
        first = fmaf((float)o->r_coef[j], d[2 * j], first);
        last = fmaf((float)o->r_coef[j], d[2 * j + 1], last);
    }
    v[0] = first;
    v[o->a - 1] = last;
    for (int k = 0; k < pairs; k++) {
        float even = d[2 * pairs], odd = d[2 * pairs - 1];
        for (int j = pairs - 2; j >= 0; j--) {
            even = fmaf((float)o->q_coef[k][j], d[2 * j + 2], even);
            odd = fmaf((float)o->q_coef[k][j], d[2 * j + 1], odd);
        }
        v[1 + 2 * k] = fmaf((float)o->p[k], odd, even);
        v[2 + 2 * k] = fmaf(-(float)o->p[k], odd, even);
    }
}

/* The pixel at (i, j) of a tile. */
static float pixel(const float *x, size_t i_stride, size_t j_stride, const feat_wino_part *inside, size_t i, size_t j)
{
    if (inside == NULL)
        return x[i * i_stride + j * j_stride];
    size_t i0 = (size_t)inside->i0, j0 = (size_t)inside->j0;
    if (i < i0 || i >= (size_t)inside->i1 || j < j0 || j >= (size_t)inside->j1)
        return 0.0f;
    return x[(i - i0) * i_stride + (j - j0) * j_stride];
}

void oracle_wino_data(feat_wino_form form, float *v, size_t v_stride, const float *x, size_t i_stride,
                      size_t j_stride, const feat_wino_part *inside)
{
    oracle_wino o;
    oracle_wino_form(&o, form);
    size_t a = (size_t)o.a;
    for (size_t c = 0; c < FEAT_BLOCK; c++) {
        float tile[FEAT_WINO_MAX_A][FEAT_WINO_MAX_A], line[FEAT_WINO_MAX_A], out[FEAT_WINO_MAX_A];
        for (size_t i = 0; i < a && o.dims == 2; i++) {
            for (size_t j = 0; j < a; j++)
                line[j] = pixel(x + c, i_stride, j_stride, inside, i, j);
            data_line(&o, tile[i], line);
        }
        for (size_t j = 0; j < (o.dims == 2 ? a : 1); j++) {
            for (size_t i = 0; i < a; i++)
                line[i] = o.dims == 2 ? tile[i][j] : pixel(x + c, i_stride, 0, inside, i, 0);
            data_line(&o, out, line);
            for (size_t i = 0; i < a; i++)
                v[(o.dims == 2 ? i * a + j : i) * v_stride + c] = out[i];
        }
    }
}

/* One line of the output transform: a products, m outputs. */
static void output_line(const oracle_wino *o, float *y, const float *mm)
{
    for (int i = 0; i < o->m; i++) {
        float acc = 0.0f, power[FEAT_WINO_MAX_PAIRS];
        for (int k = 0; k < o->n_pairs; k++) {
            float both = i % 2 == 0 ? mm[1 + 2 * k] + mm[2 + 2 * k] : mm[1 + 2 * k] - mm[2 + 2 * k];
            double exact = 1.0;
            for (int j = 0; j < i; j++)
                exact *= o->p[k];
            power[k] = (float)exact;
            if (k == 0)
                acc = i == 0 ? mm[0] + both : power[0] * both;
            else
                acc = fmaf(power[k], both, acc);
        }
        y[i] = i == o->m - 1 ? acc + mm[o->a - 1] : acc;
    }
}

static float finish(float sum, float bias)
{
    return sum + bias > 0.0f ? sum + bias : 0.0f;
}

void oracle_wino_output(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                        const float *mm, size_t mm_stride, const float *bias)
{
    oracle_wino o;
    oracle_wino_form(&o, form);
    size_t a = (size_t)o.a, rows = (size_t)n_i, columns = (size_t)n_j;
    for (size_t c = 0; c < FEAT_BLOCK; c++) {
        float half[FEAT_WINO_MAX_M][FEAT_WINO_MAX_A], line[FEAT_WINO_MAX_A], out[FEAT_WINO_MAX_M];
        for (size_t j = 0; j < (o.dims == 2 ? a : 1); j++) {
            for (size_t i = 0; i < a; i++)
                line[i] = mm[(o.dims == 2 ? i * a + j : i) * mm_stride + c];
            output_line(&o, out, line);
            for (size_t i = 0; i < (size_t)o.m; i++)
                half[i][j] = out[i];
        }
        for (size_t i = 0; i < rows; i++) {
            if (o.dims == 1) {
                y[i * i_stride + c] = finish(half[i][0], bias[c]);
                continue;
            }
            output_line(&o, out, half[i]);
            for (size_t j = 0; j < columns; j++)
                y[i * i_stride + j * j_stride + c] = finish(out[j], bias[c]);
        }
    }
}

/* Sum of g[t] * in[t * stride], t ascending. */
static double weight_sum(const double *g, const double *in, size_t stride, int r)
{
    double sum = g[0] * in[0];
    for (int t = 1; t < r; t++)
        sum = fma(g[t], in[(size_t)t * stride], sum);
    return sum;
}

void oracle_wino_weights(feat_wino_form form, float *u, size_t u_stride, const double *taps, const double *g)
{
    const feat_wino *f = &feat_winos[form];
    size_t a = (size_t)f->a, r = (size_t)f->r;
    for (size_t c = 0; c < FEAT_BLOCK; c++)
        for (size_t i = 0; i < a; i++) {
            double half[ORACLE_MAX_TAPS];
            if (f->dims == 1) {
                u[i * u_stride + c] = (float)weight_sum(g + i * r, taps + c, FEAT_BLOCK, f->r);
                continue;
            }
            for (size_t x = 0; x < r; x++)
                half[x] = weight_sum(g + i * r, taps + x * FEAT_BLOCK + c, r * FEAT_BLOCK, f->r);
            for (size_t j = 0; j < a; j++)
                u[(i * a + j) * u_stride + c] = (float)weight_sum(g + j * r, half, 1, f->r);
        }
}
