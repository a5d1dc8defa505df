/* Rounding to the error, as papers print it. */
#include "tools/figures/value_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Powers of ten between which numbers are written out and not as 1.2e-07. */
enum { LOWEST_POWER = -7, HIGHEST_POWER = 9 };

enum { USUAL_DIGITS = 6, DIGITS_OF_ERROR = 2 };

/* The power of ten of x, as it is after rounding to two digits: 0.0996 counts as 0.10. */
static int power_of(double x)
{
    char text[32];
    if (x == 0.0 || !isfinite(x))
        return LOWEST_POWER;
    snprintf(text, sizeof text, "%.1e", x);
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* x rounded at 10^power. */
static void write_rounded(char text[32], double x, int power, bool written_out)
{
    int digits = power_of(x) - power;
    if (!written_out && x == 0.0) {
        snprintf(text, 32, "0"); /* beside an error of any size */
        return;
    }
    if (!written_out) {
        snprintf(text, 32, "%.*e", digits > 0 ? (digits < 16 ? digits : 16) : 0, x);
        return;
    }
    if (power > 0) { /* to tens, hundreds ... */
        char rounded[32];
        snprintf(rounded, sizeof rounded, "%.*e", digits > 0 ? (digits < 16 ? digits : 16) : 0, x);
        x = digits < 0 ? 0.0 : strtod(rounded, NULL);
    }
    snprintf(text, 32, "%.*f", power < 0 ? -power : 0, x);
    if (text[0] == '-' && strspn(text, "-0.") == strlen(text))
        memmove(text, text + 1, strlen(text)); /* -0.00 */
}

static bool can_be_written_out(double value, double error)
{
    return power_of(error) > LOWEST_POWER && power_of(error) < HIGHEST_POWER && power_of(value) < HIGHEST_POWER;
}

/* Where x is cut to two digits of the error. */
static int last_power(double error)
{
    return power_of(error) - (DIGITS_OF_ERROR - 1);
}

/* Whether value +- 1.96 errors would pass an end of the range, which its interval does not. */
static bool leaves_range(double value, const bf_error_bar *bar)
{
    double reach = 1.96 * bar->error;
    return bar->has_interval && (value - reach < 0.0 || (bar->top > 0.0 && value + reach > bar->top));
}

/* An error of 0, or one that is no number, says nothing of the digits. */
static bool has_error(const bf_error_bar *bar)
{
    return bar->known && bar->error > 0.0 && isfinite(bar->error);
}

static bf_error_kind kind_of(const bf_figure *figure)
{
    if (!isfinite(figure->value))
        return BF_ERROR_NONE;
    if (figure->has_spread)
        return BF_ERROR_SPREAD;
    if (has_error(&figure->bar))
        return leaves_range(figure->value, &figure->bar) ? BF_ERROR_INTERVAL : BF_ERROR_STANDARD;
    return figure->bar.at_most ? BF_ERROR_AT_MOST : figure->bar.at_least ? BF_ERROR_AT_LEAST : BF_ERROR_NONE;
}

/* Where no error says how many hold. */
static void write_usual(char text[32], double value)
{
    text[0] = 0;
    if (isfinite(value))
        snprintf(text, 32, "%.*g", USUAL_DIGITS, value);
}

/* So many digits, of 17 no more than read back as the same number. */
void bf_digits_text(char text[32], double value, int digits)
{
    text[0] = 0;
    if (!isfinite(value))
        return;
    int whole = power_of(value) < HIGHEST_POWER ? power_of(value) + 1 : 1; /* 10 and not 1e+01 */
    int n = digits == BF_DIGITS_ALL ? 1 : digits;
    n = n < whole ? whole : n;
    do
        snprintf(text, 32, "%.*g", n, value);
    while (digits == BF_DIGITS_ALL && strtod(text, NULL) != value && n++ < BF_DIGITS_ALL);
}

static void write_same_digits(bf_figure_text *text, const bf_figure *figure, int digits)
{
    const bf_error_bar *bar = &figure->bar;
    bf_digits_text(text->value, figure->value, digits);
    if (text->kind == BF_ERROR_SPREAD)
        bf_digits_text(text->error, figure->spread, digits);
    if (text->kind == BF_ERROR_STANDARD || text->kind == BF_ERROR_INTERVAL)
        bf_digits_text(text->error, bar->error, digits);
    if (text->kind == BF_ERROR_INTERVAL) {
        bf_digits_text(text->low, bar->low, digits);
        bf_digits_text(text->high, bar->high, digits);
    }
    if (text->kind == BF_ERROR_AT_LEAST || text->kind == BF_ERROR_AT_MOST)
        bf_digits_text(text->kind == BF_ERROR_AT_MOST ? text->high : text->low, bar->limit, digits);
}

static void write_with_error(bf_figure_text *text, double value, double error)
{
    bool written_out = can_be_written_out(value, error);
    write_rounded(text->value, value, last_power(error), written_out);
    write_rounded(text->error, error, last_power(error), written_out);
}

static void write_interval(bf_figure_text *text, double value, const bf_error_bar *bar)
{
    bool written_out = can_be_written_out(value, bar->error);
    int last = last_power(bar->error), fine = last_power(bar->high - value); /* 0.9994 and not 1.00 */
    write_with_error(text, value, bar->error);
    write_rounded(text->low, bar->low, last, written_out);
    write_rounded(text->high, bar->high, fine < last ? fine : last, written_out);
}

void bf_figure_write(bf_figure_text *text, const bf_figure *figure, int digits)
{
    const bf_error_bar *bar = &figure->bar;
    *text = (bf_figure_text){.kind = kind_of(figure)};
    if (digits != BF_DIGITS_USUAL) {
        write_same_digits(text, figure, digits);
        return;
    }
    write_usual(text->value, figure->value);
    if (text->kind == BF_ERROR_SPREAD && figure->spread > BF_ROUNDING * fabs(figure->value))
        write_with_error(text, figure->value, figure->spread);
    else if (text->kind == BF_ERROR_SPREAD)
        snprintf(text->error, sizeof text->error, "0");
    else if (text->kind == BF_ERROR_STANDARD)
        write_with_error(text, figure->value, bar->error);
    else if (text->kind == BF_ERROR_INTERVAL)
        write_interval(text, figure->value, bar);
    else if (text->kind == BF_ERROR_AT_MOST || text->kind == BF_ERROR_AT_LEAST) {
        double distance = fabs(bar->limit - figure->value);
        write_rounded(text->kind == BF_ERROR_AT_MOST ? text->high : text->low, bar->limit, last_power(distance),
                      can_be_written_out(bar->limit, distance));
    }
}

void bf_figure_text_of(char text[BF_FIGURE_TEXT], const bf_figure *figure, int digits)
{
    bf_figure_text t;
    bf_figure_write(&t, figure, digits);
    switch (t.kind) {
    case BF_ERROR_NONE:
        snprintf(text, BF_FIGURE_TEXT, "%s", t.value[0] != 0 ? t.value : "not known");
        break;
    case BF_ERROR_STANDARD:
        snprintf(text, BF_FIGURE_TEXT, "%s +- %s", t.value, t.error);
        break;
    case BF_ERROR_INTERVAL:
        snprintf(text, BF_FIGURE_TEXT, "%s (%s to %s, 95 %%)", t.value, t.low, t.high);
        break;
    case BF_ERROR_AT_MOST:
        snprintf(text, BF_FIGURE_TEXT, "%s, at most %s (95 %%)", t.value, t.high);
        break;
    case BF_ERROR_AT_LEAST:
        snprintf(text, BF_FIGURE_TEXT, "%s, at least %s (95 %%)", t.value, t.low);
        break;
    case BF_ERROR_SPREAD:
        snprintf(text, BF_FIGURE_TEXT, "%s (spread %s)", t.value, t.error);
        break;
    }
}

void bf_value_text(char text[128], double value, bf_error_bar bar)
{
    char room[BF_FIGURE_TEXT];
    bf_figure figure = {.value = value, .bar = bar};
    bf_figure_text_of(room, &figure, BF_DIGITS_USUAL);
    snprintf(text, 128, "%.127s", room);
}

void bf_rounded_text(char text[32], double value, bf_error_bar bar)
{
    if (has_error(&bar))
        write_rounded(text, value, last_power(bar.error), can_be_written_out(value, bar.error));
    else
        write_usual(text, value);
}
