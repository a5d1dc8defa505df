/* Standard error, bias and contributions of FID: what is said of many samples of known distributions, against
 * leaving rows out, on planted outliers, and where nothing can be said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/frechet/uncertainty.h"
#include "metrics/gmet.h"
#include "metrics/linalg/mat.h"
#include "tests/metrics/metrics_fixture.h"

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

typedef enum shape { NORMAL, STUDENT, RELU } shape;

/* x = mu + mix g; g of Student's distribution with 5 degrees of freedom, or what is below 0 set to 0. */
static float *draw(const normal *p, shape kind, size_t n, splitmix *rng)
{
    float *x = feat_alloc_array(n * D, sizeof *x);
    assert_non_null(x);
    for (size_t r = 0; r < n; r++) {
        double g[D];
        for (size_t i = 0; i < D; i++)
            g[i] = deviate(rng);
        for (size_t i = 0; i < D && kind == STUDENT; i++) {
            double chi = 0.0;
            for (int k = 0; k < 5; k++) {
                double z = deviate(rng);
                chi += z * z;
            }
            g[i] *= sqrt(5.0 / chi);
        }
        for (size_t i = 0; i < D; i++) {
            double sum = p->mu[i];
            for (size_t j = 0; j < D; j++)
                sum += p->mix[i * D + j] * g[j];
            x[r * D + i] = (float)(kind == RELU && sum < 0.0 ? 0.0 : sum);
        }
    }
    return x;
}

static float *sample(const normal *p, size_t n, splitmix *rng)
{
    return draw(p, NORMAL, n, rng);
}

/* A side by its moments, kept in mu [D] and sigma [D][D]. */
static gmet_fid_side moments_of(const float *rows, size_t n, double *mu, double *sigma)
{
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, rows, n, D, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
    gmet_moments_close(&m);
    return (gmet_fid_side){.n = n, .mu = mu, .sigma = sigma};
}

static gmet_fid_uncertainty_result uncertainty(const float *a, size_t n_a, const float *b, size_t n_b,
                                               double *contribution_a, double *contribution_b)
{
    gmet_fid_uncertainty_result u;
    gmet_fid_side real = {.rows = a, .n = n_a}, gen = {.rows = b, .n = n_b};
    assert_int_equal(gmet_fid_uncertainty(&u, contribution_a, contribution_b, &real, &gen, D, NULL, NULL),
                     FEAT_OK);
    return u;
}

/* A cell of a simulation: two distributions, rows of each, and how many sides are given by moments. */
typedef struct cell {
    const normal *p, *q;
    shape kind;
    size_t n, m;
    int moments;
    double truth;
    uint64_t seed;
} cell;

typedef struct trials {
    int n_errors, covered;              /* raw values with an error, and those within 1.96 of their mean */
    int n_corrected, corrected_covered; /* corrected values, and those within 1.96 of the truth */
    double ratio, corrected_ratio;      /* root mean square of the errors over the spread */
    double off;                         /* of the corrected values, in their errors */
} trials;

static trials run_trials(const cell *c)
{
    static double value[TRIALS], error[TRIALS], corrected[TRIALS], corrected_error[TRIALS];
    static double mu[2][D], sigma[2][D * D];
    static int has[TRIALS], has_corrected[TRIALS];
    trials t = {0};
    double mean = 0.0, mean_corrected = 0.0, spread = 0.0, spread_corrected = 0.0, squares = 0.0,
           squares_corrected = 0.0;
    splitmix rng = {c->seed};
    for (int i = 0; i < TRIALS; i++) {
        float *a = draw(c->p, c->kind, c->n, &rng), *b = draw(c->q, c->kind, c->m, &rng);
        gmet_fid_side real = {.rows = a, .n = c->n}, gen = {.rows = b, .n = c->m};
        gmet_fid_uncertainty_result u;
        if (c->moments > 0)
            real = moments_of(a, c->n, mu[0], sigma[0]);
        if (c->moments > 1)
            gen = moments_of(b, c->m, mu[1], sigma[1]);
        assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, D, NULL, NULL), FEAT_OK);
        assert_true((u.why_no_error == NULL) == (u.has_error == 1));
        assert_true((u.why_no_corrected == NULL) == (u.has_corrected == 1));
        value[i] = u.raw.value;
        error[i] = u.standard_error;
        corrected[i] = u.corrected;
        corrected_error[i] = u.corrected_error;
        has[i] = u.has_error;
        has_corrected[i] = u.has_corrected;
        feat_free(a);
        feat_free(b);
    }
    for (int i = 0; i < TRIALS; i++) {
        t.n_errors += has[i];
        t.n_corrected += has_corrected[i];
        mean += has[i] ? value[i] : 0.0;
        mean_corrected += has_corrected[i] ? corrected[i] : 0.0;
    }
    mean /= t.n_errors > 0 ? t.n_errors : 1;
    mean_corrected /= t.n_corrected > 0 ? t.n_corrected : 1;
    for (int i = 0; i < TRIALS; i++) {
        spread += has[i] ? (value[i] - mean) * (value[i] - mean) : 0.0;
        squares += has[i] ? error[i] * error[i] : 0.0;
        t.covered += has[i] && fabs(value[i] - mean) <= 1.96 * error[i];
        if (!has_corrected[i])
            continue;
        spread_corrected += (corrected[i] - mean_corrected) * (corrected[i] - mean_corrected);
        squares_corrected += corrected_error[i] * corrected_error[i];
        t.corrected_covered += fabs(corrected[i] - c->truth) <= 1.96 * corrected_error[i];
    }
    t.ratio = sqrt(squares / spread);
    t.corrected_ratio = sqrt(squares_corrected / spread_corrected);
    t.off = (mean_corrected - c->truth) / sqrt(squares_corrected / (t.n_corrected > 0 ? t.n_corrected : 1));
    print_message(
        "%zu v %zu, truth %.4f, mean %.4f: error %d of %d, ratio %.2f, covers %d; corrected %d, off %.2f "
        "errors, ratio %.2f, covers %d\n",
        c->n, c->m, c->truth, mean, t.n_errors, (int)TRIALS, t.ratio, t.covered, t.n_corrected, t.off,
        t.corrected_ratio, t.corrected_covered);
    return t;
}

/* Errors within 0.8 to 1.3 of the spread, intervals that cover at least 90 of 100 but for the chance of 200
 * draws (two deviations of 2 of 100), corrected values near the truth. */
static void assert_holds(const trials *t, int n_errors, int n_corrected)
{
    assert_true(t->n_errors >= n_errors && t->n_corrected >= n_corrected);
    assert_true(t->ratio > 0.8 && t->ratio < 1.3);
    assert_true(100 * t->covered >= 86 * t->n_errors);
    assert_true(100 * t->corrected_covered >= 86 * t->n_corrected);
    if (n_corrected > 0)
        assert_true(t->corrected_ratio > 0.8 && t->corrected_ratio < 1.3 && fabs(t->off) < 0.5);
}

static double distance(const normal *p, const normal *q)
{
    gmet_fid_result r;
    assert_int_equal(gmet_fid(&r, p->mu, p->sigma, q->mu, q->sigma, D, NULL, NULL), FEAT_OK);
    return r.value;
}

/* Close to p. */
static const normal *make_near(const normal *p)
{
    static normal near;
    near = *p;
    for (size_t i = 0; i < D; i++)
        near.mu[i] += 0.04;
    for (size_t i = 0; i < D * D; i++) {
        near.mix[i] *= 1.05;
        near.sigma[i] *= 1.05 * 1.05;
    }
    return &near;
}

/* Different, close to each other, and equal: there the true influence vanishes, and what is left are
 * second-order terms. From 25 rows a column down to 3. */
static void test_coverage(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3), *near = make_near(p);
    const normal *others[3] = {q, near, p};
    static const size_t n[3] = {400, 130, 56};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            cell c = {.p = p, .q = others[i], .n = n[j], .m = n[j], .seed = 3 + i};
            c.truth = others[i] == p ? 0.0 : distance(p, others[i]);
            trials t = run_trials(&c);
            assert_holds(&t, j == 2 ? TRIALS / 2 : TRIALS * 9 / 10, j == 2 ? 0 : TRIALS * 9 / 10);
        }
    cell c = {.p = p, .q = q, .n = 60, .m = 400, .seed = 7, .truth = distance(p, q)};
    trials t = run_trials(&c);
    assert_holds(&t, TRIALS / 2, TRIALS / 2);
}

/* Heavy tails and features that are often 0. */
static void test_other_shapes(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0);
    cell c = {.p = p, .q = p, .n = 200, .m = 200, .seed = 11};
    for (c.kind = STUDENT; c.kind <= RELU; c.kind++) {
        trials t = run_trials(&c);
        assert_holds(&t, TRIALS / 2, TRIALS / 2);
    }
}

/* A side of which the moments are known is worth as much as its rows, when those are normal; both as well. */
static void test_coverage_of_moments(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    cell c = {.p = p, .q = q, .n = 80, .m = 400, .seed = 12, .truth = distance(p, q)};
    for (c.moments = 1; c.moments <= 2; c.moments++) {
        trials t = run_trials(&c);
        assert_holds(&t, TRIALS * 9 / 10, TRIALS * 9 / 10);
    }
    c = (cell){.p = p, .q = p, .n = 130, .m = 130, .moments = 2, .seed = 16};
    trials t = run_trials(&c);
    assert_holds(&t, TRIALS * 9 / 10, TRIALS * 9 / 10);
}

/* How many of ten pairs of sets of n normal rows of 64 columns have a corrected value, and how far they all
 * are from 0, the truth, in their errors. */
static int wide_trials(size_t n, double *off)
{
    enum { WIDE = 64, PAIRS = 10 };
    splitmix rng = {n};
    float *rows = feat_alloc_array(2 * n, WIDE * sizeof *rows);
    int found = 0;
    *off = 0.0;
    assert_non_null(rows);
    for (int k = 0; k < PAIRS; k++) {
        gmet_fid_uncertainty_result u;
        for (size_t i = 0; i < 2 * n * WIDE; i++)
            rows[i] = (float)deviate(&rng);
        gmet_fid_side real = {.rows = rows, .n = n}, gen = {.rows = rows + n * WIDE, .n = n};
        assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, WIDE, NULL, NULL), FEAT_OK);
        assert_true(u.has_error);
        found += u.has_corrected;
        *off += u.corrected / u.corrected_error / PAIRS;
    }
    print_message("%zu rows of %d columns: corrected value in %d of %d, off %.2f errors\n", n, (int)WIDE,
                  found, (int)PAIRS, *off);
    feat_free(rows);
    return found;
}

/* Where the expansion does not converge there is no corrected value, and it would be wrong; where it does
 * there is. */
static void test_criterion(void **state)
{
    (void)state;
    double off;
    assert_int_equal(wide_trials(64, &off), 0);
    assert_true(off > 3.0);
    assert_int_equal(wide_trials(96, &off), 0);
    assert_true(off > 0.8);
    assert_int_equal(wide_trials(160, &off), 0); /* the halves see all directions, but much bias may be left */
    assert_int_equal(wide_trials(512, &off), 10);
    assert_true(fabs(off) < 1.0);
    const normal *p = make_normal(1, 0.0);
    cell c = {.p = p, .q = p, .n = 19, .m = 400, .seed = 13};
    trials t = run_trials(&c);
    assert_true(t.n_errors == 0 && t.n_corrected == 0);
}

/* Of statistics with no n, of one image that is all of the variance, and of sets that vary less than
 * independent draws nothing is said. */
static void test_reasons(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0);
    splitmix rng = {14};
    static double mu[D], sigma[D * D];
    gmet_fid_uncertainty_result u;
    float *a = sample(p, N, &rng), *b = sample(p, N, &rng);
    gmet_fid_side real = moments_of(a, N, mu, sigma), gen = {.rows = b, .n = N};
    real.n = 0;
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, D, NULL, NULL), FEAT_OK);
    assert_true(!u.has_error && !u.has_corrected && strstr(u.why_no_error, "how many") != NULL);
    real.n = D; /* of rank D */
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, D, NULL, NULL), FEAT_OK);
    assert_true(!u.has_corrected && u.bias_second == 0.0);
    real.n = 24;
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, D, NULL, NULL), FEAT_OK);
    assert_true(!u.has_corrected && u.bias_second != 0.0);
    u = uncertainty(a, N, a, N, NULL, NULL);
    assert_true(u.raw.value == 0.0 && !u.has_error && strstr(u.why_no_corrected, "independent") != NULL);
    for (size_t j = 0; j < D; j++)
        b[j] = 300.0f;
    u = uncertainty(a, N, b, N, NULL, NULL);
    assert_true(!u.has_error && u.heavy > 0.5 && strstr(u.why_no_error, "few images") != NULL);
    feat_free(a);
    feat_free(b);
}

/* Rows sorted by class, of which nothing is corrected; the same in random order are nothing to see. */
static void test_order(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0);
    splitmix rng = {15};
    float *a = sample(p, N, &rng), *b = sample(p, N, &rng);
    gmet_fid_uncertainty_result u = uncertainty(a, N, b, N, NULL, NULL);
    assert_true(!u.in_order && u.has_corrected);
    for (size_t i = 0; i < N; i++) /* four classes, of which each has its columns */
        for (size_t j = 0; j < 4; j++)
            b[i * D + i * 4 / N * 4 + j] += 1.5f;
    u = uncertainty(a, N, b, N, NULL, NULL);
    assert_true(u.in_order && u.has_error && !u.has_corrected && strstr(u.why_no_corrected, "order") != NULL);
    u = uncertainty(b, N, a, N, NULL, NULL);
    assert_true(u.in_order && !u.has_corrected);
    for (size_t i = N - 1; i > 0; i--) {
        size_t k = (size_t)(splitmix_unit(&rng) * (double)(i + 1));
        for (size_t j = 0; j < D; j++) {
            float x = b[i * D + j];
            b[i * D + j] = b[k * D + j];
            b[k * D + j] = x;
        }
    }
    u = uncertainty(a, N, b, N, NULL, NULL);
    assert_true(!u.in_order && u.has_corrected);
    feat_free(a);
    feat_free(b);
}

/* Half of the rows behind moments: its mean and covariance vary about those of the whole as they should. */
static void test_half_of_moments(void **state)
{
    (void)state;
    enum { HALVES = 400, ROWS = 60 };
    const normal *p = make_normal(1, 0.0);
    splitmix rng = {15};
    static double mu[D], sigma[D * D], mu_half[D], mean[D * D], square[D * D], means[D];
    float *a = sample(p, ROWS, &rng);
    gmet_fid_side side = moments_of(a, ROWS, mu, sigma);
    gmet_work work;
    assert_int_equal(gmet_work_create(&work, NULL, GMET_FID_CHUNK, D + 1, D + 1, NULL), FEAT_OK);
    gmet_fid_set whole = {.n = ROWS, .mu = mu, .sigma = {.d = D, .full = side.sigma}};
    for (uint64_t seed = 0; seed < HALVES; seed++) {
        gmet_fid_set half = {.mu = mu_half};
        assert_int_equal(gmet_fid_half(&half, &whole, seed, &work, NULL), FEAT_OK);
        assert_int_equal(half.n, ROWS / 2);
        for (size_t i = 0; i < D * D; i++) {
            mean[i] += half.sigma.full[i] / HALVES;
            square[i] += pow(half.sigma.full[i] - sigma[i], 2.0) / HALVES;
        }
        for (size_t i = 0; i < D; i++)
            means[i] += pow(mu_half[i] - mu[i], 2.0) / HALVES;
        gmet_fid_half_release(&half);
    }
    double per = 2.0 / ROWS - 1.0 / ROWS, ratio = 0.0, of_means = 0.0, trace = 0.0;
    for (size_t i = 0; i < D; i++) {
        trace += mean[i * D + i] / sigma[i * D + i] / D;
        of_means += means[i] / (sigma[i * D + i] * per) / D;
        for (size_t j = 0; j < D; j++) {
            double ij = sigma[i * D + j], variance = (ij * ij + sigma[i * D + i] * sigma[j * D + j]) * per;
            assert_true(fabs(mean[i * D + j] - ij) < 5.0 * sqrt(variance / HALVES));
            ratio += square[i * D + j] / variance / (D * D);
        }
    }
    print_message("variance of halves over what it should be: covariances %.3f, means %.3f\n", ratio,
                  of_means);
    assert_true(fabs(ratio - 1.0) < 0.1 && fabs(of_means - 1.0) < 0.1 && fabs(trace - 1.0) < 0.008);
    gmet_work_release(&work);
    feat_free(a);
}

/* Influence is what leaving a row out does. */
static void check_leaving_out(const float *a, const float *b)
{
    float *c = feat_alloc_array(N * D, sizeof *c);
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
    feat_free(c);
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
    feat_free(a);
    feat_free(b);
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
    feat_free(a);
    feat_free(b);
}

static void test_against_jackknife(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    splitmix rng = {6};
    float *a = sample(p, N, &rng), *b = sample(q, 300, &rng);
    gmet_fid_uncertainty_result u = uncertainty(a, N, b, 300, NULL, NULL);
    gmet_jackknife_value j;
    assert_int_equal(gmet_fid_jackknife(&j, 100, SET(a, N, D), SET(b, 300, D), NULL, NULL), FEAT_OK);
    print_message("delta %.5f +- %.5f, jackknife %.5f +- %.5f, raw %.5f\n", u.corrected, u.standard_error,
                  j.corrected, j.standard_error, u.raw.value);
    assert_true(j.value == u.raw.value);
    assert_true(fabs(u.standard_error / j.standard_error - 1.0) < 0.15);
    assert_true(fabs(u.corrected - j.corrected) < 0.3 * (u.raw.value - u.corrected));
    feat_free(a);
    feat_free(b);
}

/* A side of which only the moments are known says the same of the other side's rows. */
static void test_moments_only(void **state)
{
    (void)state;
    const normal *p = make_normal(1, 0.0), *q = make_normal(2, 0.3);
    splitmix rng = {7};
    float *a = sample(p, N, &rng), *b = sample(q, N, &rng);
    static double mu[D], sigma[D * D], full[N], alone[N], other[N];
    gmet_fid_side real = moments_of(a, N, mu, sigma), gen = {.rows = b, .n = N};
    gmet_fid_uncertainty_result u, both = uncertainty(a, N, b, N, other, full);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, alone, &real, &gen, D, NULL, NULL), FEAT_OK);
    assert_memory_equal(alone, full, sizeof full);
    assert_true(u.raw.value == both.raw.value && u.error_gen == both.error_gen);
    assert_true(fabs(u.error_real / both.error_real - 1.0) < 0.1); /* the rows are normal */
    assert_true(fabs(u.standard_error / both.standard_error - 1.0) < 0.1);
    assert_true(u.bias_gen == both.bias_gen && fabs(u.bias_real / both.bias_real - 1.0) < 0.1);
    assert_true(fabs(u.corrected - both.corrected) < 0.1 * both.corrected_error);
    real.n = 0;
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, alone, &real, &gen, D, NULL, NULL), FEAT_OK);
    assert_true(u.bias_real == 0.0 && u.error_real == 0.0);
    /* Roles exchanged. */
    assert_int_equal(gmet_fid_uncertainty(&u, alone, NULL, &gen, &real, D, NULL, NULL), FEAT_OK);
    assert_true(fabs(u.error_real / both.error_gen - 1.0) < 1e-10);
    feat_free(a);
    feat_free(b);
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
    assert_true(!u.has_error && u.rank_real == D && u.rank_gen == 8);
    for (size_t i = 0; i < 9; i++)
        sum += gen[i];
    assert_true(fabs(sum) < 1e-12 && isfinite(u.corrected) && u.standard_error > 0.0);
    u = uncertainty(b, 2, b + 2 * D, 2, real, gen);
    assert_true(!u.has_error && u.rank_real == 1 && isfinite(u.corrected));
    /* No variance: the means alone. */
    float constant[2 * D] = {0};
    u = uncertainty(constant, 2, constant, 2, NULL, NULL);
    assert_true(u.raw.value == 0.0 && u.standard_error == 0.0 && u.corrected == 0.0 && u.rank_real == 0);
    feat_free(a);
    feat_free(b);
}

static void test_bad_input(void **state)
{
    (void)state;
    feat_error err;
    float rows[4] = {1, 2, 3, (float)NAN};
    double mu[2] = {0, 0}, sigma[4] = {1, 0, 0, 1};
    gmet_fid_uncertainty_result u;
    gmet_fid_side moments = {.n = 5, .mu = mu, .sigma = sigma}, bad = {.rows = rows, .n = 2};
    gmet_fid_side one = {.rows = rows, .n = 1}, nothing = {.n = 3};
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &bad, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &one, 2, NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "generated"));
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &nothing, &one, 2, NULL, &err), FEAT_ERR_ARG);
    assert_int_equal(gmet_fid_uncertainty(&u, NULL, NULL, &moments, &one, 0, NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { COLUMNS = 70, ROWS = 530 };
    float *a = fixture_features(ROWS, COLUMNS, 1, 0.0), *b = fixture_features(60, COLUMNS, 2, 1.0);
    double *ca = fixture_doubles(ROWS), *cb = fixture_doubles(60);
    gmet_fid_side real = {.rows = a, .n = ROWS}, gen = {.rows = b, .n = 60};
    gmet_fid_uncertainty_result u;
    assert_int_equal(gmet_fid_uncertainty(&u, ca, cb, &real, &gen, COLUMNS, context, NULL), FEAT_OK);
    double numbers[] = {u.raw.value, u.corrected, u.corrected_error, u.bias_left,
                        u.bias_real, u.bias_gen,  u.error_real,      u.error_gen};
    uint64_t h = fixture_hash(FIXTURE_HASH_START, numbers, sizeof numbers);
    h = fixture_hash(h, ca, ROWS * sizeof *ca);
    h = fixture_hash(h, cb, 60 * sizeof *cb);
    feat_free(a);
    feat_free(b);
    feat_free(ca);
    feat_free(cb);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x49e5aaaaaefccf45u);
}

static feat_status allocate(void *ctx, feat_error *err)
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
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_other_shapes),
        cmocka_unit_test(test_coverage_of_moments),
        cmocka_unit_test(test_criterion),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_half_of_moments),
        cmocka_unit_test(test_leaving_out),
        cmocka_unit_test(test_planted_rows),
        cmocka_unit_test(test_against_jackknife),
        cmocka_unit_test(test_moments_only),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
