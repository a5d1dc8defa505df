/* A metric's line in the table and its keys in the JSON, what is said of the numbers of images, and what metrics ask
 * of their sides. */
#ifndef BONAFIDE_TOOLS_MEASURE_SHOW_H
#define BONAFIDE_TOOLS_MEASURE_SHOW_H

#include "tools/measure/measuring.h"
#include "tools/run/side.h"

/* A line of the table, and in the JSON the value under `key` with KEY_standard_error (also KEY_low and KEY_high where
 * it has an interval of its own), KEY_at_most, KEY_at_least or KEY_error_unknown (the text `why`, which the line has
 * too). An error that is 0 or lost in rounding is none. */
void bf_show(bf_run *run, const char *label, const char *key, double value, bf_error_bar bar,
             const char *direction, const char *note);

/* The same of a number of a metric, whose label and direction its row has. */
void bf_show_value(bf_run *run, const char *key, double value, bf_error_bar bar, const char *note);

/* The line of a mean over splits or subsets with their spread, which is no error of it; NULL: there is none. Nothing in
 * the JSON. */
void bf_show_spread(bf_run *run, const char *key, double value, const double *spread, const char *note);

/* --- numbers of images ---------------------------------------------------------------------------------- */

/* "N = 5000 vs 50000"; b NULL for one set. */
void bf_note_n(char note[64], const bf_side *a, const bf_side *b);
/* The same, and the slope of the line through the subsets. */
void bf_note_slope(char note[64], const bf_side *a, const bf_side *b, double slope);

/* Of unequal numbers of images. */
void bf_warn_n(bf_run *run, const bf_side *a, const bf_side *b);
/* Of few images for the width d of the features, said of `label`, once for each width and N. */
void bf_warn_width(bf_run *run, const bf_side *a, const bf_side *b, size_t d, const char *label);

/* --- what metrics ask for ------------------------------------------------------------------------------- */

/* Fails when there are no rows of the main layer: UNSUPPORTED. */
feat_status bf_need_rows(const bf_side *side, feat_error *err) FEAT_NODISCARD;
/* The same of two sides. */
feat_status bf_need_both(const bf_side *a, const bf_side *b, feat_error *err) FEAT_NODISCARD;

/* What --seed says. */
uint64_t bf_metric_seed(const bf_run *run);

#endif
