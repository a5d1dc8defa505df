/* Equal rows within and across sets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/equal_rows.h"
#include "tests/metrics/metrics_fixture.h"

static gmet_row_mark *marks_of(const float *rows, size_t n, size_t d, feat_pool *pool)
{
    const gmet_context context = {.pool = pool};
    gmet_row_mark *marks = feat_alloc_array(n, sizeof *marks);
    assert_non_null(marks);
    gmet_mark_rows(marks, SET(rows, n, d), &context);
    return marks;
}

static void test_marks(void **state)
{
    (void)state;
    enum { N = 700, D = 300 };
    float *x = fixture_features(N, D, 1, 0.0);
    feat_pool *pool = NULL;
    assert_int_equal(feat_pool_create(&pool, 3, NULL), FEAT_OK);
    gmet_row_mark *alone = marks_of(x, N, D, NULL), *together = marks_of(x, N, D, pool);
    assert_memory_equal(alone, together, N * sizeof *alone);
    /* A change of any one number changes both words, and 0 is -0. */
    for (size_t j = 0; j < D; j++) {
        gmet_row_mark changed, zero, minus;
        float row[D];
        memcpy(row, x, sizeof row);
        row[j] = nextafterf(row[j], 100.0f);
        gmet_mark_rows(&changed, SET(row, 1, D), NULL);
        assert_true(changed.word[0] != alone->word[0] && changed.word[1] != alone->word[1]);
        row[j] = 0.0f;
        gmet_mark_rows(&zero, SET(row, 1, D), NULL);
        row[j] = -0.0f;
        gmet_mark_rows(&minus, SET(row, 1, D), NULL);
        assert_memory_equal(&zero, &minus, sizeof zero);
    }
    feat_free(alone);
    feat_free(together);
    feat_pool_close(&pool);
    feat_free(x);
}

static void test_copies(void **state)
{
    (void)state;
    /* By hand: 5 three times, 7 twice, 1 and 2 once. */
    const float x[7] = {5, 7, 1, 5, 2, 7, 5};
    const size_t want[7] = {3, 2, 1, 3, 1, 2, 3};
    size_t n_equal[7];
    gmet_copies c;
    gmet_row_mark *marks = marks_of(x, 7, 1, NULL);
    assert_int_equal(gmet_find_copies(&c, n_equal, marks, 7, NULL), FEAT_OK);
    assert_int_equal(c.n_copies, 3);
    assert_int_equal(c.copy, 3);
    assert_int_equal(c.original, 0);
    assert_memory_equal(n_equal, want, sizeof want);
    assert_true(fabs(c.excess - (15.0 / 7.0 - 1.0)) < 1e-15);
    assert_int_equal(gmet_find_copies(&c, NULL, marks, 3, NULL), FEAT_OK);
    assert_int_equal(c.n_copies, 0);
    assert_true(c.excess == 0.0);
    feat_free(marks);
}

/* Against a comparison of all pairs, of rows drawn from few kinds. */
static void test_against_pairs(void **state)
{
    (void)state;
    enum { N = 400, D = 3 };
    float *x = fixture_features(N, D, 3, 0.0);
    for (size_t i = 0; i < N * D; i++)
        x[i] = x[i] > 0.5f ? 1.0f : x[i] > -0.2f ? 0.0f : -1.0f;
    gmet_row_mark *marks = marks_of(x, N, D, NULL);
    size_t n_equal[N], n_copies = 0;
    gmet_copies c;
    assert_int_equal(gmet_find_copies(&c, n_equal, marks, N, NULL), FEAT_OK);
    for (size_t i = 0; i < N; i++) {
        size_t equal = 0, before = 0;
        for (size_t k = 0; k < N; k++) {
            bool same = memcmp(x + i * D, x + k * D, D * sizeof *x) == 0;
            equal += same;
            before += same && k < i;
        }
        assert_int_equal(n_equal[i], equal);
        n_copies += before > 0;
    }
    assert_int_equal(c.n_copies, n_copies);
    gmet_shared s;
    assert_int_equal(gmet_find_shared(&s, marks, 300, marks + 300, 100, NULL), FEAT_OK);
    size_t n_a = 0, n_b = 0;
    for (size_t i = 0; i < N; i++) {
        bool found = false;
        for (size_t k = i < 300 ? 300 : 0; k < (i < 300 ? 400u : 300u) && !found; k++)
            found = memcmp(x + i * D, x + k * D, D * sizeof *x) == 0;
        n_a += i < 300 && found;
        n_b += i >= 300 && found;
    }
    assert_int_equal(s.n_a, n_a);
    assert_int_equal(s.n_b, n_b);
    feat_free(marks);
    feat_free(x);
}

static void test_shared(void **state)
{
    (void)state;
    const float a[5] = {1, 2, 3, 2, 4}, turned[5] = {4, 2, 2, 3, 1}, twice[5] = {1, 2, 3, 4, 4}, b[4] = {9, 2, 4, 9};
    gmet_row_mark *of_a = marks_of(a, 5, 1, NULL), *of_turned = marks_of(turned, 5, 1, NULL),
                  *of_twice = marks_of(twice, 5, 1, NULL), *of_b = marks_of(b, 4, 1, NULL);
    gmet_shared s;
    assert_int_equal(gmet_find_shared(&s, of_a, 5, of_b, 4, NULL), FEAT_OK);
    assert_int_equal(s.n_a, 3);
    assert_int_equal(s.n_b, 2);
    assert_int_equal(s.first_a, 1);
    assert_int_equal(s.first_b, 1);
    assert_false(s.same);
    assert_int_equal(gmet_find_shared(&s, of_a, 5, of_turned, 5, NULL), FEAT_OK);
    assert_true(s.same);
    assert_int_equal(gmet_find_shared(&s, of_a, 5, of_twice, 5, NULL), FEAT_OK);
    assert_int_equal(s.n_a, 5);
    assert_int_equal(s.n_b, 5);
    assert_false(s.same);
    assert_int_equal(gmet_find_shared(&s, of_a, 5, of_a, 4, NULL), FEAT_OK);
    assert_false(s.same);
    assert_int_equal(gmet_find_shared(&s, of_a, 1, of_b, 4, NULL), FEAT_OK);
    assert_int_equal(s.n_a + s.n_b, 0);
    feat_free(of_a);
    feat_free(of_turned);
    feat_free(of_twice);
    feat_free(of_b);
}

static void test_no_memory(void **state)
{
    (void)state;
    const float a[2] = {1, 2};
    gmet_row_mark *marks = marks_of(a, 2, 1, NULL);
    gmet_copies c;
    gmet_shared s;
    for (long at = 0; at < 2; at++) {
        feat_alloc_fail_once(at);
        assert_int_equal(gmet_find_copies(&c, NULL, marks, 2, NULL), FEAT_ERR_NOMEM);
    }
    for (long at = 0; at < 3; at++) {
        feat_alloc_fail_once(at);
        assert_int_equal(gmet_find_shared(&s, marks, 2, marks, 2, NULL), FEAT_ERR_NOMEM);
    }
    feat_alloc_fail_once(-1);
    feat_free(marks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),  cmocka_unit_test(test_copies),    cmocka_unit_test(test_against_pairs),
        cmocka_unit_test(test_shared), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
