/* What the influence function of FID needs of two covariances. */
#ifndef GMET_INFLUENCE_H
#define GMET_INFLUENCE_H

#include "metrics/internal.h"

typedef struct gmet_influence {
    size_t d, k;
    size_t rank_real, rank_gen;
    double *s;    /* [k]: singular values of the product of the factors, ascending */
    double *real; /* [k][d]: makes z of a centred row of the real set */
    double *gen;  /* [k][d]: of the generated set */
} gmet_influence;

/* sigma_real, sigma_gen [d][d]. work: for d x d outputs, d deep. Errors: as gmet_pivoted_cholesky. */
iv3_status gmet_influence_create(gmet_influence *out, const double *sigma_real, const double *sigma_gen,
                                 size_t d, const gmet_work *work, iv3_error *err) IV3_NODISCARD;
void gmet_influence_release(gmet_influence *f);

#endif
