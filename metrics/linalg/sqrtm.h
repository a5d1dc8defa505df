/* gmet_sqrtm with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef GMET_SQRTM_H
#define GMET_SQRTM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

iv3_status gmet_sqrtm_with(double *root, const double *a, size_t n, const iv3_dmat_kernels *kernels,
                           iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
