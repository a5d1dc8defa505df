/* Neighbours that metrics share: each gets what it would find alone, and they are found once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/gmet.h"
#include "metrics/base/memo.h"
#include "metrics/pairs/neighbours.h"
#include "tests/metrics/metrics_fixture.h"

enum { N = 80, D = 24, MOST = 4 };

static void nearest(double *distance2, const gmet_set *set, size_t k, gmet_memo *memo, size_t *n_exact)
{
    const gmet_context context = {.memo = memo};
    gmet_neighbours *s = NULL;
    assert_int_equal(gmet_neighbours_create(&s, set->d, &context, NULL), FEAT_OK);
    assert_int_equal(gmet_nearest_k(distance2, NULL, s, set, set, k, 0, NULL), FEAT_OK);
    *n_exact = gmet_neighbours_exact(s);
    gmet_neighbours_close(&s);
}

static void each_gets_what_it_would_find_alone(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 3, 0.0);
    const gmet_set set = {.rows = x, .n = N, .d = D};
    gmet_memo *memo = NULL;
    assert_int_equal(gmet_memo_create(&memo, &set, MOST, NULL), FEAT_OK);
    for (size_t k = 1; k <= MOST + 1; k++) {
        double alone[N * (MOST + 1)], shared[N * (MOST + 1)];
        size_t n_alone, n_shared;
        nearest(alone, &set, k, NULL, &n_alone);
        nearest(shared, &set, k, memo, &n_shared);
        assert_memory_equal(alone, shared, N * k * sizeof alone[0]);
        assert_true(n_alone > 0);
        assert_true((n_shared > 0) == (k == 1 || k > MOST)); /* found at first, and where there are too few */
    }
    gmet_memo_close(&memo);
    feat_free(x);
}

static void other_rows_are_none_of_its_business(void **state)
{
    (void)state;
    float *x = fixture_features(N, D, 3, 0.0), *y = fixture_features(N, D, 4, 0.0);
    const gmet_set set = {.rows = x, .n = N, .d = D}, other = {.rows = y, .n = N, .d = D};
    const gmet_set fewer = {.rows = x, .n = N - 1, .d = D};
    double distance2[N], alone[N];
    size_t count;
    gmet_memo *memo = NULL;
    assert_int_equal(gmet_memo_create(&memo, &set, 1, NULL), FEAT_OK);
    nearest(distance2, &set, 1, memo, &count);
    const gmet_set *sets[2] = {&other, &fewer};
    for (size_t i = 0; i < 2; i++) {
        nearest(distance2, sets[i], 1, memo, &count);
        nearest(alone, sets[i], 1, NULL, &count);
        assert_memory_equal(distance2, alone, sets[i]->n * sizeof alone[0]);
    }
    gmet_memo_close(&memo);
    feat_free(x);
    feat_free(y);
}

static feat_status allocate(void *ctx, feat_error *err)
{
    gmet_memo *memo = NULL;
    feat_status status = gmet_memo_create(&memo, ctx, 2, err);
    gmet_memo_close(&memo);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    gmet_set set = {.rows = NULL, .n = N, .d = D};
    fixture_survives_no_memory(allocate, &set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_what_it_would_find_alone),
        cmocka_unit_test(other_rows_are_none_of_its_business),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
