/* tools/figures/value_text: how a value and what is known of its error are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/figures/value_text.h"

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
    bf_value_text(text, 1234567.8, (bf_error_bar){.known = false});
    assert_string_equal(text, "1.23457e+06");
}

static void has_spread(double value, double spread, const char *expected)
{
    char text[BF_FIGURE_TEXT];
    bf_figure figure = {.value = value, .has_spread = true, .spread = spread};
    bf_figure_text_of(text, &figure, BF_DIGITS_USUAL);
    assert_string_equal(text, expected);
}

static void a_spread_is_told_from_an_error(void **state)
{
    (void)state;
    has_spread(2.34567, 0.1234, "2.35 (spread 0.12)");
    has_spread(0.0201, 0.9, "0.02 (spread 0.90)");
}

static void rounding_sets_no_digits(void **state)
{
    (void)state;
    has_spread(23.57477258839148, 1.6e-13, "23.5748 (spread 0)");
    has_spread(1.0, 0.0, "1 (spread 0)");
    has_spread(5.79012e-17, 6.3e-18, "5.79e-17 (spread 6.3e-18)");
    has_spread(1.0, 2e-12, "1.0000000000000e+00 (spread 2.0e-12)");
}

/* Where a digit more or less is lost first. */
static void edges_of_rounding(void **state)
{
    (void)state;
    is_written(1.0, 0.095, "1.000 +- 0.095");
    is_written(123.456, 9.96, "123 +- 10");
    is_written(123.456, 9.94, "123.5 +- 9.9");
    is_written(0.1, 3.0, "0.1 +- 3.0");
    is_written(-0.325139608, 0.12, "-0.33 +- 0.12");
    is_written(1e30, 1e12, "1.0000000000000000e+30 +- 1.0e+12");
    is_written(5.25, 0.0, "5.25");
    is_written(5.25, (double)NAN, "5.25");
    is_written((double)NAN, 0.5, "not known");
    is_written((double)INFINITY, 0.5, "not known");
}

static void as_many_digits_as_asked(void **state)
{
    (void)state;
    char text[BF_FIGURE_TEXT];
    bf_figure figure = {.value = 0.325139608, .bar = {.known = true, .error = 0.0365233786}};
    bf_figure_text_of(text, &figure, 8);
    assert_string_equal(text, "0.32513961 +- 0.036523379");
    bf_figure_text_of(text, &figure, BF_DIGITS_ALL);
    assert_string_equal(text, "0.325139608 +- 0.0365233786");
    figure = (bf_figure){.value = 0.1 + 0.2, .has_spread = true, .spread = 1.0 / 3.0};
    bf_figure_text_of(text, &figure, BF_DIGITS_ALL);
    assert_string_equal(text, "0.30000000000000004 (spread 0.3333333333333333)");
    figure = (bf_figure){.value = 1.0, .bar = {.at_least = true, .limit = 0.99412}};
    bf_figure_text_of(text, &figure, 3);
    assert_string_equal(text, "1, at least 0.994 (95 %)");
    figure = (bf_figure){.value = 20.0, .has_spread = true, .spread = 1e20};
    bf_figure_text_of(text, &figure, BF_DIGITS_ALL);
    assert_string_equal(text, "20 (spread 1e+20)");
    bf_figure_text_of(text, &figure, 1);
    assert_string_equal(text, "20 (spread 1e+20)");
    figure = (bf_figure){.value = -1234.5678, .bar = {.known = true, .error = 0.0000123}};
    bf_figure_text_of(text, &figure, 2);
    assert_string_equal(text, "-1235 +- 1.2e-05");
    figure = (bf_figure){.value = (double)NAN};
    bf_figure_text_of(text, &figure, BF_DIGITS_ALL);
    assert_string_equal(text, "not known");
}

static void parts_are_where_their_kind_says(void **state)
{
    (void)state;
    bf_figure_text text;
    bf_figure figure = {.value = 0.0, .bar = {.at_most = true, .limit = 0.25}};
    bf_figure_write(&text, &figure, BF_DIGITS_ALL);
    assert_int_equal(text.kind, BF_ERROR_AT_MOST);
    assert_string_equal(text.value, "0");
    assert_string_equal(text.error, "");
    assert_string_equal(text.low, "");
    assert_string_equal(text.high, "0.25");
    figure = (bf_figure){.value = 0.95, .bar = {.known = true, .error = 0.04}};
    figure.bar.has_interval = true;
    figure.bar.low = 0.81;
    figure.bar.high = 0.99;
    figure.bar.top = 1.0;
    bf_figure_write(&text, &figure, BF_DIGITS_ALL);
    assert_int_equal(text.kind, BF_ERROR_INTERVAL);
    assert_string_equal(text.error, "0.04");
    assert_string_equal(text.low, "0.81");
    assert_string_equal(text.high, "0.99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_rounded_to_two_digits_of_its_error),
        cmocka_unit_test(the_end_of_a_range_has_a_limit),
        cmocka_unit_test(no_bar_leaves_the_range),
        cmocka_unit_test(without_an_error_there_are_six_digits),
        cmocka_unit_test(a_spread_is_told_from_an_error),
        cmocka_unit_test(rounding_sets_no_digits),
        cmocka_unit_test(edges_of_rounding),
        cmocka_unit_test(as_many_digits_as_asked),
        cmocka_unit_test(parts_are_where_their_kind_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
