/* Error bars of what was measured, and FID class by class. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/formats/csv.h"
#include "tools/html/svg_plot.h"
#include "tools/options/metric_names.h"
#include "tools/pages/page_curves.h"
#include "tools/pages/page_files.h"

enum { MAX_BARS = 24, BAR_LABEL = 40 };

typedef struct bar {
    char label[BAR_LABEL];
    double value, low, high; /* low and high NaN: its error is not known */
} bar;

/* The 95 % interval of a value: its own, or of its standard error, or to a limit. */
static void find_interval(bar *b, const bf_report *r, const bf_metric_value *v)
{
    char key[96];
    double error, limit;
    b->low = b->high = (double)NAN;
    snprintf(key, sizeof key, "%.70s_low", v->key);
    if (bf_page_result(&b->low, r, key)) {
        snprintf(key, sizeof key, "%.70s_high", v->key);
        (void)bf_page_result(&b->high, r, key);
        return;
    }
    if (v->error_key != NULL && bf_page_result(&error, r, v->error_key)) {
        b->low = fmax(b->value - 1.96 * error, v->least);
        b->high = fmin(b->value + 1.96 * error, v->most);
        return;
    }
    snprintf(key, sizeof key, "%.70s_at_most", v->key);
    if (bf_page_result(&limit, r, key)) {
        b->low = b->value;
        b->high = limit;
    }
    snprintf(key, sizeof key, "%.70s_at_least", v->key);
    if (bf_page_result(&limit, r, key)) {
        b->low = limit;
        b->high = b->value;
    }
}

/* Scores between 0 and 1 (density may pass it, AuthPct is a share of 100), or with `distances` the others that have an
 * error, as multiples of their value; the first at the end, which is the top of the field. */
static size_t find_bars(bar bars[MAX_BARS], const bf_report *r, bool distances)
{
    size_t n = 0;
    const bf_metric_value *v;
    for (size_t i = 0; (v = bf_metric_value_at(i)) != NULL && n < MAX_BARS; i++) {
        bar *b = &bars[n];
        bool score = v->least == 0.0 && (v->most == 1.0 || v->most == 100.0 || strcmp(v->key, "density") == 0);
        if (score == distances || !bf_page_result(&b->value, r, v->key))
            continue;
        find_interval(b, r, v);
        if (distances && (!isfinite(b->low) || !(b->value > 0.0)))
            continue;
        double scale = distances ? b->value : v->most == 100.0 ? 100.0 : 1.0;
        if (distances)
            snprintf(b->label, sizeof b->label, "%.22s %.3g", v->label, b->value);
        else
            snprintf(b->label, sizeof b->label, "%s", v->label);
        b->value /= scale;
        b->low /= scale;
        b->high /= scale;
        n++;
    }
    for (size_t i = 0; i < n / 2; i++) {
        bar swapped = bars[i];
        bars[i] = bars[n - 1 - i];
        bars[n - 1 - i] = swapped;
    }
    return n;
}

static void draw_bars(bf_plot *p, const bar *bars, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double y = (double)i, ends[2] = {fmax(bars[i].low, p->x_low), fmin(bars[i].high, p->x_high)}, row[2] = {y, y};
        if (isfinite(bars[i].low)) {
            bf_plot_line(p, "la", ends, row, 2);
            for (size_t e = 0; e < 2; e++) {
                double at[2] = {ends[e], ends[e]}, up[2] = {y - 0.2, y + 0.2};
                bf_plot_line(p, "ea", at, up, 2);
            }
        }
        if (bars[i].value <= p->x_high)
            bf_plot_dots(p, "pa", 7.0, &bars[i].value, &y, 1);
    }
}

static void bars_figure(bf_text *t, const bf_page_input *in, bool distances)
{
    bar bars[MAX_BARS];
    const char *names[MAX_BARS], *name = distances ? "errors-of-distances" : "scores";
    size_t n = find_bars(bars, &in->run->report, distances);
    double high = distances ? 2.0 : 1.0;
    bf_plot p;
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        names[i] = bars[i].label;
        high = distances ? high : fmax(high, fmax(bars[i].value, isfinite(bars[i].high) ? bars[i].high : 0.0));
    }
    bf_plot_frame frame = {.alt = distances ? "95 % intervals of distances and scores, as multiples of each value"
                                            : "Scores between 0 and 1 with their 95 % intervals",
                           .x_label = distances ? "multiple of the value" : "score",
                           .x_high = 1.03 * high,
                           .y_low = -0.6,
                           .y_high = (double)n - 0.4,
                           .y_names = names,
                           .n_y_names = n};
    bf_html_raw(t, distances ? "<figure>\n<h3>How sure the other values are</h3>\n"
                             : "<figure>\n<h3>Scores between 0 and 1</h3>\n");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    draw_bars(&p, bars, n);
    bf_plot_end(&p);
    bf_page_svg(in->files, name, &p, start);
    bf_text *csv = bf_page_csv(in->files, name, "metric,value,low,high");
    for (size_t i = n; i-- > 0;) {
        bf_text_field(csv, bars[i].label);
        bf_text_print(csv, ",%.9g,", bars[i].value);
        if (isfinite(bars[i].low))
            bf_text_print(csv, "%.9g,%.9g\n", bars[i].low, bars[i].high);
        else
            bf_text_print(csv, ",\n");
    }
    bf_page_links(t, name);
    bf_html_caption(t,
                    distances ? "How to read it: the bar is the 95 % interval, the value is at 1. A bar that reaches "
                                "0 is a value that chance alone could give; one that ends at the edge goes on."
                              : "How to read it: the bar is the 95 % interval, further right is better. A dot without "
                                "a bar is a value whose error is not known. Bars of two runs that overlap widely are "
                                "no difference.",
                    NULL);
}

void bf_page_error_bars(bf_text *t, const bf_page_input *in)
{
    bars_figure(t, in, false);
    bars_figure(t, in, true);
}

/* --- classes ------------------------------------------------------------------------------------------- */

/* The classes of largest FID, from the smallest of them up; equal ones in the order of the table. */
static size_t worst_classes(size_t worst[MAX_BARS], const bf_class_table *table)
{
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++) {
        size_t at = n < MAX_BARS ? n++ : MAX_BARS;
        if (!table->scores[i].has_fid) {
            n -= at < MAX_BARS;
            continue;
        }
        for (; at > 0 && table->scores[worst[at - 1]].fid < table->scores[i].fid; at--)
            if (at < MAX_BARS)
                worst[at] = worst[at - 1];
        if (at < MAX_BARS)
            worst[at] = i;
    }
    for (size_t i = 0; i < n / 2; i++) {
        size_t swapped = worst[i];
        worst[i] = worst[n - 1 - i];
        worst[n - 1 - i] = swapped;
    }
    return n;
}

/* All classes, in the order of the table. */
static void classes_file(bf_page_files *files, const bf_class_table *table)
{
    bf_text *csv = bf_page_csv(files, "classes", "class,n_real,n_generated,fid,inception_score,precision,recall");
    for (size_t i = 0; i < table->n; i++) {
        const gmet_class_score *s = &table->scores[i];
        bf_text_field(csv, table->names[i]);
        bf_text_print(csv, ",%zu,%zu,", s->n_real, s->n_gen);
        if (s->has_fid)
            bf_text_print(csv, "%.17g", s->fid);
        bf_text_print(csv, ",");
        if (s->has_is)
            bf_text_print(csv, "%.17g", s->is_mean);
        if (s->has_pr)
            bf_text_print(csv, ",%.17g,%.17g\n", s->precision, s->recall);
        else
            bf_text_print(csv, ",,\n");
    }
}

void bf_page_class_bars(bf_text *t, const bf_page_input *in)
{
    size_t worst[MAX_BARS], n;
    char labels[MAX_BARS][BAR_LABEL], alt[160];
    const char *names[MAX_BARS];
    bf_plot p;
    if (in->classes == NULL)
        return;
    classes_file(in->files, in->classes);
    n = worst_classes(worst, in->classes);
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        snprintf(labels[i], sizeof labels[i], "%.18s", in->classes->names[worst[i]]);
        names[i] = labels[i];
    }
    double high = in->classes->scores[worst[n - 1]].fid;
    snprintf(alt, sizeof alt, "FID of %zu classes as bars, at most %.4g", n, high);
    bf_plot_frame frame = {.alt = alt,
                           .x_label = "FID of the class",
                           .x_high = 1.03 * high,
                           .y_low = -0.6,
                           .y_high = (double)n - 0.4,
                           .y_names = names,
                           .n_y_names = n};
    bf_text_print(t, "<figure>\n<h3>FID class by class%s</h3>\n", n < in->classes->n ? ": the largest" : "");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    for (size_t i = 0; i < n; i++)
        bf_plot_box(&p, "bb", 0.0, in->classes->scores[worst[i]].fid, (double)i - 0.35, (double)i + 0.35);
    bf_plot_end(&p);
    bf_page_svg(in->files, "classes", &p, start);
    bf_page_links(t, "classes");
    bf_html_caption(t,
                    "How to read it: classes at the top are made worst, or have the fewest images: FID of few images "
                    "is mostly bias.",
                    NULL);
}
