/* gmet_image_scores with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare
 * tables. */
#ifndef GMET_REALISM_H
#define GMET_REALISM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/manifold/manifold.h"

iv3_status gmet_image_scores_with(gmet_image_score *scores, const float *real, size_t n_real,
                                  const float *gen, size_t n_gen, size_t d, const gmet_image_options *options,
                                  const iv3_dmat_kernels *kernels, iv3_pool *pool,
                                  iv3_error *err) IV3_NODISCARD;

#endif
