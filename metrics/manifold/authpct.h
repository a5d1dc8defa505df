/* gmet_authpct with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef GMET_AUTHPCT_H
#define GMET_AUTHPCT_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"

iv3_status gmet_authpct_with(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                             const float *gen, size_t n_gen, size_t d, const iv3_dmat_kernels *kernels,
                             iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
