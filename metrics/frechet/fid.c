/* Frechet distance between two normal distributions: |mu1 - mu2|^2 + Tr (sigma1 + sigma2 - 2 (sigma1
 * sigma2)^(1/2)) (Dowson and Landau, 1982; on Inception features Heusel et al., 2017). */
#include "metrics/frechet/fid.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/frechet/frechet.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"
#include "metrics/moments/moments.h"

static feat_status check_means(const double *mu1, const double *mu2, size_t d, feat_error *err)
{
    for (size_t i = 0; i < d; i++)
        if (!isfinite(mu1[i]) || !isfinite(mu2[i]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "mean %c: element %zu is NaN or infinite",
                             isfinite(mu1[i]) ? '2' : '1', i);
    return FEAT_OK;
}

static bool all_finite(const double *x, size_t n)
{
    double sum = 0.0; /* of x * 0: NaN if any x is not finite */
    for (size_t i = 0; i < n; i++)
        sum += x[i] * 0.0;
    return sum == 0.0;
}

/* Sum of the singular values of the product of a pair. wanted: its first factor and the square of the product stay. */
static feat_status root_of(double *root, gmet_factors *f, bool wanted, const gmet_work *work, feat_error *err)
{
    size_t count;
    double *gram = f->borrowed ? f->second : f->first, *own = NULL;
    feat_status status = FEAT_OK;
    if (!f->borrowed)
        gmet_factors_drop_second(f);
    if (wanted) {
        status = gmet_factors_square(f, work, err);
        own = feat_mul_size(f->r1 > 0 ? f->r1 : 1, f->stride, &count) ? feat_alloc_array(count, sizeof *own) : NULL;
        gram = own;
    }
    if (status == FEAT_OK && gram == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the product of two factors");
    if (status == FEAT_OK)
        status = gmet_nuclear_norm(root, f, gram, work, err);
    feat_free(own);
    return status;
}

/* What is wanted of the geometry of two covariances that are equal, and need no factor otherwise. */
static feat_status look_at_equal(gmet_covariance *sigma1, gmet_covariance *sigma2, const gmet_work *work,
                                 feat_error *err)
{
    gmet_covariance *asked = sigma1->geometry != NULL ? sigma1 : sigma2;
    gmet_factor factor = {0};
    if (asked->geometry == NULL)
        return FEAT_OK;
    feat_status status = gmet_factor_create(&factor, asked, "covariance", work, err);
    if (status == FEAT_ERR_NUMERIC) { /* the distance is 0 all the same */
        *asked->geometry = (gmet_geometry){.known = 0};
        if (err != NULL)
            *err = (feat_error){FEAT_OK, ""};
        status = FEAT_OK;
    }
    if (sigma1->geometry != NULL && sigma2->geometry != NULL)
        *sigma2->geometry = *sigma1->geometry;
    gmet_factor_release(&factor);
    return status;
}

feat_status gmet_fid_resting(gmet_fid_result *out, gmet_factors *pair, const gmet_factor *kept, const double *mu1,
                             gmet_covariance *sigma1, const double *mu2, gmet_covariance *sigma2,
                             const gmet_work *work, feat_error *err)
{
    size_t d = sigma1->d;
    gmet_factors own = {0}, *f = pair != NULL ? pair : &own;
    double mean_term = 0.0, trace = 0.0, root = 0.0;
    memset(f, 0, sizeof *f);
    feat_status status = gmet_go_on(work->context, err); /* else the covariances may not be whole */
    if (status == FEAT_OK)
        status = check_means(mu1, mu2, d, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < d; i++) {
        double t = mu1[i] - mu2[i];
        mean_term = fma(t, t, mean_term);
        trace += sigma1->full[i * d + i] + sigma2->full[i * d + i];
    }
    /* (S S)^(1/2) = S: a set against itself is exactly 0. */
    bool equal = memcmp(sigma1->full, sigma2->full, d * d * sizeof *sigma1->full) == 0 &&
                 all_finite(sigma1->full, d * d);
    if (equal)
        root = 0.5 * trace;
    if (equal && pair == NULL)
        status = look_at_equal(sigma1, sigma2, work, err);
    else
        status = kept != NULL ? gmet_factor_pair_with(f, kept, sigma2, work, err)
                              : gmet_factor_pair(f, sigma1, sigma2, d, work, err);
    if (status == FEAT_OK && !equal)
        status = root_of(&root, f, pair != NULL, work, err);
    gmet_factors_release(&own);
    out->mean_term = mean_term;
    out->trace_term = fma(-2.0, root, trace);
    out->value = out->mean_term + out->trace_term;
    if (status == FEAT_OK && !isfinite(out->value))
        status = feat_fail(err, FEAT_ERR_NUMERIC, "FID: means or covariances are so large that the distance overflows");
    return status;
}

feat_status gmet_fid_of_sides(gmet_fid_result *out, const gmet_fid_side *real, const gmet_fid_side *gen, size_t d,
                              const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL || real->mu == NULL || real->sigma == NULL || gen->mu == NULL ||
        gen->sigma == NULL)
        return feat_null(err, __func__);
    gmet_work work;
    gmet_fid_result result;
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "FID: covariances of order at least 1 expected, 0 found");
    gmet_covariance s1 = {.d = d, .full = real->sigma, .done = real->sigma_done, .ctx = real->ctx};
    gmet_covariance s2 = {.d = d, .full = gen->sigma, .done = gen->sigma_done, .ctx = gen->ctx};
    s1.geometry = real->geometry;
    s2.geometry = gen->geometry;
    feat_status status = gmet_work_create(&work, context, d, d, d, err);
    if (status == FEAT_OK)
        status = gmet_fid_resting(&result, NULL, NULL, real->mu, &s1, gen->mu, &s2, &work, err);
    gmet_covariance_release(&s1);
    gmet_covariance_release(&s2);
    gmet_work_release(&work);
    if (status == FEAT_OK)
        *out = result;
    return status;
}

feat_status gmet_fid(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                     const double *sigma2, size_t d, const gmet_context *context, feat_error *err)
{
    if (out == NULL || mu1 == NULL || sigma1 == NULL || mu2 == NULL || sigma2 == NULL)
        return feat_null(err, __func__);
    gmet_fid_side real = {.mu = mu1, .sigma = sigma1}, gen = {.mu = mu2, .sigma = sigma2};
    return gmet_fid_of_sides(out, &real, &gen, d, context, err);
}

feat_status gmet_fid_from_moments(gmet_fid_result *out, const gmet_moments *real, const gmet_moments *gen,
                                  const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    size_t d = gmet_moments_dim(real), square;
    if (gmet_moments_dim(gen) != d)
        return feat_fail(err, FEAT_ERR_ARG, "FID: both sets must have the same columns, %zu and %zu found", d,
                         gmet_moments_dim(gen));
    gmet_covariance s1 = {.d = d}, s2 = {.d = d};
    gmet_work work = {0};
    double *mu = feat_alloc_array(d, 2 * sizeof *mu);
    if (feat_mul_size(d, d, &square)) {
        s1.full = s1.own = feat_alloc_array(square, sizeof *s1.own);
        s2.full = s2.own = feat_alloc_array(square, sizeof *s2.own);
    }
    feat_status status = FEAT_OK;
    if (mu == NULL || s1.own == NULL || s2.own == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for two covariances of order %zu", d);
    if (status == FEAT_OK)
        status = gmet_moments_get(real, mu, s1.own, 1, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(gen, mu + d, s2.own, 1, err);
    if (status == FEAT_OK)
        status = gmet_work_create(&work, context, d, d, d, err);
    if (status == FEAT_OK)
        status = gmet_fid_resting(out, NULL, NULL, mu, &s1, mu + d, &s2, &work, err);
    gmet_covariance_release(&s1);
    gmet_covariance_release(&s2);
    gmet_work_release(&work);
    feat_free(mu);
    return status;
}

feat_status gmet_geometry_of(gmet_geometry *out, const double *sigma, size_t d, const gmet_context *context,
                             feat_error *err)
{
    if (out == NULL || sigma == NULL)
        return feat_null(err, __func__);
    gmet_work work;
    gmet_factor factor = {0};
    gmet_geometry found;
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "geometry: a covariance of order at least 1 expected, 0 found");
    gmet_covariance s = {.d = d, .full = sigma, .geometry = &found};
    feat_status status = gmet_work_create(&work, context, d, d, d, err);
    if (status != FEAT_OK)
        return status;
    status = gmet_factor_create(&factor, &s, "covariance", &work, err);
    if (status == FEAT_OK)
        *out = found;
    gmet_factor_release(&factor);
    gmet_work_release(&work);
    return status;
}
