/* judge eval: cross-validation, and everything that puts its accuracy into proportion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/formats/csv.h"
#include "tools/judge/judge_networks.h"
#include "tools/options/weights_find.h"
#include "tools/records/report_json.h"
#include "tools/bring/bring_weights.h"
#include "tools/run/network.h"

enum { LEAST_COMMON = 5, MAX_RATERS = 4096, MAX_CROSS = 6 * 31 };

typedef struct evaluating {
    bf_run *run;
    bf_judge_job job;
    bf_judge_evaluation *e;
    gmet_judge_fit_options fit;
    gmet_judge_cv_options cv;
    gmet_judge_boot_options boot;
    bool cross;
    gmet_judge_cv_result *result;
    double *values; /* [5][n]: p, const, group, threshold, truth */
    double *p_truth;
    uint32_t *fold;
    size_t *rows; /* [n] */
} evaluating;

/* --- options ------------------------------------------------------------------------------------------ */

static feat_status parse_cv(evaluating *v, feat_error *err)
{
    const char *text = bf_args_text(v->run->args, BF_OPT_CV),
               *threshold = bf_args_text(v->run->args, BF_OPT_THRESHOLD);
    const char *colon = strchr(text, ':');
    size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);
    gmet_judge_cv_options *o = &v->cv;
    gmet_judge_cv_options_init(o, sizeof *o);
    bool known = true;
    if (strcmp(text, "logo") == 0 || strcmp(text, "cross") == 0)
        o->cv = GMET_JUDGE_LOGO;
    else if (n == 5 && strncmp(text, "kfold", n) == 0)
        o->cv = GMET_JUDGE_KFOLD;
    else if (n == 5 && strncmp(text, "block", n) == 0)
        o->cv = GMET_JUDGE_BLOCK;
    else
        known = false;
    if (known && colon != NULL && o->cv != GMET_JUDGE_LOGO) {
        char *end = NULL;
        unsigned long folds = strtoul(colon + 1, &end, 10);
        o->folds = folds;
        known = *end == 0 && end != colon + 1 && folds >= 2 && folds <= GMET_JUDGE_MAX_FOLDS;
    }
    if (!known)
        return feat_fail(
            err, FEAT_ERR_ARG,
            "--cv: expected logo, kfold, kfold:N, block, block:N (N from 2 to %d) or cross, found '%s'",
            GMET_JUDGE_MAX_FOLDS, text);
    v->cross = strcmp(text, "cross") == 0;
    o->tune = strcmp(threshold, "accuracy") == 0 ? GMET_JUDGE_ACCURACY
              : strcmp(threshold, "f1") == 0     ? GMET_JUDGE_F1
              : strcmp(threshold, "youden") == 0 ? GMET_JUDGE_YOUDEN
                                                 : GMET_JUDGE_HALF;
    o->seed = bf_args_number(v->run->args, BF_OPT_SEED);
    o->shuffle = bf_args_given(v->run->args, BF_OPT_SEED) && o->cv != GMET_JUDGE_LOGO;
    snprintf(v->e->cv, sizeof v->e->cv, "%.23s", text);
    return FEAT_OK;
}

static feat_status parse_options(evaluating *v, feat_error *err)
{
    bool automatic;
    feat_status status = parse_cv(v, err);
    if (status == FEAT_OK)
        status = bf_judge_fit_options(&v->fit, &automatic, v->run->args, err);
    if (status != FEAT_OK)
        return status;
    v->cv.lambda_auto = automatic;
    gmet_judge_boot_options_init(&v->boot, sizeof v->boot);
    v->boot.resamples = (size_t)bf_args_number(v->run->args, BF_OPT_RESAMPLES);
    v->boot.seed = bf_args_number(v->run->args, BF_OPT_SEED);
    snprintf(v->e->model, sizeof v->e->model, "%s", gmet_judge_kind_name(v->fit.kind));
    return FEAT_OK;
}

/* Groups of which an image is not known to be real. */
static size_t n_generators(const gmet_judge_set *set)
{
    size_t n = 0;
    for (size_t g = 0; g < set->n_groups; g++) {
        size_t i = 0;
        while (i < set->n && (set->group[i] != g || set->truth[i] == 1))
            i++;
        n += i < set->n;
    }
    return n;
}

/* --- figures
 * ------------------------------------------------------------------------------------------------ */

static feat_status cross_validate(evaluating *v, feat_error *err)
{
    const gmet_context *context = &v->run->work.context;
    const gmet_judge_set *set = &v->job.table.set;
    v->values = feat_alloc_array(set->n, 5 * sizeof *v->values);
    v->fold = feat_alloc_array(set->n, sizeof *v->fold);
    v->rows = feat_alloc_array(set->n, sizeof *v->rows);
    v->result = feat_calloc(1, sizeof *v->result);
    if (v->values == NULL || v->fold == NULL || v->rows == NULL || v->result == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to cross-validate %zu images", set->n);
    v->result->p = v->values;
    v->result->p_const = v->values + set->n;
    v->result->p_group = v->values + 2 * set->n;
    v->result->threshold = v->values + 3 * set->n;
    v->p_truth = v->values + 4 * set->n;
    v->result->fold = v->fold;
    v->result->trained = v->e->trained;
    v->result->left_out = v->e->left_out;
    for (size_t i = 0; i < set->n; i++)
        v->p_truth[i] = set->truth[i] == 1;
    if (v->cv.cv == GMET_JUDGE_LOGO && n_generators(set) < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC,
                         "leaving one generator out needs two or more, and %zu is here: give --cv kfold:5, which "
                         "leaves out images of known generators",
                         n_generators(set));
    bf_progress_step(&v->run->report.progress, "cross-validation");
    gmet_judge_samples samples = bf_judge_samples(&v->job);
    feat_status status = gmet_judge_cross_validate(v->result, &samples, &v->fit, &v->cv, context, err);
    bf_progress_clear(&v->run->report.progress);
    v->e->n_folds = v->result->n_folds;
    memcpy(v->e->lambda, v->result->lambda, sizeof v->e->lambda);
    for (size_t f = 0; f < v->e->n_folds && status == FEAT_OK; f++)
        if (v->e->left_out[f] > v->e->trained[f])
            bf_report_warn(&v->run->report,
                           "fold %zu: the model was trained on %zu images only; %zu others share a block with images "
                           "tested, so they could not train it",
                           f, v->e->trained[f], v->e->left_out[f]);
    return status;
}

static feat_status score(const evaluating *v, bf_judge_part *part, size_t m, feat_error *err)
{
    const gmet_judge_set *set = &v->job.table.set;
    const gmet_judge_subset rows = {v->rows, m};
    gmet_judge_scores s;
    bool truth_known = true;
    for (size_t i = 0; i < m; i++)
        truth_known = truth_known && set->truth[v->rows[i]] >= 0;
    feat_status status = gmet_judge_score(&part->model, v->result->p, v->result->threshold, set, &rows, err);
    if (status == FEAT_OK)
        status = gmet_judge_score(&s, v->result->p_const, NULL, set, &rows, err);
    part->acc_const = s.acc_label;
    if (status == FEAT_OK)
        status = gmet_judge_score(&s, v->result->p_group, NULL, set, &rows, err);
    part->acc_group = s.acc_label;
    if (status == FEAT_OK)
        status = gmet_judge_score(&s, v->p_truth, NULL, set, &rows, err);
    part->acc_truth = truth_known ? s.acc_label : (double)NAN;
    return status;
}

static feat_status score_ceiling(const evaluating *v, bf_judge_part *part, size_t m, feat_error *err)
{
    const gmet_context *context = &v->run->work.context;
    const bf_judge_table *t = &v->job.table;
    const gmet_judge_subset rows = {v->rows, m};
    gmet_judge_boot_options boot = {
        .struct_size = sizeof boot, .resamples = part == &v->e->overall ? v->boot.resamples : 0, .seed = v->boot.seed};
    feat_status status = gmet_judge_noise_ceiling(&part->ceiling, &t->set, &t->votes, &rows, &boot, context, err);
    const gmet_judge_ceiling *whole = &v->e->overall.ceiling; /* what rules it out for all images does for some */
    if (status == FEAT_OK && part->ceiling.why == NULL && whole->why != NULL)
        part->ceiling = *whole;
    return status;
}

static feat_status score_parts(evaluating *v, feat_error *err)
{
    const bf_judge_table *t = &v->job.table;
    const gmet_judge_set *set = &t->set;
    bf_judge_evaluation *e = v->e;
    bf_judge_part *parts[3] = {&e->overall, &e->generated, &e->real};
    feat_status status = FEAT_OK;
    e->groups = feat_calloc(set->n_groups, sizeof *e->groups);
    if (e->groups == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu groups", set->n_groups);
    e->n_groups = set->n_groups;
    for (size_t k = 0; k < 3 && status == FEAT_OK; k++) {
        size_t m = 0;
        for (size_t i = 0; i < set->n; i++)
            if (k == 0 || set->truth[i] == (k == 2))
                v->rows[m++] = i;
        status = score(v, parts[k], m, err);
        if (status == FEAT_OK)
            status = score_ceiling(v, parts[k], m, err);
    }
    for (size_t g = 0; g < set->n_groups && status == FEAT_OK; g++) {
        size_t m = 0;
        for (size_t i = 0; i < set->n; i++)
            if (set->group[i] == g)
                v->rows[m++] = i;
        e->groups[g].name = feat_strdup(t->groups[g]);
        status = e->groups[g].name != NULL
                     ? score(v, &e->groups[g], m, err)
                     : feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu groups", set->n_groups);
        if (status == FEAT_OK)
            status = score_ceiling(v, &e->groups[g], m, err);
    }
    return status;
}

/* How the generators compare: the groups that are no real photographs. */
static feat_status score_generators(evaluating *v, feat_error *err)
{
    bf_judge_evaluation *e = v->e;
    const gmet_judge_set *set = &v->job.table.set;
    double *means = feat_alloc_array(e->n_groups, 2 * sizeof *means);
    bf_judge_part part;
    feat_status status = FEAT_OK;
    if (means == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu groups", e->n_groups);
    e->least = 1.0;
    for (size_t g = 0; g < e->n_groups && status == FEAT_OK; g++) {
        size_t m = 0;
        for (size_t i = 0; i < set->n; i++)
            if (set->group[i] == g && set->truth[i] != 1)
                v->rows[m++] = i;
        if (m == 0)
            continue;
        status = score(v, &part, m, err);
        means[e->n_generators] = part.model.mean_p;
        means[e->n_groups + e->n_generators++] = part.model.mean_y;
        e->macro += part.model.acc_label;
        e->least = part.model.acc_label < e->least ? part.model.acc_label : e->least;
        e->mean_error += fabs(part.model.mean_p - part.model.mean_y);
    }
    e->macro /= (double)e->n_generators;
    e->mean_error /= (double)e->n_generators;
    if (status == FEAT_OK)
        status = gmet_judge_rank_correlation(&e->rank_spearman, &e->rank_kendall, means, means + e->n_groups,
                                             e->n_generators, err);
    feat_free(means);
    return status;
}

static feat_status compare(evaluating *v, feat_error *err)
{
    const gmet_context *context = &v->run->work.context;
    const bf_judge_table *t = &v->job.table;
    const gmet_judge_set *set = &t->set;
    gmet_judge_cv_result *r = v->result;
    bf_judge_evaluation *e = v->e;
    feat_status status = FEAT_OK;
    gmet_judge_agree(&e->people, set, NULL);
    e->compared = e->people.images2 > 0;
    e->by_rater = e->compared && t->votes.of != NULL;
    if (e->compared)
        status = gmet_judge_compare(&e->comparison, r, set, &v->boot, context, err);
    if (status == FEAT_OK && e->by_rater)
        status = gmet_judge_compare_raters(&e->raters, r, &t->votes, &v->boot, context, err);
    if (status == FEAT_OK && t->votes.of != NULL && t->votes.n_raters <= MAX_RATERS)
        status = gmet_judge_cohen(&e->cohen, &e->n_cohen, &t->votes, LEAST_COMMON, err);
    if (status == FEAT_OK)
        status = gmet_judge_within_folds(&e->within_spearman, &e->within_pearson, r, set, &v->boot, context, err);
    e->hype = feat_calloc(set->n_groups + 1, sizeof *e->hype);
    if (status == FEAT_OK && e->hype == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu groups", set->n_groups);
    if (status == FEAT_OK)
        status = gmet_judge_hype_table(e->hype, set, &t->votes, &v->boot, context, err);
    return status;
}

static feat_status grid(evaluating *v, feat_error *err)
{
    const gmet_context *context = &v->run->work.context;
    bf_judge_evaluation *e = v->e;
    if (!v->cross)
        return FEAT_OK;
    e->cross = feat_calloc(MAX_CROSS, sizeof *e->cross);
    if (e->cross == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the grid");
    gmet_judge_samples samples = bf_judge_samples(&v->job);
    return gmet_judge_cross_grid(e->cross, &e->n_cross, &samples, &v->fit, context, err);
}

/* --- files
 * -------------------------------------------------------------------------------------------------- */

static feat_status write_predictions(const evaluating *v, const char *path, feat_error *err)
{
    const bf_judge_table *t = &v->job.table;
    bf_text out = {.csv_plain = bf_args_given(v->run->args, BF_OPT_CSV_PLAIN)};
    bf_text_print(&out, "image,group,n,k,fold,p,score_logit\n");
    for (size_t i = 0; i < t->set.n; i++) {
        double p = v->result->p[i], q = p < 1e-12 ? 1e-12 : p > 1.0 - 1e-12 ? 1.0 - 1e-12 : p;
        bf_text_field(&out, t->names[i]);
        bf_text_print(&out, ",");
        bf_text_field(&out, t->groups[t->set.group[i]]);
        bf_text_print(&out, ",%u,%u,%u,%.17g,%.17g\n", (unsigned)t->set.n_labels[i],
                      (unsigned)t->set.k_real[i], (unsigned)v->fold[i], p, feat_log(q) - feat_log(1.0 - q));
    }
    feat_status status = bf_text_write(&out, path, err);
    bf_text_free(&out);
    return status;
}

/* network: its name where there are several, whose predictions are files beside each other. */
static feat_status write_predictions_into(const char *folder, const evaluating *v, const char *network, feat_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "predictions%s%s.csv", network != NULL ? "-" : "", network != NULL ? network : "");
    char *path = bf_path_join(folder, name);
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", folder);
    feat_status status = write_predictions(v, path, err);
    feat_free(path);
    return status;
}

static feat_status write_report_into(const char *folder, const bf_report *report, feat_error *err)
{
    char *path = bf_path_join(folder, "report.json");
    if (path == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write into it", folder);
    feat_status status = bf_report_json(report, path, err);
    feat_free(path);
    return status;
}

static feat_status evaluate(evaluating *v, feat_error *err)
{
    feat_status status = bf_judge_load(v->run, &v->job, 0, err);
    if (status == FEAT_OK)
        status = bf_judge_join(v->run, &v->job, err);
    if (status == FEAT_OK)
        status = bf_judge_measure(v->run, &v->job, true, err);
    if (status == FEAT_OK)
        status = cross_validate(v, err);
    if (status == FEAT_OK)
        status = score_parts(v, err);
    v->e->logo = v->cv.cv == GMET_JUDGE_LOGO;
    if (status == FEAT_OK && v->e->logo)
        status = score_generators(v, err);
    if (status == FEAT_OK)
        status = compare(v, err);
    if (status == FEAT_OK)
        status = grid(v, err);
    v->e->n_statistics = v->job.p;
    v->e->n_copies = v->job.n_copies;
    v->e->n_ref = status == FEAT_OK ? gmet_judge_ref_rows(v->job.ref) : 0;
    v->e->blocks = status == FEAT_OK ? gmet_judge_ref_blocks(v->job.ref) : 0;
    return status;
}

static void note_settings(bf_run *run, const gmet_judge_boot_options *boot)
{
    bf_report_setting(&run->report, "resamples", boot->resamples);
    bf_report_setting(&run->report, "seed", boot->seed);
    if (bf_args_given(run->args, BF_OPT_K))
        bf_report_setting(&run->report, "k", bf_args_number(run->args, BF_OPT_K));
    bf_report_setting(&run->report, "pca", bf_args_number(run->args, BF_OPT_PCA));
}

/* Zeroed. Errors: ARG, NOMEM. */
static feat_status begin(evaluating *v, bf_run *run, feat_error *err)
{
    v->run = run;
    v->e = feat_calloc(1, sizeof *v->e);
    return v->e != NULL ? parse_options(v, err) : feat_fail(err, FEAT_ERR_NOMEM, "no memory for the result");
}

/* But the evaluation. */
static void end(evaluating *v)
{
    feat_free(v->values);
    feat_free(v->fold);
    feat_free(v->rows);
    feat_free(v->result);
    bf_judge_job_close(&v->job);
}

static void show_one(bf_report *r, bf_judge_evaluation *e)
{
    bf_judge_eval_lines(r, e);
    bf_report_add_part(r, bf_judge_eval_json, bf_judge_eval_free, e);
}

static feat_status evaluate_one(bf_run *run, const char *folder, feat_error *err)
{
    evaluating v = {.run = NULL};
    feat_status status = begin(&v, run, err);
    if (status == FEAT_OK)
        status = folder != NULL ? bf_check_output_folder(folder, err) : FEAT_OK;
    if (status == FEAT_OK)
        status = evaluate(&v, err);
    if (status == FEAT_OK) {
        note_settings(run, &v.boot);
        show_one(&run->report, v.e);
        if (folder != NULL)
            status = write_predictions_into(folder, &v, NULL, err);
        if (folder != NULL && status == FEAT_OK)
            status = write_report_into(folder, &run->report, err);
    } else {
        bf_judge_eval_free(v.e);
    }
    end(&v);
    return status;
}

/* --- several networks ------------------------------------------------------------------------------------- */

typedef struct rivalry {
    bf_run *run;
    const char *folder;
    evaluating of[BF_MAX_NETWORKS]; /* [networks->n] are begun */
    bf_judge_networks *networks;
} rivalry;

static feat_status list_networks(rivalry *all, size_t n, feat_error *err)
{
    const bf_args *args = all->run->args;
    bf_judged_network *of = all->networks->of;
    if (n > BF_MAX_NETWORKS)
        return feat_fail(err, FEAT_ERR_ARG, "--network: %zu networks; expected %d at most", n, (int)BF_MAX_NETWORKS);
    if (bf_args_given(args, BF_OPT_TAP) || bf_args_given(args, BF_OPT_VARIANT))
        return feat_fail(err, FEAT_ERR_ARG, "--%s is for one network; of several each gives its usual features",
                         bf_args_given(args, BF_OPT_TAP) ? "tap" : "variant");
    for (size_t i = 0; i < n; i++) {
        feat_status status = bf_network_asked(&of[i].net, args, i, err);
        for (size_t k = 0; k < i && status == FEAT_OK; k++)
            if (of[k].net == of[i].net)
                status = feat_fail(err, FEAT_ERR_ARG, "--network: %s is named twice", feat_net_name(of[i].net));
        if (status != FEAT_OK)
            return status;
    }
    return FEAT_OK;
}

/* Rows and statistics are large, and of no more use. */
static void forget_rows(bf_judge_job *job)
{
    feat_free(job->images.f);
    feat_free(job->images.g);
    feat_free(job->x);
    job->images.f = NULL;
    job->images.g = NULL;
    job->x = NULL;
    bf_judge_rows_free(&job->reference);
    gmet_judge_ref_close(&job->ref);
}

/* The networks must have read the same images, or folds and resamples are not the same. */
static feat_status check_same(const rivalry *all, size_t i, feat_error *err)
{
    const bf_judge_table *first = &all->of[0].job.table, *t = &all->of[i].job.table;
    bool same = first->set.n == t->set.n;
    for (size_t k = 0; k < t->set.n && same; k++)
        same = strcmp(first->names[k], t->names[k]) == 0;
    return same ? FEAT_OK
                : feat_fail(err, FEAT_ERR_IO, "the images have changed between %s and %s: run it again",
                            feat_net_name(all->networks->of[0].net), feat_net_name(all->networks->of[i].net));
}

static feat_status evaluate_next(rivalry *all, feat_error *err)
{
    size_t i = all->networks->n;
    bf_judged_network *network = &all->networks->of[i];
    evaluating *v = &all->of[i];
    bf_report *r = &all->run->report;
    feat_status status = begin(v, all->run, err);
    network->evaluation = v->e;
    all->networks->n++;
    if (status == FEAT_OK && i == 0)
        status = all->folder != NULL ? bf_check_output_folder(all->folder, err) : FEAT_OK;
    if (status != FEAT_OK)
        return status;
    bf_run_turn_to(all->run, network->net);
    status = evaluate(v, err);
    if (status == FEAT_OK)
        status = check_same(all, i, err);
    if (status == FEAT_OK && all->folder != NULL)
        status = write_predictions_into(all->folder, v, feat_net_name(network->net), err);
    network->made = r->made;
    snprintf(network->tap, sizeof network->tap, "%s", r->tap);
    forget_rows(&v->job);
    return status;
}

/* What the report says of networks is of the first, and of the others beside it. */
static void note_networks(rivalry *all)
{
    bf_report *r = &all->run->report;
    const bf_judged_network *of = all->networks->of;
    r->made = of[0].made;
    snprintf(r->tap, sizeof r->tap, "%s", of[0].tap);
    r->n_others = all->networks->n - 1;
    for (size_t i = 0; i < r->n_others; i++)
        r->others[i] = of[1 + i].made;
    note_settings(all->run, &all->of[0].boot);
}

static feat_status compare_networks(rivalry *all, feat_error *err)
{
    const gmet_judge_cv_result *predicted[BF_MAX_NETWORKS];
    const evaluating *first = &all->of[0];
    for (size_t i = 0; i < all->networks->n; i++)
        predicted[i] = all->of[i].result;
    return gmet_judge_compare_models(&all->networks->rivals, predicted, all->networks->n, &first->job.table.set,
                                     &first->boot, &all->run->work.context, err);
}

static feat_status evaluate_several(bf_run *run, const char *folder, size_t n, feat_error *err)
{
    rivalry all = {.run = run, .folder = folder, .networks = feat_calloc(1, sizeof *all.networks)};
    if (all.networks == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the result");
    feat_status status = list_networks(&all, n, err);
    if (status == FEAT_OK)
        status = bf_check_or_bring(run->args, &run->report, err);
    while (status == FEAT_OK && all.networks->n < n)
        status = evaluate_next(&all, err);
    if (status == FEAT_OK)
        status = compare_networks(&all, err);
    for (size_t i = 0; i < all.networks->n; i++)
        end(&all.of[i]);
    if (status != FEAT_OK) {
        bf_judge_networks_free(all.networks);
        return status;
    }
    note_networks(&all);
    bf_judge_networks_show(&run->report, all.networks); /* takes it over */
    return folder != NULL ? write_report_into(folder, &run->report, err) : FEAT_OK;
}

feat_status bf_cmd_judge_eval(bf_run *run, feat_error *err)
{
    const char *folder = bf_args_text(run->args, BF_OPT_OUTPUT);
    size_t n = bf_networks_asked(run->args);
    run->report.command = "judge eval";
    return n > 1 ? evaluate_several(run, folder, n, err) : evaluate_one(run, folder, err);
}
