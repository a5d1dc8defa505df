/* A Gaussian mixture with full covariances in the first principal components of the reference (as GIQA does:
 * Gu et al., "GIQA: generated image quality assessment", 2020). */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/pairs/kmeans.h"
#include "metrics/pairs/pairs.h"

enum { MAX_ROUNDS = 100, KMEANS_ROUNDS = 50, KMEANS_RUNS = 3 };
static const double log_2pi = 1.8378770664093454836, ridge_share = 1e-3, tolerance = 1e-6,
                    least_weight = 1e-12;

/* A component in a file and in memory: constant, mean [q], inverse of the covariance's Cholesky factor
 * [q][q]. */
static double *component(const gmet_judge_ref *ref, size_t c)
{
    return ref->mix + c * (1 + ref->mix_d + ref->mix_d * ref->mix_d);
}

static double log_sum(const double *t, size_t n)
{
    double max = t[0], sum = 0.0;
    for (size_t c = 1; c < n; c++)
        max = t[c] > max ? t[c] : max;
    for (size_t c = 0; c < n; c++)
        sum += feat_exp(t[c] - max);
    return max + feat_log(sum);
}

double gmet_judge_mixture_log(const gmet_judge_ref *ref, const double *y, double *scratch)
{
    size_t q = ref->mix_d;
    double *t = scratch + q;
    for (size_t c = 0; c < ref->n_mix; c++) {
        const double *constant = component(ref, c), *mean = constant + 1, *inverse = mean + q;
        double square = 0.0;
        for (size_t i = 0; i < q; i++)
            scratch[i] = y[i] - mean[i];
        for (size_t i = 0; i < q; i++) {
            double sum = 0.0;
            for (size_t k = 0; k <= i; k++)
                sum = fma(inverse[i * q + k], scratch[k], sum);
            square = fma(sum, sum, square);
        }
        t[c] = fma(-0.5, square, *constant);
    }
    return log_sum(t, ref->n_mix);
}

/* Turns covariance s [q][q] into the inverse of its lower Cholesky factor; returns half the log determinant,
 * or NaN. */
static double invert_factor(double *inverse, double *s, size_t q)
{
    double half_log = 0.0;
    for (size_t j = 0; j < q; j++) {
        for (size_t i = j; i < q; i++) {
            double sum = s[i * q + j];
            for (size_t k = 0; k < j; k++)
                sum = fma(-s[i * q + k], s[j * q + k], sum);
            if (i == j && !(sum > 0.0))
                return (double)NAN;
            s[i * q + j] = i == j ? sqrt(sum) : sum / s[j * q + j];
        }
        half_log += feat_log(s[j * q + j]);
    }
    memset(inverse, 0, q * q * sizeof *inverse);
    for (size_t j = 0; j < q; j++)
        for (size_t i = j; i < q; i++) {
            double sum = i == j ? 1.0 : 0.0;
            for (size_t k = j; k < i; k++)
                sum = fma(-s[i * q + k], inverse[k * q + j], sum);
            inverse[i * q + j] = sum / s[i * q + i];
        }
    return half_log;
}

/* Expectation-maximisation (Dempster, Laird and Rubin, 1977): what its rounds work on. */
typedef struct em {
    gmet_judge_ref *ref;
    const double *y; /* [m][n_axes] */
    double ridge;    /* added to the diagonal of each covariance */
    double *share;   /* [m][n_mix]: responsibilities */
    double *cov;     /* [q][q] */
    double *scratch;
} em;

static feat_status maximise(em *e, size_t c, feat_error *err)
{
    gmet_judge_ref *ref = e->ref;
    size_t q = ref->mix_d, n_mix = ref->n_mix;
    double *constant = component(ref, c), *mean = constant + 1, *inverse = mean + q, weight = 0.0;
    memset(mean, 0, q * sizeof *mean);
    memset(e->cov, 0, q * q * sizeof *e->cov);
    for (size_t r = 0; r < ref->m; r++) {
        double share = e->share[r * n_mix + c];
        weight += share;
        for (size_t i = 0; i < q; i++)
            mean[i] = fma(share, e->y[r * ref->n_axes + i], mean[i]);
    }
    double below = weight > least_weight ? weight : least_weight;
    for (size_t i = 0; i < q; i++)
        mean[i] /= below;
    for (size_t r = 0; r < ref->m; r++) {
        double share = e->share[r * n_mix + c];
        const double *row = e->y + r * ref->n_axes;
        for (size_t i = 0; i < q && share > 0.0; i++) {
            double t = share * (row[i] - mean[i]);
            for (size_t k = 0; k <= i; k++)
                e->cov[i * q + k] = fma(t, row[k] - mean[k], e->cov[i * q + k]);
        }
    }
    for (size_t i = 0; i < q; i++)
        for (size_t k = 0; k <= i; k++)
            e->cov[i * q + k] = e->cov[i * q + k] / below + (i == k ? e->ridge : 0.0);
    double half_log = invert_factor(inverse, e->cov, q);
    if (!isfinite(half_log))
        return feat_fail(err, FEAT_ERR_NUMERIC, "judge: component %zu of the mixture has no volume", c);
    *constant = feat_log(below / (double)ref->m) - half_log - 0.5 * (double)q * log_2pi;
    return FEAT_OK;
}

/* Responsibilities of all rows; returns the mean log-likelihood. */
static double expect(em *e)
{
    gmet_judge_ref *ref = e->ref;
    double total = 0.0, *t = e->scratch + ref->mix_d;
    for (size_t r = 0; r < ref->m; r++) {
        double sum = gmet_judge_mixture_log(ref, e->y + r * ref->n_axes, e->scratch);
        total += sum;
        for (size_t c = 0; c < ref->n_mix; c++)
            e->share[r * ref->n_mix + c] = feat_exp(t[c] - sum);
    }
    return total / (double)ref->m;
}

static feat_status run(em *e, const gmet_context *context, feat_error *err)
{
    double last = -(double)INFINITY;
    for (size_t round = 0; round < MAX_ROUNDS; round++) {
        for (size_t c = 0; c < e->ref->n_mix; c++) {
            feat_status status = maximise(e, c, err);
            if (status == FEAT_OK)
                status = gmet_go_on(context, err);
            if (status != FEAT_OK)
                return status;
        }
        double now = expect(e);
        if (now - last < tolerance)
            break;
        last = now;
    }
    return FEAT_OK;
}

static feat_status start(em *e, const gmet_context *context, feat_error *err)
{
    gmet_judge_ref *ref = e->ref;
    size_t q = ref->mix_d;
    gmet_kmeans_options options = {.k = ref->n_mix,
                                   .n_init = KMEANS_RUNS,
                                   .max_rounds = KMEANS_ROUNDS,
                                   .tolerance = tolerance,
                                   .seed = 2020};
    gmet_pairs pairs;
    size_t *label = feat_alloc_array(ref->m, sizeof *label);
    double *packed = feat_alloc_array(ref->m, q * sizeof *packed);
    double *centres = feat_alloc_array(ref->n_mix, q * sizeof *centres);
    feat_status status = gmet_pairs_create(&pairs, q, context, err);
    if (status == FEAT_OK && (label == NULL || packed == NULL || centres == NULL))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a mixture of %zu rows", ref->m);
    if (status == FEAT_OK) {
        for (size_t r = 0; r < ref->m; r++)
            memcpy(packed + r * q, e->y + r * ref->n_axes, q * sizeof *packed);
        gmet_rows rows = {.g = packed, .n = ref->m};
        status = gmet_kmeans(label, centres, NULL, &rows, &options, &pairs, err);
    }
    for (size_t r = 0; r < ref->m && status == FEAT_OK; r++)
        e->share[r * ref->n_mix + label[r]] = 1.0;
    gmet_pairs_release(&pairs);
    feat_free(centres);
    feat_free(packed);
    feat_free(label);
    return status;
}

feat_status gmet_judge_mixture_fit(gmet_judge_ref *ref, const double *y, const gmet_context *context, feat_error *err)
{
    em e = {.ref = ref, .y = y};
    double sum = 0.0;
    size_t q = ref->n_axes < GMET_JUDGE_MIX_AXES ? ref->n_axes : GMET_JUDGE_MIX_AXES;
    ref->mix_d = q;
    ref->n_mix = ref->options.mixture < ref->m ? ref->options.mixture : ref->m;
    for (size_t i = 0; i < q; i++)
        sum += ref->w[i];
    e.ridge = ridge_share * sum / (double)q;
    e.ridge = e.ridge > 0.0 ? e.ridge : GMET_JUDGE_LEAST; /* no row differs from another */
    ref->mix = feat_calloc(ref->n_mix, (1 + q + q * q) * sizeof *ref->mix);
    e.share = feat_calloc(ref->m, ref->n_mix * sizeof *e.share);
    e.cov = feat_alloc_array(q, q * sizeof *e.cov);
    e.scratch = feat_alloc_array(q + ref->n_mix, sizeof *e.scratch);
    feat_status status = FEAT_OK;
    if (ref->mix == NULL || e.share == NULL || e.cov == NULL || e.scratch == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a mixture of %zu rows", ref->m);
    if (status == FEAT_OK)
        status = start(&e, context, err);
    if (status == FEAT_OK)
        status = run(&e, context, err);
    feat_free(e.scratch);
    feat_free(e.cov);
    feat_free(e.share);
    return status;
}
