/* gmet_kid, gmet_kid_full and gmet_kid_both with the kernel table as an argument (NULL: the best of this CPU), so that
 * tests can compare tables. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/twosample/twosample.h"

feat_status gmet_kid_with(gmet_kid_result *out, const float *first, size_t n1, const float *second, size_t n2,
                          size_t d, const gmet_kid_options *options, const feat_dmat_kernels *kernels,
                          feat_pool *pool, feat_error *err) FEAT_NODISCARD;

feat_status gmet_kid_full_with(gmet_kid_full_result *out, const float *first, size_t n1, const float *second,
                               size_t n2, size_t d, const gmet_kid_options *options,
                               const feat_dmat_kernels *kernels, feat_pool *pool, feat_error *err) FEAT_NODISCARD;
feat_status gmet_kid_both_with(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first, size_t n1,
                               const float *second, size_t n2, size_t d, const gmet_kid_options *options,
                               const feat_dmat_kernels *kernels, feat_pool *pool, feat_error *err) FEAT_NODISCARD;

#endif
