/* Figures as inline SVG: axes, lines, points, bars. Coordinates are written with one decimal, so that the
 * same data give the same bytes. */
#ifndef BONAFIDE_TOOLS_HTML_SVG_PLOT_H
#define BONAFIDE_TOOLS_HTML_SVG_PLOT_H

#include "tools/html/html.h"

enum { BF_PLOT_WIDTH = 380, BF_PLOT_HEIGHT = 250, BF_PLOT_SMALL_WIDTH = 200, BF_PLOT_SMALL_HEIGHT = 130 };

typedef struct bf_plot {
    bf_text *t;
    double x_low, x_high, y_low, y_high; /* of the data */
    double n_ticks;                      /* about so many */
    double left, right, top, bottom;     /* of the field, in the units of the drawing */
    int width, height;                   /* of the drawing */
} bf_plot;

/* What a figure shows. Texts are literals or the caller's, and are escaped. */
typedef struct bf_plot_frame {
    const char *alt; /* what a reader who cannot see it should know */
    const char *x_label, *y_label;
    double x_low, x_high, y_low, y_high;
    const char *const *x_names; /* instead of numbers: at x = 0, 1, ... n_names - 1; NULL for numbers */
    size_t n_names;
    const char *const *y_names; /* likewise of y, from the bottom up; the drawing is as high as they need */
    size_t n_y_names;
    bool small; /* half the size, fewer numbers */
    bool bare;  /* no numbers at all: the axes have no unit */
} bf_plot_frame;

/* Starts <svg> with axes, ticks and labels. An empty range is widened. */
void bf_plot_begin(bf_plot *p, bf_text *t, const bf_plot_frame *frame);
void bf_plot_end(bf_plot *p);

/* The class names are those of html.c: "la" solid, "lb" dashed, "lc" dotted. NaN breaks a line. */
void bf_plot_line(bf_plot *p, const char *style, const double *x, const double *y, size_t n);
/* Dots ("pa" ..) of a diameter, or crosses ("xa", "xb"), in one path. */
void bf_plot_dots(bf_plot *p, const char *style, double diameter, const double *x, const double *y, size_t n);
void bf_plot_crosses(bf_plot *p, const char *style, double size, const double *x, const double *y, size_t n);
/* A band between y = low and y = high over the whole width. */
void bf_plot_band(bf_plot *p, double low, double high);
/* A filled box. */
void bf_plot_box(bf_plot *p, const char *style, double x0, double x1, double y0, double y1);
/* The outline of a histogram: n heights over n + 1 edges. */
void bf_plot_steps(bf_plot *p, const char *style, const double *edges, const double *heights, size_t n);

/* A list of what the marks mean. sign is a style above; text is a literal of HTML. */
typedef struct bf_plot_key {
    const char *style, *text;
} bf_plot_key;
void bf_plot_keys(bf_text *t, const bf_plot_key *keys, size_t n);

/* A step of 1, 2 or 5 times a power of ten that divides a range into about `n` parts. */
double bf_plot_step(double range, double n);

#endif
