/* Checks and small formulas that several metrics share. */
#include <math.h>

#include "engine/base/status.h"
#include "metrics/base/check_set.h"

iv3_status gmet_check_set(const char *metric, const char *set, const float *x, size_t n, size_t d,
                          size_t needed, iv3_error *err)
{
    if (d == 0)
        return iv3_fail(err, IV3_ERR_ARG, "%s: at least 1 column expected, 0 found", metric);
    if (n < needed)
        return iv3_fail(err, IV3_ERR_NUMERIC, "%s: at least %zu %s rows needed, %zu found", metric, needed,
                        set, n);
    return gmet_check_finite(set, x, n, d, d, 0, err);
}

/* A spread up to this share of the mean is rounding: 16-digit sums of thousands of terms keep 12 of them or more, and
 * values of other float32 rows differ from the 8th digit on. */
static const double ROUNDING = 1e-12;

double gmet_spread(double *mean, const double *values, size_t n, size_t ddof)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double t = values[i] - *mean;
        squares = fma(t, t, squares);
    }
    double spread = n > ddof ? sqrt(squares / (double)(n - ddof)) : 0.0;
    return spread <= ROUNDING * fabs(*mean) ? 0.0 : spread;
}

double gmet_f_score(double precision, double recall, double beta)
{
    double b2 = beta * beta, below = fma(b2, precision, recall);
    return below > 0.0 ? (1.0 + b2) * precision * recall / below : 0.0;
}
