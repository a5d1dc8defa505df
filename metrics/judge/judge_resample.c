/* Intervals by resampling: percentiles of what is measured of units drawn with replacement. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/sorting.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_internal.h"

void gmet_judge_boot_options_init(gmet_judge_boot_options *options, size_t size)
{
    static const gmet_judge_boot_options defaults = {.struct_size = sizeof defaults, .resamples = 2000, .seed = 2020};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

feat_status gmet_judge_boot_read(gmet_judge_boot_options *out, const gmet_judge_boot_options *options, feat_error *err)
{
    gmet_judge_boot_options_init(out, sizeof *out);
    return feat_sized_read(out, sizeof *out, options, "gmet_judge_boot_options", err);
}

/* --- units ---------------------------------------------------------------------------------------------- */

feat_status gmet_judge_units_open(gmet_judge_units *units, size_t n, size_t n_columns, size_t resamples,
                                  const char *what, feat_error *err)
{
    *units = (gmet_judge_units){.n = n, .n_columns = n_columns, .resamples = resamples};
    units->table = feat_calloc(n, n_columns * sizeof *units->table);
    units->whole = feat_calloc(n_columns, sizeof *units->whole);
    units->drawn = feat_alloc_array(resamples, (n_columns + 2) * sizeof *units->drawn);
    if (units->table == NULL || units->whole == NULL || units->drawn == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resample %zu %s", n, what);
    units->values = units->drawn + resamples * n_columns;
    return FEAT_OK;
}

void gmet_judge_units_close(gmet_judge_units *units)
{
    feat_free(units->drawn);
    feat_free(units->whole);
    feat_free(units->table);
}

void gmet_judge_units_sum(gmet_judge_units *units)
{
    size_t kept = 0, n_columns = units->n_columns;
    memset(units->whole, 0, n_columns * sizeof *units->whole);
    for (size_t u = 0; u < units->n; u++) {
        const double *unit = units->table + u * n_columns;
        if (!(unit[0] > 0.0))
            continue;
        for (size_t c = 0; c < n_columns; c++) {
            units->whole[c] += unit[c];
            units->table[kept * n_columns + c] = unit[c];
        }
        kept++;
    }
    units->n = kept;
}

typedef struct drawing {
    gmet_judge_units *units;
    uint64_t seed;
} drawing;

static void draw_task(void *ctx, size_t tile, size_t worker)
{
    const drawing *d = ctx;
    size_t n_columns = d->units->n_columns;
    double *sums = d->units->drawn + tile * n_columns;
    gmet_splitmix stream = gmet_judge_stream(d->seed, tile);
    (void)worker;
    for (size_t c = 0; c < n_columns; c++)
        sums[c] = 0.0;
    for (size_t i = 0; i < d->units->n; i++) {
        const double *unit = d->units->table + gmet_judge_draw(&stream, d->units->n) * n_columns;
        for (size_t c = 0; c < n_columns; c++)
            sums[c] += unit[c];
    }
}

feat_status gmet_judge_units_draw(gmet_judge_units *units, uint64_t seed, const gmet_context *context, feat_error *err)
{
    drawing d = {units, seed};
    gmet_parallel_for(context, units->resamples, draw_task, &d);
    return gmet_go_on(context, err);
}

void gmet_judge_units_interval(gmet_judge_interval *out, const gmet_judge_units *units,
                               double (*measure)(const void *ctx, const double *sums), const void *ctx)
{
    size_t resamples = units->n > 0 ? units->resamples : 0;
    out->value = measure(ctx, units->whole);
    for (size_t b = 0; b < resamples; b++)
        units->values[b] = measure(ctx, units->drawn + b * units->n_columns);
    gmet_judge_percentiles(out, units->values, units->values + resamples, resamples);
}

/* --- limits --------------------------------------------------------------------------------------------- */

double gmet_judge_quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t low = (size_t)at;
    if (low + 1 >= n)
        return sorted[n - 1];
    return fma(at - (double)low, sorted[low + 1] - sorted[low], sorted[low]);
}

void gmet_judge_percentiles(gmet_judge_interval *out, double *x, double *scratch, size_t n)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            x[m++] = x[i];
    out->low = out->high = (double)NAN;
    if (m == 0)
        return;
    gmet_sort(x, scratch, m);
    out->low = gmet_judge_quantile(x, m, 0.025);
    out->high = gmet_judge_quantile(x, m, 0.975);
}

void gmet_judge_share_limits(gmet_judge_interval *out, size_t units)
{
    if (units < 2) {
        out->low = out->high = (double)NAN;
        return;
    }
    if (!(out->low == out->high) || (out->value != 0.0 && out->value != 1.0))
        return;
    double limit = feat_exp(feat_log(0.025) / (double)units);
    if (out->value == 1.0)
        out->low = limit;
    else
        out->high = 1.0 - limit;
}
