/* Collecting a result. */
#include "tools/records/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/status.h"
#include "tools/base/say.h"

static void copy(char *to, size_t bytes, const char *from)
{
    snprintf(to, bytes, "%s", from);
}

/* A cell of the table, which is for people: of one line, with names from anywhere in it. */
static void copy_shown(char *to, size_t bytes, const char *from)
{
    copy(to, bytes, from);
    feat_clean(to, false);
}

void bf_report_line(bf_report *r, const char *label, const char *value, const char *direction,
                    const char *note)
{
    if (r->n_lines == BF_MAX_LINES)
        return;
    bf_line *line = &r->lines[r->n_lines++];
    copy_shown(line->label, sizeof line->label, label);
    copy_shown(line->value, sizeof line->value, value);
    copy(line->direction, sizeof line->direction, direction);
    copy_shown(line->note, sizeof line->note, note);
}

void bf_report_figure(bf_report *r, const char *label, const char *key, const bf_figure *figure, const char *direction,
                      const char *note)
{
    char text[BF_FIGURE_TEXT];
    if (r->n_lines == BF_MAX_LINES)
        return;
    bf_figure_text_of(text, figure, BF_DIGITS_USUAL);
    bf_report_line(r, label, text, direction, note);
    bf_line *line = &r->lines[r->n_lines - 1];
    line->has_figure = true;
    line->figure = *figure;
    line->figure.bar.why = NULL; /* borrowed; the note has it */
    line->of = bf_metric_value_of_key(key);
}

static bf_result *add(bf_result *list, size_t *n, const char *key, bf_value_type type)
{
    size_t at = *n < BF_MAX_VALUES ? (*n)++ : BF_MAX_VALUES - 1; /* a list that is too short loses its last */
    bf_result *result = &list[at];
    copy(result->key, sizeof result->key, key);
    result->type = type;
    return result;
}

void bf_report_number(bf_report *r, const char *key, double number)
{
    add(r->results, &r->n_results, key, BF_TYPE_NUMBER)->number = number;
}

void bf_report_integer(bf_report *r, const char *key, uint64_t number)
{
    add(r->results, &r->n_results, key, BF_TYPE_INTEGER)->integer = number;
}

void bf_report_boolean(bf_report *r, const char *key, bool value)
{
    add(r->results, &r->n_results, key, BF_TYPE_BOOLEAN)->integer = value;
}

void bf_report_text(bf_report *r, const char *key, const char *text)
{
    bf_result *result = add(r->results, &r->n_results, key, BF_TYPE_TEXT);
    copy(result->text, sizeof result->text, text);
}

void bf_report_setting(bf_report *r, const char *key, uint64_t number)
{
    add(r->settings, &r->n_settings, key, BF_TYPE_INTEGER)->integer = number;
}

void bf_report_setting_number(bf_report *r, const char *key, double number)
{
    add(r->settings, &r->n_settings, key, BF_TYPE_NUMBER)->number = number;
}

void bf_report_setting_boolean(bf_report *r, const char *key, bool value)
{
    add(r->settings, &r->n_settings, key, BF_TYPE_BOOLEAN)->integer = value;
}

void bf_report_setting_text(bf_report *r, const char *key, const char *text)
{
    bf_result *setting = add(r->settings, &r->n_settings, key, BF_TYPE_TEXT);
    copy(setting->text, sizeof setting->text, text);
}

void bf_report_add_part(bf_report *r, void (*write)(bf_json *j, const void *ctx), void (*release)(void *ctx),
                        void *ctx)
{
    if (r->n_parts == BF_MAX_PARTS)
        release(ctx);
    else
        r->parts[r->n_parts++] = (bf_report_part){write, release, ctx};
}

void bf_report_release(bf_report *r)
{
    for (size_t i = 0; i < r->n_parts; i++)
        r->parts[i].release(r->parts[i].ctx);
    r->n_parts = 0;
}

bool bf_colour_wanted(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && (no_colour == NULL || *no_colour == 0) && term != NULL && strcmp(term, "dumb") != 0;
}

void bf_print_error(const char *message)
{
    const char *before = "bonafide: ";
    while (*message != 0) {
        size_t n = strcspn(message, "\n");
        bf_say("%s%.*s\n", before, (int)n, message);
        before = "    ";
        message += n + (message[n] == '\n');
    }
}

/* A warning may be made of an error of several lines. */
static void one_line(char text[BF_WARNING_BYTES], const char *several)
{
    size_t used = 0;
    for (; *several != 0 && used + 2 < BF_WARNING_BYTES; several++) {
        if (*several == '\n')
            text[used++] = ';';
        text[used++] = *several == '\n' ? ' ' : *several;
    }
    text[used] = 0;
}

void bf_report_warn(bf_report *r, const char *format, ...)
{
    char several[BF_WARNING_BYTES], text[BF_WARNING_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(several, sizeof several, format, args);
    va_end(args);
    one_line(text, several);
    for (size_t i = 0; i < r->n_warnings; i++)
        if (strncmp(r->warnings[i], text, BF_WARNING_BYTES) == 0)
            return; /* a set that is read twice has its troubles twice */
    if (r->n_warnings < BF_MAX_WARNINGS)
        copy(r->warnings[r->n_warnings++], BF_WARNING_BYTES, text);
    if (r->quiet)
        return;
    bf_progress_clear(&r->progress);
    bool colour = bf_colour_wanted(STDERR_FILENO);
    fputs(colour ? "bonafide: \033[33mwarning:\033[0m " : "bonafide: warning: ", stderr);
    bf_say("%s\n", text);
}

const char *bf_side_name(const char *role)
{
    return strcmp(role, "A") == 0 ? "real" : strcmp(role, "B") == 0 ? "generated" : role;
}

const char *bf_weights_word(const bf_provenance *made)
{
    return made->says_what_made ? ", as their file says" : "";
}

bool bf_report_has_images(const bf_report *r)
{
    for (size_t i = 0; i < r->n_inputs; i++)
        if (strcmp(r->inputs[i].kind, "images") == 0)
            return true;
    return false;
}
