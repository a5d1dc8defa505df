/* tools/records/results_read: ranking, what is inside the noise, and which runs may be compared. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/records/results_read.h"

static bf_past_value value(double v, double error)
{
    return (bf_past_value){.known = true, .has_error = error >= 0.0, .value = v, .error = error};
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

/* Reads a result that has these entries beside what every result has. */
static const bf_past_run *read_entries(const char *entries)
{
    static const char name[] = "test_compare.json";
    static bf_past_run run; /* too large for a stack frame */
    feat_error err;
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fprintf(f, "{\"schema\": 1, \"command\": \"eval\", \"numerics\": {\"version\": 1}, \"inputs\": [],\n%s}\n",
            entries);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(bf_past_read(&run, name, &err), FEAT_OK);
    remove(name);
    return &run;
}

static size_t metric_called(const char *name)
{
    size_t m = 0;
    while (strcmp(bf_ranked_value_at(m)->by, name) != 0)
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

static void only_errors_of_the_value_decide(void **state)
{
    (void)state;
    const bf_past_run *r = read_entries("\"frechet_inception_distance\": 3,"
                                 "\"frechet_inception_distance_standard_error\": 0.5,"
                                 "\"corrected_frechet_inception_distance\": 2,"
                                 "\"corrected_frechet_inception_distance_standard_error\": 0.75,"
                                 "\"kernel_inception_distance\": 1, \"kernel_inception_distance_standard_error\": 0,"
                                 "\"recall\": 0.5, \"recall_error_unknown\": \"of one image\"");
    bf_past_value fid = r->values[metric_called("fid")], corrected = r->values[metric_called("fid-corrected")];
    bf_past_value kid = r->values[metric_called("kid")], recall = r->values[metric_called("recall")];
    assert_true(fid.known && fid.has_error && fid.error == 0.5);
    assert_true(corrected.known && corrected.has_error && corrected.error == 0.75);
    assert_true(kid.known && !kid.has_error); /* 0 decides nothing */
    assert_true(recall.known && !recall.has_error);
    assert_string_equal(recall.why, "of one image");
    assert_false(r->values[metric_called("precision")].known);
}

static void errors_of_a_line_or_of_directions_are_not_read(void **state)
{
    (void)state;
    const bf_past_run *r = read_entries("\"frechet_inception_distance_infinity\": 3,"
                                 "\"frechet_inception_distance_infinity_standard_error\": 0.1,"
                                 "\"inception_score_infinity\": 3, \"inception_score_infinity_standard_error\": 0.1,"
                                 "\"monge_inception_distance\": 3, \"monge_inception_distance_standard_error\": 0.1");
    static const char *const names[] = {"fid-inf", "is-inf", "mind"};
    for (size_t i = 0; i < 3; i++) {
        bf_past_value v = r->values[metric_called(names[i])];
        assert_true(v.known && !v.has_error);
        assert_false(bf_gap_between(&v, &v).known);
    }
}

static void a_limit_counts_as_1_96_errors(void **state)
{
    (void)state;
    const bf_past_run *r = read_entries("\"precision\": 0, \"precision_at_most\": 0.0049, \"recall\": 1,"
                                 "\"recall_at_least\": 0.9902, \"coverage\": 0.5, \"coverage_at_most\": 0.6,"
                                 "\"coverage_standard_error\": 0.125, \"density\": 0, \"density_at_most\": 0");
    bf_past_value p = r->values[metric_called("precision")], v = r->values[metric_called("recall")];
    assert_true(p.has_error && p.at_most && !p.at_least && p.limit == 0.0049);
    assert_true(p.error > 0.0024999 && p.error < 0.0025001);
    assert_true(v.has_error && v.at_least && !v.at_most && v.error > 0.004999 && v.error < 0.005001);
    bf_past_value c = r->values[metric_called("coverage")];
    assert_true(c.has_error && c.error == 0.125 && !c.at_most); /* an error goes before a limit */
    assert_false(r->values[metric_called("density")].has_error);
}

static void an_uneven_interval_counts_by_the_side_towards_the_other(void **state)
{
    (void)state;
    const bf_past_run *r = read_entries("\"coverage\": 0.98, \"coverage_standard_error\": 0.015,"
                                 "\"coverage_low\": 0.94,"
                                 "\"coverage_high\": 0.99, \"recall\": 0.5, \"recall_standard_error\": 0.1,"
                                 "\"recall_low\": 0.6, \"recall_high\": 0.7, \"authpct\": 0, \"authpct_low\": 0,"
                                 "\"authpct_high\": 1, \"authpct_at_most\": 1");
    bf_past_value c = r->values[metric_called("coverage")], other = value(0.95, 0.0);
    assert_true(c.has_interval && c.low == 0.94 && c.high == 0.99);
    assert_true(fabs(bf_gap_between(&c, &other).error - 0.04 / 1.96) < 1e-15);
    assert_true(fabs(bf_gap_between(&other, &c).error - 0.04 / 1.96) < 1e-15);
    assert_true(bf_gap_between(&c, &other).inside); /* 0.03 is less than 0.04 */
    other.value = 0.991;
    assert_true(fabs(bf_gap_between(&c, &other).error - 0.01 / 1.96) < 1e-15);
    assert_false(bf_gap_between(&c, &other).inside); /* and 0.011 is more than 0.01 */
    assert_true(bf_gap_between(&c, &c).inside);
    assert_false(r->values[metric_called("recall")].has_interval); /* the value is not in it */
    assert_false(r->values[metric_called("authpct")].has_interval);
}

static bf_past_run a, b;

/* Whether anything speaks against comparing a and b; text says what comes first. */
static bool differ(char text[400])
{
    for (int k = 0; k < BF_N_PAST_CHECKS; k++)
        if (bf_past_differ(text, &a, &b, (bf_past_check)k))
            return true;
    return false;
}

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

static void each_check_sees_its_own_difference_only(void **state)
{
    (void)state;
    char text[400];
    for (int k = 0; k < BF_N_PAST_CHECKS; k++) {
        usual(&a, "a");
        usual(&b, "b");
        snprintf(a.sets[0].root, sizeof a.sets[0].root, "11");
        a.pixels = b.pixels = 1;
        switch (k) {
        case BF_PAST_PRESET: snprintf(b.preset, sizeof b.preset, "clean"); break;
        case BF_PAST_WEIGHTS: snprintf(b.weights, sizeof b.weights, "bbbb"); break;
        case BF_PAST_TAP: snprintf(b.tap, sizeof b.tap, "768"); break;
        case BF_PAST_PIXELS: b.pixels = 2; break;
        case BF_PAST_NUMERICS: snprintf(b.mode, sizeof b.mode, "split"); break;
        case BF_PAST_N: b.sets[1].n = 99; break;
        case BF_PAST_REAL: snprintf(b.sets[0].root, sizeof b.sets[0].root, "22"); break;
        default: snprintf(a.settings[0], 64, "k=3"); snprintf(b.settings[0], 64, "k=5"); break;
        }
        for (int i = 0; i < BF_N_PAST_CHECKS; i++)
            assert_int_equal(bf_past_differ(text, &a, &b, (bf_past_check)i), i == k);
        for (int i = 0; i < k; i++)
            assert_string_not_equal(bf_past_check_name((bf_past_check)i), bf_past_check_name((bf_past_check)k));
    }
}

static void runs_that_mean_different_things_are_told(void **state)
{
    (void)state;
    char text[400];
    usual(&a, "a");
    usual(&b, "b");
    assert_false(differ(text));
    snprintf(b.preset, sizeof b.preset, "adm"); /* the same pixels and divisor as tf1 */
    assert_false(differ(text));
    snprintf(b.preset, sizeof b.preset, "clean");
    assert_true(differ(text));
    assert_string_equal(text, "a and b differ in preset: tf1 and clean");
    usual(&b, "b");
    b.sets[1].n = 99;
    assert_true(differ(text));
    b.sets[1].n = 0; /* not known */
    assert_false(differ(text));
    b.numerics = 2;
    assert_true(differ(text));
    usual(&b, "b");
    snprintf(b.tap, sizeof b.tap, "768");
    assert_true(differ(text));
    usual(&b, "b");
    snprintf(a.sets[0].root, sizeof a.sets[0].root, "11");
    assert_false(differ(text));
    snprintf(b.sets[0].root, sizeof b.sets[0].root, "22");
    assert_true(differ(text));
    assert_string_equal(text, "a and b have other real images: Merkle roots 11 and 22");
}

/* Of fid, whose sides are equal: what stays is the real set. */
static void sides_of_fid_may_stand_in_either_order(void **state)
{
    (void)state;
    char text[400];
    usual(&a, "a");
    usual(&b, "b");
    for (int i = 0; i < 2; i++) {
        bf_past_run *r = i == 0 ? &a : &b;
        snprintf(r->sets[0].role, sizeof r->sets[0].role, "A");
        snprintf(r->sets[1].role, sizeof r->sets[1].role, "B");
        snprintf(r->sets[0].path, sizeof r->sets[0].path, i == 0 ? "gen1" : "gen2");
        snprintf(r->sets[1].path, sizeof r->sets[1].path, "real");
    }
    assert_false(bf_past_names_differ(&a, &b));
    snprintf(b.sets[1].path, sizeof b.sets[1].path, "others");
    assert_true(bf_past_names_differ(&a, &b));
    snprintf(b.sets[0].path, sizeof b.sets[0].path, "gen1");
    assert_false(bf_past_names_differ(&a, &b));
    for (int i = 0; i < 2; i++) {
        snprintf(a.sets[i].root, sizeof a.sets[i].root, "1%d", i);
        snprintf(b.sets[i].root, sizeof b.sets[i].root, "1%d", i);
    }
    snprintf(b.sets[0].root, sizeof b.sets[0].root, "20");
    assert_false(bf_past_differ(text, &a, &b, BF_PAST_REAL));
    snprintf(b.sets[1].root, sizeof b.sets[1].root, "21");
    assert_true(bf_past_differ(text, &a, &b, BF_PAST_REAL));
}

static void names_and_keys_of_metrics_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; bf_ranked_value_at(i) != NULL; i++)
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(bf_ranked_value_at(i)->by, bf_ranked_value_at(k)->by);
            assert_string_not_equal(bf_ranked_value_at(i)->key, bf_ranked_value_at(k)->key);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_noise_up_to_1_96_errors),
        cmocka_unit_test(a_gap_without_an_error_is_not_judged),
        cmocka_unit_test(only_errors_of_the_value_decide),
        cmocka_unit_test(errors_of_a_line_or_of_directions_are_not_read),
        cmocka_unit_test(a_limit_counts_as_1_96_errors),
        cmocka_unit_test(an_uneven_interval_counts_by_the_side_towards_the_other),
        cmocka_unit_test(ranking_follows_the_metrics_direction),
        cmocka_unit_test(each_check_sees_its_own_difference_only),
        cmocka_unit_test(runs_that_mean_different_things_are_told),
        cmocka_unit_test(sides_of_fid_may_stand_in_either_order),
        cmocka_unit_test(names_and_keys_of_metrics_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
