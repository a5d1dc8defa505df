/* gmet_vendi with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef BONAFIDE_METRICS_DIVERSITY_VENDI_H
#define BONAFIDE_METRICS_DIVERSITY_VENDI_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

feat_status gmet_vendi_with(double *score, const float *x, size_t n, size_t d, double q,
                            const feat_dmat_kernels *kernels, feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
