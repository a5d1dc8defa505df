/* Kernels over tokens against the naive loops, and how exact the exponential and erf are. */
#include <math.h>
#include <string.h>

#include "tests/engine/kernels/check.h"
#include "tests/engine/kernels/oracle.h"

/* Fills n_blocks planes of n tokens each; what lies between them stays painted with NaN. */
static void fill_planes(check *c, float *x, size_t plane, size_t n_blocks, size_t n, check_data data)
{
    for (size_t b = 0; b < n_blocks; b++)
        check_fill(c, x + b * plane, n * FEAT_BLOCK, data);
}

static size_t span(size_t plane, size_t n_blocks, size_t n)
{
    return (n_blocks - 1) * plane + n * FEAT_BLOCK;
}

/* --- layer norm ------------------------------------------------------------------------------------- */

typedef struct norm_case {
    size_t n_planes, n, extra_x, extra_y;
    double epsilon;
    float offset; /* added to x: a mean that is large beside the deviation */
    check_data data;
} norm_case;

static void run_norm(check *c, const norm_case *s)
{
    check_begin(c, "%zu planes, %zu tokens, gaps %zu %zu, epsilon %g, offset %g, %s data", s->n_planes, s->n,
                s->extra_x, s->extra_y, s->epsilon, (double)s->offset, check_data_name(s->data));
    size_t shift = check_below(c, 2) * check_below(c, 16), channels = s->n_planes * FEAT_BLOCK;
    feat_norm_args a = {.x_plane = s->n * FEAT_BLOCK + s->extra_x,
                        .y_plane = s->n * FEAT_BLOCK + s->extra_y,
                        .n_planes = s->n_planes,
                        .epsilon = s->epsilon};
    size_t nx = span(a.x_plane, s->n_planes, s->n), ny = span(a.y_plane, s->n_planes, s->n);
    float *x = check_floats(c, nx, shift), *got = check_floats(c, ny, shift), *want = check_floats(c, ny, 0);
    float *gamma = check_floats(c, channels, shift), *beta = check_floats(c, channels, 0);
    fill_planes(c, x, a.x_plane, s->n_planes, s->n, s->data);
    for (size_t i = 0; s->offset != 0.0f && i < nx; i++)
        x[i] += s->offset;
    check_fill(c, gamma, channels, CHECK_UNIFORM);
    check_fill(c, beta, channels, CHECK_UNIFORM);
    check_freeze(c, x);
    check_freeze(c, gamma);
    check_freeze(c, beta);
    a.x = x;
    a.gamma = gamma;
    a.beta = beta;
    a.y = got;
    c->table->tokens.layer_norm(&a, s->n);
    a.y = want;
    oracle_layer_norm(&a, s->n);
    check_same(c, got, want, ny);
}

static void layer_norm(check *c)
{
    static const size_t planes[] = {1, 2, 3, 24, 48, 64}; /* the last three: S, B and L */
    for (size_t p = 0; p < sizeof planes / sizeof planes[0]; p++)
        for (size_t n = 1; n <= 9; n++)
            run_norm(c, &(norm_case){planes[p], n, n % 3 * 16, n % 4 * 16, n % 2 ? 1e-6 : 1e-5,
                                     n % 5 == 0 ? 10.0f : 0.0f, CHECK_UNIFORM});
    for (int data = 0; data < CHECK_N_DATA; data++)
        for (size_t n = 3; n <= 6; n++)
            run_norm(c, &(norm_case){n % 3 + 1, n, 0, 32, 1e-6, 0.0f, (check_data)data});
}

/* --- attention -------------------------------------------------------------------------------------- */

typedef struct score_case {
    size_t n_keys, n, extra;
    float scale, size; /* scores go from -size to size */
    check_data data;
} score_case;

static void run_softmax(check *c, const score_case *s)
{
    check_begin(c, "%zu keys, %zu rows, gap %zu, scale %g, size %g, %s data", s->n_keys, s->n, s->extra,
                (double)s->scale, (double)s->size, check_data_name(s->data));
    size_t shift = check_below(c, 2) * check_below(c, 16), n_blocks = (s->n_keys + FEAT_BLOCK - 1) / FEAT_BLOCK;
    size_t plane = s->n * FEAT_BLOCK + s->extra, n = span(plane, n_blocks, s->n);
    float *got = check_floats(c, n, shift), *want = check_floats(c, n, 0);
    float *got_sums = check_floats(c, s->n, shift), *want_sums = check_floats(c, s->n, 0);
    fill_planes(c, got, plane, n_blocks, s->n, s->data);
    for (size_t b = 0; b < n_blocks; b++)
        for (size_t i = 0; i < s->n * FEAT_BLOCK; i++) {
            float *at = got + b * plane + i;
            *at = b * FEAT_BLOCK + i % FEAT_BLOCK < s->n_keys ? *at * s->size : (float)(i % 3) * s->size;
        }
    memcpy(want, got, n * sizeof *want);
    c->table->tokens.softmax(got, plane, n_blocks, s->n_keys, s->n, s->scale, got_sums);
    oracle_softmax(want, plane, n_blocks, s->n_keys, s->n, s->scale, want_sums);
    check_same(c, got, want, n);
    check_same(c, got_sums, want_sums, s->n);
}

/* Every number of keys of up to three blocks, those of the networks, and scores whose weights vanish. */
static void softmax(check *c)
{
    static const size_t keys[] = {50, 197, 257, 261, 577};
    static const float sizes[] = {0.0f, 1e-6f, 3.0f, 80.0f, 1000.0f, 1e30f};
    for (size_t n_keys = 1; n_keys <= 48; n_keys++)
        run_softmax(c, &(score_case){n_keys, 1 + n_keys % 5, n_keys % 3 * 16, n_keys % 2 ? 0.125f : 1.0f, 5.0f,
                                     CHECK_UNIFORM});
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        run_softmax(c, &(score_case){keys[i], 3, 0, 0.125f, 20.0f, CHECK_UNIFORM});
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t n_keys = 9; n_keys <= 32; n_keys += 23)
            run_softmax(c, &(score_case){n_keys, 2, 16, 1.0f, sizes[i], CHECK_UNIFORM});
    for (int data = 0; data < CHECK_SPECIAL; data++)
        run_softmax(c, &(score_case){21, 4, 0, 0.125f, 1.0f, (check_data)data});
}

static void run_divide(check *c, size_t n, size_t n_blocks, size_t extra, check_data data)
{
    check_begin(c, "%zu tokens, %zu blocks, gap %zu, %s data", n, n_blocks, extra, check_data_name(data));
    size_t shift = check_below(c, 2) * check_below(c, 16);
    size_t plane = n * FEAT_BLOCK + extra, ny = span(plane, n_blocks, n);
    float *got = check_floats(c, ny, shift), *want = check_floats(c, ny, 0), *sums = check_floats(c, n, shift);
    fill_planes(c, got, plane, n_blocks, n, data);
    check_fill(c, sums, n, data);
    memcpy(want, got, ny * sizeof *want);
    check_freeze(c, sums);
    c->table->tokens.divide(got, plane, n_blocks, sums, n);
    oracle_divide(want, plane, n_blocks, sums, n);
    check_same(c, got, want, ny);
}

static void divide(check *c)
{
    for (int data = 0; data < CHECK_N_DATA; data++)
        for (size_t n = 1; n <= 5; n++)
            for (size_t n_blocks = 1; n_blocks <= 4; n_blocks += 3)
                run_divide(c, n, n_blocks, n % 3 * 16, (check_data)data);
}

/* --- activations and sums --------------------------------------------------------------------------- */

static void run_activation(check *c, int quick, float *got, size_t n)
{
    float *want = check_floats(c, n * FEAT_BLOCK, 0);
    memcpy(want, got, n * FEAT_BLOCK * sizeof *want);
    (quick ? c->table->tokens.quick_gelu : c->table->tokens.gelu)(got, n);
    (quick ? oracle_quick_gelu : oracle_gelu)(want, n);
    check_same(c, got, want, n * FEAT_BLOCK);
}

/* Around zero, where both bend, where the exponential is held back (51 for the quick one), and beyond. */
static void activation(check *c, int quick)
{
    static const float special[FEAT_BLOCK] = {0.0f,     -0.0f,    1e-45f, -1e-45f, 1e-38f,   -1e-38f,  1e-8f,   -1e-8f,
                                              100.0f,   -100.0f,  5.42f,  -5.42f,  51.1163f, -51.117f, 3e38f,   -3e38f};
    static const float ends[] = {0.01f, 1.0f, 8.0f, 60.0f, 200.0f};
    enum { TOKENS = 200 };
    check_begin(c, "zeros, tiny and large");
    float *x = check_floats(c, FEAT_BLOCK, 0);
    memcpy(x, special, sizeof special);
    run_activation(c, quick, x, 1);
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
        check_begin(c, "%d values from %g to %g", TOKENS * FEAT_BLOCK, -(double)ends[e], (double)ends[e]);
        x = check_floats(c, (size_t)TOKENS * FEAT_BLOCK, check_below(c, 16));
        for (size_t i = 0; i < (size_t)TOKENS * FEAT_BLOCK; i++)
            x[i] = ends[e] * ((float)i * (2.0f / (TOKENS * FEAT_BLOCK)) - 1.0f);
        run_activation(c, quick, x, TOKENS);
    }
    for (int data = 0; data < CHECK_N_DATA; data++)
        for (size_t n = 1; n <= 5; n++) {
            check_begin(c, "%zu tokens, %s data", n, check_data_name((check_data)data));
            x = check_floats(c, n * FEAT_BLOCK, check_below(c, 2) * check_below(c, 16));
            check_fill(c, x, n * FEAT_BLOCK, (check_data)data);
            run_activation(c, quick, x, n);
        }
}

static void gelu(check *c)
{
    activation(c, 0);
}

static void quick_gelu(check *c)
{
    activation(c, 1);
}

static void run_sum(check *c, size_t n, int scaled, check_data data)
{
    check_begin(c, "%zu tokens, scale %d, %s data", n, scaled, check_data_name(data));
    size_t shift = check_below(c, 2) * check_below(c, 16), floats = n * FEAT_BLOCK;
    float *got = check_floats(c, floats, shift), *want = check_floats(c, floats, 0);
    float *add = check_floats(c, floats, shift), *scale = check_floats(c, FEAT_BLOCK, shift);
    check_fill(c, got, floats, data);
    check_fill(c, add, floats, data);
    check_fill(c, scale, FEAT_BLOCK, data);
    memcpy(want, got, floats * sizeof *want);
    check_freeze(c, add);
    check_freeze(c, scale);
    c->table->tokens.sum(got, add, scaled ? scale : NULL, n);
    oracle_sum(want, add, scaled ? scale : NULL, n);
    check_same(c, got, want, floats);
}

static void sum(check *c)
{
    for (int data = 0; data < CHECK_N_DATA; data++)
        for (size_t n = 1; n <= 6; n++)
            for (int scaled = 0; scaled < 2; scaled++)
                run_sum(c, n, scaled, (check_data)data);
}

/* --- halves ----------------------------------------------------------------------------------------- */

/* Halves from `first` on, every one but infinity and NaN, in memory that ends where it may not be read. */
static void run_widen(check *c, size_t first, size_t n)
{
    check_begin(c, "%zu halves from %04zx", n, first);
    uint16_t *halves = (uint16_t *)(void *)check_floats(c, n / 2, check_below(c, 2) * check_below(c, 16));
    float *got = check_floats(c, n, 0), *want = check_floats(c, n, 0);
    for (size_t i = 0, h = first; i < n; h = (h + 1) & 0xffff)
        if ((h >> 10 & 31) != 31)
            halves[i++] = (uint16_t)h;
    c->table->tokens.widen(got, halves, n);
    oracle_widen(want, halves, n);
    check_same(c, got, want, n);
}

static void widen(check *c)
{
    run_widen(c, 0, 65536 - 2048);
    for (size_t n = 16; n <= 96; n += 16)
        run_widen(c, 1000 * n, n);
}

/* --- exactness -------------------------------------------------------------------------------------- */

static void against(check *c, const char *name, float (*fn)(float), double (*exact)(double), double limit, double from,
                    double to)
{
    enum { POINTS = 100000 };
    double worst = 0.0, at = 0.0;
    check_begin(c, "%s from %g to %g", name, from, to);
    for (int i = 0; i <= POINTS; i++) {
        float x = (float)(from + (to - from) * i / POINTS);
        double want = exact((double)x), error = fabs((double)fn(x) - want) / fabs(want);
        if (want != 0.0 && error > worst) {
            worst = error;
            at = (double)x;
        }
    }
    if (!(worst <= limit))
        check_fail(c, "relative error %.2e at %.9g, %.0e allowed", worst, at, limit);
}

/* The oracle's, whose bits are those of every table. */
static void exactness(check *c)
{
    against(c, "exp", oracle_exp, exp, 2e-7, -87.0, 87.0);
    against(c, "exp", oracle_exp, exp, 2e-7, -1.0, 1.0);
    against(c, "exp", oracle_exp, exp, 2e-7, -1e-3, 1e-3);
    against(c, "erf", oracle_erf, erf, 5e-7, -6.0, 6.0);
    against(c, "erf", oracle_erf, erf, 5e-7, 3.5, 3.9);
    against(c, "erf", oracle_erf, erf, 5e-7, -0.01, 0.01);
    against(c, "erf", oracle_erf, erf, 5e-7, 1e-30, 1e-28);
}

int main(int argc, char **argv)
{
    static const check_kernel kernels[] = {
        {"tokens.norm", layer_norm, NULL}, {"tokens.softmax", softmax, NULL},       {"tokens.divide", divide, NULL},
        {"tokens.gelu", gelu, NULL},       {"tokens.quick_gelu", quick_gelu, NULL}, {"tokens.sum", sum, NULL},
        {"tokens.widen", widen, NULL},     {"tokens.exact", exactness, "scalar"},
    };
    return check_main(argc, argv, kernels, sizeof kernels / sizeof kernels[0]);
}
