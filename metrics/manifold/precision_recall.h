/* gmet_precision_recall with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare
 * tables. */
#ifndef BONAFIDE_METRICS_MANIFOLD_PRECISION_RECALL_H
#define BONAFIDE_METRICS_MANIFOLD_PRECISION_RECALL_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/manifold/manifold.h"

feat_status gmet_precision_recall_with(gmet_pr_result *out, const float *real, size_t n_real, const float *gen,
                                       size_t n_gen, size_t d, const gmet_pr_options *options,
                                       const feat_dmat_kernels *kernels, feat_pool *pool,
                                       feat_error *err) FEAT_NODISCARD;

#endif
