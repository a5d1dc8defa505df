/* Tests of two samples: KID, CMMD, MIND, C_T. What holds of all of libgmet is said in gmet.h. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_TWOSAMPLE_H
#define BONAFIDE_METRICS_TWOSAMPLE_TWOSAMPLE_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- kernel inception distance (KID) ------------------------------------------------------------ */

typedef enum gmet_kernel {
    GMET_KERNEL_POLYNOMIAL = 0, /* (gamma x.y + coef0)^degree */
    GMET_KERNEL_RBF = 1         /* exp(-gamma |x - y|^2) */
} gmet_kernel;

typedef struct gmet_kid_options {
    size_t struct_size; /* filled by _init */
    size_t n_subsets;   /* 100 */
    size_t subset_size; /* 1000 */
    int shrink;         /* 0: fewer rows than subset_size are an error; 1: the size shrinks to them */
    uint32_t seed;      /* 2020 */
    gmet_kernel kernel; /* GMET_KERNEL_POLYNOMIAL */
    unsigned degree;    /* 3; 1 .. 64 */
    double gamma;       /* 0: 1/d for the polynomial, 1/200 (sigma = 10) for the RBF kernel */
    double coef0;       /* 1 */
} gmet_kid_options;
FEAT_API void gmet_kid_options_init(gmet_kid_options *options, size_t size);

typedef struct gmet_kid_result {
    double mean,
        std; /* over the subsets, std with divisor n_subsets; no error of the mean: subsets overlap; 0 where it is
                rounding */
    size_t n_subsets, subset_size;
} gmet_kid_result;

/* The published KID: mean over random subsets of the unbiased estimate of MMD^2 (Binkowski et al.,
 * "Demystifying MMD GANs", 2018), with the draws of torch-fidelity: one RandomState(seed); per subset
 * choice(n1) and then choice(n2), without replacement. torch-fidelity's input1, by its habit the generated
 * set, is `first`. The value may be negative. Errors: NUMERIC when a set has fewer rows than
 * subset_size (unless shrink) or than 2. */
FEAT_API feat_status gmet_kid(gmet_kid_result *out, const gmet_kid_options *options, const gmet_set *first,
                              const gmet_set *second, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

typedef struct gmet_kid_full_result {
    double value;          /* unbiased; may be negative */
    double variance;       /* unbiased estimate of the value's variance; may be negative when it is tiny */
    double standard_error; /* root of the same, or more where that is tiny (metrics/README.md) */
    int has_error; /* 0: fewer than 4 rows on a side, variance and standard_error are 0 and mean nothing */
} gmet_kid_full_result;

/* The U-statistic of MMD^2 over all pairs (Gretton et al., "A kernel two-sample test", 2012, lemma 6, unequal sizes)
 * with an unbiased estimate of its exact variance from the Hoeffding decomposition (as Sutherland and Deka, "Unbiased
 * estimators for the variance of MMD estimators", 2019, for unequal sizes; formula: metrics/README.md). Of the options
 * only the kernel's count. Symmetric in the sets up to rounding. Memory O(n). Errors: NUMERIC when a set has
 * fewer than 2 rows. */
FEAT_API feat_status gmet_kid_full(gmet_kid_full_result *out, const gmet_kid_options *options, const gmet_set *first,
                                   const gmet_set *second, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* gmet_kid_full, and where the pairs of the subsets come along for little, gmet_kid, to the bit what each gives for the
 * same arguments: with up to 10,000 rows a side and 100 subsets of 1,000 for half the work of both. Where they do not,
 * or the subsets fail, subsets->n_subsets is 0, and gmet_kid gives them or says why not. Errors: those of
 * gmet_kid_full. */
FEAT_API feat_status gmet_kid_both(gmet_kid_full_result *full, gmet_kid_result *subsets,
                                   const gmet_kid_options *options, const gmet_set *first, const gmet_set *second,
                                   const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- maximum mean discrepancy of CLIP features (CMMD) -------------------------------------------- */

typedef struct gmet_cmmd_options {
    size_t struct_size; /* filled by _init */
    double sigma;  /* 10; of the kernel exp(-|x - y|^2 / (2 sigma^2)); above 0 */
    int normalise; /* 1: rows count divided by their Euclidean length; 0: as they are */
} gmet_cmmd_options;
FEAT_API void gmet_cmmd_options_init(gmet_cmmd_options *options, size_t size);

typedef struct gmet_cmmd_result {
    double value;          /* never below 0 but for rounding */
    double unbiased; /* the same without pairs of a row with itself: 0 on average for sets of one distribution; may be
                        negative */
    double standard_error; /* of the value as of gmet_kid_full_result; that of `unbiased` differs by some 1/n of it */
    int has_error;         /* 0: fewer than 4 rows on a side, standard_error is 0 and means nothing */
} gmet_cmmd_result;

/* 1000 times the biased estimate of MMD^2, of all pairs, equal ones included: mean k(x, x') + mean k(y, y') - 2 mean
 * k(x, y) (Jayasumana et al., "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", 2024; their
 * code does it in float32), here in doubles, of k - 1, so that nothing cancels. It is made for features of CLIP and
 * takes any. Symmetric in the sets up to rounding. Memory O(n). Errors: ARG; NUMERIC when a set has fewer than 2 rows
 * or, with normalise, a row of zeros, which it names. */
FEAT_API feat_status gmet_cmmd(gmet_cmmd_result *out, const gmet_cmmd_options *options, const gmet_set *first,
                               const gmet_set *second, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- monge inception distance (MIND) ------------------------------------------------------------ */

typedef struct gmet_mind_options {
    size_t struct_size; /* filled by _init */
    size_t n_directions; /* 1000 */
    uint64_t seed;       /* 2020 */
    int subsample; /* 1: the larger set is reduced to the size of the smaller; 0: all rows count, quantiles
                      of unequal sets are coupled exactly */
} gmet_mind_options;
FEAT_API void gmet_mind_options_init(gmet_mind_options *options, size_t size);

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
FEAT_API feat_status gmet_mind(gmet_mind_result *out, const gmet_mind_options *options, const gmet_set *real,
                               const gmet_set *gen, const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- memorisation: C_T -------------------------------------------------------------------------- */

enum { GMET_CT_MAX_CELLS = 64 };

typedef struct gmet_ct_options {
    size_t struct_size; /* filled by _init */
    size_t n_cells;   /* 3; 1 .. GMET_CT_MAX_CELLS */
    size_t n_init;    /* 10 runs of k-means, the one with the least inertia counts */
    size_t max_dim;   /* 64: wider features are projected onto so many principal axes of train */
    size_t min_count; /* 21: cells with fewer generated rows are left out (tau = 20 / n_gen, and a share above tau) */
    uint64_t seed;    /* 2020 */
} gmet_ct_options;
FEAT_API void gmet_ct_options_init(gmet_ct_options *options, size_t size);

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
 * min_count generated rows. Cells without training or test rows are left out. k-means starts from seeded k-means++.
 * Errors: NUMERIC when train has fewer rows than cells, a set is empty, or no cell counts. */
FEAT_API feat_status gmet_ct(gmet_ct_result *out, const gmet_ct_options *options, const gmet_set *train,
                             const gmet_set *test, const gmet_set *gen, const gmet_context *context,
                             feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
