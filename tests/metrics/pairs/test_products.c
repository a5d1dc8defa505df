/* Products in floats and in bfloat16, on every kernel there is: rounded as promised, exact where floats are, and bounds
 * that hold where every number is rounded as badly as can be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/pairs/products.h"
#include "tests/engine/kernels/bf16_tables.h"
#include "tests/metrics/metrics_fixture.h"

static float widened(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint16_t narrowed(float x) /* of a float that is a bfloat16 */
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    assert_int_equal(bits & 0xffff, 0);
    return (uint16_t)(bits >> 16);
}

/* x to 8 significant bits, ties to even, by scaling into integers. */
static double nearest(double x)
{
    int exponent;
    if (fabs(x) < 0x1p-55)
        return 0.0;
    double fraction = frexp(x, &exponent) * 256.0, whole = floor(fraction), rest = fraction - whole;
    if (rest > 0.5 || (rest == 0.5 && fmod(whole, 2.0) != 0.0))
        whole += 1.0;
    return ldexp(whole, exponent - 8);
}

static void numbers_are_rounded_to_nearest(void **state)
{
    (void)state;
    static const float edges[] = {0.0f,      -0.0f,      1.00390625f, 1.01171875f, -1.00390625f, 0x1.fep0f,
                                  0x1.ffp0f, 0x1p-54f,   0x1p-56f,    0x1p-140f,   -0x1p-149f,   0x1.fffffep100f,
                                  3.0e38f,   0x1.008p-3f};
    enum { N_EDGES = sizeof edges / sizeof edges[0], N = 1000 };
    feat_dmat_kernels tables[BF16_TABLES_MAX];
    size_t n_tables = bf16_tables(tables), n_checked = 0;
    static float x[N], centre[N];
    static uint16_t h[N + 1];
    splitmix rng = {5};
    for (size_t k = 0; k < N; k++) {
        x[k] = k < N_EDGES ? edges[k] : (float)(splitmix_unit(&rng) * 8.0 - 4.0);
        centre[k] = k < N_EDGES ? 0.0f : (float)splitmix_unit(&rng);
    }
    for (size_t t = 0; t < n_tables; t++) {
        if (tables[t].bf16 == NULL)
            continue;
        for (size_t n = 0; n <= N; n = n < 70 ? n + 1 : n + 310) {
            h[n] = 12345;
            tables[t].bf16->round(h, x, centre, n);
            assert_int_equal(h[n], 12345);
            for (size_t k = 0; k < n; k++)
                assert_true((double)widened(h[k]) == nearest((double)(x[k] - centre[k])));
        }
        n_checked++;
    }
    print_message("%zu kernels\n", n_checked);
}

/* Small whole numbers, whose sums are exact in any order. */
static void sums_of_whole_numbers_are_exact(void **state)
{
    (void)state;
    enum { MAX_K = 256, STRIDE = 61, A_STRIDE = MAX_K + 8, SIDE = FEAT_BF16_MAX_NR };
    static float c[SIDE * STRIDE], want[SIDE * STRIDE], a[SIDE][MAX_K], b[MAX_K][SIDE];
    static uint16_t a_pack[SIDE * A_STRIDE], b_pack[MAX_K * SIDE];
    feat_dmat_kernels tables[BF16_TABLES_MAX];
    size_t n_tables = bf16_tables(tables);
    splitmix rng = {6};
    for (size_t t = 0; t < n_tables; t++) {
        const feat_bf16_kernels *kern = tables[t].bf16;
        if (kern == NULL)
            continue;
        assert_true(GMET_PRODUCT_ROWS % kern->mr == 0 && GMET_PRODUCT_COLUMNS % kern->mr == 0);
        assert_true(GMET_PRODUCT_ROWS % kern->nr == 0 && GMET_PRODUCT_COLUMNS % kern->nr == 0);
        assert_true(kern->mr <= SIDE && kern->nr <= SIDE);
        for (size_t k = 0; k <= MAX_K; k += FEAT_BF16_STEP) {
            for (size_t p = 0; p < k; p++)
                for (size_t i = 0; i < SIDE; i++) {
                    a[i][p] = floorf((float)splitmix_unit(&rng) * 255.0f) - 127.0f;
                    b[p][i] = floorf((float)splitmix_unit(&rng) * 255.0f) - 127.0f;
                    a_pack[i * A_STRIDE + p] = narrowed(a[i][p]);
                    if (i < kern->nr)
                        b_pack[(p / 2 * kern->nr + i) * 2 + p % 2] = narrowed(b[p][i]);
                }
            for (size_t i = 0; i < SIDE * STRIDE; i++)
                c[i] = want[i] = (float)i;
            for (size_t i = 0; i < kern->mr; i++)
                for (size_t j = 0; j < kern->nr; j++)
                    for (size_t p = 0; p < k; p++)
                        want[i * STRIDE + j] += a[i][p] * b[p][j];
            kern->begin();
            kern->mul_tile(c, STRIDE, a_pack, A_STRIDE, b_pack, k);
            kern->end();
            assert_memory_equal(c, want, sizeof c);
        }
    }
}

typedef enum numbers { ORDINARY, ALIKE, HALFWAY, FAR_OFF, TINY, N_NUMBERS } numbers;

static void fill(float *x, size_t n, size_t d, numbers kind, splitmix *rng)
{
    for (size_t i = 0; i < n * d; i++) {
        double u = splitmix_unit(rng);
        x[i] = kind == ALIKE     ? 1.0f + (float)u * 0x1p-18f
               : kind == HALFWAY ? (1.0f + 0x1p-8f) * (i / d % 2 != 0 ? -1.0f : 1.0f) /* all are rounded alike */
               : kind == FAR_OFF ? (float)(u + 1e5)
               : kind == TINY    ? (float)(u * 0x1p-54)
                                 : (float)(u - 0.5);
    }
}

/* Each squared distance, computed in double, lies between its bounds, and these are as close as promised. */
static void bounds_hold(void **state)
{
    (void)state;
    enum { N_ROWS = 21, N_COLUMNS = 53, MAX_D = 600 };
    static const size_t widths[] = {1, 2, 31, 33, 256, 257, MAX_D};
    static float x[N_ROWS * MAX_D], y[N_COLUMNS * MAX_D];
    static double low[2][N_COLUMNS], high[2][N_COLUMNS];
    const float *rows[N_ROWS];
    feat_dmat_kernels tables[BF16_TABLES_MAX];
    size_t n_tables = bf16_tables(tables);
    for (size_t t = 0; t < n_tables; t++) {
        for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
            for (numbers kind = ORDINARY; kind < N_NUMBERS; kind++) {
                size_t d = widths[w];
                splitmix rng = {7 + (uint64_t)kind};
                gmet_products *p = NULL;
                fill(x, N_ROWS, d, kind, &rng);
                fill(y, N_COLUMNS, d, kind, &rng);
                assert_int_equal(gmet_products_create(&p, d, &tables[t], 1, NULL), FEAT_OK);
                assert_int_equal(gmet_products_coarse(p), tables[t].bf16 != NULL);
                for (size_t k = 0; k < d; k++)
                    gmet_products_centre(p)[k] = kind == HALFWAY ? 0.0f : y[k];
                gmet_products_sides(p, low[0], high[0], x, N_ROWS);
                gmet_products_sides(p, low[1], high[1], y, N_COLUMNS);
                for (size_t panel = 0; panel * gmet_products_width(p) < N_COLUMNS; panel++)
                    gmet_products_pack(p, y, N_COLUMNS, panel);
                for (size_t r = 0; r < N_ROWS; r++)
                    rows[r] = x + r * d;
                const float *product = gmet_products_multiply(p, rows, N_ROWS, N_COLUMNS, 0);
                for (size_t i = 0; i < N_ROWS; i++)
                    for (size_t j = 0; j < N_COLUMNS; j++) {
                        double exact, twice = 2.0 * (double)product[i * GMET_PRODUCT_COLUMNS + j];
                        const float *left = x + i * d, *right = y + j * d;
                        tables[t].dist_pairs(&exact, &left, &right, 1, d);
                        double lower = low[0][i] + low[1][j] - twice, upper = high[0][i] + high[1][j] - twice;
                        if (!(lower <= exact && exact <= upper))
                            fail_msg("table %zu, %zu columns, numbers %d: %.9g not in [%.9g, %.9g]", t, d, (int)kind,
                                     exact, lower, upper);
                        double coarse = tables[t].bf16 == NULL ? 5e-5 : d < 256 ? 0.024 : 0.008;
                        if (kind == ORDINARY && upper - lower > coarse * (high[0][i] + high[1][j]))
                            fail_msg("table %zu, %zu columns: bounds are %.2g of the norms apart", t, d,
                                     (upper - lower) / (high[0][i] + high[1][j]));
                    }
                gmet_products_close(&p);
            }
        }
    }
    print_message("%zu tables\n", n_tables);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_products *p = NULL;
    (void)ctx;
    feat_status status = gmet_products_create(&p, 40, NULL, 2, err);
    gmet_products_close(&p);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    fixture_survives_no_memory(allocate, NULL);
    gmet_products_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_to_nearest),
        cmocka_unit_test(sums_of_whole_numbers_are_exact),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
