/* A report on the screen, as an aligned table. */
#include "tools/records/report_print.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/records/report_json.h"

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
    bool colour = bf_colour_wanted(STDOUT_FILENO);
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
                    (int)value, line->value, colour ? "\033[0m" : "", (int)direction, line->direction, line->note);
    }
}

static void print_array(const bf_array_note *note, FILE *out)
{
    if (note->n_channels == 0)
        return;
    fprintf(out, ", %s", note->type);
    if (note->has_range)
        fprintf(out, " from %.9g (black) to %.9g", note->low, note->high);
    fprintf(out, "%s", note->channels_first ? ", channels first" : "");
}

static void print_inputs(const bf_report *r, FILE *out)
{
    size_t role = 0;
    char known[256], hex[65];
    for (size_t i = 0; i < r->n_inputs; i++)
        widest(&role, bf_side_name(r->inputs[i].role));
    for (size_t i = 0; i < r->n_inputs; i++) {
        const bf_input *input = &r->inputs[i];
        bool given = strcmp(input->kind, "features") == 0 && input->origin.tap[0] == 0;
        fprintf(out, "  %-*s  %s (%s%s", (int)role, bf_side_name(input->role), input->path, input->kind,
                given ? " as given" : "");
        if (input->n > 0)
            fprintf(out, ", N = %zu", input->n);
        else
            fprintf(out, ", N unknown");
        if (r->taken > 0 && strcmp(input->kind, "statistics") != 0)
            fprintf(out, " drawn");
        if (input->n_skipped > 0)
            fprintf(out, ", %zu skipped", input->n_skipped);
        size_t n_left_out = input->listing.left_out.n;
        if (n_left_out > 0)
            fprintf(out, ", %zu other file%s left out", n_left_out, n_left_out == 1 ? "" : "s");
        if (input->part[0] != 0)
            fprintf(out, ", part %s", input->part);
        print_array(&input->listing.array, out);
        fprintf(out, ")");
        if (input->named_own) {
            feat_hex(hex, input->named.sha256);
            fprintf(out, ": your own, SHA-256 %.12s", hex);
        }
        if (input->known != NULL)
            fprintf(out, ": %s", bf_known_stats_text(known, sizeof known, input->known));
        fprintf(out, "\n");
    }
}

static void print_origin(const bf_report *r, FILE *out)
{
    const feat_net *net = bf_network_default();
    const char *usual = feat_net_tap_name(net, feat_net_tap(net, FEAT_ROLE_FEATURES));
    const feat_net *made = feat_net_find(bf_network_name(r->made.variant));
    fprintf(out, "  preset %s", r->made.preset[0] ? r->made.preset : "unknown");
    if (made != NULL && strcmp(feat_net_family(made), feat_net_family(net)) != 0)
        fprintf(out, ", network %s", feat_net_name(made));
    if (r->tap[0] != 0 && strcmp(r->tap, usual) != 0)
        fprintf(out, ", tap %s", r->tap);
    if (r->made.weights_name[0] == 0)
        fprintf(out, ", weights unknown");
    else
        fprintf(out, ", weights %s%s%.12s%s", r->made.weights_name, r->made.weights_sha256[0] ? " (" : "",
                r->made.weights_sha256, r->made.weights_sha256[0] ? ")" : "");
    fprintf(out, ", numerics %d %s", FEAT_NUMERICS_VERSION, r->made.mode);
    if (bf_report_has_images(r))
        fprintf(out, ", pixels %d", BF_PIXELS_VERSION);
    if (r->made.isa[0] != 0)
        fprintf(out, ", %s", r->made.isa);
    fprintf(out, "\n");
    for (size_t i = 0; i < r->n_others; i++)
        fprintf(out, "  %s: preset %s, weights %s (%.12s), numerics %s\n", r->others[i].variant, r->others[i].preset,
                r->others[i].weights_name, r->others[i].weights_sha256, r->others[i].mode);
}

static feat_status print_table(const bf_report *r, FILE *out, feat_error *err)
{
    print_lines(r, out);
    if (r->is_metric) {
        fprintf(out, "\n");
        print_inputs(r, out);
        print_origin(r, out);
    }
    if (fflush(out) != 0 || ferror(out))
        return feat_fail(err, FEAT_ERR_IO, "cannot write to standard output");
    return FEAT_OK;
}

feat_status bf_report_emit(bf_report *r, bool json_given, const char *json_file, feat_error *err)
{
    feat_status status = FEAT_OK;
    bf_progress_clear(&r->progress);
    if (json_given)
        status = bf_report_json(r, json_file, err);
    if (status == FEAT_OK && (!json_given || json_file != NULL))
        status = print_table(r, stdout, err);
    return status;
}
