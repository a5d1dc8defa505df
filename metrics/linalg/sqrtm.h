/* gmet_sqrtm with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef BONAFIDE_METRICS_LINALG_SQRTM_H
#define BONAFIDE_METRICS_LINALG_SQRTM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

feat_status gmet_sqrtm_with(double *root, const double *a, size_t n, const feat_dmat_kernels *kernels,
                            feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
