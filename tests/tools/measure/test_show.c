/* tools/measure/show: what a result keeps of a value and of its error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/measure/show.h"

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
        cmocka_unit_test(programs_read_the_error_or_why_there_is_none),
        cmocka_unit_test(an_error_is_lost_beside_its_value_and_never_below_a_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
