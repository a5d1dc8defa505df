/* tools/formats/json_write: exact text of what is written, hostile strings, and memory running out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/formats/json_write.h"

static void write_sample(bf_json *j)
{
    bf_json_open(j, NULL, '{');
    bf_json_integer(j, "n", 18446744073709551615u);
    bf_json_open(j, "list", '[');
    bf_json_number(j, NULL, 0.1);
    bf_json_boolean(j, NULL, true);
    bf_json_open(j, NULL, '{');
    bf_json_close(j, '}');
    bf_json_close(j, ']');
    bf_json_open(j, "empty", '[');
    bf_json_close(j, ']');
    bf_json_string(j, "none", NULL);
    bf_json_close(j, '}');
}

static void nesting_and_commas(void **state)
{
    (void)state;
    bf_json j = {0};
    write_sample(&j);
    assert_string_equal(bf_json_text(&j), "{\n"
                                          "  \"n\": 18446744073709551615,\n"
                                          "  \"list\": [\n"
                                          "    0.10000000000000001,\n"
                                          "    true,\n"
                                          "    {}\n"
                                          "  ],\n"
                                          "  \"empty\": [],\n"
                                          "  \"none\": null\n"
                                          "}\n");
    bf_json_free(&j);
}

static void check_string(const char *text, const char *expected)
{
    bf_json j = {0};
    bf_json_string(&j, NULL, text);
    assert_string_equal(bf_json_text(&j), expected);
    bf_json_free(&j);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    check_string("", "\"\"\n");
    check_string("a\"b\\c/", "\"a\\\"b\\\\c/\"\n");
    check_string("tab\tline\n\x01\x7f", "\"tab\\u0009line\\u000a\\u0001\\u007f\"\n");
    check_string("\xC2\x9B \xE2\x80\xAE \xE2\x81\xA9", "\"\\u009b \\u202e \\u2069\"\n");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    check_string("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"\n");
    check_string("\xFF", "\"\xEF\xBF\xBD\"\n");
    check_string("\xC3", "\"\xEF\xBF\xBD\"\n");                                 /* cut */
    check_string("\xE2\x82x", "\"\xEF\xBF\xBD\xEF\xBF\xBDx\"\n");               /* cut, then more */
    check_string("\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"\n");                 /* overlong / */
    check_string("\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n"); /* surrogate */
    check_string("\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
}

static void check_number(double number, const char *expected)
{
    bf_json j = {0};
    bf_json_number(&j, NULL, number);
    assert_string_equal(bf_json_text(&j), expected);
    bf_json_free(&j);
}

static void numbers_read_back_the_same(void **state)
{
    (void)state;
    check_number(1.0 / 3, "0.33333333333333331\n");
    check_number(-0.0, "-0\n");
    check_number(5e-324, "4.9406564584124654e-324\n");
    check_number((double)NAN, "null\n");
    check_number((double)INFINITY, "null\n");
}

static void lack_of_memory_is_reported_once(void **state)
{
    (void)state;
    size_t before = feat_alloc_live();
    int failures = 0;
    for (long n = 0; n < 64; n++) {
        bf_json j = {0};
        feat_alloc_fail_after(n);
        for (int i = 0; i < 40; i++)
            write_sample(&j);
        failures += bf_json_text(&j) == NULL;
        feat_alloc_fail_after(-1);
        bf_json_free(&j);
        assert_int_equal(feat_alloc_live(), before);
    }
    assert_true(failures > 1 && failures < 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_and_commas),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(lack_of_memory_is_reported_once),
    };
    return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
