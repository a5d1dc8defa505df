/* z of rows by products in floats, sums and forms of them: against the same in double, and of every table. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/frechet/whitening.h"
#include "tests/metrics/metrics_fixture.h"

/* More columns than a piece of a product has, whole panels of no table, and blocks of rows that are not whole. */
enum { COLUMNS = 300, K = 61, N = 50 };

typedef struct made {
    float *rows;
    double *w, *mu, s[K];
    gmet_pair_kernel pair;
    gmet_whitening white;
    gmet_work work;
} made;

/* Rows of the size of `size`, which whitening takes away: direction j has the share s_j of the largest. */
static void make(made *m, double size, const gmet_context *context)
{
    splitmix rng = {5};
    m->rows = feat_alloc_array(N * COLUMNS, sizeof *m->rows);
    assert_non_null(m->rows);
    m->w = fixture_doubles(K * COLUMNS);
    m->mu = fixture_doubles(COLUMNS);
    /* Down to about 2^-20 of the largest; by products, as compilers differ in pow. */
    m->s[K - 1] = size * size;
    for (size_t j = K - 1; j > 0; j--)
        m->s[j - 1] = 0.79 * m->s[j];
    for (size_t i = 0; i < COLUMNS; i++)
        m->mu[i] = size * splitmix_unit(&rng);
    for (size_t i = 0; i < N * COLUMNS; i++)
        m->rows[i] = (float)(m->mu[i % COLUMNS] + size * (splitmix_unit(&rng) - 0.5));
    for (size_t i = 0; i < K * COLUMNS; i++)
        m->w[i] = (splitmix_unit(&rng) - 0.5) / sqrt(m->s[i / COLUMNS]);
    assert_int_equal(gmet_work_create(&m->work, context, 1, 1, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_pair_kernel_make(&m->pair, m->s, K, &m->work, NULL), FEAT_OK);
    assert_int_equal(gmet_whitening_create(&m->white, m->s, K, COLUMNS, &m->pair, &m->work, NULL), FEAT_OK);
    assert_int_equal(gmet_whitening_by(&m->white, m->w, NULL), FEAT_OK);
}

static void release(made *m)
{
    gmet_whitening_release(&m->white);
    gmet_pair_kernel_release(&m->pair);
    gmet_work_release(&m->work);
    feat_free(m->rows);
    feat_free(m->w);
    feat_free(m->mu);
}

static const float *const *pointers(const made *m, size_t n)
{
    static const float *rows[N];
    for (size_t i = 0; i < n; i++)
        rows[i] = m->rows + i * COLUMNS;
    return rows;
}

static void exact_row(double z[K], const made *m, size_t i)
{
    for (size_t j = 0; j < K; j++) {
        z[j] = 0.0;
        for (size_t c = 0; c < COLUMNS; c++)
            z[j] += m->w[j * COLUMNS + c] * ((double)m->rows[i * COLUMNS + c] - m->mu[c]);
    }
}

static double exact_form(const made *m, const double u[K])
{
    double sum = 0.0;
    for (size_t j = 0; j < K; j++)
        for (size_t k = 0; k < K; k++)
            sum += u[j] * u[k] * m->s[j] * m->s[k] / (m->s[j] + m->s[k]);
    return sum;
}

static void check(double size, size_t n)
{
    made m = {.rows = NULL};
    double form[N];
    make(&m, size, NULL);
    float *z = gmet_whiten(&m.white, pointers(&m, n), n, m.mu, 0);
    for (size_t i = 0; i < n; i++) {
        double exact[K], white = 0.0, largest = 0.0;
        exact_row(exact, &m, i);
        for (size_t j = 0; j < K; j++) {
            white += m.s[j] * exact[j] * exact[j];
            largest = fmax(largest, fabs(exact[j]));
        }
        for (size_t j = 0; j < K; j++) /* sizes of the terms of z are those of its largest */
            assert_true(fabs((double)z[i * m.white.stride + j] - exact[j]) <
                        1e-5 * sqrt(m.s[K - 1] / m.s[j]) * largest);
        double got = gmet_white_product(&m.white, z + i * m.white.stride, z + i * m.white.stride, 0);
        assert_true(fabs(got - white) < 1e-6 * white);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < K; j++)
            z[i * m.white.stride + j] *= z[i * m.white.stride + j];
    gmet_white_forms(form, &m.white, n, 0);
    for (size_t i = 0; i < n; i++) {
        double u[K];
        exact_row(u, &m, i);
        for (size_t j = 0; j < K; j++)
            u[j] *= u[j];
        double want = exact_form(&m, u);
        assert_true(fabs(form[i] - want) < 3e-6 * want); /* z holds to 3e-7, and is in it four times */
    }
    release(&m);
}

static void sums_are_those_in_double(void **state)
{
    (void)state;
    check(1.0, N);
    check(1.0, 1);
    check(1e-30, 3);
    check(1e+30, 49);
}

static uint64_t hash_of(const gmet_context *context)
{
    made m = {.rows = NULL};
    double numbers[2 * N];
    make(&m, 1.0, context);
    float *z = gmet_whiten(&m.white, pointers(&m, N), N, m.mu, 0);
    for (size_t i = 0; i < N; i++)
        numbers[i] = gmet_white_product(&m.white, z + i * m.white.stride, z, 0);
    gmet_white_forms(numbers + N, &m.white, N, 0);
    uint64_t hash = fixture_hash(FIXTURE_HASH_START, numbers, sizeof numbers);
    release(&m);
    return hash;
}

static void same_bits_everywhere(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xa575bcf8f6645f1cu);
}

static void no_values_have_no_sum(void **state)
{
    (void)state;
    gmet_pair_kernel pair;
    gmet_whitening white;
    gmet_work work;
    const float row[2] = {1.0f, 2.0f}, *rows[1] = {row};
    const double mu[2] = {0.0, 0.0};
    double form = 1.0;
    assert_int_equal(gmet_work_create(&work, NULL, 1, 1, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_pair_kernel_make(&pair, NULL, 0, &work, NULL), FEAT_OK);
    assert_int_equal(gmet_whitening_create(&white, NULL, 0, 2, &pair, &work, NULL), FEAT_OK);
    assert_int_equal(gmet_whitening_by(&white, NULL, NULL), FEAT_OK);
    float *z = gmet_whiten(&white, rows, 1, mu, 0);
    assert_true(gmet_white_product(&white, z, z, 0) == 0.0);
    gmet_white_forms(&form, &white, 1, 0);
    assert_true(form == 0.0);
    gmet_whitening_release(&white);
    gmet_pair_kernel_release(&pair);
    gmet_work_release(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_in_double),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(no_values_have_no_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
