/* Eigenvalues and eigenvectors of symmetric matrices whose memory may be used up; gmet_eigsym is in linalg.h. */
#ifndef BONAFIDE_METRICS_LINALG_EIGSYM_H
#define BONAFIDE_METRICS_LINALG_EIGSYM_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"

/* gmet_eigsym with eigenvectors, of both triangles of a, which is destroyed: room for
 * gmet_eigsym_scratch(n) doubles is its and the only matrix of scratch. */
feat_status gmet_eigsym_destroying(double *values, double *vectors, double *a, size_t n, const gmet_work *work,
                                   feat_error *err) FEAT_NODISCARD;
/* SIZE_MAX on overflow. */
size_t gmet_eigsym_scratch(size_t n);

/* Eigenvalues, ascending, of symmetric a (n rows of n, row stride `stride`), which is destroyed. The largest
 * elements should be first, and of an order of magnitude that their squares are finite. */
feat_status gmet_symmetric_values(double *values, double *a, size_t n, size_t stride, const gmet_work *work,
                                  feat_error *err) FEAT_NODISCARD;

/* 2^-exponent of x > 0, kept far from overflow: scaling by it is exact and brings x to about 1. */
double gmet_inverse_power(double x);

#endif
