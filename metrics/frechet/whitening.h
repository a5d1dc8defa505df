/* Rows in the common singular basis of two covariances, and what FID's terms take of them. */
#ifndef BONAFIDE_METRICS_FRECHET_WHITENING_H
#define BONAFIDE_METRICS_FRECHET_WHITENING_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/frechet/float_product.h"
#include "metrics/frechet/pair_kernel.h"
#include "metrics/linalg/mat.h"

/* What one thread works in. */
typedef struct gmet_white_bench {
    float *rows;  /* packed rows, GMET_FLOAT_ROWS x max(d, k) */
    float *z;     /* [GMET_FLOAT_ROWS][stride] */
    float *forms; /* [GMET_FLOAT_ROWS][columns of GMET_PAIR_TERMS] */
    double *wide; /* [2][max(d, k)]: scratch of whoever has the bench */
} gmet_white_bench;

typedef struct gmet_whitening {
    const gmet_work *work;
    size_t d, k, stride; /* of z: k rounded up */
    const double *s;     /* [k], borrowed */
    double scale;        /* a power of 2 near 1 / sqrt(largest s), which keeps floats in range */
    gmet_float_panels w, pair;
    float *memory;
    double *wide;
    gmet_white_bench *benches; /* [threads] */
} gmet_whitening;

/* s [k] ascending, all above 0, as pair was made of. Zero-initialise; release also after an error. Errors: NOMEM. */
feat_status gmet_whitening_create(gmet_whitening *out, const double *s, size_t k, size_t d,
                                  const gmet_pair_kernel *pair, const gmet_work *work, feat_error *err) FEAT_NODISCARD;
void gmet_whitening_release(gmet_whitening *h);

/* From here on z is w [k][d] times a centred row. Errors: NOMEM. */
feat_status gmet_whitening_by(gmet_whitening *h, const double *w, feat_error *err) FEAT_NODISCARD;

/* z [n][stride] of n <= GMET_FLOAT_ROWS rows [d] less mu [d], in the worker's bench. */
float *gmet_whiten(const gmet_whitening *h, const float *const *rows, size_t n, const double *mu, size_t worker);

/* Sum of s_j x_j y_j, in double. x, y [k]. */
double gmet_white_product(const gmet_whitening *h, const float *x, const float *y, size_t worker);

/* out [n]: u^T p u of n rows u [k] that lie in the z of the worker's bench, with the pair kernel. */
void gmet_white_forms(double *out, const gmet_whitening *h, size_t n, size_t worker);

#endif
