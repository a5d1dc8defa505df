/* FID and Inception Score extrapolated to infinitely many images: values of growing subsets against 1 / size,
 * and a straight line through them. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/across/across.h"
#include "metrics/base/check_set.h"
#include "metrics/base/rng.h"
#include "metrics/base/stopping.h"
#include "metrics/diversity/diversity.h"
#include "metrics/frechet/fid.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"
#include "metrics/moments/moments.h"

void gmet_infinity_options_init(gmet_infinity_options *options, size_t size)
{
    static const gmet_infinity_options defaults = {
        .struct_size = sizeof defaults, .n_points = 15, .min_size = 0, .seed = 2020};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* The metric of the rows order[0 .. n - 1]. */
typedef feat_status (*measure_fn)(double *value, void *ctx, const size_t *order, size_t n, feat_error *err);

/* Least squares of value on 1 / n. */
static feat_status fit(gmet_infinity_result *out, const gmet_infinity_point *points, size_t n, feat_error *err)
{
    double mean_x = 0.0, mean_y = 0.0, sxx = 0.0, sxy = 0.0, residuals = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        mean_x += 1.0 / (double)points[i].n;
        mean_y += points[i].value;
    }
    mean_x /= count;
    mean_y /= count;
    for (size_t i = 0; i < n; i++) {
        double x = 1.0 / (double)points[i].n - mean_x;
        sxx = fma(x, x, sxx);
        sxy = fma(x, points[i].value - mean_y, sxy);
    }
    gmet_infinity_result r = {.slope = sxy / sxx, .n_points = n};
    r.value = fma(-r.slope, mean_x, mean_y);
    for (size_t i = 0; i < n; i++) {
        double x = 1.0 / (double)points[i].n - mean_x;
        double t = fma(-r.slope, x, points[i].value - mean_y);
        residuals = fma(t, t, residuals);
    }
    r.fit_residual = sqrt(residuals / (count - 2.0) * fma(mean_x, mean_x / sxx, 1.0 / count));
    if (!isfinite(r.value) || !isfinite(r.slope) || !isfinite(r.fit_residual))
        return feat_fail(err, FEAT_ERR_NUMERIC, "extrapolation: the values of %zu subsets overflow", n);
    *out = r;
    return FEAT_OK;
}

static size_t smallest_size(const gmet_infinity_options *o, size_t n)
{
    if (o->min_size != 0)
        return o->min_size;
    size_t tenth = n / 10 > 2 ? n / 10 : 2;
    return tenth < 5000 ? tenth : 5000;
}

static feat_status check(const char *metric, const gmet_infinity_options *o, size_t n, feat_error *err)
{
    size_t min_size = smallest_size(o, n);
    if (o->n_points < 3 || o->min_size == 1)
        return feat_fail(err, FEAT_ERR_ARG,
                         "%s: at least 3 points and subsets of at least 2 rows expected, %zu and %zu found",
                         metric, o->n_points, o->min_size);
    if (n <= min_size)
        return feat_fail(err, FEAT_ERR_NUMERIC,
                         "%s: more than %zu rows are needed (the smallest subset), %zu found", metric,
                         min_size, n);
    return FEAT_OK;
}

static feat_status extrapolate(gmet_infinity_result *out, gmet_infinity_point *points, size_t n,
                               const gmet_infinity_options *o, measure_fn measure, void *ctx, feat_error *err)
{
    gmet_infinity_point *own = points == NULL ? feat_alloc_array(o->n_points, sizeof *own) : NULL;
    size_t *order = feat_alloc_array(n, sizeof *order);
    size_t first = smallest_size(o, n), steps = o->n_points - 1;
    feat_status status = FEAT_OK;
    if (points == NULL)
        points = own;
    if (points == NULL || order == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for subsets of %zu rows", n);
        goto done;
    }
    gmet_mt mt;
    gmet_mt_seed(&mt, o->seed);
    for (size_t i = 0; i <= steps && status == FEAT_OK; i++) {
        size_t base = (n - first) / steps, rest = (n - first) % steps;
        points[i].n = first + i * base + i * rest / steps;
        gmet_mt_permutation(&mt, order, n);
        status = measure(&points[i].value, ctx, order, points[i].n, err);
    }
    if (status == FEAT_OK)
        status = fit(out, points, o->n_points, err);
done:
    feat_free(order);
    feat_free(own);
    return status;
}

/* --- FID ---------------------------------------------------------------------------------------------- */

/* Rows that are gathered at a time: a chunk of the moments. */
enum { GATHER = 256 };

/* The real set is factored once. A subset of more than half of the rows is all of them less the others: with scatter
 * matrices T of all n rows and R of the n - m others, means mu and r,
 *
 *     mu_m = mu + (n - m) / m (mu - r),      sigma_m = (T - R - n (n - m) / m (mu - r) (mu - r)^T) / (m - 1).
 *
 * T is less than 2 (n - 1) / (m - 1) times sigma_m where m is half of n and more, so no digit is lost in the
 * difference; where m is not above d, small variances are to stay 0, and the rows themselves are taken. */
typedef struct fid_of {
    const gmet_set *gen;
    const double *mu, *sigma;   /* of the real set */
    double *own_mu, *own_sigma; /* the same where they were not given */
    double *gen_mu, *gen_sigma; /* of a subset */
    double *all_mu, *all_sigma; /* of the generated set */
    float *rows;                /* [GATHER][d] */
    gmet_factor real;
    gmet_work work;
    size_t n, apart; /* rows of the subset, and those that are not in it */
    const gmet_context *context;
} fid_of;

/* Moments of rows order[0 .. n - 1]. */
static feat_status moments_of(const fid_of *f, const size_t *order, size_t n, size_t ddof, feat_error *err)
{
    size_t d = f->gen->d;
    gmet_moments *m = NULL;
    feat_status status = gmet_moments_create(&m, d, f->context, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i += GATHER) {
        size_t count = feat_min_size(n - i, GATHER);
        for (size_t r = 0; r < count; r++)
            memcpy(f->rows + r * d, f->gen->rows + order[i + r] * d, d * sizeof *f->rows);
        feat_mapped_done(f->gen->rows, f->gen->n * d * sizeof *f->rows); /* they lie anywhere in the set */
        status = gmet_moments_add(m, f->rows, count, d, err);
    }
    if (status == FEAT_OK)
        status = gmet_moments_get(m, f->gen_mu, f->gen_sigma, ddof, err);
    gmet_moments_close(&m);
    return status;
}

static void subtract_task(void *ctx, size_t i, size_t worker)
{
    (void)worker;
    const fid_of *f = ctx;
    size_t d = f->gen->d;
    double m = (double)f->n, rest = (double)f->apart, n = m + rest, weight = n * rest / m;
    const double *all = f->all_sigma + i * d;
    double *sigma = f->gen_sigma + i * d, di = f->all_mu[i] - f->gen_mu[i];
    for (size_t j = 0; j < d; j++) {
        double product = di * (f->all_mu[j] - f->gen_mu[j]); /* the same for (j, i) */
        sigma[j] = fma(-weight, product, fma(-rest, sigma[j], (n - 1.0) * all[j])) / (m - 1.0);
    }
}

/* Turns the moments of the others, divisor their number, into those of the subset. */
static void subtract(fid_of *f)
{
    size_t d = f->gen->d;
    double share = (double)f->apart / (double)f->n;
    gmet_parallel_for(f->work.context, d, subtract_task, f);
    for (size_t j = 0; j < d; j++)
        f->gen_mu[j] = fma(share, f->all_mu[j] - f->gen_mu[j], f->all_mu[j]);
}

static feat_status measure_fid(double *value, void *ctx, const size_t *order, size_t n, feat_error *err)
{
    fid_of *f = ctx;
    size_t d = f->gen->d;
    gmet_fid_result fid = {0};
    feat_status status = FEAT_OK;
    f->n = n;
    f->apart = f->gen->n - n;
    const bool all = f->apart == 0, others = !all && n > d && f->apart < n;
    if (!all)
        status = others ? moments_of(f, order + n, f->apart, 0, err) : moments_of(f, order, n, 1, err);
    if (status == FEAT_OK && others)
        subtract(f);
    if (status == FEAT_OK)
        status = gmet_go_on(f->context, err);
    gmet_covariance real = {.d = d, .full = f->sigma}, gen = {.d = d, .full = all ? f->all_sigma : f->gen_sigma};
    if (status == FEAT_OK)
        status = gmet_fid_resting(&fid, NULL, &f->real, f->mu, &real, all ? f->all_mu : f->gen_mu, &gen, &f->work, err);
    *value = fid.value;
    return status;
}

/* Those of all rows of a set, divisor n - 1. */
static feat_status whole_moments(double *mu, double *sigma, const float *rows, size_t n, const fid_of *f,
                                 feat_error *err)
{
    size_t d = f->gen->d;
    gmet_moments *all = NULL;
    feat_status status = gmet_moments_create(&all, d, f->context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(all, rows, n, d, err);
    if (status == FEAT_OK)
        status = gmet_moments_get(all, mu, sigma, 1, err);
    gmet_moments_close(&all);
    return status;
}

/* Memory for moments of the generated set and a subset, and of the real one where they are not given. */
static feat_status make_room(fid_of *f, bool given, feat_error *err)
{
    size_t d = f->gen->d, square = 0, count, sets = given ? 2 : 3;
    if (feat_mul_size(d, d, &square) && feat_add_size(square, d, &count))
        f->gen_mu = feat_alloc_array(count, sets * sizeof *f->gen_mu);
    f->rows = feat_alloc_array(d, GATHER * sizeof *f->rows);
    if (f->gen_mu == NULL || f->rows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu covariances of order %zu", sets, d);
    f->all_mu = f->gen_mu + d;
    f->gen_sigma = f->all_mu + d;
    f->all_sigma = f->gen_sigma + square;
    f->own_sigma = given ? NULL : f->all_sigma + square;
    f->own_mu = given ? NULL : f->own_sigma + square;
    return FEAT_OK;
}

/* What all subsets share. Released by release_fid whatever is returned. */
static feat_status prepare_fid(fid_of *f, const gmet_fid_side *real, feat_error *err)
{
    size_t d = f->gen->d;
    bool given = real->mu != NULL && real->sigma != NULL;
    feat_status status = make_room(f, given, err);
    if (status != FEAT_OK)
        return status;
    f->mu = given ? real->mu : f->own_mu;
    f->sigma = given ? real->sigma : f->own_sigma;
    if (!given)
        status = whole_moments(f->own_mu, f->own_sigma, real->rows, real->n, f, err);
    if (status == FEAT_OK)
        status = whole_moments(f->all_mu, f->all_sigma, f->gen->rows, f->gen->n, f, err);
    if (status == FEAT_OK)
        status = gmet_work_create(&f->work, f->context, d, d, d, err);
    gmet_covariance of_real = {.d = d, .full = f->sigma};
    if (status == FEAT_OK)
        status = gmet_factor_create(&f->real, &of_real, "covariance 1", &f->work, err);
    return status;
}

static void release_fid(fid_of *f)
{
    gmet_factor_release(&f->real);
    gmet_work_release(&f->work);
    feat_free(f->rows);
    feat_free(f->gen_mu);
}

feat_status gmet_fid_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                              const gmet_infinity_options *options, const gmet_fid_side *real, const gmet_set *gen,
                              const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    size_t n = gen->n, d = gen->d;
    gmet_infinity_options o;
    gmet_infinity_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_infinity_options", err);
    if (real->mu == NULL || real->sigma == NULL) {
        if (status == FEAT_OK && real->rows == NULL)
            return feat_fail(err, FEAT_ERR_ARG, "FID-infinity: the real side has neither rows nor moments");
        if (status == FEAT_OK)
            status = gmet_check_set("FID-infinity", "real", real->rows, real->n, d, 2, err);
    }
    if (status == FEAT_OK)
        status = check("FID-infinity", &o, n, err);
    if (status == FEAT_OK)
        status = gmet_check_set("FID-infinity", "generated", gen->rows, n, d, 2, err);
    if (status != FEAT_OK)
        return status;
    fid_of f = {.gen = gen, .context = context};
    status = prepare_fid(&f, real, err);
    if (status == FEAT_OK)
        status = extrapolate(out, points, n, &o, measure_fid, &f, err);
    release_fid(&f);
    return status;
}

/* --- Inception Score ------------------------------------------------------------------------------------ */

typedef struct is_of {
    const gmet_set *logits;
    float *subset; /* [n][c] */
    int probabilities;
    const gmet_context *context;
} is_of;

static feat_status measure_is(double *value, void *ctx, const size_t *order, size_t n, feat_error *err)
{
    const is_of *s = ctx;
    size_t c = s->logits->d;
    const gmet_set subset = {.rows = s->subset, .n = n, .d = c};
    gmet_is_options o = {.struct_size = sizeof o, .n_splits = 1, .probabilities = s->probabilities};
    gmet_is_result r = {0};
    for (size_t i = 0; i < n; i++)
        memcpy(s->subset + i * c, s->logits->rows + order[i] * c, c * sizeof *s->subset);
    feat_mapped_done(s->logits->rows, s->logits->n * c * sizeof *s->subset);
    feat_status status = gmet_inception_score(&r, &o, &subset, s->context, err);
    *value = r.mean;
    return status;
}

feat_status gmet_is_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                             const gmet_infinity_options *options, const gmet_set *logits,
                             const gmet_context *context, feat_error *err)
{
    if (out == NULL || logits == NULL)
        return feat_null(err, __func__);
    size_t n = logits->n, c = logits->d;
    gmet_infinity_options o;
    gmet_infinity_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_infinity_options", err);
    if (status == FEAT_OK)
        status = check("IS-infinity", &o, n, err);
    if (status == FEAT_OK)
        status = gmet_check_set("IS-infinity", "logits", logits->rows, n, c, 2, err);
    if (status != FEAT_OK)
        return status;
    is_of s = {.logits = logits, .probabilities = o.probabilities, .context = context};
    size_t count;
    if (feat_mul_size(n, c, &count))
        s.subset = feat_alloc_array(count, sizeof *s.subset);
    if (s.subset == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu rows of %zu logits", n, c);
    status = extrapolate(out, points, n, &o, measure_is, &s, err);
    feat_free(s.subset);
    return status;
}
