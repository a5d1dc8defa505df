/* gmet_ct with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_C_T_H
#define BONAFIDE_METRICS_TWOSAMPLE_C_T_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/twosample/twosample.h"

feat_status gmet_ct_with(gmet_ct_result *out, const float *train, size_t n_train, const float *test,
                         size_t n_test, const float *gen, size_t n_gen, size_t d,
                         const gmet_ct_options *options, const feat_dmat_kernels *kernels, feat_pool *pool,
                         feat_error *err) FEAT_NODISCARD;

#endif
