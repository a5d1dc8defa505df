/* The figures of a report: FID against N, labels, the plane, distances. */
#include "tools/pages/page_sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "tools/formats/csv.h"
#include "tools/pages/page_curves.h"
#include "tools/pages/page_files.h"
#include "tools/pages/page_histogram.h"
#include "tools/pages/page_names.h"
#include "tools/pages/page_rows.h"

enum { SHOWN_CLASSES = 12 };

static double largest(const double *x, size_t n, double least)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && x[i] > least)
            least = x[i];
    return least;
}

static double smallest(const double *x, size_t n, double most)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && x[i] < most)
            most = x[i];
    return most;
}

/* --- FID against N -------------------------------------------------------------------------------------- */

static void fid_curve(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    const gmet_infinity_result *r = &data->fid_curve.fit;
    const gmet_infinity_point *points = data->fid_curve.points;
    double x[BF_INFINITY_POINTS], y[BF_INFINITY_POINTS], line_x[2], line_y[2];
    char alt[240], formula[160];
    bf_plot p;
    bf_html_raw(t, "<figure>\n<h3>FID against the number of images</h3>\n");
    if (!data->has_fid_curve) {
        bf_html_raw(t, "<p>Left out: ");
        bf_html_text(t, data->no_fid_curve);
        bf_html_raw(t, "</p>\n");
        bf_html_caption(t, "With few images there is no line to draw.", NULL);
        return;
    }
    for (size_t i = 0; i < r->n_points; i++) {
        x[i] = 1000.0 / (double)points[i].n;
        y[i] = points[i].value;
    }
    line_x[0] = 0.0;
    line_x[1] = largest(x, r->n_points, 0.0);
    line_y[0] = r->value;
    line_y[1] = fma(r->slope, line_x[1] / 1000.0, r->value);
    double low = smallest(y, r->n_points, line_y[0] < line_y[1] ? line_y[0] : line_y[1]),
           high = largest(y, r->n_points, line_y[0] > line_y[1] ? line_y[0] : line_y[1]), room = 0.08 * (high - low);
    snprintf(alt, sizeof alt,
             "FID of %zu subsets of %zu to %zu generated images against 1000 / N, with a straight line that "
             "meets the axis at %.5g",
             r->n_points, points[0].n, points[r->n_points - 1].n, r->value);
    bf_plot_frame frame = {.alt = alt,
                           .x_label = "1000 / N",
                           .y_label = "FID",
                           .x_high = 1.04 * line_x[1],
                           .y_low = low - room,
                           .y_high = high + room};
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    bf_plot_line(&p, "lb", line_x, line_y, 2);
    bf_plot_dots(&p, "pa", 5.0, x, y, r->n_points);
    bf_plot_end(&p);
    bf_page_svg(in->files, "fid-of-n", &p, start);
    bf_text *csv = bf_page_csv(in->files, "fid-of-n", "n,fid");
    for (size_t i = 0; i < r->n_points; i++)
        bf_text_print(csv, "%zu,%.17g\n", points[i].n, y[i]);
    static const bf_plot_key keys[] = {{"pa", "FID of a random subset"}, {"lb", "straight line in 1/N"}};
    bf_plot_keys(t, keys, 2);
    bf_text_print(t,
                  "<p>The line meets the left edge at %.5g. How far another draw of the images would move it is "
                  "not known; the points lie within %.2g of a line that meets it there.</p>\n",
                  r->value, r->fit_residual);
    bf_page_say_rows(t, in, in->real->n, data->fid_rows);
    bf_page_links(t, "fid-of-n");
    snprintf(formula, sizeof formula,
             "FID<sub>N</sub> &asymp; FID<sub>&infin;</sub> + <i>s</i>/<i>N</i>, least squares over %zu sizes "
             "(Chong and Forsyth, 2020)", r->n_points);
    bf_html_caption(
        t,
        "How to read it: FID falls as images are added, whatever their quality (left is more images). Where "
        "the line meets the left edge is the value to expect of endlessly many; runs of different N can "
        "only be compared there. Points off the line mean that the extrapolation is not to be trusted.",
        formula);
}

/* --- distances ---------------------------------------------------------------------------------------- */

static void distances(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    size_t n_near = 0;
    char alt[240], note[240];
    double *d = feat_alloc_array(data->n_gen, sizeof *d);
    if (d == NULL) {
        t->failed = true;
        return;
    }
    for (size_t i = 0; i < data->n_gen; i++) {
        d[i] = data->scores[i].distance;
        n_near += d[i] <= data->near_limit;
    }
    double high = largest(d, data->n_gen, largest(data->real_nearest, data->n_real, 0.0));
    bf_html_raw(t, "<figure>\n<h3>How far it is to the nearest real image</h3>\n");
    snprintf(alt, sizeof alt,
             "Two histograms of the distance to the nearest real image, of %zu generated and of %zu real "
             "images; %zu generated images lie below %.4g",
             data->n_gen, data->n_real, n_near, data->near_limit);
    bf_page_histogram h = {.name = "distances",
                           .alt = alt,
                           .x_label = "distance of the features",
                           .real = data->real_nearest,
                           .n_real = data->n_real,
                           .gen = d,
                           .n_gen = data->n_gen,
                           .high = high};
    bf_page_histograms(t, in->files, &h);
    static const bf_plot_key keys[] = {{"sa", "real, to another real one"}, {"sb", "generated"}};
    bf_plot_keys(t, keys, 2);
    snprintf(note, sizeof note,
             "A quarter of the real median is %.4g; %zu of %zu generated images are nearer than that to a "
             "real one.",
             data->near_limit, n_near, data->n_gen);
    bf_html_raw(t, "<p>");
    bf_html_text(t, note);
    bf_html_raw(t, "</p>\n");
    bf_page_say_rows(t, in, data->n_real, data->n_gen);
    bf_page_links(t, "distances");
    bf_html_caption(t,
                    "How to read it: where the generated curve lies on the real one, generated images are as "
                    "far from real ones as real ones are from each other. Further right they are unlike "
                    "anything real; a heap at the left edge are copies.",
                    "<i>d</i>(<i>x</i>) = min<sub>r</sub> |<i>f</i>(<i>x</i>) &minus; <i>f</i>(<i>r</i>)|, "
                    "<i>f</i> the network's features");
    feat_free(d);
}

/* --- the plane ---------------------------------------------------------------------------------------- */

/* The dots from..to - 1 with or without membership, moved to the front of two arrays; returns how many. */
static size_t pick(double *x, double *y, const bf_page_dots *dots, size_t from, size_t to, bool inside)
{
    size_t n = 0;
    for (size_t i = from; i < to && i < dots->n; i++)
        if ((dots->inside[i] != 0) == inside) {
            x[n] = dots->x[i];
            y[n++] = dots->y[i];
        }
    return n;
}

/* In turns, a few of each set, so that neither lies on the other. */
static void plane_marks(bf_plot *p, const bf_page_data *data)
{
    enum { TURNS = 20, MOST = BF_PAGE_DOTS / TURNS + 1 };
    const bf_page_dots *sets[2] = {&data->real_dots, &data->gen_dots};
    static const char *const styles[2][2] = {{"pa see", "xa see"}, {"pb see", "xb see"}};
    double x[MOST], y[MOST];
    size_t most = sets[0]->n > sets[1]->n ? sets[0]->n : sets[1]->n;
    double size = most > 100 ? 3.8 : 5.0;
    for (size_t turn = 0; turn < TURNS; turn++)
        for (size_t s = 0; s < 2; s++) {
            size_t from = turn * sets[s]->n / TURNS, to = (turn + 1) * sets[s]->n / TURNS;
            bf_plot_dots(p, styles[s][0], size, x, y, pick(x, y, sets[s], from, to, true));
            bf_plot_crosses(p, styles[s][1], size + 1.4, x, y, pick(x, y, sets[s], from, to, false));
        }
}

static void plane_files(bf_page_files *files, const bf_plot *p, size_t start, const bf_page_data *data)
{
    const bf_page_dots *sets[2] = {&data->real_dots, &data->gen_dots};
    bf_page_svg(files, "plane", p, start);
    bf_text *csv = bf_page_csv(files, "plane", "set,x,y,inside_the_other");
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sets[s]->n; i++)
            bf_text_print(csv, "%s,%.9g,%.9g,%d\n", s == 0 ? "real" : "generated", sets[s]->x[i], sets[s]->y[i],
                          sets[s]->inside[i] != 0);
}

static void plane(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    const bf_page_dots *a = &data->real_dots, *b = &data->gen_dots;
    char alt[300], x_label[80], y_label[80];
    size_t in_gen = 0, in_real = 0;
    bf_plot p;
    for (size_t i = 0; i < data->n_real; i++)
        in_gen += data->recalled[i] != 0;
    for (size_t i = 0; i < data->n_gen; i++)
        in_real += data->scores[i].inside != 0;
    double x0 = smallest(b->x, b->n, smallest(a->x, a->n, (double)INFINITY)),
           x1 = largest(b->x, b->n, largest(a->x, a->n, -(double)INFINITY)),
           y0 = smallest(b->y, b->n, smallest(a->y, a->n, (double)INFINITY)),
           y1 = largest(b->y, b->n, largest(a->y, a->n, -(double)INFINITY));
    snprintf(alt, sizeof alt,
             "Both sets in the plane of their first two principal axes; %zu of %zu generated images lie in "
             "the real ones' manifold, %zu of %zu real images in the generated ones'",
             in_real, data->n_gen, in_gen, data->n_real);
    snprintf(x_label, sizeof x_label, "first principal axis (%.3g %% of the variance)", 100.0 * data->variance[0]);
    snprintf(y_label, sizeof y_label, "second (%.3g %%)", 100.0 * data->variance[1]);
    bf_plot_frame frame = {.alt = alt,
                           .x_label = x_label,
                           .y_label = y_label,
                           .x_low = x0 - 0.03 * (x1 - x0),
                           .x_high = x1 + 0.03 * (x1 - x0),
                           .y_low = y0 - 0.03 * (y1 - y0),
                           .y_high = y1 + 0.03 * (y1 - y0),
                           .bare = true};
    bf_html_raw(t, "<figure>\n<h3>Precision and recall, seen from one side</h3>\n");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    plane_marks(&p, data);
    bf_plot_end(&p);
    plane_files(in->files, &p, start, data);
    static const bf_plot_key keys[] = {{"pa", "real, covered by the generated"},
                                       {"xa", "real, missed (lowers recall)"},
                                       {"pb", "generated, inside the real"},
                                       {"xb", "generated, outside (lowers precision)"}};
    bf_plot_keys(t, keys, 4);
    bf_page_say_rows(t, in, data->n_real, data->n_gen);
    if (a->n < data->n_real || b->n < data->n_gen)
        bf_text_print(t,
                      "<p class=\"dim\">%zu real and %zu generated images are drawn, evenly spread over the "
                      "sets.</p>\n",
                      a->n, b->n);
    bf_page_links(t, "plane");
    bf_html_caption(
        t,
        "How to read it: crosses of one colour apart from dots of the other are what is wrong: generated "
        "images unlike any real one, or real ones that are never generated. Membership is decided in all "
        "dimensions, so a cross may lie among dots here.",
        "precision = share of generated <i>g</i> with |<i>g</i> &minus; <i>r</i>| &le; "
        "<i>R</i><sub>k</sub>(<i>r</i>) for some "
        "real <i>r</i>; recall the other way round; <i>R</i><sub>k</sub> reaches to the k-th nearest of the "
        "own set");
}

/* --- labels ------------------------------------------------------------------------------------------- */

/* The classes with the largest sum of both marginals, largest first. */
static size_t top_classes(size_t top[SHOWN_CLASSES], const bf_page_data *data, size_t c)
{
    size_t n = 0;
    for (size_t k = 0; k < c; k++) {
        double p = 0.0, q = 0.0;
        size_t at = n < SHOWN_CLASSES ? n++ : SHOWN_CLASSES;
        for (; at > 0; at--) {
            p = data->gen_labels.marginal[k];
            q = data->gen_labels.marginal[top[at - 1]];
            if (data->real_labels.marginal != NULL) {
                p += data->real_labels.marginal[k];
                q += data->real_labels.marginal[top[at - 1]];
            }
            if (p <= q)
                break;
            if (at < SHOWN_CLASSES)
                top[at] = top[at - 1];
        }
        if (at < SHOWN_CLASSES)
            top[at] = k;
    }
    return n;
}

/* A row of the figure for each of the n classes in `top`, the most frequent one uppermost. */
static void marginal_bars(bf_plot *p, const double *gen, const double *real, const size_t *top, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double y = (double)(n - 1 - i);
        if (real != NULL)
            bf_plot_box(p, "ba", 0.0, real[top[i]], y, y + 0.4);
        bf_plot_box(p, "bb", 0.0, gen[top[i]], y - 0.4, y);
    }
}

static void marginals_file(const bf_page_input *in, const double *gen, const double *real)
{
    bf_text *csv = bf_page_csv(in->files, "classes-seen", "class,name,real,generated");
    char name[FEAT_CLASS_NAME_BYTES];
    for (size_t k = 0; k < in->n_classes; k++) {
        bf_text_print(csv, "%zu,", k);
        bf_page_class_name(name, in, k);
        bf_text_field(csv, name);
        bf_text_print(csv, ",");
        if (real != NULL)
            bf_text_print(csv, "%.9g", real[k]);
        bf_text_print(csv, ",%.9g\n", gen[k]);
    }
}

static void marginals(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    const double *gen = data->gen_labels.marginal, *real = data->real_labels.marginal;
    size_t top[SHOWN_CLASSES], n = top_classes(top, data, in->n_classes);
    char text[SHOWN_CLASSES][FEAT_CLASS_NAME_BYTES], alt[240];
    const char *names[SHOWN_CLASSES];
    double high = 0.0;
    bf_plot p;
    for (size_t i = 0; i < n; i++) {
        bf_page_class_name(text[i], in, top[i]);
        names[n - 1 - i] = text[i];
        high = gen[top[i]] > high ? gen[top[i]] : high;
        high = real != NULL && real[top[i]] > high ? real[top[i]] : high;
    }
    snprintf(alt, sizeof alt,
             "Bars of the %zu classes that the network sees most often; the most frequent is class %s with "
             "%.3g %% of the generated images",
             n, text[0], 100.0 * gen[top[0]]);
    bf_plot_frame frame = {.alt = alt,
                           .x_label = "mean probability",
                           .x_high = 1.05 * high,
                           .y_low = -0.6,
                           .y_high = (double)n - 0.4,
                           .y_names = names,
                           .n_y_names = n};
    bf_html_raw(t, "<figure>\n<h3>What the network sees: the most frequent classes</h3>\n");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    marginal_bars(&p, gen, real, top, n);
    bf_plot_end(&p);
    bf_page_svg(in->files, "classes-seen", &p, start);
    marginals_file(in, gen, real);
    static const bf_plot_key keys[] = {{"ba", "real"}, {"bb", "generated"}};
    bf_plot_keys(t, real != NULL ? keys : keys + 1, real != NULL ? 2 : 1);
    if (!feat_class_name(text[0], &in->run->network.weights_info, top[0]))
        bf_html_raw(t, "<p class=\"dim\">By the numbers of their logits: names are known of published weights.</p>\n");
    bf_page_links(t, "classes-seen");
    bf_html_caption(t,
                    "How to read it: bars of unequal length for real and generated images are classes that "
                    "are made too often or too rarely.",
                    "<i>p</i>(<i>y</i>) = mean over images of <i>p</i>(<i>y</i>|<i>x</i>)");
}

static void entropies(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    const bf_page_labels *gen = &data->gen_labels, *real = &data->real_labels;
    double high = feat_log((double)in->n_classes), mark[2] = {(double)NAN, gen->total_entropy};
    char alt[300], note[300];
    size_t used = 0;
    if (real->marginal != NULL)
        mark[0] = real->total_entropy;
    snprintf(alt, sizeof alt,
             "Histogram of the entropy of each image's class probabilities, mean %.3g nats of the generated "
             "ones, and the entropy of their mean, %.3g, as an upright line",
             gen->mean_entropy, gen->total_entropy);
    bf_html_raw(t, "<figure>\n<h3>What makes the Inception Score</h3>\n");
    bf_page_histogram h = {.name = "entropy",
                           .alt = alt,
                           .x_label = "entropy in nats",
                           .real = real->entropy,
                           .n_real = real->marginal != NULL ? real->n : 0,
                           .gen = gen->entropy,
                           .n_gen = gen->n,
                           .high = high,
                           .marks = mark};
    bf_page_histograms(t, in->files, &h);
    static const bf_plot_key keys[] = {{"sa", "real, each image"},
                                       {"ea", "real, of the mean <i>p</i>(<i>y</i>)"},
                                       {"sb", "generated, each image"},
                                       {"eb", "generated, of the mean"}};
    bf_plot_keys(t, real->marginal != NULL ? keys : keys + 2, real->marginal != NULL ? 4 : 2);
    used = (size_t)snprintf(note, sizeof note, "Generated: %.4g \xe2\x88\x92 %.4g = ln %.5g (one split).",
                            gen->total_entropy, gen->mean_entropy, feat_exp(gen->total_entropy - gen->mean_entropy));
    if (real->marginal != NULL)
        snprintf(note + used, sizeof note - used, " Real: %.4g \xe2\x88\x92 %.4g = ln %.5g.", real->total_entropy,
                 real->mean_entropy, feat_exp(real->total_entropy - real->mean_entropy));
    bf_html_raw(t, "<p>");
    bf_html_text(t, note);
    bf_html_raw(t, "</p>\n");
    bf_page_links(t, "entropy");
    bf_html_caption(t,
                    "How to read it: far left are images that the network is sure of. The upright line is far "
                    "right when all classes together are used evenly. The Inception Score is the gap "
                    "between the line and the mean of the histogram; it never looks at real images.",
                    "IS = exp(<i>H</i>(<i>y</i>) &minus; mean <i>H</i>(<i>y</i>|<i>x</i>)), <i>H</i> = &minus;&sum; "
                    "<i>p</i> ln <i>p</i>");
}

void bf_page_figures(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    bf_html_section(t, "figures", "Figures");
    bf_html_raw(t, "<div class=\"grid\">\n");
    bf_page_error_bars(t, in);
    fid_curve(t, in, data);
    if (data->scores != NULL)
        plane(t, in, data);
    bf_page_k_curve(t, in, data);
    bf_page_prd_curve(t, in, data);
    if (data->scores != NULL)
        distances(t, in, data);
    bf_page_image_scores(t, in, data);
    bf_page_spectra(t, in, data);
    if (data->gen_labels.marginal != NULL) {
        marginals(t, in, data);
        entropies(t, in, data);
    }
    bf_page_class_bars(t, in);
    bf_html_raw(t, "</div>\n");
    bf_html_section_end(t);
}
