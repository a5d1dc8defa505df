/* The table and the JSON of judge eval. */
#include "tools/judge/judge_result.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"

enum { MAX_SHOWN = 16 };

void bf_judge_eval_free(void *evaluation)
{
    bf_judge_evaluation *e = evaluation;
    if (e == NULL)
        return;
    for (size_t g = 0; e->groups != NULL && g < e->n_groups; g++)
        feat_free(e->groups[g].name);
    feat_free(e->groups);
    feat_free(e->hype);
    feat_free(e->cross);
    feat_free(e);
}

/* --- JSON --------------------------------------------------------------------------------------------- */

static void write_part(bf_json *j, const char *key, const bf_judge_part *p)
{
    const gmet_judge_scores *s = &p->model;
    bf_json_open(j, key, '{');
    if (p->name != NULL)
        bf_json_string(j, "group", p->name);
    bf_json_integer(j, "images", s->images);
    bf_json_integer(j, "labels", s->labels);
    bf_json_number(j, "acc_label", s->acc_label);
    bf_json_number(j, "acc_image", s->acc_image);
    bf_json_number(j, "acc_majority", s->acc_majority);
    bf_json_integer(j, "majorities", s->majorities);
    bf_json_integer(j, "ties", s->ties);
    bf_json_number(j, "acc_const", p->acc_const);
    bf_json_number(j, "acc_truth", p->acc_truth);
    bf_json_number(j, "acc_group", p->acc_group);
    bf_json_number(j, "auroc", s->auroc);
    bf_json_number(j, "auprc", s->auprc);
    bf_json_number(j, "brier", s->brier);
    bf_json_number(j, "log_loss", s->log_loss);
    bf_json_number(j, "ece", s->ece);
    bf_json_number(j, "calibration_slope", s->slope);
    bf_json_number(j, "calibration_intercept", s->intercept);
    bf_json_number(j, "pearson", s->pearson);
    bf_json_number(j, "spearman", s->spearman);
    bf_json_number(j, "kendall", s->kendall);
    bf_judge_ceiling_json(j, &p->ceiling);
    bf_json_number(j, "mean_p", s->mean_p);
    bf_json_number(j, "mean_y", s->mean_y);
    bf_json_close(j, '}');
}

static void write_people(bf_json *j, const bf_judge_evaluation *e)
{
    const gmet_judge_agreement *a = &e->people;
    bf_json_open(j, "people", '{');
    bf_json_integer(j, "images2", a->images2);
    bf_json_integer(j, "labels2", a->labels2);
    bf_json_number(j, "pair_label", a->pair_label);
    bf_json_number(j, "pair_image", a->pair_image);
    bf_json_number(j, "pair_pooled", a->pair_pooled);
    bf_json_number(j, "loo_majority", a->loo_majority);
    bf_json_number(j, "loo_majority_notie", a->loo_majority_notie);
    bf_json_number(j, "fleiss", a->fleiss);
    bf_json_number(j, "alpha", a->alpha);
    bf_json_number(j, "cohen", e->n_cohen > 0 ? e->cohen : (double)NAN);
    bf_json_integer(j, "cohen_pairs", e->n_cohen);
    bf_json_close(j, '}');
}

static void write_comparison(bf_json *j, const char *key, const gmet_judge_comparison *c, bool verdict)
{
    bf_json_open(j, key, '{');
    bf_json_integer(j, "labels", c->labels);
    bf_judge_interval_json(j, "acc_label", &c->acc);
    bf_judge_interval_json(j, "pair_label", &c->pair);
    bf_judge_interval_json(j, "ratio", &c->ratio);
    bf_judge_interval_json(j, "diff", &c->diff);
    if (verdict) {
        bf_json_integer(j, "images", c->images);
        bf_judge_interval_json(j, "acc_const", &c->acc_const);
        bf_judge_interval_json(j, "skill", &c->skill);
        bf_judge_interval_json(j, "best_const", &c->best_const);
        bf_judge_interval_json(j, "edge", &c->edge);
        bf_judge_interval_json(j, "acc_truth", &c->acc_truth);
        bf_judge_interval_json(j, "acc_group", &c->acc_group);
        bf_json_string(j, "verdict", gmet_judge_verdict_name(c->verdict));
    }
    bf_json_close(j, '}');
}

static void write_tables(bf_json *j, const bf_judge_evaluation *e)
{
    bf_json_open(j, "groups", '[');
    for (size_t g = 0; g < e->n_groups; g++)
        write_part(j, NULL, &e->groups[g]);
    bf_json_close(j, ']');
    bf_json_open(j, "hype", '[');
    for (size_t g = 0; g <= e->n_groups && e->hype != NULL; g++) {
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "group", g < e->n_groups ? e->groups[g].name : NULL);
        bf_json_integer(j, "units", e->hype[g].units);
        bf_judge_interval_json(j, "error", &e->hype[g].all);
        bf_judge_interval_json(j, "error_fake", &e->hype[g].fake);
        bf_judge_interval_json(j, "error_real", &e->hype[g].real);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
    if (e->cross == NULL)
        return;
    bf_json_open(j, "cross", '[');
    for (size_t i = 0; i < e->n_cross; i++) {
        const gmet_judge_cross *c = &e->cross[i];
        bf_json_open(j, NULL, '{');
        bf_json_string(j, "test", e->groups[c->test].name);
        bf_json_integer(j, "train_mask", c->train);
        bf_json_integer(j, "labels", c->labels);
        bf_json_integer(j, "trained", c->trained);
        bf_json_integer(j, "left_out", c->left_out);
        bf_json_number(j, "acc_label", c->acc_label);
        bf_json_number(j, "acc_const", c->acc_const);
        bf_json_number(j, "spearman", c->spearman);
        bf_json_close(j, '}');
    }
    bf_json_close(j, ']');
}

static void write_counts(bf_json *j, const char *key, const size_t *count, size_t n)
{
    bf_json_open(j, key, '[');
    for (size_t f = 0; f < n; f++)
        bf_json_integer(j, NULL, count[f]);
    bf_json_close(j, ']');
}

void bf_judge_eval_json(bf_json *j, const void *evaluation)
{
    const bf_judge_evaluation *e = evaluation;
    bf_json_string(j, "model", e->model);
    bf_json_string(j, "cv", e->cv);
    bf_json_integer(j, "folds", e->n_folds);
    bf_json_integer(j, "statistics", e->n_statistics);
    bf_json_integer(j, "n_ref", e->n_ref);
    bf_json_integer(j, "in_reference", e->n_copies);
    bf_json_open(j, "lambda", '[');
    for (size_t f = 0; f < e->n_folds; f++)
        bf_json_number(j, NULL, e->lambda[f]);
    bf_json_close(j, ']');
    write_counts(j, "trained", e->trained, e->n_folds);
    write_counts(j, "left_out", e->left_out, e->n_folds);
    write_part(j, "overall", &e->overall);
    write_part(j, "generated", &e->generated);
    write_part(j, "real", &e->real);
    write_people(j, e);
    if (e->compared)
        write_comparison(j, "comparison", &e->comparison, true);
    if (e->by_rater)
        write_comparison(j, "comparison_over_raters", &e->raters, false);
    bf_judge_interval_json(j, "spearman_within_folds", &e->within_spearman);
    bf_judge_interval_json(j, "pearson_within_folds", &e->within_pearson);
    if (e->logo) {
        bf_json_open(j, "generators", '{');
        bf_json_integer(j, "n", e->n_generators);
        bf_json_number(j, "acc_label_mean", e->macro);
        bf_json_number(j, "acc_label_min", e->least);
        bf_json_number(j, "spearman_of_means", e->rank_spearman);
        bf_json_number(j, "kendall_of_means", e->rank_kendall);
        bf_json_number(j, "mean_abs_error", e->mean_error);
        bf_json_close(j, '}');
    }
    write_tables(j, e);
}

/* --- the table
 * ------------------------------------------------------------------------------------------------ */

static void show_interval(bf_report *r, const char *label, const gmet_judge_interval *i, const char *what)
{
    char text[224], value[64];
    snprintf(text, sizeof text, "%-28s %.180s", bf_judge_interval_text(value, i), what);
    bf_report_line(r, label, text, "", "");
}

static void show_part(bf_report *r, const char *label, const bf_judge_part *p)
{
    char text[224], n[8][16];
    const gmet_judge_scores *s = &p->model;
    snprintf(text, sizeof text, "%7zu %8zu  %7s %8s %7s %7s  %7s  %8s  %6s %6s", s->images, s->labels,
             bf_judge_number_text(n[0], s->acc_label), bf_judge_number_text(n[1], p->acc_const),
             bf_judge_number_text(n[2], p->acc_truth), bf_judge_number_text(n[3], s->acc_majority),
             bf_judge_number_text(n[4], s->auroc), bf_judge_number_text(n[5], s->spearman),
             bf_judge_number_text(n[6], s->mean_p), bf_judge_number_text(n[7], s->mean_y));
    bf_report_line(r, label, text, "", "");
}

static void show_parts(bf_report *r, const bf_judge_evaluation *e)
{
    bf_report_line(r, "",
                   " images   labels  accuracy  constant  truth  majority  AUROC  Spearman  mean p mean y",
                   "", "");
    show_part(r, "all", &e->overall);
    show_part(r, "generated", &e->generated);
    show_part(r, "real", &e->real);
    for (size_t g = 0; g < e->n_groups && g < MAX_SHOWN && e->n_groups > 1; g++) {
        char label[24];
        show_part(r, bf_judge_row_label(label, e->groups[g].name[0] != 0 ? e->groups[g].name : "(no group)"),
                  &e->groups[g]);
    }
    bf_report_line(r, "",
                   "accuracy: single labels foretold; constant: by one answer for all; truth: by knowing what is real;",
                   "", "");
    bf_report_line(r, "", "majority: images whose majority is foretold; AUROC, Spearman: of the order of images;", "",
                   "");
    bf_report_line(r, "", "mean p: share called real as foretold; mean y: as people said", "", "");
}

static const char *meaning(gmet_judge_verdict verdict)
{
    switch (verdict) {
    case GMET_JUDGE_NO_SKILL:
        return "no skill: not shown to predict better than a constant";
    case GMET_JUDGE_BELOW:
        return "below: it agrees less with people than people with each other";
    case GMET_JUDGE_MATCHES:
        return "matches: it agrees with people as much as people with each other";
    case GMET_JUDGE_ABOVE:
        return "above: it agrees with people more than people with each other";
    }
    return "?";
}

static void show_comparison(bf_report *r, const bf_judge_evaluation *e)
{
    const gmet_judge_comparison *c = &e->comparison;
    char text[128];
    if (!e->compared) {
        bf_report_line(r, "people", "no image has two labels, so the model cannot be compared with people",
                       "", "");
        return;
    }
    snprintf(text, sizeof text, "of single labels, on %zu images with two or more", c->images);
    show_interval(r, "accuracy", &c->acc, text);
    show_interval(r, "people", &c->pair, "chance that two people agree about one of them");
    show_interval(r, "  difference", &c->diff, "accuracy - people");
    show_interval(r, "  ratio", &c->ratio, "accuracy / people");
    if (e->by_rater)
        show_interval(r, "  over raters", &e->raters.diff, "the difference, had other raters been asked");
    show_interval(r, "constant", &c->acc_const,
                  "accuracy of one answer for all, learned on the training images");
    show_interval(r, "  skill", &c->skill, "accuracy - constant");
    show_interval(r, "best constant", &c->best_const, "accuracy of the better answer in hindsight");
    show_interval(r, "  edge", &c->edge, "accuracy - best constant");
    show_interval(r, "truth", &c->acc_truth,
                  "accuracy of knowing what is real, which no metric of images does");
    if (!isnan(c->acc_group.value))
        show_interval(r, "group means", &c->acc_group,
                      "accuracy of each group's mean in training, where it was there");
    bf_report_line(r, "verdict", meaning(c->verdict), "", "");
    if (c->verdict == GMET_JUDGE_NO_SKILL && (e->blocks & GMET_JUDGE_RAW) == 0)
        bf_report_line(r, "  tried",
                       "what distances to real images tell; --blocks raw --model krr looks beyond them", "", "");
}

static void show_ranking(bf_report *r, const bf_judge_evaluation *e)
{
    char text[224], n[5][16];
    show_interval(r, "Spearman", &e->within_spearman, "of p and the share of real labels, within folds");
    show_interval(r, "Pearson", &e->within_pearson, "the same");
    snprintf(text, sizeof text, "%s   over all folds together: shifts between folds distort it",
             bf_judge_number_text(n[0], e->overall.model.spearman));
    bf_report_line(r, "  pooled Spearman", text, "", "");
    bf_judge_ceiling_show(r, "  noise ceiling", &e->overall.ceiling);
    snprintf(text, sizeof text, "slope %s, intercept %s, expected error %s; Brier %s, log loss %s",
             bf_judge_number_text(n[0], e->overall.model.slope),
             bf_judge_number_text(n[1], e->overall.model.intercept),
             bf_judge_number_text(n[2], e->overall.model.ece),
             bf_judge_number_text(n[3], e->overall.model.brier),
             bf_judge_number_text(n[4], e->overall.model.log_loss));
    bf_report_line(r, "calibration", text, "", "");
    if (!e->logo)
        return;
    snprintf(text, sizeof text,
             "accuracy %s on average, %s at worst; rank correlation of their means %s, mean error %s",
             bf_judge_number_text(n[0], e->macro), bf_judge_number_text(n[1], e->least),
             bf_judge_number_text(n[2], e->rank_spearman), bf_judge_number_text(n[3], e->mean_error));
    bf_report_line(r, "unseen generators", text, "", "");
}

static void show_cross(bf_report *r, const bf_judge_evaluation *e)
{
    for (size_t size = 1; e->n_cross > 0 && size < e->n_generators; size++) {
        double accuracy = 0.0, constant = 0.0, n = 0.0;
        char label[40], text[128];
        for (size_t i = 0; i < e->n_cross; i++) {
            size_t bits = 0;
            for (uint32_t mask = e->cross[i].train; mask != 0; mask &= mask - 1)
                bits++;
            if (bits != size || isnan(e->cross[i].acc_label))
                continue;
            accuracy += e->cross[i].acc_label;
            constant += e->cross[i].acc_const;
            n += 1.0;
        }
        snprintf(label, sizeof label, "trained on %zu", size);
        if (!(n > 0.0)) {
            bf_report_line(r, label, "nothing left to train on: every image shares a block with those tested", "", "");
            continue;
        }
        snprintf(text, sizeof text, "accuracy %.4f, constant %.4f; mean over %.0f pairs", accuracy / n,
                 constant / n, n);
        bf_report_line(r, label, text, "", "");
    }
}

/* The fold that lost the largest share of its training to images of the same blocks. */
static void show_left_out(bf_report *r, const bf_judge_evaluation *e)
{
    char text[160];
    size_t most = 0;
    for (size_t f = 0; f < e->n_folds; f++)
        if (e->left_out[f] * (e->left_out[most] + e->trained[most]) >
            e->left_out[most] * (e->left_out[f] + e->trained[f]))
            most = f;
    if (e->n_folds == 0 || e->left_out[most] == 0)
        return;
    snprintf(text, sizeof text,
             "up to %zu of %zu training images of a fold, which share a block with images tested in it",
             e->left_out[most], e->left_out[most] + e->trained[most]);
    bf_report_line(r, "left out", text, "", "");
}

void bf_judge_eval_lines(bf_report *r, const bf_judge_evaluation *e)
{
    char text[128];
    snprintf(text, sizeof text, "%s on %zu statistics against %zu real images, %s, %zu folds", e->model,
             e->n_statistics, e->n_ref, e->cv, e->n_folds);
    bf_report_line(r, "judge", text, "", "");
    show_left_out(r, e);
    show_parts(r, e);
    show_comparison(r, e);
    show_ranking(r, e);
    show_cross(r, e);
}
