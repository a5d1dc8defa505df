/* The kernels of KID. */
#include "metrics/twosample/kid_kernel.h"

#include <math.h>

#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/twosample/twosample.h"

enum { SHIFT_ROWS = 256, MAX_DEGREE = 64 };

feat_status gmet_kid_check_kernel(const gmet_kid_options *o, feat_error *err)
{
    if (o->kernel != GMET_KERNEL_POLYNOMIAL && o->kernel != GMET_KERNEL_RBF)
        return feat_fail(err, FEAT_ERR_ARG, "KID: kernel %d is not known", (int)o->kernel);
    if (o->degree == 0 || o->degree > MAX_DEGREE)
        return feat_fail(err, FEAT_ERR_ARG, "KID: degree 1 to %d expected, %u found", MAX_DEGREE, o->degree);
    if (!isfinite(o->gamma) || !isfinite(o->coef0) || o->gamma < 0.0)
        return feat_fail(err, FEAT_ERR_ARG, "KID: finite coef0 and gamma >= 0 expected, %g and %g found",
                         o->coef0, o->gamma);
    return FEAT_OK;
}

gmet_kid_kernel gmet_kid_make_kernel(const gmet_kid_options *o, size_t d)
{
    gmet_kid_kernel k = {.kind = o->kernel, .degree = o->degree, .gamma = o->gamma, .coef0 = o->coef0};
    if (o->gamma == 0.0)
        k.gamma = o->kernel == GMET_KERNEL_RBF ? 0.005 : 1.0 / (double)d;
    return k;
}

/* Where t is small exp(-t) - 1 is taken from its series: 1 would drown it. */
static void apply_less_one(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, double *value, size_t n)
{
    double largest = 0.0;
    for (size_t j = 0; j < n; j++)
        largest = value[j] > largest ? value[j] : largest;
    if (k->gamma * largest <= FEAT_DMAT_MAX_GAP) {
        kernels->exp_gap(value, n, k->gamma);
        return;
    }
    for (size_t j = 0; j < n; j++)
        if (k->gamma * value[j] <= FEAT_DMAT_MAX_GAP)
            kernels->exp_gap(value + j, 1, k->gamma);
        else
            value[j] = feat_exp(-k->gamma * value[j]) - 1.0;
}

void gmet_kid_apply_unit(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, double *value, double row_norm2,
                         const double *norm2, size_t n)
{
    for (size_t j = 0; j < n; j++) /* exactly 0 for copies: the root of a square is exact */
        value[j] = 2.0 - 2.0 * (value[j] / sqrt(row_norm2 * norm2[j]));
    gmet_kid_apply(k, kernels, value, n);
}

void gmet_kid_apply(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, double *value, size_t n)
{
    if (k->less_one) {
        apply_less_one(k, kernels, value, n);
        return;
    }
    if (k->kind == GMET_KERNEL_RBF) {
        for (size_t j = 0; j < n; j++)
            value[j] = feat_exp(-k->gamma * value[j]) - k->shift;
        return;
    }
    kernels->power(value, n, k->gamma, k->coef0, k->degree, k->shift);
}

double gmet_kid_typical_value(const gmet_kid_kernel *k, const feat_dmat_kernels *kernels, const float *x,
                              const float *y, size_t n, size_t d)
{
    double sum = 0.0;
    n = n < SHIFT_ROWS ? n : SHIFT_ROWS;
    for (size_t i = 0; i < n; i++) {
        double base = 0.0;
        for (size_t j = 0; j < d; j++) {
            double a = (double)x[i * d + j], b = (double)y[i * d + j];
            base = k->kind == GMET_KERNEL_POLYNOMIAL ? fma(a, b, base) : fma(a - b, a - b, base);
        }
        gmet_kid_apply(k, kernels, &base, 1);
        sum += base;
    }
    feat_mapped_done(x, n * d * sizeof *x);
    feat_mapped_done(y, n * d * sizeof *y);
    return sum / (double)n;
}
