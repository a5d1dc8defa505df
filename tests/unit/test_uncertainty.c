/* Standard error, bias and contributions of FID: coverage of its intervals over many samples of known normal
 * distributions, against leaving rows out, and on planted outliers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/influence.h"
#include "tests/unit/metrics_fixture.h"

enum { D = 16, N = 400, TRIALS = 200 };

/* Mean and a factor of the covariance, x = mu + mix g. */
typedef struct normal {
    double mu[D], mix[D * D], sigma[D * D];
} normal;

static double deviate(splitmix *rng)
{
    double a, b, s;
    do {
        a = 2.0 * splitmix_unit(rng) - 1.0;
        b = 2.0 * splitmix_unit(rng) - 1.0;
        s = a * a + b * b;
    } while (s >= 1.0 || s == 0.0);
    return a * sqrt(-2.0 * log(s) / s);
}

static const normal *make_normal(uint64_t seed, double shift)
{
    static normal made[3];
    normal *p = &made[seed];
    splitmix rng = {seed};
    for (size_t i = 0; i < D; i++) {
        p->mu[i] = shift * splitmix_unit(&rng);
        for (size_t j = 0; j < D; j++)
            p->mix[i * D + j] = (i == j ? 0.6 : 0.0) + 0.5 * (splitmix_unit(&rng) - 0.5);
    }
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j < D; j++) {
            p->sigma[i * D + j] = 0.0;
            for (size_t k = 0; k < D; k++)
                p->sigma[i * D + j] += p->mix[i * D + k] * p->mix[j * D + k];
        }
    }
    return p;
}

static float *sample(const normal *p, size_t n, splitmix *rng)
{
    float *x = iv3_alloc_array(n * D, sizeof *x);
    assert_non_null(x);
    for (size_t r = 0; r < n; r++) {
        double g[D];
        for (size_t i = 0; i < D; i++)
            g[i] = deviate(rng);
        for (size_t i = 0; i < D; i++) {
            double sum = p->mu[i];
            for (size_t j = 0; j < D; j++)
                sum += p->mix[i * D + j] * g[j];
            x[r * D + i] = (float)sum;
        }
    }
    return x;
}

static gmet_fid_uncertainty_result uncertainty(const float *a, size_t n_a, const float *b, size_t n_b,
                                               double *contribution_a, double *contribution_b)
{
    gmet_fid_uncertainty_result u;
    gmet_fid_side real = {.rows = a, .n = n_a}, gen = {.rows = b, .n = n_b};
    assert_int_equal(gmet_fid_uncertainty(&u, contribution_a, contribution_b, &real, &gen, D, NULL, NULL),
                     IV3_OK);
    return u;
}

typedef struct trials {
    int covered, raw_covered, corrected_lower;
    double off, raw_off, spread, error; /* means over the trials, root mean square of off */
} trials;

static trials run_trials(const normal *p, const normal *q, uint64_t seed)
{
    trials t = {0};
    gmet_fid_result truth;
    assert_int_equal(gmet_fid(&truth, p->mu, p->sigma, q->mu, q->sigma, D, NULL, NULL), IV3_OK);
    splitmix rng = {seed};
    for (int i = 0; i < TRIALS; i++) {
        float *a = sample(p, N, &rng), *b = sample(q, N, &rng);
        gmet_fid_uncertainty_result u = uncertainty(a, N, b, N, NULL, NULL);
        assert_true(u.reliable && u.rank_real == D && u.rank_gen == D);
        double off = u.corrected - truth.value, raw_off = u.raw.value - truth.value;
        t.covered += fabs(off) <= 1.96 * u.standard_error;
        t.raw_covered += fabs(raw_off) <= 1.96 * u.standard_error;
        t.corrected_lower += u.corrected < u.raw.value;
        t.off += off / TRIALS;
        t.raw_off += raw_off / TRIALS;
        t.spread += off * off / TRIALS;
        t.error += u.standard_error / TRIALS;
        iv3_free(a);
        iv3_free(b);
    }
    t.spread = sqrt(t.spread);
    print_message(
        "truth %.4f: off by %.4f on average, raw %.4f; spread %.4f, standard error %.4f; covers %d, "
        "raw %d of %d\n",
        truth.value, t.off, t.raw_off, t.spread, t.error, t.covered, t.raw_covered, (int)TRIALS);
    return t;
}

static void test_coverage(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    trials t = run_trials(p, q, 3);
    assert_int_equal(t.corrected_lower, TRIALS);
    assert_true(t.covered >= 180 && t.covered <= 196);
    assert_true(fabs(t.off) < 0.2 * t.error && t.raw_off > 0.5 * t.error);
    assert_true(fabs(t.error / t.spread - 1.0) < 0.15);
}

/* Close to each other, and equal: the true influence vanishes, and what is left are second-order terms. */
static void test_coverage_near(void **state)
{
    (void)state;
    static normal near;
    const normal *p = make_normal(1, 0.0);
    near = *p;
    trials t = run_trials(p, &near, 9);
    assert_true(t.covered >= 180 && t.covered <= 196);
    assert_true(fabs(t.error / t.spread - 1.0) < 0.1);
    assert_true(fabs(t.off) < 0.5 * t.error && t.raw_off > 3.0 * t.error);
    for (size_t i = 0; i < D; i++) {
        near.mu[i] += 0.04;
        for (size_t j = 0; j < D; j++) {
            near.mix[i * D + j] *= 1.05;
            near.sigma[i * D + j] *= 1.05 * 1.05;
        }
    }
    t = run_trials(p, &near, 10);
    assert_true(t.covered >= 180 && t.covered <= 196);
    assert_true(fabs(t.error / t.spread - 1.0) < 0.1);
    assert_true(fabs(t.off) < 0.5 * t.error && t.raw_off > t.error);
}

/* Influence is what leaving a row out does. */
static void check_leaving_out(const float *a, const float *b)
{
    float *c = iv3_alloc_array(N * D, sizeof *c);
    static double ca[N], cb[N];
    double largest = 0.0;
    assert_non_null(c);
    gmet_fid_uncertainty_result all = uncertainty(a, N, b, N, ca, cb);
    for (size_t i = 0; i < N; i++)
        largest = fmax(largest, fmax(fabs(ca[i]), fabs(cb[i])));
    for (size_t side = 0; side < 2; side++) {
        const float *x = side == 0 ? a : b;
        for (size_t i = 0; i < N; i += 13) {
            memcpy(c, x, i * D * sizeof *c);
            memcpy(c + i * D, x + (i + 1) * D, (N - 1 - i) * D * sizeof *c);
            gmet_fid_uncertainty_result left =
                side == 0 ? uncertainty(c, N - 1, b, N, NULL, NULL) : uncertainty(a, N, c, N - 1, NULL, NULL);
            double moved = (all.raw.value - all.bias_real - all.bias_gen) -
                           (left.raw.value - left.bias_real - left.bias_gen);
            assert_true(fabs(moved - (side == 0 ? ca[i] : cb[i])) < 0.05 * largest);
        }
    }
    iv3_free(c);
}

static void test_leaving_out(void **state)
{
    (void)state;
    splitmix rng = {4};
    float *a = sample(make_normal(1, 0.0), N, &rng), *b = sample(make_normal(2, 0.3), N, &rng);
    check_leaving_out(a, b);
    /* Each set lacks directions that the other has: only those of both have influence through the root. */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 6; j++)
            a[i * D + D - 1 - j] = b[i * D + j] = 1.0f;
    check_leaving_out(a, b);
    iv3_free(a);
    iv3_free(b);
}

static int descending_rank(const double *x, size_t n, size_t i)
{
    int rank = 0;
    for (size_t j = 0; j < n; j++)
        rank += x[j] > x[i];
    return rank;
}

static void test_planted_rows(void **state)
{
    (void)state;
    enum { PLANTED = 12 };
    const normal *p = make_normal(1, 0.0);
    splitmix rng = {5};
    float *a = sample(p, N, &rng), *b = sample(p, N, &rng);
    for (size_t r = 0; r < PLANTED; r++)
        for (size_t j = 0; j < D; j++)
            b[(7 + 31 * r) * D + j] = b[(7 + 31 * r) * D + j] * 3.0f + (j % 2 == 0 ? 2.0f : -2.0f);
    static double real[N], gen[N];
    double sum_real = 0.0, sum_gen = 0.0, size = 0.0;
    gmet_fid_uncertainty_result u = uncertainty(a, N, b, N, real, gen);
    for (size_t i = 0; i < N; i++) {
        sum_real += real[i];
        sum_gen += gen[i];
        size += fabs(real[i]) + fabs(gen[i]);
    }
    assert_true(fabs(sum_real) <= 1e-14 * size && fabs(sum_gen) <= 1e-14 * size);
    for (size_t r = 0; r < PLANTED; r++)
        assert_true(descending_rank(gen, N, 7 + 31 * r) < PLANTED);
    assert_true(u.error_gen > u.error_real);
    iv3_free(a);
    iv3_free(b);
}

static void test_against_jackknife(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    splitmix rng = {6};
    float *a = sample(p, N, &rng), *b = sample(q, 300, &rng);
    gmet_fid_uncertainty_result u = uncertainty(a, N, b, 300, NULL, NULL);
    gmet_jackknife_value j;
    assert_int_equal(gmet_fid_jackknife(&j, a, N, b, 300, D, 100, NULL, NULL), IV3_OK);
    print_message("delta %.5f +- %.5f, jackknife %.5f +- %.5f, raw %.5f\n", u.corrected, u.standard_error,
                  j.corrected, j.standard_error, u.raw.value);
    assert_true(j.value == u.raw.value);
    assert_true(fabs(u.standard_error / j.standard_error - 1.0) < 0.15);
    assert_true(fabs(u.corrected - j.corrected) < 0.15 * (u.raw.value - u.corrected));
    iv3_free(a);
    iv3_free(b);
}

/* A side of which only the moments are known says the same of the other side's rows. */
static void test_moments_only(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    splitmix rng = {7};
    float *a = sample(p, N, &rng), *b = sample(q, N, &rng);
    static double mu[D], sigma[D * D], full[N], alone[N], other[N];
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), IV3_OK);
    assert_int_equal(gmet_moments_add(m, a, N, D, NULL), IV3_OK);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), IV3_OK);
    gmet_moments_close(&m);
    gmet_fid_side real = {.n = N, .mu = mu, .sigma = sigma}, gen = {.rows = b, .n = N};
    gmet_fid_uncertainty_result u, both = uncertainty(a, N, b, N, other, full);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, alone, &real, &gen, D, NULL, NULL), IV3_OK);
    assert_memory_equal(alone, full, sizeof full);
    assert_true(u.raw.value == both.raw.value && u.error_gen == both.error_gen && u.error_real == 0.0);
    assert_true(u.standard_error < u.error_gen && u.standard_error > 0.9 * u.error_gen);
    assert_true(u.bias_gen == both.bias_gen && u.standard_error < both.standard_error);
    assert_true(fabs(u.bias_real / both.bias_real - 1.0) < 0.1); /* the rows are normal */
    real.n = 0;
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, alone, &real, &gen, D, NULL, NULL), IV3_OK);
    assert_true(u.bias_real == 0.0);
    /* Roles exchanged. */
    assert_int_equal(gmet_fid_uncertainty(&u, alone, NULL, &gen, &real, D, NULL, NULL), IV3_OK);
    assert_true(fabs(u.error_real / both.error_gen - 1.0) < 1e-10);
    iv3_free(a);
    iv3_free(b);
}

static void test_few_rows(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    splitmix rng = {8};
    float *a = sample(p, N, &rng), *b = sample(q, 9, &rng);
    static double real[N], gen[9];
    double sum = 0.0;
    gmet_fid_uncertainty_result u = uncertainty(a, N, b, 9, real, gen);
    assert_true(!u.reliable && u.rank_real == D && u.rank_gen == 8);
    for (size_t i = 0; i < 9; i++)
        sum += gen[i];
    assert_true(fabs(sum) < 1e-12 && isfinite(u.corrected) && u.standard_error > 0.0);
    u = uncertainty(b, 2, b + 2 * D, 2, real, gen);
    assert_true(!u.reliable && u.rank_real == 1 && isfinite(u.corrected));
    /* Equal sets: no influence at all. */
    u = uncertainty(a, N, a, N, real, NULL);
    assert_true(u.raw.value == 0.0 && u.standard_error < 1e-10);
    /* No variance: the means alone. */
    float constant[2 * D] = {0};
    u = uncertainty(constant, 2, constant, 2, NULL, NULL);
    assert_true(u.raw.value == 0.0 && u.standard_error == 0.0 && u.corrected == 0.0 && u.rank_real == 0);
    iv3_free(a);
    iv3_free(b);
}

static void test_bad_input(void **state)
{
    (void)state;
    iv3_error err;
    float rows[4] = {1, 2, 3, (float)NAN};
    double mu[2] = {0, 0}, sigma[4] = {1, 0, 0, 1};
    gmet_fid_uncertainty_result u;
    gmet_fid_side moments = {.n = 5, .mu = mu, .sigma = sigma}, bad = {.rows = rows, .n = 2};
    gmet_fid_side one = {.rows = rows, .n = 1}, nothing = {.n = 3};
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &moments, 2, NULL, &err), IV3_ERR_ARG);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &bad, 2, NULL, &err), IV3_ERR_NUMERIC);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &one, 2, NULL, &err), IV3_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "generated"));
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &nothing, &one, 2, NULL, &err), IV3_ERR_ARG);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &one, 0, NULL, &err), IV3_ERR_ARG);
}

static uint64_t hash_of(const iv3_dmat_kernels *kernels, iv3_pool *pool)
{
    enum { COLUMNS = 70, ROWS = 530 };
    float *a = fixture_features(ROWS, COLUMNS, 1, 0.0), *b = fixture_features(60, COLUMNS, 2, 1.0);
    double *ca = fixture_doubles(ROWS), *cb = fixture_doubles(60);
    gmet_fid_side real = {.rows = a, .n = ROWS}, gen = {.rows = b, .n = 60};
    gmet_fid_uncertainty_result u;
    assert_int_equal(gmet_fid_uncertainty_with(&u, ca, cb, &real, &gen, COLUMNS, kernels, pool, NULL),
                     IV3_OK);
    double numbers[] = {u.raw.value, u.corrected, u.bias_real, u.bias_gen, u.error_real, u.error_gen};
    uint64_t h = fixture_hash(FIXTURE_HASH_START, numbers, sizeof numbers);
    h = fixture_hash(h, ca, ROWS * sizeof *ca);
    h = fixture_hash(h, cb, 60 * sizeof *cb);
    iv3_free(a);
    iv3_free(b);
    iv3_free(ca);
    iv3_free(cb);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xcddc0e94b26547efu);
}

static iv3_status allocate(void *ctx, iv3_error *err)
{
    const float *a = ctx;
    gmet_fid_uncertainty_result u;
    gmet_fid_side real = {.rows = a, .n = 4}, gen = {.rows = a + 8, .n = 4};
    return gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, 2, NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float rows[16] = {1, 2, 3, 5, 5, 6, 7, 1, 0, 2, 4, 5, 1, 6, 9, 1};
    fixture_survives_no_memory(allocate, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),          cmocka_unit_test(test_coverage_near),
        cmocka_unit_test(test_leaving_out),       cmocka_unit_test(test_planted_rows),
        cmocka_unit_test(test_against_jackknife), cmocka_unit_test(test_moments_only),
        cmocka_unit_test(test_few_rows),          cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),         cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
