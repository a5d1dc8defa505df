/* Help, manual pages and completions say the same: every command and every option of the tables is in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/options/usage_table.h"
#include "tools/options/completion.h"
#include "tools/options/help.h"
#include "tools/options/man_page.h"
#include "tools/options/option_table.h"

enum { TEXT_BYTES = 1 << 18 };

typedef enum kind { HELP, MANUAL, COMPLETION } kind;

static char text[TEXT_BYTES];

/* What is printed, in `text`. */
static feat_status print(kind what, const char *name, const char *verb)
{
    feat_error err = {FEAT_OK, ""};
    FILE *out = tmpfile();
    assert_non_null(out);
    feat_status status = what == HELP     ? bf_help_print(out, name, verb, &err)
                        : what == MANUAL ? bf_manual_print(out, name, verb, &err)
                                         : bf_completion_print(out, name, &err);
    rewind(out);
    size_t n = fread(text, 1, sizeof text - 1, out);
    assert_true(n < sizeof text - 1);
    text[n] = 0;
    fclose(out);
    assert_true((status == FEAT_OK) == (n > 0));
    return status;
}

static void expect(const char *part, const char *where)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in %s", part, where);
}

/* "--kid-size" (or "-k"), with a backslash before every hyphen if it is for roff. */
static void option_word(char word[64], const bf_option *option, bool roff)
{
    char plain[40];
    if (option->name != NULL)
        snprintf(plain, sizeof plain, "--%s", option->name);
    else
        snprintf(plain, sizeof plain, "-%c", option->letter);
    for (const char *c = plain; *c != 0; c++) {
        if (*c == '-' && roff)
            *word++ = '\\';
        *word++ = *c;
    }
    *word = 0;
}

/* The word stands for itself: neither letters nor hyphens go on with it. */
static bool has_word(const char *from, const char *to, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(from, word); at != NULL && at < to; at = strstr(at + 1, word)) {
        char next = at[n], before = at > from ? at[-1] : ' ';
        bool goes_on = (next >= 'a' && next <= 'z') || (next >= '0' && next <= '9') || next == '-';
        if (!goes_on && before != '-')
            return true;
    }
    return false;
}

static bool is_shown(const bf_option *option)
{
    return option->help[0] != 0;
}

static bool is_taken(const bf_option *option)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (bf_command_takes(bf_command_at(i), option))
            return true;
    return false;
}

/* In text[from .. to) stand the options that the command takes, and no others. */
static void check_options(const bf_command *command, const char *from, const char *to, bool roff, const char *where)
{
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        char word[64];
        option_word(word, bf_option_at(i), roff);
        bool wanted = bf_command_takes(command, bf_option_at(i)) && is_shown(bf_option_at(i));
        if (wanted != has_word(from, to, word))
            fail_msg("%s of %s %s: option %s is %s", where, command->name, command->verb ? command->verb : "", word,
                     wanted ? "missing" : "one too many");
    }
}

static const char *find(const char *from, const char *part)
{
    const char *at = strstr(from, part);
    if (at == NULL)
        fail_msg("no '%s'", part);
    return at;
}

static void help_has_all(void **state)
{
    (void)state;
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        assert_int_equal(print(HELP, command->name, command->verb), FEAT_OK);
        const char *list = find(text, "\nOptions");
        for (size_t k = 0; bf_option_at(k) != NULL; k++) {
            const bf_option *option = bf_option_at(k);
            char word[64], line[80];
            option_word(word, option, false);
            bool wanted = bf_command_takes(command, option) && is_shown(option);
            if (option->name != NULL && option->letter != 0)
                snprintf(line, sizeof line, "\n  -%c, %s", option->letter, word);
            else
                snprintf(line, sizeof line, "\n  %s", word);
            bool found = has_word(list, list + strlen(list), line);
            if (found != wanted)
                fail_msg("help %s: option %s", command->name, word);
        }
        for (size_t k = 0; k < 2; k++)
            expect(command->examples[k].line, "help");
    }
    assert_int_equal(print(HELP, NULL, NULL), FEAT_OK);
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        expect(bf_command_at(i)->summary, "the overview");
}

static void manual_of_each_command_has_all(void **state)
{
    (void)state;
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        assert_int_equal(print(MANUAL, command->name, command->verb), FEAT_OK);
        const char *options = find(text, ".SH OPTIONS"), *examples = find(text, ".SH EXAMPLES");
        /* Help texts name other commands' options now and then: only the entries count, which are bold. */
        for (size_t k = 0; bf_option_at(k) != NULL; k++) {
            char word[64], entry[80];
            option_word(word, bf_option_at(k), true);
            bool wanted = bf_command_takes(command, bf_option_at(k)) && is_shown(bf_option_at(k));
            snprintf(entry, sizeof entry, "\\fB%s\\fR", word);
            const char *at = strstr(options, entry);
            if ((at != NULL && at < examples) != wanted)
                fail_msg("manual %s: option %s", command->name, word);
        }
        assert_memory_equal(text, ".\\\"", 3);
        expect(".SH NAME\nbonafide\\-", "a manual page");
        expect(".SH SYNOPSIS\n.B bonafide ", "a manual page");
    }
    assert_int_equal(print(MANUAL, "nothing", NULL), FEAT_ERR_ARG);
    assert_int_equal(print(MANUAL, "weights", NULL), FEAT_ERR_ARG);
    assert_int_equal(print(MANUAL, "fid", "x"), FEAT_ERR_ARG);
}

static void main_manual_has_all(void **state)
{
    (void)state;
    assert_int_equal(print(MANUAL, NULL, NULL), FEAT_OK);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        char entry[96];
        snprintf(entry, sizeof entry, ".TP\n\\fB%s%s%s\\fR", command->name, command->verb ? " " : "",
                 command->verb ? command->verb : "");
        expect(entry, "bonafide(1)");
        snprintf(entry, sizeof entry, ".BR bonafide\\-%s%s%s (1)", command->name, command->verb ? "\\-" : "",
                 command->verb ? command->verb : "");
        expect(entry, "bonafide(1)");
    }
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        char word[64], entry[80];
        option_word(word, bf_option_at(i), true);
        snprintf(entry, sizeof entry, "\\fB%s\\fR", word);
        if (is_shown(bf_option_at(i)) && is_taken(bf_option_at(i)))
            expect(entry, "bonafide(1)");
        else
            assert_null(strstr(text, entry));
    }
}

static void manual_has_no_stray_requests(void **state)
{
    (void)state;
    static const char *const known[] = {".\\\"", ".TH ", ".SH ", ".PP", ".TP", ".B ", ".BR ", ".I ", ".br", ".ad l\n"};
    for (size_t i = 0; i == 0 || bf_command_at(i - 1) != NULL; i++) {
        const bf_command *command = i > 0 ? bf_command_at(i - 1) : NULL;
        assert_int_equal(print(MANUAL, command ? command->name : NULL, command ? command->verb : NULL), FEAT_OK);
        for (const char *line = text; *line != 0; line += strcspn(line, "\n") + 1) {
            bool good = *line != '.' && *line != '\'' && *line != '\n';
            for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
                good = good || strncmp(line, known[k], strlen(known[k])) == 0;
            if (!good)
                fail_msg("%s: '%.40s'", command ? command->name : "bonafide", line);
        }
    }
}

static void bash_completes_all(void **state)
{
    (void)state;
    assert_int_equal(print(COMPLETION, "bash", NULL), FEAT_OK);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        const char *quote = command->verb ? "'" : "";
        char mark[96];
        snprintf(mark, sizeof mark, "    %s%s%s%s%s)\n        options=", quote, command->name,
                 command->verb ? " " : "", command->verb ? command->verb : "", quote);
        const char *from = find(text, mark);
        check_options(command, from, find(from, "\n        ;;\n"), false, "bash");
    }
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        char words[BF_OPTION_TEXT], room[BF_OPTION_TEXT];
        if (bf_option_at(i)->kind != BF_VALUE_CHOICE && bf_option_at(i)->kind != BF_VALUE_LIST)
            continue;
        snprintf(words, sizeof words, "%s", bf_option_values(room, NULL, bf_option_at(i)));
        for (char *c = words; *c != 0; c++)
            if (*c == '|')
                *c = ' ';
        expect(words, "bash");
    }
}

static void zsh_completes_all(void **state)
{
    (void)state;
    assert_int_equal(print(COMPLETION, "zsh", NULL), FEAT_OK);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        char mark[96];
        snprintf(mark, sizeof mark, "    ('%s%s%s')\n        _arguments", command->name, command->verb ? " " : "",
                 command->verb ? command->verb : "");
        const char *from = find(text, mark), *to = find(from, "\n        ;;\n");
        for (size_t k = 0; bf_option_at(k) != NULL; k++) {
            char word[64], start[80];
            option_word(word, bf_option_at(k), false);
            bool both = bf_option_at(k)->name != NULL && bf_option_at(k)->letter != 0;
            snprintf(start, sizeof start, "%s%s", both ? "," : "            '", word);
            bool wanted = bf_command_takes(command, bf_option_at(k)) && is_shown(bf_option_at(k));
            if (has_word(from, to, start) != wanted)
                fail_msg("zsh %s: option %s", mark, word);
        }
    }
}

static void fish_completes_all(void **state)
{
    (void)state;
    assert_int_equal(print(COMPLETION, "fish", NULL), FEAT_OK);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        char label[64], line[160];
        snprintf(label, sizeof label, "%s%s%s", command->name, command->verb ? " " : "",
                 command->verb ? command->verb : "");
        snprintf(line, sizeof line, " -a %s -d '", command->verb ? command->verb : command->name);
        expect(line, "fish");
        for (size_t k = 0; bf_option_at(k) != NULL; k++) {
            const bf_option *option = bf_option_at(k);
            char letter[8] = "", name[48] = "";
            if (option->letter != 0)
                snprintf(letter, sizeof letter, " -s %c", option->letter);
            if (option->name != NULL)
                snprintf(name, sizeof name, " -l %s", option->name);
            snprintf(line, sizeof line, "-n '__bonafide_after %s'%s%s ", label, letter, name);
            bool wanted = bf_command_takes(command, option) && is_shown(option);
            if ((strstr(text, line) != NULL) != wanted)
                fail_msg("fish: %s", line);
        }
    }
}

static void shells_are_known(void **state)
{
    (void)state;
    feat_error err = {FEAT_OK, ""};
    assert_int_equal(bf_completion_print(stdout, "fihs", &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, "completion: unknown shell 'fihs'; did you mean 'fish'?");
    assert_int_equal(bf_completion_print(stdout, "powershell", &err), FEAT_ERR_ARG);
    assert_string_equal(err.message, "completion: expected bash, zsh or fish, found 'powershell'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_has_all),
        cmocka_unit_test(manual_of_each_command_has_all),
        cmocka_unit_test(main_manual_has_all),
        cmocka_unit_test(manual_has_no_stray_requests),
        cmocka_unit_test(bash_completes_all),
        cmocka_unit_test(zsh_completes_all),
        cmocka_unit_test(fish_completes_all),
        cmocka_unit_test(shells_are_known),
    };
    return cmocka_run_group_tests_name("opt_docs", tests, NULL, NULL);
}
