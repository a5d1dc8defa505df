/* gmet_authpct with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef BONAFIDE_METRICS_MANIFOLD_AUTHPCT_H
#define BONAFIDE_METRICS_MANIFOLD_AUTHPCT_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

feat_status gmet_authpct_with(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                              const float *gen, size_t n_gen, size_t d, const feat_dmat_kernels *kernels,
                              feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
