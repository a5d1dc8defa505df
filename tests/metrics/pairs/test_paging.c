/* Scans over sets that do not lie in memory as a whole: the same bits, whatever the columns are fetched from
 * and however the rows are divided. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/paging.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/neighbours.h"
#include "metrics/pairs/pairs.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 1500, M = 1003, D = 7, K = 3, CUT = 480 };

/* Columns are copied from `from` into a block that is filled with NaN when it is not in use. */
typedef struct store {
    gmet_paging paging;
    const float *from;
    float *block;
    size_t fail_at; /* the column whose round cannot be fetched */
    size_t rounds, open;
} store;

static void poison(store *s)
{
    for (size_t i = 0; i < GMET_PAIR_COLUMNS * D; i++)
        s->block[i] = NAN;
}

static feat_status fetch(void *ctx, size_t j0, size_t n, const float **rows, feat_error *err)
{
    store *s = ctx;
    if (j0 >= s->fail_at)
        return feat_fail(err, FEAT_ERR_IO, "the columns from %zu on are gone", j0);
    assert_int_equal(s->open, 0);
    assert_true(n <= GMET_PAIR_COLUMNS);
    memcpy(s->block, s->from + j0 * D, n * D * sizeof(float));
    s->open = 1;
    s->rounds++;
    *rows = s->block;
    return FEAT_OK;
}

static void close_block(void *ctx, size_t j0, size_t n)
{
    (void)j0;
    (void)n;
    store *s = ctx;
    assert_int_equal(s->open, 1);
    s->open = 0;
    poison(s);
}

static store *open_store(const float *from)
{
    store *s = feat_calloc(1, sizeof *s);
    assert_non_null(s);
    s->from = from;
    s->fail_at = SIZE_MAX;
    s->block = feat_alloc_array((size_t)GMET_PAIR_COLUMNS * D, sizeof(float));
    assert_non_null(s->block);
    s->paging = (gmet_paging){s, fetch, close_block};
    poison(s);
    return s;
}

static void close_store(store *s)
{
    assert_int_equal(s->open, 0);
    feat_free(s->block);
    feat_free(s);
}

typedef struct answers {
    double nearest[N * K];
    size_t index[N * K];
    unsigned char row_inside[N], column_inside[N], column_holds[N];
    uint32_t balls[N];
    double distances[N]; /* summed by visits */
} answers;

static bool always(const void *ctx, size_t i, size_t j, double least)
{
    (void)ctx;
    (void)i;
    (void)least;
    return j % 16 == 0;
}

static void add_up(void *ctx, size_t i, size_t j, double distance2)
{
    (void)j;
    double *sums = ctx;
    sums[i] += distance2;
}

/* Rows `first` .. `first` + n of x against all of y, into the places of those rows. Flags of columns add up. */
static void ask(answers *a, gmet_neighbours *s, const float *x, size_t first, size_t n, const float *y,
                size_t m, const gmet_paging *paging, bool others, const double *rx, const double *ry)
{
    unsigned char inside[N], holds[N];
    const gmet_set rows = {.rows = x + first * D, .n = n, .d = D, .paging = paging};
    const gmet_set columns = {.rows = paging == NULL ? y : NULL, .n = m, .d = D, .paging = paging};
    assert_int_equal(gmet_nearest_k(a->nearest + first * K, a->index + first * K, s, &rows, &columns, K,
                                    others ? first : GMET_NO_SELF, NULL),
                     FEAT_OK);
    gmet_balls balls = {.row_radius2 = rx + first,
                        .column_radius2 = ry,
                        .row_inside = a->row_inside + first,
                        .column_inside = inside,
                        .column_holds = holds,
                        .row_balls = a->balls + first};
    assert_int_equal(gmet_find_balls(&balls, s, &rows, &columns, NULL), FEAT_OK);
    for (size_t j = 0; j < m; j++) {
        a->column_inside[j] |= inside[j];
        a->column_holds[j] |= holds[j];
    }
    gmet_visit visit = {.ctx = a->distances + first, .matters = always, .take = add_up};
    assert_int_equal(gmet_visit_pairs(&visit, s, &rows, &columns, NULL), FEAT_OK);
}

static void check_neighbours(const float *x, size_t n, const float *y, size_t m, bool others)
{
    double *rx = fixture_doubles(n), *ry = fixture_doubles(m);
    feat_pool *pool = NULL;
    gmet_neighbours *s = NULL;
    answers *want = feat_calloc(1, sizeof *want), *got = feat_calloc(1, sizeof *got);
    assert_true(want != NULL && got != NULL);
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    assert_int_equal(gmet_neighbours_create(&s, D, &(const gmet_context){.pool = pool}, NULL), FEAT_OK);
    size_t self = others ? 0 : GMET_NO_SELF;
    assert_int_equal(gmet_nearest_k(want->nearest, NULL, s, SET(x, n, D), SET(y, m, D), K, self, NULL), FEAT_OK);
    for (size_t i = 0; i < n; i++)
        rx[i] = want->nearest[i * K]; /* ties */
    for (size_t j = 0; j < m; j++)
        ry[j] = want->nearest[j * K / 2];
    ask(want, s, x, 0, n, y, m, NULL, others, rx, ry);
    store *from = open_store(y);
    ask(got, s, x, 0, CUT, y, m, &from->paging, others, rx, ry);
    ask(got, s, x, CUT, 0, y, m, &from->paging, others, rx, ry); /* no rows, as at a rank too many */
    ask(got, s, x, CUT, n - CUT, y, m, &from->paging, others, rx, ry);
    size_t rounds = (m + GMET_PAIR_COLUMNS - 1) / GMET_PAIR_COLUMNS;
    assert_int_equal(from->rounds, 9 * rounds);
    close_store(from);
    assert_memory_equal(got, want, sizeof *want);
    size_t flags = 0;
    for (size_t i = 0; i < n; i++)
        flags += want->row_inside[i];
    assert_true(flags > 0 && (others || flags < n)); /* each is in its own ball */
    gmet_neighbours_close(&s);
    feat_pool_close(&pool);
    feat_free(got);
    feat_free(want);
    feat_free(ry);
    feat_free(rx);
}

static void test_neighbours(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 1, 0.0), *y = fixture_features(M, D, 2, 0.5);
    check_neighbours(x, N, y, M, false);
    check_neighbours(x, N, x, N, true);
    feat_free(y);
    feat_free(x);
}

/* --- pairs.h ------------------------------------------------------------------------------------------ */

typedef struct sums {
    size_t first;
    double *row; /* [N] */
} sums;

static void sum_block(void *ctx, const gmet_pair_block *b)
{
    const sums *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++)
            if (b->j0 + c > s->first + b->i0 + r)
                s->row[s->first + b->i0 + r] += b->value[r * GMET_PAIR_COLUMNS + c];
}

static void scan(double *out, const gmet_pairs *pairs, const float *x, size_t first, size_t n,
                 const gmet_paging *paging)
{
    sums s = {first, out};
    gmet_rows rows = {.f = x + first * D, .n = n, .paging = paging};
    gmet_rows columns = {.f = paging == NULL ? x : NULL, .n = N, .paging = paging};
    gmet_pair_scan what = {.rows = &rows, .columns = &columns, .first = first, .ctx = &s};
    what.products = what.upper = true;
    what.block = sum_block;
    assert_int_equal(gmet_pairs_scan(pairs, &what, NULL), FEAT_OK);
}

static void test_pairs(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 3, 0.0);
    double *want = fixture_doubles(N), *got = fixture_doubles(N);
    feat_pool *pool = NULL;
    gmet_pairs pairs;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    assert_int_equal(gmet_pairs_create(&pairs, D, &(const gmet_context){.pool = pool}, NULL), FEAT_OK);
    memset(want, 0, N * sizeof *want);
    memset(got, 0, N * sizeof *got);
    scan(want, &pairs, x, 0, N, NULL);
    store *from = open_store(x);
    scan(got, &pairs, x, 0, CUT, &from->paging);
    scan(got, &pairs, x, CUT, N - CUT, &from->paging);
    close_store(from);
    assert_memory_equal(got, want, N * sizeof *want);
    assert_true(want[0] != 0.0);
    gmet_pairs_release(&pairs);
    feat_pool_close(&pool);
    feat_free(got);
    feat_free(want);
    feat_free(x);
}

/* --- errors ------------------------------------------------------------------------------------------- */

static void ignore(void *ctx, const gmet_pair_block *b)
{
    (void)ctx;
    (void)b;
}

static void test_failure(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 4, 0.0);
    double *nearest = fixture_doubles(N);
    feat_error err;
    gmet_neighbours *s = NULL;
    gmet_pairs pairs;
    store *from = open_store(x);
    from->fail_at = 960;
    const gmet_set set = {.rows = x, .n = N, .d = D, .paging = &from->paging};
    assert_int_equal(gmet_neighbours_create(&s, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_nearest_k(nearest, NULL, s, &set, &set, 1, 0, &err), FEAT_ERR_IO);
    assert_string_equal(err.message, "the columns from 960 on are gone");
    assert_int_equal(from->rounds, 2);
    gmet_neighbours_close(&s);
    gmet_rows rows = {.f = x, .n = N, .paging = &from->paging};
    gmet_pair_scan what = {.rows = &rows, .columns = &rows, .block = ignore};
    assert_int_equal(gmet_pairs_create(&pairs, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_pairs_scan(&pairs, &what, &err), FEAT_ERR_IO);
    assert_int_equal(from->rounds, 4);
    gmet_pairs_release(&pairs);
    close_store(from);
    feat_free(nearest);
    feat_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
