/* What applies to several metrics: jackknife, N to infinity, per class. What holds of all of libgmet is said in
 * gmet.h. */
#ifndef BONAFIDE_METRICS_ACROSS_ACROSS_H
#define BONAFIDE_METRICS_ACROSS_ACROSS_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/diversity/diversity.h"
#include "metrics/frechet/frechet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- jackknife ---------------------------------------------------------------------------------- */

/* Delete-group jackknife of any statistic of one or two sets (Busing, Meijer and Van der Leeden, "Delete-m
 * jackknife for unequal m", 1999). Row i of a set is in group i mod n_groups; the statistic is computed
 * again without each group of each set, 2 * n_groups + 1 times for two sets. */
typedef feat_status (*gmet_statistic)(void *ctx, double *values, const gmet_set *first, const gmet_set *second,
                                      feat_error *err);

typedef struct gmet_jackknife_value {
    double value;          /* of all rows */
    double corrected;      /* less the bias, which is right when that is proportional to 1/n */
    double standard_error; /* of the value; sets' variances add */
} gmet_jackknife_value;

/* out [n_values], as many as fn fills in. second NULL: one set, and fn gets NULL too. n_groups 0: 20; each set has at
 * least 2 rows, and as many groups as rows if those are fewer. Memory: one copy of the larger set. Errors: ARG,
 * NUMERIC, NOMEM, and what fn returns. */
FEAT_API feat_status gmet_jackknife(gmet_jackknife_value *out, size_t n_values, size_t n_groups, gmet_statistic fn,
                                    void *ctx, const gmet_set *first, const gmet_set *second,
                                    feat_error *err) FEAT_NODISCARD;

/* out: value. */
FEAT_API feat_status gmet_fid_jackknife(gmet_jackknife_value *out, size_t n_groups, const gmet_set *real,
                                        const gmet_set *gen, const gmet_context *context,
                                        feat_error *err) FEAT_NODISCARD;

/* out: mean. options NULL: the defaults; their stride is not looked at. */
FEAT_API feat_status gmet_is_jackknife(gmet_jackknife_value *out, size_t n_groups, const gmet_is_options *options,
                                       const gmet_set *logits, const gmet_context *context,
                                       feat_error *err) FEAT_NODISCARD;

/* --- FID-infinity and IS-infinity --------------------------------------------------------------- */

typedef struct gmet_infinity_options {
    size_t struct_size; /* filled by _init */
    size_t n_points; /* 15; at least 3 */
    size_t min_size; /* 0: min(5000, max(n / 10, 2)), dgm-eval's rule; FID_IS_infinity has 5000 */
    uint32_t seed;   /* 2020 */
    int probabilities; /* 0; gmet_is_infinity: as in gmet_is_options */
} gmet_infinity_options;
FEAT_API void gmet_infinity_options_init(gmet_infinity_options *options, size_t size);

typedef struct gmet_infinity_point {
    size_t n;
    double value;
} gmet_infinity_point;

typedef struct gmet_infinity_result {
    double value;          /* at 1/n = 0: the intercept */
    double slope;          /* per 1/n; how strongly the metric depends on the number of images */
    double fit_residual;   /* of the intercept, from the residuals of the fit: how straight the line is. Subsets overlap
                              and the real set's bias stays, so it is no error of the value */
    size_t n_points;
} gmet_infinity_result;

/* Chong and Forsyth, "Effectively unbiased FID and Inception score and where to find them", 2020: the metric of subsets
 * of n_points sizes from min_size to n (equidistant, rounded down), ordinary least squares on 1/size. Subsets are drawn
 * without replacement as RandomState(seed).choice(n, size, replace=False), smallest first, from one stream. points
 * [n_points] may be NULL. real: as wide as gen; its rows are not looked at where it has moments, and sigma_done and
 * geometry never. Errors: ARG when real has neither, NUMERIC when it has fewer than 2 rows, n <= min_size or the sizes
 * are all one. */
FEAT_API feat_status gmet_fid_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                                       const gmet_infinity_options *options, const gmet_fid_side *real,
                                       const gmet_set *gen, const gmet_context *context,
                                       feat_error *err) FEAT_NODISCARD;

/* The same of the Inception Score with one split. logits: n rows of d = c classes. */
FEAT_API feat_status gmet_is_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                                      const gmet_infinity_options *options, const gmet_set *logits,
                                      const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- per class ---------------------------------------------------------------------------------- */

typedef struct gmet_class_options {
    size_t struct_size; /* filled by _init */
    size_t n_splits; /* 1: splits of each class's Inception Score */
    size_t k;        /* 3: neighbours of precision and recall */
    int strict;      /* 0 */
    int fid, is, pr; /* 1, 1, 1: what to compute */
} gmet_class_options;
FEAT_API void gmet_class_options_init(gmet_class_options *options, size_t size);

typedef struct gmet_class_score {
    size_t n_real, n_gen;
    double fid, is_mean, is_std, precision, recall; /* 0 where not defined */
    int has_fid;                                    /* 0: not asked for, or fewer than 2 rows on a side */
    int has_is; /* 0: not asked for, no logits, or fewer rows than splits */
    int has_pr; /* 0: not asked for, or <= k rows on a side */
} gmet_class_score;

typedef struct gmet_class_mean {
    double fid, is_mean, precision, recall; /* unweighted means over the classes where defined; 0 if none */
    size_t n_fid, n_is, n_pr;               /* how many those are */
} gmet_class_mean;

/* Rows and the class of each. */
typedef struct gmet_class_set {
    gmet_set set;
    const uint32_t *label; /* [set.n], below the number of classes */
} gmet_class_set;

/* FID, Inception Score, precision and recall of every class on its own (intra-FID; StudioGAN's iFID is the
 * mean). classes [n_classes]. logits: a row for each of the generated rows; NULL: no Inception Score. A class
 * with too few rows is not an error: its has_ flags say what is missing. With hundreds of rows per class FID
 * is dominated by its bias: compare only equal counts. Errors: ARG when a label is >= n_classes (set and row
 * named). */
FEAT_API feat_status gmet_per_class(gmet_class_score *classes, gmet_class_mean *mean, size_t n_classes,
                                    const gmet_class_options *options, const gmet_class_set *real,
                                    const gmet_class_set *gen, const gmet_set *logits, const gmet_context *context,
                                    feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
