/* gmet_mind with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_MIND_H
#define BONAFIDE_METRICS_TWOSAMPLE_MIND_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/twosample/twosample.h"

feat_status gmet_mind_with(gmet_mind_result *out, const float *real, size_t n_real, const float *gen,
                           size_t n_gen, size_t d, const gmet_mind_options *options,
                           const feat_dmat_kernels *kernels, feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
