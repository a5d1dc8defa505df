/* gmet_vendi with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef GMET_VENDI_H
#define GMET_VENDI_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

iv3_status gmet_vendi_with(double *score, const float *x, size_t n, size_t d, double q,
                           const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
