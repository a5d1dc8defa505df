/* gmet_mifid with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef GMET_MIFID_H
#define GMET_MIFID_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/frechet/frechet.h"

iv3_status gmet_mifid_with(gmet_mifid_result *out, double fid, const float *real, size_t n_real,
                           const float *gen, size_t n_gen, size_t d, const gmet_mifid_options *options,
                           const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
