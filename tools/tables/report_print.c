/* A report on the screen, as an aligned table or in the kind that --table says. */
#include "tools/tables/report_print.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/records/report_json.h"
#include "tools/tables/report_cite.h"
#include "tools/tables/report_table.h"

static void widest(size_t *width, const char *text)
{
    size_t n = strlen(text);
    if (n > *width)
        *width = n;
}

/* The value, with as many digits as are asked for. */
static const char *value_of(char text[BF_FIGURE_TEXT], const bf_report *r, const bf_line *line)
{
    if (!line->has_figure || r->style.digits == BF_DIGITS_USUAL)
        return line->value;
    bf_figure_text_of(text, &line->figure, r->style.digits);
    return text;
}

/* Metric lines (those with a direction) align in columns; the others are label and text. */
static void print_lines(const bf_report *r, bf_text *t)
{
    size_t label = 0, value = 0, direction = 0;
    bool colour = bf_colour_wanted(STDOUT_FILENO);
    char text[BF_FIGURE_TEXT];
    for (size_t i = 0; i < r->n_lines; i++) {
        widest(&label, r->lines[i].label);
        if (r->lines[i].direction[0] != 0) {
            widest(&value, value_of(text, r, &r->lines[i]));
            widest(&direction, r->lines[i].direction);
        }
    }
    for (size_t i = 0; i < r->n_lines; i++) {
        const bf_line *line = &r->lines[i];
        if (line->direction[0] == 0)
            bf_text_print(t, "  %-*s   %s\n", (int)label, line->label, line->value);
        else
            bf_text_print(t, "  %-*s   %s%-*s%s   %-*s   %s\n", (int)label, line->label, colour ? "\033[1m" : "",
                          (int)value, value_of(text, r, line), colour ? "\033[0m" : "", (int)direction, line->direction,
                          line->note);
    }
}

static void print_array(const bf_array_note *note, bf_text *t)
{
    if (note->n_channels == 0)
        return;
    bf_text_print(t, ", %s", note->type);
    if (note->has_range)
        bf_text_print(t, " from %.9g (black) to %.9g", note->low, note->high);
    bf_text_print(t, "%s", note->channels_first ? ", channels first" : "");
}

static void print_inputs(const bf_report *r, bf_text *t)
{
    size_t role = 0;
    char known[256], hex[65];
    for (size_t i = 0; i < r->n_inputs; i++)
        widest(&role, bf_side_name(r->inputs[i].role));
    for (size_t i = 0; i < r->n_inputs; i++) {
        const bf_input *input = &r->inputs[i];
        size_t start = t->n;
        bool given = strcmp(input->kind, "features") == 0 && input->origin.tap[0] == 0;
        bf_text_print(t, "  %-*s  ", (int)role, bf_side_name(input->role));
        bf_text_add(t, input->path, strlen(input->path));
        bf_text_print(t, " (%s%s", input->kind, given ? " as given" : "");
        if (input->n > 0)
            bf_text_print(t, ", N = %zu", input->n);
        else
            bf_text_print(t, ", N unknown");
        if (r->taken > 0 && strcmp(input->kind, "statistics") != 0)
            bf_text_print(t, " drawn");
        if (input->n_skipped > 0)
            bf_text_print(t, ", %zu skipped", input->n_skipped);
        size_t n_left_out = input->listing.left_out.n;
        if (n_left_out > 0)
            bf_text_print(t, ", %zu other file%s left out", n_left_out, n_left_out == 1 ? "" : "s");
        if (input->part[0] != 0)
            bf_text_print(t, ", part %s", input->part);
        print_array(&input->listing.array, t);
        bf_text_print(t, ")");
        if (input->named_own) {
            feat_hex(hex, input->named.sha256);
            bf_text_print(t, ": your own, SHA-256 %.12s", hex);
        }
        if (input->known != NULL)
            bf_text_print(t, ": %s", bf_known_stats_text(known, sizeof known, input->known));
        bf_text_clean(t, start, false);
        bf_text_print(t, "\n");
    }
}

static void print_origin(const bf_report *r, bf_text *t)
{
    const feat_net *net = bf_network_default();
    const char *usual = feat_net_tap_name(net, feat_net_tap(net, FEAT_ROLE_FEATURES));
    const feat_net *made = feat_net_find(bf_network_name(r->made.variant));
    size_t start = t->n;
    bf_text_print(t, "  preset %s", r->made.preset[0] ? r->made.preset : "unknown");
    if (made != NULL && strcmp(feat_net_family(made), feat_net_family(net)) != 0)
        bf_text_print(t, ", network %s", feat_net_name(made));
    if (r->tap[0] != 0 && strcmp(r->tap, usual) != 0)
        bf_text_print(t, ", tap %s", r->tap);
    if (r->made.weights_name[0] == 0)
        bf_text_print(t, ", weights unknown");
    else
        bf_text_print(t, ", weights %s%s%s%.12s%s", r->made.weights_name,
                      bf_weights_word(&r->made), r->made.weights_sha256[0] ? " (" : "",
                      r->made.weights_sha256, r->made.weights_sha256[0] ? ")" : "");
    bf_text_print(t, ", numerics %d %s", FEAT_NUMERICS_VERSION, r->made.mode);
    if (bf_report_has_images(r))
        bf_text_print(t, ", pixels %d", BF_PIXELS_VERSION);
    if (r->made.isa[0] != 0)
        bf_text_print(t, ", %s", r->made.isa);
    bf_text_clean(t, start, false);
    bf_text_print(t, "\n");
    for (size_t i = 0; i < r->n_others; i++) {
        start = t->n;
        bf_text_print(t, "  %s: preset %s, weights %s%s (%.12s), numerics %s", r->others[i].variant,
                      r->others[i].preset, r->others[i].weights_name, bf_weights_word(&r->others[i]),
                      r->others[i].weights_sha256, r->others[i].mode);
        bf_text_clean(t, start, false);
        bf_text_print(t, "\n");
    }
}

/* The table, and what it is of: below it, in the way of its kind. A result that has no numbers of metrics is text.
 * Names in lines of text were cleaned where they were added, as their colours must pass here; the other kinds are
 * cleaned here as a whole. */
static void write_table(bf_text *t, const bf_report *r)
{
    bf_table_kind kind = bf_report_has_figures(r) ? r->style.kind : BF_TABLE_TEXT;
    bf_text origin = {0};
    if (r->table.write != NULL && r->style.kind != BF_TABLE_TEXT) {
        r->table.write(t, &r->style, r->table.ctx);
        bf_text_clean(t, 0, true);
        return;
    }
    if (r->is_metric) {
        print_inputs(r, &origin);
        print_origin(r, &origin);
    }
    const char *lines = origin.data != NULL ? origin.data : "";
    if (kind == BF_TABLE_MARKDOWN) {
        bf_table_markdown(t, r);
        bf_lines_markdown(t, lines);
    } else if (kind == BF_TABLE_LATEX) {
        bf_table_latex(t, r);
        bf_lines_latex(t, lines);
    } else if (kind == BF_TABLE_CSV) {
        bf_table_csv(t, r);
    } else {
        print_lines(r, t);
        bf_text_add(t, "\n", r->is_metric);
        bf_text_add(t, lines, origin.n);
    }
    if (kind != BF_TABLE_TEXT)
        bf_text_clean(t, 0, true);
    size_t below = t->n;
    if (r->style.cite && kind != BF_TABLE_CSV && bf_report_has_figures(r))
        bf_cite_below(t, r);
    bf_text_clean(t, below, true);
    t->failed = t->failed || origin.failed;
    bf_text_free(&origin);
}

static feat_status print_table(const bf_report *r, feat_error *err)
{
    bf_text t = {.csv_plain = r->style.csv_plain};
    feat_status status = FEAT_OK;
    write_table(&t, r);
    if (t.failed)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to print the result");
    else if ((t.n > 0 && fwrite(t.data, 1, t.n, stdout) != t.n) || fflush(stdout) != 0 || ferror(stdout))
        status = feat_fail(err, FEAT_ERR_IO, "cannot write to standard output");
    bf_text_free(&t);
    return status;
}

/* What --cite adds to the JSON. */
static void write_cite(bf_json *j, const void *report)
{
    bf_text methods = {0}, bibtex = {0};
    bf_cite_methods(&methods, report, false);
    bf_cite_bibtex(&bibtex, report);
    j->failed = j->failed || methods.failed || bibtex.failed;
    bf_json_open(j, "cite", '{');
    bf_json_string(j, "methods", methods.data);
    bf_json_string(j, "bibtex", bibtex.data);
    bf_json_close(j, '}');
    bf_text_free(&methods);
    bf_text_free(&bibtex);
}

static void nothing_to_release(void *report)
{
    (void)report;
}

feat_status bf_report_emit(bf_report *r, bool json_given, const char *json_file, feat_error *err)
{
    feat_status status = FEAT_OK;
    bf_progress_clear(&r->progress);
    if (r->style.cite && bf_report_has_figures(r))
        bf_report_add_part(r, write_cite, nothing_to_release, r);
    if (json_given)
        status = bf_report_json(r, json_file, err);
    if (status == FEAT_OK && (!json_given || json_file != NULL))
        status = print_table(r, err);
    return status;
}
