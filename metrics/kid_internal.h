/* What the two ways to KID's subsets share: the kernel, and how it is applied. */
#ifndef GMET_KID_INTERNAL_H
#define GMET_KID_INTERNAL_H

#include <stdbool.h>

#include "metrics/gmet_more.h"
#include "metrics/pairs.h"

typedef struct gmet_kid_kernel {
    gmet_kernel kind;
    unsigned degree;
    double gamma, coef0;
    double shift; /* subtracted from every value */
} gmet_kid_kernel;

/* value [n], in place: x.y (polynomial) or |x - y|^2 (RBF) becomes k(x, y) - shift. */
void gmet_kid_apply(const gmet_kid_kernel *k, double *value, size_t n);

/* Whether computing every pair of the sets once is less work than the pairs of each subset. */
bool gmet_kid_shares(const gmet_kid_options *options, size_t n1, size_t n2);

/* values [n_subsets]: MMD^2 of each subset, drawn as options->seed says. Every pair of rows is computed once
 * and added to the sums of all subsets that hold both. The result is the same for every kernel table and
 * number of threads. Memory: n_subsets * (2 * subset_size + (larger n) / 96) * 8 bytes. Errors: NOMEM. */
iv3_status gmet_kid_shared(double *values, const gmet_pairs *pairs, const gmet_kid_kernel *kernel,
                           const gmet_rows *x, const gmet_rows *y, const gmet_kid_options *options,
                           iv3_error *err) IV3_NODISCARD;

#endif
