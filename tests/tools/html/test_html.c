/* tools/html/html, svg_plot, thumbs: foreign texts stay texts, drawings have no surprising numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/alloc.h"
#include "tools/html/svg_plot.h"
#include "tools/html/thumbs.h"

static void escapes_to(const char *text, const char *expected)
{
    bf_text t = {0};
    bf_html_raw(&t, "");
    bf_html_text(&t, text);
    assert_false(t.failed);
    if (strcmp(t.data != NULL ? t.data : "", expected) != 0)
        fail_msg("'%s' became '%s'", text, t.data);
    bf_text_free(&t);
}

static void markup_becomes_references(void **state)
{
    (void)state;
    escapes_to("<img src=x onerror=\"a('b')\">&amp;", "&#60;img src=x onerror=&#34;a(&#39;b&#39;)&#34;&#62;&#38;amp;");
    escapes_to("plain/name-1.png", "plain/name-1.png");
    escapes_to("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void what_is_no_text_becomes_a_mark(void **state)
{
    (void)state;
    escapes_to("a\x01\x1b[2J\x7f", "a\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd");
    escapes_to("a\nb\tc", "a b c");
    escapes_to("\xff\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* an overlong zero */
    escapes_to("\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    escapes_to("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* half a surrogate pair */
    escapes_to("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    escapes_to("\xc3", "\xef\xbf\xbd"); /* cut */
    escapes_to("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    escapes_to("gpj.\xe2\x80\xaegnp", "gpj.\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdgnp"); /* right-to-left override */
    escapes_to("\xc2\x85", "\xef\xbf\xbd\xef\xbf\xbd");
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        bf_text t = {0};
        bf_html_raw(&t, "");
        bf_html_base64(&t, (const uint8_t *)pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(t.data, pairs[i][1]);
        bf_text_free(&t);
    }
}

static void a_page_names_its_language_and_escapes_its_title(void **state)
{
    (void)state;
    bf_text t = {0};
    bf_html_begin(&t, "</title><script>");
    bf_html_end(&t);
    assert_non_null(strstr(t.data, "<!DOCTYPE html>\n<html lang=\"en\">"));
    assert_non_null(strstr(t.data, "<title>&#60;/title&#62;&#60;script&#62;</title>"));
    assert_null(strstr(t.data, "<script"));
    assert_null(strstr(t.data, "http:"));
    bf_text_free(&t);
}

static void steps_are_1_2_or_5(void **state)
{
    (void)state;
    assert_true(bf_plot_step(10.0, 5.0) == 2.0);
    assert_true(bf_plot_step(1.0, 4.0) > 0.19 && bf_plot_step(1.0, 4.0) < 0.21);
    assert_true(bf_plot_step(1e6, 4.0) == 200000.0);
    assert_true(bf_plot_step(0.0, 4.0) == 1.0);
    assert_true(bf_plot_step((double)NAN, 4.0) == 1.0);
}

/* Every number in a drawing must be finite and short, whatever the data. */
static void drawings_survive_hostile_numbers(void **state)
{
    (void)state;
    static const double bad[] = {0.0, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e308, -1e308, 1e-308};
    enum { N = sizeof bad / sizeof bad[0] };
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) {
            bf_text t = {0};
            bf_plot p;
            bf_plot_frame f = {.alt = "<alt>",
                               .x_label = "x",
                               .y_label = "y",
                               .x_low = bad[i],
                               .x_high = bad[k],
                               .y_low = bad[k],
                               .y_high = bad[i]};
            bf_plot_begin(&p, &t, &f);
            bf_plot_line(&p, "la", bad, bad, N);
            bf_plot_dots(&p, "pa", 3.0, bad, bad, N);
            bf_plot_crosses(&p, "xa", 3.0, bad, bad, N);
            bf_plot_end(&p);
            assert_false(t.failed);
            assert_null(strstr(t.data, "nan"));
            assert_null(strstr(t.data, "inf"));
            assert_non_null(strstr(t.data, "&#60;alt&#62;"));
            assert_true(t.n < 20000);
            bf_text_free(&t);
        }
}

/* A file of its own needs the name space, and colours that programs other than browsers know. */
static void a_figure_is_a_file_too(void **state)
{
    (void)state;
    static const char *const names[] = {"low", "<high>"};
    bf_text t = {0}, file = {0};
    bf_plot p;
    bf_plot_frame f = {
        .alt = "alt", .x_label = "x", .x_high = 1.0, .y_low = -0.6, .y_high = 1.4, .y_names = names, .n_y_names = 2};
    bf_html_raw(&t, "before");
    size_t start = t.n;
    bf_plot_begin(&p, &t, &f);
    bf_plot_box(&p, "bb", 0.0, 0.5, 0.65, 1.35);
    bf_plot_end(&p);
    bf_html_svg_file(&file, t.data + start, t.n - start, p.width, p.height);
    assert_false(t.failed || file.failed);
    assert_non_null(strstr(t.data, ">&#60;high&#62;</text>"));
    assert_non_null(
        strstr(file.data, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"380\" height=\"88\" viewBox="));
    assert_non_null(strstr(file.data, ".bb{fill:#b3450b"));
    assert_null(strstr(file.data, "var("));
    assert_null(strstr(file.data, "before"));
    assert_string_equal(file.data + file.n - 7, "</svg>\n");
    bf_text_free(&t);
    bf_text_free(&file);
}

static void a_thumbnail_is_the_mean_of_its_pixels(void **state)
{
    (void)state;
    enum { H = 6, W = 10, SIDE = 5 };
    uint8_t rgb[H * W * 3], out[SIDE * SIDE * 3];
    size_t h = 0, w = 0;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i % 3 == 0 ? i / 3 : i % 3);
    bf_thumb_shrink(out, &h, &w, rgb, H, W, SIDE);
    assert_int_equal(h, 3);
    assert_int_equal(w, 5);
    assert_int_equal(out[0], (0 + 1 + 10 + 11 + 2) / 4); /* rounded */
    assert_int_equal(out[1], 1);
    assert_int_equal(out[2], 2);
    assert_int_equal(out[(2 * 5 + 4) * 3], (48 + 49 + 58 + 59 + 2) / 4);
    bf_thumb_shrink(out, &h, &w, rgb, 2, 4, SIDE); /* small ones stay */
    assert_true(h == 2 && w == 4 && memcmp(out, rgb, 24) == 0);
}

static void memory_that_runs_out_is_remembered(void **state)
{
    (void)state;
    bf_text t = {0};
    size_t live = feat_alloc_live();
    feat_alloc_fail_after(2);
    for (int i = 0; i < 2000; i++)
        bf_html_text(&t, "<name>");
    feat_alloc_fail_after(-1);
    assert_true(t.failed);
    bf_text_free(&t);
    assert_int_equal(feat_alloc_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_becomes_references),
        cmocka_unit_test(what_is_no_text_becomes_a_mark),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(a_page_names_its_language_and_escapes_its_title),
        cmocka_unit_test(steps_are_1_2_or_5),
        cmocka_unit_test(drawings_survive_hostile_numbers),
        cmocka_unit_test(a_figure_is_a_file_too),
        cmocka_unit_test(a_thumbnail_is_the_mean_of_its_pixels),
        cmocka_unit_test(memory_that_runs_out_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
