/* Manual pages, made from the tables of commands and options: bonafide(1) and one page for each command. */
#include "tools/options/man_page.h"

#include <string.h>

#include "engine/feat.h"
#include "tools/options/usage_table.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"

/* --- text in man(7) -------------------------------------------------------------------------------- */

/* A hyphen that is typed must stay ASCII, a backslash is roff's escape, and a list of words is a word too long for a
 * line unless it may end after a bar. */
static void put_char(FILE *out, char c)
{
    if (c == '-')
        fputs("\\-", out);
    else if (c == '\\')
        fputs("\\e", out);
    else if (c == '|')
        fputs("|\\:", out);
    else
        fputc(c, out);
}

/* Running text; a line must not begin like a request. */
static void put_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != 0; c++) {
        bool starts = c == text || c[-1] == '\n';
        if (starts && (*c == '.' || *c == '\''))
            fputs("\\&", out);
        put_char(out, *c);
    }
}

/* Paragraphs separated by empty lines; the text ends in a newline. */
static void put_paragraphs(FILE *out, const char *text)
{
    while (*text != 0) {
        size_t n = strcspn(text, "\n");
        if (n == 0) {
            fputs(".PP\n", out);
        } else {
            if (*text == '.' || *text == '\'')
                fputs("\\&", out);
            for (size_t i = 0; i < n; i++)
                put_char(out, text[i]);
            fputc('\n', out);
        }
        text += n + (text[n] == '\n');
    }
}

static void put_upper(FILE *out, const char *text)
{
    for (; *text != 0; text++)
        put_char(out, (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text));
}

/* "weights-convert", the part of a page's name after "bonafide-". */
static void put_page(FILE *out, const bf_command *command, void (*put)(FILE *out, const char *text))
{
    put(out, command->name);
    if (command->verb != NULL) {
        put(out, "-");
        put(out, command->verb);
    }
}

static void put_title(FILE *out, const bf_command *command)
{
    fputs(".\\\" Made from the tables in tools/options/option_table.c by \"bonafide manual\".\n.TH \"BONAFIDE", out);
    if (command != NULL) {
        fputs("\\-", out);
        put_page(out, command, put_upper);
    }
    fprintf(out, "\" 1 \"\" \"bonafide %d.%d.%d\" \"User Commands\"\n.ad l\n.SH NAME\nbonafide", FEAT_VERSION_MAJOR,
            FEAT_VERSION_MINOR, FEAT_VERSION_PATCH);
    if (command != NULL) {
        fputs("\\-", out);
        put_page(out, command, put_text);
    }
    fputs(" \\- ", out);
}

/* --- options --------------------------------------------------------------------------------------- */

/* Of one command, or as it is of most (command NULL). */
static void put_option_name(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    fputs("\\fB", out);
    if (option->letter != 0)
        fprintf(out, "\\-%c", option->letter);
    if (option->letter != 0 && option->name != NULL)
        fputs("\\fR, \\fB", out);
    if (option->name != NULL) {
        fputs("\\-\\-", out);
        put_text(out, option->name);
    }
    fputs("\\fR", out);
    if (option->values == NULL)
        return;
    fputs(option->kind == BF_VALUE_OPTIONAL ? " [\\fI" : " \\fI", out);
    /* Without room to break, a long list of words would run over the margin. */
    for (const char *c = bf_option_values(room, command, option); *c != 0; c++) {
        put_char(out, *c);
        if (*c == '|')
            fputs("\\:", out);
    }
    fputs(option->kind == BF_VALUE_OPTIONAL ? "\\fR]" : "\\fR", out);
}

static void put_option(FILE *out, const bf_command *command, const bf_option *option)
{
    char room[BF_OPTION_TEXT];
    fputs(".TP\n", out);
    put_option_name(out, command, option);
    fputc('\n', out);
    put_text(out, bf_option_help(room, option));
    if (option->preset != NULL) {
        fputs(" (default ", out);
        put_text(out, option->preset);
        fputc(')', out);
    }
    fputc('\n', out);
}

/* Which commands take it, for the page of the whole program. */
static void put_takers(FILE *out, const bf_option *option)
{
    const char *separator = "Of: ";
    fputs(".br\n", out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        if (!bf_command_takes(command, option))
            continue;
        fputs(separator, out);
        put_text(out, command->name);
        if (command->verb != NULL) {
            fputc(' ', out);
            put_text(out, command->verb);
        }
        separator = ", ";
    }
    fputs(".\n", out);
}

static bool shown(const bf_option *option)
{
    return option->help[0] != 0;
}

static bool taken(const bf_option *option)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (bf_command_takes(bf_command_at(i), option))
            return true;
    return false;
}

/* --- pages ----------------------------------------------------------------------------------------- */

static void put_exit_codes(FILE *out)
{
    static const char *const codes[][2] = {
        {"0", "done"},
        {"1", "failed: memory, or a file that cannot be read or written"},
        {"2", "wrong usage"},
        {"3", "bad input"},
        {"4", "an audit found a difference"},
        {"128 + N", "ended by signal N; what is left is named on standard error"},
    };
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        fprintf(out, ".TP\n.B %s\n%s\n", codes[i][0], codes[i][1]);
}

static void put_environment(FILE *out)
{
    static const char *const variables[][2] = {
        {"BONAFIDE_WEIGHTS", "the weights to use where --weights is not given"},
        {"BONAFIDE_CACHE", "the folder that keeps features where --cache is not given"},
        {"XDG_DATA_HOME, HOME", "where bonafide/inception.iv3 is looked for, the installed weights"},
        {"NO_COLOR", "when it is set and not empty, a terminal gets no colours"},
        {"TERM", "\"dumb\": no progress line and no colours"},
    };
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        fprintf(out, ".TP\n.B %s\n", variables[i][0]);
        put_text(out, variables[i][1]);
        fputc('\n', out);
    }
}

static void put_command_page(FILE *out, const bf_command *command)
{
    put_title(out, command);
    put_text(out, command->summary);
    fputs("\n.SH SYNOPSIS\n.B bonafide ", out);
    put_text(out, command->name);
    if (command->verb != NULL) {
        fputc(' ', out);
        put_text(out, command->verb);
    }
    if (*command->operands != 0) {
        fputs("\n.I ", out);
        put_text(out, command->operands);
    }
    fputs(bf_command_takes_any(command) ? "\n[\\fIOPTION\\fR...]\n" : "\n", out);
    fputs(".SH DESCRIPTION\n", out);
    put_paragraphs(out, command->text);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++)
        if (bf_command_takes(command, bf_option_at(i)) && shown(bf_option_at(i)))
            put_option(out, command, bf_option_at(i));
    fputs(".SH EXAMPLES\n", out);
    size_t most = sizeof command->examples / sizeof command->examples[0];
    for (size_t i = 0; i < most && command->examples[i].line != NULL; i++) {
        fputs(".TP\n\\fB", out);
        put_text(out, command->examples[i].line);
        fputs("\\fR\n", out);
        put_text(out, command->examples[i].what);
        fputc('\n', out);
    }
    fputs(".SH SEE ALSO\n.BR bonafide (1)\n", out);
}

static void put_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        fputs(".TP\n\\fB", out);
        put_text(out, command->name);
        if (command->verb != NULL) {
            fputc(' ', out);
            put_text(out, command->verb);
        }
        fputs("\\fR \\fI", out);
        put_text(out, command->operands);
        fputs("\\fR\n", out);
        put_text(out, command->summary);
        fputc('\n', out);
    }
}

static void put_main_page(FILE *out)
{
    put_title(out, NULL);
    fputs("metrics of generated images, the same bits on every machine\n"
          ".SH SYNOPSIS\n.B bonafide\n.I COMMAND\n[\\fIOPERAND\\fR...] [\\fIOPTION\\fR...]\n"
          ".SH DESCRIPTION\n"
          "Inception Score, FID, KID, precision, recall and more of two sets of images. The same images and\n"
          "weights give the same bits on every machine, for every number of threads.\n.PP\n"
          "Results go to standard output, progress and warnings to standard error; the progress line appears\n"
          "on a terminal only. Every command has a page of its own,\n.BR bonafide\\-fid (1)\n"
          "and so on, which\n.B bonafide help \\fICOMMAND\\fR\nprints as well.\n",
          out);
    put_commands(out);
    fputs(".SH OPTIONS\nEach option, and the commands that take it.\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        if (!shown(bf_option_at(i)) || !taken(bf_option_at(i)))
            continue;
        put_option(out, NULL, bf_option_at(i));
        put_takers(out, bf_option_at(i));
    }
    put_environment(out);
    put_exit_codes(out);
    fputs(".SH SEE ALSO\n", out);
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        fputs(".BR bonafide\\-", out);
        put_page(out, bf_command_at(i), put_text);
        fputs(bf_command_at(i + 1) != NULL ? " (1),\n" : " (1)\n", out);
    }
}

feat_status bf_manual_print(FILE *out, const char *name, const char *verb, feat_error *err)
{
    const bf_command *command = name != NULL ? bf_command_find(name, verb) : NULL;
    if (name != NULL && command == NULL)
        return bf_command_unknown(name, verb, err);
    if (command != NULL)
        put_command_page(out, command);
    else
        put_main_page(out);
    return FEAT_OK;
}
