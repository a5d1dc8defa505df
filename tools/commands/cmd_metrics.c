/* fid, is, kid, pr: one metric each. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/status.h"
#include "tools/commands/pair.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/metrics.h"
#include "tools/run/logits.h"
#include "tools/run/network.h"

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
    bf_taps bit = BF_TAP_BIT(run->network.tap);
    bool keep = bf_side_keeps_rows(side, run->network.tap, side->d);
    return bf_side_fill(run, side, keep ? bit : 0, keep ? 0 : bit, err);
}

static feat_status plan_fid(bf_run *run, bf_side *a, bf_side *b, feat_error *err)
{
    bf_memory_plan plan = {.closes_model = true};
    bf_side *sides[2] = {a, b};
    bf_taps bit = BF_TAP_BIT(run->network.tap);
    size_t most = 0;
    for (size_t i = 0; i < 2; i++) {
        bool keep = bf_side_keeps_rows(sides[i], run->network.tap, sides[i]->d);
        bf_memory_fill(&plan, run, sides[i], keep ? bit : 0, keep ? 0 : bit);
        most = sides[i]->kind != BF_SET_STATS && sides[i]->n > most ? sides[i]->n : most;
    }
    bf_memory_step(&plan, "FID", bf_memory_of_distance((double)most, (double)a->d));
    return bf_memory_settle(&plan, run, err);
}

/* Who did not choose may hold the number against one of another tool. */
static void note_preset(bf_run *run, const bf_side *a, const bf_side *b)
{
    if (bf_args_given(run->args, BF_OPT_PRESET) || (a->kind != BF_SET_IMAGES && b->kind != BF_SET_IMAGES))
        return;
    char text[BF_PRESETS_TEXT + 96], presets[BF_PRESETS_TEXT];
    snprintf(text, sizeof text, "%s, as none was given; other tools give other numbers: --preset %s",
             run->network.preset->name, bf_presets_of(presets, run->network.net));
    bf_report_line(&run->report, "preset", text, "", "");
}

feat_status bf_cmd_fid(bf_run *run, feat_error *err)
{
    bf_side a = {0}, b = {0};
    bf_measuring m = {.run = run, .real = &a, .gen = &b};
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
        status = bf_metric_measure(&m, BF_METRIC_FID, err);
    if (status == FEAT_OK)
        note_preset(run, &a, &b);
    bf_side_close(&a);
    bf_side_close(&b);
    return status;
}

/* --- is ------------------------------------------------------------------------------------------------ */

static feat_status plan_is(bf_run *run, bf_side *side, feat_error *err)
{
    bf_memory_plan plan = {0};
    bf_measuring m = {.run = run, .gen = side, .n_classes = side->d};
    bf_memory_fill(&plan, run, side, BF_TAP_BIT(side->main), 0);
    bf_memory_step(&plan, "the Inception Score", bf_metric_memory(&m, BF_METRIC_IS));
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
    snprintf(run->report.tap, sizeof run->report.tap, "%s", bf_run_tap_name(run, tap));
    bf_warn_weights(run);
    status = plan_is(run, side, err);
    return status == FEAT_OK ? bf_side_fill(run, side, BF_TAP_BIT(tap), 0, err) : status;
}

static feat_status is_of_features(bf_run *run, bf_side *side, feat_error *err)
{
    feat_status status = bf_side_prepare(run, side, bf_run_tap(run, FEAT_ROLE_LOGITS_UNBIASED), err);
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

static feat_status score(bf_run *run, bf_side *side, feat_error *err)
{
    bf_measuring m = {.run = run, .gen = side, .logits = bf_side_rows(side).rows, .n_classes = side->d};
    feat_status status = bf_metric_measure(&m, BF_METRIC_IS, err);
    if (status == FEAT_OK)
        bf_metric_note(&m, BF_METRIC_IS);
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
        status = score(run, &side, err);
    bf_side_close(&side);
    return status;
}

/* --- kid, pr ------------------------------------------------------------------------------------------- */

/* What can be said of a set before it is run. */
static feat_status check_size(const bf_run *run, bf_metric_id id, const bf_side *side, feat_error *err)
{
    const bf_metric *metric = bf_metric_at(id);
    size_t k = run->network.how.pr_k;
    if (side->kind == BF_SET_STATS)
        return bf_need_rows(side, err);
    if ((metric->needs & BF_NEEDS_RADII) == 0)
        return need_images(side, 2, metric->label, err);
    if (side->n <= k)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: k = %zu needs more than %zu images, found %zu",
                         bf_set_spec(side->set), k, k, side->n);
    return FEAT_OK;
}

static feat_status plan_rows(bf_measuring *m, bf_metric_id id, feat_error *err)
{
    bf_memory_plan plan = {0};
    bf_memory_fill(&plan, m->run, m->real, BF_TAP_BIT(m->run->network.tap), 0);
    bf_memory_fill(&plan, m->run, m->gen, BF_TAP_BIT(m->run->network.tap), 0);
    bf_memory_step(&plan, bf_metric_at(id)->label, bf_metric_memory(m, id));
    return bf_memory_settle(&plan, m->run, err);
}

/* A metric of the rows of both sides. */
static feat_status measure_rows(bf_run *run, bf_metric_id id, feat_error *err)
{
    bf_side a = {0}, b = {0};
    bf_measuring m = {.run = run, .real = &a, .gen = &b};
    bool radii = (bf_metric_at(id)->needs & BF_NEEDS_RADII) != 0;
    feat_status status = bf_pair_open(run, &a, &b, "real", "generated", err);
    if (status == FEAT_OK)
        status = check_size(run, id, &a, err);
    if (status == FEAT_OK)
        status = check_size(run, id, &b, err);
    if (status == FEAT_OK)
        status = bf_pair_prepare(run, &a, &b, err);
    if (status == FEAT_OK)
        status = plan_rows(&m, id, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, &a, BF_TAP_BIT(run->network.tap), 0, err);
    if (status == FEAT_OK)
        status = bf_side_fill(run, &b, BF_TAP_BIT(run->network.tap), 0, err);
    if (status == FEAT_OK)
        status = bf_assume_pair(run, &a, &b, radii ? run->network.how.pr_k : 0, 0, err);
    if (status == FEAT_OK)
        status = bf_metric_measure(&m, id, err);
    if (status == FEAT_OK && radii)
        bf_note_features(run, &a, &b);
    if (status == FEAT_OK)
        bf_metric_note(&m, id);
    bf_side_close(&a);
    bf_side_close(&b);
    return status;
}

feat_status bf_cmd_kid(bf_run *run, feat_error *err)
{
    return measure_rows(run, BF_METRIC_KID, err);
}

feat_status bf_cmd_pr(bf_run *run, feat_error *err)
{
    return measure_rows(run, BF_METRIC_PR, err);
}
