/* PRD curve: both sets' histograms over common clusters, compared at slopes from 0 to infinity. */
#include "metrics/manifold/prd_curve.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/base/rows.h"
#include "metrics/manifold/manifold.h"
#include "metrics/pairs/kmeans.h"
#include "metrics/pairs/pairs.h"

enum { MAX_ROUNDS = 100, TERMS = 12 };
static const double angle_eps = 1e-10, pi = 0x1.921fb54442d18p+1, f_eps = 1e-10, tolerance = 1e-4;

void gmet_prd_options_init(gmet_prd_options *options, size_t size)
{
    static const gmet_prd_options defaults = {.struct_size = sizeof defaults,
                                              .n_clusters = 20,
                                              .n_angles = 1001,
                                              .n_runs = 10,
                                              .seed = 2020,
                                              .equal_sizes = 1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* tan of 0 <= x <= pi / 4 by the series of sine and cosine, highest terms first. */
static double tangent(double x)
{
    double square = x * x, sine = 0.0, cosine = 0.0;
    for (int i = TERMS; i > 0; i--) {
        double even = 2.0 * i * (2.0 * i - 1.0), odd = 2.0 * i * (2.0 * i + 1.0);
        cosine = fma(-square / even, cosine, -square / even);
        sine = fma(-square / odd, sine, -square / odd);
    }
    return fma(x, sine, x) / (1.0 + cosine);
}

/* The angles are symmetric about pi / 4: the upper half of the slopes is the reciprocal of the lower. */
static double slope_at(size_t i, size_t n)
{
    if (2 * i + 1 == n)
        return 1.0;
    size_t low = i < n - 1 - i ? i : n - 1 - i;
    double step = (0.5 * pi - 2.0 * angle_eps) / (double)(n - 1);
    double slope = tangent(fma((double)low, step, angle_eps));
    return low == i ? slope : 1.0 / slope;
}

void gmet_prd_add_curve(double *precision, double *recall, const double *gen, const double *real, size_t n_bins,
                        size_t n_angles)
{
    for (size_t i = 0; i < n_angles; i++) {
        double slope = slope_at(i, n_angles), sum = 0.0;
        for (size_t b = 0; b < n_bins; b++) {
            double scaled = real[b] * slope;
            sum += scaled < gen[b] ? scaled : gen[b];
        }
        double other = sum / slope;
        precision[i] += sum < 1.0 ? sum : 1.0; /* rounding may pass 1 */
        recall[i] += other < 1.0 ? other : 1.0;
    }
}

static double largest_f(const double *precision, const double *recall, size_t n, double beta)
{
    double largest = 0.0, b2 = beta * beta;
    for (size_t i = 0; i < n; i++) {
        double f = (1.0 + b2) * precision[i] * recall[i] / (fma(b2, precision[i], recall[i]) + f_eps);
        largest = f > largest ? f : largest;
    }
    return largest;
}

typedef struct buffers {
    size_t *labels;     /* [n_runs][n_real + n_gen] */
    double *real, *gen; /* [n_clusters]: shares */
    double *curve;      /* [2][n_angles] */
} buffers;

static void histograms(const buffers *b, const size_t *labels, size_t n_real, size_t n_gen, size_t n_bins)
{
    memset(b->real, 0, n_bins * sizeof *b->real);
    memset(b->gen, 0, n_bins * sizeof *b->gen);
    for (size_t i = 0; i < n_real; i++)
        b->real[labels[i]] += 1.0;
    for (size_t i = 0; i < n_gen; i++)
        b->gen[labels[n_real + i]] += 1.0;
    for (size_t k = 0; k < n_bins; k++) {
        b->real[k] /= (double)n_real;
        b->gen[k] /= (double)n_gen;
    }
}

static feat_status run(const buffers *b, const gmet_rows *both, const gmet_pairs *pairs, const gmet_prd_options *o,
                       feat_error *err)
{
    size_t n_real = both->n_first, n_gen = both->n - n_real;
    double *precision = b->curve, *recall = b->curve + o->n_angles;
    const gmet_kmeans_options k = {
        .k = o->n_clusters, .max_rounds = MAX_ROUNDS, .tolerance = tolerance, .seed = o->seed};
    memset(b->curve, 0, 2 * o->n_angles * sizeof *b->curve);
    feat_status status = gmet_kmeans_runs(b->labels, o->n_runs, both, &k, pairs, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < o->n_runs; i++) {
        histograms(b, b->labels + i * both->n, n_real, n_gen, o->n_clusters);
        gmet_prd_add_curve(precision, recall, b->gen, b->real, o->n_clusters, o->n_angles);
    }
    for (size_t i = 0; i < 2 * o->n_angles; i++)
        b->curve[i] /= (double)o->n_runs;
    return FEAT_OK;
}

static feat_status check(const gmet_set *real, const gmet_set *gen, const gmet_prd_options *o, feat_error *err)
{
    if (o->n_clusters == 0 || o->n_angles < 3 || o->n_runs == 0)
        return feat_fail(err, FEAT_ERR_ARG,
                         "PRD: at least 1 cluster, 3 angles and 1 run expected, %zu, %zu and %zu found", o->n_clusters,
                         o->n_angles, o->n_runs);
    if (o->equal_sizes && real->n != gen->n)
        return feat_fail(err, FEAT_ERR_NUMERIC,
                         "PRD: sets of equal size expected, %zu real and %zu generated rows found; use as many of "
                         "both, or allow different sizes",
                         real->n, gen->n);
    feat_status status = gmet_check_sets("PRD", real, gen, 1, err);
    if (status == FEAT_OK && real->n + gen->n < o->n_clusters)
        return feat_fail(err, FEAT_ERR_NUMERIC, "PRD: at least %zu rows in both sets together needed, %zu found",
                         o->n_clusters, real->n + gen->n);
    return status;
}

feat_status gmet_prd_curve(gmet_prd_result *out, double *precision, double *recall, const gmet_prd_options *options,
                           const gmet_set *real, const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_prd_options o;
    gmet_prd_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_prd_options", err);
    if (status == FEAT_OK)
        status = check(real, gen, &o, err);
    if (status != FEAT_OK)
        return status;
    size_t d = real->d;
    gmet_rows both = {.f = real->rows, .f_more = gen->rows, .n_first = real->n, .n = real->n + gen->n};
    gmet_pairs pairs;
    status = gmet_pairs_create(&pairs, d, context, err);
    if (status != FEAT_OK)
        return status;
    buffers b = {0};
    size_t labels;
    if (feat_mul_size(o.n_runs, both.n, &labels))
        b.labels = feat_alloc_array(labels, sizeof *b.labels);
    b.real = feat_alloc_array(o.n_clusters, sizeof *b.real);
    b.gen = feat_alloc_array(o.n_clusters, sizeof *b.gen);
    b.curve = feat_alloc_array(o.n_angles, 2 * sizeof *b.curve);
    if (b.labels == NULL || b.real == NULL || b.gen == NULL || b.curve == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the PRD curve of %zu rows", both.n);
    else
        status = run(&b, &both, &pairs, &o, err);
    if (status == FEAT_OK) {
        out->f_8 = largest_f(b.curve, b.curve + o.n_angles, o.n_angles, 8.0);
        out->f_one_eighth = largest_f(b.curve, b.curve + o.n_angles, o.n_angles, 0.125);
        if (precision != NULL)
            memcpy(precision, b.curve, o.n_angles * sizeof *precision);
        if (recall != NULL)
            memcpy(recall, b.curve + o.n_angles, o.n_angles * sizeof *recall);
    }
    feat_free(b.curve);
    feat_free(b.gen);
    feat_free(b.real);
    feat_free(b.labels);
    gmet_pairs_release(&pairs);
    return status;
}
