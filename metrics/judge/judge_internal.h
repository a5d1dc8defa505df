/* What the files of the judge share. */
#ifndef BONAFIDE_METRICS_JUDGE_JUDGE_INTERNAL_H
#define BONAFIDE_METRICS_JUDGE_JUDGE_INTERNAL_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/splitmix.h"
#include "metrics/judge/gjudge.h"
#include "metrics/linalg/mat.h"

/* Shares of a scale of the reference, never lengths of their own: features in other units must give the same judge. */
#define GMET_JUDGE_LEAST 1e-12

enum {
    GMET_JUDGE_NEAREST = 5,
    GMET_JUDGE_CHUNK = 256,
    GMET_JUDGE_STATS_COUNT = 10,
    GMET_JUDGE_MIX_AXES = 64,
    GMET_JUDGE_PARTS = 5
};

struct gmet_judge_ref {
    gmet_judge_ref_options options;
    size_t d, m, p; /* columns of features; rows; columns that distances are taken in */
    float *xf;      /* [m][p], or */
    double *xg;
    double *radii;       /* [m] */
    unsigned char *kept; /* [m] radius not above the median: derived */
    double median;
    double least; /* what stands for 0 where a distance is divided by or its logarithm taken */
    size_t n_axes, n_raw;
    double *mu, *axes, *w;
    double lam;
    size_t n_classes;
    double *real_p;
    size_t n_mix, mix_d;
    double *mix;
};

/* Fills kept, median, least and n_raw from radii and w. Errors: NOMEM. */
feat_status gmet_judge_ref_derive(gmet_judge_ref *ref, feat_error *err) FEAT_NODISCARD;

/* LOGO in two steps: generator [n] < *n_generators is the generator left out, a real image's share; fold [n] the same
 * cut by blocks where more than a GMET_JUDGE_PARTS-th of the training images would have to be left out (gjudge.h).
 * Errors: those of gmet_judge_folds. */
feat_status gmet_judge_leave_generators(uint32_t *generator, uint32_t *fold, size_t *n_generators, size_t *n_folds,
                                        const gmet_judge_set *set, feat_error *err) FEAT_NODISCARD;

/* y [n][n_axes] = (x - mu) . axes for rows first .. first + n - 1; centred [n][d] receives x - mu. */
struct gmet_work;
void gmet_judge_project(double *y, double *centred, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                        size_t first, size_t n, const struct gmet_work *work);

/* Gaussian mixture by expectation-maximisation from k-means on y [m][stride], first q columns. Errors: NOMEM,
 * NUMERIC. */
feat_status gmet_judge_mixture_fit(gmet_judge_ref *ref, const double *y, size_t stride, feat_pool *pool,
                                   feat_error *err) FEAT_NODISCARD;
/* scratch [mix_d + n_mix] */
double gmet_judge_mixture_log(const gmet_judge_ref *ref, const double *y, double *scratch);

/* Errors: NUMERIC with `what`, row and column. */
feat_status gmet_judge_check_rows(const gmet_judge_rows *x, const char *what, feat_error *err) FEAT_NODISCARD;

static inline double gmet_judge_value(const gmet_judge_rows *x, size_t row, size_t column)
{
    return x->f != NULL ? (double)x->f[row * x->d + column] : x->g[row * x->d + column];
}

/* log-probabilities of c logits into out; scratch-free. */
void gmet_judge_log_softmax(double *out, const gmet_judge_rows *logits, size_t row);

/* Solves a x = b for symmetric positive definite a [n][n] (upper triangle read, destroyed); x replaces b.
 * False when a is not positive definite. work: for n x n outputs, 64 deep. */
bool gmet_judge_solve(double *a, double *b, size_t n, const struct gmet_work *work);

/* The same for small systems, without a work. */
bool gmet_judge_solve_small(double *a, double *b, size_t n);

/* Newton's method for sum k ln p + (n - k) ln (1 - p) - lambda/2 |b[1..]|^2 over rows of z [m][q]; b [1 + q],
 * starts at what it holds. n_labels, k [m]. Errors: NUMERIC, NOMEM. */
feat_status gmet_judge_newton(double *b, const double *z, size_t q, const uint32_t *n_labels,
                              const uint32_t *k, size_t m, double lambda, feat_error *err) FEAT_NODISCARD;

double gmet_judge_sigmoid(double t);

/* order [n]: indices of x ascending, equal values by index. scratch [n]. x without NaN. */
void gmet_judge_order(size_t *order, size_t *scratch, const double *x, size_t n);

/* Midranks 1 .. n of x. order, scratch [n]. */
void gmet_judge_midranks(double *rank, size_t *order, size_t *scratch, const double *x, size_t n);

/* NaN if one is constant. */
double gmet_judge_pearson(const double *x, const double *y, size_t n);

/* The median of x [n] > 0 non-negative values that are visited by `each` (which calls add(ctx, value) n
 * times, in any order, each time it is called): exact, in constant memory. */
double gmet_judge_median_pairs(const double *d2, size_t n);

/* Correlation with something of `variance`, `signal` of which can be known: 0 to 1, NaN without variance. */
double gmet_judge_ceiling_from(double signal, double variance);

/* Share of agreeing pairs among n >= 2 labels, k of them 1. */
static inline double gmet_judge_pair(double n, double k)
{
    return (k * (k - 1.0) + (n - k) * (n - k - 1.0)) / (n * (n - 1.0));
}

/* --- resampling: sums over drawn units ------------------------------------------------------------- */

enum { GMET_JUDGE_MAX_SUMS = 12 };

/* sums[b][c] = sum over n_units draws with replacement of table[draw][c]; draws of resample b come from a
 * stream that seed and b begin. */
void gmet_judge_resample(double *sums, size_t resamples, const double *table, size_t n_units,
                         size_t n_columns, uint64_t seed, feat_pool *pool);

/* The stream of resample b. */
static inline gmet_splitmix gmet_judge_stream(uint64_t seed, uint64_t b)
{
    gmet_splitmix s = {seed * 0xd1342543de82ef95u + b};
    s.state = gmet_splitmix_u64(&s);
    return s;
}

/* A draw from 0 .. n-1, n < 2^32: the high bits of a product. */
static inline size_t gmet_judge_draw(gmet_splitmix *s, size_t n)
{
    return (size_t)(((gmet_splitmix_u64(s) >> 32) * (uint64_t)n) >> 32);
}

/* Percentiles 2.5 and 97.5 (linear between order statistics) of the values that are not NaN; x [n] is
 * reordered, scratch [n]. NaN without any. */
void gmet_judge_percentiles(gmet_judge_interval *out, double *x, double *scratch, size_t n);

/* What resampling cannot know of the interval of a share of `units` units: with fewer than two there is none; where all
 * units have the same 0 or 1 so have all resamples, and the limit is that of a binomial share (Clopper and Pearson,
 * 1934): 0.025^(1 / units) below 1, as much above 0. */
void gmet_judge_share_limits(gmet_judge_interval *out, size_t units);

#endif
