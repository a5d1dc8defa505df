/* judge agree: how far people agree, from labels alone, for each data set in the file. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/judge/judge_job.h"

enum { LEAST_COMMON = 5, MAX_RATERS = 4096, MAX_SHOWN = 24 };

/* One data set's figures. */
typedef struct agreement {
    char *name; /* NULL when the file knows no data sets */
    gmet_judge_agreement a;
    gmet_judge_ceiling ceiling;
    gmet_judge_interval pair_image, pair_label;
    bool has_intervals;
    double cohen;
    size_t n_pairs;        /* of raters */
    gmet_judge_hype *hype; /* [n_groups + 1] */
    char **groups;
    size_t n_groups;
} agreement;

typedef struct results {
    agreement *sets;
    size_t n;
    char **raters; /* [n_raters], long form */
    bf_rater *by;
    size_t n_raters;
} results;

static void release(void *ctx)
{
    results *r = ctx;
    for (size_t i = 0; i < r->n; i++) {
        agreement *s = &r->sets[i];
        for (size_t g = 0; s->groups != NULL && g < s->n_groups; g++)
            feat_free(s->groups[g]);
        feat_free(s->groups);
        feat_free(s->hype);
        feat_free(s->name);
    }
    for (size_t i = 0; r->raters != NULL && i < r->n_raters; i++)
        feat_free(r->raters[i]);
    feat_free(r->raters);
    feat_free(r->by);
    feat_free(r->sets);
    feat_free(r);
}

/* How often a rater said the same of an image that was shown again; NaN where none was. */
static double self_agreement(const bf_rater *by)
{
    return by->again > 0 ? (double)by->same / (double)by->again : (double)NAN;
}

/* --- JSON --------------------------------------------------------------------------------------------- */

static void write_hype(bf_json *j, const char *group, const gmet_judge_hype *h)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "group", group);
    bf_json_integer(j, "units", h->units);
    bf_judge_interval_json(j, "error", &h->all);
    bf_judge_interval_json(j, "error_fake", &h->fake);
    bf_judge_interval_json(j, "error_real", &h->real);
    bf_json_close(j, '}');
}

static void write_set(bf_json *j, const agreement *s)
{
    bf_json_open(j, NULL, '{');
    bf_json_string(j, "dataset", s->name);
    bf_json_integer(j, "images", s->a.images);
    bf_json_integer(j, "labels", s->a.labels);
    bf_json_integer(j, "images2", s->a.images2);
    bf_json_integer(j, "labels2", s->a.labels2);
    bf_json_number(j, "pair_image", s->a.pair_image);
    bf_json_number(j, "pair_label", s->a.pair_label);
    bf_json_number(j, "pair_pooled", s->a.pair_pooled);
    bf_json_number(j, "p_real", s->a.p_real);
    bf_json_number(j, "fleiss", s->a.fleiss);
    bf_json_number(j, "alpha", s->a.alpha);
    bf_json_number(j, "loo_majority", s->a.loo_majority);
    bf_json_number(j, "loo_majority_notie", s->a.loo_majority_notie);
    bf_json_number(j, "loo_notie_share", s->a.loo_notie_share);
    bf_json_number(j, "own_majority", s->a.own_majority);
    bf_judge_ceiling_json(j, &s->ceiling);
    if (s->has_intervals) {
        bf_judge_interval_json(j, "pair_image_interval", &s->pair_image);
        bf_judge_interval_json(j, "pair_label_interval", &s->pair_label);
    }
    bf_json_number(j, "cohen", s->n_pairs > 0 ? s->cohen : (double)NAN);
    bf_json_integer(j, "cohen_pairs", s->n_pairs);
    bf_json_open(j, "hype", '[');
    for (size_t g = 0; g <= s->n_groups; g++)
        write_hype(j, g < s->n_groups ? s->groups[g] : NULL, &s->hype[g]);
    bf_json_close(j, ']');
    bf_json_close(j, '}');
}

static void write_raters(bf_json *j, const results *r)
{
    bf_json_open(j, "raters", '[');
    for (size_t i = 0; i < r->n_raters; i++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "rater", r->raters[i]);
        bf_json_integer(j, "n", r->by[i].labels);
        bf_json_integer(j, "unsure", r->by[i].unsure);
        bf_json_integer(j, "repeated", r->by[i].again);
        bf_json_integer(j, "repeated_same", r->by[i].same);
        bf_json_number(j, "self_agreement", self_agreement(&r->by[i]));
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_results(bf_json *j, const void *ctx)
{
    const results *r = ctx;
    bf_json_open(j, "agreement", '[');
    for (size_t i = 0; i < r->n; i++)
        write_set(j, &r->sets[i]);
    bf_json_close(j, ']');
    if (r->n_raters > 0)
        write_raters(j, r);
}

/* --- the table
 * ------------------------------------------------------------------------------------------------ */

static void line(bf_report *r, const char *label, double value, const char *what)
{
    char text[224], number[16];
    snprintf(text, sizeof text, "%s   %.180s", bf_judge_number_text(number, value), what);
    bf_report_line(r, label, text, "", "");
}

static void show_hype(bf_report *r, const char *label, const gmet_judge_hype *h)
{
    char text[224], all[64], fake[16], real[16];
    snprintf(text, sizeof text, "%s   fake taken for real %s, real for fake %s", bf_judge_interval_text(all, &h->all),
             bf_judge_number_text(fake, h->fake.value), bf_judge_number_text(real, h->real.value));
    bf_report_line(r, label, text, "", "");
}

static void show_agreement(bf_report *r, const agreement *s)
{
    char text[224], interval[64];
    line(r, "said real", s->a.p_real, "of labels");
    snprintf(text, sizeof text, "%s   chance that two people agree; compare accuracy on single labels with this",
             bf_judge_interval_text(interval, &s->pair_label));
    bf_report_line(r, "pairwise (labels)", text, "", "");
    snprintf(text, sizeof text, "%s   the same, each image counted once",
             bf_judge_interval_text(interval, &s->pair_image));
    bf_report_line(r, "pairwise (images)", text, "", "");
    line(r, "pairwise (pooled)", s->a.pair_pooled, "all pairs together");
    line(r, "majority of others", s->a.loo_majority, "a label against the majority of the image's others, ties 1/2");
    line(r, "  without ties", s->a.loo_majority_notie, "");
    line(r, "Fleiss' kappa", s->a.fleiss, "above chance");
    line(r, "Krippendorff's alpha", s->a.alpha, "above chance");
    if (s->n_pairs > 0) {
        snprintf(text, sizeof text, "mean over %zu pairs of raters", s->n_pairs);
        line(r, "Cohen's kappa", s->cohen, text);
    }
    bf_judge_ceiling_show(r, "noise ceiling", &s->ceiling);
}

static void show_rates(bf_report *r, const agreement *s)
{
    if (isnan(s->hype[s->n_groups].all.value))
        return;
    show_hype(r, "error rate", &s->hype[s->n_groups]);
    for (size_t g = 0; g < s->n_groups && g < MAX_SHOWN; g++) {
        char label[24];
        show_hype(r, bf_judge_row_label(label, s->groups[g]), &s->hype[g]);
    }
}

/* Each rater, in the order of names, where some were not sure or saw images twice. */
static void show_raters(bf_report *r, const results *all)
{
    bf_rater sum = {0};
    char text[224], label[32], number[16], share[16];
    for (size_t i = 0; i < all->n_raters; i++) {
        sum.labels += all->by[i].labels;
        sum.unsure += all->by[i].unsure;
        sum.again += all->by[i].again;
        sum.same += all->by[i].same;
    }
    if (sum.unsure > 0) {
        snprintf(text, sizeof text, "%s   %zu answers, which are no labels and take no part",
                 bf_judge_number_text(share, (double)sum.unsure / (double)(sum.unsure + sum.labels + sum.again)),
                 sum.unsure);
        bf_report_line(r, "not sure", text, "", "");
    }
    if (sum.again > 0) {
        snprintf(text, sizeof text, "%s   same label as before, of %zu images shown again (the first label counts)",
                 bf_judge_number_text(number, self_agreement(&sum)), sum.again);
        bf_report_line(r, "self-agreement", text, "", "");
    }
    for (size_t i = 0; i < all->n_raters && i < MAX_SHOWN && sum.unsure + sum.again > 0; i++) {
        const bf_rater *by = &all->by[i];
        snprintf(text, sizeof text, "%s   of %zu; %zu labels, %zu not sure",
                 bf_judge_number_text(number, self_agreement(by)), by->again, by->labels, by->unsure);
        bf_report_line(r, bf_judge_row_label(label, all->raters[i]), text, "", "");
    }
}

static void show(bf_report *r, const agreement *s, bool alone)
{
    char text[224];
    if (s->name != NULL)
        bf_report_line(r, "data set", s->name, "", "");
    snprintf(text, sizeof text, "%zu images, %zu labels; of two or more labels %zu images, %zu labels", s->a.images,
             s->a.labels, s->a.images2, s->a.labels2);
    bf_report_line(r, "labels", text, "", "");
    if (s->a.images2 > 0)
        show_agreement(r, s);
    else
        bf_report_line(r, "agreement",
                       alone ? "one rater: nothing to agree with; have a second label the same page"
                             : "unknown: no image was judged by two people; have several label the same page",
                       "", "");
    show_rates(r, s);
}

/* --- one data set
 * ----------------------------------------------------------------------------------------------- */

static feat_status copy_groups(agreement *s, const bf_judge_table *t, feat_error *err)
{
    s->n_groups = t->set.n_groups;
    s->groups = feat_calloc(s->n_groups, sizeof *s->groups);
    s->hype = feat_calloc(s->n_groups + 1, sizeof *s->hype);
    bool there = s->groups != NULL && s->hype != NULL;
    for (size_t g = 0; g < s->n_groups && there; g++)
        there = (s->groups[g] = feat_strdup(t->groups[g])) != NULL;
    return there ? FEAT_OK : feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu groups", s->n_groups);
}

static feat_status measure(bf_run *run, agreement *s, const bf_labels *labels, uint32_t dataset, feat_error *err)
{
    const gmet_context *context = &run->work.context;
    bf_judge_table t;
    gmet_judge_boot_options boot = {.struct_size = sizeof boot,
                                    .resamples = (size_t)bf_args_number(run->args, BF_OPT_RESAMPLES),
                                    .seed = bf_args_number(run->args, BF_OPT_SEED)};
    feat_status status = bf_judge_table_make(&t, labels, NULL, dataset, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_agree(&s->a, &t.set, NULL);
    status = copy_groups(s, &t, err);
    s->pair_image = s->pair_label = (gmet_judge_interval){(double)NAN, (double)NAN, (double)NAN};
    s->has_intervals = s->a.images2 > 0;
    if (status == FEAT_OK && s->has_intervals)
        status = gmet_judge_agree_interval(&s->pair_image, &s->pair_label, &t.set, &boot, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_noise_ceiling(&s->ceiling, &t.set, &t.votes, NULL, &boot, context, err);
    if (status == FEAT_OK)
        status = gmet_judge_hype_table(s->hype, &t.set, &t.votes, &boot, context, err);
    if (status == FEAT_OK && t.votes.of != NULL && t.votes.n_raters <= MAX_RATERS)
        status = gmet_judge_cohen(&s->cohen, &s->n_pairs, &t.votes, LEAST_COMMON, err);
    bf_judge_table_free(&t);
    return status;
}

static feat_status measure_all(bf_run *run, results *r, const bf_labels *labels, feat_error *err)
{
    size_t n = labels->datasets.n;
    feat_status status = FEAT_OK;
    r->sets = feat_calloc(n > 0 ? n : 1, sizeof *r->sets);
    if (r->sets == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu data sets", n);
    for (size_t i = 0; i < (n > 0 ? n : 1) && status == FEAT_OK; i++) {
        agreement *s = &r->sets[r->n++];
        if (n > 0 && (s->name = feat_strdup(labels->datasets.text[i])) == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu data sets", n);
        status = measure(run, s, labels, n > 0 ? (uint32_t)i : BF_NO_NAME, err);
    }
    return status;
}

/* Raters in the natural order of their names. */
static feat_status copy_raters(results *r, const bf_labels *labels, feat_error *err)
{
    size_t n = labels->raters.n;
    uint32_t *order = feat_alloc_array(n, 2 * sizeof *order);
    r->raters = feat_calloc(n, sizeof *r->raters);
    r->by = feat_calloc(n, sizeof *r->by);
    r->n_raters = n;
    bool there = order != NULL && r->raters != NULL && r->by != NULL;
    feat_status status = there ? bf_names_order(order, (const char *const *)labels->raters.text, n, err) : FEAT_OK;
    for (size_t i = 0; i < n && there && status == FEAT_OK; i++) {
        r->by[i] = labels->by[order[i]];
        there = (r->raters[i] = feat_strdup(labels->raters.text[order[i]])) != NULL;
    }
    feat_free(order);
    return there ? status : feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu raters", n);
}

/* What of the labels is no figure of a data set. */
static void report_labels(bf_report *report, const bf_labels *labels)
{
    if (labels->n_repeated > 0 && !labels->has_shown)
        bf_report_warn(report, "%zu further labels of an image by one rater do not count", labels->n_repeated);
    bf_report_integer(report, "repeated_labels", labels->n_repeated);
    bf_report_integer(report, "unsure", labels->n_unsure);
    if (labels->of_page && !labels->has_truth)
        bf_report_line(report, "error rates",
                       "unknown: which images are real says --key key.csv, written beside the page", "", "");
}

feat_status bf_cmd_judge_agree(bf_run *run, feat_error *err)
{
    bf_labels labels;
    bf_report *report = &run->report;
    results *r = feat_calloc(1, sizeof *r);
    run->report.command = "judge agree";
    if (r == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the result");
    feat_status status =
        feat_pool_create(&run->work.context.pool, (size_t)bf_args_number(run->args, BF_OPT_THREADS), err);
    if (status == FEAT_OK)
        status = bf_judge_labels(run, &labels, run->args->operands[0], err);
    if (status != FEAT_OK) {
        release(r);
        return status;
    }
    status = measure_all(run, r, &labels, err);
    if (status == FEAT_OK && labels.long_form)
        status = copy_raters(r, &labels, err);
    for (size_t i = 0; i < r->n && status == FEAT_OK; i++)
        show(report, &r->sets[i], labels.raters.n == 1);
    if (status == FEAT_OK) {
        show_raters(report, r);
        report_labels(report, &labels);
        bf_report_setting(report, "resamples", bf_args_number(run->args, BF_OPT_RESAMPLES));
        bf_report_setting(report, "seed", bf_args_number(run->args, BF_OPT_SEED));
        bf_report_add_part(report, write_results, release, r);
    } else {
        release(r);
    }
    bf_labels_free(&labels);
    return status;
}
