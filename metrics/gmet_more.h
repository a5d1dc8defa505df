/* libgmet, second half: the metrics beside FID, Inception Score, precision and recall. Include it beside
 * gmet.h; the same letters and rules hold (n rows, d columns, row-major floats without gaps; double
 * arithmetic; the same bits for every kernel table, pool size and compiler). Nothing is written to a result
 * unless IV3_OK is returned, arrays given by the caller excepted. No result is ever NaN. Where not said
 * otherwise every function returns
 *   ARG      an option or a size is outside its range,
 *   NUMERIC  too few rows (the message names the set, what is needed and what was found), a NaN or infinite
 *            feature (set, row and column named), or values so large that the result overflows,
 *   NOMEM,
 * takes `options` NULL for the defaults, and `pool` NULL for one thread. metrics/README.md has the definitions.
 */
#ifndef GMET_MORE_H
#define GMET_MORE_H

#include "metrics/gmet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Weighted harmonic mean of precision and recall, (1 + beta^2) p r / (beta^2 p + r); 0 when both are 0. */
IV3_API double gmet_f_score(double precision, double recall, double beta);

/* --- kernel inception distance (KID) ------------------------------------------------------------- */

typedef enum gmet_kernel {
    GMET_KERNEL_POLYNOMIAL = 0, /* (gamma x.y + coef0)^degree */
    GMET_KERNEL_RBF = 1         /* exp(-gamma |x - y|^2) */
} gmet_kernel;

typedef struct gmet_kid_options {
    size_t n_subsets;   /* 100 */
    size_t subset_size; /* 1000 */
    int shrink;         /* 0: fewer rows than subset_size are an error; 1: the size shrinks to them */
    uint32_t seed;      /* 2020 */
    gmet_kernel kernel; /* GMET_KERNEL_POLYNOMIAL */
    unsigned degree;    /* 3; 1 .. 64 */
    double gamma;       /* 0: 1/d for the polynomial, 1/200 (sigma = 10) for the RBF kernel */
    double coef0;       /* 1 */
} gmet_kid_options;
IV3_API void gmet_kid_options_default(gmet_kid_options *options);

typedef struct gmet_kid_result {
    double mean,
        std; /* over the subsets, std with divisor n_subsets; no error of the mean: subsets overlap; 0 where it is
                rounding */
    size_t n_subsets, subset_size;
} gmet_kid_result;

/* The published KID: mean over random subsets of the unbiased estimate of MMD^2 (Binkowski et al.,
 * "Demystifying MMD GANs", 2018), with the draws of torch-fidelity: one RandomState(seed); per subset
 * choice(n1) and then choice(n2), without replacement. torch-fidelity's input1, by its habit the generated
 * set, is first [n1][d]. The value may be negative. Errors: NUMERIC when a set has fewer rows than
 * subset_size (unless shrink) or than 2. */
IV3_API iv3_status gmet_kid(gmet_kid_result *out, const float *first, size_t n1, const float *second,
                            size_t n2, size_t d, const gmet_kid_options *options, iv3_pool *pool,
                            iv3_error *err) IV3_NODISCARD;

typedef struct gmet_kid_full_result {
    double value;          /* unbiased; may be negative */
    double variance;       /* unbiased estimate of the value's variance; may be negative when it is tiny */
    double standard_error; /* root of the same, or more where that is tiny (kid_variance.c) */
    int has_error; /* 0: fewer than 4 rows on a side, variance and standard_error are 0 and mean nothing */
} gmet_kid_full_result;

/* The U-statistic of MMD^2 over all pairs (Gretton et al., "A kernel two-sample test", 2012, lemma 6, unequal
 * sizes) with an unbiased estimate of its exact variance from the Hoeffding decomposition (as Sutherland and
 * Deka, "Unbiased estimators for the variance of MMD estimators", 2019, for unequal sizes; formula in
 * kid_variance.c). Of the options only the kernel's count. Symmetric in the sets up to rounding. Memory O(n1
 * + n2). Errors: NUMERIC when a set has fewer than 2 rows. */
IV3_API iv3_status gmet_kid_full(gmet_kid_full_result *out, const float *first, size_t n1,
                                 const float *second, size_t n2, size_t d, const gmet_kid_options *options,
                                 iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* gmet_kid_full, and where the pairs of the subsets come along for little, gmet_kid, to the bit what each gives for the
 * same arguments: with up to 10,000 rows a side and 100 subsets of 1,000 for half the work of both. Where they do not,
 * or the subsets fail, subsets->n_subsets is 0, and gmet_kid gives them or says why not. Errors: those of
 * gmet_kid_full. */
IV3_API iv3_status gmet_kid_both(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first,
                                 size_t n1, const float *second, size_t n2, size_t d,
                                 const gmet_kid_options *options, iv3_pool *pool,
                                 iv3_error *err) IV3_NODISCARD;

/* --- density and coverage ------------------------------------------------------------------------ */

typedef struct gmet_prdc_options {
    size_t k;   /* 5 */
    int strict; /* 1: inside means distance < radius, as in prdc; 0: <= */
    int recall; /* 1; 0 leaves recall out, which saves a third of the time */
} gmet_prdc_options;
IV3_API void gmet_prdc_options_default(gmet_prdc_options *options);

/* Per image, each NULL or the caller's. */
typedef struct gmet_prdc_images {
    uint32_t *n_balls;      /* [n_gen]: balls of the real set a generated row is in */
    unsigned char *covered; /* [n_real]: 1 if a generated row is in this real row's ball */
    double *radius;         /* [n_real]: distance of a real row to its k-th nearest other */
} gmet_prdc_images;

typedef struct gmet_prdc_result {
    double precision, recall; /* recall is 0 if left out */
    double density;  /* mean number of real balls around a generated row, divided by k; may exceed 1 */
    double coverage; /* share of real balls that hold a generated row */
} gmet_prdc_result;

/* Naeem et al., "Reliable fidelity and diversity metrics for generative models", 2020, in the conventions of
 * its package prdc: the ball of a row reaches to its k-th nearest other row of its own set; strictly inside.
 * With <, sets of equal rows have radius 0 and score 0; with <= they score precision, recall and coverage 1.
 * images may be NULL. Errors: NUMERIC when a set has <= k rows. */
IV3_API iv3_status gmet_prdc(gmet_prdc_result *out, const gmet_prdc_images *images, const float *real,
                             size_t n_real, const float *gen, size_t n_gen, size_t d,
                             const gmet_prdc_options *options, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* Errors of density and coverage as gmet_prdc gave them, with n_balls [n_gen] of its gmet_prdc_images. By groups, as
 * gmet_pr_error says. */
IV3_API iv3_status gmet_prdc_error(gmet_sampling_error *density, gmet_sampling_error *coverage,
                                   const gmet_prdc_result *value, const uint32_t *n_balls, const float *real,
                                   size_t n_real, const float *gen, size_t n_gen, size_t d,
                                   const gmet_prdc_options *options, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* --- realism and rarity, per image ----------------------------------------------------------------- */

typedef enum gmet_realism {
    GMET_REALISM_PAPER = 0,   /* max of radius / distance; radii above the median are discarded */
    GMET_REALISM_KYNKAAT = 1, /* max of radius^2 / (distance^2 + 1e-5); the same trim */
    GMET_REALISM_DGM_EVAL = 2 /* max of radius / distance; only radii below the median are kept */
} gmet_realism;

typedef struct gmet_image_options {
    size_t k;             /* 3 */
    gmet_realism realism; /* GMET_REALISM_PAPER */
} gmet_image_options;
IV3_API void gmet_image_options_default(gmet_image_options *options);

typedef struct gmet_image_score {
    double realism; /* >= 1: inside some kept ball. Paper and dgm-eval: infinite for a copy of a real row
                       whose radius is kept and not 0, 1 for a copy whose radius is 0 */
    double
        rarity; /* smallest radius among the real balls that hold the row strictly inside; 0 if none does */
    double distance; /* to the nearest real row */
    size_t nearest;  /* that row, the lowest among equals */
    int inside;      /* 1: in a real ball, boundary included (what precision counts) */
} gmet_image_score;

/* scores [n_gen]. Realism: Kynkaanniemi et al., 2019; rarity: Han et al., "Rarity score: a new metric to
 * evaluate the uncommonness of synthesized images", 2023 (official code: radius to the k-th nearest other
 * row, strict; rows outside every ball have no rarity and are left out of a ranking). If no radius survives
 * the trim of dgm-eval (all are equal) all are kept. Errors: NUMERIC when the real set has <= k rows or gen
 * is empty. */
IV3_API iv3_status gmet_image_scores(gmet_image_score *scores, const float *real, size_t n_real,
                                     const float *gen, size_t n_gen, size_t d,
                                     const gmet_image_options *options, iv3_pool *pool,
                                     iv3_error *err) IV3_NODISCARD;

/* --- FID-infinity and IS-infinity -------------------------------------------------------------------- */

typedef struct gmet_infinity_options {
    size_t n_points; /* 15; at least 3 */
    size_t min_size; /* 0: min(5000, max(n / 10, 2)), dgm-eval's rule; FID_IS_infinity has 5000 */
    uint32_t seed;   /* 2020 */
    int probabilities; /* 0; gmet_is_infinity: as in gmet_is_options */
} gmet_infinity_options;
IV3_API void gmet_infinity_options_default(gmet_infinity_options *options);

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

/* Chong and Forsyth, "Effectively unbiased FID and Inception score and where to find them", 2020: the metric
 * of subsets of n_points sizes from min_size to n (equidistant, rounded down), ordinary least squares on
 * 1/size. Subsets are drawn without replacement as RandomState(seed).choice(n, size, replace=False), smallest
 * first, from one stream. points [n_points] may be NULL. real is not changed; its covariance has divisor n
 * - 1. Errors: NUMERIC when n <= min_size or the sizes are all one. */
IV3_API iv3_status gmet_fid_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                                     const gmet_moments *real, const float *gen, size_t n, size_t d,
                                     const gmet_infinity_options *options, iv3_pool *pool,
                                     iv3_error *err) IV3_NODISCARD;

/* The same of the Inception Score with one split. logits [n][c]. */
IV3_API iv3_status gmet_is_infinity(gmet_infinity_result *out, gmet_infinity_point *points,
                                    const float *logits, size_t n, size_t c,
                                    const gmet_infinity_options *options, iv3_pool *pool,
                                    iv3_error *err) IV3_NODISCARD;

/* --- memorisation-informed FID (MiFID) ---------------------------------------------------------------- */

typedef enum gmet_direction {
    GMET_GEN_TO_REAL =
        0, /* Kaggle's definition: mean over generated rows of the distance to the nearest real */
    GMET_REAL_TO_GEN = 1 /* what torchmetrics computes */
} gmet_direction;

typedef struct gmet_mifid_options {
    gmet_direction direction; /* GMET_GEN_TO_REAL */
    double threshold;         /* 0.1 */
} gmet_mifid_options;
IV3_API void gmet_mifid_options_default(gmet_mifid_options *options);

typedef struct gmet_mifid_result {
    double value;       /* fid / (penalty + 1e-14); 0 when fid <= 1e-8 */
    double distance;    /* mean over rows of the smallest 1 - |cos| to the other set, 0 .. 1 */
    double penalty;     /* distance if below the threshold, else 1 */
    size_t n_zero_rows; /* rows of zeros, which have no direction and are left out, in both sets */
} gmet_mifid_result;

/* Bai et al., "On training sample memorization: lessons from benchmarking generative modeling with a
 * large-scale competition", 2021. fid is the distance of the same sets, computed by the caller. Errors:
 * NUMERIC when a set has no row but zeros, or fid is not finite. */
IV3_API iv3_status gmet_mifid(gmet_mifid_result *out, double fid, const float *real, size_t n_real,
                              const float *gen, size_t n_gen, size_t d, const gmet_mifid_options *options,
                              iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* --- monge inception distance (MIND) -------------------------------------------------------------------- */

typedef struct gmet_mind_options {
    size_t n_directions; /* 1000 */
    uint64_t seed;       /* 2020 */
    int subsample; /* 1: the larger set is reduced to the size of the smaller; 0: all rows count, quantiles
                      of unequal sets are coupled exactly */
} gmet_mind_options;
IV3_API void gmet_mind_options_default(gmet_mind_options *options);

typedef struct gmet_mind_result {
    double value;
    double directions_error; /* of the mean over directions, 0 for one: what other directions would change, not other
                                rows */
    size_t n_real, n_gen;  /* rows used */
} gmet_mind_result;

/* Sliced Wasserstein distance: 3 d times the mean over unit directions of the squared 1-d Wasserstein-2
 * distance of the projections (torch-fidelity 0.5). Directions are our own: normal deviates of Marsaglia's
 * polar method on SplitMix64(seed), direction after direction, normalised in double; torch-fidelity's come
 * from PyTorch's generator, so its value differs by about directions_error. The subsample is the first rows of
 * RandomState(seed mod 2^32).permutation. Errors: NUMERIC when a set is empty. */
IV3_API iv3_status gmet_mind(gmet_mind_result *out, const float *real, size_t n_real, const float *gen,
                             size_t n_gen, size_t d, const gmet_mind_options *options, iv3_pool *pool,
                             iv3_error *err) IV3_NODISCARD;

/* --- memorisation: AuthPct, C_T --------------------------------------------------------------------------
 */

/* Percentage of generated rows that are authentic: the nearest training row has another training row strictly
 * closer than the generated row is (Alaa et al., "How faithful is your synthetic data?", 2022; dgm-eval).
 * authentic [n_gen], 0 or 1, may be NULL. Nearest rows: the lowest among equals. Errors: NUMERIC when train
 * has fewer than 2 rows or gen none. */
IV3_API iv3_status gmet_authpct(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                                const float *gen, size_t n_gen, size_t d, iv3_pool *pool,
                                iv3_error *err) IV3_NODISCARD;

/* Error of `percent`, what gmet_authpct gave for the same sets, in percent. By groups, as gmet_pr_error says. */
IV3_API iv3_status gmet_authpct_error(gmet_sampling_error *out, double percent, const float *train, size_t n_train,
                                      const float *gen, size_t n_gen, size_t d, iv3_pool *pool,
                                      iv3_error *err) IV3_NODISCARD;

enum { GMET_CT_MAX_CELLS = 64 };

typedef struct gmet_ct_options {
    size_t n_cells;   /* 3; 1 .. GMET_CT_MAX_CELLS */
    size_t n_init;    /* 10 runs of k-means, the one with the least inertia counts */
    size_t max_dim;   /* 64: wider features are projected onto so many principal axes of train */
    size_t min_count; /* 21: cells with fewer generated rows are left out (tau = 20 / n_gen, and a share above tau) */
    uint64_t seed;    /* 2020 */
} gmet_ct_options;
IV3_API void gmet_ct_options_default(gmet_ct_options *options);

typedef struct gmet_ct_cell {
    size_t n_train, n_test, n_gen;
    double z; /* 0 when the cell does not count */
    int used;
} gmet_ct_cell;

typedef struct gmet_ct_result {
    double value; /* far below 0: generated rows lie closer to train than test does, that is copying */
    size_t n_cells;
    gmet_ct_cell cells[GMET_CT_MAX_CELLS]; /* by decreasing number of training rows */
} gmet_ct_result;

/* Meehan, Chaudhuri and Dasgupta, "A non-parametric test to detect data-copying in generative models", 2020,
 * as in dgm-eval: k-means cells of train; in each cell the Mann-Whitney U of the distances to the nearest
 * training row of the cell, generated against test, as Z = (U - (n m / 2 - 0.5)) / sqrt(n m (n + m + 1) / 12)
 * (ties count one half, no tie correction); mean of Z weighted by test rows over the cells with at least
 * min_count generated rows. Cells without training or test rows are left out. k-means is seeded (kmeans.h).
 * Errors: NUMERIC when train has fewer rows than cells, a set is empty, or no cell counts. */
IV3_API iv3_status gmet_ct(gmet_ct_result *out, const float *train, size_t n_train, const float *test,
                           size_t n_test, const float *gen, size_t n_gen, size_t d,
                           const gmet_ct_options *options, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* --- Vendi score ------------------------------------------------------------------------------------------
 */

/* Effective number of different rows, 1 .. n: the exponential of the Renyi entropy of order q of the
 * eigenvalues of the Gram matrix of normalised rows, divided by n (Friedman and Dieng, "The Vendi score",
 * 2023; order q: Pasarkar and Dieng, 2024). q = 1 is the Vendi score; 0 counts the eigenvalues above
 * rounding, INFINITY gives one over the largest. The smaller of the n x n and d x d forms is used; they have
 * the same spectrum. Errors: NUMERIC when there is no row or one of zeros (named), ARG unless q >= 0. */
IV3_API iv3_status gmet_vendi(double *score, const float *x, size_t n, size_t d, double q, iv3_pool *pool,
                              iv3_error *err) IV3_NODISCARD;

/* --- PRD curve ---------------------------------------------------------------------------------------------
 */

typedef struct gmet_prd_options {
    size_t n_clusters; /* 20 */
    size_t n_angles;   /* 1001; at least 3 */
    size_t n_runs;     /* 10 clusterings are averaged */
    uint64_t seed;     /* 2020; run i clusters with seed + i */
    int equal_sizes;   /* 1: sets of different size are an error, as in the published code; 0: allowed */
} gmet_prd_options;
IV3_API void gmet_prd_options_default(gmet_prd_options *options);

typedef struct gmet_prd_result {
    double f_8;          /* largest F of beta = 8 on the curve: weighs recall */
    double f_one_eighth; /* of beta = 1/8: weighs precision */
} gmet_prd_result;

/* Sajjadi et al., "Assessing generative models via precision and recall", 2018: both sets are clustered
 * together, their histograms over the clusters give for slopes tan(angle), angles equidistant from 1e-10 to
 * pi/2 - 1e-10, precision = sum min(slope real, gen) and recall = precision / slope. precision and recall
 * [n_angles] are the curve, either may be NULL. Clustering is k-means (kmeans.h) instead of scikit-learn's
 * unseeded MiniBatchKMeans. Errors: NUMERIC when a set is empty, both together have fewer rows than clusters,
 * or sizes differ. */
IV3_API iv3_status gmet_prd_curve(gmet_prd_result *out, double *precision, double *recall, const float *real,
                                  size_t n_real, const float *gen, size_t n_gen, size_t d,
                                  const gmet_prd_options *options, iv3_pool *pool,
                                  iv3_error *err) IV3_NODISCARD;

/* --- per class
 * ----------------------------------------------------------------------------------------------- */

typedef struct gmet_class_options {
    size_t n_splits; /* 1: splits of each class's Inception Score */
    size_t k;        /* 3: neighbours of precision and recall */
    int strict;      /* 0 */
    int fid, is, pr; /* 1, 1, 1: what to compute */
} gmet_class_options;
IV3_API void gmet_class_options_default(gmet_class_options *options);

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

/* FID, Inception Score, precision and recall of every class on its own (intra-FID; StudioGAN's iFID is the
 * mean). classes [n_classes]; labels below n_classes. logits [n_gen][c] of the generated rows, NULL for no
 * Inception Score. A class with too few rows is not an error: its has_ flags say what is missing. With
 * hundreds of rows per class FID is dominated by its bias: compare only equal counts. Errors: ARG when a
 * label is >= n_classes (set and row named). */
IV3_API iv3_status gmet_per_class(gmet_class_score *classes, gmet_class_mean *mean, size_t n_classes,
                                  const float *real, const uint32_t *real_label, size_t n_real,
                                  const float *gen, const uint32_t *gen_label, size_t n_gen, size_t d,
                                  const float *logits, size_t c, const gmet_class_options *options,
                                  iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
