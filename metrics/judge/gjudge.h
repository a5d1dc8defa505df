/* libgmet, third part: what people would say of generated images. Activation statistics of each image against
 * real ones, regression of these onto human labels, agreement of people with each other, and the comparison
 * of the two (after Kolchinski et al., "Approximating human judgment of generated image quality", 2019; what
 * is theirs and what is designed here: metrics/README.md). Include it beside gmet.h.
 *
 * Convention: label 1 means that a person said "real"; p is the predicted probability of that. Results that
 * are undefined (a correlation of constants, a kappa of one class) are NaN here. Double arithmetic, the same
 * bits for every machine and pool. Functions return ARG (an option or size outside its range, NULL
 * where a pointer is needed), NUMERIC (NaN or infinity in features, row and column named; too few rows; no
 * convergence), NOMEM. Options and contexts that
 * are NULL are the default ones; others are filled by the function of their name first, as gmet.h says. */
#ifndef BONAFIDE_METRICS_JUDGE_GJUDGE_H
#define BONAFIDE_METRICS_JUDGE_GJUDGE_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- images and their labels ------------------------------------------------------------------------ */

/* Everything known of n images but their features. The caller keeps the arrays. Order matters to folds and
 * rounding: callers that want results independent of file order sort images by name first. */
typedef struct gmet_judge_set {
    size_t n;
    const uint32_t *n_labels; /* [n]; 0: nobody judged it */
    const uint32_t *k_real;   /* [n] <= n_labels: how many said real */
    const uint32_t *group;    /* [n] < n_groups: the generator, or that of real photographs */
    size_t n_groups;
    const signed char *truth; /* [n] 1 real, 0 generated, -1 not known */
    const uint32_t *block;    /* [n] < n_blocks: images that belong together (same scene) */
    size_t n_blocks;
} gmet_judge_set;

/* Which images of a set are meant; a NULL pointer to it means all of them. */
typedef struct gmet_judge_subset {
    const size_t *index; /* [m] < n of the set */
    size_t m;
} gmet_judge_subset;

/* One judgement, where it is known who made it. */
typedef struct gmet_judge_vote {
    uint32_t image, rater;
    unsigned char label;
} gmet_judge_vote;

/* All judgements of the images of a set; NULL, or of NULL, where only their counts are known. */
typedef struct gmet_judge_votes {
    const gmet_judge_vote *of; /* [n], at most one per image and rater */
    size_t n;
    size_t n_images, n_raters; /* image < n_images, rater < n_raters */
} gmet_judge_votes;

/* Images of a set as a regression sees them: numbers of each, and what people said of it. */
typedef struct gmet_judge_samples {
    const double *x; /* [set->n][p] */
    size_t p;
    const gmet_judge_set *set;
} gmet_judge_samples;

/* --- human agreement ---------------------------------------------------------------------------------- */

typedef struct gmet_judge_agreement {
    size_t images, labels;   /* with at least one label */
    size_t images2, labels2; /* with at least two: what everything below is computed from */
    double pair_image;       /* share of agreeing pairs of an image, mean over images */
    double pair_label;  /* the same, images weighted by labels: comparable with accuracy on single labels */
    double pair_pooled; /* agreeing pairs over all pairs */
    double p_real;
    double fleiss;       /* kappa of pair_image against chance p^2 + (1-p)^2 */
    double alpha;        /* Krippendorff's, nominal */
    double loo_majority; /* a label against the majority of the image's others, ties count 1/2 */
    double loo_majority_notie, loo_notie_share; /* ties dropped, and the share of labels that leaves */
    double own_majority; /* labels that agree with their image's majority, the label itself included */
    double ceiling;      /* see gmet_judge_noise_ceiling; as if raters were drawn anew for each image */
} gmet_judge_agreement;

/* Everything is a function of counts, so neither order nor form of the labels matters. */
FEAT_API void gmet_judge_agree(gmet_judge_agreement *out, const gmet_judge_set *set, const gmet_judge_subset *subset);

/* Mean of Cohen's kappa over pairs of raters with at least `least` images in common, weighted by that number.
 * *n_pairs: how many pairs; kappa NaN when there is none. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_cohen(double *kappa, size_t *n_pairs, const gmet_judge_votes *votes, size_t least,
                                      feat_error *err) FEAT_NODISCARD;

typedef struct gmet_judge_interval {
    /* low, high: percentiles 2.5 and 97.5 of the resamples; NaN with fewer than two units to resample. Of a share that
     * is 0 or 1 in all units the binomial limit instead, since no resample can differ. */
    double value, low, high;
} gmet_judge_interval;

typedef struct gmet_judge_boot_options {
    size_t struct_size; /* filled by _init */
    size_t resamples; /* 2000 */
    uint64_t seed;    /* 2020 */
} gmet_judge_boot_options;
FEAT_API void gmet_judge_boot_options_init(gmet_judge_boot_options *options, size_t size);

/* pair_image and pair_label with intervals over resampled blocks. Errors: NUMERIC without an image of two
 * labels, NOMEM. */
FEAT_API feat_status gmet_judge_agree_interval(gmet_judge_interval *pair_image, gmet_judge_interval *pair_label,
                                               const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                               const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* The correlation with k/n that a perfect prediction has: the root of the share of the variance of k/n over images that
 * is of what people in general say of the image, and not of who was asked and of chance. */
typedef struct gmet_judge_ceiling {
    gmet_judge_interval r; /* over resampled blocks, 0 to 1; NaN where it is not defined */
    int raters;            /* 1: raters are told apart; 0: right only if they were drawn anew for each image */
    const char *why;       /* why it is not defined, without a full stop; NULL where it is */
} gmet_judge_ceiling;

/* Over the images of two labels or more. Without votes, or with no rater of two images: the variance of k/n less that
 * within images, y (1 - y) / (n - 1), as an analysis of variance in one way has it. With votes of raters who judged
 * several images, in two ways, images and raters, both random: the mean over images and pairs of raters of
 * (y_ij - r_j)(y_ij' - r_j'), r_j the mean of rater j's other images, over its expectation for images of variance 1
 * (metrics/README.md): unbiased whoever judged what, as long as images go to raters by chance. For a panel that is the
 * same for all images its square is Cronbach's alpha. A variance of the images below 0 counts as 0, and where it is
 * below by two standard errors, of 20 blocks or more, the ceiling is not defined. votes: all labels of the images;
 * resamples 0: value only. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_noise_ceiling(gmet_judge_ceiling *out, const gmet_judge_set *set,
                                              const gmet_judge_votes *votes, const gmet_judge_subset *subset,
                                              const gmet_judge_boot_options *options, const gmet_context *context,
                                              feat_error *err) FEAT_NODISCARD;

/* HYPE-like error rates (Zhou et al., "HYPE", 2019): how often people took generated for real or real for
 * generated. NaN where there is no such image. */
typedef struct gmet_judge_hype {
    gmet_judge_interval all, fake, real;
    size_t units; /* raters (with votes) or blocks (without) that were resampled */
} gmet_judge_hype;

/* out [set->n_groups + 1], the last over all groups. With votes: mean over raters of wrong / all, resampling
 * raters; votes NULL: labels pooled, resampling blocks. Images of unknown truth are left out. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_hype_table(gmet_judge_hype *out, const gmet_judge_set *set,
                                           const gmet_judge_votes *votes, const gmet_judge_boot_options *options,
                                           const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- activation statistics ------------------------------------------------------------------------------ */

/* n rows of d columns, row-major. Exactly one of f and g is set. */
typedef struct gmet_judge_rows {
    const float *f;
    const double *g;
    size_t n, d;
} gmet_judge_rows;

enum {
    GMET_JUDGE_STATS = 1 << 0,    /* the ten: ld1 ld3 ld5 lreal knn mah dmu dens out rar */
    GMET_JUDGE_GMM = 1 << 1,      /* log-likelihood of a Gaussian mixture fitted on the reference */
    GMET_JUDGE_RES = 1 << 2,      /* ln of the distance from the space of the first components */
    GMET_JUDGE_NORM = 1 << 3,     /* ln |x| */
    GMET_JUDGE_SPARSITY = 1 << 4, /* share of zeros */
    GMET_JUDGE_COSMU = 1 << 5,    /* cosine with the reference's mean */
    GMET_JUDGE_KMMD = 1 << 6,     /* mean over reference rows of (x.r / d + 1)^3 */
    GMET_JUDGE_ENT = 1 << 7,      /* entropy of p(y|x); this and the next two need logits */
    GMET_JUDGE_MAXP = 1 << 8,     /* largest p(y|x) */
    GMET_JUDGE_KLREAL = 1 << 9,   /* KL of p(y|x) from the reference's mean p(y) */
    GMET_JUDGE_RAW = 1 << 10      /* the first components, whitened */
};
#define GMET_JUDGE_LOGITS (GMET_JUDGE_ENT | GMET_JUDGE_MAXP | GMET_JUDGE_KLREAL)
#define GMET_JUDGE_ALL_BLOCKS 0x7ff

typedef struct gmet_judge_ref_options {
    size_t struct_size; /* filled by _init */
    uint32_t blocks; /* GMET_JUDGE_STATS */
    size_t k;        /* 3: neighbour that gives a reference row its radius */
    size_t pca;      /* 0: distances between rows as they are; else in the first `pca` principal components */
    size_t components; /* 32: of raw and res */
    size_t mixture;    /* 5: components of gmm, in at most 64 principal components */
} gmet_judge_ref_options;
FEAT_API void gmet_judge_ref_options_init(gmet_judge_ref_options *options, size_t size);

/* The real photographs that images are compared with: no labels enter here. */
typedef struct gmet_judge_ref gmet_judge_ref;

/* ref: at least 6 and k + 1 rows; logits NULL unless a block needs them ([n] rows). Nothing is kept of the
 * caller's memory. Errors: NUMERIC, ARG, NOMEM. */
FEAT_API feat_status gmet_judge_ref_create(gmet_judge_ref **out, const gmet_judge_rows *ref,
                                           const gmet_judge_rows *logits, const gmet_judge_ref_options *options,
                                           const gmet_context *context, feat_error *err) FEAT_NODISCARD;
FEAT_API void gmet_judge_ref_close(gmet_judge_ref **ref);

FEAT_API size_t gmet_judge_ref_rows(const gmet_judge_ref *ref);
FEAT_API size_t gmet_judge_ref_dim(const gmet_judge_ref *ref);
FEAT_API size_t gmet_judge_ref_classes(const gmet_judge_ref *ref); /* 0 without logits */
FEAT_API uint32_t gmet_judge_ref_blocks(const gmet_judge_ref *ref);
FEAT_API size_t gmet_judge_n_features(const gmet_judge_ref *ref);
/* "ld1", .. "raw31"; writes into text and returns it. */
FEAT_API const char *gmet_judge_feature_name(const gmet_judge_ref *ref, size_t feature, char text[24]);

/* Names of the blocks: bit of "stats", "raw", ..; 0 if there is none such. */
FEAT_API uint32_t gmet_judge_block_find(const char *name);

/* out [x->n][n_features]. copies [x->n] (may be NULL): 1 where the nearest reference row is closer than 1e-6
 * of the median radius, that is: the image is in the reference. */
FEAT_API feat_status gmet_judge_features(double *out, unsigned char *copies, const gmet_judge_ref *ref,
                                         const gmet_judge_rows *x, const gmet_judge_rows *logits,
                                         const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* copies [reference rows]: 1 for those that some row of x equals in the same sense. */
FEAT_API feat_status gmet_judge_ref_copies(unsigned char *copies, const gmet_judge_ref *ref, const gmet_judge_rows *x,
                                           const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* What a file must hold to make a reference again; views into `ref`. */
typedef struct gmet_judge_ref_parts {
    const gmet_judge_ref_options *options; /* NULL, where a reference is restored: the defaults */
    size_t d;            /* columns of the features */
    gmet_judge_rows x;   /* [m][p] rows that distances are taken from */
    const double *radii; /* [m] */
    size_t n_axes;
    const double *mu;   /* [d] */
    const double *axes; /* [n_axes][d] orthonormal */
    const double *w;    /* [n_axes] variances, falling */
    double lam;         /* regularisation of mah */
    size_t n_classes;
    const double *real_p; /* [n_classes] */
    size_t n_mix, mix_d;  /* of gmm */
    const double *mix; /* [n_mix][1 + mix_d + mix_d * mix_d]: log weight and constant, mean, inverse root */
} gmet_judge_ref_parts;
FEAT_API void gmet_judge_ref_view(gmet_judge_ref_parts *parts, const gmet_judge_ref *ref);
/* Copies. Errors: ARG where sizes or values cannot be, NOMEM. */
FEAT_API feat_status gmet_judge_ref_restore(gmet_judge_ref **out, const gmet_judge_ref_parts *parts,
                                            feat_error *err) FEAT_NODISCARD;

/* --- regression --------------------------------------------------------------------------------------- */

typedef enum gmet_judge_kind {
    GMET_JUDGE_LOGISTIC = 0, /* maximum of sum k ln p + (n - k) ln (1 - p) - lambda/2 |b|^2 */
    GMET_JUDGE_RIDGE = 1,    /* weighted least squares on k/n, clipped to [0, 1] */
    GMET_JUDGE_KRR = 2,      /* kernel ridge, exp(-|u - v|^2 / h), h the median squared distance */
    GMET_JUDGE_CONST = 3,    /* share of "real" in training: the least a model must beat */
    GMET_JUDGE_TRUTH = 4,    /* 1 for real images, 0 for generated ones: knows what people do not */
    GMET_JUDGE_GROUP = 5     /* share of "real" of the image's group in training */
} gmet_judge_kind;
FEAT_API const char *gmet_judge_kind_name(gmet_judge_kind kind);

typedef struct gmet_judge_fit_options {
    size_t struct_size; /* filled by _init */
    gmet_judge_kind kind;
    double lambda;    /* 1 */
    size_t max_rows;  /* 8000: kernel ridge with more rows uses landmarks (Nystroem) */
    size_t landmarks; /* 2000 */
    uint64_t seed;    /* 2020: of the landmarks */
} gmet_judge_fit_options;
FEAT_API void gmet_judge_fit_options_init(gmet_judge_fit_options *options, size_t size);

typedef struct gmet_judge_model gmet_judge_model;

/* Fits to the labelled images of the subset. Columns are standardised by mean and population deviation over these;
 * columns that are constant but for a 1e-9 of their size take no part.
 * Errors: ARG, NUMERIC (no labelled image; no convergence, which lambda 0 can cause), NOMEM. */
FEAT_API feat_status gmet_judge_fit(gmet_judge_model **out, const gmet_judge_samples *samples,
                                    const gmet_judge_subset *subset, const gmet_judge_fit_options *options,
                                    const gmet_context *context, feat_error *err) FEAT_NODISCARD;
FEAT_API void gmet_judge_model_close(gmet_judge_model **model);

/* out [m], one for each image of the subset. Of the set only n is read, and group and truth by the kinds of that
 * name. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_predict(double *out, const gmet_judge_model *model, const gmet_judge_samples *samples,
                                        const gmet_judge_subset *subset, const gmet_context *context,
                                        feat_error *err) FEAT_NODISCARD;

/* What a file must hold; views into `model`. */
typedef struct gmet_judge_model_parts {
    gmet_judge_kind kind;
    double lambda;
    size_t p;             /* columns of the features */
    const double *mean;   /* [p] */
    const double *scale;  /* [p] deviation; 0 for a column that was constant */
    const double *coef;   /* [1 + p] intercept first (const: only coef[0] counts) */
    size_t n_points;      /* kernel ridge */
    const double *points; /* [n_points][p] standardised */
    const double *alpha;  /* [n_points] */
    double h;
} gmet_judge_model_parts;
FEAT_API void gmet_judge_model_view(gmet_judge_model_parts *parts, const gmet_judge_model *model);
/* Copies. Kinds truth and group cannot be restored. Errors: ARG, NOMEM. */
FEAT_API feat_status gmet_judge_model_restore(gmet_judge_model **out, const gmet_judge_model_parts *parts,
                                              feat_error *err) FEAT_NODISCARD;

/* --- cross-validation --------------------------------------------------------------------------------------------- */

typedef enum gmet_judge_cv {
    GMET_JUDGE_LOGO = 0,  /* fold j: the j-th generator and the j-th share of the real images; cut by blocks into up
                             to five folds where otherwise more than a fifth of the training images would be left out */
    GMET_JUDGE_KFOLD = 1, /* within each group, blocks in turn */
    GMET_JUDGE_BLOCK = 2  /* blocks in turn, whatever their group */
} gmet_judge_cv;

typedef enum gmet_judge_tune {
    GMET_JUDGE_HALF = 0, /* threshold 0.5 */
    GMET_JUDGE_ACCURACY = 1,
    GMET_JUDGE_F1 = 2,
    GMET_JUDGE_YOUDEN = 3
} gmet_judge_tune;

typedef struct gmet_judge_cv_options {
    size_t struct_size; /* filled by _init */
    gmet_judge_cv cv;
    size_t folds; /* 5; not for LOGO */
    int shuffle;  /* 0; 1: blocks are dealt in an order drawn from seed instead of their own (not for LOGO) */
    uint64_t seed;   /* 2020 */
    int lambda_auto; /* 0; 1: lambda from 10^-3 .. 10^3 by log loss in inner folds of the same kind */
    gmet_judge_tune tune;
} gmet_judge_cv_options;
FEAT_API void gmet_judge_cv_options_init(gmet_judge_cv_options *options, size_t size);

enum { GMET_JUDGE_MAX_FOLDS = 256 };

/* fold [set->n], all < *n_folds. Errors: ARG (folds outside 2 .. 256), NUMERIC (fewer than two generators, or
 * fewer blocks than folds), NOMEM. Real images are those of truth 1; generators are groups with others. Under LOGO
 * alone a block can be in several folds: images outside a fold that share a block with one inside train no model of
 * it, nor choose its lambda or threshold. */
FEAT_API feat_status gmet_judge_folds(uint32_t *fold, size_t *n_folds, const gmet_judge_set *set,
                                      const gmet_judge_cv_options *options, feat_error *err) FEAT_NODISCARD;

typedef struct gmet_judge_cv_result {
    double *p;         /* [n] each from the model that did not see its fold */
    double *p_const;   /* [n] the constant of the same training images */
    double *p_group;   /* [n] the group mean of the same; may be NULL */
    double *threshold; /* [n] of the fold */
    uint32_t *fold;    /* [n] */
    size_t n_folds;
    double lambda[GMET_JUDGE_MAX_FOLDS];
    size_t *trained;  /* [MAX_FOLDS] labelled images that the fold's model was fitted to; may be NULL */
    size_t *left_out; /* [MAX_FOLDS] labelled images outside the fold that share a block with one inside; may be NULL */
} gmet_judge_cv_result;

/* Arrays of `result` are the caller's. Errors: those of folds and fit, NUMERIC where nothing is left to train on. */
FEAT_API feat_status gmet_judge_cross_validate(gmet_judge_cv_result *result, const gmet_judge_samples *samples,
                                               const gmet_judge_fit_options *fit, const gmet_judge_cv_options *options,
                                               const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* The lambda that inner folds choose on the subset. Errors: as above. */
FEAT_API feat_status gmet_judge_choose_lambda(double *lambda, const gmet_judge_samples *samples,
                                              const gmet_judge_subset *subset, const gmet_judge_fit_options *fit,
                                              const gmet_judge_cv_options *options, const gmet_context *context,
                                              feat_error *err) FEAT_NODISCARD;

enum { GMET_JUDGE_MAX_CROSS = 6 };
typedef struct gmet_judge_cross {
    uint32_t test;  /* group left out */
    uint32_t train; /* bit g: the g-th generator (in order of their numbers) was trained on */
    size_t labels;  /* of the generated images tested; 0, and NaN below, where nothing was left to train on */
    size_t trained, left_out; /* labelled images: the fewest of a fold, the most of a fold */
    double acc_label, acc_const, spearman;
} gmet_judge_cross;
/* Every non-empty set of training generators against each generator left out, with real images and blocks split as by
 * LOGO and tested on the generated images. out: room for 6 * 31. Errors: NUMERIC (fewer than 2 or more than 6
 * generators) and those of fit. */
FEAT_API feat_status gmet_judge_cross_grid(gmet_judge_cross *out, size_t *n_out, const gmet_judge_samples *samples,
                                           const gmet_judge_fit_options *fit, const gmet_context *context,
                                           feat_error *err) FEAT_NODISCARD;

/* --- how good predictions are ------------------------------------------------------------------------------------- */

typedef struct gmet_judge_scores {
    size_t images, labels;   /* labelled ones */
    size_t majorities, ties; /* images whose labels have a majority, and others */
    double acc_label;        /* share of single labels equal to p >= threshold */
    double acc_image;        /* mean over images of the same share */
    double acc_majority;     /* share of images with a majority that equals p >= threshold */
    double auroc, auprc;     /* of p for the majority */
    double brier, log_loss;  /* per label; p kept within 1e-12 of 0 and 1 for the log */
    double ece; /* ten bins of equally many images: mean gap of p and labels, weighted by labels */
    double slope, intercept;           /* logistic regression of labels on logit p: 1 and 0 when calibrated */
    double pearson, spearman, kendall; /* of p and k/n; kendall is tau-b */
    double mean_p, mean_y;             /* over labels */
} gmet_judge_scores;

/* p, threshold [set->n] (threshold NULL: 0.5), of the labelled images of the subset. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_score(gmet_judge_scores *out, const double *p, const double *threshold,
                                      const gmet_judge_set *set, const gmet_judge_subset *subset,
                                      feat_error *err) FEAT_NODISCARD;

/* Spearman's and Kendall's (tau-b) correlation; NaN when x or y is constant. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_rank_correlation(double *spearman, double *kendall, const double *x,
                                                 const double *y, size_t n, feat_error *err) FEAT_NODISCARD;

/* Of predictions p in folds: mean over folds, weighted by labelled images, of the correlations within each fold,
 * with intervals over resampled blocks when asked (resamples 0: value only). Folds where it is undefined are left
 * out. Errors: NOMEM. */
FEAT_API feat_status gmet_judge_within_folds(gmet_judge_interval *spearman, gmet_judge_interval *pearson,
                                             const gmet_judge_cv_result *predicted, const gmet_judge_set *set,
                                             const gmet_judge_boot_options *options, const gmet_context *context,
                                             feat_error *err) FEAT_NODISCARD;

typedef enum gmet_judge_verdict {
    GMET_JUDGE_NO_SKILL = 0, /* not shown to be better than a constant: skill or edge may be 0 */
    GMET_JUDGE_BELOW = 1,    /* agrees less with people than people with each other */
    GMET_JUDGE_MATCHES = 2,
    GMET_JUDGE_ABOVE = 3
} gmet_judge_verdict;
FEAT_API const char *gmet_judge_verdict_name(gmet_judge_verdict verdict);

typedef struct gmet_judge_comparison {
    size_t images, labels;                /* with at least two labels: everything here is of these */
    gmet_judge_interval acc;              /* of the model, per label */
    gmet_judge_interval pair;             /* pair_label of people */
    gmet_judge_interval ratio, diff;      /* acc / pair, acc - pair */
    gmet_judge_interval acc_const, skill; /* of the constant of the training images, and acc - acc_const */
    gmet_judge_interval best_const,
        edge;                      /* of the constant that is best in hindsight, and acc - best_const */
    gmet_judge_interval acc_truth; /* of knowing the truth; NaN when it is not known of all */
    gmet_judge_interval acc_group; /* of knowing each group's mean in training; NaN without p_group */
    gmet_judge_verdict verdict;
} gmet_judge_comparison;

/* Model against people on the same images, all numbers of a resample from the same blocks. Of what was predicted
 * p, p_const, threshold and, where it is not NULL, p_group are read. Errors: NUMERIC without an image of two labels,
 * NOMEM. */
FEAT_API feat_status gmet_judge_compare(gmet_judge_comparison *out, const gmet_judge_cv_result *predicted,
                                        const gmet_judge_set *set, const gmet_judge_boot_options *options,
                                        const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* The same with raters resampled (two draws of one rater are no pair): reads p and threshold, fills acc, pair, ratio
 * and diff only, of the images that two of the votes are about. Errors: as above. */
FEAT_API feat_status gmet_judge_compare_raters(gmet_judge_comparison *out, const gmet_judge_cv_result *predicted,
                                               const gmet_judge_votes *votes, const gmet_judge_boot_options *options,
                                               const gmet_context *context, feat_error *err) FEAT_NODISCARD;

/* --- several models on the same images ---------------------------------------------------------------------------- */

enum { GMET_JUDGE_MAX_RIVALS = 8 };

typedef enum gmet_judge_choice {
    GMET_JUDGE_NONE = 0, /* no skill: none is shown to predict better than a constant */
    GMET_JUDGE_OPEN = 1, /* not told apart: the most accurate is not shown to be so of all of them */
    GMET_JUDGE_BEST = 2  /* the most accurate has skill and is shown to be better than every other */
} gmet_judge_choice;
FEAT_API const char *gmet_judge_choice_name(gmet_judge_choice choice);

typedef struct gmet_judge_rival {
    gmet_judge_interval acc;             /* per label, percentiles as everywhere */
    gmet_judge_interval skill, edge;     /* as in gmet_judge_comparison, but for all models at once */
    gmet_judge_interval behind;          /* acc of the most accurate model less this one's, for all pairs at once */
    gmet_judge_interval spearman;        /* within folds, percentiles as everywhere */
    gmet_judge_interval spearman_behind; /* Spearman's of the highest less this one's, for all pairs at once */
    int skilled;                         /* 1: skill and edge are above 0 */
    int beaten;                          /* 1: behind is above 0 */
} gmet_judge_rival;

typedef struct gmet_judge_rivals {
    size_t images, labels; /* labelled ones: everything here is of these */
    size_t best, best_spearman; /* the first of the highest; of Spearman's n where it is NaN for all */
    gmet_judge_choice choice;
    gmet_judge_rival of[GMET_JUDGE_MAX_RIVALS];
} gmet_judge_rivals;

/* Compares n (2 .. MAX_RIVALS) models that predicted the same images in the same folds, all numbers of a resample from
 * the same blocks. Intervals "at once" are value -+ c times the deviation of the resamples, with c the 95th percentile,
 * over the resamples, of the largest |deviation from the value| of the family in such units (the studentised maximum:
 * Romano and Wolf, 2005): with 95 % confidence all of them hold, however many models were tried. Of a resample in which
 * a quantity is not defined it takes no part. NaN ends with fewer than two blocks. Errors: ARG (n), NUMERIC without a
 * labelled image, NOMEM. */
FEAT_API feat_status gmet_judge_compare_models(gmet_judge_rivals *out, const gmet_judge_cv_result *const *predicted,
                                               size_t n, const gmet_judge_set *set,
                                               const gmet_judge_boot_options *options, const gmet_context *context,
                                               feat_error *err) FEAT_NODISCARD;

#ifdef __cplusplus
}
#endif
#endif
