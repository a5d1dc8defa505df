/* The legacy NumPy generator against numbers that numpy.random.RandomState printed (make_metrics_data.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "metrics/base/rng.h"

static void test_words(void **state)
{
    (void)state;
    gmet_mt mt;
    gmet_mt_seed(&mt, 2020);
    assert_int_equal(gmet_mt_u32(&mt), 4236026720u);
    assert_int_equal(gmet_mt_u32(&mt), 639299976u);
    assert_int_equal(gmet_mt_u32(&mt), 3751189827u);
    gmet_mt_seed(&mt,
                 5489); /* the reference implementation's default: the 10,000th word is in the C++ standard */
    uint32_t word = 0;
    for (int i = 0; i < 10000; i++)
        word = gmet_mt_u32(&mt);
    assert_int_equal(word, 4123659995u);
}

static void test_small_permutation(void **state)
{
    (void)state;
    const size_t want[10] = {2, 4, 9, 1, 5, 7, 6, 3, 8, 0};
    size_t got[10];
    gmet_mt mt;
    gmet_mt_seed(&mt, 2020);
    gmet_mt_permutation(&mt, got, 10);
    assert_memory_equal(got, want, sizeof want);
    gmet_mt_permutation(&mt, got, 1);
    assert_int_equal(got[0], 0);
    gmet_mt_permutation(&mt, got, 0);
}

static void test_large_permutation(void **state)
{
    (void)state;
    enum { N = 50000 };
    const size_t want[8] = {24397, 39273, 6546, 13504, 49765, 31361, 27741, 47758};
    size_t *got = feat_alloc_array(N, sizeof *got);
    assert_non_null(got);
    gmet_mt mt;
    gmet_mt_seed(&mt, 2020);
    gmet_mt_permutation(&mt, got, N);
    assert_memory_equal(got, want, sizeof want);
    feat_free(got);
}

/* KID draws two subsets per round from one stream. */
static void test_two_choices(void **state)
{
    (void)state;
    enum { N = 5000 };
    const size_t first[5] = {2398, 2360, 3232, 27, 1246}, second[5] = {1923, 889, 1619, 2571, 4880};
    size_t *got = feat_alloc_array(N, sizeof *got);
    assert_non_null(got);
    gmet_mt mt;
    gmet_mt_seed(&mt, 2020);
    gmet_mt_permutation(&mt, got, N);
    assert_memory_equal(got, first, sizeof first);
    gmet_mt_permutation(&mt, got, N);
    assert_memory_equal(got, second, sizeof second);
    feat_free(got);
}

static void test_bounded(void **state)
{
    (void)state;
    gmet_mt mt;
    gmet_mt_seed(&mt, 1);
    assert_int_equal(gmet_mt_bounded(&mt, 0), 0);
    assert_int_equal(gmet_mt_u32(&mt), 1791095845u); /* max 0 draws nothing */
    int seen[6] = {0};
    for (int i = 0; i < 1000; i++) {
        uint64_t x = gmet_mt_bounded(&mt, 5);
        assert_in_range(x, 0, 5);
        seen[x]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 120, 220);
    gmet_mt_seed(&mt, 7);
    uint64_t high = gmet_mt_u32(&mt), low = gmet_mt_u32(&mt);
    gmet_mt_seed(&mt, 7);
    assert_true(gmet_mt_bounded(&mt, UINT64_MAX) == (high << 32 | low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_small_permutation),
        cmocka_unit_test(test_large_permutation),
        cmocka_unit_test(test_two_choices),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
