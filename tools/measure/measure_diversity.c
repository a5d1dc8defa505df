/* The variety of one set: Inception Score, IS-infinity, Vendi score. */
#include "tools/measure/measure_diversity.h"

#include "engine/base/status.h"
#include "tools/measure/assume.h"

enum { LEAST_SPLIT = 10 }; /* images of a split below which the error of the Inception Score was seen not to hold */
/* Share of the largest contributions in the error of the Inception Score above which it does not hold. */
#define HEAVY 0.05

gmet_is_options bf_is_options(const bf_run *run)
{
    gmet_is_options o;
    gmet_is_options_default(&o);
    o.split = run->network.how.split;
    o.n_splits = run->network.how.n_splits;
    o.shuffle = run->network.how.shuffle;
    o.ddof = run->network.how.is_ddof;
    o.seed = (uint32_t)bf_metric_seed(run);
    o.probabilities = run->probabilities;
    return o;
}

const char *bf_is_error_unknown(const gmet_is_error_result *error, double mean)
{
    if (error->least_rows < LEAST_SPLIT)
        return "fewer than 10 images in a split";
    if (!(error->standard_error > BF_ROUNDING * mean))
        return "its estimate is 0";
    return error->heavy > HEAVY ? "a few images decide it" : NULL;
}

feat_status bf_measure_is(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                          feat_error *err)
{
    gmet_is_options options = bf_is_options(run);
    gmet_is_result score;
    gmet_is_error_result error;
    gmet_is_result shuffled;
    char note[128], n[64], value[128];
    const gmet_set set = {.rows = logits, .n = side->n, .d = n_classes};
    bf_progress_step(&run->report.progress, "Inception Score");
    feat_status status = gmet_is_with_error(&score, &error, &options, &set, &run->work.context, err);
    if (status == FEAT_OK)
        status = bf_assume_order(run, run->network.how.name, &set, &options, &score, &shuffled, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(n, side, NULL);
    snprintf(note, sizeof note, "%s%s, spread over %zu split%s", n, run->probabilities ? ", of probabilities" : "",
             score.n_splits, score.n_splits == 1 ? "" : "s");
    bf_spread_text(value, score.mean, score.n_splits > 1 ? score.std : -1.0);
    bf_report_line(&run->report, "Inception Score", value, bf_better_high, note);
    bf_report_number(&run->report, "inception_score_mean", score.mean);
    bf_report_number(&run->report, "inception_score_std", score.std);
    if (shuffled.n_splits > 0) {
        bf_report_number(&run->report, "inception_score_shuffled_mean", shuffled.mean);
        bf_report_number(&run->report, "inception_score_shuffled_std", shuffled.std);
    }
    const char *why = bf_assume_no_error(run, "inception_score_mean");
    if (why == NULL)
        why = bf_is_error_unknown(&error, score.mean);
    if (why != NULL)
        bf_report_text(&run->report, "inception_score_error_unknown", why);
    else
        bf_report_number(&run->report, "inception_score_standard_error", error.standard_error);
    return FEAT_OK;
}

feat_status bf_measure_is_infinity(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                                   feat_error *err)
{
    gmet_infinity_options options;
    gmet_infinity_result r;
    char note[64];
    gmet_infinity_options_default(&options);
    options.seed = (uint32_t)bf_metric_seed(run);
    options.probabilities = run->probabilities;
    const gmet_set set = {.rows = logits, .n = side->n, .d = n_classes};
    bf_progress_step(&run->report.progress, "IS-infinity");
    feat_status status = gmet_is_infinity(&r, NULL, &options, &set, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_slope(note, side, NULL, r.slope);
    bf_show(run, "IS-infinity", "inception_score_infinity", r.value,
            (bf_error_bar){.why = "the subsets of the line overlap"}, bf_better_high, note);
    bf_report_number(&run->report, "inception_score_infinity_slope", r.slope);
    bf_report_number(&run->report, "inception_score_infinity_fit_residual", r.fit_residual);
    return FEAT_OK;
}

feat_status bf_measure_vendi(bf_run *run, const bf_side *side, feat_error *err)
{
    double score = 0.0;
    char note[64];
    feat_status status = bf_need_rows(side, err);
    if (status != FEAT_OK)
        return status;
    bf_progress_step(&run->report.progress, "Vendi score");
    const gmet_set set = bf_side_rows(side);
    status = gmet_vendi(&score, 1.0, &set, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, side, NULL);
    bf_show(run, "Vendi score", "vendi_score", score, (bf_error_bar){.known = false}, bf_better_high, note);
    return FEAT_OK;
}
