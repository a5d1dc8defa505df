/* tools/sanity/sanity: verdicts on curves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sanity/sanity_run.h"

static bf_verdict judge(double a, double b, double c, double d, double error, bool low)
{
    bf_sanity_curve curve = {true, {a, b, c, d}, {.known = error > 0.0, .error = error}};
    return bf_sanity_judge(&curve, low);
}

static void a_rising_distance_notices(void **state)
{
    (void)state;
    bf_verdict v = judge(10.0, 11.0, 13.0, 20.0, 1.0, true);
    assert_int_equal(v.kind, BF_VERDICT_RISES);
    assert_int_equal(v.reacts, 2); /* 11 is within two errors, 13 is not */
    assert_true(v.monotone);
    assert_true(v.z[1] == 1.0 && v.z[3] == 10.0);
}

static void a_falling_score_notices(void **state)
{
    (void)state;
    bf_verdict v = judge(0.9, 0.7, 0.5, 0.1, 0.05, false);
    assert_int_equal(v.kind, BF_VERDICT_RISES);
    assert_int_equal(v.reacts, 1);
    assert_int_equal(judge(0.9, 0.7, 0.5, 0.1, 0.05, true).kind, BF_VERDICT_WRONG);
}

static void staying_in_the_noise_is_blind(void **state)
{
    (void)state;
    bf_verdict v = judge(10.0, 10.5, 11.0, 11.9, 1.0, true);
    assert_int_equal(v.kind, BF_VERDICT_BLIND);
    assert_int_equal(v.reacts, 0);
    assert_true(v.monotone);
    /* Coming back to it as well. */
    assert_int_equal(judge(10.0, 15.0, 15.0, 11.0, 1.0, true).kind, BF_VERDICT_BLIND);
}

static void a_step_back_beyond_one_error_wavers(void **state)
{
    (void)state;
    bf_verdict v = judge(10.0, 20.0, 18.0, 25.0, 1.0, true);
    assert_int_equal(v.kind, BF_VERDICT_WAVERS);
    assert_int_equal(v.reacts, 1);
    assert_false(v.monotone);
    v = judge(10.0, 20.0, 19.5, 25.0, 1.0, true);
    assert_int_equal(v.kind, BF_VERDICT_RISES);
    assert_false(v.monotone);
}

static void damage_that_looks_better_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(judge(10.0, 7.9, 12.0, 20.0, 1.0, true).kind, BF_VERDICT_WRONG);
    assert_int_equal(judge(10.0, 8.1, 13.0, 20.0, 1.0, true).kind, BF_VERDICT_WAVERS);
}

static void without_an_error_nothing_is_measured(void **state)
{
    (void)state;
    bf_verdict v = judge(0.0, 0.0, 0.1, 0.2, 0.0, true);
    assert_int_equal(v.kind, BF_VERDICT_UNKNOWN);
    assert_int_equal(v.reacts, 0);
    assert_true(v.z[3] == 0.0 && !v.monotone);
    assert_string_equal(bf_verdict_name(v.kind), "not measured");
    assert_int_equal(judge(0.0, 0.0, 0.0, 0.0, 0.0, true).kind, BF_VERDICT_UNKNOWN);
    assert_int_equal(judge(5.0, 4.0, 3.0, 2.0, 0.0, true).kind, BF_VERDICT_UNKNOWN); /* not the wrong way either */
}

static void what_is_not_judged_is_counted_apart(void **state)
{
    (void)state;
    static bf_sanity s;
    s.curves[0][1] = (bf_sanity_curve){true, {1.0, 2.0, 3.0, 4.0}, {.known = true, .error = 0.1}};
    s.curves[1][1] = (bf_sanity_curve){true, {1.0, 2.0, 3.0, 4.0}, {.known = false}};
    bf_trust t = bf_sanity_trust(&s, 1);
    assert_int_equal(t.n_kinds, 1);
    assert_int_equal(t.n_noticed, 1);
    assert_int_equal(t.n_unjudged, 1);
}

static void trust_counts_verdicts(void **state)
{
    (void)state;
    static bf_sanity s;
    s.curves[0][0] = (bf_sanity_curve){true, {10.0, 13.0, 14.0, 15.0}, {.known = true, .error = 1.0}};
    s.curves[1][0] = (bf_sanity_curve){true, {10.0, 11.0, 11.5, 15.0}, {.known = true, .error = 1.0}};
    s.curves[2][0] = (bf_sanity_curve){true, {10.0, 10.0, 10.0, 10.0}, {.known = true, .error = 1.0}};
    s.curves[3][0] = (bf_sanity_curve){true, {10.0, 10.0, 5.0, 20.0}, {.known = true, .error = 1.0}};
    s.curves[BF_SANITY_MIX][0] = (bf_sanity_curve){true, {10.0, 20.0, 15.0, 30.0}, {.known = true, .error = 1.0}};
    bf_trust t = bf_sanity_trust(&s, 0);
    assert_int_equal(t.n_kinds, 5);
    assert_int_equal(t.n_noticed, 3);
    assert_int_equal(t.n_monotone, 2);
    assert_int_equal(t.n_blind, 1);
    assert_int_equal(t.n_wrong, 1);
    assert_true(t.mean_level > 1.66 && t.mean_level < 1.67);
    assert_int_equal(bf_sanity_trust(&s, 1).n_kinds, 0);
}

static void every_level_has_a_name(void **state)
{
    (void)state;
    for (size_t k = 0; k < BF_SANITY_KINDS; k++) {
        for (int level = 1; level < BF_SANITY_LEVELS; level++)
            assert_true(strlen(bf_sanity_level(k, level)) > 3);
        for (size_t l = 0; l < k; l++)
            assert_string_not_equal(bf_sanity_kind(k), bf_sanity_kind(l));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rising_distance_notices),
        cmocka_unit_test(a_falling_score_notices),
        cmocka_unit_test(staying_in_the_noise_is_blind),
        cmocka_unit_test(a_step_back_beyond_one_error_wavers),
        cmocka_unit_test(damage_that_looks_better_is_wrong),
        cmocka_unit_test(without_an_error_nothing_is_measured),
        cmocka_unit_test(what_is_not_judged_is_counted_apart),
        cmocka_unit_test(trust_counts_verdicts),
        cmocka_unit_test(every_level_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
