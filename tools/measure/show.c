/* A metric's line in the table and its keys in the JSON: the value with what is known of its error, and what is said
 * of the numbers of images. */
#include "tools/measure/show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/measure/assume.h"

enum { IMAGES_PER_FEATURE = 10 }; /* below, the bias of FID is larger than most differences people report */

/* --- the value ---------------------------------------------------------------------------------------- */

/* An error that rounding alone would leave is none. Only the value itself tells how large that is: a floor in
 * absolute terms would clear the errors of small features. */
static bf_error_bar checked(double value, bf_error_bar bar)
{
    if (!bar.known)
        return bar;
    if (!isfinite(bar.error) || !(bar.error > 0.0))
        return (bf_error_bar){.why = "its estimate is 0"};
    if (bar.error <= BF_ROUNDING * fabs(value) || bar.error <= bar.rounding)
        return (bf_error_bar){.why = "it is lost in rounding"};
    return bar;
}

static void show_interval(bf_run *run, const char *key, const bf_error_bar *bar)
{
    char part[96];
    if (!bar->has_interval)
        return;
    snprintf(part, sizeof part, "%.70s_low", key);
    bf_report_number(&run->report, part, bar->low);
    snprintf(part, sizeof part, "%.70s_high", key);
    bf_report_number(&run->report, part, bar->high);
}

void bf_show(bf_run *run, const char *label, const char *key, double value, bf_error_bar bar,
             const char *direction, const char *note)
{
    char part[96], full_note[160];
    /* A distance below 0 is rounding; one that was extrapolated may be. */
    bool rounding = strncmp(key, "frechet_", 8) == 0 && strstr(key, "infinity") == NULL;
    const char *why = bf_assume_no_error(run, key);
    bar = checked(value, bar);
    if (why != NULL && (bar.known || bar.at_most || bar.at_least || bar.why != NULL))
        bar = (bf_error_bar){.why = why};
    bf_report_number(&run->report, key, value);
    bf_figure figure = {.value = value < 0 && rounding ? 0 : value, .bar = bar};
    if (bar.known) {
        snprintf(part, sizeof part, "%.70s_standard_error", key);
        bf_report_number(&run->report, part, bar.error);
        show_interval(run, key, &bar);
    } else if (bar.at_most || bar.at_least) {
        snprintf(part, sizeof part, "%.70s_at_%s", key, bar.at_most ? "most" : "least");
        bf_report_number(&run->report, part, bar.limit);
    } else if (bar.why != NULL) {
        snprintf(part, sizeof part, "%.70s_error_unknown", key);
        bf_report_text(&run->report, part, bar.why);
    }
    if (!bar.known && !bar.at_most && !bar.at_least && bar.why != NULL) {
        snprintf(full_note, sizeof full_note, "%s; no error: %s", note, bar.why);
        note = full_note;
    }
    bf_report_figure(&run->report, label, key, &figure, direction, note);
}

void bf_show_spread(bf_run *run, const char *key, double value, const double *spread, const char *note)
{
    const bf_metric_value *row = bf_metric_value_of_key(key);
    bf_figure figure = {.value = value, .has_spread = spread != NULL, .spread = spread != NULL ? *spread : 0.0};
    bf_report_figure(&run->report, row->label, key, &figure, bf_better_text(row->better), note);
}

void bf_show_value(bf_run *run, const char *key, double value, bf_error_bar bar, const char *note)
{
    const bf_metric_value *row = bf_metric_value_of_key(key);
    bf_show(run, row->label, key, value, bar, bf_better_text(row->better), note);
}

/* --- numbers of images ---------------------------------------------------------------------------------- */

void bf_note_n(char note[64], const bf_side *a, const bf_side *b)
{
    char first[24] = "?", second[24] = "?";
    if (a->n > 0)
        snprintf(first, sizeof first, "%zu", a->n);
    if (b != NULL && b->n > 0)
        snprintf(second, sizeof second, "%zu", b->n);
    snprintf(note, 64, b != NULL ? "N = %s vs %s" : "N = %s", first, second);
}

void bf_note_slope(char note[64], const bf_side *a, const bf_side *b, double slope)
{
    char n[64];
    bf_note_n(n, a, b);
    snprintf(note, 64, "%.40s, slope %.4g", n, slope);
}

void bf_warn_n(bf_run *run, const bf_side *a, const bf_side *b)
{
    size_t least = a->n < b->n ? a->n : b->n;
    if (least == 0)
        return;
    if (a->n != b->n)
        bf_report_warn(&run->report,
                       "N differs (%zu vs %zu): the bias of FID depends on both, so compare it only with values of the "
                       "same two",
                       a->n, b->n);
}

/* The bias of FID falls with N over the width of the features. */
void bf_warn_width(bf_run *run, const bf_side *a, const bf_side *b, size_t d, const char *label)
{
    size_t least = a->n < b->n ? a->n : b->n;
    char start[96];
    if (least == 0 || least / IMAGES_PER_FEATURE >= d)
        return;
    snprintf(start, sizeof start, "N = %zu is small for %zu features: ", least, d);
    for (size_t i = 0; i < run->report.n_warnings; i++)
        if (strncmp(run->report.warnings[i], start, strlen(start)) == 0)
            return;
    bf_report_warn(&run->report, "%s%s is biased upwards, clearly so below N = %zu", start, label,
                   IMAGES_PER_FEATURE * d);
}

/* --- what metrics ask for ------------------------------------------------------------------------------- */

feat_status bf_need_rows(const bf_side *side, feat_error *err)
{
    if (bf_side_rows(side).rows != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                     "%s: holds statistics; expected images or features, one row for each image",
                     bf_set_spec(side->set));
}

feat_status bf_need_both(const bf_side *a, const bf_side *b, feat_error *err)
{
    feat_status status = bf_need_rows(a, err);
    return status == FEAT_OK ? bf_need_rows(b, err) : status;
}

uint64_t bf_metric_seed(const bf_run *run)
{
    return bf_args_number(run->args, BF_OPT_SEED);
}
