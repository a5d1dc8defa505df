/* Inception Score: hand cases, and torch-fidelity's formula evaluated by NumPy (make_metrics_data.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "tests/data/metrics_expected.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 103, C = 37 };

static gmet_is_result score(const float *x, size_t n, size_t c, size_t splits, int shuffle, size_t ddof)
{
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    o.n_splits = splits;
    o.shuffle = shuffle;
    o.ddof = ddof;
    gmet_is_result r;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, n, c), NULL, NULL), FEAT_OK);
    assert_int_equal(r.n_splits, splits);
    return r;
}

static void test_by_hand(void **state)
{
    (void)state;
    /* Every row sure of its own class: the score is the number of classes. */
    float sure[5 * 5] = {0};
    for (size_t i = 0; i < 5; i++)
        sure[i * 6] = 800.0f; /* the other probabilities underflow to 0: 0 log 0 counts as 0 */
    assert_true(fabs(score(sure, 5, 5, 1, 0, 0).mean - 5.0) < 1e-14);
    /* All rows alike: 1. One row per split: 1, spread 0. */
    float same[6 * 3] = {0.5f, -1, 2, 0.5f, -1, 2, 0.5f, -1, 2, 0.5f, -1, 2, 0.5f, -1, 2, 0.5f, -1, 2};
    assert_true(fabs(score(same, 6, 3, 2, 1, 0).mean - 1.0) < 1e-15);
    gmet_is_result r = score(sure, 5, 5, 5, 1, 0);
    assert_true(fabs(r.mean - 1.0) < 1e-15 && r.std < 1e-15);
    /* Splits of the same rows in other orders: what rounding leaves is no spread. */
    enum { ROWS = 7, SPLITS = 4 };
    float turned[SPLITS * ROWS * ROWS];
    for (size_t i = 0; i < SPLITS * ROWS * ROWS; i++)
        turned[i] = (float)((((i / ROWS) % ROWS + 3 * (i / (ROWS * ROWS))) % ROWS * 37 + i % ROWS * 11) % 23) / 7.0f;
    r = score(turned, SPLITS * ROWS, ROWS, SPLITS, 0, 0);
    assert_true(r.mean > 1.01 && r.std == 0.0 && r.n_splits == SPLITS);
    /* Two splits of known scores 2 and 1. */
    const float mixed[4 * 2] = {900, 0, 0, 900, 5, 0, 5, 0};
    r = score(mixed, 4, 2, 2, 0, 0);
    assert_true(fabs(r.mean - 1.5) < 1e-14 && fabs(r.std - 0.5) < 1e-14);
    assert_true(fabs(score(mixed, 4, 2, 2, 0, 1).std - sqrt(0.5)) < 1e-14);
}

static void test_against_numpy(void **state)
{
    (void)state;
    float *x = fixture_logits(N, C, 4);
    const struct {
        gmet_is_result got;
        double mean, std;
    } cases[] = {
        {score(x, N, C, 10, 1, 0), EXPECTED_IS_DEFAULT_MEAN, EXPECTED_IS_DEFAULT_STD},
        {score(x, N, C, 10, 0, 0), EXPECTED_IS_ORDERED_MEAN, EXPECTED_IS_ORDERED_STD},
        {score(x, N, C, 1, 1, 0), EXPECTED_IS_ONE_MEAN, EXPECTED_IS_ONE_STD},
        {score(x, N, C, 7, 1, 1), EXPECTED_IS_DDOF_MEAN, EXPECTED_IS_DDOF_STD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(fabs(cases[i].got.mean - cases[i].mean) < 2e-14);
        assert_true(fabs(cases[i].got.std - cases[i].std) < 2e-14);
    }
    gmet_is_result r; /* defaults are the published ones */
    assert_int_equal(gmet_inception_score(&r, NULL, SET(x, N, C), NULL, NULL), FEAT_OK);
    assert_true(r.mean == cases[0].got.mean && r.std == cases[0].got.std && r.n_splits == 10);
    feat_free(x);
}

/* Rows that are probabilities already: the same score as of the logits they came from. */
static void test_probabilities(void **state)
{
    (void)state;
    float *x = fixture_logits(N, C, 4), *p = feat_alloc_array(N * C, sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < N; i++) {
        double total = 0.0;
        for (size_t j = 0; j < C; j++)
            total += exp((double)x[i * C + j]);
        for (size_t j = 0; j < C; j++)
            p[i * C + j] = (float)(exp((double)x[i * C + j]) / total);
    }
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    o.probabilities = 1;
    gmet_is_result r;
    assert_int_equal(gmet_inception_score(&r, &o, SET(p, N, C), NULL, NULL), FEAT_OK);
    assert_true(fabs(r.mean - EXPECTED_IS_DEFAULT_MEAN) < 1e-6 && fabs(r.std - EXPECTED_IS_DEFAULT_STD) < 1e-6);
    assert_true(fabs(score(p, N, C, 10, 1, 0).mean - EXPECTED_IS_DEFAULT_MEAN) > 0.1); /* a softmax too many */
    /* One class each, 0 log 0 = 0; a sum of 2 is divided out. */
    float sure[5 * 5] = {0};
    for (size_t i = 0; i < 5; i++)
        sure[i * 6] = i == 2 ? 2.0f : 1.0f;
    o.n_splits = 1;
    assert_int_equal(gmet_inception_score(&r, &o, SET(sure, 5, 5), NULL, NULL), FEAT_OK);
    assert_true(fabs(r.mean - 5.0) < 1e-14);
    feat_error err;
    sure[7] = -0.25f;
    assert_int_equal(gmet_inception_score(&r, &o, SET(sure, 5, 5), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "row 1, column 2 is no probability: -0.25"));
    memset(sure, 0, sizeof sure);
    assert_int_equal(gmet_inception_score(&r, &o, SET(sure, 5, 5), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "row 0: the probabilities are all 0"));
    feat_free(p);
    feat_free(x);
}

/* The parts of torch.chunk and of blocks, each scored on its own. */
static void test_other_splits(void **state)
{
    (void)state;
    float *x = fixture_logits(N, C, 4);
    const struct {
        gmet_split split;
        size_t n, n_splits, block, parts, size;
    } cases[] = {
        {GMET_SPLIT_CHUNK, 52, 10, 0, 9, 6},    {GMET_SPLIT_CHUNK, 11, 10, 0, 6, 2},
        {GMET_SPLIT_CHUNK, 95, 10, 0, 10, 10},  {GMET_SPLIT_CHUNK, 3, 10, 0, 3, 1},
        {GMET_SPLIT_BLOCK, 103, 10, 50, 3, 50}, {GMET_SPLIT_BLOCK, 100, 10, 50, 2, 50},
        {GMET_SPLIT_BLOCK, 7, 10, 5000, 1, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gmet_is_options o;
        gmet_is_result r;
        double sum = 0, squares = 0, scores[16];
        gmet_is_options_init(&o, sizeof o);
        o.shuffle = 0;
        o.split = cases[i].split;
        o.n_splits = cases[i].n_splits;
        o.block_size = cases[i].block;
        o.ddof = 1;
        assert_int_equal(gmet_inception_score(&r, &o, SET(x, cases[i].n, C), NULL, NULL), FEAT_OK);
        assert_int_equal(r.n_splits, cases[i].parts);
        for (size_t p = 0, first = 0; p < cases[i].parts; p++, first += cases[i].size) {
            size_t rows = cases[i].n - first < cases[i].size ? cases[i].n - first : cases[i].size;
            sum += scores[p] = score(x + first * C, rows, C, 1, 0, 0).mean;
        }
        assert_true(fabs(r.mean - sum / (double)cases[i].parts) < 1e-14);
        for (size_t p = 0; p < cases[i].parts; p++)
            squares += (scores[p] - r.mean) * (scores[p] - r.mean);
        double std = cases[i].parts > 1 ? sqrt(squares / (double)(cases[i].parts - 1)) : 0.0;
        assert_true(fabs(r.std - std) < 1e-14);
    }
    feat_free(x);
}

static void test_stride(void **state)
{
    (void)state;
    float *x = fixture_logits(N, C, 4), *wide = feat_calloc(N * (C + 3), sizeof *wide);
    assert_non_null(wide);
    for (size_t i = 0; i < N; i++)
        memcpy(wide + i * (C + 3), x + i * C, C * sizeof *x);
    gmet_is_result a, b;
    assert_int_equal(gmet_inception_score(&a, NULL, SET(x, N, C), NULL, NULL), FEAT_OK);
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    o.stride = C + 3;
    assert_int_equal(gmet_inception_score(&b, &o, SET(wide, N, C), NULL, NULL), FEAT_OK);
    assert_memory_equal(&a, &b, sizeof a);
    feat_free(x);
    feat_free(wide);
}

static void test_bad_input(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    gmet_is_result r;
    gmet_is_options o;
    feat_error err;
    gmet_is_options_init(&o, sizeof o);
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "4 rows cannot fill 10 splits"));
    o.n_splits = 0;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_ARG);
    o.n_splits = o.ddof = 2;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_ARG);
    o.split = GMET_SPLIT_BLOCK;
    o.block_size = 0;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_ARG);
    o.split = GMET_SPLIT_CHUNK;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 0, 3), NULL, &err), FEAT_ERR_NUMERIC);
    o.split = GMET_SPLIT_EVEN;
    o.ddof = 0;
    o.stride = 2;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_ARG);
    o.stride = 0;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 0), NULL, &err), FEAT_ERR_ARG);
    x[7] = -INFINITY;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 4, 3), NULL, &err), FEAT_ERR_NUMERIC);
    assert_non_null(strstr(err.message, "logits: row 2, column 1"));
}

static uint64_t hash_of(const gmet_context *context)
{
    float *x = fixture_logits(1100, C, 5);
    gmet_is_result r;
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    o.n_splits = 2;
    assert_int_equal(gmet_inception_score(&r, &o, SET(x, 1100, C), context, NULL), FEAT_OK);
    feat_free(x);
    double values[2] = {r.mean, r.std};
    return fixture_hash(FIXTURE_HASH_START, values, sizeof values);
}

static void test_same_bits(void **state)
{
    (void)state;
    fixture_same_bits(hash_of, 0x0da8856f235cba2fu);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_is_result r;
    return gmet_inception_score(&r, NULL, SET(ctx, N, C), NULL, err);
}

static void test_no_memory(void **state)
{
    (void)state;
    float *x = fixture_logits(N, C, 4);
    fixture_survives_no_memory(allocate, x);
    feat_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),      cmocka_unit_test(test_against_numpy),
        cmocka_unit_test(test_other_splits), cmocka_unit_test(test_stride),
        cmocka_unit_test(test_bad_input),    cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
