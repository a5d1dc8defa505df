/* libgmet: statistics of generated-image evaluation on feature matrices, in double precision, the same
 * bits on every machine. It knows nothing of images or networks: features may come from anywhere.
 *
 *     gmet_moments *real = NULL, *gen = NULL;
 *     gmet_fid_result fid;
 *     if (gmet_moments_create(&real, d, NULL, &err) == IV3_OK && ... add rows of both sets ... &&
 *         gmet_fid_from_moments(&fid, real, gen, NULL, &err) == IV3_OK)
 *         printf("%.9g\n", fid.value);
 *
 * Letters: n rows (images), d columns (features), k neighbours, c classes. Matrices are row-major. */
#ifndef GMET_H
#define GMET_H

#include "engine/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- mean and covariance ------------------------------------------------------------------------ */

typedef struct gmet_moments gmet_moments;

/* Accumulates mean and covariance of float rows of width d. Rows are taken in order, each at the next place;
 * the result depends on rows and places only, never on how calls split them or on the pool (may be NULL; used
 * inside add). Memory: d (d + 1) / 2 doubles, and as much for each bit of n / 2048. Errors: ARG, NOMEM. */
IV3_API iv3_status gmet_moments_create(gmet_moments **out, size_t d, iv3_pool *pool,
                                       iv3_error *err) IV3_NODISCARD;
/* rows [n][d], row stride in floats. Errors: NUMERIC (NaN or infinity; row and column named), NOMEM,
 * UNSUPPORTED (the calling thread flushes denormal numbers or does not round to nearest). */
IV3_API iv3_status gmet_moments_add(gmet_moments *m, const float *rows, size_t n, size_t stride,
                                    iv3_error *err) IV3_NODISCARD;
/* The same for rows [n][d] at places [n], ascending, which leaves those between them empty; places NULL: the next n.
 * Errors: also ARG (a place before gmet_moments_next). */
IV3_API iv3_status gmet_moments_add_at(gmet_moments *m, const float *rows, const size_t *places, size_t n,
                                       iv3_error *err) IV3_NODISCARD;
/* Leaves the next n places empty, as those of images that could not be read. Errors: NOMEM. */
IV3_API iv3_status gmet_moments_skip(gmet_moments *m, size_t n, iv3_error *err) IV3_NODISCARD;
IV3_API size_t gmet_moments_count(const gmet_moments *m);
IV3_API size_t gmet_moments_dim(const gmet_moments *m);
/* mu [d], sigma [d][d] with divisor n - ddof. Either may be NULL. Means far above the deviations cost no
 * digits, and a constant column has variance 0. Errors: NUMERIC when n <= ddof, NOMEM. */
IV3_API iv3_status gmet_moments_get(const gmet_moments *m, double *mu, double *sigma, size_t ddof,
                                    iv3_error *err) IV3_NODISCARD;
IV3_API void gmet_moments_close(gmet_moments **m);

/* Moments in parts, for sets that several machines work on: places are cut into blocks of 2048, and finished
 * blocks are added pairwise in a tree that their places fix (block 0 with 1, 2 with 3, then those two ...).
 * Parts taken from one object and added to another in the order of places, the rows of blocks that no one has
 * whole between them, leave it as if it had been given all rows: the same bits. After NOMEM only close. */
enum { GMET_MOMENTS_BLOCK = 2048 };

typedef struct gmet_moments_part {
    size_t first, span; /* places [first, first + span): 2048 times a power of two, first a multiple of it */
    size_t n;           /* rows in them */
    /* [gmet_moments_sums(d)]: a centre [d], one of the rows; sums of rows less the centre [d]; and products of
     * rows less their mean, row i of the upper triangle from column i on. All 0 for n = 0. */
    const double *sums;
} gmet_moments_part;

/* 2 d + d (d + 1) / 2; 0 when that is too large. */
IV3_API size_t gmet_moments_sums(size_t d);
/* Sets the place of the first row, a multiple of 2048. Errors: ARG, also when there are rows. */
IV3_API iv3_status gmet_moments_start(gmet_moments *m, size_t first, iv3_error *err) IV3_NODISCARD;
/* The place of the next row. */
IV3_API size_t gmet_moments_next(const gmet_moments *m);
/* Parts of the finished blocks, ascending; borrowed until the next call that adds. */
IV3_API size_t gmet_moments_n_parts(const gmet_moments *m);
IV3_API gmet_moments_part gmet_moments_get_part(const gmet_moments *m, size_t index);
/* Adds a part (copied) at the next place. Errors: ARG (it begins elsewhere, or cannot be a part), NUMERIC (a
 * sum that is not finite, or of no rows and not 0), NOMEM. */
IV3_API iv3_status gmet_moments_add_part(gmet_moments *m, const gmet_moments_part *part,
                                         iv3_error *err) IV3_NODISCARD;

/* --- linear algebra ----------------------------------------------------------------------------- */

/* Eigenvalues (ascending) and, if vectors is not NULL, orthonormal eigenvectors of a symmetric matrix.
 *   a        [n][n], lower triangle read; not changed
 *   values   [n]
 *   vectors  [n][n], row i is the eigenvector of values[i]; its largest component is positive
 * Errors: NUMERIC (NaN in a, no convergence), NOMEM. */
IV3_API iv3_status gmet_eigsym(double *values, double *vectors, const double *a, size_t n, iv3_pool *pool,
                               iv3_error *err) IV3_NODISCARD;

/* Symmetric square root of a positive semi-definite matrix: root [n][n] with root * root = a. Eigenvalues
 * that rounding made slightly negative count as 0; a truly indefinite matrix is an error (NUMERIC). */
IV3_API iv3_status gmet_sqrtm(double *root, const double *a, size_t n, iv3_pool *pool,
                              iv3_error *err) IV3_NODISCARD;

/* Tr (sigma1 sigma2)^(1/2) of two covariances [d][d]: pivoted Cholesky of both, then the square roots of the
 * eigenvalues of the smaller Gram matrix of the product of the factors. Never complex, no eps. */
IV3_API iv3_status gmet_trace_sqrt_product(double *trace, const double *sigma1, const double *sigma2,
                                           size_t d, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* --- Frechet distance (FID) --------------------------------------------------------------------- */

typedef struct gmet_fid_result {
    double value;      /* raw; rounding can make it slightly negative for equal sets */
    double mean_term;  /* |mu1 - mu2|^2 */
    double trace_term; /* Tr sigma1 + Tr sigma2 - 2 Tr (sigma1 sigma2)^(1/2) */
} gmet_fid_result;

/* Frechet distance of two normal distributions with means mu1, mu2 [d] and covariances sigma1, sigma2 [d][d]
 * (Dowson and Landau, 1982; on Inception features Heusel et al., 2017): |mu1 - mu2|^2 + Tr (sigma1 + sigma2 - 2
 * (sigma1 sigma2)^(1/2)), exactly 0 in the trace for equal covariances. Nothing is changed or kept. Errors: ARG
 * when d is 0; NUMERIC for NaN, infinity, a sigma that is not positive semi-definite beyond rounding, or values so
 * large that the distance overflows; NOMEM. */
IV3_API iv3_status gmet_fid(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                            const double *sigma2, size_t d, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* The same from accumulated moments of equal width, covariances with divisor n - 1. Errors: ARG when the
 * widths differ, NUMERIC when a side has fewer than 2 rows, NOMEM. */
IV3_API iv3_status gmet_fid_from_moments(gmet_fid_result *out, const gmet_moments *real,
                                         const gmet_moments *gen, iv3_pool *pool,
                                         iv3_error *err) IV3_NODISCARD;

/* --- uncertainty and bias of FID ---------------------------------------------------------------- */

/* One side: its rows [n][d] without gaps; or, with rows NULL, its moments (mu [d], sigma [d][d], divisor n -
 * 1) and n, 0 if it is not known or the moments are to be taken as exact. Who has both gives both, which
 * saves computing the moments again. sigma_done, if not NULL, is called with ctx when a sigma given will not be
 * read again (once; not at all when the arguments are refused): a caller who frees it then saves d * d doubles
 * at the peak. */
typedef struct gmet_fid_side {
    const float *rows;
    size_t n;
    const double *mu, *sigma;
    void (*sigma_done)(void *ctx);
    void *ctx;
} gmet_fid_side;

/* gmet_fid of two sides given by moments; rows and n are not looked at. At most three matrices of d * d are
 * in memory at a time, the covariances included when both are freed as they are done with. Errors: as
 * gmet_fid. */
IV3_API iv3_status gmet_fid_of_sides(gmet_fid_result *out, const gmet_fid_side *real, const gmet_fid_side *gen,
                                     size_t d, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

typedef struct gmet_fid_uncertainty_result {
    gmet_fid_result raw;
    double bias_real, bias_gen;   /* expected excess of the raw value, to first order in 1/n */
    double bias_second;           /* what there is of second order, of both sides; 0 where it was not measured */
    double corrected;             /* raw value less these; may be negative */
    double standard_error;        /* of the raw value, between draws of both sets */
    double corrected_error;       /* of the corrected value */
    double bias_left;             /* how much bias the corrected value may still hold */
    double error_real, error_gen; /* each set's first-order part of the standard error, in which what it has of second
                                     order is counted twice; 0 for a side of unknown n */
    double heavy; /* share of the largest contributions in the variance: sum of fourth powers over square of the sum of
                     squares; about 3/n for two sets of n normal rows, 1 where one row is all */
    size_t rank_real, rank_gen; /* of the covariances */
    int has_error;              /* 1: standard_error holds */
    int has_corrected;          /* 1: corrected and corrected_error hold: bias_left is at most half of the error */
    const char *why_no_error, *why_no_corrected; /* a static phrase, NULL where it holds */
    int dependent; /* 1: corrected lies further below 0 than independent draws come; 2: so far that standard_error does
                      not hold either */
    int in_order; /* 1: rows of a set that follow each other are alike, as where sets are sorted by class or hold frames
                     of a film; how many independent draws they are is not known, and nothing is corrected */
} gmet_fid_uncertainty_result;

/* FID with what is known about its accuracy: standard error by the influence function (delta method) and the
 * second-order terms, which matter where the distributions are almost equal; bias by the second-order expansion with
 * the rows' own fourth moments and, for the next order, by the same of half of each set. A side without rows counts as
 * n normal rows that have its moments; where n is 0, its moments are taken as exact, and neither error nor corrected
 * value hold. Numbers are filled in also where they do not hold (the corrected value then perhaps to first order
 * only). real_contribution [n], gen_contribution [n], NULL if not wanted or the side has no rows: each row's influence
 * on the value, divided by n. They sum to 0 (up to rounding) over a set; a positive one means that the value rises
 * because of this row, by about so much. Errors: ARG when a side has neither rows nor moments, NUMERIC when a side has
 * fewer than 2 rows, NOMEM. Formulas: uncertainty.c, uncertainty_terms.c, uncertainty_half.c, influence.c. */
IV3_API iv3_status gmet_fid_uncertainty(gmet_fid_uncertainty_result *out, double *real_contribution,
                                        double *gen_contribution, const gmet_fid_side *real,
                                        const gmet_fid_side *gen, size_t d, iv3_pool *pool,
                                        iv3_error *err) IV3_NODISCARD;

/* Delete-group jackknife of any statistic of one or two sets (Busing, Meijer and Van der Leeden, "Delete-m
 * jackknife for unequal m", 1999). Row i of a set is in group i mod n_groups; the statistic is computed
 * again without each group of each set, 2 * n_groups + 1 times for two sets. */
typedef iv3_status (*gmet_statistic)(void *ctx, double *values, const float *first, size_t n_first,
                                     const float *second, size_t n_second, iv3_error *err);

typedef struct gmet_jackknife_value {
    double value;          /* of all rows */
    double corrected;      /* less the bias, which is right when that is proportional to 1/n */
    double standard_error; /* of the value; sets' variances add */
} gmet_jackknife_value;

/* out [n_values], as many as fn fills in. Rows have d floats; second NULL: one set. n_groups 0: 20; each set
 * has at least 2 rows, and as many groups as rows if those are fewer. Memory: one copy of the larger set.
 * Errors: ARG, NUMERIC, NOMEM, and what fn returns. */
IV3_API iv3_status gmet_jackknife(gmet_jackknife_value *out, size_t n_values, gmet_statistic fn, void *ctx,
                                  const float *first, size_t n_first, const float *second, size_t n_second,
                                  size_t d, size_t n_groups, iv3_error *err) IV3_NODISCARD;

/* --- Inception Score ---------------------------------------------------------------------------- */

typedef enum gmet_split {
    GMET_SPLIT_EVEN = 0,  /* n_splits parts, part i from row i n / n_splits on: nearly all tools */
    GMET_SPLIT_CHUNK = 1, /* torch.chunk: ceil(n / n_splits) rows each, perhaps fewer parts: torchmetrics */
    GMET_SPLIT_BLOCK = 2  /* block_size rows each, the last may have fewer: guided-diffusion */
} gmet_split;

typedef struct gmet_is_options {
    size_t n_splits;   /* 10 */
    int shuffle;       /* 1: rows permuted by the legacy NumPy generator */
    uint32_t seed;     /* 2020 */
    size_t ddof;       /* 0: divisor of the standard deviation over splits is n_splits - ddof */
    gmet_split split;  /* GMET_SPLIT_EVEN */
    size_t block_size; /* 5000; for GMET_SPLIT_BLOCK */
    int probabilities; /* 0; 1: the rows are probabilities p already, and are divided by their sum */
} gmet_is_options;
IV3_API void gmet_is_options_default(gmet_is_options *options);

typedef struct gmet_is_result {
    double mean, std; /* std is 0 when the rows made no more than ddof parts, or where it is rounding */
    size_t n_splits;  /* parts there were */
} gmet_is_result;

/* logits [n][c] floats (or probabilities, see the options), row stride in floats. Errors: ARG, NUMERIC when
 * n < n_splits (even split; says both), n is 0, or a row is NaN, infinite or no probabilities (a number below 0, or
 * all 0). */
IV3_API iv3_status gmet_inception_score(gmet_is_result *out, const float *logits, size_t n, size_t c,
                                        size_t stride, const gmet_is_options *options, iv3_pool *pool,
                                        iv3_error *err) IV3_NODISCARD;

typedef struct gmet_is_error_result {
    double standard_error; /* of the mean score, between draws of the rows */
    double heavy;          /* share of the largest contributions in it: the sum of fourth powers over the square of the
                              sum of squares; 1/n for equal ones, 1 where one row is all */
    size_t least_rows;     /* of a split */
} gmet_is_error_result;

/* The same with the standard error of the mean, by the delete-one jackknife within each split
 * (inception_score.c). Three times the time. */
IV3_API iv3_status gmet_is_with_error(gmet_is_result *out, gmet_is_error_result *error, const float *logits, size_t n,
                                      size_t c, size_t stride, const gmet_is_options *options, iv3_pool *pool,
                                      iv3_error *err) IV3_NODISCARD;

/* --- improved precision and recall -------------------------------------------------------------- */

typedef struct gmet_pr_options {
    size_t k;     /* 3 */
    int strict;   /* 0: inside means distance <= radius; 1: < */
    int adm_fp16; /* 0; 1: distances rounded as guided-diffusion's evaluator does (adm_fp16.c), which needs a
                     copy of both sets and more time */
} gmet_pr_options;
IV3_API void gmet_pr_options_default(gmet_pr_options *options);

typedef struct gmet_pr_result {
    double precision; /* share of generated rows inside a ball of the real set */
    double recall;    /* share of real rows inside a ball of the generated set */
    double f_score;   /* harmonic mean, 0 when both are 0 */
} gmet_pr_result;

/* real [n_real][d], gen [n_gen][d]. Distances are tiled: memory is O(n), never n x n.
 * Errors: NUMERIC when a set has <= k rows (says which), or holds NaN or infinity. */
IV3_API iv3_status gmet_precision_recall(gmet_pr_result *out, const float *real, size_t n_real,
                                         const float *gen, size_t n_gen, size_t d,
                                         const gmet_pr_options *options, iv3_pool *pool,
                                         iv3_error *err) IV3_NODISCARD;

/* What is known of how far a value varies between draws of the sets. One of: has_error; at_most or at_least, where the
 * value is at the end of its range and a standard error would be 0; or neither. */
typedef struct gmet_sampling_error {
    int has_error;
    double standard_error;
    double low, high;      /* 95 % interval, inside the value's range; with has_error */
    int at_most, at_least; /* `limit` is the one-sided 95 % limit of the expected value */
    double limit;
    const char *why; /* neither: why, a static phrase */
} gmet_sampling_error;

/* Into how many groups both sets are cut for the errors below; one group of each is in memory at a time. */
IV3_API size_t gmet_error_groups(size_t n_real, size_t n_gen);

/* Errors of `value`, what gmet_precision_recall gave for the same arguments: out [3], precision, recall, f_score. By
 * disjoint groups of both sets, in a fixed random cut (groups.c); rows are taken for independent draws, so that copies
 * and neighbouring frames make errors too small. Distances are exact also with adm_fp16. At least 40 rows and 4 (k + 1)
 * of each set are needed. Memory: a twentieth to half of both sets, and less than the metric's own time beyond 2,048
 * rows. Errors: ARG, NOMEM, IO "interrupted". */
IV3_API iv3_status gmet_pr_error(gmet_sampling_error out[3], const gmet_pr_result *value, const float *real,
                                 size_t n_real, const float *gen, size_t n_gen, size_t d,
                                 const gmet_pr_options *options, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* --- jackknife of the metrics above ------------------------------------------------------------- */

/* out: value. */
IV3_API iv3_status gmet_fid_jackknife(gmet_jackknife_value *out, const float *real, size_t n_real,
                                      const float *gen, size_t n_gen, size_t d, size_t n_groups,
                                      iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* out: mean. options NULL: the defaults. */
IV3_API iv3_status gmet_is_jackknife(gmet_jackknife_value *out, const float *logits, size_t n, size_t c,
                                     const gmet_is_options *options, size_t n_groups, iv3_pool *pool,
                                     iv3_error *err) IV3_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
