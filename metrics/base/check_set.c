/* Checks and small formulas that several metrics share. */
#include "metrics/base/check_set.h"

#include <math.h>

#include "engine/base/fpenv.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"

/* Rows looked at before mapped.h hears that they are not needed for now. */
enum { CHUNK = 256 };

/* Sums side by side: one alone would wait for itself. */
enum { LANES = 16 };

feat_status gmet_check_there(const char *set, const void *rows, size_t n, size_t stride, feat_error *err)
{
    if (rows == NULL && n > 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s: %zu rows, and where they are is NULL", set, n);
    if (stride > 0 && n > SIZE_MAX / sizeof(double) / stride)
        return feat_fail(err, FEAT_ERR_ARG, "%s: %zu rows of %zu numbers are more than memory can hold", set, n,
                         stride);
    return FEAT_OK;
}

feat_status gmet_check_finite(const char *set, const float *rows, size_t n, size_t d, size_t stride,
                              size_t first_row, feat_error *err)
{
    if (!feat_fpenv_is_default())
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: this thread flushes denormal numbers to zero or does not round to nearest, which changes "
                         "results; restore the floating-point environment",
                         set);
    feat_status status = gmet_check_there(set, rows, n, stride, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        const float *row = rows + i * stride;
        float lane[LANES] = {0.0f}; /* sums of x * 0: NaN if any x is not finite */
        size_t full = d / LANES * LANES;
        for (size_t j = 0; j < full; j += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += row[j + l] * 0.0f;
        for (size_t j = full; j < d; j++)
            lane[0] += row[j] * 0.0f;
        float sum = 0.0f;
        for (size_t l = 0; l < LANES; l++)
            sum += lane[l];
        if ((i + 1) % CHUNK == 0 || i + 1 == n)
            feat_mapped_done(rows + i / CHUNK * CHUNK * stride,
                             i % CHUNK * stride * sizeof *rows + d * sizeof *rows);
        if (sum == 0.0f)
            continue;
        size_t j = 0;
        while (isfinite(row[j]))
            j++;
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: row %zu, column %zu is %s: only finite values can be used",
                         set, first_row + i, j, isnan(row[j]) ? "NaN" : "infinite");
    }
    return status;
}

feat_status gmet_check_set(const char *metric, const char *set, const float *x, size_t n, size_t d,
                           size_t needed, feat_error *err)
{
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s: at least 1 column expected, 0 found", metric);
    if (n < needed)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s: at least %zu %s rows needed, %zu found", metric, needed,
                         set, n);
    return gmet_check_finite(set, x, n, d, d, 0, err);
}

feat_status gmet_check_widths(const char *metric, const gmet_set *first, const gmet_set *second, feat_error *err)
{
    if (first->d != second->d)
        return feat_fail(err, FEAT_ERR_ARG, "%s: both sets must have the same columns, %zu and %zu found", metric,
                         first->d, second->d);
    return FEAT_OK;
}

feat_status gmet_check_sets(const char *metric, const gmet_set *real, const gmet_set *gen, size_t needed,
                            feat_error *err)
{
    feat_status status = gmet_check_widths(metric, real, gen, err);
    if (status == FEAT_OK)
        status = gmet_check_set(metric, "real", real->rows, real->n, real->d, needed, err);
    if (status == FEAT_OK)
        status = gmet_check_set(metric, "generated", gen->rows, gen->n, gen->d, needed, err);
    return status;
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
