/* FID with the kernel table as an argument (NULL: the best of this CPU), and in little memory. */
#ifndef BONAFIDE_METRICS_FRECHET_FID_H
#define BONAFIDE_METRICS_FRECHET_FID_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/frechet/frechet.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

feat_status gmet_fid_with(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                          const double *sigma2, size_t d, const feat_dmat_kernels *kernels, feat_pool *pool,
                          feat_error *err) FEAT_NODISCARD;

/* FID from means and covariances that are put to rest on the way. pair, if not NULL, keeps the factors and
 * their product (release it whatever is returned) and is made even where the value does not need it.
 * work: for d x d outputs, d deep. */
feat_status gmet_fid_resting(gmet_fid_result *out, gmet_factors *pair, const double *mu1,
                             gmet_covariance *sigma1, const double *mu2, gmet_covariance *sigma2,
                             const gmet_work *work, feat_error *err) FEAT_NODISCARD;

#endif
