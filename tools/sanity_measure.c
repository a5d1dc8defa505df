/* The metrics of one comparison of the disturbance test, with standard errors where they are asked for. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/compare.h"
#include "tools/sanity.h"

enum { GROUPS = 10 }; /* left out one after the other */

typedef struct neighbours {
    bf_run *run;
    size_t d;
} neighbours;

/* Precision, recall, density, coverage. */
static iv3_status of_neighbours(void *ctx, double *values, const float *real, size_t n_real,
                                const float *changed, size_t n_changed, iv3_error *err)
{
    const neighbours *n = ctx;
    const bf_convention *how = &n->run->how;
    gmet_pr_options pr = {.k = how->pr_k, .strict = how->pr_strict};
    gmet_prdc_options dc = {.k = how->dc_k, .strict = how->dc_strict, .recall = 0};
    gmet_pr_result a;
    gmet_prdc_result b;
    iv3_status status =
        gmet_precision_recall(&a, real, n_real, changed, n_changed, n->d, &pr, n->run->pool, err);
    if (status == IV3_OK)
        status = gmet_prdc(&b, NULL, real, n_real, changed, n_changed, n->d, &dc, n->run->pool, err);
    if (status != IV3_OK)
        return status;
    values[0] = a.precision;
    values[1] = a.recall;
    values[2] = b.density;
    values[3] = b.coverage;
    return IV3_OK;
}

static iv3_status measure_fid(bf_run *run, const bf_sanity_rows *r, double *value, double *error,
                              iv3_error *err)
{
    gmet_moments *side[2] = {NULL, NULL};
    const float *rows[2] = {r->real, r->changed};
    const size_t n[2] = {r->n_real, r->n_changed};
    gmet_fid_result fid = {0};
    gmet_jackknife_value j;
    iv3_status status = IV3_OK;
    for (size_t s = 0; s < 2 && status == IV3_OK; s++) {
        status = gmet_moments_create(&side[s], r->d, run->pool, err);
        if (status == IV3_OK)
            status = gmet_moments_add(side[s], rows[s], n[s], r->d, err);
    }
    if (status == IV3_OK)
        status = gmet_fid_from_moments(&fid, side[0], side[1], run->pool, err);
    gmet_moments_close(&side[0]);
    gmet_moments_close(&side[1]);
    *value = fid.value;
    if (status == IV3_OK && error != NULL) {
        status = gmet_fid_jackknife(&j, r->real, r->n_real, r->changed, r->n_changed, r->d, GROUPS, run->pool,
                                    err);
        *error = j.standard_error;
    }
    return status;
}

static iv3_status measure_is(bf_run *run, const bf_sanity_rows *r, double *value, double *error,
                             iv3_error *err)
{
    gmet_is_options one;
    gmet_is_result is;
    gmet_jackknife_value j;
    gmet_is_options_default(&one);
    one.n_splits = 1;
    one.shuffle = 0;
    iv3_status status =
        gmet_inception_score(&is, r->logits, r->n_changed, r->n_classes, r->n_classes, &one, run->pool, err);
    *value = is.mean;
    if (status == IV3_OK && error != NULL) {
        status = gmet_is_jackknife(&j, r->logits, r->n_changed, r->n_classes, &one, GROUPS, run->pool, err);
        *error = j.standard_error;
    }
    return status;
}

/* What leaving images out tells of a value. No more than rounding tells nothing; and a share of 0 or 1 of n images,
 * which leaving images out does not change, has a limit: an event of probability p is missed n times with (1 - p)^n,
 * which is 0.05 at the limit, by 1 - p = exp(log(0.05) / n). */
static bf_sanity_error error_of(double value, double standard_error, bool share, size_t n)
{
    bf_sanity_error e = {.error = standard_error};
    if (share && (value == 0.0 || value == 1.0)) {
        double far = 1.0 - iv3_exp(iv3_log(0.05) / (double)n);
        e.at_most = value == 0.0;
        e.at_least = !e.at_most;
        e.limit = e.at_most ? far : 1.0 - far;
        e.error = far / BF_NOISE_Z;
    }
    e.known = isfinite(e.error) && e.error > 1e-14 * fabs(value);
    return e;
}

static iv3_status measure_neighbours(bf_run *run, const bf_sanity_rows *r, double *values, double *errors,
                                     iv3_error *err)
{
    neighbours n = {run, r->d};
    gmet_jackknife_value j[4];
    iv3_status status = of_neighbours(&n, values, r->real, r->n_real, r->changed, r->n_changed, err);
    if (status == IV3_OK && errors != NULL)
        status = gmet_jackknife(j, 4, of_neighbours, &n, r->real, r->n_real, r->changed, r->n_changed, r->d,
                                GROUPS, err);
    for (size_t i = 0; status == IV3_OK && errors != NULL && i < 4; i++)
        errors[i] = j[i].standard_error;
    return status;
}

/* Values and standard errors of all metrics; errors NULL: not wanted. */
static iv3_status measure_all(bf_run *run, const bf_sanity_rows *r, double *value, double *error, iv3_error *err)
{
    gmet_kid_full_result kid;
    iv3_status status = measure_fid(run, r, &value[0], error, err);
    if (status == IV3_OK)
        status =
            gmet_kid_full(&kid, r->real, r->n_real, r->changed, r->n_changed, r->d, NULL, run->pool, err);
    if (status != IV3_OK)
        return status;
    value[1] = kid.value;
    if (error != NULL)
        error[1] = kid.has_error && kid.variance > 0.0 ? kid.standard_error : 0.0;
    value[2] = 0.0;
    if (r->logits != NULL)
        status = measure_is(run, r, &value[2], error != NULL ? &error[2] : NULL, err);
    if (status == IV3_OK)
        status = measure_neighbours(run, r, &value[3], error != NULL ? &error[3] : NULL, err);
    return status;
}

iv3_status bf_sanity_measure(bf_run *run, const bf_sanity_rows *r, double value[BF_SANITY_METRICS],
                             bf_sanity_error *error, iv3_error *err)
{
    double errors[BF_SANITY_METRICS] = {0.0};
    iv3_status status = measure_all(run, r, value, error != NULL ? errors : NULL, err);
    size_t least = r->n_real < r->n_changed ? r->n_real : r->n_changed;
    for (size_t m = 0; m < BF_SANITY_METRICS && error != NULL && status == IV3_OK; m++)
        error[m] = error_of(value[m], errors[m], bf_sanity_metric_at(m)->share, least);
    return status;
}

void bf_sanity_warn_few(bf_run *run, size_t n_real, size_t n_changed)
{
    if (n_real < BF_SANITY_FEW || n_changed < BF_SANITY_FEW)
        bf_report_warn(&run->report,
                       "N = %zu vs %zu is small: below %d images a side standard errors are large and rough, and what "
                       "is said by them is too",
                       n_real, n_changed, (int)BF_SANITY_FEW);
}
