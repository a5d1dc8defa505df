/* gmet_moments_create with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare
 * tables. */
#ifndef BONAFIDE_METRICS_MOMENTS_MOMENTS_STREAM_H
#define BONAFIDE_METRICS_MOMENTS_MOMENTS_STREAM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/moments/moments.h"

feat_status gmet_moments_create_with(gmet_moments **out, size_t d, const feat_dmat_kernels *kernels,
                                     feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
