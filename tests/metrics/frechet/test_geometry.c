/* Trace and effective ranks of a covariance: known cases, eigenvalues by Jacobi rotations in long double, and the same
 * numbers from every way that a Frechet distance is asked for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "tests/metrics/metrics_fixture.h"

enum { D = 40, N = 300 };

static feat_error err;

static double *moments_of(const float *x, size_t n, double *mu)
{
    double *sigma = fixture_doubles(D * D);
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, n, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
    gmet_moments_close(&m);
    return sigma;
}

/* Cyclic Jacobi rotations until nothing is left beside the diagonal, on which the eigenvalues are then. */
static void jacobi(long double a[D][D])
{
    for (int sweep = 0; sweep < 30; sweep++)
        for (size_t p = 0; p < D; p++)
            for (size_t q = p + 1; q < D; q++) {
                if (a[p][q] == 0.0L)
                    continue;
                long double theta = (a[q][q] - a[p][p]) / (2.0L * a[p][q]);
                long double t = (theta < 0 ? -1.0L : 1.0L) / (fabsl(theta) + sqrtl(theta * theta + 1.0L));
                long double c = 1.0L / sqrtl(t * t + 1.0L), s = t * c;
                for (size_t k = 0; k < D; k++) {
                    long double x = a[k][p], y = a[k][q];
                    a[k][p] = c * x - s * y;
                    a[k][q] = s * x + c * y;
                }
                for (size_t k = 0; k < D; k++) {
                    long double x = a[p][k], y = a[q][k];
                    a[p][k] = c * x - s * y;
                    a[q][k] = s * x + c * y;
                }
            }
}

static long double rank_of(const long double *s, size_t n)
{
    long double total = 0.0L, entropy = 0.0L;
    for (size_t i = 0; i < n; i++)
        total += s[i];
    for (size_t i = 0; i < n; i++)
        entropy -= s[i] > 0.0L ? s[i] / total * logl(s[i] / total) : 0.0L;
    return expl(entropy);
}

/* The directions that fewer rows than columns leave out are rounding, whose roots would count. */
static gmet_geometry directly(const double *sigma, size_t rank)
{
    static long double a[D][D];
    long double s[D], root[D], trace = 0.0L;
    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < D; j++)
            a[i][j] = (long double)sigma[i * D + j];
    jacobi(a);
    for (size_t i = 0; i < D; i++)
        s[i] = a[i][i] > 0.0L ? a[i][i] : 0.0L;
    for (size_t i = 0; i < D; i++) /* descending */
        for (size_t j = i + 1; j < D; j++)
            if (s[j] > s[i]) {
                long double t = s[i];
                s[i] = s[j];
                s[j] = t;
            }
    for (size_t i = 0; i < rank; i++) {
        root[i] = sqrtl(s[i]);
        trace += s[i];
    }
    return (gmet_geometry){.trace = (double)trace,
                           .effective_rank = (double)rank_of(root, rank),
                           .covariance_effective_rank = (double)rank_of(s, rank),
                           .rank = rank};
}

static void assert_close(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * expected))
        fail_msg("%.17g expected, %.17g found", expected, found);
}

static void assert_like(const gmet_geometry *found, const gmet_geometry *expected)
{
    assert_int_equal(found->rank, expected->rank);
    assert_close(found->trace, expected->trace);
    assert_close(found->effective_rank, expected->effective_rank);
    assert_close(found->covariance_effective_rank, expected->covariance_effective_rank);
}

static void assert_same(const gmet_geometry *a, const gmet_geometry *b)
{
    assert_true(a->trace == b->trace && a->effective_rank == b->effective_rank && a->known && b->known);
    assert_true(a->covariance_effective_rank == b->covariance_effective_rank && a->rank == b->rank);
}

/* All directions alike: as many as there are. One: 1. None: 0. */
static void test_known(void **state)
{
    (void)state;
    gmet_geometry g;
    double *sigma = fixture_doubles(D * D);
    memset(sigma, 0, D * D * sizeof *sigma);
    assert_int_equal(gmet_geometry_of(&g, sigma, D, NULL, &err), FEAT_OK);
    assert_true(g.rank == 0 && g.trace == 0.0 && g.effective_rank == 0.0 && g.covariance_effective_rank == 0.0);
    sigma[3 * D + 3] = 7.0;
    assert_int_equal(gmet_geometry_of(&g, sigma, D, NULL, &err), FEAT_OK);
    assert_true(g.rank == 1 && g.trace == 7.0 && g.effective_rank == 1.0 && g.covariance_effective_rank == 1.0);
    for (size_t i = 0; i < D; i++)
        sigma[i * D + i] = 0.25;
    assert_int_equal(gmet_geometry_of(&g, sigma, D, NULL, &err), FEAT_OK);
    assert_like(&g, &(gmet_geometry){.trace = 10.0, .effective_rank = D, .covariance_effective_rank = D, .rank = D});
    for (size_t i = 0; i < D; i++)
        sigma[i * D + i] = 1e-290; /* of which squares are 0 */
    assert_int_equal(gmet_geometry_of(&g, sigma, D, NULL, &err), FEAT_OK);
    assert_like(&g,
                &(gmet_geometry){.trace = 40e-290, .effective_rank = D, .covariance_effective_rank = D, .rank = D});
    feat_free(sigma);
    /* 16 and 1, roots 4 and 1: two different numbers. */
    const double two[4] = {16, 0, 0, 1};
    assert_int_equal(gmet_geometry_of(&g, two, 2, NULL, &err), FEAT_OK);
    assert_close(g.effective_rank, exp(-0.8 * log(0.8) - 0.2 * log(0.2)));
    assert_close(g.covariance_effective_rank, exp(-16.0 / 17 * log(16.0 / 17) - 1.0 / 17 * log(1.0 / 17)));
}

static void test_against_jacobi(void **state)
{
    (void)state;
    static const size_t rows[] = {N, D + 1, D, 12, 3}; /* the last three: fewer directions than columns */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float *x = fixture_features(rows[i], D, 5 + i, 0.0);
        double *sigma = moments_of(x, rows[i], NULL);
        gmet_geometry g, expected = directly(sigma, rows[i] > D ? D : rows[i] - 1);
        assert_int_equal(gmet_geometry_of(&g, sigma, D, NULL, &err), FEAT_OK);
        assert_like(&g, &expected);
        assert_true(g.covariance_effective_rank < g.effective_rank && g.effective_rank < (double)g.rank);
        feat_free(sigma);
        feat_free(x);
    }
}

/* With a distance, with its error, from rows or moments, of either side, of equal sets: the same bits; and the distance
 * is what it is without. */
static void test_on_the_way(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 1, 0.0), *y = fixture_features(90, D, 2, 1.0);
    double mu_x[D], mu_y[D], *sigma_x = moments_of(x, N, mu_x), *sigma_y = moments_of(y, 90, mu_y);
    gmet_geometry of_x, of_y, a, b;
    gmet_fid_result plain, r;
    gmet_fid_uncertainty_result bare, u;
    assert_int_equal(gmet_geometry_of(&of_x, sigma_x, D, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_geometry_of(&of_y, sigma_y, D, NULL, &err), FEAT_OK);
    gmet_fid_side p = {.mu = mu_x, .sigma = sigma_x}, q = {.mu = mu_y, .sigma = sigma_y};
    assert_int_equal(gmet_fid_of_sides(&plain, &p, &q, D, NULL, &err), FEAT_OK);
    p.geometry = &a;
    q.geometry = &b;
    assert_int_equal(gmet_fid_of_sides(&r, &p, &q, D, NULL, &err), FEAT_OK);
    assert_memory_equal(&r, &plain, sizeof r);
    assert_same(&a, &of_x);
    assert_same(&b, &of_y);
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    gmet_fid_side same = p;
    same.geometry = &b;
    assert_int_equal(gmet_fid_of_sides(&r, &p, &same, D, NULL, &err), FEAT_OK);
    assert_true(r.value == 0.0);
    assert_same(&a, &of_x);
    assert_same(&b, &of_x);
    memset(&a, 0, sizeof a);
    gmet_fid_side rows = {.rows = x, .n = N}, other = {.rows = y, .n = 90};
    assert_int_equal(gmet_fid_uncertainty(&bare, NULL, NULL, &rows, &other, D, NULL, &err), FEAT_OK);
    rows.geometry = &a;
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &rows, &other, D, NULL, &err), FEAT_OK);
    assert_true(u.raw.value == bare.raw.value && u.standard_error == bare.standard_error);
    assert_close(a.effective_rank, of_x.effective_rank); /* of the same rows, summed in another order */
    assert_close(a.trace, of_x.trace);
    feat_free(x);
    feat_free(y);
    feat_free(sigma_x);
    feat_free(sigma_y);
}

static void test_refused(void **state)
{
    (void)state;
    gmet_geometry g;
    const double nan[4] = {1, (double)NAN, (double)NAN, 1}, indefinite[4] = {1, 2, 2, 1};
    assert_int_equal(gmet_geometry_of(&g, nan, 0, NULL, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "order at least 1"));
    assert_int_equal(gmet_geometry_of(&g, nan, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_geometry_of(&g, indefinite, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "covariance"));
    /* Equal ones are at distance 0, whatever they are. */
    const double mu[2] = {0, 0};
    gmet_fid_side side = {.mu = mu, .sigma = indefinite}, asks = {.mu = mu, .sigma = indefinite, .geometry = &g};
    gmet_fid_result r;
    assert_int_equal(gmet_fid_of_sides(&r, &asks, &side, 2, NULL, &err), FEAT_OK);
    assert_true(r.value == 0.0 && !g.known);
}

static uint64_t hash_of(const gmet_context *context)
{
    uint64_t h = FIXTURE_HASH_START;
    for (size_t n = 20; n <= N; n += 140) {
        float *x = fixture_features(n, D, 1, 0.0);
        double *sigma = moments_of(x, n, NULL);
        gmet_geometry g;
        assert_int_equal(gmet_geometry_of(&g, sigma, D, context, NULL), FEAT_OK);
        h = fixture_hash(h, (double[]){g.trace, g.effective_rank, g.covariance_effective_rank}, 3 * sizeof(double));
        feat_free(x);
        feat_free(sigma);
    }
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x4932a19a6c6e510eu);
}

static feat_status allocate(void *ctx, feat_error *e)
{
    gmet_geometry g;
    return gmet_geometry_of(&g, ctx, 3, NULL, e);
}

static void test_no_memory(void **state)
{
    (void)state;
    double sigma[9] = {3, 1, 0, 1, 2, 0, 0, 0, 1};
    fixture_survives_no_memory(allocate, sigma);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),   cmocka_unit_test(test_against_jacobi), cmocka_unit_test(test_on_the_way),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_same_bits),      cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
