/* Collecting a result and printing it as an aligned table. The JSON is in report_json.c. */
#include "tools/records/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/status.h"
#include "tools/images/image.h"
#include "tools/records/report_json.h"

static void copy(char *to, size_t bytes, const char *from)
{
    snprintf(to, bytes, "%s", from);
}

void bf_report_line(bf_report *r, const char *label, const char *value, const char *direction,
                    const char *note)
{
    if (r->n_lines == BF_MAX_LINES)
        return;
    bf_line *line = &r->lines[r->n_lines++];
    copy(line->label, sizeof line->label, label);
    copy(line->value, sizeof line->value, value);
    copy(line->direction, sizeof line->direction, direction);
    copy(line->note, sizeof line->note, note);
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

void bf_report_setting_boolean(bf_report *r, const char *key, bool value)
{
    add(r->settings, &r->n_settings, key, BF_TYPE_BOOLEAN)->integer = value;
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

static bool colour_wanted(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && (no_colour == NULL || *no_colour == 0) && term != NULL && strcmp(term, "dumb") != 0;
}

void bf_print_error(const char *message)
{
    fprintf(stderr, "bonafide: %s\n", message);
}

void bf_report_warn(bf_report *r, const char *format, ...)
{
    char text[BF_WARNING_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < r->n_warnings; i++)
        if (strncmp(r->warnings[i], text, BF_WARNING_BYTES) == 0)
            return; /* a set that is read twice has its troubles twice */
    if (r->n_warnings < BF_MAX_WARNINGS)
        copy(r->warnings[r->n_warnings++], BF_WARNING_BYTES, text);
    if (r->quiet)
        return;
    bf_progress_clear(&r->progress);
    bool colour = colour_wanted(STDERR_FILENO);
    fprintf(stderr, "bonafide: %swarning:%s %s\n", colour ? "\033[33m" : "", colour ? "\033[0m" : "", text);
}

/* --- the table ------------------------------------------------------------------------------------- */

static void widest(size_t *width, const char *text)
{
    size_t n = strlen(text);
    if (n > *width)
        *width = n;
}

/* Metric lines (those with a direction) align in columns; the others are label and text. */
static void print_lines(const bf_report *r, FILE *out)
{
    size_t label = 0, value = 0, direction = 0;
    bool colour = colour_wanted(STDOUT_FILENO);
    for (size_t i = 0; i < r->n_lines; i++) {
        widest(&label, r->lines[i].label);
        if (r->lines[i].direction[0] != 0) {
            widest(&value, r->lines[i].value);
            widest(&direction, r->lines[i].direction);
        }
    }
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        if (line->direction[0] == 0)
            fprintf(out, "  %-*s   %s\n", (int)label, line->label, line->value);
        else
            fprintf(out, "  %-*s   %s%-*s%s   %-*s   %s\n", (int)label, line->label, colour ? "\033[1m" : "",
                    (int)value, line->value, colour ? "\033[0m" : "", (int)direction, line->direction,
                    line->note);
    }
}

static void print_inputs(const bf_report *r, FILE *out)
{
    size_t role = 0;
    for (size_t i = 0; i < r->n_inputs; i++)
        widest(&role, r->inputs[i].role);
    for (size_t i = 0; i < r->n_inputs; i++) {
        const bf_input *input = &r->inputs[i];
        bool given = strcmp(input->kind, "features") == 0 && input->origin.tap[0] == 0;
        fprintf(out, "  %-*s  %s (%s%s", (int)role, input->role, input->path, input->kind, given ? " as given" : "");
        if (input->n > 0)
            fprintf(out, ", N = %zu", input->n);
        else
            fprintf(out, ", N unknown");
        if (input->n_skipped > 0)
            fprintf(out, ", %zu skipped", input->n_skipped);
        fprintf(out, ")\n");
    }
}

bool bf_report_has_images(const bf_report *r)
{
    for (size_t i = 0; i < r->n_inputs; i++)
        if (strcmp(r->inputs[i].kind, "images") == 0)
            return true;
    return false;
}

static void print_origin(const bf_report *r, FILE *out)
{
    fprintf(out, "  preset %s", r->preset[0] ? r->preset : "unknown");
    if (r->tap[0] != 0 && strcmp(r->tap, "2048") != 0)
        fprintf(out, ", tap %s", r->tap);
    if (r->weights_name[0] == 0)
        fprintf(out, ", weights unknown");
    else
        fprintf(out, ", weights %s%s%.12s%s", r->weights_name, r->weights_sha256[0] ? " (" : "",
                r->weights_sha256, r->weights_sha256[0] ? ")" : "");
    fprintf(out, ", numerics %d %s", IV3_NUMERICS_VERSION, r->mode);
    if (bf_report_has_images(r))
        fprintf(out, ", pixels %d", BF_PIXELS_VERSION);
    if (r->isa[0] != 0)
        fprintf(out, ", %s", r->isa);
    fprintf(out, "\n");
}

static iv3_status print_table(const bf_report *r, FILE *out, iv3_error *err)
{
    print_lines(r, out);
    if (r->is_metric) {
        fprintf(out, "\n");
        print_inputs(r, out);
        print_origin(r, out);
    }
    if (fflush(out) != 0 || ferror(out))
        return iv3_fail(err, IV3_ERR_IO, "cannot write to standard output");
    return IV3_OK;
}

iv3_status bf_report_emit(bf_report *r, bool json_given, const char *json_file, iv3_error *err)
{
    iv3_status status = IV3_OK;
    bf_progress_clear(&r->progress);
    if (json_given)
        status = bf_report_json(r, json_file, err);
    if (status == IV3_OK && (!json_given || json_file != NULL))
        status = print_table(r, stdout, err);
    return status;
}
