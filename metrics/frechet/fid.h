/* FID in little memory. */
#ifndef BONAFIDE_METRICS_FRECHET_FID_H
#define BONAFIDE_METRICS_FRECHET_FID_H

#include "engine/base/common.h"
#include "metrics/frechet/frechet.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* FID from means and covariances that are put to rest on the way. pair, if not NULL, keeps the factors and
 * their product (release it whatever is returned) and is made even where the value does not need it.
 * kept, if not NULL: the factor of sigma1, which is not put to rest then. work: for d x d outputs, d deep. */
feat_status gmet_fid_resting(gmet_fid_result *out, gmet_factors *pair, const gmet_factor *kept,
                             const double *mu1, gmet_covariance *sigma1, const double *mu2, gmet_covariance *sigma2,
                             const gmet_work *work, feat_error *err) FEAT_NODISCARD;

#endif
