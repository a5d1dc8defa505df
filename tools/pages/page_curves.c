/* Curves of the page, drawn. */
#include "tools/pages/page_curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "tools/html/svg_plot.h"
#include "tools/pages/page_files.h"
#include "tools/pages/page_histogram.h"
#include "tools/pages/page_rows.h"

static void begin_figure(bf_text *t, const char *title)
{
    bf_html_raw(t, "<figure>\n<h3>");
    bf_html_raw(t, title);
    bf_html_raw(t, "</h3>\n");
}

/* --- precision and recall ------------------------------------------------------------------------------ */

void bf_page_k_curve(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    static const bf_plot_key keys[] = {{"la", "recall"}, {"lb", "precision"}};
    const bf_page_curves *c = &data->curves;
    double k[BF_PAGE_KS];
    char alt[200];
    bf_plot p;
    if (c->n_ks < 2)
        return;
    for (size_t i = 0; i < c->n_ks; i++)
        k[i] = (double)c->ks[i];
    snprintf(alt, sizeof alt, "Precision from %.3g to %.3g and recall from %.3g to %.3g as k goes from 1 to %zu",
             c->precision[0], c->precision[c->n_ks - 1], c->recall[0], c->recall[c->n_ks - 1], c->ks[c->n_ks - 1]);
    bf_plot_frame frame = {
        .alt = alt, .x_label = "k", .y_label = "share of images", .x_high = k[c->n_ks - 1] + 1.0, .y_high = 1.02};
    begin_figure(t, "Precision and recall against k");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    bf_plot_line(&p, "la", k, c->recall, c->n_ks);
    bf_plot_dots(&p, "pa", 5.0, k, c->recall, c->n_ks);
    bf_plot_line(&p, "lb", k, c->precision, c->n_ks);
    bf_plot_dots(&p, "pb", 5.0, k, c->precision, c->n_ks);
    bf_plot_end(&p);
    bf_page_svg(in->files, "precision-recall-of-k", &p, start);
    bf_text *csv = bf_page_csv(in->files, "precision-recall-of-k", "k,precision,recall");
    for (size_t i = 0; i < c->n_ks; i++)
        bf_text_print(csv, "%zu,%.17g,%.17g\n", c->ks[i], c->precision[i], c->recall[i]);
    bf_plot_keys(t, keys, 2);
    bf_page_say_rows(t, in, c->n_real, c->n_gen);
    bf_page_links(t, "precision-recall-of-k");
    bf_html_caption(t,
                    "How to read it: both rise with k, which papers choose (3 or 5): compare values of one k only. "
                    "Curves that do not cross say more than any of their points.",
                    NULL);
}

void bf_page_prd_curve(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    const bf_page_curves *c = &data->curves;
    bf_plot p;
    if (c->n_angles == 0)
        return;
    bf_plot_frame frame = {.alt = "PRD curve: precision against recall, from all of the one to all of the other",
                           .x_label = "recall",
                           .y_label = "precision",
                           .x_high = 1.02,
                           .y_high = 1.02};
    begin_figure(t, "PRD curve");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    bf_plot_line(&p, "la", c->prd_recall, c->prd_precision, c->n_angles);
    bf_plot_end(&p);
    bf_page_svg(in->files, "prd", &p, start);
    bf_text *csv = bf_page_csv(in->files, "prd", "precision,recall");
    for (size_t i = 0; i < c->n_angles; i++)
        bf_text_print(csv, "%.17g,%.17g\n", c->prd_precision[i], c->prd_recall[i]);
    bf_page_say_rows(t, in, c->n_real, c->n_gen);
    bf_page_links(t, "prd");
    bf_html_caption(t,
                    "How to read it: the nearer to the upper right corner the better. What is missing at the right "
                    "are real images that are not made, at the top generated ones that are not real.",
                    "precision(&lambda;) = &sum; min(&lambda; <i>p</i>, <i>q</i>) over clusters, recall = precision / "
                    "&lambda; (Sajjadi et al., 2018)");
}

/* --- scores of images ---------------------------------------------------------------------------------- */

typedef enum score_of { OF_INFLUENCE, OF_REALISM, OF_RARITY } score_of;

/* The values there are, at most gen->n; rarity is of the images inside some ball. */
static size_t take_scores(double *v, const bf_page_input *in, const bf_page_data *data, score_of which)
{
    size_t n = 0, n_images = which == OF_INFLUENCE ? in->gen->n : data->n_gen;
    for (size_t i = 0; i < n_images; i++) {
        if (which == OF_INFLUENCE)
            v[n++] = in->share[i];
        else if (which == OF_REALISM)
            v[n++] = data->scores[i].realism;
        else if (data->scores[i].rarity > 0.0)
            v[n++] = data->scores[i].rarity;
    }
    return n;
}

static void score_figure(bf_text *t, const bf_page_input *in, const bf_page_data *data, double *v, score_of which)
{
    static const struct {
        const char *title, *name, *x_label, *reading;
    } of[] = {
        {"What single images add to FID", "influence", "influence / N",
         "How to read it: images right of 0 raise FID, those left of it lower it. A long tail to the right is a few "
         "bad images; without it the fault is in all of them."},
        {"Realism of generated images", "realism", "realism (the last bar: all beyond)",
         "How to read it: from 1 on an image lies in the neighbourhood of a real one. A heap far below 1 are images "
         "unlike any real one."},
        {"Rarity of realistic images", "rarity", "rarity",
         "How to read it: images at the left are made where real images are many, those at the right where they are "
         "few. Images outside every neighbourhood have no rarity."}};
    size_t n = take_scores(v, in, data, which);
    double low = which == OF_INFLUENCE ? (double)INFINITY : 0.0, high = -(double)INFINITY;
    char alt[160];
    for (size_t i = 0; i < n; i++) {
        low = v[i] < low ? v[i] : low;
        high = isfinite(v[i]) && v[i] > high ? v[i] : high;
    }
    if (n == 0 || !(high > low))
        return;
    if (which == OF_REALISM)
        high = fmin(fmax(high, 1.5), 4.0);
    snprintf(alt, sizeof alt, "Histogram of the %s of %zu generated images, from %.4g to %.4g", of[which].name, n, low,
             high);
    double marks[2] = {which == OF_INFLUENCE ? 0.0 : which == OF_REALISM ? 1.0 : (double)NAN, (double)NAN};
    bf_page_histogram h = {.name = of[which].name,
                           .alt = alt,
                           .x_label = of[which].x_label,
                           .gen = v,
                           .n_gen = n,
                           .low = low,
                           .high = high,
                           .marks = marks};
    begin_figure(t, of[which].title);
    bf_page_histograms(t, in->files, &h);
    if (which != OF_INFLUENCE)
        bf_page_say_rows(t, in, data->n_real, data->n_gen);
    bf_page_links(t, of[which].name);
    bf_html_caption(t, of[which].reading, NULL);
}

void bf_page_image_scores(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    double *v = feat_alloc_array(in->gen->n, sizeof *v);
    if (v == NULL) {
        t->failed = true;
        return;
    }
    if (in->share != NULL)
        score_figure(t, in, data, v, OF_INFLUENCE);
    if (data->scores != NULL) {
        score_figure(t, in, data, v, OF_REALISM);
        score_figure(t, in, data, v, OF_RARITY);
    }
    feat_free(v);
}

/* --- spectra ------------------------------------------------------------------------------------------- */

#define LN_10 2.302585092994046
enum { SPECTRUM_POINTS = 200 };

/* log10 of the shares of the variance of the first `last` axes, thinned; returns how many points. */
static size_t spectrum_line(double *x, double *y, const bf_page_spectrum *s, size_t last)
{
    size_t n = 0, step = (last + SPECTRUM_POINTS - 1) / SPECTRUM_POINTS;
    for (size_t i = 0; i < last && s->total > 0.0; i += step) {
        double share = s->values[i] / s->total;
        x[n] = (double)(i + 1);
        y[n++] = share > 0.0 ? feat_log(share) / LN_10 : (double)NAN;
    }
    return n;
}

void bf_page_spectra(bf_text *t, const bf_page_input *in, const bf_page_data *data)
{
    static const bf_plot_key keys[] = {{"la", "real"}, {"lb", "generated"}};
    const bf_page_spectrum *s[2] = {&data->real_spectrum, &data->gen_spectrum};
    double x[SPECTRUM_POINTS + 1], y[2][SPECTRUM_POINTS + 1], low = 0.0;
    size_t last = 2, n = 0;
    char alt[200];
    bf_plot p;
    if (s[0]->values == NULL || s[1]->values == NULL || data->d < 2)
        return;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < data->d && s[i]->values[k] > 1e-5 * s[i]->values[0]; k++)
            last = k + 1 > last ? k + 1 : last;
    for (size_t i = 0; i < 2; i++) {
        n = spectrum_line(x, y[i], s[i], last);
        for (size_t k = 0; k < n; k++)
            low = y[i][k] < low && y[i][k] > -8.0 ? y[i][k] : low;
    }
    snprintf(alt, sizeof alt,
             "Eigenvalues of both covariances, falling; effective rank %.4g of the real features and %.4g of the "
             "generated ones",
             s[0]->effective_rank, s[1]->effective_rank);
    bf_plot_frame frame = {.alt = alt,
                           .x_label = "eigenvalue, largest first",
                           .y_label = "log10 of its share of the variance",
                           .x_high = (double)last,
                           .y_low = low,
                           .y_high = 0.0};
    begin_figure(t, "Spectra of the features");
    size_t start = t->n;
    bf_plot_begin(&p, t, &frame);
    bf_plot_line(&p, "la", x, y[0], n);
    bf_plot_line(&p, "lb", x, y[1], n);
    bf_plot_end(&p);
    bf_page_svg(in->files, "spectra", &p, start);
    bf_text *csv = bf_page_csv(in->files, "spectra", "number,real,generated");
    for (size_t k = 0; k < data->d; k++)
        bf_text_print(csv, "%zu,%.9g,%.9g\n", k + 1, s[0]->values[k], s[1]->values[k]);
    bf_plot_keys(t, keys, 2);
    bf_text_print(t, "<p>Effective rank: %.4g real, %.4g generated, of %zu.</p>\n", s[0]->effective_rank,
                  s[1]->effective_rank, data->d);
    bf_page_links(t, "spectra");
    bf_html_caption(t,
                    "How to read it: a generated curve that falls faster, and a smaller effective rank, mean less "
                    "variety. With fewer images than features both end early.",
                    "exp(&minus;&sum; <i>p</i> ln <i>p</i>), <i>p</i> = <i>s</i> / &sum; <i>s</i>, <i>s</i> singular "
                    "values of the centred features (Roy and Vetterli, 2007)");
}
