/* Quadratic forms with s_j s_k / (s_j + s_k) by the sum of products, against the matrix written out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/frechet/pair_kernel.h"
#include "tests/metrics/metrics_fixture.h"

enum { K = 61, ROWS = 7 };

static double pair(const double *s, size_t j, size_t k)
{
    return s[j] * s[k] / (s[j] + s[k]);
}

static double exact_form(const double *s, const double *u, const double *v)
{
    double sum = 0.0;
    for (size_t j = 0; j < K; j++)
        for (size_t k = 0; k < K; k++)
            sum += u[j] * pair(s, j, k) * v[k];
    return sum;
}

/* [n][GMET_PAIR_TERMS]: the factors times each of n rows u [n][K]. */
static void apply(double *to, const gmet_pair_kernel *p, const double *u, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < GMET_PAIR_TERMS; q++) {
            double sum = 0.0;
            for (size_t j = 0; j < K; j++)
                sum += p->factor[q * K + j] * u[i * K + j];
            to[i * GMET_PAIR_TERMS + q] = sum;
        }
}

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("%.17g, expected %.17g", got, want);
}

/* Values from `ratio` of the largest up to it, of the size of `largest`. */
static void check(double largest, double ratio, double relative)
{
    double s[K], *u = fixture_doubles(ROWS * K), *to = fixture_doubles(ROWS * GMET_PAIR_TERMS);
    gmet_pair_kernel p;
    gmet_work work;
    splitmix rng = {1};
    for (size_t j = 0; j < K; j++)
        s[j] = largest * pow(ratio, (double)(K - 1 - j) / (K - 1));
    for (size_t i = 0; i < ROWS * K; i++)
        u[i] = splitmix_unit(&rng); /* none below 0, so that nothing cancels */
    assert_int_equal(gmet_work_create(&work, NULL, ROWS, GMET_PAIR_TERMS, K, NULL), FEAT_OK);
    assert_int_equal(gmet_pair_kernel_make(&p, s, K, &work, NULL), FEAT_OK);
    apply(to, &p, u, ROWS);
    for (size_t a = 0; a < ROWS; a++)
        for (size_t b = a; b < ROWS; b++) {
            double got = 0.0;
            for (size_t q = 0; q < GMET_PAIR_TERMS; q++)
                got += to[a * GMET_PAIR_TERMS + q] * to[b * GMET_PAIR_TERMS + q];
            assert_near(got, exact_form(s, u + a * K, u + b * K), relative);
        }
    double trace = 0.0, total = 0.0, square = 0.0, diagonal = 0.0;
    for (size_t j = 0; j < K; j++)
        for (size_t k = 0; k < K; k++) {
            double x = pair(s, j, k);
            total += x;
            square += x * x;
            trace += j == k ? x : 0.0;
            diagonal += j == k ? x * x : 0.0;
        }
    assert_near(p.trace, trace, 1e-14);
    assert_near(p.total, total, 1e-13);
    assert_near(p.square, square, 1e-13);
    assert_near(p.diagonal_square, diagonal, 1e-14);
    gmet_pair_kernel_release(&p);
    gmet_work_release(&work);
    feat_free(u);
    feat_free(to);
}

static void forms_are_those_of_the_matrix(void **state)
{
    (void)state;
    check(1.0, 1.0, 4e-9);
    check(1.0, 1e-3, 4e-9);
    check(1.0, 0x1p-24, 4e-9);
    check(1e-12, 0x1p-24, 4e-9);
    check(3e+9, 1e-5, 4e-9);
}

/* Each value alone: the smallest have the largest x. */
static void small_values_are_as_exact(void **state)
{
    (void)state;
    double s[K], to[2 * GMET_PAIR_TERMS], *u = fixture_doubles(2 * K);
    gmet_pair_kernel p;
    gmet_work work;
    for (size_t j = 0; j < K; j++)
        s[j] = pow(0x1p-24, (double)(K - 1 - j) / (K - 1));
    assert_int_equal(gmet_work_create(&work, NULL, 2, GMET_PAIR_TERMS, K, NULL), FEAT_OK);
    assert_int_equal(gmet_pair_kernel_make(&p, s, K, &work, NULL), FEAT_OK);
    for (size_t j = 0; j < K; j++)
        for (size_t k = 0; k < K; k++) {
            for (size_t i = 0; i < 2 * K; i++)
                u[i] = i == j || i == K + k ? 1.0 : 0.0;
            apply(to, &p, u, 2);
            double got = 0.0;
            for (size_t q = 0; q < GMET_PAIR_TERMS; q++)
                got += to[q] * to[GMET_PAIR_TERMS + q];
            assert_near(got, pair(s, j, k), 4e-9);
        }
    gmet_pair_kernel_release(&p);
    gmet_work_release(&work);
    feat_free(u);
}

static void no_values_are_no_form(void **state)
{
    (void)state;
    gmet_pair_kernel p;
    gmet_work work;
    assert_int_equal(gmet_work_create(&work, NULL, 1, GMET_PAIR_TERMS, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_pair_kernel_make(&p, NULL, 0, &work, NULL), FEAT_OK);
    assert_true(p.total == 0.0 && p.square == 0.0);
    gmet_pair_kernel_release(&p);
    gmet_work_release(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_those_of_the_matrix),
        cmocka_unit_test(small_values_are_as_exact),
        cmocka_unit_test(no_values_are_no_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
