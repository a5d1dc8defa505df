/* gmet_moments_create with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare
 * tables. */
#ifndef GMET_MOMENTS_STREAM_H
#define GMET_MOMENTS_STREAM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/moments/moments.h"

iv3_status gmet_moments_create_with(gmet_moments **out, size_t d, const iv3_dmat_kernels *kernels,
                                    iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
