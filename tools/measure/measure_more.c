/* The metrics that `eval --all` adds. */
#include "tools/measure/measure.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

static const bf_error_bar no_bar = {.known = false};

static uint64_t seed_of(const bf_run *run)
{
    return bf_args_number(run->args, BF_OPT_SEED);
}

static feat_status need_both(const bf_side *a, const bf_side *b, feat_error *err)
{
    feat_status status = bf_need_rows(a, err);
    return status == FEAT_OK ? bf_need_rows(b, err) : status;
}

/* "N = 5000 vs 5000, slope 123 per 1/N" */
static void note_slope(char note[64], const bf_side *a, const bf_side *b, double slope)
{
    char n[64];
    bf_note_n(n, a, b);
    snprintf(note, 64, "%.40s, slope %.4g", n, slope);
}

feat_status bf_measure_fid_infinity(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err)
{
    gmet_infinity_options options;
    gmet_infinity_result r;
    gmet_moments *moments = NULL;
    char note[64];
    feat_status status = need_both(real, gen, err);
    if (status == FEAT_OK)
        status = bf_assume_independent(run, err);
    if (status != FEAT_OK)
        return status;
    gmet_infinity_options_default(&options);
    options.seed = (uint32_t)seed_of(run);
    bf_progress_step(&run->report.progress, "FID-infinity");
    status = gmet_moments_create(&moments, real->d, run->work.pool, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(moments, real->layer[real->main].rows, real->n, real->d, err);
    if (status == FEAT_OK)
        status = gmet_fid_infinity(&r, NULL, moments, gen->layer[gen->main].rows, gen->n, gen->d, &options,
                                   run->work.pool, err);
    gmet_moments_close(&moments);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_warn_n(run, real, gen);
    bf_warn_width(run, real, gen, real->d, "FID-infinity");
    note_slope(note, real, gen, r.slope);
    bf_show(run, "FID-infinity", "frechet_inception_distance_infinity", r.value,
            (bf_error_bar){.why = "the bias of the first set stays in it"}, bf_better_low, note);
    bf_report_number(&run->report, "frechet_inception_distance_infinity_slope", r.slope);
    bf_report_number(&run->report, "frechet_inception_distance_infinity_fit_residual", r.fit_residual);
    if (r.value < -2.0 * r.fit_residual)
        bf_report_warn(&run->report,
                       "FID-infinity is below 0, where no distance is: the line through the subsets overshoots, "
                       "as with few images for the width, or sets that are no independent draws");
    return FEAT_OK;
}

feat_status bf_measure_is_infinity(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                                   feat_error *err)
{
    gmet_infinity_options options;
    gmet_infinity_result r;
    char note[64];
    gmet_infinity_options_default(&options);
    options.seed = (uint32_t)seed_of(run);
    options.probabilities = run->probabilities;
    bf_progress_step(&run->report.progress, "IS-infinity");
    feat_status status = gmet_is_infinity(&r, NULL, logits, side->n, n_classes, &options, run->work.pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    note_slope(note, side, NULL, r.slope);
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
    status = gmet_vendi(&score, side->layer[side->main].rows, side->n, side->d, 1.0, run->work.pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, side, NULL);
    bf_show(run, "Vendi score", "vendi_score", score, no_bar, bf_better_high, note);
    return FEAT_OK;
}

static feat_status mifid_of(bf_run *run, const bf_side *real, const bf_side *gen, double fid,
                            gmet_direction direction, gmet_mifid_result *r, feat_error *err)
{
    gmet_mifid_options options;
    gmet_mifid_options_default(&options);
    options.direction = direction;
    return gmet_mifid(r, fid, real->layer[real->main].rows, real->n, gen->layer[gen->main].rows, gen->n,
                      real->d, &options, run->work.pool, err);
}

feat_status bf_measure_mifid(bf_run *run, const bf_side *real, const bf_side *gen, double fid, feat_error *err)
{
    gmet_mifid_result r, other;
    char note[64];
    feat_status status = need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    bf_progress_step(&run->report.progress, "MiFID");
    status = mifid_of(run, real, gen, fid, run->network.how.mifid, &r, err);
    if (status == FEAT_OK)
        status =
            mifid_of(run, real, gen, fid,
                     run->network.how.mifid == GMET_GEN_TO_REAL ? GMET_REAL_TO_GEN : GMET_GEN_TO_REAL, &other, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    const gmet_mifid_result *to_real = run->network.how.mifid == GMET_GEN_TO_REAL ? &r : &other;
    const gmet_mifid_result *to_gen = to_real == &r ? &other : &r;
    bf_warn_n(run, real, gen);
    bf_warn_width(run, real, gen, real->d, "MiFID");
    bf_note_n(note, real, gen);
    bf_show(run, "MiFID", "memorization_informed_frechet_inception_distance", r.value, no_bar, bf_better_low,
            note);
    bf_report_number(&run->report, "mifid_generated_to_real", to_real->value);
    bf_report_number(&run->report, "mifid_real_to_generated", to_gen->value);
    bf_report_number(&run->report, "mifid_distance", r.distance);
    return FEAT_OK;
}

feat_status bf_measure_mind(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err)
{
    gmet_mind_options options;
    gmet_mind_result r;
    char note[64];
    feat_status status = need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    gmet_mind_options_default(&options);
    options.seed = seed_of(run);
    bf_progress_step(&run->report.progress, "MIND");
    status = gmet_mind(&r, real->layer[real->main].rows, real->n, gen->layer[gen->main].rows, gen->n, real->d,
                       &options, run->work.pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show(run, "MIND", "monge_inception_distance", r.value,
            (bf_error_bar){.why = "what another draw of the images would change is not measured"}, bf_better_low, note);
    bf_report_number(&run->report, "monge_inception_distance_directions_error", r.directions_error);
    return FEAT_OK;
}

feat_status bf_measure_prd(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err)
{
    gmet_prd_options options;
    gmet_prd_result r;
    char note[64];
    feat_status status = need_both(real, gen, err);
    if (status != FEAT_OK)
        return status;
    gmet_prd_options_default(&options);
    options.seed = seed_of(run);
    options.equal_sizes = 0;
    bf_progress_step(&run->report.progress, "PRD curve");
    status = gmet_prd_curve(&r, NULL, NULL, real->layer[real->main].rows, real->n, gen->layer[gen->main].rows,
                            gen->n, real->d, &options, run->work.pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != FEAT_OK)
        return status;
    bf_note_n(note, real, gen);
    bf_show(run, "PRD F8 (recall)", "prd_f_8", r.f_8, no_bar, bf_better_high, note);
    bf_show(run, "PRD F1/8 (precision)", "prd_f_one_eighth", r.f_one_eighth, no_bar, bf_better_high, note);
    return FEAT_OK;
}

feat_status bf_measure_ct(bf_run *run, const bf_side *train, const bf_side *test, const bf_side *gen,
                          feat_error *err)
{
    gmet_ct_options options;
    char note[64];
    feat_status status = need_both(train, gen, err);
    if (status == FEAT_OK)
        status = bf_need_rows(test, err);
    if (status != FEAT_OK)
        return status;
    gmet_ct_result *r = feat_calloc(1, sizeof *r);
    if (r == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for C_T");
    gmet_ct_options_default(&options);
    options.seed = seed_of(run);
    bf_progress_step(&run->report.progress, "C_T");
    status = gmet_ct(r, train->layer[train->main].rows, train->n, test->layer[test->main].rows, test->n,
                     gen->layer[gen->main].rows, gen->n, train->d, &options, run->work.pool, err);
    bf_progress_clear(&run->report.progress);
    if (status == FEAT_OK) {
        snprintf(note, sizeof note, "N = %zu vs %zu, test %zu", train->n, gen->n, test->n);
        /* A Z score of one test: its own standard error is 1 by construction. */
        bf_show(run, "C_T", "c_t", r->value, no_bar, "below 0: copying", note);
    }
    feat_free(r);
    return status;
}
