/* Checks and small formulas that several metrics share. */
#ifndef BONAFIDE_METRICS_BASE_CHECK_SET_H
#define BONAFIDE_METRICS_BASE_CHECK_SET_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

/* d >= 1 (ARG), n >= needed (NUMERIC, with the metric's name), and all values finite (NUMERIC). */
feat_status gmet_check_set(const char *metric, const char *set, const float *x, size_t n, size_t d,
                           size_t needed, feat_error *err) FEAT_NODISCARD;

/* The same of two sets, "real" and "generated" in messages, with `needed` rows each and the same columns (else ARG). */
feat_status gmet_check_sets(const char *metric, const gmet_set *real, const gmet_set *gen, size_t needed,
                            feat_error *err) FEAT_NODISCARD;

/* Whether two sets have the same columns. Errors: ARG. */
feat_status gmet_check_widths(const char *metric, const gmet_set *first, const gmet_set *second,
                              feat_error *err) FEAT_NODISCARD;

/* Rows that are somewhere, and no more than memory can hold. Errors: ARG. */
feat_status gmet_check_there(const char *set, const void *rows, size_t n, size_t stride,
                             feat_error *err) FEAT_NODISCARD;

/* Checks n rows of d floats: NUMERIC, naming the set, row (counted from first_row) and column, if one is NaN
 * or infinite. */
feat_status gmet_check_finite(const char *set, const float *rows, size_t n, size_t d, size_t stride,
                              size_t first_row, feat_error *err) FEAT_NODISCARD;

/* Mean and standard deviation (divisor n - ddof; 0 where that is 0) of the values of parts of a set; 0 too where it is
 * no more than rounding leaves of equal values. */
double gmet_spread(double *mean, const double *values, size_t n, size_t ddof);

#endif
