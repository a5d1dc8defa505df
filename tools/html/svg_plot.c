/* Drawing figures as SVG. */
#include "tools/html/svg_plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TICKS = 12, ROW_HEIGHT = 18, NAMES_WIDTH = 130 };

double bf_plot_step(double range, double n)
{
    double raw = range / n, power = 1.0;
    if (!(raw > 0.0) || !isfinite(raw))
        return 1.0;
    while (power * 10.0 <= raw)
        power *= 10.0;
    while (power > raw)
        power /= 10.0;
    return power * (raw < 1.5 * power ? 1.0 : raw < 3.5 * power ? 2.0 : raw < 7.5 * power ? 5.0 : 10.0);
}

/* Far outside the field nothing is to be seen; numbers stay short. */
static double clamp(double v)
{
    return v < -1000.0 ? -1000.0 : v > 2000.0 ? 2000.0 : v;
}

static double place_x(const bf_plot *p, double x)
{
    return clamp(p->left + (x - p->x_low) / (p->x_high - p->x_low) * (p->right - p->left));
}

static double place_y(const bf_plot *p, double y)
{
    return clamp(p->bottom - (y - p->y_low) / (p->y_high - p->y_low) * (p->bottom - p->top));
}

static void put_text(bf_text *t, double x, double y, const char *anchor, const char *style, const char *text)
{
    bf_text_print(t, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, style);
    bf_html_text(t, text);
    bf_html_raw(t, "</text>");
}

/* -0 and what rounding leaves of 0 are 0. */
static void number(char text[24], double v, double step)
{
    snprintf(text, 24, "%.4g", fabs(v) < 1e-9 * step ? 0.0 : v);
}

static void x_ticks(bf_plot *p, const bf_plot_frame *f)
{
    char text[24];
    if (f->x_names != NULL) {
        for (size_t i = 0; i < f->n_names; i++)
            put_text(p->t, place_x(p, (double)i), p->bottom + 14, "middle", " class=\"dim\"", f->x_names[i]);
        return;
    }
    double step = bf_plot_step(p->x_high - p->x_low, 5.0);
    double first = ceil(p->x_low / step - 1e-9) * step;
    for (int i = 0; i < MAX_TICKS && first + i * step <= p->x_high + 1e-9 * step; i++) {
        double v = first + i * step, x = place_x(p, v);
        number(text, v, step);
        bf_text_print(p->t, "<path class=\"tick\" d=\"M%.1f %.1fV%.1f\"/>", x, p->top, p->bottom);
        put_text(p->t, x, p->bottom + 14, "middle", " class=\"dim\"", text);
    }
}

static void y_ticks(bf_plot *p, const bf_plot_frame *f)
{
    char text[24];
    for (size_t i = 0; i < f->n_y_names; i++)
        put_text(p->t, p->left - 6, place_y(p, (double)i) + 4, "end", "", f->y_names[i]);
    if (f->y_names != NULL)
        return;
    double step = bf_plot_step(p->y_high - p->y_low, p->n_ticks);
    double first = ceil(p->y_low / step - 1e-9) * step;
    for (int i = 0; i < MAX_TICKS && first + i * step <= p->y_high + 1e-9 * step; i++) {
        double v = first + i * step, y = place_y(p, v);
        number(text, v, step);
        bf_text_print(p->t, "<path class=\"tick\" d=\"M%.1f %.1fH%.1f\"/>", p->left, y, p->right);
        put_text(p->t, p->left - 5, y + 4, "end", " class=\"dim\"", text);
    }
}

static void widen(double *low, double *high)
{
    if (!(fabs(*low) < 1e300) || !(fabs(*high) < 1e300))
        *low = *high = 0.0;
    if (*high - *low <= 1e-12 * (fabs(*low) + fabs(*high)) || *high <= *low) {
        double by = *low != 0.0 ? 0.1 * fabs(*low) : 1.0;
        *low -= by;
        *high += by;
    }
}

void bf_plot_begin(bf_plot *p, bf_text *t, const bf_plot_frame *f)
{
    int width = f->small ? BF_PLOT_SMALL_WIDTH : BF_PLOT_WIDTH;
    int height = f->y_names != NULL ? (int)f->n_y_names * ROW_HEIGHT + 52
                 : f->small         ? BF_PLOT_SMALL_HEIGHT
                                    : BF_PLOT_HEIGHT;
    *p = (bf_plot){.t = t,
                   .width = width,
                   .height = height,
                   .x_low = f->x_low,
                   .x_high = f->x_high,
                   .y_low = f->y_low,
                   .y_high = f->y_high,
                   .n_ticks = f->small ? 2.5 : 4.0,
                   .left = f->bare              ? 24.0
                           : f->y_names != NULL ? NAMES_WIDTH
                                                : 52.0,
                   .right = width - 10,
                   .top = f->small || f->y_label == NULL ? 8.0 : 22.0,
                   .bottom = height - (f->bare    ? 24.0
                                       : f->small ? 22.0
                                                  : 36.0)};
    widen(&p->x_low, &p->x_high);
    widen(&p->y_low, &p->y_high);
    bf_text_print(t, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", width, height);
    bf_html_text(t, f->alt);
    bf_html_raw(t, "\">\n");
    if (!f->bare) {
        x_ticks(p, f);
        y_ticks(p, f);
    }
    bf_text_print(t, "<path class=\"ax\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", p->left, p->top, p->bottom, p->right);
    if (f->x_label != NULL)
        put_text(t, (p->left + p->right) / 2, height - 5, "middle", "", f->x_label);
    if (f->y_label != NULL)
        put_text(t, 4, 13, "start", "", f->y_label);
    bf_html_raw(t, "\n");
}

void bf_plot_end(bf_plot *p)
{
    bf_html_raw(p->t, "</svg>\n");
}

void bf_plot_line(bf_plot *p, const char *style, const double *x, const double *y, size_t n)
{
    bool pen = false;
    bf_text_print(p->t, "<path class=\"%s\" d=\"", style);
    for (size_t i = 0; i < n; i++) {
        bool there = isfinite(x[i]) && isfinite(y[i]);
        if (there)
            bf_text_print(p->t, "%s%.1f %.1f", pen ? "L" : "M", place_x(p, x[i]), place_y(p, y[i]));
        pen = there;
    }
    bf_html_raw(p->t, pen || n > 0 ? "\"/>\n" : "M0 0\"/>\n");
}

void bf_plot_dots(bf_plot *p, const char *style, double diameter, const double *x, const double *y, size_t n)
{
    if (n == 0)
        return;
    bf_text_print(p->t, "<path class=\"%s\" stroke-width=\"%.1f\" d=\"", style, diameter);
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && isfinite(y[i]))
            bf_text_print(p->t, "M%.1f %.1fh0", place_x(p, x[i]), place_y(p, y[i]));
    bf_html_raw(p->t, "\"/>\n");
}

void bf_plot_crosses(bf_plot *p, const char *style, double size, const double *x, const double *y, size_t n)
{
    if (n == 0)
        return;
    bf_text_print(p->t, "<path class=\"%s\" d=\"", style);
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && isfinite(y[i]))
            bf_text_print(p->t, "M%.1f %.1fl%.1f %.1fm0-%.1fl-%.1f %.1f", place_x(p, x[i]) - size / 2,
                          place_y(p, y[i]) - size / 2, size, size, size, size, size);
    bf_html_raw(p->t, "\"/>\n");
}

void bf_plot_band(bf_plot *p, double low, double high)
{
    double y0 = place_y(p, high), y1 = place_y(p, low);
    y0 = y0 < p->top ? p->top : y0;
    y1 = y1 > p->bottom ? p->bottom : y1;
    if (y1 > y0)
        bf_text_print(p->t, "<path class=\"band\" d=\"M%.1f %.1fH%.1fV%.1fH%.1fZ\"/>\n", p->left, y0, p->right, y1,
                      p->left);
}

void bf_plot_box(bf_plot *p, const char *style, double x0, double x1, double y0, double y1)
{
    double left = place_x(p, x0), right = place_x(p, x1), top = place_y(p, y1), bottom = place_y(p, y0);
    bf_text_print(p->t, "<path class=\"%s\" d=\"M%.1f %.1fH%.1fV%.1fH%.1fZ\"/>\n", style, left, bottom, right, top,
                  left);
}

void bf_plot_steps(bf_plot *p, const char *style, const double *edges, const double *heights, size_t n)
{
    bf_text_print(p->t, "<path class=\"%s\" d=\"M%.1f %.1f", style, place_x(p, edges[0]), place_y(p, 0.0));
    for (size_t i = 0; i < n; i++)
        bf_text_print(p->t, "V%.1fH%.1f", place_y(p, heights[i]), place_x(p, edges[i + 1]));
    bf_text_print(p->t, "V%.1f\"/>\n", place_y(p, 0.0));
}

void bf_plot_keys(bf_text *t, const bf_plot_key *keys, size_t n)
{
    bf_html_raw(t, "<ul class=\"key\">");
    for (size_t i = 0; i < n; i++) {
        const char *s = keys[i].style;
        bf_html_raw(t, "<li><svg viewBox=\"0 0 26 13\" aria-hidden=\"true\">");
        if (s[0] == 'p')
            bf_text_print(t, "<path class=\"%s\" stroke-width=\"7\" d=\"M13 7h0\"/>", s);
        else if (s[0] == 'x')
            bf_text_print(t, "<path class=\"%s\" d=\"M9 2l8 8m0-8l-8 8\"/>", s);
        else if (s[0] == 'b')
            bf_text_print(t, "<path class=\"%s\" d=\"M4 2h18v9H4z\"/>", s);
        else
            bf_text_print(t, "<path class=\"%s\" d=\"%s\"/>", s, s[0] == 'e' ? "M13 0v13" : "M1 7h24");
        bf_html_raw(t, "</svg> ");
        bf_html_raw(t, keys[i].text);
        bf_html_raw(t, "</li>");
    }
    bf_html_raw(t, "</ul>\n");
}
