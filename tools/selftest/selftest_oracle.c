/* One value at a time, in the order the contracts give, with the C library's fma. */
#include "tools/selftest/selftest_oracle.h"

#include <math.h>

enum { LANES = FEAT_BLOCK };

static float relu(float x)
{
    return x > 0.0f ? x : 0.0f;
}

/* --- convolution and pooling ---------------------------------------------------------------------- */

static float conv_value(const feat_conv_args *a, size_t px, size_t block, size_t lane)
{
    const size_t channels = a->form == FEAT_CONV_RGB_S2 ? 3 : LANES;
    const size_t step = a->form == FEAT_CONV_BLOCK_S1 ? channels : 2 * channels;
    const float *w = a->w + block * a->w_block_stride + lane;
    float acc = a->bias[block * LANES + lane];
    for (size_t plane = 0; plane < a->n_cb; plane++)
        for (size_t ky = 0; ky < (size_t)a->kh; ky++)
            for (size_t kx = 0; kx < (size_t)a->kw; kx++)
                for (size_t c = 0; c < channels; c++, w += LANES)
                    acc = fmaf(*w,
                               a->x[plane * a->x_plane_stride + ky * a->x_row_stride + kx * channels +
                                    px * step + c],
                               acc);
    return a->relu ? relu(acc) : acc;
}

static void conv_row(const feat_conv_args *a, float *const *y, size_t n_px, size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t px = 0; px < n_px; px++)
            for (size_t lane = 0; lane < LANES; lane++)
                y[b][px * LANES + lane] = conv_value(a, px, b, lane);
}

/* Columns [*first, *end) of the input that output pixel `ox` sees. */
static void columns(const feat_pool_args *a, size_t ox, size_t *first, size_t *end)
{
    *first = a->stride == 2 ? 2 * ox : ox == 0 ? 0 : ox - 1;
    *end = a->stride == 2 ? 2 * ox + 3 : ox + 2 < a->w ? ox + 2 : a->w;
}

static void pool_row(const feat_pool_args *a, float *y, int average)
{
    for (size_t i = 0; i < a->ow * LANES; i++) {
        size_t first, end, n = 0;
        float value = 0.0f;
        columns(a, i / LANES, &first, &end);
        for (size_t row = 0; row < (size_t)a->n_rows; row++)
            for (size_t column = first; column < end; column++, n++) {
                float tap = a->x[row * a->x_row_stride + column * LANES + i % LANES];
                if (n == 0)
                    value = tap;
                else if (average)
                    value += tap;
                else
                    value = tap > value ? tap : value;
            }
        if (average)
            value /= a->count_padding ? 9.0f : (float)n;
        if (average && a->bias != NULL)
            value = relu(value + a->bias[i % LANES]);
        y[i] = value;
    }
}

static void max_row(const feat_pool_args *a, float *y)
{
    pool_row(a, y, 0);
}

static void avg_row(const feat_pool_args *a, float *y)
{
    pool_row(a, y, 1);
}

static void mean(float *y, const float *x, size_t h, size_t w)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        float total = 0.0f;
        for (size_t row = 0; row < h; row++) {
            float sum = x[row * w * LANES + lane];
            for (size_t column = 1; column < w; column++)
                sum += x[(row * w + column) * LANES + lane];
            total += sum;
        }
        y[lane] = total / (float)(h * w);
    }
}

/* --- minimal filtering ---------------------------------------------------------------------------- */

/* One line of a transform: in [n] step apart, out likewise. */
static void data_line(const feat_wino *f, float *v, size_t v_step, const float *d, size_t d_step)
{
    const int pairs = f->n_pairs;
    for (int odd = 0; odd < 2; odd++) {
        float sum = d[(size_t)(2 * pairs + odd) * d_step];
        for (int j = pairs - 1; j >= 0; j--)
            sum = fmaf(f->r_coef[j], d[(size_t)(2 * j + odd) * d_step], sum);
        v[odd ? (size_t)(f->a - 1) * v_step : 0] = sum;
    }
    for (int k = 0; k < pairs; k++) {
        float even = d[(size_t)(2 * pairs) * d_step], odd = d[(size_t)(2 * pairs - 1) * d_step];
        for (int j = pairs - 2; j >= 0; j--) {
            even = fmaf(f->q_coef[k][j], d[(size_t)(2 * j + 2) * d_step], even);
            odd = fmaf(f->q_coef[k][j], d[(size_t)(2 * j + 1) * d_step], odd);
        }
        v[(size_t)(1 + 2 * k) * v_step] = fmaf(f->p[k], odd, even);
        v[(size_t)(2 + 2 * k) * v_step] = fmaf(-f->p[k], odd, even);
    }
}

static void output_line(const feat_wino *f, float *y, size_t y_step, const float *s, size_t s_step)
{
    for (int i = 0; i < f->m; i++) {
        float acc = 0.0f;
        for (int k = 0; k < f->n_pairs; k++) {
            float plus = s[(size_t)(1 + 2 * k) * s_step], minus = s[(size_t)(2 + 2 * k) * s_step];
            float t = i % 2 == 0 ? plus + minus : plus - minus;
            acc = k == 0 ? (i == 0 ? s[0] + t : f->power[i][0] * t) : fmaf(f->power[i][k], t, acc);
        }
        if (i == f->m - 1)
            acc += s[(size_t)(f->a - 1) * s_step];
        y[(size_t)i * y_step] = acc;
    }
}

/* One channel of a tile, with zeros outside the picture. */
static void take_tile(float *tile, size_t rows, size_t columns, const float *x, size_t i_stride, size_t j_stride,
                      const feat_wino_part *in)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            int inside = (int)i >= in->i0 && (int)i < in->i1 && (int)j >= in->j0 && (int)j < in->j1;
            tile[i * columns + j] =
                inside ? x[(i - (size_t)in->i0) * i_stride + (j - (size_t)in->j0) * j_stride] : 0.0f;
        }
}

static void wino_data(feat_wino_form form, float *v, size_t v_stride, const float *x, size_t i_stride,
                      size_t j_stride, const feat_wino_part *inside)
{
    const feat_wino *f = &feat_winos[form];
    const size_t a = (size_t)f->a, columns = f->dims == 1 ? 1 : a;
    const feat_wino_part all = {0, f->a, 0, (int)columns};
    float tile[FEAT_WINO_MAX_A * FEAT_WINO_MAX_A], rows[FEAT_WINO_MAX_A * FEAT_WINO_MAX_A];
    for (size_t lane = 0; lane < LANES; lane++) {
        take_tile(tile, a, columns, x + lane, i_stride, j_stride, inside == NULL ? &all : inside);
        if (f->dims == 1) {
            data_line(f, v + lane, v_stride, tile, 1);
            continue;
        }
        for (size_t i = 0; i < a; i++)
            data_line(f, rows + i * a, 1, tile + i * a, 1);
        for (size_t j = 0; j < a; j++)
            data_line(f, v + j * v_stride + lane, a * v_stride, rows + j, a);
    }
}

static void wino_output(feat_wino_form form, float *y, size_t i_stride, size_t j_stride, int n_i, int n_j,
                        const float *mm, size_t mm_stride, const float *bias)
{
    const feat_wino *f = &feat_winos[form];
    const size_t a = (size_t)f->a;
    float half[FEAT_WINO_MAX_M * FEAT_WINO_MAX_A], line[FEAT_WINO_MAX_M];
    for (size_t lane = 0; lane < LANES; lane++) {
        for (size_t j = 0; j < (f->dims == 1 ? 1 : a); j++)
            output_line(f, half + j, a, mm + j * mm_stride + lane, (f->dims == 1 ? 1 : a) * mm_stride);
        for (int i = 0; i < n_i; i++) {
            if (f->dims == 1) {
                y[(size_t)i * i_stride + lane] = relu(half[(size_t)i * a] + bias[lane]);
                continue;
            }
            output_line(f, line, 1, half + (size_t)i * a, 1);
            for (int j = 0; j < n_j; j++)
                y[(size_t)i * i_stride + (size_t)j * j_stride + lane] = relu(line[j] + bias[lane]);
        }
    }
}

static double weight_sum(const double *g, const double *taps, size_t step, int r)
{
    double sum = g[0] * taps[0];
    for (int t = 1; t < r; t++)
        sum = fma(g[t], taps[(size_t)t * step], sum);
    return sum;
}

static void wino_weights(feat_wino_form form, float *u, size_t u_stride, const double *taps, const double *g)
{
    const feat_wino *f = &feat_winos[form];
    const size_t a = (size_t)f->a, r = (size_t)f->r;
    double half[FEAT_WINO_MAX_A * FEAT_WINO_MAX_A];
    for (size_t lane = 0; lane < LANES; lane++)
        for (size_t i = 0; i < a; i++) {
            if (f->dims == 1) {
                u[i * u_stride + lane] = (float)weight_sum(g + i * r, taps + lane, LANES, f->r);
                continue;
            }
            for (size_t x = 0; x < r; x++)
                half[x] = weight_sum(g + i * r, taps + x * LANES + lane, r * LANES, f->r);
            for (size_t j = 0; j < a; j++)
                u[(i * a + j) * u_stride + lane] = (float)weight_sum(g + j * r, half, 1, f->r);
        }
}

/* --- matrices of doubles -------------------------------------------------------------------------- */

static void mul_tile(double *c, size_t c_stride, const double *a, const double *b, size_t k)
{
    (void)c_stride; /* one value: mr and nr are 1 */
    for (size_t i = 0; i < k; i++)
        *c = fma(a[i], b[i], *c);
}

static void sum_tile(double *const *c, const double *a, const double *b, size_t k)
{
    double sum = 0.0;
    for (size_t i = 0; i < k; i++)
        sum = fma(a[i], b[i], sum);
    **c += sum;
}

static void dist_tile(double *c, size_t c_stride, const double *a, const double *b, size_t k)
{
    (void)c_stride;
    for (size_t i = 0; i < k; i++) {
        double t = a[i] - b[i];
        *c = fma(t, t, *c);
    }
}

static double dot(const double *x, const double *y, size_t n)
{
    double lane[FEAT_DMAT_LANES] = {0};
    for (size_t i = 0; i < n; i++)
        lane[i % FEAT_DMAT_LANES] = fma(x[i], y[i], lane[i % FEAT_DMAT_LANES]);
    for (size_t half = FEAT_DMAT_LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

static void fmul_tile(float *c, size_t c_stride, const float *a, const float *b, size_t k)
{
    (void)c_stride; /* a tile of one */
    float sum = 0.0f;
    for (size_t i = 0; i < k; i++)
        sum = fmaf(a[i], b[i], sum);
    *c += sum;
}

static void dist_pairs(double *out, const float *const *x, const float *const *y, size_t n, size_t d)
{
    for (size_t r = 0; r < n; r++) {
        double sum = 0.0;
        for (size_t k = 0; k < d; k++) {
            double t = (double)x[r][k] - (double)y[r][k];
            sum = fma(t, t, sum);
        }
        out[r] = sum;
    }
}

static void dist_mixed(double *out, const float *const *x, const double *const *y, size_t n, size_t d)
{
    for (size_t r = 0; r < n; r++) {
        double sum = 0.0;
        for (size_t k = 0; k < d; k++) {
            double t = (double)x[r][k] - y[r][k];
            sum = fma(t, t, sum);
        }
        out[r] = sum;
    }
}

static void axpys(double *y, const double *x, size_t x_stride, const double *coef, size_t n_x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_x; k++)
            y[i] = fma(coef[k], x[k * x_stride + i], y[i]);
}

static void add_floats(double *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += (double)x[i];
}

static void power(double *x, size_t n, double gamma, double coef0, unsigned degree, double shift)
{
    for (size_t i = 0; i < n; i++) {
        double base = fma(gamma, x[i], coef0), product = base;
        for (unsigned k = 1; k < degree; k++)
            product *= base;
        x[i] = product - shift;
    }
}

static void symv(double *y, const double *a, size_t a_stride, const double *x, size_t i0, size_t i1, size_t n)
{
    for (size_t i = i0; i < i1; i += FEAT_DMAT_SYMV_ROWS) {
        size_t g = i1 - i < FEAT_DMAT_SYMV_ROWS ? i1 - i : FEAT_DMAT_SYMV_ROWS;
        for (size_t r = 0; r < g; r++)
            for (size_t c = r; c < g; c++) {
                double v = a[(i + r) * a_stride + i + c];
                y[i + r] = fma(v, x[i + c], y[i + r]);
                if (c > r)
                    y[i + c] = fma(v, x[i + r], y[i + c]);
            }
        for (size_t j = i + g; j < n; j++)
            for (size_t r = 0; r < g; r++)
                y[j] = fma(a[(i + r) * a_stride + j], x[i + r], y[j]);
        for (size_t r = 0; r < g; r++)
            y[i + r] += dot(a + (i + r) * a_stride + i + g, x + i + g, n - i - g);
    }
}

static void rotate(double *z, ptrdiff_t step, const double *c, const double *s, size_t n)
{
    for (size_t lane = 0; lane < FEAT_DMAT_ROTATE_COLUMNS; lane++) {
        double *at = z + lane, x = *at;
        for (size_t t = 0; t < n; t++, at += step) {
            double next = at[step];
            *at = fma(s[t], next, c[t] * x);
            x = fma(-s[t], x, c[t] * next);
        }
        *at = x;
    }
}

const feat_kernels *bf_selftest_oracle(void)
{
    static const feat_kernels table = {.name = "plain loops",
                                       .conv_row = conv_row,
                                       .max_row = max_row,
                                       .avg_row = avg_row,
                                       .mean = mean,
                                       .wino_data = wino_data,
                                       .wino_output = wino_output,
                                       .wino_weights = wino_weights,
                                       .dmat = {.mr = 1,
                                                .nr = 1,
                                                .fmr = 1,
                                                .fnr = 1,
                                                .fmul_tile = fmul_tile,
                                                .dist_pairs = dist_pairs,
                                                .dist_mixed = dist_mixed,
                                                .mul_tile = mul_tile,
                                                .sum_tile = sum_tile,
                                                .dist_tile = dist_tile,
                                                .dot = dot,
                                                .axpys = axpys,
                                                .add_floats = add_floats,
                                                .power = power,
                                                .symv = symv,
                                                .rotate = rotate}};
    return &table;
}
