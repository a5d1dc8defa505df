/* tools/pages: how sets are called, which samples are drawn, how values are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/pages/page_head.h"
#include "tools/pages/page_names.h"
#include "tools/pages/page_sections.h"

static void is_called(const char *spec, const char *other, const char *expected)
{
    char name[BF_PAGE_NAME_BYTES];
    bf_page_set_name(name, spec, other);
    assert_string_equal(name, expected);
}

static void a_set_is_called_by_no_absolute_path(void **state)
{
    (void)state;
    is_called("/sets/ann/real", "/sets/ann/gen", "real");
    is_called("/sets/ann/real/", NULL, "real");
    is_called("/a/one/set", "/a/two/set", "one/set");
    is_called("/a/one/set", "/b/one/set", "a/one/set");
    is_called("/set", "/a/set", "set");
    is_called("/a/set", "/a/set", "set");
    is_called("/a/set", "/a/set/", "set");
    is_called("../real", "/b/real", "../real");
    is_called("ref:cifar10-train", "/b", "ref:cifar10-train");
    is_called("/", NULL, "/");
    assert_string_equal(bf_page_file_name("/a/b c/d.png"), "d.png");
    assert_string_equal(bf_page_file_name("b/d.png"), "b/d.png");
}

static void samples_are_different_images_of_the_set(void **state)
{
    (void)state;
    size_t rows[BF_PAGE_SAMPLES], again[BF_PAGE_SAMPLES], hit[40] = {0};
    assert_int_equal(bf_page_draw(rows, 0, 1), 0);
    assert_int_equal(bf_page_draw(rows, 3, 1), 3);
    assert_true(rows[0] + rows[1] + rows[2] == 3 && rows[0] != rows[1] && rows[1] != rows[2]);
    for (uint64_t seed = 0; seed < 400; seed++) {
        assert_int_equal(bf_page_draw(rows, 40, seed), BF_PAGE_SAMPLES);
        for (size_t i = 0; i < BF_PAGE_SAMPLES; i++) {
            assert_true(rows[i] < 40);
            hit[rows[i]]++;
            for (size_t k = 0; k < i; k++)
                assert_int_not_equal(rows[i], rows[k]);
        }
    }
    for (size_t i = 0; i < 40; i++) /* 160 of each to be expected, with a deviation of 10 */
        assert_in_range(hit[i], 110, 210);
    (void)bf_page_draw(again, 40, 399);
    assert_memory_equal(rows, again, sizeof rows);
}

static void cuts_to(const char *text, const char *value, const char *error)
{
    char a[64], b[96];
    bf_line line = {.label = {0}};
    snprintf(line.value, sizeof line.value, "%s", text);
    bf_page_cut_value(a, b, &line);
    assert_string_equal(a, value);
    assert_string_equal(b, error);
}

static void values_and_errors_are_told_apart(void **state)
{
    (void)state;
    cuts_to("0.844 +- 0.053", "0.844", "\xc2\xb1 0.053");
    cuts_to("0.938 (0.837 to 0.978, 95 %)", "0.938", "0.837 to 0.978, 95 %");
    cuts_to("1, at least 0.911 (95 %)", "1", "at least 0.911 (95 %)");
    cuts_to("1.105 (spread 0.037)", "1.105", "spread 0.037");
    cuts_to("0.332693", "0.332693", "");
    cuts_to("", "", "");
}

static void no_row_of_pictures_has_one(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 16; n++)
        for (int pairs = 0; pairs < 2; pairs++) {
            bf_text t = {0};
            if (pairs && n > 8)
                continue;
            bf_page_open_pictures(&t, n, pairs);
            bf_text_add(&t, "", 1);
            const char *columns = strstr(t.data, "shots c");
            assert_non_null(columns);
            size_t c = (size_t)(columns[7] - '0');
            if (n > c && n % c == 1)
                fail_msg("%zu in rows of %zu", n, c);
            bf_text_free(&t);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_called_by_no_absolute_path),
        cmocka_unit_test(samples_are_different_images_of_the_set),
        cmocka_unit_test(values_and_errors_are_told_apart),
        cmocka_unit_test(no_row_of_pictures_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
