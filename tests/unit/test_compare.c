/* tools/compare: ranking, what is inside the noise, and which runs may be compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/compare.h"

static bf_past_value value(double v, double error)
{
    return (bf_past_value){true, error >= 0.0, v, error};
}

static void a_gap_is_noise_up_to_1_96_errors(void **state)
{
    (void)state;
    bf_past_value x = value(10.0, 3.0), y = value(10.0 + 1.95 * 5.0, 4.0), z = value(10.0 + 1.97 * 5.0, 4.0);
    bf_gap near = bf_gap_between(&x, &y), far = bf_gap_between(&x, &z), back = bf_gap_between(&z, &x);
    assert_true(near.known && near.inside && near.error == 5.0);
    assert_true(far.known && !far.inside && far.z > 1.96 && far.z < 1.98);
    assert_true(back.known && !back.inside && back.difference == -far.difference);
}

static void a_gap_without_an_error_is_not_judged(void **state)
{
    (void)state;
    bf_past_value x = value(1.0, -1.0), y = value(1.0, 0.5);
    bf_gap gap = bf_gap_between(&x, &y);
    assert_false(gap.known);
    assert_false(gap.inside);
}

static void equal_values_without_spread_are_no_difference(void **state)
{
    (void)state;
    bf_past_value x = value(1.0, 0.0), y = value(1.5, 0.0);
    assert_true(bf_gap_between(&x, &x).inside);
    assert_false(bf_gap_between(&x, &y).inside);
}

static size_t metric_called(const char *name)
{
    size_t m = 0;
    while (strcmp(bf_ranked_metric_at(m)->name, name) != 0)
        m++;
    return m;
}

static void ranking_follows_the_metrics_direction(void **state)
{
    (void)state;
    static bf_past_run runs[4];
    size_t order[4], fid = metric_called("fid"), is = metric_called("is");
    static const double fids[4] = {3.0, 1.0, 3.0, 2.0};
    for (size_t i = 0; i < 4; i++) {
        runs[i].values[fid] = value(fids[i], 0.1);
        runs[i].values[is] = value(fids[i], 0.1);
    }
    runs[3].values[is].known = false;
    assert_int_equal(bf_past_rank(order, runs, 4, fid), 4);
    assert_true(order[0] == 1 && order[1] == 3 && order[2] == 0 && order[3] == 2);
    assert_int_equal(bf_past_rank(order, runs, 4, is), 3);
    assert_true(order[0] == 0 && order[1] == 2 && order[2] == 1 && order[3] == 3);
}

static bf_past_run a, b;

static void usual(bf_past_run *r, const char *label)
{
    memset(r, 0, sizeof *r);
    snprintf(r->label, sizeof r->label, "%s", label);
    snprintf(r->preset, sizeof r->preset, "tf1");
    snprintf(r->tap, sizeof r->tap, "2048");
    snprintf(r->weights, sizeof r->weights, "aaaa");
    snprintf(r->mode, sizeof r->mode, "exact");
    r->numerics = 1;
    r->n_sets = 2;
    snprintf(r->sets[0].role, sizeof r->sets[0].role, "real");
    r->sets[0].n = r->sets[1].n = 100;
}

static void runs_that_mean_different_things_are_told(void **state)
{
    (void)state;
    char text[400];
    usual(&a, "a");
    usual(&b, "b");
    assert_false(bf_past_differ(text, &a, &b));
    snprintf(b.preset, sizeof b.preset, "adm"); /* the same pixels and divisor as tf1 */
    assert_false(bf_past_differ(text, &a, &b));
    snprintf(b.preset, sizeof b.preset, "clean");
    assert_true(bf_past_differ(text, &a, &b));
    assert_string_equal(text, "a and b differ in preset: tf1 and clean");
    usual(&b, "b");
    b.sets[1].n = 99;
    assert_true(bf_past_differ(text, &a, &b));
    b.sets[1].n = 0; /* not known */
    assert_false(bf_past_differ(text, &a, &b));
    b.numerics = 2;
    assert_true(bf_past_differ(text, &a, &b));
    usual(&b, "b");
    snprintf(b.tap, sizeof b.tap, "768");
    assert_true(bf_past_differ(text, &a, &b));
    usual(&b, "b");
    snprintf(a.sets[0].root, sizeof a.sets[0].root, "11");
    assert_false(bf_past_differ(text, &a, &b));
    snprintf(b.sets[0].root, sizeof b.sets[0].root, "22");
    assert_true(bf_past_differ(text, &a, &b));
    assert_string_equal(text, "a and b have other real images: Merkle roots 11 and 22");
}

static void names_and_keys_of_metrics_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; bf_ranked_metric_at(i) != NULL; i++)
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(bf_ranked_metric_at(i)->name, bf_ranked_metric_at(k)->name);
            assert_string_not_equal(bf_ranked_metric_at(i)->key, bf_ranked_metric_at(k)->key);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_noise_up_to_1_96_errors),
        cmocka_unit_test(a_gap_without_an_error_is_not_judged),
        cmocka_unit_test(equal_values_without_spread_are_no_difference),
        cmocka_unit_test(ranking_follows_the_metrics_direction),
        cmocka_unit_test(runs_that_mean_different_things_are_told),
        cmocka_unit_test(names_and_keys_of_metrics_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
