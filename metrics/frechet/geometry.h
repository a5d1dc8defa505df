/* The geometry of a covariance from its factor, on the way of the Frechet distance; gmet_geometry is in frechet.h. */
#ifndef BONAFIDE_METRICS_FRECHET_GEOMETRY_H
#define BONAFIDE_METRICS_FRECHET_GEOMETRY_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/frechet/frechet.h"
#include "metrics/linalg/mat.h"

/* Rank and effective ranks of the covariance that has this factor, f [rank][d] with row stride `stride`, upper
 * triangular; the trace is the caller's. One matrix of rank x rank is taken for it. work: for d x d outputs, d deep.
 * Errors: NOMEM, NUMERIC. */
feat_status gmet_geometry_of_factor(gmet_geometry *out, const double *f, size_t rank, size_t d, size_t stride,
                                    const gmet_work *work, feat_error *err) FEAT_NODISCARD;

#endif
