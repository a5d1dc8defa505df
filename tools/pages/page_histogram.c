/* Drawing histograms. */
#include "tools/pages/page_histogram.h"

#include <math.h>
#include <string.h>

enum { BINS = 36 };

static double count_bins(double heights[BINS], const double *values, size_t n, double low, double high)
{
    double top = 0.0;
    memset(heights, 0, BINS * sizeof *heights);
    for (size_t i = 0; i < n; i++) {
        double at = high > low ? (values[i] - low) / (high - low) * BINS : 0.0;
        heights[at < BINS ? (at > 0.0 ? (size_t)at : 0) : BINS - 1] += 1.0 / (double)n;
    }
    for (size_t i = 0; i < BINS; i++)
        top = heights[i] > top ? heights[i] : top;
    return top;
}

void bf_page_histograms(bf_text *t, bf_page_files *files, const bf_page_histogram *h)
{
    double edges[BINS + 1], real[BINS], gen[BINS];
    size_t start = t->n;
    bf_plot p;
    for (size_t i = 0; i <= BINS; i++)
        edges[i] = h->low + (h->high - h->low) * (double)i / BINS;
    double top_real = count_bins(real, h->real, h->n_real, h->low, h->high),
           top_gen = count_bins(gen, h->gen, h->n_gen, h->low, h->high), top = fmax(top_real, top_gen);
    bf_plot_frame frame = {.alt = h->alt,
                           .x_label = h->x_label,
                           .y_label = "share of images",
                           .x_low = h->low,
                           .x_high = h->high,
                           .y_high = 1.08 * top};
    bf_plot_begin(&p, t, &frame);
    if (h->n_real > 0)
        bf_plot_steps(&p, "sa", edges, real, BINS);
    if (h->n_gen > 0)
        bf_plot_steps(&p, "sb", edges, gen, BINS);
    for (size_t i = 0; h->marks != NULL && i < 2; i++) {
        double x[2] = {h->marks[i], h->marks[i]}, y[2] = {0.0, 1.04 * top};
        if (isfinite(h->marks[i]))
            bf_plot_line(&p, i == 0 ? "ea" : "eb", x, y, 2);
    }
    bf_plot_end(&p);
    bf_page_svg(files, h->name, &p, start);
    bf_text *csv = bf_page_csv(files, h->name, "from,to,share_of_real,share_of_generated");
    for (size_t i = 0; i < BINS; i++) {
        bf_text_print(csv, "%.9g,%.9g,", edges[i], edges[i + 1]);
        if (h->n_real > 0)
            bf_text_print(csv, "%.9g", real[i]);
        bf_text_print(csv, ",");
        if (h->n_gen > 0)
            bf_text_print(csv, "%.9g", gen[i]);
        bf_text_print(csv, "\n");
    }
}
