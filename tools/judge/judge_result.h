/* What judge eval finds out: figures, and how they are shown. */
#ifndef BONAFIDE_TOOLS_JUDGE_JUDGE_RESULT_H
#define BONAFIDE_TOOLS_JUDGE_JUDGE_RESULT_H

#include "tools/judge/judge_job.h"

/* Scores of some of the images, with baselines on the same. */
typedef struct bf_judge_part {
    char *name;
    gmet_judge_scores model;
    double acc_const, acc_truth, acc_group; /* per label; NaN where unknown */
    gmet_judge_ceiling ceiling;             /* with an interval for all images together */
} bf_judge_part;

typedef struct bf_judge_evaluation {
    char model[16], cv[24];
    uint32_t blocks; /* of statistics */
    size_t n_folds, n_statistics, n_ref, n_copies;
    double lambda[GMET_JUDGE_MAX_FOLDS];
    size_t trained[GMET_JUDGE_MAX_FOLDS], left_out[GMET_JUDGE_MAX_FOLDS]; /* images, as in gmet_judge_cv_result */
    bf_judge_part overall, generated, real;
    bf_judge_part *groups; /* [n_groups] */
    size_t n_groups;
    gmet_judge_agreement people;
    double cohen;
    size_t n_cohen;
    bool compared, by_rater; /* whether the next two are there */
    gmet_judge_comparison comparison, raters;
    gmet_judge_interval within_spearman, within_pearson;
    bool logo;
    size_t n_generators;
    double macro, least;                /* accuracy over generators */
    double rank_spearman, rank_kendall; /* of the generators' mean p and mean y */
    double mean_error;                  /* mean |mean p - mean y| over generators */
    gmet_judge_hype *hype;              /* [n_groups + 1] */
    gmet_judge_cross *cross;
    size_t n_cross;
} bf_judge_evaluation;

/* Its lines of the table, and its keys of the JSON. */
void bf_judge_eval_lines(bf_report *r, const bf_judge_evaluation *e);
void bf_judge_eval_json(bf_json *j, const void *evaluation);
void bf_judge_eval_free(void *evaluation);

#endif
