/* The page of compare: intervals of every metric, and which runs differ beyond noise. */
#include "tools/pages/page_compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/csv.h"
#include "tools/html/html.h"
#include "tools/html/svg_plot.h"
#include "tools/measure/show.h"
#include "tools/pages/page_files.h"
#include "tools/pages/page_head.h"
#include "tools/pages/page_names.h"

enum { MAX_BARS = 24, MAX_IN_MATRIX = 12, NAME_ROOM = 64 };

/* The label of a run; one that was told apart by a short path does not begin with the root. */
static const char *name_of(const bf_past_run *run)
{
    return run->label[0] == '/' ? run->label + 1 : run->label;
}

/* The 95 % interval; false where nothing is known of it. */
static bool interval_of(double *low, double *high, const bf_past_value *v, const bf_metric_value *m)
{
    *low = *high = v->value;
    if (v->has_interval) {
        *low = v->low;
        *high = v->high;
    } else if (v->at_most || v->at_least) {
        *(v->at_most ? high : low) = v->limit;
    } else if (v->has_error) {
        *low = fmax(v->value - BF_NOISE_Z * v->error, m->least);
        *high = fmin(v->value + BF_NOISE_Z * v->error, m->most);
    } else {
        return false;
    }
    return true;
}

static const char *verdict_of(const bf_gap *gap)
{
    return !gap->known ? "not measured" : gap->inside ? "inside the noise" : "a difference";
}

/* A difference with two digits of its error, as the table on the screen has it. */
static void put_gap(bf_text *t, const bf_gap *gap)
{
    char text[128];
    if (!gap->known) {
        bf_text_print(t, "%+.4g", gap->difference);
        return;
    }
    bf_value_text(text, gap->difference, (bf_error_bar){.known = true, .error = gap->error});
    const char *mark = strstr(text, " +- ");
    bf_html_raw(t, text[0] == '-' ? "" : "+");
    if (mark == NULL)
        bf_html_text(t, text);
    else
        bf_text_print(t, "%.*s &plusmn; %s", (int)(mark - text), text, mark + 4);
}

/* --- the ranking --------------------------------------------------------------------------------------- */

static void rank_row(bf_text *t, const bf_page_comparison *c, size_t rank)
{
    const bf_metric_value *m = bf_ranked_value_at(c->by);
    const bf_past_run *run = &c->runs[c->order[rank]];
    const bf_past_value *v = &run->values[c->by];
    const bf_error_bar bar = {.known = v->has_error && !v->at_most && !v->at_least, .error = v->error};
    char value[32], from[32], to[32];
    double low, high;
    bf_rounded_text(value, v->value, bar);
    bf_text_print(t, "<tr><td class=\"n i\">%zu</td><th scope=\"row\">", rank + 1);
    bf_html_name(t, name_of(run));
    bf_text_print(t, "</th><td class=\"n\" data-l=\"value\"><b>%s</b></td><td data-l=\"95 %% interval\">", value);
    if (interval_of(&low, &high, v, m)) {
        bf_rounded_text(from, low, bar);
        bf_rounded_text(to, high, bar);
        bf_text_print(t, "%s to %s", from, to);
    } else {
        bf_html_raw(t, "not known");
    }
    bf_html_raw(t, "</td><td class=\"n\" data-l=\"to the best\">");
    if (rank > 0) {
        bf_gap gap = bf_gap_between(&c->runs[c->order[0]].values[c->by], v);
        put_gap(t, &gap);
        bf_text_print(t, "</td><td>%s</td></tr>\n", verdict_of(&gap));
    } else {
        bf_html_raw(t, "</td><td>the best</td></tr>\n");
    }
}

static void ranking(bf_text *t, const bf_page_comparison *c)
{
    bf_html_section(t, "ranking", "Ranking");
    bf_html_table(t, "runs from best to worst",
                  "<th scope=\"col\" class=\"n\">Rank</th><th scope=\"col\">Run</th><th scope=\"col\" "
                  "class=\"n\">Value</th><th scope=\"col\">95 % interval</th><th scope=\"col\" class=\"n\">To the "
                  "best</th><th scope=\"col\">Verdict</th>");
    for (size_t rank = 0; rank < c->n_known; rank++)
        rank_row(t, c, rank);
    bf_html_table_end(t);
    bf_html_raw(t, "<p class=\"dim\">Inside the noise: |difference| &le; 1.96 &radic;(<i>e</i><sub>1</sub>&sup2; + "
                   "<i>e</i><sub>2</sub>&sup2;), the <i>e</i> being standard errors, of uneven intervals the facing "
                   "side over 1.96. Of equal generators one comparison in 20 is called a difference.</p>\n");
    bf_html_section_end(t);
}

/* --- pairs --------------------------------------------------------------------------------------------- */

static void pair_cell(bf_text *t, const bf_page_comparison *c, size_t i, size_t k)
{
    if (i == k) {
        bf_html_raw(t, "<td class=\"n\">&ndash;</td>");
        return;
    }
    const bf_past_run *a = &c->runs[c->order[i]], *b = &c->runs[c->order[k]];
    bf_gap gap = bf_gap_between(&b->values[c->by], &a->values[c->by]); /* row less column */
    bf_html_raw(t, "<td class=\"n\" data-l=\"");
    bf_html_text(t, name_of(b));
    bf_text_print(t, "\">%s%+.3g%s<br>%s</td>", gap.known && !gap.inside ? "<b>" : "", gap.difference,
                  gap.known && !gap.inside ? "</b>" : "", verdict_of(&gap));
}

static void pairs_file(bf_page_files *files, const bf_page_comparison *c)
{
    bf_text *csv = bf_page_csv(files, "pairs", "first,second,difference,standard_error,verdict");
    for (size_t i = 0; i < c->n_known; i++)
        for (size_t k = i + 1; k < c->n_known; k++) {
            const bf_past_run *a = &c->runs[c->order[i]], *b = &c->runs[c->order[k]];
            bf_gap gap = bf_gap_between(&a->values[c->by], &b->values[c->by]);
            bf_text_field(csv, name_of(a));
            bf_text_print(csv, ",");
            bf_text_field(csv, name_of(b));
            bf_text_print(csv, ",%.17g,", gap.difference);
            if (gap.known)
                bf_text_print(csv, "%.17g", gap.error);
            bf_text_print(csv, ",%s\n", verdict_of(&gap));
        }
}

static void pairs(bf_text *t, bf_page_files *files, const bf_page_comparison *c)
{
    size_t n = c->n_known < MAX_IN_MATRIX ? c->n_known : MAX_IN_MATRIX;
    pairs_file(files, c);
    bf_html_section(t, "pairs", "Each against each");
    bf_html_raw(t, "<div class=\"wrap\" role=\"region\" tabindex=\"0\" aria-label=\"differences of pairs\">\n<table "
                   "class=\"stack\">\n<thead><tr><th scope=\"col\">Row less column</th>");
    for (size_t k = 0; k < n; k++) {
        bf_html_raw(t, "<th scope=\"col\" class=\"n\">");
        bf_html_name(t, name_of(&c->runs[c->order[k]]));
        bf_html_raw(t, "</th>");
    }
    bf_html_raw(t, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < n; i++) {
        bf_html_raw(t, "<tr><th scope=\"row\">");
        bf_html_name(t, name_of(&c->runs[c->order[i]]));
        bf_html_raw(t, "</th>");
        for (size_t k = 0; k < n; k++)
            pair_cell(t, c, i, k);
        bf_html_raw(t, "</tr>\n");
    }
    bf_html_table_end(t);
    bf_text_print(t, "<p class=\"files\">%s<a href=\"pairs.csv\">pairs.csv</a></p>\n",
                  n < c->n_known ? "The first 12; all are in " : "");
    bf_html_section_end(t);
}

/* --- intervals ----------------------------------------------------------------------------------------- */

static void draw_runs(bf_plot *p, const bf_page_comparison *c, const size_t *order, size_t n, size_t metric)
{
    for (size_t i = 0; i < n; i++) {
        const bf_past_value *v = &c->runs[order[n - 1 - i]].values[metric];
        double y = (double)i, ends[2], row[2] = {y, y};
        if (interval_of(&ends[0], &ends[1], v, bf_ranked_value_at(metric)))
            bf_plot_line(p, "la", ends, row, 2);
        bf_plot_dots(p, "pa", 7.0, &v->value, &y, 1);
    }
}

static void metric_file(bf_page_files *files, const char *name, const bf_page_comparison *c, const size_t *order,
                        size_t n, size_t metric)
{
    bf_text *csv = bf_page_csv(files, name, "run,value,low,high");
    for (size_t i = 0; i < n; i++) {
        const bf_past_value *v = &c->runs[order[i]].values[metric];
        double low, high;
        bf_text_field(csv, name_of(&c->runs[order[i]]));
        if (interval_of(&low, &high, v, bf_ranked_value_at(metric)))
            bf_text_print(csv, ",%.17g,%.17g,%.17g\n", v->value, low, high);
        else
            bf_text_print(csv, ",%.17g,,\n", v->value);
    }
}

static void metric_figure(bf_text *t, bf_page_files *files, const bf_page_comparison *c, size_t *order, size_t metric)
{
    const bf_metric_value *m = bf_ranked_value_at(metric);
    char label[BF_METRIC_LABEL], alt[160], x_label[96], short_names[MAX_BARS][NAME_ROOM];
    const char *names[MAX_BARS];
    size_t all = bf_past_rank(order, c->runs, c->n, metric), n = all < MAX_BARS ? all : MAX_BARS;
    double low = (double)INFINITY, high = -(double)INFINITY;
    bf_plot p;
    if (n < 2)
        return;
    for (size_t i = 0; i < n; i++) {
        double ends[2];
        snprintf(short_names[n - 1 - i], NAME_ROOM, "%.20s", name_of(&c->runs[order[i]]));
        names[n - 1 - i] = short_names[n - 1 - i];
        (void)interval_of(&ends[0], &ends[1], &c->runs[order[i]].values[metric], m);
        low = fmin(low, ends[0]);
        high = fmax(high, ends[1]);
    }
    bf_ranked_label(label, m);
    snprintf(alt, sizeof alt, "%s of %zu runs with 95 %% intervals, the best at the top", label, n);
    snprintf(x_label, sizeof x_label, "%s (%s)", label, bf_better_text(m->better));
    bf_plot_frame frame = {.alt = alt,
                           .x_label = x_label,
                           .x_low = low - 0.05 * (high - low),
                           .x_high = high + 0.05 * (high - low),
                           .y_low = -0.6,
                           .y_high = (double)n - 0.4,
                           .y_names = names,
                           .n_y_names = n};
    bf_html_raw(t, "<figure>\n<h3>");
    bf_html_text(t, label);
    bf_html_raw(t, "</h3>\n");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    draw_runs(&p, c, order, n, metric);
    bf_plot_end(&p);
    bf_page_svg(files, m->by, &p, start);
    metric_file(files, m->by, c, order, all, metric);
    bf_page_links(t, m->by);
    bf_html_raw(t, "</figure>\n");
}

static void intervals(bf_text *t, bf_page_files *files, const bf_page_comparison *c, size_t *order)
{
    bf_html_section(t, "intervals", "Every metric with its 95 % intervals");
    bf_html_raw(t, "<p>The best is at the top. A dot without a bar is a value whose error is not known.</p>\n"
                   "<div class=\"grid\">\n");
    metric_figure(t, files, c, order, c->by);
    for (size_t i = 0; bf_ranked_value_at(i) != NULL; i++)
        if (i != c->by)
            metric_figure(t, files, c, order, i);
    bf_html_raw(t, "</div>\n");
    bf_html_section_end(t);
}

/* --- the page ------------------------------------------------------------------------------------------ */

static void compare_head(bf_text *t, const bf_page_comparison *c)
{
    char label[BF_METRIC_LABEL], title[160];
    const bf_metric_value *m = bf_ranked_value_at(c->by);
    const bf_past_run *best = &c->runs[c->order[0]];
    size_t n_inside = 0;
    for (size_t i = 1; i < c->n_known; i++)
        n_inside += bf_gap_between(&best->values[c->by], &c->runs[c->order[i]].values[c->by]).inside;
    snprintf(title, sizeof title, "%zu runs by %s", c->n, bf_ranked_label(label, m));
    bf_html_begin(t, c->title != NULL ? c->title : title);
    bf_html_raw(t, "<h1>");
    bf_html_text(t, c->title != NULL ? c->title : title);
    bf_html_raw(t, "</h1>\n<p>By ");
    bf_html_text(t, label);
    bf_text_print(t, " (%s) the best is ", bf_better_text(m->better));
    bf_html_name(t, name_of(best));
    bf_text_print(t, "; %zu of the %zu others %s inside the noise of it.</p>\n", n_inside, c->n_known - 1,
                  n_inside == 1 ? "is" : "are");
    bf_text_print(t, "<p class=\"dim\">Preset ");
    bf_html_text(t, best->preset[0] != 0 ? best->preset : "unknown");
    bf_html_raw(t, ", weights ");
    bf_page_text(t, NULL, best->weights_name[0] != 0 ? best->weights_name : "unknown");
    if (best->weights[0] != 0) {
        char sha256[16];
        snprintf(sha256, sizeof sha256, " (%.12s)", best->weights);
        bf_html_text(t, sha256);
    }
    for (size_t i = 0; i < best->n_sets; i++)
        if (best->sets[i].n > 0) {
            bf_text_print(t, ", %llu ", (unsigned long long)best->sets[i].n);
            bf_html_text(t, bf_side_name(best->sets[i].role));
            bf_html_raw(t, " images");
        }
    bf_html_raw(t, ".</p>\n");
    bf_page_warning_lines(t, NULL, c->report);
}

static feat_status write_compare(bf_text *t, const bf_page_files *files, const bf_page_comparison *c, const char *dir,
                                 feat_error *err)
{
    char *path = bf_path_join(dir, BF_PAGE_NAME), text[224];
    feat_status status = path != NULL ? bf_page_files_write(files, dir, err)
                                      : feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", dir);
    if (status == FEAT_OK)
        status = bf_text_write(t, path, err);
    if (status == FEAT_OK) {
        snprintf(text, sizeof text, "%.180s (%zu KiB)", path, (t->n + 1023) / 1024);
        bf_report_line(c->report, "report", text, "", "");
        bf_report_text(c->report, "report", path);
    }
    feat_free(path);
    return status;
}

feat_status bf_page_compare(const bf_page_comparison *c, const char *dir, feat_error *err)
{
    bf_text t = {0};
    bf_page_files *files = feat_calloc(1, sizeof *files);
    size_t *order = feat_alloc_array(c->n, sizeof *order);
    feat_status status = FEAT_OK;
    if (files == NULL || order == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a page of %zu runs", c->n);
    } else {
        files->csv_plain = c->report->style.csv_plain;
        compare_head(&t, c);
        ranking(&t, c);
        intervals(&t, files, c, order);
        pairs(&t, files, c);
        bf_html_end(&t);
        status = write_compare(&t, files, c, dir, err);
        bf_page_files_free(files);
    }
    bf_text_free(&t);
    feat_free(order);
    feat_free(files);
    return status;
}
