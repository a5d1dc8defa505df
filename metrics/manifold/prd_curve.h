/* The curve of gmet_prd_curve from histograms. */
#ifndef BONAFIDE_METRICS_MANIFOLD_PRD_CURVE_H
#define BONAFIDE_METRICS_MANIFOLD_PRD_CURVE_H

#include <stddef.h>

/* Adds precision and recall [n_angles] of two normalised histograms [n_bins] to what is there. */
void gmet_prd_add_curve(double *precision, double *recall, const double *gen, const double *real,
                        size_t n_bins, size_t n_angles);

#endif
