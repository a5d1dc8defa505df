/* The usual metrics: Inception Score, FID, KID, precision and recall, density and coverage. */
#include "tools/measure/measure.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "weights/convert.h"

enum {
    IMAGES_PER_FEATURE = 10, /* below, the bias of FID is larger than most differences people report */
    LEAST_SPLIT = 10         /* images of a split below which the error of the Inception Score was seen not to hold */
};
/* Share of the largest contributions in the error of the Inception Score above which it does not hold. */
#define HEAVY 0.05

const char bf_better_low[] = "lower is better", bf_better_high[] = "higher is better";

void bf_note_n(char note[64], const bf_side *a, const bf_side *b)
{
    char first[24] = "?", second[24] = "?";
    if (a->n > 0)
        snprintf(first, sizeof first, "%zu", a->n);
    if (b != NULL && b->n > 0)
        snprintf(second, sizeof second, "%zu", b->n);
    snprintf(note, 64, b != NULL ? "N = %s vs %s" : "N = %s", first, second);
}

/* --- warnings -------------------------------------------------------------------------------------- */

/* Numbers of other weights than the published ones are easily taken for comparable. */
void bf_warn_weights(bf_run *run)
{
    bf_report *r = &run->report;
    if (!run->has_weights)
        return;
    if (r->synthetic)
        bf_report_warn(r, "the weights are synthetic: the numbers are for trials only");
    else if (strcmp(r->variant, feat_variant_name(FEAT_VARIANT_FID)) != 0)
        bf_report_warn(r,
                       "these weights are not the published FID weights (%.60s is an Inception-v3 as %s has it): not "
                       "comparable with published FID or Inception Score",
                       r->weights_name, r->variant);
    else if (feat_weights_known(run->network.weights_info.source_sha256) == NULL)
        bf_report_warn(r,
                       "these weights are not known to be the published FID weights (%.60s is none of the files that "
                       "are): compare with published numbers only if they are the same",
                       r->weights_name);
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

feat_status bf_need_rows(const bf_side *side, feat_error *err)
{
    if (side->layer[side->main].rows != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                     "%s: holds statistics; expected images or features, one row for each image",
                     bf_set_spec(side->set));
}

/* --- Inception Score --------------------------------------------------------------------------------- */

gmet_is_options bf_is_options(const bf_run *run)
{
    gmet_is_options o;
    gmet_is_options_default(&o);
    o.split = run->network.how.split;
    o.n_splits = run->network.how.n_splits;
    o.shuffle = run->network.how.shuffle;
    o.ddof = run->network.how.is_ddof;
    o.seed = (uint32_t)bf_args_number(run->args, BF_OPT_SEED);
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
    bf_progress_step(&run->report.progress, "Inception Score");
    feat_status status =
        gmet_is_with_error(&score, &error, logits, side->n, n_classes, n_classes, &options, run->work.pool, err);
    if (status == FEAT_OK)
        status = bf_assume_order(run, run->network.how.name, logits, side->n, n_classes, &options, &score, &shuffled,
                                 err);
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

/* --- FID ---------------------------------------------------------------------------------------------- */

/* How many images a covariance is of; 0 if that is not known, as of the statistics in a reference batch. */
static size_t images_behind(const bf_side *side, const bf_layer *layer)
{
    return layer->stored && side->kind == BF_SET_IMAGES ? 0 : side->n;
}

/* With divisor n instead of n - 1, as a copy. NULL in *scaled when nothing has to be scaled. */
static feat_status scale_sigma(bf_run *run, const bf_side *side, const bf_layer *layer, double **scaled,
                               feat_error *err)
{
    size_t n = images_behind(side, layer);
    *scaled = NULL;
    if (run->network.how.fid_ddof == 1)
        return FEAT_OK;
    if (n == 0) {
        bf_report_warn(&run->report,
                       "%s does not say how many images it is of: its covariance is taken as it is",
                       bf_set_spec(side->set));
        return FEAT_OK;
    }
    size_t square = layer->d * layer->d;
    double factor = (double)(n - 1) / (double)n;
    *scaled = feat_alloc_array(square, sizeof **scaled);
    if (*scaled == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a covariance of width %zu", layer->d);
    for (size_t i = 0; i < square; i++)
        (*scaled)[i] = layer->sigma[i] * factor;
    return FEAT_OK;
}

static void free_sigma(void *ctx)
{
    bf_layer *layer = ctx;
    feat_free(layer->sigma);
    layer->sigma = NULL;
}

static gmet_fid_side moments_side(const bf_side *side, bf_layer *layer, const double *sigma)
{
    gmet_fid_side s = {.mu = layer->mu, .sigma = sigma != NULL ? sigma : layer->sigma, .ctx = layer};
    if (side->frugal)
        s.sigma_done = free_sigma;
    return s;
}

static feat_status plain_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                             feat_error *err)
{
    bf_layer *a = &real->layer[tap], *b = &gen->layer[tap];
    double *sigma_a = NULL, *sigma_b = NULL;
    feat_status status = scale_sigma(run, real, a, &sigma_a, err);
    if (status == FEAT_OK)
        status = scale_sigma(run, gen, b, &sigma_b, err);
    if (status == FEAT_OK) {
        gmet_fid_side x = moments_side(real, a, sigma_a), y = moments_side(gen, b, sigma_b);
        status = gmet_fid_of_sides(out, &x, &y, a->d, run->work.pool, err);
    }
    feat_free(sigma_a);
    feat_free(sigma_b);
    return status;
}

/* The rows that mu and sigma are of. */
static const float *rows_of(const bf_layer *layer)
{
    return layer->stored ? NULL : layer->rows;
}

/* What is known of the distance but for the value. */
static void take_accuracy(bf_fid *fid, const gmet_fid_uncertainty_result *u)
{
    fid->bar = (bf_error_bar){.known = u->has_error != 0, .error = u->standard_error, .why = u->why_no_error};
    fid->corrected_bar =
        (bf_error_bar){.known = u->has_corrected != 0, .error = u->corrected_error, .why = u->why_no_corrected};
    fid->has_corrected = u->has_corrected != 0;
    fid->corrected = u->corrected;
    fid->bias = u->bias_real + u->bias_gen + u->bias_second;
    fid->bias_left = u->bias_left;
    fid->dependent = u->dependent;
    fid->in_order = u->in_order;
}

/* The distance with its error bar and the bias of few rows. */
static feat_status fid_accuracy(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid,
                                double *share, bool *has_share, feat_error *err)
{
    bf_layer *a = &real->layer[tap], *b = &gen->layer[tap];
    gmet_fid_side x = moments_side(real, a, NULL), y = moments_side(gen, b, NULL);
    x.rows = rows_of(a);
    x.n = images_behind(real, a);
    y.rows = rows_of(b);
    y.n = images_behind(gen, b);
    gmet_fid_uncertainty_result u;
    feat_status status =
        gmet_fid_uncertainty(&u, NULL, y.rows != NULL ? share : NULL, &x, &y, a->d, run->work.pool, err);
    if (status != FEAT_OK)
        return status;
    *has_share = share != NULL && y.rows != NULL;
    if (run->network.how.fid_ddof == 1)
        fid->raw = u.raw;
    take_accuracy(fid, &u);
    return FEAT_OK;
}

static feat_status both_moments(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, feat_error *err)
{
    bf_progress_step(&run->report.progress, "covariances");
    feat_status status = bf_side_moments(run, real, tap, err);
    if (status == FEAT_OK)
        status = bf_side_moments(run, gen, tap, err);
    if (status == FEAT_OK && real->layer[tap].d != gen->layer[tap].d)
        status =
            feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s and %s differ in width: %zu and %zu",
                      bf_set_spec(real->set), bf_set_spec(gen->set), real->layer[tap].d, gen->layer[tap].d);
    return status;
}

feat_status bf_find_raw_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                            feat_error *err)
{
    feat_status status = both_moments(run, real, gen, tap, err);
    bf_progress_step(&run->report.progress, "Frechet distance");
    if (status == FEAT_OK)
        status = plain_fid(run, real, gen, tap, out, err);
    bf_progress_clear(&run->report.progress);
    return status;
}

feat_status bf_find_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid, double *share,
                        bool *has_share, feat_error *err)
{
    bool no_share = false;
    *fid = (bf_fid){.has_corrected = false};
    if (has_share == NULL)
        has_share = &no_share;
    feat_status status = both_moments(run, real, gen, tap, err);
    bool has_rows = rows_of(&real->layer[tap]) != NULL || rows_of(&gen->layer[tap]) != NULL;
    bool wanted = status == FEAT_OK && (has_rows || (images_behind(real, &real->layer[tap]) > 1 &&
                                                     images_behind(gen, &gen->layer[tap]) > 1));
    /* The accuracy comes with the distance, unless its covariances have another divisor. */
    bf_progress_step(&run->report.progress, "Frechet distance");
    if (status == FEAT_OK && !(wanted && run->network.how.fid_ddof == 1))
        status = plain_fid(run, real, gen, tap, &fid->raw, err);
    if (wanted && status == FEAT_OK)
        status = fid_accuracy(run, real, gen, tap, fid, share, has_share, err);
    else
        fid->bar.why = fid->corrected_bar.why = "the statistics do not say of how many images they are";
    bf_progress_clear(&run->report.progress);
    return status;
}

/* The numbers of images behind the covariances. */
static void numbers_behind(const bf_side *real, const bf_side *gen, feat_tap tap, bf_side *a, bf_side *b)
{
    *a = (bf_side){.n = images_behind(real, &real->layer[tap])};
    *b = (bf_side){.n = images_behind(gen, &gen->layer[tap])};
}

/* "9.1 of FID 12.3 (74 %) ...": said where the bias is known and more than the error; else by the width. */
static void warn_bias(bf_run *run, const bf_side *a, const bf_side *b, const bf_fid *fid, size_t d)
{
    if (!fid->has_corrected) {
        bf_warn_width(run, a, b, d, "FID");
        return;
    }
    if (fid->bias > 2.0 * fid->bar.error && fid->bias > 0.02 * fid->raw.value) {
        double share = fid->raw.value > fid->bias ? 100.0 * fid->bias / fid->raw.value : 100.0;
        bf_report_warn(&run->report,
                       "%.0f %% of FID %.4g is bias of few images (%.2g): compare it with values of the same N only, "
                       "or compare FID less its bias",
                       share, fid->raw.value, fid->bias);
    }
}

static void show_corrected(bf_run *run, const bf_fid *fid, const char *note)
{
    const char key[] = "corrected_frechet_inception_distance";
    if (fid->has_corrected) {
        bf_show(run, "FID less its bias", key, fid->corrected, fid->corrected_bar, bf_better_low, note);
        bf_report_number(&run->report, "frechet_bias", fid->bias);
        bf_report_number(&run->report, "frechet_bias_left", fid->bias_left);
    } else {
        char why[160];
        snprintf(why, sizeof why, "not known: %.120s", fid->corrected_bar.why);
        bf_report_line(&run->report, "FID less its bias", why, "", "");
        bf_report_text(&run->report, "corrected_frechet_inception_distance_error_unknown", fid->corrected_bar.why);
    }
}

feat_status bf_measure_fid(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, double *share,
                           bool *has_share, feat_error *err)
{
    char note[64];
    bf_side a, b;
    feat_status status = bf_side_moments(run, real, real->main, err);
    if (status == FEAT_OK)
        status = bf_side_moments(run, gen, gen->main, err);
    if (status != FEAT_OK)
        return status;
    numbers_behind(real, gen, real->main, &a, &b);
    bf_warn_n(run, &a, &b);
    status = bf_find_fid(run, real, gen, real->main, fid, share, has_share, err);
    if (status == FEAT_OK)
        status = bf_assume_corrected(run, real, gen, fid, err);
    if (status != FEAT_OK)
        return status;
    warn_bias(run, &a, &b, fid, real->layer[real->main].d);
    bf_note_n(note, &a, &b);
    bf_show(run, "FID", "frechet_inception_distance", fid->raw.value, fid->bar, bf_better_low, note);
    show_corrected(run, fid, note);
    bf_report_number(&run->report, "frechet_mean_term", fid->raw.mean_term);
    bf_report_number(&run->report, "frechet_trace_term", fid->raw.trace_term);
    return FEAT_OK;
}

feat_status bf_measure_fid_at(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, feat_error *err)
{
    static const char *const labels[FEAT_N_TAPS] = {[FEAT_TAP_64] = "FID at tap 64",
                                                    [FEAT_TAP_192] = "FID at tap 192",
                                                    [FEAT_TAP_768] = "FID at tap 768",
                                                    [FEAT_TAP_SPATIAL] = "sFID"};
    static const char *const keys[FEAT_N_TAPS] = {[FEAT_TAP_64] = "frechet_inception_distance_64",
                                                  [FEAT_TAP_192] = "frechet_inception_distance_192",
                                                  [FEAT_TAP_768] = "frechet_inception_distance_768",
                                                  [FEAT_TAP_SPATIAL] = "frechet_inception_distance_spatial"};
    char note[64];
    bf_fid fid;
    bf_side a, b;
    feat_status status = bf_find_fid(run, real, gen, tap, &fid, NULL, NULL, err);
    if (status != FEAT_OK)
        return status;
    numbers_behind(real, gen, tap, &a, &b);
    bf_warn_n(run, &a, &b);
    bf_warn_width(run, &a, &b, real->layer[tap].d, labels[tap]);
    bf_note_n(note, &a, &b);
    bf_show(run, labels[tap], keys[tap], fid.raw.value, fid.bar, bf_better_low, note);
    return FEAT_OK;
}

/* --- KID ---------------------------------------------------------------------------------------------- */

gmet_kid_options bf_kid_options(const bf_run *run)
{
    gmet_kid_options o;
    gmet_kid_options_default(&o);
    o.n_subsets = run->network.how.kid_subsets;
    o.subset_size = run->network.how.kid_size;
    o.shrink = run->network.how.kid_shrink;
    o.seed = (uint32_t)bf_args_number(run->args, BF_OPT_SEED);
    return o;
}

/* Subsets that share most of their images are alike. */
const char *bf_kid_no_spread(const gmet_kid_result *kid, size_t n_real, size_t n_gen)
{
    if (kid->n_subsets < 2)
        return "there is one subset";
    if (kid->subset_size >= n_real && kid->subset_size >= n_gen)
        return "each subset is the whole set";
    if (2 * kid->subset_size > n_real || 2 * kid->subset_size > n_gen)
        return "a subset is more than half of a set";
    return NULL;
}

/* known: of no subsets when they have not come with the KID of all pairs. */
static feat_status kid_of_subsets(bf_run *run, const bf_side *real, const bf_side *gen, const gmet_kid_result *known,
                                  feat_error *err)
{
    gmet_kid_options options = bf_kid_options(run);
    gmet_kid_result kid = *known;
    char value[128], note[192], n[64];
    feat_status status = FEAT_OK;
    if (kid.n_subsets == 0)
        status = gmet_kid(&kid, gen->layer[gen->main].rows, gen->n, real->layer[real->main].rows, real->n, real->d,
                          &options, run->work.pool, err);
    if (status != FEAT_OK)
        return status;
    const char *why = bf_kid_no_spread(&kid, real->n, gen->n);
    bf_note_n(n, real, gen);
    bf_spread_text(value, kid.mean, why == NULL ? kid.std : -1.0);
    snprintf(note, sizeof note, "%s, %zu x %zu%s%s", n, kid.n_subsets, kid.subset_size,
             why != NULL ? ", no spread: " : "", why != NULL ? why : "");
    bf_report_line(&run->report, "KID of subsets", value, bf_better_low, note);
    bf_report_number(&run->report, "kernel_inception_distance_mean", kid.mean);
    if (why != NULL)
        bf_report_text(&run->report, "kernel_inception_distance_std_unknown", why);
    else
        bf_report_number(&run->report, "kernel_inception_distance_std", kid.std);
    return FEAT_OK;
}

static bf_error_bar kid_bar(const gmet_kid_full_result *full)
{
    if (!full->has_error)
        return (bf_error_bar){.why = "4 images of each set needed"};
    if (!(full->standard_error > 0.0))
        return (bf_error_bar){.why = "its estimate is not above 0"};
    return (bf_error_bar){.known = true, .error = full->standard_error};
}

/* KID of all pairs stands without them. */
static feat_status leave_subsets(bf_run *run, const bf_side *real, const bf_side *gen, const feat_error *err)
{
    size_t fewest = real->n < gen->n ? real->n : gen->n;
    char why[BF_WHY_BYTES];
    if (fewest < run->network.how.kid_size && !run->network.how.kid_shrink)
        snprintf(why, sizeof why, "%zu images needed on each side, found %zu; see --kid-size",
                 run->network.how.kid_size, fewest);
    else
        snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, err->message);
    bf_report_warn(&run->report, "KID of subsets left out: %s", why);
    bf_report_text(&run->report, "kernel_inception_distance_mean_unknown", why);
    return FEAT_OK;
}

feat_status bf_measure_kid(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err)
{
    gmet_kid_options options = bf_kid_options(run);
    gmet_kid_full_result full;
    gmet_kid_result subsets;
    char note[64];
    feat_status status = bf_need_rows(real, err);
    if (status == FEAT_OK)
        status = bf_need_rows(gen, err);
    if (status != FEAT_OK)
        return status;
    if (real->n < 2 || gen->n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: at least 2 images needed, found %zu",
                         bf_set_spec(real->n < 2 ? real->set : gen->set), real->n < 2 ? real->n : gen->n);
    bf_progress_step(&run->report.progress, "kernel distance");
    status = gmet_kid_both(&full, &subsets, gen->layer[gen->main].rows, gen->n, real->layer[real->main].rows, real->n,
                           real->d, &options, run->work.pool, err);
    if (status == FEAT_OK) {
        bf_note_n(note, real, gen);
        bf_show(run, "KID", "kernel_inception_distance", full.value, kid_bar(&full), bf_better_low, note);
        status = kid_of_subsets(run, real, gen, &subsets, err);
        if (status == FEAT_ERR_NUMERIC)
            status = leave_subsets(run, real, gen, err);
    }
    bf_progress_clear(&run->report.progress);
    return status;
}
