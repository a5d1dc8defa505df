/* Errors of the metrics of nearest neighbours: against the spread over fresh draws, at the ends of the range, with few
 * rows, and in any order of the rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/splitmix.h"
#include "metrics/gmet.h"
#include "tests/level.h"
#include "tests/metrics/metrics_fixture.h"

enum { VALUES = 6, DRAWS = 100 };
static const char *const names[VALUES] = {"precision", "recall", "f_score", "density", "coverage", "authpct"};

/* Sums of 12 uniform numbers: normal enough. */
static void draw(float *rows, size_t n, size_t d, uint64_t seed, double shift, double scale)
{
    gmet_splitmix bits = {seed};
    bits.state = gmet_splitmix_u64(&bits); /* far from the next seed's stream */
    for (size_t i = 0; i < n * d; i++) {
        double sum = -6.0;
        for (int t = 0; t < 12; t++)
            sum += gmet_splitmix_unit(&bits);
        rows[i] = (float)(shift + scale * sum);
    }
}

static feat_status measure(double value[VALUES], gmet_sampling_error e[VALUES], const gmet_set *x, const gmet_set *y,
                           const gmet_context *context, feat_error *err)
{
    gmet_pr_result pr = {0};
    gmet_prdc_result prdc = {0};
    gmet_prdc_images images = {.n_balls = feat_calloc(y->n, sizeof *images.n_balls)};
    feat_status status = images.n_balls == NULL ? FEAT_ERR_NOMEM : FEAT_OK;
    if (status == FEAT_OK)
        status = gmet_precision_recall(&pr, NULL, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_prdc(&prdc, &images, NULL, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_authpct(&value[5], NULL, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_pr_error(e, &pr, NULL, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_prdc_error(&e[3], &e[4], &prdc, images.n_balls, NULL, x, y, context, err);
    if (status == FEAT_OK)
        status = gmet_authpct_error(&e[5], value[5], x, y, context, err);
    value[0] = pr.precision;
    value[1] = pr.recall;
    value[2] = pr.f_score;
    value[3] = prdc.density;
    value[4] = prdc.coverage;
    feat_free(images.n_balls);
    return status;
}

typedef struct found {
    double value[DRAWS][VALUES];
    gmet_sampling_error error[DRAWS][VALUES];
} found;

static void check_spread(const found *f, size_t v)
{
    double mean = 0.0, spread = 0.0, error = 0.0;
    size_t held = 0;
    for (size_t r = 0; r < DRAWS; r++)
        mean += f->value[r][v] / DRAWS;
    for (size_t r = 0; r < DRAWS; r++) {
        const gmet_sampling_error *e = &f->error[r][v];
        spread += (f->value[r][v] - mean) * (f->value[r][v] - mean) / (DRAWS - 1);
        error += e->standard_error * e->standard_error / DRAWS;
        held += e->has_error ? e->low <= mean && mean <= e->high : e->at_least && e->limit <= mean;
        double top = v == 5 ? 100.0 : 1.0;
        assert_true(!e->has_error || (e->low >= 0.0 && (v == 3 || e->high <= top) && e->low < f->value[r][v]));
    }
    double ratio = sqrt(error / spread);
    if (ratio < 0.8 || ratio > 1.3 || held * 10 < DRAWS * 9)
        fail_msg("%s: error / spread %.2f, the interval holds the mean in %zu of %d", names[v], ratio, held, DRAWS);
}

/* n v m rows; the generated ones shifted and narrower. */
static void simulate(size_t n, size_t m, size_t d, double shift, double scale)
{
    found *f = feat_calloc(1, sizeof *f);
    float *x = feat_alloc_array(n * d, sizeof *x), *y = feat_alloc_array(m * d, sizeof *y);
    assert_true(f != NULL && x != NULL && y != NULL);
    for (size_t r = 0; r < DRAWS; r++) {
        draw(x, n, d, 2 * r + 1, 0.0, 1.0);
        draw(y, m, d, 2 * r + 2, shift, scale);
        assert_int_equal(measure(f->value[r], f->error[r], SET(x, n, d), SET(y, m, d), NULL, NULL), FEAT_OK);
    }
    for (size_t v = 0; v < VALUES; v++)
        check_spread(f, v);
    feat_free(x);
    feat_free(y);
    feat_free(f);
}

static void errors_are_the_spread_over_draws(void **state)
{
    (void)state;
    if (test_chosen_level() == TEST_QUICK) {
        print_message("skipped: 300 draws are slow (BF_TEST_LEVEL=quick)\n");
        return;
    }
    simulate(100, 100, 8, 0.0, 1.0);
    simulate(160, 160, 8, 0.4, 0.9);
    simulate(300, 80, 8, 0.0, 1.0);
}

/* Sets of the tests below. */
enum { N = 200, M = 160, D = 6 };
typedef struct sets {
    float x[2 * N * D], y[2 * M * D];
} sets;

static sets *make_sets(double shift)
{
    sets *s = feat_calloc(1, sizeof *s);
    assert_non_null(s);
    draw(s->x, N, D, 3, 0.0, 1.0);
    draw(s->y, M, D, 4, shift, 1.0);
    return s;
}

static void ends_of_the_range_have_a_limit(void **state)
{
    (void)state;
    double value[VALUES];
    gmet_sampling_error e[VALUES];
    sets *s = make_sets(1000.0);
    assert_int_equal(measure(value, e, SET(s->x, N, D), SET(s->y, M, D), NULL, NULL), FEAT_OK);
    /* 5 % of sets show nothing of what has this share, of as many draws as both sets are worth. */
    double draws = (double)N * M / (N + M), limit = 1.0 - pow(0.05, 1.0 / draws);
    for (size_t v = 0; v < 5; v++) {
        assert_true(value[v] == 0.0 && !e[v].has_error && e[v].at_most && !e[v].at_least);
        assert_true(fabs(e[v].limit - limit) < 1e-12);
    }
    assert_true(value[5] == 100.0 && e[5].at_least && fabs(e[5].limit - 100.0 * (1.0 - limit)) < 1e-10);
    /* A set with itself. */
    assert_int_equal(measure(value, e, SET(s->x, N, D), SET(s->x, N, D), NULL, NULL), FEAT_OK);
    assert_true(value[0] == 1.0 && value[1] == 1.0 && value[4] == 1.0 && value[5] == 0.0);
    assert_true(e[0].at_least && e[1].at_least && e[2].at_least && e[4].at_least && e[5].at_most);
    assert_true(e[0].limit > 0.95 && e[0].limit < 1.0 && e[5].limit > 0.0 && e[5].limit < 5.0);
    feat_free(s);
}

static void few_rows_have_no_error_and_say_why(void **state)
{
    (void)state;
    double value[VALUES];
    gmet_sampling_error e[VALUES];
    sets *s = make_sets(0.0);
    assert_int_equal(measure(value, e, SET(s->x, N, D), SET(s->y, 39, D), NULL, NULL), FEAT_OK);
    for (size_t v = 0; v < VALUES; v++) {
        assert_true(!e[v].has_error && !e[v].at_most && !e[v].at_least);
        assert_string_equal(e[v].why, "40 images of each set needed");
    }
    assert_int_equal(measure(value, e, SET(s->x, 40, D), SET(s->y, 40, D), NULL, NULL), FEAT_OK);
    for (size_t v = 0; v < VALUES; v++)
        assert_true(e[v].has_error || e[v].at_least);
    gmet_pr_options o;
    gmet_pr_options_init(&o, sizeof o);
    o.k = 20;
    assert_int_equal(
        gmet_pr_error(e, &(gmet_pr_result){0.5, 0.5, 0.5}, &o, SET(s->x, 83, D), SET(s->y, M, D), NULL, NULL), FEAT_OK);
    assert_string_equal(e[0].why, "4 (k + 1) images of each set needed");
    assert_int_equal(
        gmet_pr_error(e, &(gmet_pr_result){0.5, 0.5, 0.5}, &o, SET(s->x, 84, D), SET(s->y, M, D), NULL, NULL), FEAT_OK);
    assert_true(e[0].has_error);
    feat_free(s);
}

/* Copies of all rows, one after the other or half a set apart: a jackknife that leaves out every twentieth row leaves
 * one of each pair in, and finds nothing. */
static void the_order_of_rows_means_nothing(void **state)
{
    (void)state;
    double value[VALUES], first[VALUES] = {0};
    gmet_sampling_error e[VALUES];
    sets *s = make_sets(0.3);
    for (int apart = 0; apart < 2; apart++) {
        float *x = feat_alloc_array((size_t)2 * N * D, sizeof *x);
        assert_non_null(x);
        for (size_t i = 0; i < 2 * N; i++)
            memcpy(x + i * D, s->x + (apart ? i % N : i / 2) * D, D * sizeof *x);
        assert_int_equal(measure(value, e, SET(x, (size_t)2 * N, D), SET(s->y, M, D), NULL, NULL), FEAT_OK);
        for (size_t v = 0; v < VALUES; v++) {
            if (!e[v].has_error)
                continue;
            if (apart)
                assert_true(e[v].standard_error < 1.6 * first[v] && e[v].standard_error > first[v] / 1.6);
            first[v] = e[v].standard_error;
            assert_true(first[v] > (v == 5 ? 0.5 : 0.005));
        }
        feat_free(x);
    }
    feat_free(s);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    double value[2][VALUES];
    gmet_sampling_error e[2][VALUES];
    gmet_context context = {.pool = NULL};
    sets *s = make_sets(0.2);
    memset(e, 0, sizeof e);
    assert_int_equal(feat_pool_create(&context.pool, 3, NULL), FEAT_OK);
    assert_int_equal(measure(value[0], e[0], SET(s->x, N, D), SET(s->y, M, D), NULL, NULL), FEAT_OK);
    assert_int_equal(measure(value[1], e[1], SET(s->x, N, D), SET(s->y, M, D), &context, NULL), FEAT_OK);
    for (size_t v = 0; v < VALUES; v++)
        assert_true(e[0][v].standard_error == e[1][v].standard_error && e[0][v].low == e[1][v].low &&
                    e[0][v].high == e[1][v].high);
    feat_pool_close(&context.pool);
    feat_free(s);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    gmet_sampling_error e[3];
    feat_error err;
    const float x[4] = {0};
    gmet_pr_options none = {.struct_size = sizeof none, .k = 0};
    assert_int_equal(gmet_pr_error(e, &(gmet_pr_result){0, 0, 0}, &none, SET(x, 4, 1), SET(x, 4, 1), NULL, &err),
                     FEAT_ERR_ARG);
    assert_int_equal(gmet_authpct_error(e, 0.0, SET(x, 4, 1), SET(x, 0, 1), NULL, &err), FEAT_ERR_ARG);
    assert_non_null(strstr(err.message, "AuthPct"));
    assert_int_equal(
        gmet_prdc_error(e, e + 1, &(gmet_prdc_result){0}, NULL, NULL, SET(x, 4, 0), SET(x, 4, 0), NULL, &err),
        FEAT_ERR_ARG);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    const sets *s = ctx;
    gmet_sampling_error e[3];
    feat_status status =
        gmet_pr_error(e, &(gmet_pr_result){0.5, 0.5, 0.5}, NULL, SET(s->x, N, D), SET(s->y, M, D), NULL, err);
    return status == FEAT_OK ? gmet_authpct_error(e, 50.0, SET(s->x, N, D), SET(s->y, M, D), NULL, err) : status;
}

static void test_no_memory(void **state)
{
    (void)state;
    sets *s = make_sets(0.0);
    fixture_survives_no_memory(allocate, s);
    feat_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_the_spread_over_draws),
        cmocka_unit_test(ends_of_the_range_have_a_limit),
        cmocka_unit_test(few_rows_have_no_error_and_say_why),
        cmocka_unit_test(the_order_of_rows_means_nothing),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
