/* A metric's line in the table and its keys in the JSON: the value with what is known of its error, and what is said
 * of the numbers of images. */
#include "tools/measure/show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/status.h"
#include "tools/measure/assume.h"

/* Powers of ten between which numbers are written out and not as 1.2e-07. */
enum { LOWEST_POWER = -7, HIGHEST_POWER = 9 };

enum { IMAGES_PER_FEATURE = 10 }; /* below, the bias of FID is larger than most differences people report */

/* --- the value ---------------------------------------------------------------------------------------- */

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

/* Whether value +- 1.96 errors would pass an end of the range, which its interval does not. */
static bool leaves_range(double value, const bf_error_bar *bar)
{
    double reach = 1.96 * bar->error;
    return bar->has_interval && (value - reach < 0.0 || (bar->top > 0.0 && value + reach > bar->top));
}

void bf_rounded_text(char text[32], double value, bf_error_bar bar)
{
    if (bar.known)
        write_rounded(text, value, power_of(bar.error) - 1, can_be_written_out(value, bar.error));
    else
        snprintf(text, 32, "%.6g", value);
}

void bf_value_text(char text[128], double value, bf_error_bar bar)
{
    char a[32], b[32];
    double distance = fabs(bar.limit - value);
    bf_rounded_text(a, value, bar);
    if (bar.known && leaves_range(value, &bar)) {
        char c[32];
        bool written_out = can_be_written_out(value, bar.error);
        int last = power_of(bar.error) - 1;
        write_rounded(b, bar.low, last, written_out);
        int fine = power_of(bar.high - value) - 1; /* 0.9994 and not 1.00 */
        write_rounded(c, bar.high, fine < last ? fine : last, written_out);
        snprintf(text, 128, "%s (%s to %s, 95 %%)", a, b, c);
    } else if (bar.known) {
        write_rounded(b, bar.error, power_of(bar.error) - 1, can_be_written_out(value, bar.error));
        snprintf(text, 128, "%s +- %s", a, b);
    } else if (bar.at_most || bar.at_least) {
        write_rounded(b, bar.limit, power_of(distance) - 1, can_be_written_out(bar.limit, distance));
        snprintf(text, 128, "%.6g, at %s %s (95 %%)", value, bar.at_most ? "most" : "least", b);
    } else {
        bf_rounded_text(text, value, bar);
    }
}

void bf_spread_text(char text[128], double value, double spread)
{
    char a[32], b[32];
    if (!(spread > BF_ROUNDING * fabs(value))) {
        snprintf(text, 128, "%.6g%s", value, spread >= 0.0 ? " (spread 0)" : "");
        return;
    }
    bool written_out = can_be_written_out(value, spread);
    write_rounded(a, value, power_of(spread) - 1, written_out);
    write_rounded(b, spread, power_of(spread) - 1, written_out);
    snprintf(text, 128, "%s (spread %s)", a, b);
}

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
    char text[128], part[96], full_note[160];
    /* A distance below 0 is rounding; one that was extrapolated may be. */
    bool rounding = strncmp(key, "frechet_", 8) == 0 && strstr(key, "infinity") == NULL;
    const char *why = bf_assume_no_error(run, key);
    bar = checked(value, bar);
    if (why != NULL && (bar.known || bar.at_most || bar.at_least || bar.why != NULL))
        bar = (bf_error_bar){.why = why};
    bf_report_number(&run->report, key, value);
    bf_value_text(text, value < 0 && rounding ? 0 : value, bar);
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
    bf_report_line(&run->report, label, text, direction, note);
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
