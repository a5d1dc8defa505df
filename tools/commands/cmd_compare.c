/* compare: a ranking of earlier results, and which differences are inside the noise. */
#include "tools/commands/command_table.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/commands/compare_table.h"
#include "tools/html/html.h"
#include "tools/measure/measure.h"
#include "tools/options/parse_args.h"
#include "tools/pages/page_compare.h"
#include "tools/records/results_read.h"

enum { SHOWN_LABEL = 20 };

typedef struct comparison {
    bf_run *run;
    size_t n;
    bf_past_run *runs;             /* [n] */
    size_t by;                     /* metric */
    size_t order[BF_MAX_OPERANDS]; /* by it */
    size_t n_known;
} comparison;

/* Files of one name are told apart by the ends of their paths. */
static void tell_apart(comparison *c)
{
    bool doubled = false;
    for (size_t i = 1; i < c->n; i++)
        for (size_t k = 0; k < i; k++)
            doubled = doubled || strcmp(c->runs[i].label, c->runs[k].label) == 0;
    for (size_t i = 0; i < c->n && doubled; i++) {
        const char *path = c->runs[i].path;
        size_t n = strlen(path), room = SHOWN_LABEL;
        snprintf(c->runs[i].label, sizeof c->runs[i].label, "%s", n > room ? path + (n - room) : path);
    }
}

static feat_status find_metric(size_t *metric, const char *name, feat_error *err)
{
    const char *names[BF_MAX_RANKED];
    size_t n = 0;
    for (; bf_ranked_value_at(n) != NULL; n++)
        names[n] = bf_ranked_value_at(n)->by;
    for (*metric = 0; *metric < n; ++*metric)
        if (strcmp(names[*metric], name) == 0)
            return FEAT_OK;
    const char *near = bf_nearest(name, names, n);
    if (near != NULL)
        return feat_fail(err, FEAT_ERR_ARG, "--by: unknown metric '%.40s'; did you mean '%s'?", name, near);
    return feat_fail(err, FEAT_ERR_ARG, "--by: unknown metric '%.40s'; see 'bonafide help compare'", name);
}

static feat_status say_missing(const bf_past_run *run, size_t metric, feat_error *err)
{
    const bf_metric_value *m = bf_ranked_value_at(metric);
    const char *why = run->values[metric].why;
    char label[BF_METRIC_LABEL];
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: has no %s ('%s')%s%s", run->path, bf_ranked_label(label, m), m->key,
                     why[0] != 0 ? ": " : "", why);
}

/* The metric asked for, else the first one that every run has. */
static feat_status choose_metric(comparison *c, feat_error *err)
{
    const char *name = bf_args_text(c->run->args, BF_OPT_BY);
    if (name != NULL) {
        feat_status status = find_metric(&c->by, name, err);
        for (size_t i = 0; i < c->n && status == FEAT_OK; i++)
            if (!c->runs[i].values[c->by].known)
                status = say_missing(&c->runs[i], c->by, err);
        return status;
    }
    for (c->by = 0; bf_ranked_value_at(c->by) != NULL; c->by++) {
        size_t i = 0;
        while (i < c->n && c->runs[i].values[c->by].known)
            i++;
        if (i == c->n)
            return FEAT_OK;
    }
    return feat_fail(err, FEAT_ERR_FORMAT, "%s and the other runs have no metric in common", c->runs[0].path);
}

static feat_status check_runs(comparison *c, feat_error *err)
{
    char text[400];
    for (size_t i = 1; i < c->n; i++)
        for (int k = 0; k < BF_N_PAST_CHECKS; k++) {
            const char *name = bf_past_check_name((bf_past_check)k);
            if (!bf_past_differ(text, &c->runs[0], &c->runs[i], (bf_past_check)k))
                continue;
            if (!bf_args_lists(c->run->args, BF_OPT_ALLOW, name))
                return feat_fail(err, FEAT_ERR_FORMAT, "%s; --allow %s compares all the same", text, name);
            bf_report_warn(&c->run->report, "%s: the numbers mean different things", text);
        }
    for (size_t i = 1; i < c->n; i++) {
        const bf_past_set *a = &c->runs[0].sets[0], *b = &c->runs[i].sets[0];
        if (bf_past_names_differ(&c->runs[0], &c->runs[i]))
            bf_report_warn(&c->run->report,
                           "%s and %s name other real sets (%.60s and %.60s): compare only if they hold the "
                           "same images; manifests would tell",
                           c->runs[0].label, c->runs[i].label, a->path, b->path);
    }
    return FEAT_OK;
}

/* --- the table ---------------------------------------------------------------------------------------- */

static void put_number(char text[32], double value, bf_error_bar bar, int digits)
{
    if (digits != BF_DIGITS_USUAL)
        bf_digits_text(text, value, digits);
    else
        bf_rounded_text(text, value, bar);
}

/* As eval has it; behind "0.500 +- 0.020" the interval, "   95 % [0.460, 0.540]". */
static size_t put_value(char to[224], const bf_past_value *v, const bf_metric_value *m, int digits)
{
    char text[BF_FIGURE_TEXT], low[32], high[32];
    bf_error_bar bar = bf_past_bar(v, m);
    bf_figure figure = {.value = v->value, .bar = bar};
    bf_figure_text_of(text, &figure, digits);
    size_t used = (size_t)snprintf(to, 224, "%s", text);
    if (!bar.known || strstr(text, " +- ") == NULL)
        return used;
    double a = v->value - BF_NOISE_Z * v->error, b = v->value + BF_NOISE_Z * v->error;
    put_number(low, v->has_interval ? v->low : a < m->least ? m->least : a, bar, digits);
    put_number(high, v->has_interval ? v->high : b > m->most ? m->most : b, bar, digits);
    return used + (size_t)snprintf(to + used, 224 - used, "   95 %% [%s, %s]", low, high);
}

/* Why nothing can be said of a difference. */
static void say_why(char *to, size_t room, size_t metric, const bf_past_run *a, const bf_past_run *b)
{
    const bf_metric_value *m = bf_ranked_value_at(metric);
    const bf_past_run *lacking = a->values[metric].has_error ? b : a;
    const char *why = lacking->values[metric].why;
    char label[BF_METRIC_LABEL];
    if (m->error_key == NULL)
        snprintf(to, room, "%s has no error of the value", bf_ranked_label(label, m));
    else
        snprintf(to, room, "%.20s has no error%s%.120s", lacking->label, why[0] != 0 ? ": " : "", why);
}

/* "12.3 +- 0.4   [11.5, 13.1]   +0.6 +- 0.57 to the best: inside the noise" */
static void show_rank(comparison *c, size_t rank)
{
    char label[48], text[224], why[160];
    const bf_metric_value *m = bf_ranked_value_at(c->by);
    const bf_past_run *run = &c->runs[c->order[rank]];
    const bf_past_value *v = &run->values[c->by], *best = &c->runs[c->order[0]].values[c->by];
    size_t used = put_value(text, v, m, c->run->report.style.digits);
    if (rank > 0) {
        bf_gap gap = bf_gap_between(best, v);
        say_why(why, sizeof why, c->by, &c->runs[c->order[0]], run);
        if (gap.known) {
            char difference[128];
            bf_value_text(difference, gap.difference, (bf_error_bar){.known = true, .error = gap.error});
            snprintf(text + used, sizeof text - used, "   to the best %s%s: %s", difference[0] == '-' ? "" : "+",
                     difference, gap.inside ? "inside the noise" : "a difference");
        } else {
            snprintf(text + used, sizeof text - used, "   to the best %+.3g: not measured (%s)", gap.difference, why);
        }
    }
    snprintf(label, sizeof label, "%2zu %.20s", rank + 1, run->label);
    bf_report_line(&c->run->report, label, text, "", "");
}

/* The value alone: by its error, else four digits. */
static const char *short_text(char text[32], const bf_past_value *v, const bf_metric_value *m)
{
    bf_error_bar bar = bf_past_bar(v, m);
    if (bar.known)
        bf_rounded_text(text, v->value, bar);
    else
        snprintf(text, 32, "%.4g", v->value);
    return text;
}

/* One line: the runs from best to worst, "~" between neighbours that are inside the noise of each other. Whether there
 * is one. */
static bool show_metric(comparison *c, size_t metric)
{
    const bf_metric_value *m = bf_ranked_value_at(metric);
    size_t order[BF_MAX_OPERANDS], used = 0;
    char text[224], value[32], label[BF_METRIC_LABEL];
    size_t n = bf_past_rank(order, c->runs, c->n, metric);
    if (n < 2)
        return false;
    for (size_t i = 0; i < n && used + 1 < sizeof text; i++) {
        const bf_past_value *v = &c->runs[order[i]].values[metric];
        if (i > 0) {
            bf_gap gap = bf_gap_between(&c->runs[order[i - 1]].values[metric], v);
            used += (size_t)snprintf(text + used, sizeof text - used, "  %s  ",
                                     gap.inside                        ? "~"
                                     : !gap.known                      ? "?"
                                     : m->better == BF_LOWER_IS_BETTER ? "<"
                                                                       : ">");
        }
        if (used + 1 < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%.20s %s", c->runs[order[i]].label,
                                     short_text(value, v, m));
    }
    bf_report_line(&c->run->report, bf_ranked_label(label, m), text, "", "");
    return true;
}

static void show(comparison *c)
{
    const bf_metric_value *m = bf_ranked_value_at(c->by);
    char text[224], label[BF_METRIC_LABEL];
    size_t n_metrics = 1;
    size_t used = (size_t)snprintf(text, sizeof text, "%s", bf_better_text(m->better));
    for (size_t i = 0; i < c->runs[0].n_sets; i++)
        if (c->runs[0].sets[i].n > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %llu %s", i == 0 ? "; N =" : ",",
                                     (unsigned long long)c->runs[0].sets[i].n, c->runs[0].sets[i].role);
    bf_report_line(&c->run->report, bf_ranked_label(label, m), text, "", "");
    for (size_t rank = 0; rank < c->n_known; rank++)
        show_rank(c, rank);
    for (size_t i = 0; bf_ranked_value_at(i) != NULL; i++)
        n_metrics += i != c->by && show_metric(c, i);
    bf_report_line(&c->run->report, "~",
                   "neighbours inside the noise: |difference| <= 1.96 sqrt(e1^2 + e2^2), the e being standard errors, "
                   "of uneven intervals the facing side over 1.96; < and > beyond it; ? not measured: no error",
                   "", "");
    size_t n_pairs = c->n_known * (c->n_known - 1) / 2;
    if (n_pairs * n_metrics > 1) {
        snprintf(text, sizeof text,
                 "%zu runs are %zu pair%s, of %zu metric%s each: of equal generators one comparison in 20 is called a "
                 "difference",
                 c->n_known, n_pairs, n_pairs > 1 ? "s" : "", n_metrics, n_metrics > 1 ? "s" : "");
        bf_report_line(&c->run->report, "", text, "", "");
    }
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

/* As the file has it. */
static void put_uncertainty(bf_json *j, const bf_metric_value *metric, const bf_past_value *v)
{
    char key[96];
    if (v->at_most || v->at_least) {
        snprintf(key, sizeof key, "%s_at_%s", metric->key, v->at_most ? "most" : "least");
        bf_json_number(j, key, v->limit);
    } else if (v->has_error) {
        bf_json_number(j, metric->error_key, v->error);
        if (v->has_interval) {
            snprintf(key, sizeof key, "%s_low", metric->key);
            bf_json_number(j, key, v->low);
            snprintf(key, sizeof key, "%s_high", metric->key);
            bf_json_number(j, key, v->high);
        }
    } else if (v->why[0] != 0) {
        snprintf(key, sizeof key, "%s_error_unknown", metric->key);
        bf_json_string(j, key, v->why);
    }
}

static void put_run(bf_json *j, const bf_past_run *run)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "file", run->path);
    for (size_t m = 0; bf_ranked_value_at(m) != NULL; m++) {
        const bf_metric_value *metric = bf_ranked_value_at(m);
        if (run->values[m].known)
            bf_json_number(j, metric->key, run->values[m].value);
        put_uncertainty(j, metric, &run->values[m]);
    }
    bf_json_close(j, '}');
}

static void put_pair(bf_json *j, const bf_ranking *r, size_t first, size_t second)
{
    bf_gap gap = bf_gap_between(&r->runs[first].values[r->by], &r->runs[second].values[r->by]);
    char why[160];
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "first", r->runs[first].path);
    bf_json_string(j, "second", r->runs[second].path);
    bf_json_number(j, "difference", gap.difference);
    if (gap.known) {
        bf_json_number(j, "standard_error", gap.error);
        bf_json_boolean(j, "inside_noise", gap.inside);
    } else {
        bf_json_string(j, "standard_error", NULL);
        bf_json_string(j, "inside_noise", NULL);
        say_why(why, sizeof why, r->by, &r->runs[first], &r->runs[second]);
        bf_json_string(j, "not_measured", why);
    }
    bf_json_close(j, '}');
}

static void write_json(bf_json *j, const void *ctx)
{
    const bf_ranking *r = ctx;
    bf_json_string(j, "by", bf_ranked_value_at(r->by)->key);
    bf_json_boolean(j, "lower_is_better", bf_ranked_value_at(r->by)->better == BF_LOWER_IS_BETTER);
    bf_json_number(j, "noise_z", BF_NOISE_Z);
    bf_json_open(j, "ranking", '[');
    for (size_t i = 0; i < r->n_known; i++)
        put_run(j, &r->runs[r->order[i]]);
    bf_json_close(j, ']');
    bf_json_open(j, "pairs", '[');
    for (size_t i = 0; i < r->n_known; i++)
        for (size_t k = i + 1; k < r->n_known; k++)
            put_pair(j, r, r->order[i], r->order[k]);
    bf_json_close(j, ']');
}

static feat_status keep_for_json(comparison *c, feat_error *err)
{
    bf_ranking *r = feat_calloc(1, sizeof *r + c->n * sizeof *r->runs);
    if (r == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu runs", c->n);
    r->n = c->n;
    r->by = c->by;
    r->n_known = c->n_known;
    memcpy(r->order, c->order, sizeof r->order);
    memcpy(r->runs, c->runs, c->n * sizeof *r->runs);
    bf_report_add_part(&c->run->report, write_json, feat_free, r);
    c->run->report.table = (bf_report_table){bf_ranking_table, r};
    return FEAT_OK;
}

static feat_status report_page(comparison *c, feat_error *err)
{
    const char *dir = bf_args_text(c->run->args, BF_OPT_REPORT);
    const bf_page_comparison page = {.report = &c->run->report,
                                     .runs = c->runs,
                                     .n = c->n,
                                     .by = c->by,
                                     .order = c->order,
                                     .n_known = c->n_known,
                                     .title = bf_args_text(c->run->args, BF_OPT_TITLE)};
    return dir != NULL ? bf_page_compare(&page, dir, err) : FEAT_OK;
}

static feat_status check_report(const bf_args *args, feat_error *err)
{
    if (bf_args_given(args, BF_OPT_REPORT))
        return bf_check_output_folder(bf_args_text(args, BF_OPT_REPORT), err);
    if (bf_args_given(args, BF_OPT_TITLE))
        return feat_fail(err, FEAT_ERR_ARG, "--title heads the page of a report: it goes with --report DIR");
    return FEAT_OK;
}

feat_status bf_cmd_compare(bf_run *run, feat_error *err)
{
    comparison c = {.run = run, .n = run->args->n_operands};
    feat_status status = check_report(run->args, err);
    if (status != FEAT_OK)
        return status;
    c.runs = feat_calloc(c.n, sizeof *c.runs);
    if (c.runs == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu runs", c.n);
    for (size_t i = 0; i < c.n && status == FEAT_OK; i++)
        status = bf_past_read(&c.runs[i], run->args->operands[i], err);
    if (status == FEAT_OK) {
        tell_apart(&c);
        status = check_runs(&c, err);
    }
    if (status == FEAT_OK)
        status = choose_metric(&c, err);
    if (status == FEAT_OK) {
        c.n_known = bf_past_rank(c.order, c.runs, c.n, c.by);
        show(&c);
        status = keep_for_json(&c, err);
    }
    if (status == FEAT_OK)
        status = report_page(&c, err);
    feat_free(c.runs);
    return status;
}
