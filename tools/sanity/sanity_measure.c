/* The metrics of one comparison of the disturbance test, with standard errors where they are asked for. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/measure/measure.h"
#include "tools/records/results_read.h"
#include "tools/sanity/sanity.h"

/* An error that holds and is more than what rounding leaves of a value. */
static bf_sanity_error error_of(bool holds, double value, double error)
{
    return (bf_sanity_error){.known = holds && isfinite(error) && error > 1e-14 * fabs(value), .error = error};
}

/* The same of a share; one of 0 or 1 has its limit. */
static bf_sanity_error error_of_sampling(const gmet_sampling_error *e, double value)
{
    if (!e->at_most && !e->at_least)
        return error_of(e->has_error != 0, value, e->standard_error);
    return (bf_sanity_error){.known = e->limit != value,
                             .error = fabs(e->limit - value) / BF_NOISE_Z,
                             .at_most = e->at_most != 0,
                             .at_least = e->at_least != 0,
                             .limit = e->limit};
}

static feat_status measure_fid(bf_run *run, const bf_sanity_rows *r, double *value, bf_sanity_error *error,
                               feat_error *err)
{
    gmet_moments *side[2] = {NULL, NULL};
    const float *rows[2] = {r->real, r->changed};
    const size_t n[2] = {r->n_real, r->n_changed};
    gmet_fid_result fid = {0};
    feat_status status = FEAT_OK;
    if (error != NULL) {
        gmet_fid_side a = {.rows = r->real, .n = r->n_real}, b = {.rows = r->changed, .n = r->n_changed};
        gmet_fid_uncertainty_result u;
        status = gmet_fid_uncertainty(&u, NULL, NULL, &a, &b, r->d, &run->work.context, err);
        if (status != FEAT_OK)
            return status;
        *value = u.raw.value;
        *error = error_of(u.has_error != 0, u.raw.value, u.standard_error);
        return FEAT_OK;
    }
    for (size_t s = 0; s < 2 && status == FEAT_OK; s++) {
        status = gmet_moments_create(&side[s], r->d, &run->work.context, err);
        if (status == FEAT_OK)
            status = gmet_moments_add(side[s], rows[s], n[s], r->d, err);
    }
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&fid, side[0], side[1], &run->work.context, err);
    gmet_moments_close(&side[0]);
    gmet_moments_close(&side[1]);
    *value = fid.value;
    return status;
}

static feat_status measure_is(bf_run *run, const bf_sanity_rows *r, double *value, bf_sanity_error *error,
                              feat_error *err)
{
    gmet_is_options one;
    gmet_is_result is;
    gmet_is_error_result e;
    gmet_is_options_init(&one, sizeof one);
    one.n_splits = 1;
    one.shuffle = 0;
    const gmet_set logits = {.rows = r->logits, .n = r->n_changed, .d = r->n_classes};
    feat_status status = error == NULL ? gmet_inception_score(&is, &one, &logits, &run->work.context, err)
                                       : gmet_is_with_error(&is, &e, &one, &logits, &run->work.context, err);
    *value = is.mean;
    if (status == FEAT_OK && error != NULL)
        *error = error_of(bf_is_error_unknown(&e, is.mean) == NULL, is.mean, e.standard_error);
    return status;
}

static gmet_set real_of(const bf_sanity_rows *r)
{
    return (gmet_set){.rows = r->real, .n = r->n_real, .d = r->d};
}

static gmet_set changed_of(const bf_sanity_rows *r)
{
    return (gmet_set){.rows = r->changed, .n = r->n_changed, .d = r->d};
}

static feat_status measure_pr(bf_run *run, const bf_sanity_rows *r, double value[2], bf_sanity_error *error,
                              feat_error *err)
{
    const gmet_set real = real_of(r), changed = changed_of(r);
    gmet_pr_options o = {.struct_size = sizeof o, .k = run->network.how.pr_k, .strict = run->network.how.pr_strict};
    gmet_pr_result pr;
    gmet_sampling_error e[3];
    feat_status status = gmet_precision_recall(&pr, &o, &real, &changed, &run->work.context, err);
    if (status == FEAT_OK && error != NULL)
        status = gmet_pr_error(e, &pr, &o, &real, &changed, &run->work.context, err);
    if (status != FEAT_OK)
        return status;
    value[0] = pr.precision;
    value[1] = pr.recall;
    for (size_t i = 0; i < 2 && error != NULL; i++)
        error[i] = error_of_sampling(&e[i], value[i]);
    return FEAT_OK;
}

static feat_status measure_dc(bf_run *run, const bf_sanity_rows *r, double value[2], bf_sanity_error *error,
                              feat_error *err)
{
    const gmet_set real = real_of(r), changed = changed_of(r);
    gmet_prdc_options o = {
        .struct_size = sizeof o, .k = run->network.how.dc_k, .strict = run->network.how.dc_strict, .recall = 0};
    gmet_prdc_images images = {.n_balls = feat_alloc_array(r->n_changed, sizeof *images.n_balls)};
    gmet_prdc_result dc;
    gmet_sampling_error e[2];
    if (images.n_balls == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for density and coverage of %zu images", r->n_changed);
    feat_status status = gmet_prdc(&dc, &images, &o, &real, &changed, &run->work.context, err);
    if (status == FEAT_OK && error != NULL)
        status = gmet_prdc_error(&e[0], &e[1], &dc, images.n_balls, &o, &real, &changed, &run->work.context, err);
    feat_free(images.n_balls);
    if (status != FEAT_OK)
        return status;
    value[0] = dc.density;
    value[1] = dc.coverage;
    for (size_t i = 0; i < 2 && error != NULL; i++)
        error[i] = error_of_sampling(&e[i], value[i]);
    return FEAT_OK;
}

feat_status bf_sanity_measure(bf_run *run, const bf_sanity_rows *r, double value[BF_SANITY_METRICS],
                              bf_sanity_error *error, feat_error *err)
{
    const gmet_set real = real_of(r), changed = changed_of(r);
    gmet_kid_full_result kid;
    feat_status status = measure_fid(run, r, &value[0], error, err);
    if (status == FEAT_OK)
        status = gmet_kid_full(&kid, NULL, &real, &changed, &run->work.context, err);
    if (status != FEAT_OK)
        return status;
    value[1] = kid.value;
    if (error != NULL)
        error[1] = error_of(kid.has_error != 0, kid.value, kid.standard_error);
    value[2] = 0.0;
    if (error != NULL)
        error[2] = (bf_sanity_error){.known = false};
    if (r->logits != NULL)
        status = measure_is(run, r, &value[2], error != NULL ? &error[2] : NULL, err);
    if (status == FEAT_OK)
        status = measure_pr(run, r, &value[3], error != NULL ? &error[3] : NULL, err);
    if (status == FEAT_OK)
        status = measure_dc(run, r, &value[5], error != NULL ? &error[5] : NULL, err);
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
