/* engine/net/plan: on random lives no two tensors that live at the same time share memory, and the arena is
 * no larger than it must be in cases with a known answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/splitmix64.h"
#include "engine/net/plan.h"

enum { MAX_LIVES = 256, N_GRAPHS = 400, ALIGN = 16 };

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(feat_splitmix64(state) >> 20) % n;
}

static int live_together(const feat_life *a, const feat_life *b)
{
    return a->floats > 0 && b->floats > 0 && a->first <= b->last && b->first <= a->last;
}

static int share_memory(const feat_life *a, const feat_life *b)
{
    return a->offset < b->offset + b->floats && b->offset < a->offset + a->floats;
}

/* Floats that live at one step at most: no plan can do with less. */
static size_t peak(const feat_life *lives, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t sum = 0;
        for (size_t j = 0; j < n && lives[i].floats > 0; j++)
            if (lives[j].floats > 0 && lives[j].first <= lives[i].first && lives[i].first <= lives[j].last)
                sum += lives[j].floats;
        most = sum > most ? sum : most;
    }
    return most;
}

static void assert_good_plan(const feat_life *lives, size_t n, size_t total)
{
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        if (lives[i].floats == 0)
            continue;
        assert_int_equal(lives[i].offset % ALIGN, 0);
        end = lives[i].offset + lives[i].floats > end ? lives[i].offset + lives[i].floats : end;
        for (size_t j = 0; j < i; j++)
            if (live_together(&lives[i], &lives[j]) && share_memory(&lives[i], &lives[j]))
                fail_msg("tensors %zu and %zu of %zu overlap", j, i, n);
    }
    assert_int_equal(total, (end + ALIGN - 1) / ALIGN * ALIGN);
    assert_true(total >= peak(lives, n));
}

/* Chains, long branches, unused tensors, sizes that are no multiples of the alignment. */
static void random_graphs(void **state)
{
    (void)state;
    for (uint64_t graph = 1; graph <= N_GRAPHS; graph++) {
        static feat_life lives[MAX_LIVES], again[MAX_LIVES];
        uint64_t seed = graph;
        size_t n = graph == 1 ? MAX_LIVES : below(&seed, 90), longest = 1 + below(&seed, 30), unused = 0;
        memset(lives, 0, sizeof lives);
        for (size_t i = 0; i < n; i++) {
            lives[i].floats = below(&seed, 8) == 0 ? 0 : 1 + below(&seed, below(&seed, 2) ? 100 : 20000);
            lives[i].first = i / 2;
            lives[i].last = lives[i].first + below(&seed, longest);
            lives[i].offset = SIZE_MAX; /* must not be taken for a placement */
            unused += lives[i].floats == 0;
        }
        memcpy(again, lives, sizeof lives);
        size_t total = feat_plan(lives, n);
        assert_good_plan(lives, n, total);
        assert_int_equal(feat_plan(again, n), total);
        assert_memory_equal(again, lives, n * sizeof lives[0]);
        if (unused == n)
            assert_int_equal(total, 0);
    }
}

static void nothing_to_place(void **state)
{
    (void)state;
    feat_life unused = {0, 3, 5, 0};
    assert_int_equal(feat_plan(&unused, 0), 0);
    assert_int_equal(feat_plan(&unused, 1), 0);
}

/* A chain needs its two largest neighbours: tensors 2 and 3. */
static void a_chain_shares(void **state)
{
    (void)state;
    feat_life lives[] = {{160, 0, 1, 0}, {320, 1, 2, 0}, {640, 2, 3, 0}, {480, 3, 4, 0}, {160, 4, 5, 0}};
    size_t total = feat_plan(lives, 5);
    assert_good_plan(lives, 5, total);
    assert_int_equal(total, 640 + 480);
}

static void lives_that_touch_do_not_share(void **state)
{
    (void)state;
    feat_life touching[] = {{100, 0, 4, 0}, {100, 4, 8, 0}}, apart[] = {{100, 0, 4, 0}, {100, 5, 8, 0}};
    assert_int_equal(feat_plan(touching, 2), 112 + 112);
    assert_int_equal(feat_plan(apart, 2), 112);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs),
        cmocka_unit_test(nothing_to_place),
        cmocka_unit_test(a_chain_shares),
        cmocka_unit_test(lives_that_touch_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
