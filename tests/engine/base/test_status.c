/* engine/base/status: names of every status, and how feat_fail fills a caller's message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_name),
        cmocka_unit_test(fail_fills_and_returns),
        cmocka_unit_test(long_messages_are_cut_and_marked),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
