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

/* Fits points, alpha and h to standardised z [m][p] with labels; takes over z when it keeps it (then *z is
 * NULL). Errors: NUMERIC, NOMEM. */
feat_status gmet_judge_krr_fit(gmet_judge_model *model, double **z, const uint32_t *n_labels,
                               const uint32_t *k, size_t m, const gmet_judge_fit_options *options,
                               feat_pool *pool, feat_error *err) FEAT_NODISCARD;

/* out [m] = sum over points of alpha exp(-|z - point|^2 / h). Errors: NOMEM. */
feat_status gmet_judge_krr_apply(double *out, const gmet_judge_model *model, const double *z, size_t m,
                                 feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
