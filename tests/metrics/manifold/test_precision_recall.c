/* Improved precision and recall: hand cases with ties and duplicates, brute force, NumPy's figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "metrics/pairs/neighbours.h"
#include "tests/data/metrics_expected.h"
#include "tests/level.h"
#include "tests/metrics/metrics_fixture.h"

static gmet_pr_result run(const float *real, size_t n_real, const float *gen, size_t n_gen, size_t d,
                          size_t k, int strict)
{
    gmet_pr_result r;
    gmet_pr_options o;
    gmet_pr_options_init(&o, sizeof o);
    o.k = k;
    o.strict = strict;
    assert_int_equal(gmet_precision_recall(&r, &o, SET(real, n_real, d), SET(gen, n_gen, d), NULL, NULL), FEAT_OK);
    return r;
}

static void test_by_hand(void **state)
{
    (void)state;
    /* On a line, k = 1: real radii 1, 1, 2 (from 3 to 1); generated radii 0.5, 0.5, 95.5. */
    const float real[3] = {0, 1, 3}, gen[3] = {4, 4.5f, 100};
    gmet_pr_result r = run(real, 3, gen, 3, 1, 1, 0);
    assert_true(r.precision == 2.0 / 3.0); /* 4 and 4.5 lie within 2 of 3 */
    assert_true(r.recall == 0.0);          /* 3 is 1 from 4; 100's ball ends at 4.5 */
    assert_true(r.f_score == 0.0);
    /* A generated row exactly on the sphere: inside with <=, outside with <. */
    const float edge[2] = {5, 50};
    assert_true(run(real, 3, edge, 2, 1, 1, 0).precision == 0.5);
    assert_true(run(real, 3, edge, 2, 1, 1, 1).precision == 0.0);
}

static void test_duplicates(void **state)
{
    (void)state;
    /* All rows equal: radii 0, distances 0. */
    const float same[8] = {0.1f, 0.2f, 0.1f, 0.2f, 0.1f, 0.2f, 0.1f, 0.2f};
    gmet_pr_result r = run(same, 4, same, 4, 2, 3, 0);
    assert_true(r.precision == 1.0 && r.recall == 1.0 && r.f_score == 1.0);
    r = run(same, 4, same, 4, 2, 3, 1);
    assert_true(r.precision == 0.0 && r.recall == 0.0 && r.f_score == 0.0);
    /* A set against itself, with every row doubled and k = 1: radius 0 reaches the copy and nothing else. */
    float *x = fixture_features(40, 300, 6, 0.0), *twice = feat_alloc_array(80 * 300, sizeof *twice);
    assert_non_null(twice);
    memcpy(twice, x, 40 * 300 * sizeof *x);
    memcpy(twice + 40 * 300, x, 40 * 300 * sizeof *x);
    r = run(twice, 80, x, 40, 300, 1, 0);
    assert_true(r.precision == 1.0 && r.recall == 1.0);
    feat_free(x);
    feat_free(twice);
}

static void test_same_set(void **state)
{
    (void)state;
    float *x = fixture_features(530, 33, 7, 0.0);
    for (size_t k = 1; k <= 5; k += 2) {
        gmet_pr_result r = run(x, 530, x, 530, 33, k, 0);
        assert_true(r.precision == 1.0 && r.recall == 1.0 && r.f_score == 1.0);
    }
    feat_free(x);
}

static double distance(const float *x, const float *y, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < d; i++)
        sum = fma((double)x[i] - (double)y[i], (double)x[i] - (double)y[i], sum);
    return sum;
}

static double plain_distance(const float *x, const float *y, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < d; i++)
        sum += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
    return sum;
}

/* (k + 1)-th smallest distance of a row to its set, itself included. */
static double radius(const float *set, size_t n, size_t d, size_t row, size_t k)
{
    double last = -1.0;
    for (size_t found = 0; found <= k;) {
        double next = (double)INFINITY;
        size_t ties = 0;
        for (size_t j = 0; j < n; j++) {
            double t = distance(set + row * d, set + j * d, d);
            if (t > last && t < next) {
                next = t;
                ties = 0;
            }
            ties += t == next;
        }
        last = next;
        found += ties;
    }
    return last;
}

static double share(const float *balls, size_t n, const float *points, size_t n_points, size_t d, size_t k,
                    int strict)
{
    double *radii = fixture_doubles(n);
    size_t inside = 0;
    for (size_t i = 0; i < n; i++)
        radii[i] = radius(balls, n, d, i, k);
    for (size_t j = 0; j < n_points; j++) {
        bool hit = false;
        for (size_t i = 0; i < n; i++) {
            double t = distance(balls + i * d, points + j * d, d);
            hit = hit || (strict ? t < radii[i] : t <= radii[i]);
        }
        inside += hit;
    }
    feat_free(radii);
    return (double)inside / (double)n_points;
}

/* Coarse integer coordinates: many exact ties and duplicates. Sizes straddle the blocks of 96 rows. */
static void test_brute_force(void **state)
{
    (void)state;
    const struct {
        size_t n_real, n_gen, d, k;
    } cases[] = {{4, 5, 1, 3}, {97, 193, 3, 3}, {200, 100, 2, 1}, {95, 96, 300, 5}, {150, 30, 7, 29}};
    splitmix rng = {88};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t n_real = cases[c].n_real, n_gen = cases[c].n_gen, d = cases[c].d, k = cases[c].k;
        float *real = feat_alloc_array(n_real * d, sizeof *real),
              *gen = feat_alloc_array(n_gen * d, sizeof *gen);
        assert_non_null(real);
        assert_non_null(gen);
        for (size_t i = 0; i < n_real * d; i++)
            real[i] = (float)floor(6.0 * splitmix_unit(&rng));
        for (size_t i = 0; i < n_gen * d; i++)
            gen[i] = (float)floor(6.0 * splitmix_unit(&rng)) + (i % 5 == 0 ? 1.0f : 0.0f);
        for (int strict = 0; strict <= 1; strict++) {
            gmet_pr_result r = run(real, n_real, gen, n_gen, d, k, strict);
            assert_true(r.precision == share(real, n_real, gen, n_gen, d, k, strict));
            assert_true(r.recall == share(gen, n_gen, real, n_real, d, k, strict));
        }
        feat_free(real);
        feat_free(gen);
    }
}

/* Whether each point lies in a ball, by all distances in double, each a plain sum. */
static void decide(unsigned char *inside, const float *balls, size_t n, const float *points, size_t n_points, size_t d,
                   size_t k, int strict)
{
    double *nearest = fixture_doubles(k + 1), *radii = fixture_doubles(n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= k; j++)
            nearest[j] = (double)INFINITY;
        for (size_t j = 0; j < n; j++) {
            double t = plain_distance(balls + i * d, balls + j * d, d);
            for (size_t at = 0; at <= k; at++)
                if (t < nearest[at]) {
                    double moved = nearest[at];
                    nearest[at] = t;
                    t = moved;
                }
        }
        radii[i] = nearest[k];
    }
    for (size_t j = 0; j < n_points; j++) {
        inside[j] = 0;
        for (size_t i = 0; i < n && !inside[j]; i++) {
            double t = plain_distance(balls + i * d, points + j * d, d);
            inside[j] = strict ? t < radii[i] : t <= radii[i];
        }
    }
    feat_free(nearest);
    feat_free(radii);
}

static size_t count(const unsigned char *flags, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += flags[i];
    return sum;
}

/* The decisions that gmet_precision_recall counts. */
static void find(unsigned char *real_inside, unsigned char *gen_inside, const gmet_set *real, const gmet_set *gen,
                 size_t k, int strict)
{
    gmet_neighbours *s = NULL;
    double *radii = fixture_doubles(real->n + gen->n), *nearest = fixture_doubles((real->n + gen->n) * k);
    assert_int_equal(gmet_neighbours_create(&s, real->d, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_find_radii(radii, nearest, s, real, k, NULL), FEAT_OK);
    assert_int_equal(gmet_find_radii(radii + real->n, nearest, s, gen, k, NULL), FEAT_OK);
    const gmet_balls balls = {.row_radius2 = radii,
                              .column_radius2 = radii + real->n,
                              .strict = strict != 0,
                              .row_inside = real_inside,
                              .column_inside = gen_inside};
    assert_int_equal(gmet_find_balls(&balls, s, real, gen, NULL), FEAT_OK);
    gmet_neighbours_close(&s);
    feat_free(radii);
    feat_free(nearest);
}

/* Features as VGG-16's: 4096 columns, none negative, three of four 0. Some generated rows are real ones, some a last
 * digit beside them, some twice there: every row's decision, and what is counted. */
static void test_wide_and_sparse(void **state)
{
    (void)state;
    enum { N_REAL = 240, N_GEN = 200, WIDTH = 4096, COPIES = 12 };
    const size_t n_real = test_chosen_level() == TEST_QUICK ? 40 : N_REAL,
                 n_gen = test_chosen_level() == TEST_QUICK ? 40 : N_GEN;
    float *real = fixture_features(n_real, WIDTH, 1, -12.0), *gen = fixture_features(n_gen, WIDTH, 2, -12.5);
    unsigned char want[N_REAL + N_GEN], got[N_REAL + N_GEN];
    size_t zeros = 0;
    for (size_t i = 0; i < COPIES; i++) {
        float *row = gen + (3 * i + 1) * WIDTH;
        memcpy(row, real + i * WIDTH, WIDTH * sizeof *row);
        if (i % 3 == 1)
            row[7 * i] = nextafterf(row[7 * i], 2.0f);
        if (i % 3 == 2)
            memcpy(row + WIDTH, row, WIDTH * sizeof *row);
    }
    for (size_t i = 0; i < n_real * WIDTH; i++)
        zeros += real[i] == 0.0f;
    assert_true(zeros > n_real * WIDTH * 2 / 3 && zeros < n_real * WIDTH * 9 / 10);
    const gmet_set r = {.rows = real, .n = n_real, .d = WIDTH}, g = {.rows = gen, .n = n_gen, .d = WIDTH};
    for (int strict = 0; strict <= 1; strict++)
        for (size_t k = 1; k <= 3; k += 2) {
            decide(want, gen, n_gen, real, n_real, WIDTH, k, strict);
            decide(want + n_real, real, n_real, gen, n_gen, WIDTH, k, strict);
            find(got, got + n_real, &r, &g, k, strict);
            assert_memory_equal(got, want, n_real + n_gen);
            gmet_pr_result result = run(real, n_real, gen, n_gen, WIDTH, k, strict);
            assert_true(result.recall == (double)count(want, n_real) / (double)n_real);
            assert_true(result.precision == (double)count(want + n_real, n_gen) / (double)n_gen);
            assert_true(result.recall > 0.1 && result.recall < 0.95 && result.precision > 0.1);
        }
    feat_free(real);
    feat_free(gen);
}

static void test_against_numpy(void **state)
{
    (void)state;
    float *a = fixture_features(300, 96, 1, 0.0), *b = fixture_features(410, 96, 2, 1.0);
    gmet_pr_result r = run(a, 300, b, 410, 96, 3, 0);
    assert_true(r.precision == EXPECTED_PRECISION_3 && r.recall == EXPECTED_RECALL_3);
    assert_true(fabs(r.f_score - 2 * r.precision * r.recall / (r.precision + r.recall)) < 1e-16);
    r = run(a, 300, b, 410, 96, 5, 1);
    assert_true(r.precision == EXPECTED_PRECISION_5_STRICT && r.recall == EXPECTED_RECALL_5_STRICT);
    gmet_pr_result by_default;
    assert_int_equal(gmet_precision_recall(&by_default, NULL, SET(a, 300, 96), SET(b, 410, 96), NULL, NULL), FEAT_OK);
    assert_true(by_default.precision == EXPECTED_PRECISION_3);
    feat_free(a);
    feat_free(b);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, y[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, NAN};
    gmet_pr_result r;
    feat_error err;
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(x, 3, 2), SET(x, 5, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "k = 3 needs at least 4 real rows, 3 found"));
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(x, 5, 2), SET(x, 3, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "generated rows"));
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(x, 5, 2), SET(y, 5, 2), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "generated: row 4, column 1 is NaN"));
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(x, 5, 0), SET(x, 5, 0), NULL, &err), FEAT_ERR_ARG);
    gmet_pr_options o = {.struct_size = sizeof o, .k = 0};
    assert_int_equal(gmet_precision_recall(&r, &o, SET(x, 5, 2), SET(x, 5, 2), NULL, &err), FEAT_ERR_ARG);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { N_REAL = 500, N_GEN = 130, COLUMNS = 40 };
    float *a = fixture_features(N_REAL, COLUMNS, 1, 0.0), *b = fixture_features(N_GEN, COLUMNS, 2, 1.0);
    gmet_pr_result r;
    assert_int_equal(gmet_precision_recall(&r, NULL, SET(a, N_REAL, COLUMNS), SET(b, N_GEN, COLUMNS), context, NULL),
                     FEAT_OK);
    feat_free(a);
    feat_free(b);
    double values[3] = {r.precision, r.recall, r.f_score};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0xe871d4c01c26952cu);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_pr_result r;
    return gmet_precision_recall(&r, NULL, SET(ctx, 5, 2), SET(ctx, 5, 2), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    fixture_survives_no_memory(allocate, x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),       cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_same_set),      cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_wide_and_sparse),
        cmocka_unit_test(test_against_numpy), cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_same_bits),     cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
