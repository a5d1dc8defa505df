/* What the files of the judge share. */
#ifndef BONAFIDE_METRICS_JUDGE_JUDGE_INTERNAL_H
#define BONAFIDE_METRICS_JUDGE_JUDGE_INTERNAL_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"
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
    size_t d, m, p;      /* columns of features; rows; columns that distances are taken in */
    float *xf;           /* [m][p] rows as floats, or */
    double *xg;          /* as doubles; the other is NULL */
    double *radii;       /* [m] distance to the k-th neighbour */
    unsigned char *kept; /* [m] radius not above the median: derived */
    double median;       /* of the radii */
    double least;        /* what stands for 0 where a distance is divided by or its logarithm taken */
    size_t n_axes, n_raw; /* principal axes; those of them that "raw" and "res" use */
    double *mu;           /* [d] mean */
    double *axes;         /* [n_axes][d] */
    double *w;            /* [n_axes] variances along the axes */
    double lam;           /* added to them where "mah" divides */
    size_t n_classes;
    double *real_p;      /* [n_classes] mean p(y|x) of the reference */
    size_t n_mix, mix_d; /* of the Gaussian mixture: components; axes it is fitted in */
    double *mix;         /* as in gmet_judge_ref_parts */
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

/* y [x->n][n_axes], for the caller to free: coordinates of all rows. Errors: NOMEM. */
feat_status gmet_judge_project_all(double **y, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                                   const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* Gaussian mixture by expectation-maximisation from k-means, in the first mix_d of coordinates y [m][n_axes].
 * Errors: NOMEM, NUMERIC. */
feat_status gmet_judge_mixture_fit(gmet_judge_ref *ref, const double *y, const gmet_context *context,
                                   feat_error *err) FEAT_NODISCARD;
/* scratch [mix_d + n_mix] */
double gmet_judge_mixture_log(const gmet_judge_ref *ref, const double *y, double *scratch);

/* What a function reads of a set of images. */
enum {
    GMET_JUDGE_LABELS = 1,
    GMET_JUDGE_GROUPS = 2,
    GMET_JUDGE_BLOCKS = 4,
    GMET_JUDGE_TRUTHS = 8,
    GMET_JUDGE_EVERYTHING = 15
};

/* Whether these arrays are there. Errors: ARG. */
feat_status gmet_judge_check_images(const gmet_judge_set *set, int what, feat_error *err) FEAT_NODISCARD;

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

/* The logistic model of labels: what b [1 + q] maximises is sum k ln p + (n - k) ln (1 - p) - lambda/2 |b[1..]|^2. */
typedef struct gmet_judge_logistic {
    const double *z; /* [m][q] */
    size_t m, q;
    const uint32_t *n_labels, *k; /* [m] */
    double lambda;
} gmet_judge_logistic;
/* Newton's method from what b holds. Errors: NUMERIC, NOMEM. */
feat_status gmet_judge_newton(double *b, const gmet_judge_logistic *model, feat_error *err) FEAT_NODISCARD;

double gmet_judge_sigmoid(double t);

/* order [n]: indices of x ascending, equal values by index. scratch [n]. x without NaN. */
void gmet_judge_order(size_t *order, size_t *scratch, const double *x, size_t n);

/* Midranks 1 .. n of x. order, scratch [n]. */
void gmet_judge_midranks(double *rank, size_t *order, size_t *scratch, const double *x, size_t n);

/* NaN if one is constant. */
double gmet_judge_pearson(const double *x, const double *y, size_t n);

/* Correlation with something of `variance`, `signal` of which can be known: 0 to 1, NaN without variance. */
double gmet_judge_ceiling_from(double signal, double variance);

/* Share of agreeing pairs among n >= 2 labels, k of them 1. */
static inline double gmet_judge_pair(double n, double k)
{
    return (k * (k - 1.0) + (n - k) * (n - k - 1.0)) / (n * (n - 1.0));
}

/* votes, or NULL where there are none. */
static inline const gmet_judge_votes *gmet_judge_votes_known(const gmet_judge_votes *votes)
{
    return votes != NULL && votes->of != NULL ? votes : NULL;
}

/* How far from 0 and 1 a prediction is kept for the logarithmic loss. */
#define GMET_JUDGE_LOG_MARGIN 1e-12

static inline double gmet_judge_kept_within(double p, double margin)
{
    return p < margin ? margin : p > 1.0 - margin ? 1.0 - margin : p;
}

/* The images of a subset, or of NULL: all. */
static inline size_t gmet_judge_subset_size(const gmet_judge_subset *subset, const gmet_judge_set *set)
{
    return subset != NULL ? subset->m : set->n;
}
static inline size_t gmet_judge_subset_at(const gmet_judge_subset *subset, size_t i)
{
    return subset != NULL ? subset->index[i] : i;
}

/* --- resampling ---------------------------------------------------------------------------------------- */

/* Units (blocks of images, or raters) are drawn with replacement, as many as there are. What is measured of a draw is a
 * function of sums over the units drawn. */
typedef struct gmet_judge_units {
    size_t n, n_columns, resamples;
    double *table;  /* [n][n_columns] what each unit adds to the sums; the first is 0 for one that does not count */
    double *whole;  /* [n_columns] sums of all units */
    double *drawn;  /* [resamples][n_columns] sums of each draw */
    double *values; /* [2 * resamples] of one measure */
} gmet_judge_units;

/* A table of zeros. what: "blocks", for the message. Errors: NOMEM. Close it in either case. */
feat_status gmet_judge_units_open(gmet_judge_units *units, size_t n, size_t n_columns, size_t resamples,
                                  const char *what, feat_error *err) FEAT_NODISCARD;
void gmet_judge_units_close(gmet_judge_units *units);
/* Takes units that do not count out of the table and adds up the others. */
void gmet_judge_units_sum(gmet_judge_units *units);
/* Draws from the units that are left, one or more. Errors: CANCELLED. */
feat_status gmet_judge_units_draw(gmet_judge_units *units, uint64_t seed, const gmet_context *context,
                                  feat_error *err) FEAT_NODISCARD;
/* The measure of all units, and percentiles 2.5 and 97.5 of that of the draws (NaN without units). */
void gmet_judge_units_interval(gmet_judge_interval *out, const gmet_judge_units *units,
                               double (*measure)(const void *ctx, const double *sums), const void *ctx);

/* What the caller's options say, those that are NULL too. Errors: those of feat_sized_read. */
feat_status gmet_judge_boot_read(gmet_judge_boot_options *out, const gmet_judge_boot_options *options,
                                 feat_error *err) FEAT_NODISCARD;

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

/* The share `share` of x [n] lies below it, linear between order statistics; x ascends. */
double gmet_judge_quantile(const double *sorted, size_t n, double share);

/* gmet_judge_within_folds of the images as they are and of each resample: spearman, pearson [1 + resamples]. Errors:
 * NOMEM. */
feat_status gmet_judge_within_draws(double *spearman, double *pearson, const gmet_judge_cv_result *predicted,
                                    const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                    const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* What resampling cannot know of the interval of a share of `units` units: with fewer than two there is none; where all
 * units have the same 0 or 1 so have all resamples, and the limit is that of a binomial share (Clopper and Pearson,
 * 1934): 0.025^(1 / units) below 1, as much above 0. */
void gmet_judge_share_limits(gmet_judge_interval *out, size_t units);

#endif
