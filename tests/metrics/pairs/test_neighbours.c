/* Neighbours and balls against brute force in double: the same distances, the same indices, the same
 * decisions, however little the float products say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/kernels/kernels.h"
#include "metrics/pairs/neighbours.h"
#include "tests/engine/kernels/bf16_tables.h"
#include "tests/metrics/metrics_fixture.h"

static double distance2(const float *x, const float *y, size_t d)
{
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
        double t = (double)x[k] - (double)y[k];
        sum = fma(t, t, sum);
    }
    return sum;
}

/* Brute force of everything at once. k nearest columns of each row, ties by index. */
typedef struct answers {
    double *nearest; /* [n][k] */
    size_t *index;
    unsigned char *row_inside, *column_inside, *column_holds;
    uint32_t *row_balls;
} answers;

static void *bytes(size_t n)
{
    void *p = feat_calloc(n, 1);
    assert_non_null(p);
    return p;
}

static answers make_answers(size_t n_rows, size_t n_columns, size_t k)
{
    answers a = {.nearest = bytes(n_rows * k * sizeof(double)), .index = bytes(n_rows * k * sizeof(size_t))};
    a.row_inside = bytes(n_rows);
    a.column_inside = bytes(n_columns);
    a.column_holds = bytes(n_columns);
    a.row_balls = bytes(n_rows * sizeof(uint32_t));
    return a;
}

static void free_answers(answers *a)
{
    feat_free(a->nearest);
    feat_free(a->index);
    feat_free(a->row_inside);
    feat_free(a->column_inside);
    feat_free(a->column_holds);
    feat_free(a->row_balls);
}

typedef struct trial {
    gmet_set rows, columns;
    size_t d, k;
    bool others, strict;
    double *row_radius2, *column_radius2;
} trial;

static answers brute_force(const trial *t)
{
    answers a = make_answers(t->rows.n, t->columns.n, t->k);
    for (size_t i = 0; i < t->rows.n; i++) {
        double *nearest = a.nearest + i * t->k;
        size_t found = 0, *index = a.index + i * t->k;
        for (size_t j = 0; j < t->columns.n; j++) {
            double x = distance2(t->rows.rows + i * t->d, t->columns.rows + j * t->d, t->d);
            if (t->strict ? x < t->column_radius2[j] : x <= t->column_radius2[j]) {
                a.row_inside[i] = a.column_holds[j] = 1;
                a.row_balls[i]++;
            }
            if (t->strict ? x < t->row_radius2[i] : x <= t->row_radius2[i])
                a.column_inside[j] = 1;
            if ((t->others && i == j) || (found == t->k && !(x < nearest[t->k - 1])))
                continue;
            size_t at = found < t->k ? found++ : t->k - 1;
            for (; at > 0 && nearest[at - 1] > x; at--) {
                nearest[at] = nearest[at - 1];
                index[at] = index[at - 1];
            }
            nearest[at] = x;
            index[at] = j;
        }
    }
    return a;
}

static answers fast(const trial *t, const feat_dmat_kernels *kernels, feat_pool *pool, size_t *exact)
{
    answers a = make_answers(t->rows.n, t->columns.n, t->k);
    gmet_neighbours *s = NULL;
    const gmet_context context = {.pool = pool, .kernels = kernels};
    assert_int_equal(gmet_neighbours_create(&s, t->d, &context, NULL), FEAT_OK);
    assert_int_equal(
        gmet_nearest_k(a.nearest, a.index, s, &t->rows, &t->columns, t->k, t->others ? 0 : GMET_NO_SELF, NULL),
        FEAT_OK);
    gmet_balls balls = {.row_radius2 = t->row_radius2,
                        .column_radius2 = t->column_radius2,
                        .strict = t->strict,
                        .row_inside = a.row_inside,
                        .column_inside = a.column_inside,
                        .column_holds = a.column_holds};
    /* Counting asks about every pair, flags only until they are set: both ways must agree. */
    assert_int_equal(gmet_find_balls(&balls, s, &t->rows, &t->columns, NULL), FEAT_OK);
    gmet_balls count = {.column_radius2 = t->column_radius2, .strict = t->strict, .row_balls = a.row_balls};
    assert_int_equal(gmet_find_balls(&count, s, &t->rows, &t->columns, NULL), FEAT_OK);
    if (exact != NULL)
        *exact = gmet_neighbours_exact(s);
    gmet_neighbours_close(&s);
    return a;
}

static void compare(const trial *t, const answers *want, const answers *got)
{
    size_t n = t->rows.n, m = t->columns.n;
    assert_memory_equal(got->nearest, want->nearest, n * t->k * sizeof *want->nearest);
    assert_memory_equal(got->index, want->index, n * t->k * sizeof *want->index);
    assert_memory_equal(got->row_inside, want->row_inside, n);
    assert_memory_equal(got->column_inside, want->column_inside, m);
    assert_memory_equal(got->column_holds, want->column_holds, m);
    assert_memory_equal(got->row_balls, want->row_balls, n * sizeof *want->row_balls);
}

/* Radii as the metrics have them: distances to the k-th nearest other row, so that ties occur. */
static double *radii(const float *x, size_t n, size_t d, size_t k)
{
    double *zero = fixture_doubles(n), *out = fixture_doubles(n);
    trial t = {{.rows = x, .n = n, .d = d}, {.rows = x, .n = n, .d = d}, d, k, true, true, zero, zero};
    answers a = brute_force(&t);
    for (size_t i = 0; i < n; i++)
        out[i] = a.nearest[i * k + k - 1];
    free_answers(&a);
    feat_free(zero);
    return out;
}

static void check(const char *name, const float *a, size_t n, const float *b, size_t m, size_t d, size_t k,
                  int strict)
{
    double *ra = radii(a, n, d, k), *rb = radii(b, m, d, k);
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    trial sets = {{.rows = a, .n = n, .d = d}, {.rows = b, .n = m, .d = d}, d, k, false, strict != 0, ra, rb};
    trial self = {{.rows = a, .n = n, .d = d}, {.rows = a, .n = n, .d = d}, d, k, true, strict != 0, ra, ra};
    const trial *both[2] = {&sets, &self};
    for (size_t i = 0; i < 2; i++) {
        size_t exact = 0, pairs = both[i]->rows.n * both[i]->columns.n;
        answers want = brute_force(both[i]), got = fast(both[i], NULL, pool, &exact);
        compare(both[i], &want, &got);
        free_answers(&got);
        print_message("%s: %zu of 3 x %zu pairs in double\n", name, exact, pairs);
        feat_dmat_kernels tables[BF16_TABLES_MAX];
        size_t n_tables = n * m < 1000000 ? bf16_tables(tables) : 0;
        for (size_t at = 0; at < n_tables; at++) {
            got = fast(both[i], &tables[at], NULL, NULL);
            compare(both[i], &want, &got);
            free_answers(&got);
        }
        free_answers(&want);
    }
    feat_pool_close(&pool);
    feat_free(ra);
    feat_free(rb);
}

static float *floats(size_t n)
{
    float *x = bytes(n * sizeof *x);
    return x;
}

/* 3,000 x 3,000 points of a coarse lattice: most distances are ties, many points are equal. */
static void test_lattice(void **state)
{
    (void)state;
    enum { N = 3000, D = 5 };
    float *a = floats(N * D), *b = floats(N * D);
    splitmix rng = {1};
    for (size_t i = 0; i < N * D; i++) {
        a[i] = (float)(int)(splitmix_unit(&rng) * 6.0);
        b[i] = (float)(int)(splitmix_unit(&rng) * 6.0);
    }
    check("lattice", a, N, b, N, D, 3, 0);
    feat_free(a);
    feat_free(b);
}

/* Ordinary rows, a tenth of them copies, within the sets and between them. */
static void test_copies(void **state)
{
    (void)state;
    enum { N = 1200, D = 12 };
    float *a = fixture_features(N, D, 1, 0.0), *b = fixture_features(N, D, 2, 1.0);
    for (size_t i = 0; i < N; i += 20) {
        memcpy(a + i * D, a + (N - 1 - i) * D, D * sizeof *a);
        memcpy(b + i * D, a + (i + 7) * D, D * sizeof *a);
    }
    check("copies", a, N, b, N, D, 3, 1);
    feat_free(a);
    feat_free(b);
}

/* Rows so far from the origin, or so close together, that float products say nothing; several pieces of
 * depth; ragged sizes; numbers whose products overflow or vanish. */
static void test_hard_cases(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t n, m, d, k;
        double scale, offset, spread;
    } cases[] = {
        {"one column", 130, 97, 1, 1, 1.0, 0.0, 1.0},
        {"deep", 140, 500, 700, 4, 1.0, 0.0, 1.0},
        {"far away", 150, 120, 20, 3, 1.0, 1e6, 1.0},
        {"two clusters", 150, 120, 33, 3, 1.0, 0.0, 1e5},
        {"two clusters in rounds of columns", 60, 1100, 33, 3, 1.0, 0.0, 1e5},
        {"huge", 100, 110, 8, 3, 1e37, 0.0, 1.0},
        {"overflowing differences", 60, 50, 8, 3, 3e38, 0.0, 1.0},
        {"tiny", 100, 110, 8, 3, 1e-38, 0.0, 1.0},
        {"subnormal", 60, 50, 8, 3, 1e-43, 0.0, 1.0},
        {"fewest", 3, 3, 4, 2, 1.0, 0.0, 1.0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t d = cases[c].d;
        float *x[2] = {floats(cases[c].n * d), floats(cases[c].m * d)};
        splitmix rng = {c};
        for (size_t s = 0; s < 2; s++) {
            for (size_t i = 0; i < (s == 0 ? cases[c].n : cases[c].m); i++) {
                double centre =
                    cases[c].offset + (cases[c].spread > 1.0 && i % 2 != 0 ? cases[c].spread : 0.0);
                for (size_t k = 0; k < d; k++)
                    x[s][i * d + k] = (float)((2.0 * splitmix_unit(&rng) - 1.0 + centre) * cases[c].scale);
            }
        }
        check(cases[c].name, x[0], cases[c].n, x[1], cases[c].m, d, cases[c].k, 0);
        check(cases[c].name, x[0], cases[c].n, x[1], cases[c].m, d, cases[c].k, 1);
        feat_free(x[0]);
        feat_free(x[1]);
    }
}

/* The point of it: hardly any pair of ordinary rows needs double, wherever they lie. */
static void test_few_exact(void **state)
{
    (void)state;
    enum { N = 1500, D = 300 };
    float *a = fixture_features(N, D, 1, 0.0);
    double *nearest = fixture_doubles(N * 3);
    gmet_set set = {.rows = a, .n = N, .d = D};
    for (int moved = 0; moved < 2; moved++) {
        gmet_neighbours *s = NULL;
        for (size_t i = 0; i < (size_t)N * D * (size_t)moved; i++)
            a[i] += 100.0f;
        assert_int_equal(gmet_neighbours_create(&s, D, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_nearest_k(nearest, NULL, s, &set, &set, 3, 0, NULL), FEAT_OK);
        print_message("%.1f exact distances for each of %d rows\n", (double)gmet_neighbours_exact(s) / N, (int)N);
        assert_true(gmet_neighbours_exact(s) < (size_t)N * 30);
        gmet_neighbours_close(&s);
    }
    feat_free(nearest);
    feat_free(a);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_neighbours *s = NULL;
    gmet_set set = {.rows = ctx, .n = 4, .d = 2};
    double nearest[4];
    unsigned char flags[8];
    feat_status status = gmet_neighbours_create(&s, 2, NULL, err);
    if (status == FEAT_OK)
        status = gmet_nearest_k(nearest, NULL, s, &set, &set, 1, 0, err);
    gmet_balls balls = {.row_radius2 = nearest, .column_radius2 = nearest, .row_inside = flags};
    balls.column_inside = balls.column_holds = flags + 4;
    if (status == FEAT_OK)
        status = gmet_find_balls(&balls, s, &set, &set, err);
    gmet_neighbours_close(&s);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    float rows[8] = {1, 2, 3, 5, 5, 6, 7, 1};
    fixture_survives_no_memory(allocate, rows);
    gmet_neighbours_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lattice),   cmocka_unit_test(test_copies),    cmocka_unit_test(test_hard_cases),
        cmocka_unit_test(test_few_exact), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
