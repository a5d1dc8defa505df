/* What the influence function of FID needs of two covariances. */
#ifndef BONAFIDE_METRICS_FRECHET_INFLUENCE_H
#define BONAFIDE_METRICS_FRECHET_INFLUENCE_H

#include "engine/base/common.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

typedef struct gmet_influence {
    size_t d, k;
    size_t rank_real, rank_gen;
    double total; /* sum of all singular values, also those left out */
    double *s;    /* [k]: singular values of the product of the factors, ascending */
    double *real; /* [k][d]: makes z of a centred row of the real set */
    double *gen;  /* [k][d]: of the generated set */
} gmet_influence;

/* pair: of the real and the generated covariance, whose parts are freed or taken on the way; the covariances
 * rest, to be woken, and rest for good afterwards. work: for d x d outputs, d deep. Errors: NOMEM, NUMERIC. */
feat_status gmet_influence_create(gmet_influence *out, gmet_factors *pair, gmet_covariance *real,
                                  gmet_covariance *gen, const gmet_work *work, feat_error *err) FEAT_NODISCARD;
void gmet_influence_release(gmet_influence *f);

#endif
