/* The variety of one set: Inception Score, IS-infinity, Vendi score. */
#include "tools/measure/measure_diversity.h"

#include "engine/base/status.h"
#include "tools/measure/assume.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/show.h"

enum { LEAST_SPLIT = 10 }; /* images of a split below which the error of the Inception Score was seen not to hold */
/* Share of the largest contributions in the error of the Inception Score above which it does not hold. */
#define HEAVY 0.05

gmet_is_options bf_is_options(const bf_run *run)
{
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
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

/* Of images that have none it was said when the network was asked for them: the weights have no classifier. */
static bool is_said(const bf_measuring *m)
{
    return m->logits == NULL && m->gen->kind == BF_SET_IMAGES;
}

static feat_status need_logits(const bf_measuring *m, feat_error *err)
{
    if (m->logits != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s holds %s, expected images%s", bf_set_spec(m->gen->set),
                     m->gen->input->kind,
                     m->gen->kind == BF_SET_FEATURES ? " ('bonafide is' takes a file of logits)" : "");
}

feat_status bf_measure_is(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *side = m->gen;
    const float *logits = m->logits;
    const size_t n_classes = m->n_classes;
    gmet_is_options options = bf_is_options(run);
    gmet_is_result score;
    gmet_is_error_result error;
    gmet_is_result shuffled;
    char note[128], n[64];
    const gmet_set set = {.rows = logits, .n = side->n, .d = n_classes};
    if (is_said(m))
        return FEAT_OK;
    feat_status status = need_logits(m, err);
    if (status != FEAT_OK)
        return status;
    bf_progress_step(&run->report.progress, "Inception Score");
    status = gmet_is_with_error(&score, &error, &options, &set, &run->work.context, err);
    if (status == FEAT_OK)
        status = bf_assume_order(run, run->network.how.name, &set, &options, &score, &shuffled, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(n, side, NULL);
    snprintf(note, sizeof note, "%s%s, spread over %zu split%s", n, run->probabilities ? ", of probabilities" : "",
             score.n_splits, score.n_splits == 1 ? "" : "s");
    bf_show_spread(run, "inception_score_mean", score.mean, score.n_splits > 1 ? &score.std : NULL, note);
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

feat_status bf_measure_is_infinity(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *side = m->gen;
    const float *logits = m->logits;
    const size_t n_classes = m->n_classes;
    gmet_infinity_options options;
    gmet_infinity_result r;
    char note[64];
    if (is_said(m))
        return FEAT_OK;
    feat_status status = need_logits(m, err);
    if (status != FEAT_OK)
        return status;
    gmet_infinity_options_init(&options, sizeof options);
    options.seed = (uint32_t)bf_metric_seed(run);
    options.probabilities = run->probabilities;
    const gmet_set set = {.rows = logits, .n = side->n, .d = n_classes};
    bf_progress_step(&run->report.progress, "IS-infinity");
    status = gmet_is_infinity(&r, NULL, &options, &set, &run->work.context, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_slope(note, side, NULL, r.slope);
    bf_show_value(run, "inception_score_infinity", r.value,
                  (bf_error_bar){.why = "the subsets of the line overlap"}, note);
    bf_report_number(&run->report, "inception_score_infinity_slope", r.slope);
    bf_report_number(&run->report, "inception_score_infinity_fit_residual", r.fit_residual);
    return FEAT_OK;
}

feat_status bf_measure_vendi(bf_measuring *m, feat_error *err)
{
    bf_run *run = m->run;
    const bf_side *side = m->gen;
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
    bf_show_value(run, "vendi_score", score, (bf_error_bar){.known = false}, note);
    return FEAT_OK;
}

/* --- settings and memory ------------------------------------------------------------------------------- */

void bf_note_is(const bf_measuring *m)
{
    bf_run *run = m->run;
    const bf_convention *how = &run->network.how;
    bf_report_text(&run->report, "inception_score_input", run->probabilities ? "probabilities" : "logits");
    if (how->split == GMET_SPLIT_BLOCK)
        bf_report_setting(&run->report, "split_size", bf_is_options(run).block_size);
    else
        bf_report_setting(&run->report, "splits", how->n_splits);
    bf_report_setting_boolean(&run->report, "shuffle", how->shuffle);
    if (how->shuffle)
        bf_report_setting(&run->report, "seed", bf_metric_seed(run));
}

/* The jackknife has a copy of the rows. */
double bf_memory_of_is(const bf_measuring *m)
{
    const double n = (double)m->gen->n, n_classes = (double)m->n_classes;
    return n * (n_classes * 4.0 + 24.0) + bf_memory_threads(m->run) * n_classes * 8.0 +
           (n / 256.0 + 64.0) * (n_classes + 1.0) * 8.0;
}

double bf_memory_of_is_infinity(const bf_measuring *m)
{
    return 2.0 * bf_memory_of_is(m);
}

/* The smaller Gram matrix, and what its eigenvalues take; of few rows all, in double. */
double bf_memory_of_vendi(const bf_measuring *m)
{
    const double n = (double)m->gen->n, d = (double)m->gen->d;
    double order = n < d ? n : d;
    return 4.0 * 8.0 * order * order + 8.0 * d * (n < d ? n : 256.0) + 8192.0 * order + 4.0 * 1048576.0;
}
