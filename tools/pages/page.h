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
} bf_page_input;

enum { BF_PAGE_POINTS = 15, BF_PAGE_DOTS = 1500 };

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
    gmet_image_score *scores; /* [gen->n]; NULL when there are no rows or too few */
    unsigned char *recalled;  /* [real->n]: in the generated set's manifold; NULL likewise */
    double *real_nearest;     /* [real->n]: to the nearest other real row; NULL likewise */
    double near_limit;        /* nearer than this is a near duplicate */
    bool has_fid_curve;
    gmet_infinity_result fid_infinity;
    gmet_infinity_point fid_points[BF_PAGE_POINTS];
    char no_fid_curve[256]; /* why not */
    bf_page_dots real_dots, gen_dots;
    double variance[2]; /* share of the variance along the axes of the plane */
    bf_page_labels real_labels, gen_labels;
} bf_page_data;

#endif
