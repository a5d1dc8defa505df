/* The report as JSON, and the file it may go to. */
#include "tools/records/report_json.h"

#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/images/image.h"
#include "tools/options/weights_find.h"
#include "tools/records/listing_json.h"

static void write_result(bf_json *j, const char *key, const bf_result *result)
{
    switch (result->type) {
    case BF_TYPE_NUMBER:
        bf_json_number(j, key, result->number);
        break;
    case BF_TYPE_INTEGER:
        bf_json_integer(j, key, result->integer);
        break;
    case BF_TYPE_BOOLEAN:
        bf_json_boolean(j, key, result->integer != 0);
        break;
    case BF_TYPE_TEXT:
        bf_json_string(j, key, result->text);
        break;
    }
}

static bool is_of_tool(const bf_result *result)
{
    return strncmp(result->key, "as/", 3) == 0;
}

/* Results from `first` on whose keys are "as/NAME/KEY" for one NAME; returns the index after them. */
static size_t write_tool(bf_json *j, const bf_result *results, size_t first, size_t n)
{
    const char *start = results[first].key;
    size_t length = strcspn(start + 3, "/") + 4; /* of "as/NAME/" */
    char name[96];
    snprintf(name, sizeof name, "%.*s", (int)(length - 4), start + 3);
    bf_json_open(j, name, '{');
    size_t i = first;
    for (; i < n && strncmp(results[i].key, start, length) == 0; i++)
        write_result(j, results[i].key + length, &results[i]);
    bf_json_close(j, '}');
    return i;
}

static void write_results(bf_json *j, const bf_result *results, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        any = any || is_of_tool(&results[i]);
        if (!is_of_tool(&results[i]))
            write_result(j, results[i].key, &results[i]);
    }
    if (!any)
        return;
    bf_json_open(j, "as", '{');
    for (size_t i = 0; i < n;)
        i = is_of_tool(&results[i]) ? write_tool(j, results, i, n) : i + 1;
    bf_json_close(j, '}');
}

static const char *or_null(const char *text)
{
    return text[0] != 0 ? text : NULL;
}

/* Files of features and statistics keep the number, or nothing. */
static void write_skipped(bf_json *j, const bf_input *input)
{
    if (input->listing.unknown)
        bf_json_string(j, "skipped", NULL);
    else
        bf_json_integer(j, "skipped", input->n_skipped);
    if (input->listing.unknown || (input->n_skipped > 0 && input->n_named == 0)) {
        bf_json_string(j, "skipped_names", NULL);
        return;
    }
    bf_json_open(j, "skipped_names", '[');
    for (size_t k = 0; k < input->n_named; k++)
        bf_json_string(j, NULL, input->skipped[k]);
    bf_json_close(j, ']');
}

/* A published file of statistics, and which part of one was taken. */
static void write_known(bf_json *j, const bf_input *input)
{
    const bf_known_stats *k = input->known;
    char hex[65];
    if (input->part[0] != 0)
        bf_json_string(j, "part", input->part);
    if (input->named.known) {
        feat_hex(hex, input->named.sha256);
        bf_json_open(j, "named", '{');
        bf_json_string(j, "name", input->path);
        bf_json_boolean(j, "own", input->named_own);
        bf_json_string(j, "sha256", hex);
        bf_json_close(j, '}');
    }
    if (k == NULL)
        return;
    bf_json_open(j, "reference", '{');
    bf_json_string(j, "file", k->file);
    bf_json_string(j, "data_set", k->data_set);
    bf_json_string(j, "by", k->by);
    bf_json_string(j, "images", k->images);
    bf_json_string(j, "network", k->network);
    bf_json_string(j, "preset", k->preset);
    bf_json_close(j, '}');
}

static void write_inputs(bf_json *j, const bf_report *r)
{
    bf_json_open(j, "inputs", '[');
    for (size_t i = 0; i < r->n_inputs; i++) {
        const bf_input *input = &r->inputs[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "role", input->role);
        bf_json_string(j, "path", input->path);
        bf_json_string(j, "kind", input->kind);
        if (input->n > 0)
            bf_json_integer(j, "n", input->n);
        else
            bf_json_string(j, "n", NULL);
        if (strcmp(input->kind, "images") != 0) {
            bf_json_string(j, "preset", or_null(input->origin.preset));
            bf_json_string(j, "weights", or_null(input->origin.weights));
            bf_json_string(j, "tap", or_null(input->origin.tap));
        }
        write_known(j, input);
        if (strcmp(input->kind, "features") == 0)
            bf_json_integer(j, "rounded", input->n_rounded);
        if (input->looked)
            bf_json_integer(j, "copies", input->n_copies);
        if (input->n_radius_0 > 0)
            bf_json_integer(j, "radius_0", input->n_radius_0);
        write_skipped(j, input);
        bf_json_listing(j, &input->listing);
        if (input->classes_from != BF_CLASSES_NONE)
            bf_json_string(j, "classes_from", bf_class_source_name(input->classes_from));
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_preset(bf_json *j, const bf_provenance *made)
{
    bf_json_string(j, "preset", or_null(made->preset));
    if (made->preset[0] != 0 && made->preset_version != 0)
        bf_json_integer(j, "preset_version", (uint64_t)made->preset_version);
}

static void write_weights(bf_json *j, const bf_provenance *made)
{
    if (made->weights_name[0] == 0) {
        bf_json_string(j, "weights", NULL);
        return;
    }
    bf_json_open(j, "weights", '{');
    bf_json_string(j, "name", made->weights_name);
    bf_json_string(j, "sha256", or_null(made->weights_sha256));
    bf_json_string(j, "source", or_null(made->weights_path));
    bf_json_string(j, "source_sha256", or_null(made->weights_source_sha256));
    bf_json_close(j, '}');
}

static void write_origin(bf_json *j, const bf_report *r)
{
    write_preset(j, &r->made);
    bf_json_string(j, "tap", or_null(r->tap));
    write_weights(j, &r->made);
    bf_json_string(j, "network", bf_network_name(r->made.variant));
    bf_json_string(j, "variant", or_null(r->made.variant));
    if (r->n_others == 0)
        return;
    bf_json_open(j, "other_networks", '[');
    for (size_t i = 0; i < r->n_others; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "network", bf_network_name(r->others[i].variant));
        write_preset(j, &r->others[i]);
        write_weights(j, &r->others[i]);
        bf_json_string(j, "mode", r->others[i].mode);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_all(bf_json *j, const bf_report *r)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", FEAT_VERSION_MAJOR, FEAT_VERSION_MINOR, FEAT_VERSION_PATCH);
    bf_json_open(j, NULL, '{');
    bf_json_integer(j, "schema", BF_JSON_SCHEMA);
    bf_json_open(j, "tool", '{');
    bf_json_string(j, "name", "bonafide");
    bf_json_string(j, "version", version);
    bf_json_close(j, '}');
    bf_json_string(j, "command", r->command);
    write_results(j, r->results, r->n_results);
    for (size_t i = 0; i < r->n_parts; i++)
        r->parts[i].write(j, r->parts[i].ctx);
    if (r->n_inputs > 0)
        write_inputs(j, r);
    if (r->is_metric)
        write_origin(j, r);
    if (r->n_settings > 0) {
        bf_json_open(j, "settings", '{');
        write_results(j, r->settings, r->n_settings);
        bf_json_close(j, '}');
    }
    if (bf_report_has_images(r)) {
        bf_json_open(j, "pixels", '{');
        bf_json_integer(j, "version", BF_PIXELS_VERSION);
        bf_json_string(j, "as", BF_PIXELS_AS);
        bf_json_close(j, '}');
    } else {
        bf_json_string(j, "pixels", NULL);
    }
    bf_json_open(j, "numerics", '{');
    bf_json_integer(j, "version", FEAT_NUMERICS_VERSION);
    bf_json_string(j, "mode", r->made.mode);
    bf_json_close(j, '}');
    bf_json_string(j, "isa", or_null(r->made.isa));
    bf_json_open(j, "warnings", '[');
    for (size_t i = 0; i < r->n_warnings; i++)
        bf_json_string(j, NULL, r->warnings[i]);
    bf_json_close(j, ']');
    bf_json_close(j, '}');
}

feat_status bf_report_json(const bf_report *r, const char *path, feat_error *err)
{
    bf_json j = {0};
    feat_status status = FEAT_OK;
    write_all(&j, r);
    const char *text = bf_json_text(&j);
    if (text == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to write the result as JSON");
    else if (path != NULL)
        status = bf_file_write(path, text, strlen(text), err);
    else if (fputs(text, stdout) < 0 || fflush(stdout) != 0 || ferror(stdout))
        status = feat_fail(err, FEAT_ERR_IO, "cannot write to standard output");
    bf_json_free(&j);
    return status;
}
