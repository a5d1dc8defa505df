/* Frechet distance (FID), its error and bias, and MiFID. What holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_FRECHET_FRECHET_H
#define BONAFIDE_METRICS_FRECHET_FRECHET_H

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/moments/moments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- geometry of the reference ------------------------------------------------------------------ */

/* How far a set reaches and in how many directions, which explains most of how FID answers to better images from one
 * reference set to another ("Rethinking FID through the geometry of the reference dataset", arXiv 2605.29335).
 * Effective rank of a matrix (Roy and Vetterli, 2007): exp(- sum p_i ln p_i), p_i = s_i / sum of s, s its singular
 * values; from 1, one direction, to its rank, all alike. That paper takes it of the centred features, as summaries of
 * it say; their singular values are the roots of the eigenvalues of the covariance but for a factor that cancels. Of
 * the covariance itself, whose singular values are its eigenvalues, it is smaller. */
typedef struct gmet_geometry {
    double trace;                     /* of the covariance: mean squared distance from the mean */
    double effective_rank;            /* of the centred features; 0 where all are equal */
    double covariance_effective_rank; /* of the covariance; likewise */
    size_t rank;                      /* of the covariance, numerically */
    int known;                        /* 0: nothing above holds, as sigma is no covariance matrix and the distance of
                                         two that are equal did not need it to be one */
} gmet_geometry;

/* Of a covariance sigma [d][d]. Who wants a Frechet distance too asks for it there (gmet_fid_side), which saves
 * factoring sigma twice. Errors: ARG when d is 0; NUMERIC for NaN, infinity or a sigma that is not positive
 * semi-definite beyond rounding; NOMEM. */
FEAT_API feat_status gmet_geometry_of(gmet_geometry *out, const double *sigma, size_t d, const gmet_context *context,
                                      feat_error *err) FEAT_NODISCARD;

/* --- Frechet distance (FID) --------------------------------------------------------------------- */

/* Tr (sigma1 sigma2)^(1/2) of two covariances [d][d]: pivoted Cholesky of both, then the square roots of the
 * eigenvalues of the smaller Gram matrix of the product of the factors, also for equal covariances. Never complex, no
 * eps. */
FEAT_API feat_status gmet_trace_sqrt_product(double *trace, const double *sigma1, const double *sigma2,
                                             size_t d, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

typedef struct gmet_fid_result {
    double value;      /* raw; rounding can make it slightly negative for equal sets */
    double mean_term;  /* |mu1 - mu2|^2 */
    double trace_term; /* Tr sigma1 + Tr sigma2 - 2 Tr (sigma1 sigma2)^(1/2) */
} gmet_fid_result;

/* Frechet distance of two normal distributions with means mu1, mu2 [d] and covariances sigma1, sigma2 [d][d]
 * (Dowson and Landau, 1982; on Inception features Heusel et al., 2017): |mu1 - mu2|^2 + Tr (sigma1 + sigma2 - 2
 * (sigma1 sigma2)^(1/2)), exactly 0 in the trace for equal covariances. Nothing is changed or kept. Errors: ARG
 * when d is 0; NUMERIC for NaN, infinity, a sigma that is not positive semi-definite beyond rounding, or values so
 * large that the distance overflows; NOMEM. Memory beside what is given: at most 3 d^2 + 800 d doubles, and 100 KiB
 * for each thread; 109 MiB for d = 2,048. */
FEAT_API feat_status gmet_fid(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                              const double *sigma2, size_t d, const gmet_context *context,
                              feat_error *err) FEAT_NODISCARD;

/* The same from accumulated moments of equal width, covariances with divisor n - 1. Memory beside that of the moments:
 * as gmet_fid. Errors: ARG when the
 * widths differ, NUMERIC when a side has fewer than 2 rows, NOMEM. */
FEAT_API feat_status gmet_fid_from_moments(gmet_fid_result *out, const gmet_moments *real,
                                           const gmet_moments *gen, const gmet_context *context,
                                           feat_error *err) FEAT_NODISCARD;

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
    gmet_geometry *geometry; /* filled with that of the covariance, unless NULL; undefined after an error */
} gmet_fid_side;

/* gmet_fid of two sides given by moments; rows and n are not looked at. At most three matrices of d * d are
 * in memory at a time, the covariances included when both are freed as they are done with. Errors: as
 * gmet_fid. */
FEAT_API feat_status gmet_fid_of_sides(gmet_fid_result *out, const gmet_fid_side *real, const gmet_fid_side *gen,
                                       size_t d, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

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
 * fewer than 2 rows, NOMEM. Formulas: metrics/README.md, "Uncertainty and bias of FID". */
FEAT_API feat_status gmet_fid_uncertainty(gmet_fid_uncertainty_result *out, double *real_contribution,
                                          double *gen_contribution, const gmet_fid_side *real,
                                          const gmet_fid_side *gen, size_t d, const gmet_context *context,
                                          feat_error *err) FEAT_NODISCARD;

/* --- memorisation-informed FID (MiFID) ---------------------------------------------------------- */

typedef enum gmet_direction {
    GMET_GEN_TO_REAL =
        0, /* Kaggle's definition: mean over generated rows of the distance to the nearest real */
    GMET_REAL_TO_GEN = 1 /* what torchmetrics computes */
} gmet_direction;

typedef struct gmet_mifid_options {
    size_t struct_size; /* filled by _init */
    gmet_direction direction; /* GMET_GEN_TO_REAL */
    double threshold;         /* 0.1 */
} gmet_mifid_options;
FEAT_API void gmet_mifid_options_init(gmet_mifid_options *options, size_t size);

typedef struct gmet_mifid_result {
    double value;       /* fid / (penalty + 1e-14); 0 when fid <= 1e-8 */
    double distance;    /* mean over rows of the smallest 1 - |cos| to the other set, 0 .. 1 */
    double penalty;     /* distance if below the threshold, else 1 */
    size_t n_zero_rows; /* rows of zeros, which have no direction and are left out, in both sets */
} gmet_mifid_result;

/* Bai et al., "On training sample memorization: lessons from benchmarking generative modeling with a
 * large-scale competition", 2021. fid is the distance of the same sets, computed by the caller. Errors:
 * NUMERIC when a set has no row but zeros, or fid is not finite. */
FEAT_API feat_status gmet_mifid(gmet_mifid_result *out, double fid, const gmet_mifid_options *options,
                                const gmet_set *real, const gmet_set *gen, const gmet_context *context,
                                feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
