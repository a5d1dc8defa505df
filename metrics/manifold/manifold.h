/* What balls around rows say: precision and recall, density and coverage, realism, AuthPct; and PRD curves. What
 * holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_MANIFOLD_MANIFOLD_H
#define BONAFIDE_METRICS_MANIFOLD_MANIFOLD_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- improved precision and recall -------------------------------------------------------------- */

typedef struct gmet_pr_options {
    size_t struct_size; /* filled by _init */
    size_t k;     /* 3 */
    int strict;   /* 0: inside means distance <= radius; 1: < */
    /* 0; 1: distances in half precision as guided-diffusion's evaluator or StyleGAN's pr50k3_full
     * computes them, which needs a copy of both sets and more time. Not both. */
    int adm_fp16;
    int stylegan_fp16;
} gmet_pr_options;
FEAT_API void gmet_pr_options_init(gmet_pr_options *options, size_t size);

typedef struct gmet_pr_result {
    double precision; /* share of generated rows inside a ball of the real set */
    double recall;    /* share of real rows inside a ball of the generated set */
    double f_score;   /* harmonic mean, 0 when both are 0 */
} gmet_pr_result;

/* Distances are tiled: memory is O(n), never n x n. Errors: NUMERIC when a set has <= k rows (says which), or holds NaN
 * or infinity, or with stylegan_fp16 a row whose squared length is 65,520 or more; ARG for both forms at once. */
FEAT_API feat_status gmet_precision_recall(gmet_pr_result *out, const gmet_pr_options *options, const gmet_set *real,
                                           const gmet_set *gen, const gmet_context *context,
                                           feat_error *err) FEAT_NODISCARD;

/* The same for each of ks[n_ks], ascending and all >= 1, in place of options->k: out[i] is what gmet_precision_recall
 * gives for ks[i], by one search for neighbours instead of n_ks. Not in half precision. Memory: 8 bytes times the last
 * of ks for each row. Errors: as above, of the last of ks; ARG for ks that do not ascend. */
FEAT_API feat_status gmet_precision_recall_curve(gmet_pr_result *out, const size_t *ks, size_t n_ks,
                                                 const gmet_pr_options *options, const gmet_set *real,
                                                 const gmet_set *gen, const gmet_context *context,
                                                 feat_error *err) FEAT_NODISCARD;

/* Weighted harmonic mean of precision and recall, (1 + beta^2) p r / (beta^2 p + r); 0 when both are 0. */
FEAT_API double gmet_f_score(double precision, double recall, double beta);

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
FEAT_API size_t gmet_error_groups(size_t n_real, size_t n_gen);

/* Errors of `value`, what gmet_precision_recall gave for the same arguments: out [3], precision, recall, f_score. By
 * disjoint groups of both sets, in a fixed random cut; rows are taken for independent draws, so that copies
 * and neighbouring frames make errors too small. Distances are exact also where half precision is asked
 * for. At least 40 rows and 4 (k + 1) of each set are needed. Memory: a twentieth to half of both sets, and less than
 * the metric's own time beyond 2,048 rows. Errors: ARG, NOMEM, CANCELLED. */
FEAT_API feat_status gmet_pr_error(gmet_sampling_error out[3], const gmet_pr_result *value,
                                   const gmet_pr_options *options, const gmet_set *real, const gmet_set *gen,
                                   const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- density and coverage ----------------------------------------------------------------------- */

typedef struct gmet_prdc_options {
    size_t struct_size; /* filled by _init */
    size_t k;   /* 5 */
    int strict; /* 1: inside means distance < radius, as in prdc; 0: <= */
    int recall; /* 1; 0 leaves recall out, which saves a third of the time */
} gmet_prdc_options;
FEAT_API void gmet_prdc_options_init(gmet_prdc_options *options, size_t size);

/* Per image, each NULL or the caller's. */
typedef struct gmet_prdc_images {
    uint32_t *n_balls;      /* [gen->n]: balls of the real set a generated row is in */
    unsigned char *covered; /* [real->n]: 1 if a generated row is in this real row's ball */
    double *radius;         /* [real->n]: distance of a real row to its k-th nearest other */
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
FEAT_API feat_status gmet_prdc(gmet_prdc_result *out, const gmet_prdc_images *images, const gmet_prdc_options *options,
                               const gmet_set *real, const gmet_set *gen, const gmet_context *context,
                               feat_error *err) FEAT_NODISCARD;

/* Errors of density and coverage as gmet_prdc gave them, with n_balls [gen->n] of its gmet_prdc_images. By groups, as
 * gmet_pr_error says. */
FEAT_API feat_status gmet_prdc_error(gmet_sampling_error *density, gmet_sampling_error *coverage,
                                     const gmet_prdc_result *value, const uint32_t *n_balls,
                                     const gmet_prdc_options *options, const gmet_set *real, const gmet_set *gen,
                                     const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- realism and rarity, per image -------------------------------------------------------------- */

typedef enum gmet_realism {
    GMET_REALISM_PAPER = 0,   /* max of radius / distance; radii above the median are discarded */
    GMET_REALISM_KYNKAAT = 1, /* max of radius^2 / (distance^2 + 1e-5); the same trim */
    GMET_REALISM_DGM_EVAL = 2 /* max of radius / distance; only radii below the median are kept */
} gmet_realism;

typedef struct gmet_image_options {
    size_t struct_size; /* filled by _init */
    size_t k;             /* 3 */
    gmet_realism realism; /* GMET_REALISM_PAPER */
} gmet_image_options;
FEAT_API void gmet_image_options_init(gmet_image_options *options, size_t size);

typedef struct gmet_image_score {
    double realism; /* >= 1: inside some kept ball. Paper and dgm-eval: infinite for a copy of a real row
                       whose radius is kept and not 0, 1 for a copy whose radius is 0 */
    double
        rarity; /* smallest radius among the real balls that hold the row strictly inside; 0 if none does */
    double distance; /* to the nearest real row */
    size_t nearest;  /* that row, the lowest among equals */
    int inside;      /* 1: in a real ball, boundary included (what precision counts) */
} gmet_image_score;

/* scores [gen->n]. Realism: Kynkaanniemi et al., 2019; rarity: Han et al., "Rarity score: a new metric to
 * evaluate the uncommonness of synthesized images", 2023 (official code: radius to the k-th nearest other
 * row, strict; rows outside every ball have no rarity and are left out of a ranking). If no radius survives
 * the trim of dgm-eval (all are equal) all are kept. Errors: NUMERIC when the real set has <= k rows or gen
 * is empty. */
FEAT_API feat_status gmet_image_scores(gmet_image_score *scores, const gmet_image_options *options,
                                       const gmet_set *real, const gmet_set *gen, const gmet_context *context,
                                       feat_error *err) FEAT_NODISCARD;

/* --- memorisation: AuthPct ---------------------------------------------------------------------- */

/* Percentage of generated rows that are authentic: the nearest training row has another training row strictly
 * closer than the generated row is (Alaa et al., "How faithful is your synthetic data?", 2022; dgm-eval).
 * authentic [gen->n], 0 or 1, may be NULL. Nearest rows: the lowest among equals. Errors: NUMERIC when train
 * has fewer than 2 rows or gen none. */
FEAT_API feat_status gmet_authpct(double *percent, unsigned char *authentic, const gmet_set *train, const gmet_set *gen,
                                  const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* Error of `percent`, what gmet_authpct gave for the same sets, in percent. By groups, as gmet_pr_error says. */
FEAT_API feat_status gmet_authpct_error(gmet_sampling_error *out, double percent, const gmet_set *train,
                                        const gmet_set *gen, const gmet_context *context,
                                        feat_error *err) FEAT_NODISCARD;

/* --- PRD curve ---------------------------------------------------------------------------------- */

typedef struct gmet_prd_options {
    size_t struct_size; /* filled by _init */
    size_t n_clusters; /* 20 */
    size_t n_angles;   /* 1001; at least 3 */
    size_t n_runs;     /* 10 clusterings are averaged */
    uint64_t seed;     /* 2020; run i clusters with seed + i */
    int equal_sizes;   /* 1: sets of different size are an error, as in the published code; 0: allowed */
} gmet_prd_options;
FEAT_API void gmet_prd_options_init(gmet_prd_options *options, size_t size);

typedef struct gmet_prd_result {
    double f_8;          /* largest F of beta = 8 on the curve: weighs recall */
    double f_one_eighth; /* of beta = 1/8: weighs precision */
} gmet_prd_result;

/* Sajjadi et al., "Assessing generative models via precision and recall", 2018: both sets are clustered
 * together, their histograms over the clusters give for slopes tan(angle), angles equidistant from 1e-10 to
 * pi/2 - 1e-10, precision = sum min(slope real, gen) and recall = precision / slope. precision and recall
 * [n_angles] are the curve, either may be NULL. Clustering is k-means from seeded k-means++ starts instead of
 * scikit-learn's unseeded MiniBatchKMeans. Errors: NUMERIC when a set is empty, both together have fewer rows than
 * clusters, or sizes differ. */
FEAT_API feat_status gmet_prd_curve(gmet_prd_result *out, double *precision, double *recall,
                                    const gmet_prd_options *options, const gmet_set *real, const gmet_set *gen,
                                    const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
