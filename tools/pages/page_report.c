/* The page of `eval --report`: its head, the table of results, and where everything came from. */
#include "tools/pages/page_report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/formats/csv.h"
#include "tools/html/html.h"
#include "tools/html/thumbs.h"
#include "tools/options/metric_names.h"
#include "tools/pages/page_data.h"
#include "tools/pages/page_files.h"
#include "tools/pages/page_head.h"
#include "tools/pages/page_names.h"
#include "tools/pages/page_sections.h"

/* --- what the metrics mean ---------------------------------------------------------------------------- */

static void meaning_cell(bf_text *t, const char *label)
{
    const bf_metric_value *value = bf_metric_value_of_label(label);
    if (value == NULL) {
        bf_html_raw(t, "<td></td>");
        return;
    }
    bf_html_raw(t, "<td class=\"o\">");
    bf_html_raw(t, value->reading);
    bf_html_raw(t, "<br><span class=\"formula\">");
    bf_html_raw(t, value->formula);
    bf_html_raw(t, "</span></td>");
}

/* --- the table ----------------------------------------------------------------------------------------- */

/* A note with its "+-" as one sign. */
static void note_text(bf_text *t, const char *note)
{
    const char *mark = strstr(note, "+-");
    char first[128];
    if (mark == NULL) {
        bf_html_text(t, note);
        return;
    }
    snprintf(first, sizeof first, "%.*s", (int)(mark - note), note);
    bf_html_text(t, first);
    bf_html_raw(t, "&plusmn;");
    bf_html_text(t, mark + 2);
}

static void result_row(bf_text *t, const bf_line *line)
{
    char value[64], error[96];
    bool low = strcmp(line->direction, bf_better_text(BF_LOWER_IS_BETTER)) == 0,
         high = strcmp(line->direction, bf_better_text(BF_HIGHER_IS_BETTER)) == 0;
    bf_page_cut_value(value, error, line);
    bf_html_raw(t, "<tr><th scope=\"row\">");
    bf_html_text(t, line->label);
    bf_html_raw(t, "</th><td class=\"n i\"><b>");
    bf_html_text(t, value);
    bf_html_raw(t, "</b></td><td class=\"i e\">");
    bf_html_text(t, error);
    bf_html_raw(t, "</td><td class=\"i\">");
    bf_html_raw(t, low ? "&darr;&nbsp;" : high ? "&uarr;&nbsp;" : "");
    bf_html_text(t, low ? "lower" : high ? "higher" : line->direction);
    bf_html_raw(t, "</td><td class=\"of\">");
    note_text(t, line->note);
    bf_html_raw(t, "</td>");
    meaning_cell(t, line->label);
    bf_html_raw(t, "</tr>\n");
}

static void results(bf_text *t, const bf_page_input *in)
{
    const bf_report *r = &in->run->report;
    bf_html_section(t, "results", "Results");
    bf_html_table(t, "table of results",
                  "<th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">Value</th><th scope=\"col\">"
                  "Error</th><th scope=\"col\">Better</th><th scope=\"col\">Of</th><th "
                  "scope=\"col\">How to read it, and what it is</th>");
    for (size_t i = 0; i < r->n_lines; i++)
        if (r->lines[i].direction[0] != 0)
            result_row(t, &r->lines[i]);
    bf_html_table_end(t);
    bf_html_raw(t, "<p class=\"dim\">&plusmn; is one standard error: what the value would vary by if the images were "
                   "drawn again; two numbers are a 95 % interval. A spread, between the parts of the Inception Score "
                   "or the subsets of KID, is what papers print, and no error. Differences of less than two errors may "
                   "be chance.</p>\n");
    for (size_t i = 0; i < r->n_lines; i++)
        if (strcmp(r->lines[i].label, "features") == 0) {
            bf_html_raw(t, "<p class=\"dim\">Features of precision, recall, density, coverage, realism: ");
            bf_page_text(t, in, r->lines[i].value);
            bf_html_raw(t, ".</p>\n");
        }
    bf_html_section_end(t);
}

/* --- where it came from -------------------------------------------------------------------------------- */

/* How many names end in what; the endings that are most frequent first, equal ones by their letters. */
static void formats_cell(bf_text *t, const bf_manifest_set *set)
{
    enum { MAX_KINDS = 12 };
    struct {
        char ending[12];
        size_t n;
    } kinds[MAX_KINDS] = {{"", 0}};
    size_t n_kinds = 0;
    for (size_t i = 0; i < set->n_leaves; i++) {
        const char *name = bf_leaf_name(set, i), *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
        char ending[12] = "no ending";
        size_t k = 0;
        if (dot != NULL && (slash == NULL || dot > slash) && strlen(dot) < sizeof ending)
            for (memset(ending, 0, sizeof ending); dot[k] != 0; k++)
                ending[k] = (char)(dot[k] >= 'A' && dot[k] <= 'Z' ? dot[k] + 32 : dot[k]);
        for (k = 0; k < n_kinds && strcmp(kinds[k].ending, ending) != 0;)
            k++;
        if (k == MAX_KINDS)
            continue;
        if (k == n_kinds)
            memcpy(kinds[n_kinds++].ending, ending, sizeof ending);
        kinds[k].n++;
    }
    for (size_t k = 0; k < n_kinds; k++) {
        bf_text_print(t, "%s%zu ", k > 0 ? ", " : "", kinds[k].n);
        bf_html_text(t, kinds[k].ending);
    }
}

static void sizes_cell(bf_text *t, const bf_manifest_set *set)
{
    enum { SHOWN_SIZES = 6 };
    for (size_t i = 0; i < set->n_sizes && i < SHOWN_SIZES; i++)
        bf_text_print(t, "%s%llu of %lu&times;%lu", i > 0 ? ", " : "", (unsigned long long)set->sizes[i].n,
                      (unsigned long)set->sizes[i].w, (unsigned long)set->sizes[i].h);
    if (set->n_sizes > SHOWN_SIZES)
        bf_html_raw(t, ", and others");
    if (set->n_sizes == 0)
        bf_html_raw(t, "&ndash;");
}

static void digest_row(bf_text *t, const char *what, const char *role, const bf_digest *digest)
{
    char hex[65];
    if (!digest->known)
        return;
    feat_hex(hex, digest->sha256);
    bf_html_raw(t, "<tr><th scope=\"row\">");
    bf_html_text(t, what);
    bf_html_raw(t, " ");
    bf_html_text(t, role);
    bf_html_raw(t, "</th><td class=\"o\"><code>");
    bf_html_raw(t, hex);
    bf_html_raw(t, "</code></td></tr>\n");
}

static void text_row(bf_text *t, const bf_page_input *in, const char *what, const char *text)
{
    bf_html_raw(t, "<tr><th scope=\"row\">");
    bf_html_text(t, what);
    bf_html_raw(t, "</th><td class=\"o\"><bdi>");
    bf_page_text(t, in, text);
    bf_html_raw(t, "</bdi></td></tr>\n");
}

static void files(bf_text *t, const bf_page_input *in)
{
    const bf_manifest *m = in->run->manifest;
    char name[BF_PAGE_NAME_BYTES];
    bf_html_section(t, "files", "Files");
    bf_html_table(t, "files of both sets",
                  "<th scope=\"col\">Set</th><th scope=\"col\">Name</th><th scope=\"col\" class=\"n\">Used</th><th "
                  "scope=\"col\" class=\"n\">Skipped</th><th scope=\"col\">Sizes in pixels</th><th "
                  "scope=\"col\">Names end in</th>");
    for (size_t i = 0; i < m->n_sets; i++) {
        const bf_manifest_set *set = &m->sets[i];
        bf_html_raw(t, "<tr><th scope=\"row\">");
        bf_html_text(t, bf_side_name(set->role));
        bf_html_raw(t, "</th><td class=\"o\" data-l=\"Name\">");
        if (i < 2)
            bf_page_side_name(name, in, i == 0 ? in->real : in->gen);
        else
            bf_page_set_name(name, set->path, NULL);
        bf_html_name(t, name);
        bf_text_print(t,
                      "</td><td class=\"n\" data-l=\"Used\">%llu</td><td class=\"n\" "
                      "data-l=\"Skipped\">%llu</td><td class=\"o\" data-l=\"Sizes\">",
                      (unsigned long long)set->n, (unsigned long long)set->n_skipped);
        sizes_cell(t, set);
        bf_html_raw(t, "</td><td class=\"o\" data-l=\"Names end in\">");
        formats_cell(t, set);
        bf_html_raw(t, "</td></tr>\n");
    }
    bf_html_table_end(t);
    bf_html_section_end(t);
}

static void results_file(bf_page_files *files, const bf_manifest *m)
{
    bf_text *csv = bf_page_csv(files, "results", "key,value");
    for (size_t i = 0; i < m->n_values; i++) {
        bf_text_field(csv, m->values[i].key);
        if (m->values[i].type == BF_TYPE_NUMBER)
            bf_text_print(csv, ",%.17g\n", m->values[i].number);
        else
            bf_text_print(csv, ",%llu\n", (unsigned long long)m->values[i].integer);
    }
}

static void exact_values(bf_text *t, const bf_manifest *m)
{
    bf_html_raw(t, "<details>\n<summary>Results to the last bit</summary>\n");
    bf_html_table(t, "results to the last bit",
                  "<th scope=\"col\">Key</th><th scope=\"col\">Decimal</th><th scope=\"col\">Hexadecimal</th>");
    for (size_t i = 0; i < m->n_values; i++) {
        const bf_manifest_value *v = &m->values[i];
        bf_html_raw(t, "<tr><td><code>");
        bf_html_text(t, v->key);
        if (v->type == BF_TYPE_NUMBER)
            bf_text_print(t, "</code></td><td><code>%.17g</code></td><td><code>%a</code></td></tr>\n", v->number,
                          v->number);
        else
            bf_text_print(t, "</code></td><td><code>%llu</code></td><td></td></tr>\n", (unsigned long long)v->integer);
    }
    bf_html_table_end(t);
    bf_html_raw(t, "</details>\n");
}

/* To be pasted where files of these names are. */
static void command_line(bf_text *t, const bf_page_input *in)
{
    bf_text line = {0};
    bf_page_command(&line, in);
    bf_text_add(&line, "", 1);
    bf_html_raw(t, "<p>To do it again, in a folder that has these files:</p>\n<pre class=\"line\"><code>");
    if (!line.failed)
        bf_html_text(t, line.data);
    bf_html_raw(t, "</code></pre>\n");
    t->failed = t->failed || line.failed;
    bf_text_free(&line);
}

static void origin(bf_text *t, const bf_page_input *in)
{
    const bf_manifest *m = in->run->manifest;
    char text[256];
    files(t, in);
    bf_html_section(t, "run", "The run");
    command_line(t, in);
    bf_html_table(t, "manifest of the run", "<th scope=\"col\">What</th><th scope=\"col\">Value</th>");
    snprintf(text, sizeof text, "bonafide %s (%.80s), numerics %llu %s, pixels %llu", m->version, m->build,
             (unsigned long long)m->numerics, m->mode, (unsigned long long)m->pixels);
    text_row(t, in, "Program", text);
    text_row(t, in, "Command", m->command);
    for (size_t i = 0; i < m->n_settings; i++)
        if (m->settings[i].value != NULL && strcmp(m->settings[i].value, "no") != 0 &&
            strcmp(m->settings[i].name, "report") != 0) {
            snprintf(text, sizeof text, "%s%s", strlen(m->settings[i].name) > 1 ? "--" : "-", m->settings[i].name);
            text_row(t, in, text, m->settings[i].value);
        }
    if (m->has_weights) {
        snprintf(text, sizeof text, "%.200s%s", m->weights_name, bf_weights_word(&in->run->report.made));
        text_row(t, in, "Weights", text);
        digest_row(t, "Weights,", "SHA-256 of the tensors", &m->weights);
        snprintf(text, sizeof text, "SHA-256 of the file converted%s", bf_weights_word(&in->run->report.made));
        digest_row(t, "Weights,", text, &m->weights_file);
    }
    for (size_t i = 0; i < m->n_others; i++) {
        snprintf(text, sizeof text, "Weights of %.40s", m->others[i].variant);
        text_row(t, in, text, m->others[i].name);
        digest_row(t, text, "SHA-256 of the tensors", &m->others[i].weights);
        digest_row(t, text, "SHA-256 of the file converted", &m->others[i].weights_file);
    }
    for (size_t i = 0; i < m->n_sets; i++) {
        digest_row(t, "Files, Merkle root:", bf_side_name(m->sets[i].role), &m->sets[i].root);
        digest_row(t, "Pixels:", bf_side_name(m->sets[i].role), &m->sets[i].pixels);
        digest_row(t, "Features:", bf_side_name(m->sets[i].role), &m->sets[i].features);
    }
    bf_html_table_end(t);
    exact_values(t, m);
    results_file(in->files, m);
    bf_html_raw(t, "<p>All results as numbers: <a href=\"results.csv\">results.csv</a>, beside this page as the files "
                   "of the figures are.</p>\n");
    bf_html_raw(t, "<p class=\"dim\">The same files, weights and options give these results on every machine, and "
                   "with the same program this page. <code>--manifest RUN.json</code> keeps the record; "
                   "<code>bonafide audit "
                   "RUN.json</code> checks it.</p>\n");
    bf_html_section_end(t);
}

/* --- the file ------------------------------------------------------------------------------------------ */

static feat_status page_path(char **path, const char *dir, feat_error *err)
{
    *path = bf_path_join(dir, BF_PAGE_NAME);
    return *path != NULL ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", dir);
}

static feat_status make_page(bf_text *t, bf_thumbs *thumbs, const bf_page_input *in, const bf_page_data *data,
                             feat_error *err)
{
    bf_page_head(t, in, data);
    feat_status status = bf_page_samples(t, thumbs, in, err);
    results(t, in);
    bf_page_figures(t, in, data);
    if (status == FEAT_OK)
        status = bf_page_galleries(t, thumbs, in, data, err);
    if (status == FEAT_OK)
        status = bf_page_classes(t, in, data, err);
    origin(t, in);
    bf_thumbs_write(thumbs, t);
    bf_html_end(t);
    return status;
}

static feat_status write_page(const bf_text *t, const bf_page_input *in, const char *dir, feat_error *err)
{
    char *path = NULL, text[224];
    feat_status status = page_path(&path, dir, err);
    if (status == FEAT_OK)
        status = bf_text_write(t, path, err);
    if (status == FEAT_OK) {
        snprintf(text, sizeof text, "%.180s (%zu KiB)", path, (t->n + 1023) / 1024);
        bf_report_line(&in->run->report, "report", text, "", "");
        bf_report_text(&in->run->report, "report", path);
    }
    feat_free(path);
    return status;
}

feat_status bf_page_write(const bf_page_input *input, const char *dir, feat_error *err)
{
    bf_text t = {0};
    bf_thumbs *thumbs = NULL;
    bf_page_input with_files = *input;
    const bf_page_input *in = &with_files;
    bf_page_data *data = feat_calloc(1, sizeof *data);
    bf_page_files *files = with_files.files = feat_calloc(1, sizeof *files);
    if (data == NULL || files == NULL) {
        feat_free(data);
        feat_free(files);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a report");
    }
    files->csv_plain = bf_args_given(in->run->args, BF_OPT_CSV_PLAIN);
    bf_run_record(in->run);
    feat_status status = in->run->manifest->failed ? feat_fail(err, FEAT_ERR_NOMEM, "no memory to record the run")
                                                   : bf_page_compute(data, in, err);
    if (status == FEAT_OK)
        status = bf_thumbs_create(&thumbs, err);
    if (status == FEAT_OK)
        status = make_page(&t, thumbs, in, data, err);
    if (status == FEAT_OK && bf_signals_caught() != 0)
        status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    if (status == FEAT_OK)
        status = bf_page_files_write(files, dir, err);
    if (status == FEAT_OK)
        status = write_page(&t, in, dir, err);
    bf_page_files_free(files);
    feat_free(files);
    bf_text_free(&t);
    bf_thumbs_close(&thumbs);
    bf_page_release(data);
    feat_free(data);
    return status;
}
