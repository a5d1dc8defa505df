/* The threaded product against one loop per output, bit by bit, over ragged shapes and every option. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/linalg/mat.h"
#include "tests/metrics/metrics_fixture.h"

static double *noise(size_t n, uint64_t seed)
{
    double *x = fixture_doubles(n);
    splitmix rng = {seed};
    for (size_t i = 0; i < n; i++)
        x[i] = splitmix_unit(&rng) - 0.5;
    return x;
}

static double element(const gmet_operand *o, size_t i, size_t k)
{
    return o->k_major ? o->data[k * o->stride + i] : o->data[i * o->stride + k];
}

static void check(const gmet_work *work, size_t m, size_t n, size_t k, unsigned options)
{
    size_t stride = n + 3, size = m > n ? m : n;
    double *c = noise(m * stride, 1), *want = noise(m * stride, 1);
    double *a = noise((size + 2) * (k + 2), 2), *b = noise((size + 2) * (k + 2), 3);
    gmet_product p = {.c = c, .c_stride = stride, .m = m, .n = n, .k = k};
    p.a = (gmet_operand){
        .data = a, .stride = (options & 1) != 0 ? m + 1 : k + 1, .k_major = (options & 1) != 0};
    p.b = (gmet_operand){
        .data = b, .stride = (options & 2) != 0 ? n + 2 : k + 2, .k_major = (options & 2) != 0};
    p.negate = (options & 4) != 0;
    p.upper = (options & 8) != 0;
    p.a_upper = (options & 16) != 0;
    p.mirror = p.upper && !p.a_upper && (options & 32) != 0 && m == n && k != 0;
    if (p.a_upper)
        for (size_t i = 0; i < m; i++)
            for (size_t q = 0; q < i && q < k; q++)
                a[p.a.k_major ? q * p.a.stride + i : i * p.a.stride + q] = 0.0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t q = 0; q < k; q++) {
                double x = element(&p.a, i, q);
                want[i * stride + j] = fma(p.negate ? -x : x, element(&p.b, j, q), want[i * stride + j]);
            }
    gmet_multiply(work, &p);
    for (size_t i = 0; i < m; i++) {
        size_t from = p.upper ? i : 0; /* left of it is scratch, or the mirror image */
        for (size_t j = 0; p.mirror && j < i; j++)
            assert_true(c[i * stride + j] == want[j * stride + i]);
        if (from < stride)
            assert_memory_equal(c + i * stride + from, want + i * stride + from, (stride - from) * sizeof *c);
    }
    feat_free(c);
    feat_free(want);
    feat_free(a);
    feat_free(b);
}

static uint64_t check_shapes(const gmet_context *context)
{
    const size_t shapes[][3] = {{1, 1, 1},     {5, 7, 3},     {24, 24, 0},  {97, 50, 20}, {30, 200, 33},
                                {200, 193, 5}, {26, 26, 515}, {60, 60, 60}, {210, 210, 9}};
    gmet_work work;
    assert_int_equal(gmet_work_create(&work, context, 210, 210, 515, NULL), FEAT_OK);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (unsigned options = 0; options < 64; options++)
            check(&work, shapes[s][0], shapes[s][1], shapes[s][2], options);
    gmet_work_release(&work);
    return 0;
}

static void test_product(void **state)
{
    (void)state;
    fixture_same_bits(check_shapes, 0);
}

static void test_mirror_and_transpose(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 63, 64, 65, 131};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        double *a = noise(n * n, 4), *upper = noise(n * n, 5), *before = noise(n * n, 5);
        assert_true(gmet_transpose_lower(upper, a, n, 0.5, NULL));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                assert_true(upper[i * n + j] == (i <= j ? 0.5 * a[j * n + i] : before[i * n + j]));
        gmet_mirror(upper, n, NULL);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                assert_true(upper[i * n + j] == 0.5 * a[i * n + j] && upper[j * n + i] == upper[i * n + j]);
        a[n * n - 1] = (double)NAN;
        assert_false(gmet_transpose_lower(upper, a, n, 1.0, NULL));
        assert_true(isnan(gmet_max_abs_lower(a, n)));
        a[n * n - 1] = -(double)INFINITY;
        assert_true(isinf(gmet_max_abs_lower(a, n)));
        feat_free(a);
        feat_free(upper);
        feat_free(before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_mirror_and_transpose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
