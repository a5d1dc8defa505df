/* fid, is, pr, eval. */
#include <string.h>

#include "engine/base/status.h"
#include "tools/cmd_common.h"

/* Below this many images the bias of FID is larger than most differences people report. */
enum { FEW_IMAGES = 2048 };

static const char better_low[] = "lower is better", better_high[] = "higher is better";

static void note_n(char note[64], const bf_side *a, const bf_side *b)
{
    char first[24] = "?", second[24] = "?";
    if (a->n > 0)
        snprintf(first, sizeof first, "%zu", a->n);
    if (b != NULL && b->n > 0)
        snprintf(second, sizeof second, "%zu", b->n);
    snprintf(note, 64, b != NULL ? "N = %s vs %s" : "N = %s", first, second);
}

static void show(bf_run *run, const char *label, double value, const char *direction, const char *note)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    bf_report_line(&run->report, label, text, direction, note);
}

/* Numbers of other weights than the published ones are easily taken for comparable. */
static void warn_weights(bf_run *run)
{
    bf_report *r = &run->report;
    if (run->model == NULL)
        return;
    if (r->synthetic)
        bf_report_warn(r, "the weights are synthetic: the numbers are for trials only");
    else if (strcmp(r->variant, iv3_variant_name(IV3_VARIANT_FID)) != 0)
        bf_report_warn(r,
                       "the weights are of variant %s: not comparable with published FID or Inception Score",
                       r->variant);
}

static void warn_n(bf_run *run, const bf_side *a, const bf_side *b)
{
    size_t least = a->n < b->n ? a->n : b->n;
    if (least == 0)
        return;
    if (a->n != b->n)
        bf_report_warn(&run->report, "N differs (%zu vs %zu): the bias of FID depends on N", a->n, b->n);
    if (least < FEW_IMAGES)
        bf_report_warn(&run->report, "N = %zu is small: FID is biased upwards, clearly so below N = %d",
                       least, FEW_IMAGES);
}

/* --- each metric from sides that are ready ------------------------------------------------------------ */

static iv3_status report_fid(bf_run *run, const bf_side *a, const bf_side *b, iv3_error *err)
{
    gmet_fid_result fid;
    char note[64];
    warn_n(run, a, b);
    bf_progress_step(&run->report.progress, "Frechet distance");
    iv3_status status = gmet_fid(&fid, a->mu, a->sigma, b->mu, b->sigma, a->d, run->pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != IV3_OK)
        return status;
    note_n(note, a, b);
    show(run, "FID", fid.value < 0 ? 0 : fid.value, better_low, note);
    bf_report_number(&run->report, "frechet_inception_distance", fid.value);
    bf_report_number(&run->report, "frechet_mean_term", fid.mean_term);
    bf_report_number(&run->report, "frechet_trace_term", fid.trace_term);
    return IV3_OK;
}

static iv3_status report_is(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                            iv3_error *err)
{
    gmet_is_options options;
    gmet_is_result score;
    char note[64], value[64];
    gmet_is_options_default(&options);
    options.n_splits = (size_t)bf_args_number(run->args, BF_OPT_SPLITS);
    options.seed = (uint32_t)bf_args_number(run->args, BF_OPT_SEED);
    options.shuffle = !bf_args_given(run->args, BF_OPT_NO_SHUFFLE);
    bf_progress_step(&run->report.progress, "Inception Score");
    iv3_status status =
        gmet_inception_score(&score, logits, side->n, n_classes, n_classes, &options, run->pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != IV3_OK)
        return status;
    note_n(note, side, NULL);
    snprintf(value, sizeof value, "%.9g +- %.9g", score.mean, score.std);
    bf_report_line(&run->report, "Inception Score", value, better_high, note);
    bf_report_number(&run->report, "inception_score_mean", score.mean);
    bf_report_number(&run->report, "inception_score_std", score.std);
    return IV3_OK;
}

static void note_is_settings(bf_run *run)
{
    bool shuffle = !bf_args_given(run->args, BF_OPT_NO_SHUFFLE);
    bf_report_setting(&run->report, "splits", bf_args_number(run->args, BF_OPT_SPLITS));
    bf_report_setting_boolean(&run->report, "shuffle", shuffle);
    if (shuffle)
        bf_report_setting(&run->report, "seed", bf_args_number(run->args, BF_OPT_SEED));
}

static iv3_status report_pr(bf_run *run, const bf_side *real, const bf_side *gen, iv3_error *err)
{
    gmet_pr_options options;
    gmet_pr_result pr;
    char note[64];
    gmet_pr_options_default(&options);
    options.k = (size_t)bf_args_number(run->args, BF_OPT_K);
    bf_progress_step(&run->report.progress, "precision and recall");
    iv3_status status =
        gmet_precision_recall(&pr, real->rows, real->n, gen->rows, gen->n, real->d, &options, run->pool, err);
    bf_progress_clear(&run->report.progress);
    if (status != IV3_OK)
        return status;
    note_n(note, real, gen);
    show(run, "Precision", pr.precision, better_high, note);
    show(run, "Recall", pr.recall, better_high, note);
    show(run, "F-score", pr.f_score, better_high, note);
    bf_report_number(&run->report, "precision", pr.precision);
    bf_report_number(&run->report, "recall", pr.recall);
    bf_report_number(&run->report, "f_score", pr.f_score);
    return IV3_OK;
}

/* Without a network of ours the origin is what both files agree on. */
static void note_origin(bf_run *run, const bf_side *a, const bf_side *b)
{
    bf_report *r = &run->report;
    if (run->model != NULL)
        return;
    r->tap[0] = 0;
    if (b == NULL)
        return;
    if (strcmp(a->preset, b->preset) == 0)
        snprintf(r->preset, sizeof r->preset, "%s", a->preset);
    const char *mark = strstr(a->weights, " sha256:");
    if (strcmp(a->weights, b->weights) == 0 && mark != NULL) {
        snprintf(r->weights_name, sizeof r->weights_name, "%.*s", (int)(mark - a->weights), a->weights);
        snprintf(r->weights_sha256, sizeof r->weights_sha256, "%s", mark + strlen(" sha256:"));
    }
}

/* --- commands --------------------------------------------------------------------------------------- */

static iv3_status open_pair(bf_run *run, bf_side *a, bf_side *b, const char *role_a, const char *role_b,
                            iv3_error *err)
{
    iv3_status status = bf_run_network(run, err);
    if (status == IV3_OK)
        status = bf_side_open(run, a, role_a, run->args->operands[0], err);
    if (status == IV3_OK)
        status = bf_side_open(run, b, role_b, run->args->operands[1], err);
    return status;
}

static iv3_status prepare_pair(bf_run *run, bf_side *a, bf_side *b, iv3_error *err)
{
    iv3_status status = bf_side_prepare(run, a, run->tap, err);
    if (status == IV3_OK)
        status = bf_side_prepare(run, b, run->tap, err);
    if (status == IV3_OK)
        status = bf_sides_match(run, a, b, err);
    if (status == IV3_OK)
        note_origin(run, a, b);
    return status;
}

iv3_status bf_cmd_fid(bf_run *run, iv3_error *err)
{
    bf_side a = {0}, b = {0};
    iv3_status status = open_pair(run, &a, &b, "A", "B", err);
    if (status == IV3_OK)
        status = prepare_pair(run, &a, &b, err);
    if (status == IV3_OK)
        warn_weights(run);
    if (status == IV3_OK)
        status = bf_side_moments(run, &a, run->tap, err);
    if (status == IV3_OK)
        status = bf_side_moments(run, &b, run->tap, err);
    if (status == IV3_OK)
        status = report_fid(run, &a, &b, err);
    bf_side_close(&a);
    bf_side_close(&b);
    return status;
}

static iv3_status is_of_images(bf_run *run, bf_side *side, iv3_error *err)
{
    iv3_tap tap;
    iv3_status status = bf_run_model(run, err);
    if (status == IV3_OK)
        status = bf_run_logits_tap(run, &tap, err);
    if (status == IV3_OK)
        status = bf_side_prepare(run, side, tap, err);
    if (status != IV3_OK)
        return status;
    snprintf(run->report.tap, sizeof run->report.tap, "%s", iv3_tap_name(tap));
    warn_weights(run);
    return bf_side_rows(run, side, tap, NULL, err);
}

iv3_status bf_cmd_is(bf_run *run, iv3_error *err)
{
    bf_side side = {0};
    size_t n_splits = (size_t)bf_args_number(run->args, BF_OPT_SPLITS);
    iv3_status status = bf_run_network(run, err);
    if (status == IV3_OK)
        status = bf_side_open(run, &side, "set", run->args->operands[0], err);
    if (status == IV3_OK && side.kind != BF_SET_STATS && side.n < n_splits)
        status = iv3_fail(err, IV3_ERR_NUMERIC,
                          "%s: %zu splits need at least as many images, found %zu; see --splits",
                          bf_set_spec(side.set), n_splits, side.n);
    if (status == IV3_OK && side.kind == BF_SET_IMAGES) {
        status = is_of_images(run, &side, err);
    } else if (status == IV3_OK) {
        status = bf_side_prepare(run, &side, IV3_TAP_LOGITS_UNBIASED, err);
        if (status == IV3_OK)
            status = bf_side_rows(run, &side, IV3_TAP_LOGITS_UNBIASED, NULL, err);
        note_origin(run, &side, NULL);
        if (status == IV3_OK)
            bf_report_warn(&run->report, "%s: its %zu columns are taken as logits", bf_set_spec(side.set),
                           side.d);
    }
    if (status == IV3_OK)
        status = report_is(run, &side, side.rows, side.d, err);
    if (status == IV3_OK)
        note_is_settings(run);
    bf_side_close(&side);
    return status;
}

static iv3_status check_neighbours(bf_run *run, const bf_side *side, iv3_error *err)
{
    size_t k = (size_t)bf_args_number(run->args, BF_OPT_K);
    if (side->kind != BF_SET_STATS && side->n <= k)
        return iv3_fail(err, IV3_ERR_NUMERIC, "%s: k = %zu needs more than %zu images, found %zu",
                        bf_set_spec(side->set), k, k, side->n);
    if (side->kind == BF_SET_STATS)
        return iv3_fail(err, IV3_ERR_UNSUPPORTED,
                        "%s: holds statistics; expected images or features, one row for each image",
                        bf_set_spec(side->set));
    return IV3_OK;
}

iv3_status bf_cmd_pr(bf_run *run, iv3_error *err)
{
    bf_side real = {0}, gen = {0};
    iv3_status status = open_pair(run, &real, &gen, "real", "generated", err);
    if (status == IV3_OK)
        status = check_neighbours(run, &real, err);
    if (status == IV3_OK)
        status = check_neighbours(run, &gen, err);
    if (status == IV3_OK)
        status = prepare_pair(run, &real, &gen, err);
    if (status == IV3_OK)
        warn_weights(run);
    if (status == IV3_OK)
        status = bf_side_rows(run, &real, run->tap, NULL, err);
    if (status == IV3_OK)
        status = bf_side_rows(run, &gen, run->tap, NULL, err);
    if (status == IV3_OK)
        status = report_pr(run, &real, &gen, err);
    if (status == IV3_OK)
        bf_report_setting(&run->report, "k", bf_args_number(run->args, BF_OPT_K));
    bf_side_close(&real);
    bf_side_close(&gen);
    return status;
}

/* --- eval: whatever the two sides allow -------------------------------------------------------------- */

/* A metric that cannot be had is a warning as long as another one can. */
static iv3_status leave_out(bf_run *run, const char *metric, iv3_status status, const iv3_error *err)
{
    if (status == IV3_ERR_NUMERIC || status == IV3_ERR_UNSUPPORTED) {
        bf_report_warn(&run->report, "%s left out: %s", metric, err->message);
        return IV3_OK;
    }
    return status;
}

static iv3_status eval_is(bf_run *run, const bf_side *gen, iv3_error *err)
{
    if (gen->logits == NULL) {
        bf_report_warn(&run->report, "Inception Score left out: %s holds %s, expected images",
                       bf_set_spec(gen->set), gen->input->kind);
        return IV3_OK;
    }
    return leave_out(run, "Inception Score", report_is(run, gen, gen->logits, gen->n_classes, err), err);
}

static iv3_status eval_fid(bf_run *run, bf_side *real, bf_side *gen, iv3_error *err)
{
    bf_progress_step(&run->report.progress, "covariances");
    iv3_status status = bf_side_moments(run, real, run->tap, err);
    if (status == IV3_OK)
        status = bf_side_moments(run, gen, run->tap, err);
    if (status == IV3_OK)
        status = report_fid(run, real, gen, err);
    return leave_out(run, "FID", status, err);
}

static iv3_status eval_pr(bf_run *run, const bf_side *real, const bf_side *gen, iv3_error *err)
{
    iv3_status status = check_neighbours(run, real, err);
    if (status == IV3_OK)
        status = check_neighbours(run, gen, err);
    if (status == IV3_OK)
        status = report_pr(run, real, gen, err);
    return leave_out(run, "precision and recall", status, err);
}

static iv3_status eval_rows(bf_run *run, bf_side *real, bf_side *gen, iv3_error *err)
{
    iv3_tap logits = IV3_TAP_LOGITS_UNBIASED;
    bool with_logits = gen->kind == BF_SET_IMAGES;
    iv3_status status = IV3_OK;
    if (with_logits) {
        status = bf_run_logits_tap(run, &logits, err);
        with_logits = status == IV3_OK;
        status = leave_out(run, "Inception Score", status, err);
    }
    if (status == IV3_OK && real->kind != BF_SET_STATS)
        status = bf_side_rows(run, real, run->tap, NULL, err);
    if (status == IV3_OK && gen->kind != BF_SET_STATS)
        status = bf_side_rows(run, gen, run->tap, with_logits ? &logits : NULL, err);
    return status;
}

iv3_status bf_cmd_eval(bf_run *run, iv3_error *err)
{
    bf_side real = {0}, gen = {0};
    iv3_status status = open_pair(run, &real, &gen, "real", "generated", err);
    if (status == IV3_OK)
        status = prepare_pair(run, &real, &gen, err);
    if (status == IV3_OK)
        warn_weights(run);
    if (status == IV3_OK)
        status = eval_rows(run, &real, &gen, err);
    if (status == IV3_OK)
        status = eval_is(run, &gen, err);
    if (status == IV3_OK)
        status = eval_fid(run, &real, &gen, err);
    if (status == IV3_OK)
        status = eval_pr(run, &real, &gen, err);
    if (status == IV3_OK && run->report.n_lines == 0)
        status = iv3_fail(err, IV3_ERR_NUMERIC, "no metric could be computed of %s and %s",
                          bf_set_spec(real.set), bf_set_spec(gen.set));
    if (status == IV3_OK) {
        note_is_settings(run);
        bf_report_setting(&run->report, "k", bf_args_number(run->args, BF_OPT_K));
    }
    bf_side_close(&real);
    bf_side_close(&gen);
    return status;
}
