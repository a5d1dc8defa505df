/* What the page of eval --report is made from: the types that the parts of the page share. */
#ifndef BONAFIDE_TOOLS_PAGES_PAGE_H
#define BONAFIDE_TOOLS_PAGES_PAGE_H

#include "tools/measure/measure.h"

/* What the command knows. Rows are those of the sides' main layers; anything may be missing. */
typedef struct bf_page_input {
    bf_run *run;
    const bf_side *real, *gen;
    const float *real_logits, *gen_logits; /* [n][n_classes], or NULL */
    size_t n_classes;
    const double *share;           /* [gen->n]: contributions to FID, or NULL */
    const bf_class_table *classes; /* or NULL */
    const bf_infinity_curve *infinity; /* what the metric FID-infinity found; NULL: it was not asked for */
    struct bf_page_files *files;   /* what is put beside the page */
} bf_page_input;

/* What takes time with the square of the rows is of no more than these, evenly spread over a set, so that the page of
 * 50,000 images takes seconds: with --per-image, where all rows are looked at anyhow, scores are of all. */
enum {
    BF_PAGE_SCORED_ROWS = 3000,
    BF_PAGE_FID_ROWS = 10000, /* of FID against N, where the metric FID-infinity was not asked for, */
    BF_PAGE_FID_POINTS = 4,   /* and of how many sizes */
    BF_PAGE_DOTS = 500,
    BF_PAGE_KS = 8,
    BF_PAGE_CURVE_ROWS = 2000, /* the curves below are of no more rows of a set */
    BF_PAGE_ANGLES = 201
};

/* Precision and recall for several k, and the PRD curve: of all rows, or of some evenly spread over the sets. */
typedef struct bf_page_curves {
    size_t n_real, n_gen; /* rows used */
    size_t n_ks, ks[BF_PAGE_KS];
    double precision[BF_PAGE_KS], recall[BF_PAGE_KS];
    size_t n_angles; /* 0: no PRD curve */
    double prd_precision[BF_PAGE_ANGLES], prd_recall[BF_PAGE_ANGLES];
} bf_page_curves;

/* Eigenvalues of a covariance, largest first. */
typedef struct bf_page_spectrum {
    double *values;               /* [d]; NULL: not known */
    double total, effective_rank; /* of the centred features, as `reference_effective_rank` is */
} bf_page_spectrum;

/* Rows of one set in the plane. */
typedef struct bf_page_dots {
    size_t n;
    double *x, *y;         /* [n] */
    unsigned char *inside; /* [n]: in the other set's manifold */
} bf_page_dots;

/* What the network says of one set. */
typedef struct bf_page_labels {
    double *marginal; /* [n_classes] mean of the images' probabilities; NULL without logits */
    double *entropy;  /* [n] of each image's, nats */
    size_t n;
    double mean_entropy;  /* of `entropy` */
    double total_entropy; /* of `marginal` */
} bf_page_labels;

typedef struct bf_page_data {
    size_t n_real, n_gen;     /* rows with scores: bf_page_row says which */
    gmet_image_score *scores; /* [n_gen], `nearest` a row of the real set; NULL when there are no rows or too few */
    unsigned char *recalled;  /* [n_real]: in the generated set's manifold; NULL likewise */
    double *real_nearest;     /* [n_real]: to the nearest other real row; NULL likewise */
    double near_limit;        /* nearer than this is a near duplicate */
    bool has_fid_curve;
    bf_infinity_curve fid_curve;
    size_t fid_rows; /* generated rows that it is of */
    char no_fid_curve[256]; /* why not */
    bf_page_dots real_dots, gen_dots;
    double variance[2]; /* share of the variance along the axes of the plane */
    bf_page_labels real_labels, gen_labels;
    bf_page_curves curves;
    bf_page_spectrum real_spectrum, gen_spectrum; /* of width d */
    size_t d;
} bf_page_data;

#endif
