/* A stage of the eigensolver: symmetric matrices to band matrices (band.c), and those to tridiagonal ones
 * (band_chase.c). */
#ifndef BONAFIDE_METRICS_LINALG_BAND_H
#define BONAFIDE_METRICS_LINALG_BAND_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/linalg/mat.h"

/* The way to tridiagonal form in two stages, when eigenvectors are not wanted: symmetric a (n rows of n, row
 * stride `stride`) becomes a band matrix with the same eigenvalues, elements (i, i .. i + GMET_BAND) of a,
 * the others being scratch; that becomes d [n] and e [n - 1]. work: for n x n outputs, 2 * GMET_BAND deep at
 * least. */
enum { GMET_BAND = 32 };
feat_status gmet_band_reduce(double *a, size_t n, size_t stride, const gmet_work *work,
                             feat_error *err) FEAT_NODISCARD;
feat_status gmet_band_tridiagonalise(double *d, double *e, const double *a, size_t n, size_t stride,
                                     const gmet_work *work, feat_error *err) FEAT_NODISCARD;

#endif
