/* eval: whatever the two sides allow of what was asked for, in one pass over the images of each. */
#include "tools/commands/command_table.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/signals.h"
#include "tools/html/html.h"
#include "tools/measure/assume.h"
#include "tools/measure/measure.h"
#include "tools/measure/metric_memory.h"
#include "tools/options/parse_args.h"
#include "tools/pages/page_report.h"
#include "tools/run/logits.h"
#include "tools/run/network.h"
#include "tools/run/pair.h"
#include "tools/run/side.h"

typedef enum metric {
    M_IS,
    M_FID,
    M_KID,
    M_PR,
    M_DC,
    M_CLASSES,
    M_SFID,
    M_FID64,
    M_FID192,
    M_FID768,
    M_FID_INF,
    M_IS_INF,
    M_MIFID,
    M_MIND,
    M_VENDI,
    M_AUTHPCT,
    M_CT,
    M_PRD,
    N_METRICS
} metric;

static const struct {
    const char *name, *label;
} metrics[N_METRICS] = {
    [M_IS] = {"is", "Inception Score"},
    [M_FID] = {"fid", "FID"},
    [M_KID] = {"kid", "KID"},
    [M_PR] = {"pr", "precision and recall"},
    [M_DC] = {"dc", "density and coverage"},
    [M_CLASSES] = {"per-class", "scores of classes"},
    [M_SFID] = {"sfid", "sFID"},
    [M_FID64] = {"fid64", "FID at tap 64"},
    [M_FID192] = {"fid192", "FID at tap 192"},
    [M_FID768] = {"fid768", "FID at tap 768"},
    [M_FID_INF] = {"fid-inf", "FID-infinity"},
    [M_IS_INF] = {"is-inf", "IS-infinity"},
    [M_MIFID] = {"mifid", "MiFID"},
    [M_MIND] = {"mind", "MIND"},
    [M_VENDI] = {"vendi", "Vendi score"},
    [M_AUTHPCT] = {"authpct", "AuthPct"},
    [M_CT] = {"ct", "C_T"},
    [M_PRD] = {"prd", "PRD"},
};

#define USUAL (1u << M_IS | 1u << M_FID | 1u << M_KID | 1u << M_PR | 1u << M_DC)
#define SCORES (1u << M_IS | 1u << M_IS_INF) /* of logits, without real images */
#define OF_LOGITS (1u << M_IS | 1u << M_IS_INF | 1u << M_CLASSES)

typedef struct eval {
    bf_run *run;
    bf_side real, gen, test;
    unsigned wanted;
    bool has_test;
    const float *logits, *real_logits; /* NULL without */
    size_t n_classes;
    bf_fid fid;
    bool has_fid, has_share;
    double *share; /* [gen.n] for --per-image and --report */
    const bf_class_table *classes;
    bf_judge_file judge; /* of --judge */
    double *said;        /* [gen.n] by it */
} eval;

static feat_status parse_list(const char *text, unsigned *wanted, feat_error *err)
{
    const char *names[N_METRICS];
    for (size_t m = 0; m < N_METRICS; m++)
        names[m] = metrics[m].name;
    for (*wanted = 0; *text != 0;) {
        char word[32];
        size_t n = strcspn(text, ","), m = 0;
        snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), text);
        for (; m < N_METRICS; m++)
            if (strcmp(names[m], word) == 0)
                break;
        const char *near = m < N_METRICS ? NULL : bf_nearest(word, names, N_METRICS);
        if (near != NULL)
            return feat_fail(err, FEAT_ERR_ARG, "--metrics: unknown metric '%s'; did you mean '%s'?", word, near);
        if (m == N_METRICS)
            return feat_fail(err, FEAT_ERR_ARG, "--metrics: unknown metric '%s'; see 'bonafide help eval'", word);
        *wanted |= 1u << m;
        text += n + (text[n] == ',');
    }
    return FEAT_OK;
}

static feat_status choose(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    feat_status status = FEAT_OK;
    e->wanted = USUAL;
    if (bf_args_given(args, BF_OPT_ALL))
        e->wanted = (1u << N_METRICS) - 1;
    else if (bf_args_given(args, BF_OPT_METRICS))
        status = parse_list(bf_args_text(args, BF_OPT_METRICS), &e->wanted, err);
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
    if (bf_args_given(args, BF_OPT_TEST) && args->n_operands == 3)
        return feat_fail(err, FEAT_ERR_ARG, "the test set is named twice: '%s' and --test %s",
                         args->operands[2], bf_args_text(args, BF_OPT_TEST));
    return FEAT_OK;
}

static bool wants(const eval *e, metric m)
{
    return (e->wanted & 1u << m) != 0;
}

/* What is made of FID, or takes its word for whether the sets are independent draws. */
static bool takes_fid(const eval *e)
{
    return wants(e, M_MIFID) || wants(e, M_FID_INF);
}

/* A metric that cannot be had is a warning as long as another one can. */
static feat_status leave_out(eval *e, metric m, feat_status status, const feat_error *err)
{
    if (status == FEAT_ERR_NUMERIC || status == FEAT_ERR_UNSUPPORTED) {
        bf_report_warn(&e->run->report, "%s left out: %s", metrics[m].label, err->message);
        return FEAT_OK;
    }
    return status;
}

/* --- one pass ------------------------------------------------------------------------------------------ */

/* The layers whose covariance is wanted beside the main one. */
static unsigned other_layers(const eval *e)
{
    return (wants(e, M_SFID) ? BF_TAP_BIT(FEAT_TAP_SPATIAL) : 0) |
           (wants(e, M_FID64) ? BF_TAP_BIT(FEAT_TAP_64) : 0) |
           (wants(e, M_FID192) ? BF_TAP_BIT(FEAT_TAP_192) : 0) |
           (wants(e, M_FID768) ? BF_TAP_BIT(FEAT_TAP_768) : 0);
}

/* Of which layers rows are kept, and sums of which others. */
typedef struct layers {
    unsigned rows, sums;
} layers;

static layers layers_of(const eval *e, bf_side *side, unsigned rows)
{
    layers l = {rows | BF_TAP_BIT(e->run->network.tap), other_layers(e)};
    for (int t = 0; t < FEAT_N_TAPS; t++) {
        size_t d = side->kind == BF_SET_IMAGES ? bf_run_dim(e->run, (feat_tap)t) : 0;
        if ((l.sums & BF_TAP_BIT(t)) != 0 && bf_side_keeps_rows(side, (feat_tap)t, d)) {
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

/* --- memory ------------------------------------------------------------------------------------------- */

/* MIND draws rows of the larger set: a tile of them may lie all over its file, and as many grains be resident. */
static double scattered(const bf_run *run, double n1, double n2, double d)
{
    double grains = n1 != n2 ? 96.0 * FEAT_MAPPED_GRAIN * (double)feat_pool_threads(run->work.context.pool) : 0.0;
    double rows = (n1 > n2 ? n1 : n2) * d * 4.0;
    return grains < rows ? grains : rows;
}

static void plan_metrics(const eval *e, bf_memory_plan *plan, double n_classes)
{
    const bf_run *run = e->run;
    double d = (double)e->real.d, n1 = (double)e->real.n, n2 = (double)e->gen.n;
    double n3 = e->has_test ? (double)e->test.n : 0.0, n = n1 > n2 ? n1 : n2, matrix = 8.0 * d * d;
    double search = bf_memory_of_search(run, n1, n2, d, (double)run->network.how.pr_k), covariances = 2.0 * matrix;
    const double steps[N_METRICS] = {
        [M_IS] = bf_memory_of_is(run, n2, n_classes),
        [M_FID] = bf_memory_of_fid(n, d) - covariances + 8.0 * n2,
        [M_KID] = bf_memory_of_kid(run, n1, n2, d),
        [M_PR] = bf_memory_of_pr(run, n1, n2, d),
        [M_DC] = bf_memory_of_search(run, n1, n2, d, (double)run->network.how.dc_k) + bf_memory_of_pr(run, n1, n2, d),
        [M_CLASSES] = (n1 + n2) * (d * 4.0 + 16.0) + n2 * n_classes * 4.0 + bf_memory_of_fid(n, d),
        [M_FID_INF] = 2.0 * bf_memory_of_sums(n, d) + bf_memory_of_fid(n, d),
        [M_IS_INF] = 2.0 * bf_memory_of_is(run, n2, n_classes),
        [M_MIFID] = bf_memory_of_products(run, d) + 24.0 * (n1 + n2),
        [M_MIND] = bf_memory_of_products(run, d) + 96.0 * 8.0 * (n1 + n2 + d) +
                   8.0 * n * (1.0 + (double)feat_pool_threads(run->work.context.pool)) + scattered(run, n1, n2, d),
        [M_VENDI] = bf_memory_of_vendi(n2, d),
        [M_AUTHPCT] = search + 24.0 * (n1 + n2),
        [M_CT] = bf_memory_of_fid(n, d) + (n1 + n2 + n3) * (64.0 * 8.0 + 64.0),
        [M_PRD] = bf_memory_of_products(run, d) + 48.0 * (n1 + n2) + 64.0 * d,
    };
    for (size_t m = 0; m < N_METRICS; m++)
        if (wants(e, (metric)m) || (m == M_FID && takes_fid(e)))
            bf_memory_step(plan, metrics[m].label, steps[m]);
    if (for_each_image(e))
        bf_memory_step(plan, "scores of images", 2.0 * search + 160.0 * (n1 + n2));
}

/* Covariances stay to the end; while one distance is computed those of its layer are among what it takes. */
static feat_status plan_memory(eval *e, layers real, layers gen, double n_classes, feat_error *err)
{
    bf_memory_plan plan = {.rows = 0.0};
    bf_run *run = e->run;
    double n = (double)(e->real.n > e->gen.n ? e->real.n : e->gen.n);
    bf_memory_fill(&plan, run, &e->real, real.rows, real.sums);
    bf_memory_fill(&plan, run, &e->gen, gen.rows, gen.sums);
    if (e->has_test)
        bf_memory_fill(&plan, run, &e->test, BF_TAP_BIT(run->network.tap), 0);
    if (run->keeper.finish == NULL) {
        if (wants(e, M_FID) || takes_fid(e))
            plan.kept += 16.0 * (double)e->real.d * (double)e->real.d;
        plan.kept += for_each_image(e) ? 8.0 * n : 0.0;
        for (int t = 0; t < FEAT_N_TAPS; t++) {
            double d = (double)bf_run_dim(run, (feat_tap)t);
            if ((other_layers(e) & BF_TAP_BIT(t)) == 0 || d == 0.0)
                continue;
            plan.kept += 16.0 * d * d;
            bf_memory_step(&plan, "another layer's FID", bf_memory_of_fid(n, d) - 16.0 * d * d);
        }
        plan_metrics(e, &plan, n_classes);
    }
    return bf_memory_settle(&plan, run, err);
}

/* --- logits from a file ------------------------------------------------------------------------------- */

/* A file of the generated images' logits: where nothing but the score is asked for, or where the file says that it is
 * one. */
static bool takes_file(const eval *e)
{
    return e->gen.kind == BF_SET_FEATURES && (e->wanted & SCORES) != 0 &&
           ((e->wanted & ~SCORES) == 0 || bf_tap_is_logits(e->run->network.net, e->gen.tap));
}

static feat_status take_file(eval *e, feat_error *err)
{
    feat_status status = bf_logits_take(e->run, &e->gen, err);
    if (status != FEAT_OK)
        return status;
    e->logits = e->gen.layer[e->gen.main].rows;
    e->n_classes = e->gen.d;
    return FEAT_OK;
}

/* The score of such a file compares nothing: the real images are not looked at. */
static bool leaves_real(const eval *e)
{
    return takes_file(e) && (e->wanted & ~SCORES) == 0 && !for_each_image(e);
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
    feat_tap logits = FEAT_TAP_LOGITS_UNBIASED;
    bool with_logits = e->gen.kind == BF_SET_IMAGES && (e->wanted & OF_LOGITS || for_each_image(e));
    feat_status status = FEAT_OK;
    if (with_logits) {
        status = bf_run_logits_tap(e->run, &logits, err);
        with_logits = status == FEAT_OK;
        status = leave_out(e, M_IS, status, err);
    }
    bool both = with_logits && e->real.kind == BF_SET_IMAGES && bf_args_given(e->run->args, BF_OPT_REPORT);
    layers real = {0, 0};
    if (!leaves_real(e))
        real = layers_of(e, &e->real, both ? BF_TAP_BIT(logits) : 0);
    layers gen = layers_of(e, &e->gen, with_logits ? BF_TAP_BIT(logits) : 0);
    if (status == FEAT_OK)
        status = plan_memory(e, real, gen,
                             with_logits      ? (double)bf_run_dim(e->run, logits)
                             : takes_file(e) ? (double)e->gen.d
                                             : 0.0,
                             err);
    if (status == FEAT_OK)
        status = bf_side_fill(e->run, &e->real, real.rows, real.sums, err);
    if (status == FEAT_OK)
        status = bf_side_fill(e->run, &e->gen, gen.rows, gen.sums, err);
    if (status == FEAT_OK && e->has_test)
        status = bf_side_fill(e->run, &e->test, BF_TAP_BIT(e->run->network.tap), 0, err);
    e->logits = with_logits ? e->gen.layer[logits].rows : NULL;
    e->real_logits = both ? e->real.layer[logits].rows : NULL;
    e->n_classes = e->gen.layer[logits].d;
    return status == FEAT_OK && takes_file(e) ? take_file(e, err) : status;
}

/* --- each metric --------------------------------------------------------------------------------------------- */

static feat_status need_logits(const eval *e, feat_error *err)
{
    if (e->logits != NULL)
        return FEAT_OK;
    return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s holds %s, expected images%s", bf_set_spec(e->gen.set),
                     e->gen.input->kind,
                     e->gen.kind == BF_SET_FEATURES ? " ('bonafide is' takes a file of logits)" : "");
}

static feat_status of_logits(eval *e, metric m, feat_error *err)
{
    if (e->gen.kind == BF_SET_IMAGES && e->logits == NULL)
        return FEAT_OK; /* said already: the weights have no classifier */
    feat_status status = need_logits(e, err);
    if (status == FEAT_OK)
        status = m == M_IS ? bf_measure_is(e->run, &e->gen, e->logits, e->n_classes, err)
                           : bf_measure_is_infinity(e->run, &e->gen, e->logits, e->n_classes, err);
    return status;
}

static feat_status measure_fid(eval *e, feat_error *err)
{
    if (for_each_image(e) && e->gen.kind != BF_SET_STATS) {
        e->share = feat_alloc_array(e->gen.n, sizeof *e->share);
        if (e->share == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the contributions of %zu images", e->gen.n);
    }
    feat_status status = bf_measure_fid(e->run, &e->real, &e->gen, &e->fid, e->share, &e->has_share, err);
    e->has_fid = status == FEAT_OK;
    return status;
}

static feat_status measure_mifid(eval *e, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (!e->has_fid)
        status = bf_find_fid(e->run, &e->real, &e->gen, e->run->network.tap, &e->fid, NULL, NULL, err);
    if (status != FEAT_OK)
        return status;
    return bf_measure_mifid(e->run, &e->real, &e->gen, e->fid.raw.value, err);
}

static feat_status measure_ct(eval *e, feat_error *err)
{
    if (!e->has_test)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "it needs real images that were not trained on: --test SET");
    return bf_measure_ct(e->run, &e->real, &e->test, &e->gen, err);
}

static feat_status measure_one(eval *e, metric m, feat_error *err)
{
    bf_run *run = e->run;
    switch (m) {
    case M_IS:
    case M_IS_INF:
        return of_logits(e, m, err);
    case M_FID:
        return measure_fid(e, err);
    case M_KID:
        return bf_measure_kid(run, &e->real, &e->gen, err);
    case M_PR:
        return bf_measure_pr(run, &e->real, &e->gen, err);
    case M_DC:
        return bf_measure_dc(run, &e->real, &e->gen, err);
    case M_CLASSES:
        return bf_measure_classes(run, &e->real, &e->gen, e->logits, e->n_classes, &e->classes, err);
    case M_SFID:
        return bf_measure_fid_at(run, &e->real, &e->gen, FEAT_TAP_SPATIAL, err);
    case M_FID64:
        return bf_measure_fid_at(run, &e->real, &e->gen, FEAT_TAP_64, err);
    case M_FID192:
        return bf_measure_fid_at(run, &e->real, &e->gen, FEAT_TAP_192, err);
    case M_FID768:
        return bf_measure_fid_at(run, &e->real, &e->gen, FEAT_TAP_768, err);
    case M_FID_INF:
        return bf_measure_fid_infinity(run, &e->real, &e->gen, err);
    case M_MIFID:
        return measure_mifid(e, err);
    case M_MIND:
        return bf_measure_mind(run, &e->real, &e->gen, err);
    case M_VENDI:
        return bf_measure_vendi(run, &e->gen, err);
    case M_AUTHPCT:
        return bf_measure_authpct(run, &e->real, &e->gen, err);
    case M_CT:
        return measure_ct(e, err);
    case M_PRD:
        return bf_measure_prd(run, &e->real, &e->gen, err);
    case N_METRICS:
        break;
    }
    return FEAT_OK;
}

static feat_status measure_all(eval *e, feat_error *err)
{
    bf_run *run = e->run;
    feat_status status = FEAT_OK;
    if (takes_fid(e) && !wants(e, M_FID))
        status = bf_find_draws(run, &e->real, &e->gen, &e->fid, &e->has_fid, err);
    for (int m = 0; m < N_METRICS && status == FEAT_OK; m++) {
        if (!wants(e, (metric)m))
            continue;
        status = leave_out(e, (metric)m, measure_one(e, (metric)m, err), err);
        if (status == FEAT_OK && bf_signals_caught() != 0)
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    if (status == FEAT_OK && run->report.n_lines == 0)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "no metric could be computed of %s and %s",
                           bf_set_spec(e->real.set), bf_set_spec(e->gen.set));
    if (status != FEAT_OK)
        return status;
    if (wants(e, M_IS))
        bf_note_is_settings(run);
    if (wants(e, M_KID))
        bf_note_kid_settings(run);
    if (wants(e, M_PR))
        bf_note_pr_settings(run);
    if ((wants(e, M_PR) || wants(e, M_DC)) && e->real.kind != BF_SET_STATS && e->gen.kind != BF_SET_STATS)
        bf_note_features(run, &e->real, &e->gen);
    if (wants(e, M_DC))
        bf_report_setting(&run->report, "density_k", run->network.how.dc_k);
    return FEAT_OK;
}

/* --- the command --------------------------------------------------------------------------------------------- */

static feat_status open_test(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    const char *spec = args->n_operands == 3 ? args->operands[2] : bf_args_text(args, BF_OPT_TEST);
    if (spec == NULL)
        return FEAT_OK;
    if (!wants(e, M_CT))
        return feat_fail(err, FEAT_ERR_ARG, "--test: only C_T takes a third set; ask for --metrics ct or --all");
    e->has_test = true;
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
    return bf_write_per_image(e->run, &e->real, &e->gen, e->has_share ? e->share : NULL, e->said,
                              e->run->probabilities ? NULL : e->logits, e->n_classes, path, err);
}

/* Looked for before anything is run. A report has the classes wherever both sets have some. */
static feat_status look_for_classes(eval *e, feat_error *err)
{
    bf_side *sides[2] = {&e->real, &e->gen};
    bool both = bf_args_given(e->run->args, BF_OPT_REPORT);
    if (!both && !wants(e, M_CLASSES))
        return FEAT_OK;
    for (size_t i = 0; i < 2; i++) {
        feat_status status = bf_set_find_classes(sides[i]->set, err);
        if (status != FEAT_OK)
            return status;
        const bf_classes *classes = bf_set_classes(sides[i]->set);
        both = both && classes->from != BF_CLASSES_NONE;
        if (classes->broken && !wants(e, M_CLASSES))
            bf_report_warn(&e->run->report, "%s: no classes: %s", bf_set_spec(sides[i]->set), classes->note);
        if (sides[i]->record != NULL)
            sides[i]->record->labels = classes->digest;
    }
    e->wanted |= both ? 1u << M_CLASSES : 0u;
    return FEAT_OK;
}

static feat_status report_page(eval *e, feat_error *err)
{
    const char *dir = bf_args_text(e->run->args, BF_OPT_REPORT);
    bf_page_input input = {.run = e->run,
                           .real = &e->real,
                           .gen = &e->gen,
                           .real_logits = e->real_logits,
                           .gen_logits = e->run->probabilities ? NULL : e->logits,
                           .n_classes = e->n_classes,
                           .share = e->has_share ? e->share : NULL,
                           .classes = e->classes};
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
    bool pr = wants(e, M_PR) || for_each_image(e);
    feat_status status = bf_assume_pair(e->run, &e->real, &e->gen, pr ? e->run->network.how.pr_k : 0,
                                        wants(e, M_DC) ? e->run->network.how.dc_k : 0, err);
    return status == FEAT_OK && e->has_test ? bf_assume_test(e->run, &e->real, &e->test, err) : status;
}

static feat_status run_eval(eval *e, feat_error *err)
{
    const bf_args *args = e->run->args;
    feat_status status = choose(e, err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_MEMORY) &&
        (bf_args_given(args, BF_OPT_AS) || bf_args_given(args, BF_OPT_JUDGE) || bf_args_given(args, BF_OPT_REPORT)))
        status = feat_fail(err, FEAT_ERR_ARG,
                           "--memory goes without --as, --judge and --report, of which it is not known what they take");
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_PER_IMAGE) && !e->run->auditing)
        status = bf_check_output(bf_args_text(args, BF_OPT_PER_IMAGE), err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_REPORT) && !e->run->auditing)
        status = bf_page_check(bf_args_text(args, BF_OPT_REPORT), err);
    if (status == FEAT_OK)
        status = bf_pair_open(e->run, &e->real, &e->gen, "real", "generated", err);
    if (status == FEAT_OK)
        status = look_for_classes(e, err);
    if (status == FEAT_OK)
        status = check_per_image(e, err);
    if (status == FEAT_OK)
        status = prepare(e, err);
    if (status == FEAT_OK)
        status = open_test(e, err);
    if (status == FEAT_OK && bf_args_given(args, BF_OPT_AS))
        return bf_measure_as_all(e->run, &e->real, &e->gen, err);
    const char *judge = bf_args_text(args, BF_OPT_JUDGE);
    if (status == FEAT_OK && judge != NULL)
        status = bf_judge_open(&e->judge, &e->real, &e->gen, judge, err);
    if (status == FEAT_OK)
        status = fill_sides(e, err);
    if (status == FEAT_OK && e->run->keeper.finish != NULL)
        return e->run->keeper.finish(e->run->keeper.ctx, err);
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
    eval e = {.run = run};
    feat_status status = run_eval(&e, err);
    bf_side_close(&e.real);
    bf_side_close(&e.gen);
    bf_side_close(&e.test);
    feat_free(e.share);
    feat_free(e.said);
    bf_judge_file_close(&e.judge);
    return status;
}
