/* engine/base/alloc: alignment, contents, the failure hook and the counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"

static int check_nothing_left(void **state)
{
    (void)state;
    feat_alloc_fail_after(-1);
    return feat_alloc_live() == 0 ? 0 : 1;
}

static void assert_aligned(const void *block)
{
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 64, 0);
}

static void blocks_are_aligned_and_writable(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 1000, 4096, 1 << 20, (5 << 20) + 1};
    enum { N = sizeof sizes / sizeof sizes[0] };
    unsigned char *blocks[N];
    for (size_t i = 0; i < N; i++) {
        blocks[i] = feat_alloc(sizes[i]);
        assert_aligned(blocks[i]);
        memset(blocks[i], (int)i + 1, sizes[i]);
        assert_int_equal(feat_alloc_live(), i + 1);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(blocks[i][j], i + 1); /* no neighbour wrote here */
        feat_free(blocks[i]);
        assert_int_equal(feat_alloc_live(), N - i - 1);
    }
    feat_free(NULL);
    assert_int_equal(feat_alloc_live(), 0);
}

static void calloc_clears_and_checks_the_product(void **state)
{
    (void)state;
    enum { N = 1000 };
    for (int round = 0; round < 3; round++) { /* later rounds get memory the first one dirtied */
        unsigned char *block = feat_calloc(N, 3);
        assert_aligned(block);
        for (size_t i = 0; i < N * 3; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xff, N * 3);
        feat_free(block);
    }
    void *empty = feat_calloc(0, 8);
    assert_aligned(empty);
    feat_free(empty);
    assert_null(feat_calloc(SIZE_MAX / 2, 3));
    assert_null(feat_alloc_array(SIZE_MAX / 8 + 1, 8));
    assert_null(feat_alloc(SIZE_MAX));
    assert_null(feat_alloc(SIZE_MAX - 126)); /* fits a size_t only without the header */
}

static void realloc_keeps_contents(void **state)
{
    (void)state;
    unsigned char *block = feat_realloc(NULL, 100);
    assert_aligned(block);
    for (size_t i = 0; i < 100; i++)
        block[i] = (unsigned char)i;
    block = feat_realloc(block, 5000);
    assert_aligned(block);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(block[i], i);
    block = feat_realloc(block, 10);
    assert_aligned(block);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(block[i], i);
    assert_int_equal(feat_alloc_live(), 1);

    feat_alloc_fail_after(0);
    assert_null(feat_realloc(block, 20));
    feat_alloc_fail_after(-1);
    assert_int_equal(feat_alloc_live(), 1); /* the old block is still there, and still right */
    assert_int_equal(block[9], 9);
    feat_free(block);
}

static void strdup_copies(void **state)
{
    (void)state;
    char *copy = feat_strdup("a name");
    assert_string_equal(copy, "a name");
    feat_free(copy);
    copy = feat_strdup("");
    assert_string_equal(copy, "");
    feat_free(copy);
    feat_alloc_fail_after(0);
    assert_null(feat_strdup("nothing left"));
}

static void the_nth_call_fails_and_all_after_it(void **state)
{
    (void)state;
    for (long n = 0; n < 5; n++) {
        void *blocks[8] = {0};
        feat_alloc_fail_after(n);
        for (long i = 0; i < 8; i++) {
            blocks[i] = i % 2 == 0 ? feat_alloc(16) : feat_calloc(2, 8);
            if (i < n)
                assert_non_null(blocks[i]);
            else
                assert_null(blocks[i]);
        }
        feat_alloc_fail_after(-1);
        for (size_t i = 0; i < 8; i++)
            feat_free(blocks[i]);
        assert_int_equal(feat_alloc_live(), 0);
    }
    feat_alloc_fail_once(1);
    void *first = feat_alloc(1), *second = feat_alloc(1), *third = feat_alloc(1);
    assert_true(first != NULL && second == NULL && third != NULL);
    feat_free(first);
    feat_free(third);
    void *block = feat_alloc(1); /* switched off again */
    assert_non_null(block);
    feat_free(block);
}

static void calls_are_counted_even_when_they_fail(void **state)
{
    (void)state;
    size_t before = feat_alloc_calls();
    feat_free(feat_alloc(1));
    assert_int_equal(feat_alloc_calls(), before + 1);
    feat_alloc_fail_after(0);
    assert_null(feat_alloc(1));
    assert_int_equal(feat_alloc_calls(), before + 2);
}

/* What no machine has, with and without an overflow on the way; nothing of it stays counted. */
static void impossible_sizes_fail(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX,         SIZE_MAX - 63, SIZE_MAX - 4096, SIZE_MAX - (3 << 20),
                                   SIZE_MAX / 2 + 1, SIZE_MAX / 4};
    size_t before = feat_alloc_bytes(), peak = feat_alloc_peak();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_null(feat_alloc(sizes[i]));
        assert_null(feat_calloc(1, sizes[i]));
        assert_int_equal(feat_alloc_bytes(), before);
    }
    assert_int_equal(feat_alloc_peak(), peak); /* what was never there was never most */
}

static void the_limit_holds(void **state)
{
    (void)state;
    size_t before = feat_alloc_bytes();
    void *small = NULL, *large = NULL;
    feat_alloc_limit(before + (1 << 20));
    assert_non_null(small = feat_alloc(1 << 19));
    assert_null(feat_alloc(1 << 20));
    assert_null(feat_alloc(64 << 20)); /* of pages of its own */
    assert_in_range(feat_alloc_bytes(), before + (1 << 19), before + (1 << 20));
    feat_free(small);
    assert_int_equal(feat_alloc_bytes(), before);
    feat_alloc_limit(SIZE_MAX);
    assert_non_null(large = feat_alloc(64 << 20));
    assert_true(feat_alloc_peak() >= before + (64u << 20));
    feat_free(large);
    assert_true(feat_alloc_peak() >= before + (64u << 20)); /* it stays */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(blocks_are_aligned_and_writable, check_nothing_left),
        cmocka_unit_test_teardown(calloc_clears_and_checks_the_product, check_nothing_left),
        cmocka_unit_test_teardown(realloc_keeps_contents, check_nothing_left),
        cmocka_unit_test_teardown(strdup_copies, check_nothing_left),
        cmocka_unit_test_teardown(the_nth_call_fails_and_all_after_it, check_nothing_left),
        cmocka_unit_test_teardown(impossible_sizes_fail, check_nothing_left),
        cmocka_unit_test_teardown(the_limit_holds, check_nothing_left),
        cmocka_unit_test_teardown(calls_are_counted_even_when_they_fail, check_nothing_left),
    };
    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
