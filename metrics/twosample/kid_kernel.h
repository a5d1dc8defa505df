/* The kernel of KID: which one, and its values. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_KERNEL_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/twosample/twosample.h"

typedef struct gmet_kid_kernel {
    gmet_kernel kind;
    unsigned degree;
    double gamma, coef0;
    double shift; /* subtracted from every value; 1 with less_one */
    bool less_one; /* k(x, y) - 1 itself, which keeps the digits that k near 1 would lose */
    bool unit;     /* of rows divided by their lengths: gmet_kid_apply_unit */
} gmet_kid_kernel;

/* Whether options name a kernel there is. Errors: ARG. */
feat_status gmet_kid_check_kernel(const gmet_kid_options *options, feat_error *err) FEAT_NODISCARD;

/* The kernel of options that were checked, for rows of width d; nothing is subtracted from its values. */
gmet_kid_kernel gmet_kid_make_kernel(const gmet_kid_options *options, size_t d);

/* value [n], in place: x.y (polynomial) or |x - y|^2 (RBF) becomes k(x, y) - shift. */
void gmet_kid_apply(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, double *value, size_t n);

/* The same of the products of a row with n others, given what each of them is with itself. */
void gmet_kid_apply_unit(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, double *value, double row_norm2,
                         const double *norm2, size_t n);

/* Mean kernel value of the first rows of one set against the same rows of the other, of n each. */
double gmet_kid_typical_value(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, const float *x,
                              const float *y, size_t n, size_t d);

#endif
