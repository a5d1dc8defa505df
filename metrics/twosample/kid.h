/* gmet_kid, gmet_kid_full and gmet_kid_both with the kernel table as an argument (NULL: the best of this CPU), so that
 * tests can compare tables. */
#ifndef GMET_KID_H
#define GMET_KID_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/twosample/twosample.h"

iv3_status gmet_kid_with(gmet_kid_result *out, const float *first, size_t n1, const float *second, size_t n2,
                         size_t d, const gmet_kid_options *options, const iv3_dmat_kernels *kernels,
                         iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

iv3_status gmet_kid_full_with(gmet_kid_full_result *out, const float *first, size_t n1, const float *second,
                              size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;
iv3_status gmet_kid_both_with(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first, size_t n1,
                              const float *second, size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
