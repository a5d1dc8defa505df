/* What is asked of the table, before anything is computed for it. */
#include "tools/figures/table_style.h"

#include <string.h>

#include "engine/base/status.h"

enum { MOST_DIGITS = 17 };

static feat_status read_digits(int *digits, const char *text, feat_error *err)
{
    int n = 0;
    if (text == NULL || strcmp(text, "all") == 0) {
        *digits = text == NULL ? 0 : MOST_DIGITS;
        return FEAT_OK;
    }
    size_t length = strspn(text, "0123456789");
    for (size_t i = 0; i < length && n <= MOST_DIGITS; i++)
        n = 10 * n + (text[i] - '0');
    if (text[length] != 0 || n < 1 || n > MOST_DIGITS)
        return feat_fail(err, FEAT_ERR_ARG, "--digits: expected a number from 1 to %d or all, found '%s'",
                         (int)MOST_DIGITS, text);
    *digits = n;
    return FEAT_OK;
}

static bf_table_kind kind_of(const char *text)
{
    static const char *const words[] = {
        [BF_TABLE_TEXT] = "text", [BF_TABLE_MARKDOWN] = "markdown", [BF_TABLE_LATEX] = "latex", [BF_TABLE_CSV] = "csv"};
    _Static_assert(sizeof words / sizeof words[0] == (size_t)BF_TABLE_CSV + 1, "a word for each kind");
    for (int kind = BF_TABLE_CSV; text != NULL && kind > BF_TABLE_TEXT; kind--)
        if (strcmp(text, words[kind]) == 0)
            return (bf_table_kind)kind;
    return BF_TABLE_TEXT;
}

feat_status bf_table_style_parse(bf_table_style *style, const bf_args *args, feat_error *err)
{
    bool table = bf_args_given(args, BF_OPT_TABLE), digits = bf_args_given(args, BF_OPT_DIGITS);
    bool replaced = bf_args_given(args, BF_OPT_JSON) && bf_args_text(args, BF_OPT_JSON) == NULL;
    const char *word = table ? "--table" : digits ? "--digits" : "--cite";
    *style = (bf_table_style){.kind = kind_of(bf_args_text(args, BF_OPT_TABLE)),
                              .cite = bf_args_given(args, BF_OPT_CITE),
                              .csv_plain = bf_args_given(args, BF_OPT_CSV_PLAIN)};
    if ((table || digits) && replaced)
        return feat_fail(err, FEAT_ERR_ARG,
                         "%s is of the table, in whose place --json prints: --json=FILE.json writes beside it", word);
    if ((table || digits || style->cite) && bf_args_given(args, BF_OPT_AS))
        return feat_fail(err, FEAT_ERR_ARG, "--as has a table of its own: it goes without %s", word);
    if ((table || digits || style->cite) && bf_args_given(args, BF_OPT_SHARD))
        return feat_fail(err, FEAT_ERR_ARG, "a shard prints no result: give %s to 'bonafide merge'", word);
    if (style->cite && style->kind == BF_TABLE_CSV && !bf_args_given(args, BF_OPT_JSON))
        return feat_fail(err, FEAT_ERR_ARG,
                         "--table csv has rows only: --cite goes with text, markdown, latex or --json");
    return read_digits(&style->digits, bf_args_text(args, BF_OPT_DIGITS), err);
}
