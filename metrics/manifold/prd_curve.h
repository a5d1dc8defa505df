/* gmet_prd_curve with the kernel table as an argument (NULL: the best of this CPU), so that tests can compare tables.
 * */
#ifndef BONAFIDE_METRICS_MANIFOLD_PRD_CURVE_H
#define BONAFIDE_METRICS_MANIFOLD_PRD_CURVE_H

#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/manifold/manifold.h"

feat_status gmet_prd_curve_with(gmet_prd_result *out, double *precision, double *recall, const float *real,
                                size_t n_real, const float *gen, size_t n_gen, size_t d,
                                const gmet_prd_options *options, const feat_dmat_kernels *kernels,
                                feat_pool *pool, feat_error *err) FEAT_NODISCARD;

/* Adds precision and recall [n_angles] of two normalised histograms [n_bins] to what is there. */
void gmet_prd_add_curve(double *precision, double *recall, const double *gen, const double *real,
                        size_t n_bins, size_t n_angles);

#endif
