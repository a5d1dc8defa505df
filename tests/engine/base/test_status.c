/* engine/base/status: names of every status, and how feat_fail fills a caller's message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/status.h"

static void every_status_has_its_name(void **state)
{
    (void)state;
    static const struct {
        feat_status status;
        const char *name;
    } expected[] = {
        {FEAT_OK, "ok"},
        {FEAT_ERR_ARG, "argument"},
        {FEAT_ERR_NOMEM, "memory"},
        {FEAT_ERR_IO, "io"},
        {FEAT_ERR_FORMAT, "format"},
        {FEAT_ERR_VERSION, "version"},
        {FEAT_ERR_CHECKSUM, "checksum"},
        {FEAT_ERR_UNSUPPORTED, "unsupported"},
        {FEAT_ERR_NUMERIC, "numeric"},
        {FEAT_ERR_CANCELLED, "cancelled"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(feat_status_name(expected[i].status), expected[i].name);
    assert_string_equal(feat_status_name((feat_status)10), "unknown");
    assert_string_equal(feat_status_name((feat_status)-1), "unknown");
}

static void fail_fills_and_returns(void **state)
{
    (void)state;
    feat_error err;
    memset(&err, 'x', sizeof err);
    assert_int_equal(feat_fail(&err, FEAT_ERR_FORMAT, "%s: %d expected, %zu found", "a.iv3", 3, (size_t)4),
                     FEAT_ERR_FORMAT);
    assert_int_equal(err.status, FEAT_ERR_FORMAT);
    assert_string_equal(err.message, "a.iv3: 3 expected, 4 found");
    assert_int_equal(feat_fail(NULL, FEAT_ERR_IO, "nobody listens to %d", 1), FEAT_ERR_IO);
}

static void long_messages_are_cut_and_marked(void **state)
{
    (void)state;
    feat_error err;
    char text[sizeof err.message + 8];
    memset(text, 'a', sizeof text);

    text[sizeof err.message - 1] = '\0'; /* the longest that fits */
    assert_int_equal(feat_fail(&err, FEAT_ERR_ARG, "%s", text), FEAT_ERR_ARG);
    assert_string_equal(err.message, text);

    text[sizeof err.message - 1] = 'a';
    text[sizeof err.message] = '\0'; /* one more */
    assert_int_equal(feat_fail(&err, FEAT_ERR_ARG, "%s", text), FEAT_ERR_ARG);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_string_equal(err.message + sizeof err.message - 5, "a...");
}

/* Names bring no newline, no command of a terminal and nothing that is no letter; the message's own newlines stay. */
static void names_are_cleaned(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a\x1b]0;x\x07", "a?]0;x?"},
        {"a\nb\tc\rd\x7f", "a?b?c?d?"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}, /* e acute, euro, a face */
        {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "???\xc2\xa0"},
        {"\xe2\x80\xa8\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf", "???\xe2\x80\xaf"},
        {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5??\xe2\x81\xaa"},
        {"\xff\xc0\x80\xe0\x80\x80", "??????"},
        {"\xed\xa0\x80\xf4\x90\x80\x80\xc3", "????????"},
    };
    feat_error err;
    char expected[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        feat_fail(&err, FEAT_ERR_IO, "%s: no\nuse: %s (%d)\n%s", cases[i][0], cases[i][0], 7, "\n");
        snprintf(expected, sizeof expected, "%s: no\nuse: %s (7)\n?", cases[i][1], cases[i][1]);
        assert_string_equal(err.message, expected);
    }
    feat_error again;
    feat_fail(&err, FEAT_ERR_IO, "a\nb");
    feat_fail_again(&again, FEAT_ERR_FORMAT, "x\ny", err.message);
    assert_string_equal(again.message, "x?y: a\nb");
    assert_int_equal(again.status, FEAT_ERR_FORMAT);
}

static void cut_messages_are_cleaned(void **state)
{
    (void)state;
    feat_error err;
    char text[2 * sizeof err.message];
    memset(text, '\n', sizeof text);
    text[sizeof text - 1] = 0;
    feat_fail(&err, FEAT_ERR_ARG, "a\n%s\nb", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_memory_equal(err.message, "a\n????", 6);
    assert_string_equal(err.message + sizeof err.message - 5, "?...");
    feat_fail_again(&err, FEAT_ERR_ARG, "a", text);
    assert_string_equal(err.message + sizeof err.message - 5, "\n...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_name),
        cmocka_unit_test(fail_fills_and_returns),
        cmocka_unit_test(long_messages_are_cut_and_marked),
        cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(cut_messages_are_cleaned),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
