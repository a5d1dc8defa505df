/* A fitted regression. */
#ifndef BONAFIDE_METRICS_JUDGE_JUDGE_MODEL_H
#define BONAFIDE_METRICS_JUDGE_JUDGE_MODEL_H

#include "engine/base/common.h"
#include "metrics/judge/judge_internal.h"

struct gmet_judge_model {
    gmet_judge_kind kind;
    double lambda;
    size_t p;
    double *mean, *scale; /* [p]; scale 0: the column takes no part */
    double *coef;         /* [1 + p], of standardised columns */
    size_t n_points;
    double *points, *alpha; /* kernel ridge: [n_points][p], [n_points]; coef[0] is m */
    double h;
    size_t n_groups;
    double *group; /* [n_groups] share of "real"; NaN: unseen */
};

/* Whether a kind of model weighs statistics, and so has a lambda. */
static inline bool gmet_judge_has_lambda(gmet_judge_kind kind)
{
    return kind == GMET_JUDGE_LOGISTIC || kind == GMET_JUDGE_RIDGE || kind == GMET_JUDGE_KRR;
}

/* The labelled images that a model is fitted to. */
typedef struct gmet_judge_training {
    size_t m;
    size_t *index;          /* [m] rows of the set */
    uint32_t *n_labels, *k; /* [m] */
    double *z;              /* [m][p] standardised columns; NULL until needed */
} gmet_judge_training;

/* Fits points, alpha and h; takes over t->z when it keeps it (then it is NULL). Errors: NUMERIC, NOMEM. */
feat_status gmet_judge_krr_fit(gmet_judge_model *model, gmet_judge_training *t, const gmet_judge_fit_options *options,
                               const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* out [m] = sum over points of alpha exp(-|z - point|^2 / h). Errors: NOMEM. */
feat_status gmet_judge_krr_apply(double *out, const gmet_judge_model *model, const double *z, size_t m,
                                 const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#endif
