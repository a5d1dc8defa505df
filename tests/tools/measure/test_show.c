/* tools/measure/show: how a value and what is known of its error are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/measure/show.h"

static void is_written(double value, double error, const char *expected)
{
    char text[128];
    bf_value_text(text, value, (bf_error_bar){.known = true, .error = error});
    assert_string_equal(text, expected);
}

static void a_value_is_rounded_to_two_digits_of_its_error(void **state)
{
    (void)state;
    is_written(0.325139608, 0.0365233786, "0.325 +- 0.037");
    is_written(0.325139608, 0.12, "0.33 +- 0.12");
    is_written(0.325139608, 0.0996, "0.33 +- 0.10");
    is_written(5.19168842e-06, 2.9e-05, "0.000005 +- 0.000029");
    is_written(-2319.86, 742.0, "-2320 +- 740");
    is_written(87.98, 1.0, "88.0 +- 1.0");
    is_written(-0.001, 0.5, "0.00 +- 0.50");
    is_written(12.0, 740.0, "10 +- 740");
    is_written(2.0, 740.0, "0 +- 740");
    is_written(2.9312e-16, 1.234e-18, "2.931e-16 +- 1.2e-18");
    is_written(2.9312e-18, 1.234e-16, "3e-18 +- 1.2e-16");
    is_written(0.0, 8.9e-18, "0 +- 8.9e-18");
    is_written(2.5e12, 1.5e10, "2.500e+12 +- 1.5e+10");
}

static void the_end_of_a_range_has_a_limit(void **state)
{
    (void)state;
    char text[128];
    bf_value_text(text, 0.0, (bf_error_bar){.at_most = true, .limit = 0.00498});
    assert_string_equal(text, "0, at most 0.0050 (95 %)");
    bf_value_text(text, 1.0, (bf_error_bar){.at_least = true, .limit = 0.99412});
    assert_string_equal(text, "1, at least 0.9941 (95 %)");
    bf_value_text(text, 100.0, (bf_error_bar){.at_least = true, .limit = 88.1});
    assert_string_equal(text, "100, at least 88 (95 %)");
}

static void no_bar_leaves_the_range(void **state)
{
    (void)state;
    char text[128];
    bf_error_bar bar = {.known = true, .error = 0.04, .has_interval = true, .low = 0.81, .high = 0.99421, .top = 1.0};
    bf_value_text(text, 0.95, bar);
    assert_string_equal(text, "0.950 (0.810 to 0.994, 95 %)");
    bar.error = 0.02;
    bf_value_text(text, 0.95, bar);
    assert_string_equal(text, "0.950 +- 0.020");
    bar = (bf_error_bar){.known = true, .error = 0.02, .has_interval = true, .low = 0.008, .high = 0.11};
    bf_value_text(text, 0.03, bar);
    assert_string_equal(text, "0.030 (0.008 to 0.110, 95 %)");
    bf_value_text(text, 1.5, bar);
    assert_string_equal(text, "1.500 +- 0.020");
}

static void without_an_error_there_are_six_digits(void **state)
{
    (void)state;
    char text[128];
    bf_value_text(text, 0.12345678912, (bf_error_bar){.why = "few"});
    assert_string_equal(text, "0.123457");
    bf_spread_text(text, 2.34567, 0.1234);
    assert_string_equal(text, "2.35 (spread 0.12)");
    bf_spread_text(text, 2.34567, -1.0);
    assert_string_equal(text, "2.34567");
}

static void rounding_sets_no_digits(void **state)
{
    (void)state;
    char text[128];
    bf_spread_text(text, 23.57477258839148, 1.6e-13);
    assert_string_equal(text, "23.5748 (spread 0)");
    bf_spread_text(text, 1.0, 0.0);
    assert_string_equal(text, "1 (spread 0)");
    bf_spread_text(text, 5.79012e-17, 6.3e-18);
    assert_string_equal(text, "5.79e-17 (spread 6.3e-18)");
    bf_spread_text(text, 1.0, 2e-12);
    assert_string_equal(text, "1.0000000000000e+00 (spread 2.0e-12)");
}

/* A report's keys and notes for one value. */
static bf_run *shown(double value, bf_error_bar bar)
{
    bf_run *run = feat_calloc(1, sizeof *run);
    assert_non_null(run);
    run->report.quiet = true;
    bf_show(run, "X", "x", value, bar, "", "N = 3");
    return run;
}

static void expect(double value, bf_error_bar bar, const char *key, double number, const char *text)
{
    bf_run *run = shown(value, bar);
    const bf_report *r = &run->report;
    assert_int_equal(r->n_results, key != NULL ? 2 : 1);
    assert_string_equal(r->results[0].key, "x");
    assert_true(r->results[0].number == value);
    if (key != NULL)
        assert_string_equal(r->results[1].key, key);
    if (key != NULL && text == NULL)
        assert_true(r->results[1].type == BF_TYPE_NUMBER && r->results[1].number == number);
    if (text != NULL) {
        char note[128];
        snprintf(note, sizeof note, "N = 3; no error: %s", text);
        assert_string_equal(r->results[1].text, text);
        assert_string_equal(r->lines[0].note, note);
    } else {
        assert_string_equal(r->lines[0].note, "N = 3");
    }
    feat_free(run);
}

static void programs_read_the_error_or_why_there_is_none(void **state)
{
    (void)state;
    expect(1.5, (bf_error_bar){.known = true, .error = 0.25}, "x_standard_error", 0.25, NULL);
    expect(0.0, (bf_error_bar){.at_most = true, .limit = 0.25}, "x_at_most", 0.25, NULL);
    expect(1.0, (bf_error_bar){.at_least = true, .limit = 0.75}, "x_at_least", 0.75, NULL);
    expect(1.0, (bf_error_bar){.why = "few"}, "x_error_unknown", 0, "few");
    expect(1.0, (bf_error_bar){.known = false}, NULL, 0, NULL);
}

static void an_error_is_lost_beside_its_value_and_never_below_a_floor(void **state)
{
    (void)state;
    /* Features of scale 1e-8 and 1e-20: the error is small, and an error. */
    expect(2.93e-16, (bf_error_bar){.known = true, .error = 1e-18}, "x_standard_error", 1e-18, NULL);
    expect(0.0, (bf_error_bar){.known = true, .error = 9.1e-42}, "x_standard_error", 9.1e-42, NULL);
    expect(1.0, (bf_error_bar){.known = true, .error = 1.4e-13}, "x_error_unknown", 0, "it is lost in rounding");
    expect(1e6, (bf_error_bar){.known = true, .error = 1e-9}, "x_error_unknown", 0, "it is lost in rounding");
    expect(1e-9, (bf_error_bar){.known = true, .error = 1e-9, .rounding = 1e-8}, "x_error_unknown", 0,
           "it is lost in rounding");
    expect(1.0, (bf_error_bar){.known = true, .error = 0.0}, "x_error_unknown", 0, "its estimate is 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_rounded_to_two_digits_of_its_error),
        cmocka_unit_test(the_end_of_a_range_has_a_limit),
        cmocka_unit_test(no_bar_leaves_the_range),
        cmocka_unit_test(without_an_error_there_are_six_digits),
        cmocka_unit_test(rounding_sets_no_digits),
        cmocka_unit_test(programs_read_the_error_or_why_there_is_none),
        cmocka_unit_test(an_error_is_lost_beside_its_value_and_never_below_a_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
