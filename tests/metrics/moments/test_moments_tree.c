/* Moments in parts: any cut of the places, the parts put together again, gives the bits of one object that was
 * given everything; places that are left empty count as such. */
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
#include "tests/metrics/metrics_fixture.h"

enum { BLOCK = GMET_MOMENTS_BLOCK, N = 7 * BLOCK + 301, D = 5 };

static bool is_hole(size_t place)
{
    return place % 97 == 3 || (place >= BLOCK + 200 && place < BLOCK + 900);
}

/* Adds the rows of places [a, b). */
static void add_places(gmet_moments *m, const float *x, size_t a, size_t b, bool holes)
{
    for (size_t i = a; i < b; i++) {
        if (holes && is_hole(i))
            assert_int_equal(gmet_moments_skip(m, 1, NULL), FEAT_OK);
        else
            assert_int_equal(gmet_moments_add(m, x + i * D, 1, D, NULL), FEAT_OK);
    }
}

static void get(const gmet_moments *m, double out[D + D * D])
{
    assert_int_equal(gmet_moments_get(m, out, out + D, 1, NULL), FEAT_OK);
}

/* What a merge does with places [a, b): the rows of cut blocks, and the parts of whole ones. */
static void add_shard(gmet_moments *whole, const float *x, size_t a, size_t b, bool holes)
{
    size_t first = (a + BLOCK - 1) / BLOCK * BLOCK, last = b / BLOCK * BLOCK;
    if (first >= last) {
        add_places(whole, x, a, b, holes);
        return;
    }
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_start(m, first, NULL), FEAT_OK);
    add_places(m, x, first, last, holes);
    assert_int_equal(gmet_moments_next(m), last);
    add_places(whole, x, a, first, holes);
    for (size_t i = 0; i < gmet_moments_n_parts(m); i++) {
        gmet_moments_part part = gmet_moments_get_part(m, i);
        assert_int_equal(gmet_moments_add_part(whole, &part, NULL), FEAT_OK);
    }
    add_places(whole, x, last, b, holes);
    gmet_moments_close(&m);
}

static void check_cuts(bool holes)
{
    static const size_t cuts[][5] = {
        {N, N, N, N, N},
        {1, BLOCK - 1, BLOCK + 1, 5 * BLOCK, N},
        {BLOCK, 3 * BLOCK, 3 * BLOCK, 6 * BLOCK + 7, N},
        {2000, 2 * BLOCK + 100, 2 * BLOCK + 200, 7 * BLOCK, N},
        {3 * BLOCK + 5, 4 * BLOCK, 7 * BLOCK + 300, N, N},
    };
    float *x = fixture_features(N, D, 21, 0.25);
    double want[D + D * D], got[D + D * D];
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    add_places(m, x, 0, N, holes);
    get(m, want);
    size_t n = gmet_moments_count(m);
    gmet_moments_close(&m);
    for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
        assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
        for (size_t s = 0, from = 0; s < 5; from = cuts[c][s++])
            add_shard(m, x, from, cuts[c][s], holes);
        assert_int_equal(gmet_moments_count(m), n);
        get(m, got);
        assert_memory_equal(got, want, sizeof want);
        gmet_moments_close(&m);
    }
    feat_free(x);
}

static void test_cuts(void **state)
{
    (void)state;
    check_cuts(false);
    check_cuts(true);
}

/* Rows with their places, in pieces that end anywhere. */
static void test_places(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 5, 0.0), *rows = feat_alloc_array(N * D, sizeof *rows);
    size_t *places = feat_alloc_array(N, sizeof *places), n = 0;
    assert_true(x != NULL && rows != NULL && places != NULL);
    for (size_t i = 0; i < N; i++) {
        if (is_hole(i))
            continue;
        memcpy(rows + n * D, x + i * D, D * sizeof *x);
        places[n++] = i;
    }
    gmet_moments *m = NULL, *whole = NULL;
    assert_int_equal(gmet_moments_create(&m, D, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_create(&whole, D, NULL, NULL), FEAT_OK);
    for (size_t i = 0, step; i < n; i += step) {
        step = n - i < 613 ? n - i : 613;
        assert_int_equal(gmet_moments_add_at(m, rows + i * D, places + i, step, NULL), FEAT_OK);
    }
    add_places(whole, x, 0, N, true);
    double got[D + D * D], want[D + D * D];
    get(m, got);
    get(whole, want);
    assert_memory_equal(got, want, sizeof got);
    assert_int_equal(gmet_moments_add_at(m, rows, places, 1, NULL), FEAT_ERR_ARG); /* place 0 is taken */
    gmet_moments_close(&m);
    gmet_moments_close(&whole);
    feat_free(places);
    feat_free(rows);
    feat_free(x);
}

typedef struct column {
    double n, centre, sum, square; /* of one column; square: of rows less their mean */
} column;

/* Rows [from, to), at most a block: chunks of 256 in a row, sums of rows less the first, products of rows
 * less the mean of their chunk, and last in the chain what joins them to those before. */
static column block_sums(const float *x, size_t from, size_t to)
{
    column b = {.centre = (double)x[from]};
    for (size_t i = from; i < to; i += 256) {
        double sum = 0.0, square = 0.0, n = (double)(to - i < 256 ? to - i : 256);
        for (size_t k = i; k < to && k < i + 256; k++)
            sum += (double)x[k] - b.centre;
        for (size_t k = i; k < to && k < i + 256; k++) {
            double t = (double)x[k] - b.centre - sum / n;
            square = fma(t, t, square);
        }
        if (b.n > 0.0) {
            double t = sqrt(b.n * n / (b.n + n)) * (sum / n - b.sum / b.n);
            square = fma(t, t, square);
        }
        b.sum += sum;
        b.square += square;
        b.n += n;
    }
    return b;
}

static column join(column a, column b)
{
    double shift = b.centre - a.centre, apart = shift + (b.sum / b.n - a.sum / a.n);
    double weight = a.n * b.n / (a.n + b.n);
    column c = {.n = a.n + b.n, .centre = a.centre, .sum = a.sum + fma(b.n, shift, b.sum)};
    c.square = fma(weight * apart, apart, a.square + b.square);
    return c;
}

/* The order is pinned: blocks pairwise, what is left from large to small. */
static void test_order(void **state)
{
    (void)state;
    float *x = fixture_features(N, 1, 22, 0.5);
    column b[8];
    double mu, sigma;
    for (size_t i = 0; i < 8; i++)
        b[i] = block_sums(x, i * BLOCK, i < 7 ? (i + 1) * BLOCK : N);
    column four = join(join(b[0], b[1]), join(b[2], b[3]));
    column all = join(join(join(four, join(b[4], b[5])), b[6]), b[7]);
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, 1, NULL, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, N, 1, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, &mu, &sigma, 1, NULL), FEAT_OK);
    assert_true(mu == all.centre + all.sum / N);
    assert_true(sigma == all.square / (N - 1));
    assert_int_equal(gmet_moments_n_parts(m), 3);
    assert_int_equal(gmet_moments_get_part(m, 0).span, 4 * BLOCK);
    assert_int_equal(gmet_moments_get_part(m, 1).first, 4 * BLOCK);
    assert_int_equal(gmet_moments_get_part(m, 2).n, BLOCK);
    gmet_moments_close(&m);
    feat_free(x);
}

/* No rows, one or two, in blocks of their own; empty blocks before and after. */
static void test_few_rows(void **state)
{
    (void)state;
    static const float rows[2][2] = {{1e7f, -3.0f}, {1e7f + 2.0f, 5.0f}};
    for (size_t gap = 0; gap <= 3 * BLOCK; gap += BLOCK - 1) {
        gmet_moments *m = NULL;
        double mu[2], sigma[4];
        assert_int_equal(gmet_moments_create(&m, 2, NULL, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_skip(m, 2 * BLOCK, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_get(m, mu, sigma, 0, NULL), FEAT_ERR_NUMERIC);
        assert_int_equal(gmet_moments_add(m, rows[0], 1, 2, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_get(m, mu, sigma, 0, NULL), FEAT_OK);
        assert_true(mu[0] == (double)1e7f && mu[1] == -3.0 && sigma[0] == 0.0 && sigma[1] == 0.0 &&
                    sigma[3] == 0.0);
        assert_int_equal(gmet_moments_skip(m, gap, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_add(m, rows[1], 1, 2, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_skip(m, gap, NULL), FEAT_OK);
        assert_int_equal(gmet_moments_get(m, mu, sigma, 1, NULL), FEAT_OK);
        assert_true(mu[0] == (double)1e7f + 1.0 && mu[1] == 1.0);
        assert_true(sigma[0] == 2.0 && sigma[1] == 8.0 && sigma[2] == 8.0 && sigma[3] == 32.0);
        gmet_moments_close(&m);
    }
}

static void test_refused(void **state)
{
    (void)state;
    feat_error err;
    gmet_moments *m = NULL;
    double sums[3] = {1, 2, 3};
    assert_int_equal(gmet_moments_create(&m, 1, NULL, &err), FEAT_OK);
    assert_int_equal(gmet_moments_sums(1), 3);
    assert_int_equal(gmet_moments_sums(SIZE_MAX / 2), 0);
    assert_int_equal(gmet_moments_start(m, BLOCK + 1, &err), FEAT_ERR_ARG);
    static const gmet_moments_part bad[] = {
        {0, 0, 0, NULL},           {0, BLOCK + 1, 1, NULL},         {0, 3 * BLOCK, 1, NULL},
        {0, BLOCK, BLOCK + 1, NULL}, {BLOCK, 2 * BLOCK, 1, NULL}, {BLOCK, BLOCK, 1, NULL},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gmet_moments_part part = bad[i];
        part.sums = sums;
        assert_int_equal(gmet_moments_add_part(m, &part, &err), FEAT_ERR_ARG);
    }
    gmet_moments_part part = {0, BLOCK, 3, sums};
    sums[1] = (double)NAN;
    assert_int_equal(gmet_moments_add_part(m, &part, &err), FEAT_ERR_NUMERIC);
    sums[1] = 2;
    part.n = 0;
    assert_int_equal(gmet_moments_add_part(m, &part, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "sum 0 of no rows is 0, 1 found"));
    part.n = 3;
    assert_int_equal(gmet_moments_add_part(m, &part, &err), FEAT_OK);
    assert_int_equal(gmet_moments_count(m), 3);
    assert_int_equal(gmet_moments_start(m, 2 * BLOCK, &err), FEAT_ERR_ARG);
    gmet_moments_close(&m);
}

static uint64_t hash_of(const gmet_context *context)
{
    enum { ROWS = 3 * BLOCK + 10, WIDTH = 30 };
    float *x = fixture_features(ROWS, WIDTH, 23, 0.0);
    double *out = fixture_doubles(WIDTH * WIDTH + WIDTH);
    gmet_moments *m = NULL;
    assert_int_equal(gmet_moments_create(&m, WIDTH, context, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x, 3000, WIDTH, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_skip(m, 5, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_add(m, x + 3000 * WIDTH, ROWS - 3000, WIDTH, NULL), FEAT_OK);
    assert_int_equal(gmet_moments_get(m, out, out + WIDTH, 1, NULL), FEAT_OK);
    uint64_t h = fixture_hash(FIXTURE_HASH_START, out, (WIDTH * WIDTH + WIDTH) * sizeof *out);
    gmet_moments_close(&m);
    feat_free(x);
    feat_free(out);
    return h;
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x48643be0a8212ba8u);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    const float *x = ctx;
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, 1, NULL, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m, x, N, 1, err);
    if (status == FEAT_OK)
        status = gmet_moments_skip(m, BLOCK - 301, err);
    double sums[3] = {0, 0, 0};
    gmet_moments_part part = {8 * BLOCK, BLOCK, 0, sums};
    if (status == FEAT_OK)
        status = gmet_moments_add_part(m, &part, err);
    gmet_moments_close(&m);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    float *x = fixture_features(N, 1, 24, 0.0);
    fixture_survives_no_memory(allocate, x);
    feat_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),      cmocka_unit_test(test_places),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_few_rows),  cmocka_unit_test(test_refused), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
