/* The transforms of minimal filtering: their tables from the points, each against its naive form, and all
 * together against the convolution they stand for. */
#include <math.h>

#include "tests/engine/kernels/check.h"
#include "tests/engine/kernels/oracle.h"

static size_t n_products(feat_wino_form form)
{
    const feat_wino *f = &feat_winos[form];
    return (size_t)(f->dims == 2 ? f->a * f->a : f->a);
}

static size_t n_taps(feat_wino_form form)
{
    const feat_wino *f = &feat_winos[form];
    return (size_t)(f->dims == 2 ? f->r * f->r : f->r);
}

/* --- tables -------------------------------------------------------------------------------------------- */

static void expect(check *c, double want, float have, const char *what, int k, int j)
{
    if (want < (double)have || want > (double)have)
        check_fail(c, "%s %d %d is %a, the points make it %a", what, k, j, (double)have, want);
}

/* Every coefficient is exact in float and follows from the points. */
static void tables(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++) {
        const feat_wino *f = &feat_winos[form];
        oracle_wino o;
        check_begin(c, "form %d", form);
        oracle_wino_form(&o, (feat_wino_form)form);
        if (f->a != o.a || f->n_pairs != o.n_pairs || f->a % 2 != 0)
            check_fail(c, "%d products, %d pairs", f->a, f->n_pairs);
        for (int j = 0; j <= f->n_pairs; j++)
            expect(c, o.r_coef[j], f->r_coef[j], "r", 0, j);
        for (int k = 0; k < f->n_pairs; k++) {
            for (int j = 0; j < f->n_pairs; j++)
                expect(c, o.q_coef[k][j], f->q_coef[k][j], "q", k, j);
            double power = 1.0;
            for (int i = 0; i < f->m; i++, power *= o.p[k])
                expect(c, power, f->power[i][k], "power", i, k);
        }
    }
}

/* --- one transform at a time --------------------------------------------------------------------------- */

static void data_case(check *c, feat_wino_form form, check_data kind, size_t gap)
{
    const feat_wino *f = &feat_winos[form];
    check_begin(c, "data transform, form %d, gaps %zu, %s data", (int)form, gap, check_data_name(kind));
    size_t a = (size_t)f->a, shift = check_below(c, 2) * check_below(c, 16), products = n_products(form);
    size_t rows = a, columns = f->dims == 2 ? a : 1, j_stride = FEAT_BLOCK + gap,
           i_stride = columns * j_stride + gap;
    size_t nx = (rows - 1) * i_stride + (columns - 1) * j_stride + FEAT_BLOCK;
    size_t v_stride = FEAT_BLOCK + 3 * gap, nv = (products - 1) * v_stride + FEAT_BLOCK;
    float *x = check_floats(c, nx, shift), *got = check_floats(c, nv, shift), *want = check_floats(c, nv, 0);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            check_fill(c, x + i * i_stride + j * j_stride, FEAT_BLOCK, kind);
    check_freeze(c, x);
    c->table->wino_data(form, got, v_stride, x, i_stride, j_stride, NULL);
    oracle_wino_data(form, want, v_stride, x, i_stride, j_stride, NULL);
    check_same(c, got, want, nv);
}

/* A tile of which some pixels lie in the picture: there is nothing but them to be read. */
static void edge_case(check *c, feat_wino_form form, const feat_wino_part *in, size_t gap)
{
    check_begin(c, "data transform, form %d, rows %d to %d, columns %d to %d, gaps %zu", (int)form, in->i0, in->i1,
                in->j0, in->j1, gap);
    size_t products = n_products(form), rows = (size_t)(in->i1 - in->i0), columns = (size_t)(in->j1 - in->j0);
    size_t j_stride = FEAT_BLOCK + gap, i_stride = columns * j_stride + gap;
    size_t nx = (rows - 1) * i_stride + (columns - 1) * j_stride + FEAT_BLOCK;
    size_t v_stride = FEAT_BLOCK + 3 * gap, nv = (products - 1) * v_stride + FEAT_BLOCK;
    float *x = check_floats(c, nx, 0), *got = check_floats(c, nv, 0), *want = check_floats(c, nv, 0);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            check_fill(c, x + i * i_stride + j * j_stride, FEAT_BLOCK, CHECK_UNIFORM);
    check_freeze(c, x);
    c->table->wino_data(form, got, v_stride, x, i_stride, j_stride, in);
    oracle_wino_data(form, want, v_stride, x, i_stride, j_stride, in);
    check_same(c, got, want, nv);
}

static void output_case(check *c, feat_wino_form form, check_data kind, size_t n_i, size_t n_j, size_t gap)
{
    check_begin(c, "output transform, form %d, %zu x %zu kept, gaps %zu, %s data", (int)form, n_i, n_j, gap,
                check_data_name(kind));
    size_t shift = check_below(c, 2) * check_below(c, 16), products = n_products(form);
    size_t mm_stride = FEAT_BLOCK + 3 * gap, nm = (products - 1) * mm_stride + FEAT_BLOCK;
    size_t columns = feat_winos[form].dims == 2 ? n_j : 1, j_stride = FEAT_BLOCK + gap,
           i_stride = n_j * j_stride + gap;
    size_t ny = (n_i - 1) * i_stride + (columns - 1) * j_stride + FEAT_BLOCK;
    float *mm = check_floats(c, nm, shift), *bias = check_floats(c, FEAT_BLOCK, shift);
    float *got = check_floats(c, ny, shift), *want = check_floats(c, ny, 0);
    for (size_t p = 0; p < products; p++)
        check_fill(c, mm + p * mm_stride, FEAT_BLOCK, kind);
    check_fill(c, bias, FEAT_BLOCK, kind);
    check_freeze(c, mm);
    check_freeze(c, bias);
    c->table->wino_output(form, got, i_stride, j_stride, (int)n_i, (int)n_j, mm, mm_stride, bias);
    oracle_wino_output(form, want, i_stride, j_stride, (int)n_i, (int)n_j, mm, mm_stride, bias);
    check_same(c, got, want, ny);
}

/* n doubles of a size about 1 with all their bits in use. */
static double *fill_doubles(check *c, size_t n, size_t shift)
{
    double *x = (double *)(void *)check_floats(c, 2 * n, 2 * shift);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(int64_t)check_random(c) * 0x1p-63;
    return x;
}

static void weights_case(check *c, feat_wino_form form, size_t gap)
{
    check_begin(c, "weight transform, form %d, gap %zu", (int)form, gap);
    size_t shift = check_below(c, 2) * check_below(c, 8), products = n_products(form);
    size_t u_stride = FEAT_BLOCK + gap, nu = (products - 1) * u_stride + FEAT_BLOCK;
    double *taps = fill_doubles(c, n_taps(form) * FEAT_BLOCK, shift);
    oracle_wino o;
    oracle_wino_form(&o, form);
    float *got = check_floats(c, nu, shift), *want = check_floats(c, nu, 0);
    check_freeze(c, (float *)(void *)taps);
    c->table->wino_weights(form, got, u_stride, taps, o.g);
    oracle_wino_weights(form, want, u_stride, taps, o.g);
    check_same(c, got, want, nu);
}

static void data(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++)
        for (int kind = 0; kind < CHECK_N_DATA; kind++)
            for (size_t gap = 0; gap <= 21; gap += 7)
                data_case(c, (feat_wino_form)form, (check_data)kind, gap);
}

/* Every stretch of rows with every one of columns, of the long one-dimensional forms too. */
static void edges(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++) {
        int a = feat_winos[form].a, columns = feat_winos[form].dims == 2 ? a : 1;
        for (int i0 = 0; i0 < a; i0++)
            for (int i1 = i0 + 1; i1 <= a; i1++)
                for (int j0 = 0; j0 < columns; j0++)
                    for (int j1 = j0 + 1; j1 <= columns; j1++) {
                        const feat_wino_part in = {i0, i1, j0, j1};
                        edge_case(c, (feat_wino_form)form, &in, (size_t)(i0 + j1) % 2 * 7);
                    }
    }
}

static void output(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++)
        for (int kind = 0; kind < CHECK_N_DATA; kind++)
            for (size_t n_i = 1; n_i <= (size_t)feat_winos[form].m; n_i++)
                for (size_t n_j = 1; n_j <= (feat_winos[form].dims == 2 ? (size_t)feat_winos[form].m : 1);
                     n_j++)
                    output_case(c, (feat_wino_form)form, (check_data)kind, n_i, n_j, (n_i + n_j) % 3 * 5);
}

static void weights(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++)
        for (size_t i = 0; i < 20; i++)
            weights_case(c, (feat_wino_form)form, i % 4 * 16);
}

/* --- all together -------------------------------------------------------------------------------------- */

/* Output (i, j) of the convolution in double. */
static double direct(const feat_wino *f, const float *x, const double *taps, size_t lane, size_t i, size_t j)
{
    size_t r = (size_t)f->r, a = (size_t)f->a;
    double sum = 0.0;
    for (size_t s = 0; s < r; s++)
        for (size_t t = 0; t < (f->dims == 2 ? r : 1); t++) {
            size_t pixel = f->dims == 2 ? (i + s) * a + j + t : i + s, tap = f->dims == 2 ? s * r + t : s;
            sum += (double)x[pixel * FEAT_BLOCK] * taps[tap * FEAT_BLOCK + lane];
        }
    return sum;
}

/* One input channel (lane 0) and 16 output channels through all three transforms. */
static void sense_case(check *c, feat_wino_form form)
{
    enum { MAX_OUT = FEAT_WINO_MAX_M * FEAT_WINO_MAX_M };
    const feat_wino *f = &feat_winos[form];
    check_begin(c, "convolution by form %d", (int)form);
    oracle_wino o;
    oracle_wino_form(&o, form);
    size_t a = (size_t)f->a, m = (size_t)f->m, products = n_products(form), n_j = f->dims == 2 ? m : 1;
    double *taps = fill_doubles(c, n_taps(form) * FEAT_BLOCK, 0);
    float *x = check_floats(c, products * FEAT_BLOCK, 0), *v = check_floats(c, products * FEAT_BLOCK, 0);
    float *u = check_floats(c, products * FEAT_BLOCK, 0), *mm = check_floats(c, products * FEAT_BLOCK, 0);
    float *y = check_floats(c, MAX_OUT * FEAT_BLOCK, 0), bias[FEAT_BLOCK];
    check_fill(c, x, products * FEAT_BLOCK, CHECK_UNIFORM);
    for (size_t lane = 0; lane < FEAT_BLOCK; lane++)
        bias[lane] = 64.0f; /* keeps ReLU away from the sums */
    c->table->wino_data(form, v, FEAT_BLOCK, x, (f->dims == 2 ? a : 1) * FEAT_BLOCK, FEAT_BLOCK, NULL);
    c->table->wino_weights(form, u, FEAT_BLOCK, taps, o.g);
    for (size_t p = 0; p < products; p++)
        for (size_t lane = 0; lane < FEAT_BLOCK; lane++)
            mm[p * FEAT_BLOCK + lane] = v[p * FEAT_BLOCK] * u[p * FEAT_BLOCK + lane];
    c->table->wino_output(form, y, n_j * FEAT_BLOCK, FEAT_BLOCK, (int)m, (int)n_j, mm, FEAT_BLOCK, bias);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n_j; j++)
            for (size_t lane = 0; lane < FEAT_BLOCK; lane++) {
                double got = (double)y[(i * n_j + j) * FEAT_BLOCK + lane] - 64.0;
                double want = direct(f, x, taps, lane, i, j);
                if (!(fabs(got - want) <= 1e-4))
                    check_fail(c, "output %zu %zu, channel %zu: got %.9g, expected %.9g", i, j, lane, got,
                               want);
            }
}

static void sense(check *c)
{
    for (int form = 1; form < FEAT_N_WINO_FORMS; form++)
        for (int i = 0; i < 50; i++)
            sense_case(c, (feat_wino_form)form);
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {
        {"wino.tables", tables, "scalar"}, {"wino.data", data, NULL},       {"wino.output", output, NULL},
        {"wino.weights", weights, NULL},   {"wino.sense", sense, NULL},     {"wino.edges", edges, NULL},
    };
    return check_main(argc, argv, kernels, sizeof kernels / sizeof kernels[0]);
}
