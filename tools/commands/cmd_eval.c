/* eval: whatever the two sides allow of what was asked for, in one pass over the images of each. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/memo.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/commands/pair.h"
#include "tools/html/html.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/measure/metric_memory.h"
#include "tools/measure/metrics.h"
#include "tools/options/conventions.h"
#include "tools/options/option_table.h"
#include "tools/options/parse_args.h"
#include "tools/options/weights_find.h"
#include "tools/pages/page_report.h"
#include "tools/bring/bring_weights.h"
#include "tools/run/logits.h"
#include "tools/run/network.h"
#include "tools/run/side.h"

typedef struct eval {
    bf_run *run;
    bf_side real, gen, test;
    bf_measuring m; /* of these sides */
    bool wanted[BF_N_METRICS];
    bool has_test;
    const bf_published *published; /* of --preset-of; NULL without */
    const float *real_logits; /* NULL without */
    bf_judge_file judge;      /* of --judge */
    double *said;        /* [gen.n] by it */
    gmet_memo *memo;     /* NULL without */
} eval;

static feat_status parse_list(const char *text, bool wanted[BF_N_METRICS], feat_error *err)
{
    const char *names[BF_N_METRICS];
    for (int m = 0; m < BF_N_METRICS; m++)
        names[m] = bf_metric_at((bf_metric_id)m)->name;
    while (*text != 0) {
        char word[32];
        size_t n = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), text);
        bf_metric_id id = bf_metric_find(word);
        const char *near = id < BF_N_METRICS ? NULL : bf_nearest(word, names, BF_N_METRICS);
        if (near != NULL)
            return feat_fail(err, FEAT_ERR_ARG, "--metrics: unknown metric '%s'; did you mean '%s'?", word, near);
        if (id == BF_N_METRICS)
            return feat_fail(err, FEAT_ERR_ARG, "--metrics: unknown metric '%s'; see 'bonafide help eval'", word);
        wanted[id] = true;
        text += n + (text[n] == ',');
    }
    return FEAT_OK;
}

/* --preset-of is a choice of all three. */
static feat_status choose_published(eval *e, feat_error *err)
{
    static const bf_option_id others[] = {BF_OPT_METRICS, BF_OPT_ALL,     BF_OPT_AS,
                                          BF_OPT_PRESET,  BF_OPT_NETWORK, BF_OPT_VARIANT};
    const bf_args *args = e->run->args;
    e->published = bf_published_find(bf_args_text(args, BF_OPT_PRESET_OF));
    if (e->published == NULL)
        return FEAT_OK;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (bf_args_given(args, others[i]))
            return feat_fail(err, FEAT_ERR_ARG,
                             "--preset-of %s has its own metrics, networks and presets: it goes without --%s",
                             e->published->name, bf_option_at(others[i])->name);
    memset(e->wanted, 0, sizeof e->wanted);
    return parse_list(e->published->metrics, e->wanted, err);
}

static feat_status choose(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    bool all = bf_args_given(args, BF_OPT_ALL), listed = !all && bf_args_given(args, BF_OPT_METRICS);
    feat_status status = FEAT_OK;
    for (int m = 0; m < BF_N_METRICS; m++)
        e->wanted[m] = (all && bf_metric_at((bf_metric_id)m)->network == NULL) ||
                       (!all && !listed && bf_metric_at((bf_metric_id)m)->usual);
    if (listed)
        status = parse_list(bf_args_text(args, BF_OPT_METRICS), e->wanted, err);
    if (status == FEAT_OK)
        status = choose_published(e, err);
    if (status != FEAT_OK)
        return status;
    if (bf_args_given(args, BF_OPT_ALL) && bf_args_given(args, BF_OPT_METRICS))
        return feat_fail(err, FEAT_ERR_ARG, "--all and --metrics exclude each other");
    if (bf_args_given(args, BF_OPT_AS) &&
        (bf_args_given(args, BF_OPT_ALL) || bf_args_given(args, BF_OPT_METRICS) ||
         bf_args_given(args, BF_OPT_PER_IMAGE) || bf_args_given(args, BF_OPT_PRESET) ||
         bf_args_given(args, BF_OPT_JUDGE) || bf_args_given(args, BF_OPT_REPORT)))
        return feat_fail(
            err, FEAT_ERR_ARG,
            "--as has its own presets and metrics: it goes without --preset, --all, --metrics, --judge, "
            "--report and --per-image");
    if (bf_args_given(args, BF_OPT_TITLE) && !bf_args_given(args, BF_OPT_REPORT))
        return feat_fail(err, FEAT_ERR_ARG, "--title heads the page of a report: it goes with --report DIR");
    if (bf_args_given(args, BF_OPT_AS) && bf_args_given(args, BF_OPT_KID_KERNEL))
        return feat_fail(err, FEAT_ERR_ARG, "--as has the kernel of each tool: it goes without --kid-kernel");
    if (bf_args_given(args, BF_OPT_TEST) && args->n_operands == 3)
        return feat_fail(err, FEAT_ERR_ARG, "the test set is named twice: '%s' and --test %s",
                         args->operands[2], bf_args_text(args, BF_OPT_TEST));
    return FEAT_OK;
}

/* Whether one of the metrics that are wanted needs one of these; with `own`, one of the run's own network. */
static bool any_needs_of(const eval *e, unsigned needs, bool own)
{
    for (int m = 0; m < BF_N_METRICS; m++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)m);
        if (e->wanted[m] && (metric->needs & needs) != 0 && (!own || bf_metric_is_of(metric, e->run->network.net)))
            return true;
    }
    return false;
}

static bool any_needs(const eval *e, unsigned needs)
{
    return any_needs_of(e, needs, false);
}

/* What is made of FID, or takes its word for whether the sets are independent draws, has it computed. */
static bool needs_fid(const eval *e)
{
    return e->wanted[BF_METRIC_FID] || any_needs(e, BF_NEEDS_FID);
}

/* A metric that cannot be had is a warning as long as another one can. */
static feat_status leave_out(eval *e, bf_metric_id id, feat_status status, const feat_error *err)
{
    if (status == FEAT_ERR_NUMERIC || status == FEAT_ERR_UNSUPPORTED) {
        bf_report_warn(&e->run->report, "%s left out: %s", bf_metric_at(id)->label, err->message);
        return FEAT_OK;
    }
    return status;
}

/* --- one pass ------------------------------------------------------------------------------------------ */

/* The layers whose covariance is wanted beside the main one. */
static bf_taps other_layers(const eval *e)
{
    bf_taps bits = 0;
    for (int m = 0; m < BF_N_METRICS; m++)
        bits |= e->wanted[m] ? BF_TAP_BIT(bf_metric_tap(bf_metric_at((bf_metric_id)m), e->run->network.net)) : 0;
    return bits;
}

/* Of which layers rows are kept, and sums of which others. */
typedef struct layers {
    bf_taps rows, sums;
} layers;

static layers layers_of(const eval *e, bf_side *side, bf_taps rows)
{
    layers l = {rows | BF_TAP_BIT(e->run->network.tap), other_layers(e)};
    for (size_t i = 0; i < e->run->n_other && side->kind == BF_SET_IMAGES; i++)
        l.rows |= BF_TAP_BIT(e->run->other[i].tap);
    for (feat_tap t = 0; t < feat_net_n_taps(e->run->network.net); t++) {
        size_t d = side->kind == BF_SET_IMAGES ? bf_run_dim(e->run, t) : 0;
        if ((l.sums & BF_TAP_BIT(t)) != 0 && bf_side_keeps_rows(side, t, d)) {
            l.sums &= ~BF_TAP_BIT(t);
            l.rows |= BF_TAP_BIT(t);
        }
    }
    side->may_sum &= ~BF_TAP_BIT(e->run->network.tap);
    return l;
}

static bool for_each_image(const eval *e)
{
    return bf_args_given(e->run->args, BF_OPT_PER_IMAGE) || bf_args_given(e->run->args, BF_OPT_REPORT);
}

/* --- other networks ------------------------------------------------------------------------------------- */

/* Where every metric that is wanted names its network, the first one's is the run's own: the one it is published of, or
 * of its family the one that there are weights of. What papers print says itself which it is. */
static feat_status choose_network(eval *e, feat_error *err)
{
    bf_run *run = e->run;
    const bf_metric *first = NULL;
    if (e->published != NULL) {
        const feat_net *net = feat_net_find(e->published->runs[0].network);
        if (net == bf_network_default()) /* or the Inception-v3 of the file, of which it is warned */
            return FEAT_OK;
        run->network.usual = net;
        return run->source.network(run->source.ctx, &run->network.usual, err);
    }
    for (int m = BF_N_METRICS - 1; m >= 0; m--) {
        if (e->wanted[m] && bf_metric_at((bf_metric_id)m)->network == NULL)
            return FEAT_OK;
        first = e->wanted[m] ? bf_metric_at((bf_metric_id)m) : first;
    }
    if (first == NULL)
        return FEAT_OK;
    run->network.usual = feat_net_find(first->usual_network);
    return run->source.network(run->source.ctx, &run->network.usual, err);
}

static feat_status open_other(eval *e, const bf_metric *metric, feat_error *err)
{
    const bf_side *sides[2] = {&e->real, &e->gen};
    size_t index;
    for (size_t i = 0; i < 2; i++)
        if (sides[i]->kind != BF_SET_IMAGES)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                             "%s: holds %s of one network; %s runs the images through %s, or give features of it, and "
                             "--network %s",
                             bf_set_spec(sides[i]->set), sides[i]->kind == BF_SET_STATS ? "statistics" : "features",
                             metric->name, metric->usual_network, metric->usual_network);
    return bf_run_other(e->run, feat_net_find(metric->usual_network), &index, err);
}

/* Where the metrics decide which networks are run, each has weights: known before anything is read. */
static feat_status check_weights(const eval *e, feat_error *err)
{
    bf_run *run = e->run;
    const char *option = bf_args_text(run->args, BF_OPT_WEIGHTS);
    feat_status status = FEAT_OK;
    if (run->network.usual == NULL || !run->source.computes || e->real.kind != BF_SET_IMAGES ||
        e->gen.kind != BF_SET_IMAGES)
        return FEAT_OK;
    for (int id = 0; id < BF_N_METRICS && status == FEAT_OK; id++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)id);
        char *spec = NULL;
        feat_error why;
        if (!e->wanted[id])
            continue;
        bool own = bf_metric_is_of(metric, run->network.net);
        const feat_net *net = own ? run->network.net : feat_net_find(metric->usual_network);
        if (own && option == NULL) /* says that no file is named */
            status = bf_find_or_bring(&spec, run->args, &run->report, net, false, &why);
        feat_free(spec);
        spec = NULL;
        if (status == FEAT_OK)
            status = bf_find_or_bring(&spec, run->args, &run->report, net, true, &why);
        feat_free(spec);
        if (status != FEAT_OK)
            return feat_fail_again(err, status, metric->name, why.message);
    }
    return FEAT_OK;
}

/* The networks of metrics that name one, beside the run's own: images go through all of them. A metric whose network
 * has no weights here is left out. */
static feat_status open_others(eval *e, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (int id = 0; id < BF_N_METRICS && status == FEAT_OK; id++) {
        const bf_metric *metric = bf_metric_at((bf_metric_id)id);
        if (!e->wanted[id] || bf_metric_is_of(metric, e->run->network.net))
            continue;
        status = open_other(e, metric, err);
        e->wanted[id] = status == FEAT_OK;
        if (status == FEAT_ERR_IO)
            status = FEAT_ERR_UNSUPPORTED; /* as other metrics can be had */
        status = leave_out(e, (bf_metric_id)id, status, err);
    }
    return status;
}

/* --- neighbours that metrics share ------------------------------------------------------------------------------ */

/* To how many neighbours among the real rows the metrics that are wanted look, when two of them do; else 0. */
static size_t shared_neighbours(const eval *e)
{
    const bf_convention *how = &e->run->network.how;
    bool pr = e->wanted[BF_METRIC_PR] && !how->pr_adm_fp16 && !how->pr_stylegan_fp16, dc = e->wanted[BF_METRIC_DC];
    size_t users = (size_t)pr + dc + e->wanted[BF_METRIC_AUTHPCT] + for_each_image(e), k = 1;
    k = pr || for_each_image(e) ? how->pr_k : k;
    k = dc && how->dc_k > k ? how->dc_k : k;
    return users > 1 && e->real.n != BF_COUNT_UNKNOWN && k < e->real.n ? k : 0;
}

static feat_status share_neighbours(eval *e, feat_error *err)
{
    size_t k = shared_neighbours(e);
    const gmet_set rows = bf_side_rows(&e->real);
    feat_status status = FEAT_OK;
    if (k > 0 && k < rows.n && rows.rows != NULL)
        status = gmet_memo_create(&e->memo, &rows, k, err);
    e->run->work.context.memo = e->memo;
    return status;
}

/* --- memory ------------------------------------------------------------------------------------------- */

static void plan_metrics(const eval *e, bf_memory_plan *plan, size_t n_classes)
{
    bf_measuring m = e->m;
    double n1 = (double)e->real.n, n2 = (double)e->gen.n;
    m.n_classes = n_classes;
    for (int id = 0; id < BF_N_METRICS; id++)
        if (e->wanted[id] || (id == BF_METRIC_FID && needs_fid(e)))
            bf_memory_step(plan, bf_metric_at((bf_metric_id)id)->label, bf_metric_memory(&m, (bf_metric_id)id));
    if (for_each_image(e))
        bf_memory_step(plan, "scores of images",
                       2.0 * bf_memory_of_search(e->run, n1, n2, (double)e->real.d, (double)e->run->network.how.pr_k) +
                           160.0 * (n1 + n2));
}

/* Covariances stay to the end; while one distance is computed those of its layer are among what it takes. */
static feat_status plan_memory(eval *e, layers real, layers gen, size_t n_classes, feat_error *err)
{
    bf_memory_plan plan = {.rows = 0.0};
    bf_run *run = e->run;
    double n = (double)(e->real.n > e->gen.n ? e->real.n : e->gen.n);
    bf_memory_fill(&plan, run, &e->real, real.rows, real.sums);
    bf_memory_fill(&plan, run, &e->gen, gen.rows, gen.sums);
    if (e->has_test)
        bf_memory_fill(&plan, run, &e->test, BF_TAP_BIT(run->network.tap), 0);
    if (run->keeper.finish == NULL) {
        if (needs_fid(e))
            plan.kept += 16.0 * (double)e->real.d * (double)e->real.d;
        plan.kept += for_each_image(e) ? 8.0 * n : 0.0;
        plan.kept += 8.0 * (double)shared_neighbours(e) * (double)e->real.n;
        for (feat_tap t = 0; t < feat_net_n_taps(run->network.net); t++) {
            double d = (double)bf_run_dim(run, t);
            if ((other_layers(e) & BF_TAP_BIT(t)) == 0 || d == 0.0)
                continue;
            plan.kept += 16.0 * d * d;
            bf_memory_step(&plan, "another layer's FID", bf_memory_of_distance(n, d) - 16.0 * d * d);
        }
        plan_metrics(e, &plan, n_classes);
    }
    return bf_memory_settle(&plan, run, err);
}

/* --- logits from a file ------------------------------------------------------------------------------- */

/* Whether a metric is wanted that is a score of logits, without real images, or one that is none. */
static bool any_scores(const eval *e, bool scores)
{
    for (int m = 0; m < BF_N_METRICS; m++) {
        unsigned needs = bf_metric_at((bf_metric_id)m)->needs;
        bool is_score = (needs & BF_NEEDS_LOGITS) != 0 && (needs & BF_NEEDS_BOTH_SIDES) == 0;
        if (e->wanted[m] && is_score == scores)
            return true;
    }
    return false;
}

/* A file of the generated images' logits: where nothing but the score is asked for, or where the file says that it is
 * one. */
static bool takes_file(const eval *e)
{
    return e->gen.kind == BF_SET_FEATURES && any_scores(e, true) &&
           (!any_scores(e, false) || bf_tap_is_logits(e->run->network.net, e->gen.tap));
}

static feat_status take_file(eval *e, feat_error *err)
{
    feat_status status = bf_logits_take(e->run, &e->gen, err);
    if (status != FEAT_OK)
        return status;
    e->m.logits = bf_side_rows(&e->gen).rows;
    e->m.n_classes = e->gen.d;
    return FEAT_OK;
}

/* The score of such a file compares nothing: the real images are not looked at. */
static bool leaves_real(const eval *e)
{
    return takes_file(e) && !any_scores(e, false) && !for_each_image(e);
}

static feat_status prepare(eval *e, feat_error *err)
{
    if (!leaves_real(e))
        return bf_pair_prepare(e->run, &e->real, &e->gen, err);
    feat_status status = bf_side_prepare(e->run, &e->gen, e->run->network.tap, err);
    bf_note_origin(e->run, &e->gen, &e->gen);
    bf_report_warn(&e->run->report, "%s: not looked at: the Inception Score is of %s alone", bf_set_spec(e->real.set),
                   bf_set_spec(e->gen.set));
    return status;
}

/* --- the pass ------------------------------------------------------------------------------------------ */

static feat_status fill_sides(eval *e, feat_error *err)
{
    feat_tap logits = bf_run_tap(e->run, FEAT_ROLE_LOGITS_UNBIASED);
    bool with_logits = e->gen.kind == BF_SET_IMAGES && (any_needs(e, BF_NEEDS_LOGITS) || for_each_image(e));
    feat_status status = FEAT_OK;
    if (with_logits) {
        status = bf_run_logits_tap(e->run, &logits, err);
        with_logits = status == FEAT_OK;
        status = leave_out(e, BF_METRIC_IS, status, err);
    }
    bool both = with_logits && e->real.kind == BF_SET_IMAGES && bf_args_given(e->run->args, BF_OPT_REPORT);
    layers real = {0, 0};
    if (!leaves_real(e))
        real = layers_of(e, &e->real, both ? BF_TAP_BIT(logits) : 0);
    layers gen = layers_of(e, &e->gen, with_logits ? BF_TAP_BIT(logits) : 0);
    if (status == FEAT_OK)
        status = plan_memory(e, real, gen,
                             with_logits     ? bf_run_dim(e->run, logits)
                             : takes_file(e) ? e->gen.d
                                             : 0,
                             err);
    if (status == FEAT_OK)
        status = bf_side_fill(e->run, &e->real, real.rows, real.sums, err);
    if (status == FEAT_OK)
        status = bf_side_fill(e->run, &e->gen, gen.rows, gen.sums, err);
    if (status == FEAT_OK && e->has_test)
        status = bf_side_fill(e->run, &e->test, BF_TAP_BIT(e->run->network.tap), 0, err);
    e->m.logits = with_logits ? e->gen.layer[logits].rows : NULL;
    e->real_logits = both ? e->real.layer[logits].rows : NULL;
    e->m.n_classes = logits != FEAT_NO_TAP ? e->gen.layer[logits].d : 0;
    return status == FEAT_OK && takes_file(e) ? take_file(e, err) : status;
}

/* --- the metrics ---------------------------------------------------------------------------------------------- */

/* What --preset-of stands for, and where another network was run than the one that papers print numbers of. */
static void note_published(const eval *e)
{
    bf_report *r = &e->run->report;
    char text[BF_PUBLISHED_TEXT], line[224];
    if (e->published == NULL)
        return;
    bf_published_text(text, e->published);
    snprintf(line, sizeof line, "as papers print them with %s: %s", e->published->tool, text);
    bf_report_line(r, "numbers", line, "", "");
    bf_report_text(r, "preset_of", e->published->name);
    bf_report_text(r, "preset_of_stands_for", text);
    for (size_t i = 0; i <= e->run->n_other && i < 2 && e->published->runs[i].network != NULL; i++) {
        const feat_net *ran = i == 0 ? e->run->network.net : e->run->other[i - 1].net,
                       *printed = feat_net_find(e->published->runs[i].network);
        if (ran != printed)
            bf_report_warn(r,
                           "--preset-of %s: %s prints numbers of %s; these are of %s and cannot be compared with them",
                           e->published->name, e->published->tool, feat_net_name(printed), feat_net_name(ran));
    }
}

static feat_status measure_all(eval *e, feat_error *err)
{
    bf_run *run = e->run;
    feat_status status = FEAT_OK;
    e->m.wants_share = for_each_image(e);
    if (any_needs(e, BF_NEEDS_FID) && !e->wanted[BF_METRIC_FID])
        status = bf_find_draws(run, &e->real, &e->gen, &e->m.fid, &e->m.has_fid, err);
    for (int id = 0; id < BF_N_METRICS && status == FEAT_OK; id++) {
        if (!e->wanted[id])
            continue;
        status = leave_out(e, (bf_metric_id)id, bf_metric_measure(&e->m, (bf_metric_id)id, err), err);
        if (status == FEAT_OK && bf_signals_caught() != 0)
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    if (status == FEAT_OK && run->report.n_lines == 0)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no metric could be computed of %s and %s",
                           bf_set_spec(e->real.set), bf_set_spec(e->gen.set));
    if (status != FEAT_OK)
        return status;
    for (int id = 0; id < BF_N_METRICS; id++)
        if (e->wanted[id])
            bf_metric_note(&e->m, (bf_metric_id)id);
    if (any_needs_of(e, BF_NEEDS_RADII | BF_NEEDS_REAL_RADII, true) && e->real.kind != BF_SET_STATS &&
        e->gen.kind != BF_SET_STATS)
        bf_note_features(run, &e->real, &e->gen);
    note_published(e);
    return FEAT_OK;
}

/* --- the command --------------------------------------------------------------------------------------------- */

static feat_status open_test(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    const char *spec = args->n_operands == 3 ? args->operands[2] : bf_args_text(args, BF_OPT_TEST);
    if (spec == NULL)
        return FEAT_OK;
    if (!any_needs(e, BF_NEEDS_TEST_SET))
        return feat_fail(err, FEAT_ERR_ARG, "--test: only C_T takes a third set; ask for --metrics ct or --all");
    e->has_test = true;
    e->m.test = &e->test;
    feat_status status = bf_side_open(e->run, &e->test, "test", spec, err);
    if (status == FEAT_OK)
        status = bf_side_prepare(e->run, &e->test, e->run->network.tap, err);
    if (status == FEAT_OK)
        status = bf_sides_match(e->run, &e->real, &e->test, err);
    return status;
}

static feat_status per_image(eval *e, feat_error *err)
{
    const char *path = bf_args_text(e->run->args, BF_OPT_PER_IMAGE);
    if (path == NULL || e->run->auditing)
        return FEAT_OK;
    return bf_write_per_image(e->run, &e->real, &e->gen, e->m.has_share ? e->m.share : NULL, e->said,
                              e->run->probabilities ? NULL : e->m.logits, e->m.n_classes, path, err);
}

/* Looked for before anything is run. A report has the classes wherever both sets have some. */
static feat_status look_for_classes(eval *e, feat_error *err)
{
    bf_side *sides[2] = {&e->real, &e->gen};
    bool both = bf_args_given(e->run->args, BF_OPT_REPORT);
    bool asked = any_needs(e, BF_NEEDS_CLASSES);
    if (!both && !asked)
        return FEAT_OK;
    for (size_t i = 0; i < 2; i++) {
        feat_status status = bf_set_find_classes(sides[i]->set, err);
        if (status != FEAT_OK)
            return status;
        const bf_classes *classes = bf_set_classes(sides[i]->set);
        both = both && classes->from != BF_CLASSES_NONE;
        if (classes->broken && !asked)
            bf_report_warn(&e->run->report, "%s: no classes: %s", bf_set_spec(sides[i]->set), classes->note);
        if (sides[i]->record != NULL)
            sides[i]->record->labels = classes->digest;
    }
    e->wanted[BF_METRIC_CLASSES] = e->wanted[BF_METRIC_CLASSES] || both;
    return FEAT_OK;
}

static feat_status report_page(eval *e, feat_error *err)
{
    const char *dir = bf_args_text(e->run->args, BF_OPT_REPORT);
    bf_page_input input = {.run = e->run,
                           .real = &e->real,
                           .gen = &e->gen,
                           .real_logits = e->real_logits,
                           .gen_logits = e->run->probabilities ? NULL : e->m.logits,
                           .n_classes = e->m.n_classes,
                           .share = e->m.has_share ? e->m.share : NULL,
                           .classes = e->m.classes,
                           .infinity = e->m.has_infinity ? &e->m.infinity : NULL};
    if (dir == NULL || e->run->auditing)
        return FEAT_OK;
    return bf_page_write(&input, dir, err);
}

/* What --per-image needs, known before the images are run. */
static feat_status check_per_image(const eval *e, feat_error *err)
{
    const bf_side *sides[2] = {&e->real, &e->gen};
    size_t k = e->run->network.how.pr_k;
    if (!bf_args_given(e->run->args, BF_OPT_PER_IMAGE))
        return FEAT_OK;
    for (size_t i = 0; i < 2; i++)
        if (sides[i]->kind == BF_SET_STATS)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                             "%s: holds statistics; --per-image needs images or features",
                             bf_set_spec(sides[i]->set));
    if (e->real.n <= k)
        return feat_fail(err, FEAT_ERR_NUMERIC,
                         "%s: --per-image: k = %zu needs more than %zu images, found %zu",
                         bf_set_spec(e->real.set), k, k, e->real.n);
    return FEAT_OK;
}

/* What the numbers take for granted. */
static feat_status check_sets(eval *e, feat_error *err)
{
    bool pr = any_needs(e, BF_NEEDS_RADII) || for_each_image(e);
    feat_status status = bf_assume_pair(e->run, &e->real, &e->gen, pr ? e->run->network.how.pr_k : 0,
                                        any_needs(e, BF_NEEDS_REAL_RADII) ? e->run->network.how.dc_k : 0,
                                        err);
    return status == FEAT_OK && e->has_test ? bf_assume_test(e->run, &e->real, &e->test, err) : status;
}

static feat_status run_eval(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    feat_status status = choose(e, err);
    if (status == FEAT_OK)
        status = choose_network(e, err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_MEMORY) &&
        (bf_args_given(args, BF_OPT_AS) || bf_args_given(args, BF_OPT_JUDGE) || bf_args_given(args, BF_OPT_REPORT)))
        status = feat_fail(err, FEAT_ERR_ARG,
                           "--memory goes without --as, --judge and --report, of which it is not known what they take");
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_PER_IMAGE) && !e->run->auditing)
        status = bf_check_output(bf_args_text(args, BF_OPT_PER_IMAGE), err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_REPORT) && !e->run->auditing)
        status = bf_check_output_folder(bf_args_text(args, BF_OPT_REPORT), err);
    if (status == FEAT_OK)
        status = bf_pair_open(e->run, &e->real, &e->gen, "real", "generated", err);
    if (status == FEAT_OK)
        status = look_for_classes(e, err);
    if (status == FEAT_OK)
        status = check_per_image(e, err);
    if (status == FEAT_OK)
        status = check_weights(e, err);
    if (status == FEAT_OK)
        status = prepare(e, err);
    if (status == FEAT_OK)
        status = open_test(e, err);
    if (status == FEAT_OK)
        status = open_others(e, err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_AS))
        return bf_measure_as_all(e->run, &e->real, &e->gen, err);
    if (status == FEAT_OK)
        status = bf_run_warn_unused(e->run, err);
    const char *judge = bf_args_text(args, BF_OPT_JUDGE);
    if (status == FEAT_OK && judge != NULL)
        status = bf_judge_open(&e->judge, &e->real, &e->gen, judge, err);
    if (status == FEAT_OK)
        status = fill_sides(e, err);
    if (status == FEAT_OK && e->run->keeper.finish != NULL)
        return e->run->keeper.finish(e->run->keeper.ctx, err);
    if (status == FEAT_OK)
        status = share_neighbours(e, err);
    if (status == FEAT_OK)
        status = check_sets(e, err);
    if (status == FEAT_OK)
        status = measure_all(e, err);
    if (status == FEAT_OK && judge != NULL)
        status = bf_measure_judge(e->run, &e->real, &e->gen, &e->judge, &e->said, err);
    if (status == FEAT_OK)
        status = per_image(e, err);
    if (status == FEAT_OK)
        status = report_page(e, err);
    return status;
}

feat_status bf_cmd_eval(bf_run *run, feat_error *err)
{
    eval e = {.run = run, .m = {.run = run}};
    e.m.real = &e.real;
    e.m.gen = &e.gen;
    feat_status status = run_eval(&e, err);
    run->work.context.memo = NULL;
    gmet_memo_close(&e.memo);
    bf_side_close(&e.real);
    bf_side_close(&e.gen);
    bf_side_close(&e.test);
    feat_free(e.m.share);
    feat_free(e.said);
    bf_judge_file_close(&e.judge);
    return status;
}
