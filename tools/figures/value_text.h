/* A number of a result, what is known of its error, and how both are written: the one place that rounds. */
#ifndef BONAFIDE_TOOLS_FIGURES_VALUE_TEXT_H
#define BONAFIDE_TOOLS_FIGURES_VALUE_TEXT_H

#include <stdbool.h>

/* How far a value can be trusted. One of: `known`; `at_most` or `at_least`; or neither. */
typedef struct bf_error_bar {
    bool known; /* `error` is a standard error of the value that holds */
    double error;
    double rounding;   /* what rounding may leave of the statistic's terms: an error not above it is none */
    bool has_interval; /* with `known`: its 95 % interval, which stays inside the range, 0 to `top` (0: no end) */
    double low, high, top;
    bool at_most, at_least; /* the value is at the end of its range (0, 1, 100): `limit` is its one-sided 95 % limit */
    double limit;
    const char *why; /* neither: why there is no error, a short phrase without a full stop; NULL: it never has one */
} bf_error_bar;

/* An error or spread up to this share of its value is rounding. */
#define BF_ROUNDING 1e-12

/* A value with an error bar, or with a spread over splits or subsets, which is no error of it. */
typedef struct bf_figure {
    double value;
    bf_error_bar bar;
    bool has_spread;
    double spread;
} bf_figure;

/* What stands beside a value. An interval replaces value +- error where that would leave the range. */
typedef enum bf_error_kind {
    BF_ERROR_NONE,
    BF_ERROR_STANDARD,
    BF_ERROR_INTERVAL,
    BF_ERROR_AT_MOST,
    BF_ERROR_AT_LEAST,
    BF_ERROR_SPREAD
} bf_error_kind;

typedef struct bf_figure_text {
    bf_error_kind kind;
    char value[32];         /* "" where it is not a number */
    char error[32];         /* STANDARD, INTERVAL: the standard error; SPREAD: the spread; else "" */
    char low[32], high[32]; /* INTERVAL: both; AT_LEAST: low; AT_MOST: high; else "" */
} bf_figure_text;

/* How many digits: two of the error (of a value without one six), or so many of each number; 17 read back as the
 * same double, and are written as few as do that. */
enum { BF_DIGITS_USUAL = 0, BF_DIGITS_ALL = 17 };

void bf_figure_write(bf_figure_text *text, const bf_figure *figure, int digits);

/* "0.326 +- 0.037": the value rounded to two digits of its error; "0.97 (0.88 to 0.99, 95 %)" where value +- 1.96
 * errors would leave the range; "0, at most 0.0050 (95 %)"; "0.326 (spread 0.037)"; or six digits, as nothing tells how
 * many hold; "not known" for what is no number. `digits` as above. */
enum { BF_FIGURE_TEXT = 192 };
void bf_figure_text_of(char text[BF_FIGURE_TEXT], const bf_figure *figure, int digits);

/* The same of a value and its error, with the usual digits; and the value alone. */
void bf_value_text(char text[128], double value, bf_error_bar bar);
void bf_rounded_text(char text[32], double value, bf_error_bar bar);

/* A number with so many digits, 1 to 17, and no fewer than stand before its point; "" for what is no number. */
void bf_digits_text(char text[32], double value, int digits);

#endif
