/* tools/figures/table_style: what --table, --digits and --cite ask for, and what does not go together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/figures/table_style.h"
#include "tools/options/parse_args.h"

/* Reads the words of a command line, separated by single blanks. */
static feat_status read(bf_table_style *style, const char *line, feat_error *err)
{
    static bf_args args;
    static char text[256];
    char *words[16], *rest = text;
    int n = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    *err = (feat_error){FEAT_OK, ""};
    assert_int_equal(bf_args_parse(&args, n, words, err), FEAT_OK);
    return bf_table_style_parse(style, &args, err);
}

static void good(const char *line, bf_table_kind kind, int digits, bool cite)
{
    bf_table_style style;
    feat_error err;
    assert_int_equal(read(&style, line, &err), FEAT_OK);
    assert_int_equal(style.kind, kind);
    assert_int_equal(style.digits, digits);
    assert_int_equal(style.cite, cite);
}

static void bad(const char *line, const char *message)
{
    bf_table_style style;
    feat_error err;
    assert_int_equal(read(&style, line, &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, message);
}

static void what_is_asked_for(void **state)
{
    (void)state;
    good("fid a b", BF_TABLE_TEXT, 0, false);
    good("fid a b --table text", BF_TABLE_TEXT, 0, false);
    good("kid a b --table markdown --digits 1", BF_TABLE_MARKDOWN, 1, false);
    good("pr a b --table latex --digits 17 --cite", BF_TABLE_LATEX, 17, true);
    good("is a --table csv --digits all", BF_TABLE_CSV, 17, false);
    good("eval a b --table csv --json=r.json --cite", BF_TABLE_CSV, 0, true);
    good("merge a.part --cite --json", BF_TABLE_TEXT, 0, true);
    good("version", BF_TABLE_TEXT, 0, false);
}

static void numbers_that_are_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0", "18", "-1", "3x", "4294967297", "alle", "1.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[64], message[128];
        snprintf(line, sizeof line, "fid a b --digits=%s", wrong[i]);
        snprintf(message, sizeof message, "--digits: expected a number from 1 to 17 or all, found '%s'", wrong[i]);
        bad(line, message);
    }
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    bad("fid a b --table latex --json",
        "--table is of the table, in whose place --json prints: --json=FILE.json writes beside it");
    bad("fid a b --digits 3 --json",
        "--digits is of the table, in whose place --json prints: --json=FILE.json writes beside it");
    bad("eval a b --as all --table csv", "--as has a table of its own: it goes without --table");
    bad("eval a b --as all --cite", "--as has a table of its own: it goes without --cite");
    bad("eval a b --shard 1/2 -o x.part --digits all", "a shard prints no result: give --digits to 'bonafide merge'");
    bad("fid a b --table csv --cite", "--table csv has rows only: --cite goes with text, markdown, latex or --json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for),
        cmocka_unit_test(numbers_that_are_none),
        cmocka_unit_test(what_does_not_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
