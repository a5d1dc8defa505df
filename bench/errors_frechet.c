/* Frechet distances, their extrapolation, MIND and the Inception Score: what is printed of one draw. */
#include "bench/errors.h"
#include "engine/base/status.h"
#include "metrics/gmet.h"

static feat_status fid(errors_value *out, const errors_pair *p, feat_error *err)
{
    gmet_fid_side real = {.rows = p->real, .n = p->n_real, .mu = p->mu, .sigma = p->sigma};
    gmet_fid_side gen = {.rows = p->gen, .n = p->n_gen};
    gmet_fid_uncertainty_result u;
    feat_status status = gmet_fid_uncertainty(&u, NULL, NULL, &real, &gen, p->d, NULL, err);
    if (status != FEAT_OK)
        return status;
    out[0] = errors_plain(u.raw.value, u.has_error != 0, u.standard_error, u.why_no_error);
    out[1] = errors_plain(u.corrected, u.has_corrected != 0, u.corrected_error, u.why_no_corrected);
    out[1].has_truth = true;
    out[1].truth = p->true_fid;
    return FEAT_OK;
}

/* The rows as logits of d classes. */
static feat_status inception(errors_value *out, const errors_pair *p, feat_error *err)
{
    gmet_is_result score;
    gmet_is_error_result e;
    const gmet_set logits = errors_gen(p);
    feat_status status = gmet_is_with_error(&score, &e, NULL, &logits, NULL, err);
    if (status == FEAT_OK)
        out[0] =
            errors_plain(score.mean, e.least_rows >= 10 && e.heavy <= 0.05, e.standard_error,
                         e.least_rows < 10 ? "fewer than 10 images in a split" : "a few images decide it");
    return status;
}

static feat_status infinity(errors_value *out, const errors_pair *p, feat_error *err)
{
    gmet_infinity_result r;
    const gmet_fid_side real = {.rows = p->real, .n = p->n_real};
    const gmet_set gen = errors_gen(p);
    if (p->real == NULL)
        return FEAT_OK;
    feat_status status = gmet_fid_infinity(&r, NULL, NULL, &real, &gen, NULL, err);
    if (status != FEAT_OK)
        return status;
    out[0] = errors_plain(r.value, false, 0.0, "the bias of the first set stays in it");
    out[0].has_truth = true;
    out[0].truth = p->true_fid;
    return FEAT_OK;
}

static feat_status mind(errors_value *out, const errors_pair *p, feat_error *err)
{
    gmet_mind_result r;
    if (p->real == NULL)
        return FEAT_OK;
    const gmet_set real = errors_real(p), gen = errors_gen(p);
    feat_status status = gmet_mind(&r, NULL, &real, &gen, NULL, err);
    if (status == FEAT_OK)
        out[0] =
            errors_plain(r.value, false, 0.0, "what another draw of the images would change is not measured");
    return status;
}

const errors_metric errors_frechet[] = {
    {.name = "fid", .values = {"FID", "FID less its bias"}, .wants_fid = true, .measure = fid},
    {.name = "is", .values = {"Inception Score"}, .measure = inception},
    {.name = "fid-inf", .values = {"FID-infinity"}, .wants_fid = true, .measure = infinity},
    {.name = "mind", .values = {"MIND"}, .measure = mind},
    {.name = NULL},
};
