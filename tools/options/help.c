/* Help texts, made from the tables of commands and options. */
#include "tools/options/help.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/options/command_list.h"
#include "tools/options/conventions.h"
#include "tools/options/metric_names.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"

enum { WIDTH = 100, TERM_WIDTH = 30 };

/* Prints `text` from column `indent` on, broken between words; the cursor is at column `at`. */
static void print_wrapped(FILE *out, const char *text, size_t at, size_t indent)
{
    while (*text != 0) {
        size_t n = strcspn(text, " ");
        if (at > indent && at + 1 + n > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        if (at < indent)
            at += (size_t)fprintf(out, "%*s", (int)(indent - at), "");
        else if (at > indent)
            at += (size_t)fprintf(out, " ");
        fwrite(text, 1, n, out);
        at += n;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* A term too long for a line goes on in the next one, after a |. Returns the column. */
static int print_broken(FILE *out, const char *term)
{
    int at = fprintf(out, "  ");
    while (*term != 0) {
        size_t n = strcspn(term, "|");
        n += term[n] == '|';
        if (at + n > WIDTH)
            at = fprintf(out, "\n%*s", TERM_WIDTH / 2, "") - 1;
        at += (int)fwrite(term, 1, n, out);
        term += n;
    }
    return at;
}

static void print_term(FILE *out, const char *term, const char *text)
{
    int n = print_broken(out, term);
    if (n >= TERM_WIDTH) {
        fputc('\n', out);
        n = 0;
    }
    print_wrapped(out, text, n > 0 ? (size_t)n : 0, TERM_WIDTH);
}

static void print_option(FILE *out, const bf_command *command, const bf_option *option)
{
    char term[BF_OPTION_TEXT + 64], text[BF_OPTION_TEXT + 64], room[BF_OPTION_TEXT], help_room[BF_OPTION_TEXT];
    const char *values = option->values != NULL ? bf_option_values(room, command, option) : "";
    const char *help = bf_option_help(help_room, option);
    if (option->name == NULL)
        snprintf(term, sizeof term, "-%c %s", option->letter, values);
    else if (option->letter != 0)
        snprintf(term, sizeof term, "-%c, --%s", option->letter, option->name);
    else if (option->kind == BF_VALUE_OPTIONAL)
        snprintf(term, sizeof term, "--%s [%s]", option->name, values);
    else
        snprintf(term, sizeof term, "--%s%s%s", option->name, *values ? " " : "", values);
    if (option->preset != NULL)
        snprintf(text, sizeof text, "%s (default %s)", help, option->preset);
    else
        snprintf(text, sizeof text, "%s", help);
    print_term(out, term, text);
}

static void print_command(FILE *out, const bf_command *command)
{
    const char *space = command->verb != NULL ? " " : "", *verb = command->verb != NULL ? command->verb : "";
    fprintf(out, "bonafide %s%s%s: %s\n\n", command->name, space, verb, command->summary);
    fprintf(out, "Usage: bonafide %s%s%s%s%s%s\n\n", command->name, space, verb,
            *command->operands ? " " : "", command->operands, bf_command_takes_any(command) ? " [OPTION...]" : "");
    fputs(command->text, out);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; bf_option_at(i) != NULL; i++) {
        const bf_option *option = bf_option_at(i);
        if (bf_command_takes(command, option) && option->help[0] != 0)
            print_option(out, command, option);
    }
    fputs("\nExamples:\n", out);
    size_t most = sizeof command->examples / sizeof command->examples[0];
    for (size_t i = 0; i < most && command->examples[i].line != NULL; i++)
        fprintf(out, "  %s\n      %s\n", command->examples[i].line, command->examples[i].what);
}

static void print_list(FILE *out, const char *name)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++) {
        const bf_command *command = bf_command_at(i);
        char term[96];
        if (name != NULL && strcmp(command->name, name) != 0)
            continue;
        snprintf(term, sizeof term, "%s%s%s %s", command->name, command->verb != NULL ? " " : "",
                 command->verb != NULL ? command->verb : "", command->operands);
        print_term(out, term, command->summary);
    }
}

static void print_overview(FILE *out)
{
    fputs("bonafide: metrics of generated images, the same bits on every machine\n\n"
          "Usage: bonafide COMMAND [OPERAND...] [OPTION...]\n\nCommands:\n",
          out);
    print_list(out, NULL);
    fputs("\nbonafide help COMMAND shows operands, options and examples.\n"
          "pytorch-fid A B and clean-fid A B are fid with the preset of that tool.\n"
          "Results go to standard output, progress and warnings to standard error.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input, 4 an audit found a difference.\n",
          out);
}

/* A name that is the first word of several commands and of none alone. */
static bool is_group(const char *name)
{
    for (size_t i = 0; bf_command_at(i) != NULL; i++)
        if (bf_command_at(i)->verb != NULL && strcmp(bf_command_at(i)->name, name) == 0)
            return true;
    return false;
}

/* What eval can compute, by the names of --metrics. */
static void print_metrics(FILE *out)
{
    fputs("Metrics of 'bonafide eval REAL GEN --metrics LIST'; * those it has unless told otherwise:\n\n", out);
    for (int i = 0; i < BF_N_METRICS; i++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)i);
        fprintf(out, "  %c %-14s %s%s%s%s\n", metric->usual ? '*' : ' ', metric->name, metric->label,
                metric->network != NULL ? " (of " : "", metric->network != NULL ? metric->usual_network : "",
                metric->network != NULL ? ")" : "");
    }
    fputs("\nfid, is, kid and pr are commands of their own, too. --all takes every metric of the network's features.\n",
          out);
}

/* Whose conventions --preset follows. */
static void print_presets(FILE *out)
{
    fputs("Presets, whose resizing, scaling and conventions to follow (--preset NAME; tf1 where none is named):\n\n",
          out);
    for (size_t i = 0; bf_convention_at(i) != NULL; i++) {
        const bf_convention *c = bf_convention_at(i);
        fprintf(out, "  %-18s %s, with %s\n", c->name, c->tool, c->network);
    }
    fputs("\n--preset-of takes the numbers that papers of a family print:", out);
    for (size_t i = 0; bf_published_at(i) != NULL; i++)
        fprintf(out, " %s", bf_published_at(i)->name);
    fputs(".\n'eval --as all' prints what each tool would.\n", out);
}

feat_status bf_help_print(FILE *out, const char *name, const char *verb, feat_error *err)
{
    if (name == NULL) {
        print_overview(out);
        return FEAT_OK;
    }
    if (verb == NULL && (strcmp(name, "metrics") == 0 || strcmp(name, "presets") == 0)) {
        (name[0] == 'm' ? print_metrics : print_presets)(out);
        return FEAT_OK;
    }
    const bf_command *command = bf_command_find(name, verb);
    if (command != NULL) {
        print_command(out, command);
        return FEAT_OK;
    }
    if (verb == NULL && is_group(name)) {
        fprintf(out, "Usage: bonafide %s ...\n\n", name);
        print_list(out, name);
        fprintf(out, "\nbonafide help %s WORD shows operands, options and examples.\n", name);
        return FEAT_OK;
    }
    return bf_command_unknown(name, verb, err);
}
