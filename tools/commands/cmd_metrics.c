/* fid, is, kid, pr: one metric each. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/measure/metric_memory.h"
#include "tools/run/logits.h"
#include "tools/run/network.h"
#include "tools/run/pair.h"

void bf_note_origin(bf_run *run, const bf_side *a, const bf_side *b)
{
    bf_report *r = &run->report;
    if (run->has_weights)
        return;
    r->tap[0] = 0;
    if (strcmp(a->tap, b->tap) == 0)
        snprintf(r->tap, sizeof r->tap, "%.23s", a->tap);
    if (strcmp(a->variant, b->variant) == 0)
        snprintf(r->variant, sizeof r->variant, "%.23s", a->variant);
    if (strcmp(a->preset, b->preset) == 0)
        snprintf(r->preset, sizeof r->preset, "%.31s", a->preset);
    const char *mark = strstr(a->weights, " sha256:");
    if (strcmp(a->weights, b->weights) == 0 && mark != NULL) {
        int n = mark - a->weights < 95 ? (int)(mark - a->weights) : 95;
        snprintf(r->weights_name, sizeof r->weights_name, "%.*s", n, a->weights);
        snprintf(r->weights_sha256, sizeof r->weights_sha256, "%.64s", mark + strlen(" sha256:"));
    }
}

feat_status bf_pair_open(bf_run *run, bf_side *a, bf_side *b, const char *role_a, const char *role_b,
                         feat_error *err)
{
    feat_status status = bf_run_network(run, err);
    if (status == FEAT_OK)
        status = bf_side_open(run, a, role_a, run->args->operands[0], err);
    if (status == FEAT_OK)
        status = bf_side_open(run, b, role_b, run->args->operands[1], err);
    return status;
}

feat_status bf_pair_prepare(bf_run *run, bf_side *a, bf_side *b, feat_error *err)
{
    feat_status status = bf_side_prepare(run, a, run->network.tap, err);
    if (status == FEAT_OK)
        status = bf_side_prepare(run, b, run->network.tap, err);
    if (status == FEAT_OK)
        status = bf_sides_match(run, a, b, err);
    if (status == FEAT_OK)
        bf_note_origin(run, a, b);
    if (status == FEAT_OK)
        bf_warn_weights(run);
    return status;
}

/* Known before the images are run: better now than an hour later. */
static feat_status need_images(const bf_side *side, size_t least, const char *what, feat_error *err)
{
    if (side->kind == BF_SET_STATS || side->n >= least)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_NUMERIC, "%s: %s needs at least %zu images, found %zu",
                     bf_set_spec(side->set), what, least, side->n);
}

static feat_status fill_for_fid(bf_run *run, bf_side *side, feat_error *err)
{
    unsigned bit = BF_TAP_BIT(run->network.tap);
    bool keep = bf_side_keeps_rows(side, run->network.tap, side->d);
    return bf_side_fill(run, side, keep ? bit : 0, keep ? 0 : bit, err);
}

static feat_status plan_fid(bf_run *run, bf_side *a, bf_side *b, feat_error *err)
{
    bf_memory_plan plan = {.closes_model = true};
    bf_side *sides[2] = {a, b};
    unsigned bit = BF_TAP_BIT(run->network.tap);
    size_t most = 0;
    for (size_t i = 0; i < 2; i++) {
        bool keep = bf_side_keeps_rows(sides[i], run->network.tap, sides[i]->d);
        bf_memory_fill(&plan, run, sides[i], keep ? bit : 0, keep ? 0 : bit);
        most = sides[i]->kind != BF_SET_STATS && sides[i]->n > most ? sides[i]->n : most;
    }
    bf_memory_step(&plan, "FID", bf_memory_of_fid((double)most, (double)a->d));
    return bf_memory_settle(&plan, run, err);
}

/* Who did not choose may hold the number against one of another tool. */
static void note_preset(bf_run *run, const bf_side *a, const bf_side *b)
{
    if (bf_args_given(run->args, BF_OPT_PRESET) || (a->kind != BF_SET_IMAGES && b->kind != BF_SET_IMAGES))
        return;
    bf_report_line(&run->report, "preset",
                   "tf1, as none was given; other tools give other numbers: --preset pytorch-fid, clean, ...", "", "");
}

feat_status bf_cmd_fid(bf_run *run, feat_error *err)
{
    bf_side a = {0}, b = {0};
    bf_fid fid;
    feat_status status = bf_pair_open(run, &a, &b, "A", "B", err);
    if (status == FEAT_OK)
        status = need_images(&a, 2, "a covariance", err);
    if (status == FEAT_OK)
        status = need_images(&b, 2, "a covariance", err);
    if (status == FEAT_OK)
        status = bf_pair_prepare(run, &a, &b, err);
    if (status == FEAT_OK)
        status = plan_fid(run, &a, &b, err);
    if (status == FEAT_OK)
        status = fill_for_fid(run, &a, err);
    if (status == FEAT_OK)
        status = fill_for_fid(run, &b, err);
    if (status == FEAT_OK)
        status = bf_assume_pair(run, &a, &b, 0, 0, err);
    /* One number is asked for: the network and the covariances make room for each other. */
    bf_run_close_model(run);
    a.frugal = b.frugal = run->network.how.fid_ddof == 1;
    if (status == FEAT_OK)
        status = bf_measure_fid(run, &a, &b, &fid, NULL, NULL, err);
    if (status == FEAT_OK)
        note_preset(run, &a, &b);
    bf_side_close(&a);
    bf_side_close(&b);
    return status;
}

/* --- is ------------------------------------------------------------------------------------------------ */

void bf_note_is_settings(bf_run *run)
{
    const bf_convention *how = &run->network.how;
    bf_report_text(&run->report, "inception_score_input", run->probabilities ? "probabilities" : "logits");
    if (how->split == GMET_SPLIT_BLOCK)
        bf_report_setting(&run->report, "split_size", bf_is_options(run).block_size);
    else
        bf_report_setting(&run->report, "splits", how->n_splits);
    bf_report_setting_boolean(&run->report, "shuffle", how->shuffle);
    if (how->shuffle)
        bf_report_setting(&run->report, "seed", bf_args_number(run->args, BF_OPT_SEED));
}

static feat_status plan_is(bf_run *run, const bf_side *side, feat_error *err)
{
    bf_memory_plan plan = {0};
    bf_memory_fill(&plan, run, side, BF_TAP_BIT(side->main), 0);
    bf_memory_step(&plan, "the Inception Score", bf_memory_of_is(run, (double)side->n, (double)side->d));
    return bf_memory_settle(&plan, run, err);
}

static feat_status is_of_images(bf_run *run, bf_side *side, feat_error *err)
{
    feat_tap tap;
    feat_status status = bf_run_model(run, err);
    if (status == FEAT_OK)
        status = bf_run_logits_tap(run, &tap, err);
    if (status == FEAT_OK)
        status = bf_side_prepare(run, side, tap, err);
    if (status != FEAT_OK)
        return status;
    snprintf(run->report.tap, sizeof run->report.tap, "%s", feat_tap_name(tap));
    bf_warn_weights(run);
    status = plan_is(run, side, err);
    return status == FEAT_OK ? bf_side_fill(run, side, BF_TAP_BIT(tap), 0, err) : status;
}

static feat_status is_of_features(bf_run *run, bf_side *side, feat_error *err)
{
    feat_status status = bf_side_prepare(run, side, FEAT_TAP_LOGITS_UNBIASED, err);
    if (status == FEAT_OK && side->kind == BF_SET_FEATURES && side->tap[0] != 0)
        status = bf_logits_allowed(run, side, err); /* before the rows are read */
    if (status == FEAT_OK)
        status = plan_is(run, side, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, side, BF_TAP_BIT(side->main), 0, err);
    if (status == FEAT_OK)
        status = bf_need_rows(side, err);
    if (status == FEAT_OK)
        status = bf_logits_take(run, side, err);
    bf_note_origin(run, side, side);
    return status;
}

feat_status bf_cmd_is(bf_run *run, feat_error *err)
{
    bf_side side = {0};
    feat_status status = bf_run_network(run, err);
    size_t n_splits = run->network.how.n_splits;
    if (status == FEAT_OK)
        status = bf_side_open(run, &side, "set", run->args->operands[0], err);
    if (status == FEAT_OK && side.kind != BF_SET_STATS && run->network.how.split == GMET_SPLIT_EVEN &&
        side.n < n_splits)
        status = feat_fail(err, FEAT_ERR_NUMERIC,
                           "%s: %zu splits need at least as many images, found %zu; see --splits",
                           bf_set_spec(side.set), n_splits, side.n);
    if (status == FEAT_OK)
        status = side.kind == BF_SET_IMAGES ? is_of_images(run, &side, err) : is_of_features(run, &side, err);
    if (status == FEAT_OK)
        status = bf_assume_set(run, &side, err);
    if (status == FEAT_OK)
        status = bf_measure_is(run, &side, side.layer[side.main].rows, side.d, err);
    if (status == FEAT_OK)
        bf_note_is_settings(run);
    bf_side_close(&side);
    return status;
}

void bf_note_features(bf_run *run, const bf_side *a, const bf_side *b)
{
    bool known = run->has_weights || a->weights[0] != 0 || b->weights[0] != 0;
    bf_report_text(&run->report, "features", known ? "inception" : "as given");
    bf_report_line(&run->report, "features",
                   known ? "Inception's, as in guided-diffusion; precision and recall of VGG16's (the paper, StyleGAN, "
                           "torch-fidelity) are other numbers"
                         : "as given: the files do not say of which network; compare with numbers of the same one only",
                   "", "");
}

/* --- kid, pr ------------------------------------------------------------------------------------------- */

/* What can be said of a set before it is run. */
static feat_status check_size(const bf_run *run, const bf_side *side, feat_error *err)
{
    size_t k = run->network.how.pr_k;
    if (side->kind == BF_SET_STATS)
        return bf_need_rows(side, err);
    if (run->args->command->id == BF_CMD_KID)
        return need_images(side, 2, "KID", err);
    if (side->n <= k)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: k = %zu needs more than %zu images, found %zu",
                         bf_set_spec(side->set), k, k, side->n);
    return FEAT_OK;
}

typedef feat_status (*measure)(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err);

static feat_status plan_rows(bf_run *run, const bf_side *a, const bf_side *b, feat_error *err)
{
    bf_memory_plan plan = {0};
    double n1 = (double)a->n, n2 = (double)b->n, d = (double)a->d;
    bf_memory_fill(&plan, run, a, BF_TAP_BIT(run->network.tap), 0);
    bf_memory_fill(&plan, run, b, BF_TAP_BIT(run->network.tap), 0);
    if (run->args->command->id == BF_CMD_KID)
        bf_memory_step(&plan, "KID", bf_memory_of_kid(run, n1, n2, d));
    else
        bf_memory_step(&plan, "precision and recall", bf_memory_of_pr(run, n1, n2, d));
    return bf_memory_settle(&plan, run, err);
}

static feat_status measure_rows(bf_run *run, measure fn, feat_error *err)
{
    bf_side a = {0}, b = {0};
    feat_status status = bf_pair_open(run, &a, &b, "real", "generated", err);
    if (status == FEAT_OK)
        status = check_size(run, &a, err);
    if (status == FEAT_OK)
        status = check_size(run, &b, err);
    if (status == FEAT_OK)
        status = bf_pair_prepare(run, &a, &b, err);
    if (status == FEAT_OK)
        status = plan_rows(run, &a, &b, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, &a, BF_TAP_BIT(run->network.tap), 0, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, &b, BF_TAP_BIT(run->network.tap), 0, err);
    if (status == FEAT_OK)
        status = bf_assume_pair(run, &a, &b, run->args->command->id == BF_CMD_PR ? run->network.how.pr_k : 0, 0, err);
    if (status == FEAT_OK)
        status = fn(run, &a, &b, err);
    if (status == FEAT_OK && run->args->command->id == BF_CMD_PR)
        bf_note_features(run, &a, &b);
    bf_side_close(&a);
    bf_side_close(&b);
    return status;
}

void bf_note_kid_settings(bf_run *run)
{
    bf_report_setting(&run->report, "kid_subsets", run->network.how.kid_subsets);
    bf_report_setting(&run->report, "kid_subset_size", run->network.how.kid_size);
    bf_report_setting(&run->report, "kid_seed", bf_args_number(run->args, BF_OPT_SEED));
}

feat_status bf_cmd_kid(bf_run *run, feat_error *err)
{
    feat_status status = measure_rows(run, bf_measure_kid, err);
    if (status == FEAT_OK)
        bf_note_kid_settings(run);
    return status;
}

void bf_note_pr_settings(bf_run *run)
{
    bf_report_setting(&run->report, "k", run->network.how.pr_k);
    bf_report_setting_boolean(&run->report, "strict", run->network.how.pr_strict);
    if (run->network.how.pr_adm_fp16)
        bf_report_setting_boolean(&run->report, "adm_fp16", true);
}

feat_status bf_cmd_pr(bf_run *run, feat_error *err)
{
    feat_status status = measure_rows(run, bf_measure_pr, err);
    if (status == FEAT_OK)
        bf_note_pr_settings(run);
    return status;
}
