/* Whether the order of unshuffled rows shows in the splits of the Inception Score. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/row_order.h"
#include "metrics/base/splitmix.h"
#include "metrics/diversity/split_order.h"
#include "metrics/gmet.h"
#include "tests/metrics/metrics_fixture.h"

/* A row's logits: 5 for its class, noise in [0, 1) elsewhere. */
static void write_row(float *row, size_t c, size_t class, gmet_splitmix *random)
{
    for (size_t k = 0; k < c; k++)
        row[k] = (float)gmet_splitmix_unit(random) + (k == class ? 5.0f : 0.0f);
}

static gmet_order_result order_of(const float *x, size_t n, size_t c, const gmet_is_options *o, feat_pool *pool)
{
    const gmet_context context = {.pool = pool};
    gmet_order_result r;
    assert_int_equal(gmet_is_order(&r, o, SET(x, n, c), &context, NULL), FEAT_OK);
    return r;
}

/* A level of 1 in 400: of 600 sets in random order some 1.5 are called ordered; 8 or more have a chance of 3e-4. */
static void test_level(void **state)
{
    (void)state;
    enum { N = 120, C = 12, SETS = 600 };
    static float x[N * C];
    gmet_splitmix random = {11};
    size_t fired = 0, below_half = 0;
    for (size_t set = 0; set < SETS; set++) {
        for (size_t i = 0; i < N; i++)
            write_row(x + i * C, C, (size_t)(gmet_splitmix_unit(&random) * C), &random);
        gmet_order_result r = order_of(x, N, C, NULL, NULL);
        fired += r.beyond;
        below_half += r.p <= 0.5;
        assert_true(r.beyond == (r.p <= 1.0 / (1 + GMET_ORDER_SHUFFLES)));
    }
    assert_true(fired < 8);
    assert_in_range(below_half, SETS / 2 - 50, SETS / 2 + 50); /* four deviations of a fair coin */
}

static void test_class_order(void **state)
{
    (void)state;
    enum { N = 1000, C = 50 };
    float *x = feat_alloc_array(N * C, sizeof *x);
    gmet_splitmix random = {12};
    assert_non_null(x);
    for (size_t i = 0; i < N; i++)
        write_row(x + i * C, C, i * C / N, &random);
    assert_true(order_of(x, N, C, NULL, NULL).beyond);
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    o.split = GMET_SPLIT_BLOCK;
    o.block_size = 300;
    assert_true(order_of(x, N, C, &o, NULL).beyond);
    o.block_size = N; /* one block cannot differ */
    assert_true(order_of(x, N, C, &o, NULL).p == 1.0);
    o.split = GMET_SPLIT_CHUNK;
    assert_true(order_of(x, N, C, &o, NULL).beyond);
    feat_free(x);
}

/* Two classes alone, a slight trend of their shares, and more rows than are exchanged one by one. */
static void test_trend(void **state)
{
    (void)state;
    enum { N = 40000, C = 2 };
    float *x = feat_alloc_array(N * C, sizeof *x);
    gmet_splitmix random = {13};
    feat_pool *pool = NULL;
    assert_non_null(x);
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    for (int trend = 0; trend < 2; trend++) {
        for (size_t i = 0; i < N; i++) {
            double share = trend != 0 ? 0.45 + 0.1 * (double)i / N : 0.5;
            write_row(x + i * C, C, gmet_splitmix_unit(&random) < share, &random);
        }
        gmet_order_result alone = order_of(x, N, C, NULL, NULL), together = order_of(x, N, C, NULL, pool);
        assert_true(alone.beyond == (trend != 0));
        assert_true(alone.p == together.p);
    }
    feat_pool_close(&pool);
    feat_free(x);
}

static void test_nothing_to_order(void **state)
{
    (void)state;
    float x[30 * 3];
    gmet_order_result r;
    feat_error err;
    for (size_t i = 0; i < 90; i++)
        x[i] = 0.1f * (float)(i % 3);
    assert_true(order_of(x, 30, 3, NULL, NULL).p == 1.0); /* equal rows: every order is theirs */
    assert_int_equal(gmet_is_order(&r, NULL, SET(x, 5, 3), NULL, &err), FEAT_ERR_NUMERIC);
    x[4] = NAN;
    assert_int_equal(gmet_is_order(&r, NULL, SET(x, 30, 3), NULL, &err), FEAT_ERR_NUMERIC);
    x[4] = 1.0f;
    for (long at = 0; at < 6; at++) {
        feat_alloc_fail_once(at);
        assert_int_equal(gmet_is_order(&r, NULL, SET(x, 30, 3), NULL, &err), FEAT_ERR_NOMEM);
    }
    feat_alloc_fail_once(-1);
}

static double shows(const float *x, size_t n, size_t d, size_t piece)
{
    gmet_row_order order = {.n = 0};
    for (size_t i = 0; i < n; i += piece)
        gmet_row_order_add(&order, x + i * d, n - i < piece ? n - i : piece, d);
    return gmet_row_order_shows(&order);
}

/* Rows in random order are of mean 0 and deviation 1, far from the origin too; sorted rows show, equal ones and few do
 * not, and pieces make no difference. */
static void test_rows(void **state)
{
    (void)state;
    enum { N = 200, D = 24, SETS = 400 };
    static float x[N * D];
    gmet_splitmix random = {13};
    double sum = 0.0, squares = 0.0, most = 0.0;
    for (size_t set = 0; set < SETS; set++) {
        for (size_t i = 0; i < N * D; i++)
            x[i] = (float)(1000.0 + gmet_splitmix_unit(&random) * (double)(1 + i % D));
        double z = shows(x, N, D, N);
        sum += z;
        squares += z * z;
        most = fabs(z) > most ? fabs(z) : most;
    }
    assert_true(fabs(sum / SETS) < 0.2 && fabs(squares / SETS - 1.0) < 0.3 && most < GMET_ORDER_LIMIT);
    assert_true(shows(x, N, D, N) == shows(x, N, D, 7));
    for (size_t i = 0; i < N; i++)
        x[i * D + i / 50] += 30.0f;
    assert_true(shows(x, N, D, N) > 2.0 * GMET_ORDER_LIMIT);
    for (size_t i = 0; i < N; i++)
        x[i * D] += i % 2 == 0 ? 300.0f : 0.0f; /* two kinds in turns */
    assert_true(shows(x, N, D, N) < -GMET_ORDER_LIMIT);
    assert_true(shows(x, 19, D, 19) == 0.0);
    for (size_t i = 0; i < N * D; i++)
        x[i] = 5.0f;
    assert_true(shows(x, N, D, N) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_class_order),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_nothing_to_order),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
