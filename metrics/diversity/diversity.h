/* How diverse one set is: Inception Score, Vendi score. What holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_DIVERSITY_DIVERSITY_H
#define BONAFIDE_METRICS_DIVERSITY_DIVERSITY_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Inception Score ---------------------------------------------------------------------------- */

typedef enum gmet_split {
    GMET_SPLIT_EVEN = 0,  /* n_splits parts, part i from row i n / n_splits on: nearly all tools */
    GMET_SPLIT_CHUNK = 1, /* torch.chunk: ceil(n / n_splits) rows each, perhaps fewer parts: torchmetrics */
    GMET_SPLIT_BLOCK = 2  /* block_size rows each, the last may have fewer: guided-diffusion */
} gmet_split;

typedef struct gmet_is_options {
    size_t struct_size; /* filled by _init */
    size_t n_splits;   /* 10 */
    int shuffle;       /* 1: rows permuted by the legacy NumPy generator */
    uint32_t seed;     /* 2020 */
    size_t ddof;       /* 0: divisor of the standard deviation over splits is n_splits - ddof */
    gmet_split split;  /* GMET_SPLIT_EVEN */
    size_t block_size; /* 5000; for GMET_SPLIT_BLOCK */
    int probabilities; /* 0; 1: the rows are probabilities p already, and are divided by their sum */
    size_t stride;     /* 0: rows lie without gaps; else floats from one row to the next, at least its classes */
} gmet_is_options;
FEAT_API void gmet_is_options_init(gmet_is_options *options, size_t size);

typedef struct gmet_is_result {
    double mean, std; /* std is 0 when the rows made no more than ddof parts, or where it is rounding */
    size_t n_splits;  /* parts there were */
} gmet_is_result;

/* logits: n rows of d = c classes (or probabilities, see the options). Errors: ARG, NUMERIC when n < n_splits (even
 * split; says both), n is 0, or a row is NaN, infinite or no probabilities (a number below 0, or all 0). */
FEAT_API feat_status gmet_inception_score(gmet_is_result *out, const gmet_is_options *options, const gmet_set *logits,
                                          const gmet_context *context, feat_error *err) FEAT_NODISCARD;

typedef struct gmet_is_error_result {
    double standard_error; /* of the mean score, between draws of the rows */
    double heavy;          /* share of the largest contributions in it: the sum of fourth powers over the square of the
                              sum of squares; 1/n for equal ones, 1 where one row is all */
    size_t least_rows;     /* of a split */
} gmet_is_error_result;

/* The same with the standard error of the mean, by the delete-one jackknife within each split
 * (metrics/README.md). Three times the time. */
FEAT_API feat_status gmet_is_with_error(gmet_is_result *out, gmet_is_error_result *error,
                                        const gmet_is_options *options, const gmet_set *logits,
                                        const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- Vendi score -------------------------------------------------------------------------------- */

/* Effective number of different rows, 1 .. n: the exponential of the Renyi entropy of order q of the
 * eigenvalues of the Gram matrix of normalised rows, divided by n (Friedman and Dieng, "The Vendi score",
 * 2023; order q: Pasarkar and Dieng, 2024). q = 1 is the Vendi score; 0 counts the eigenvalues above
 * rounding, INFINITY gives one over the largest. The smaller of the n x n and d x d forms is used; they have
 * the same spectrum. Errors: NUMERIC when there is no row or one of zeros (named), ARG unless q >= 0. */
FEAT_API feat_status gmet_vendi(double *score, double q, const gmet_set *set, const gmet_context *context,
                                feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
