/* What metrics are measured of, and what is known of a value: its error bar, and what a Frechet distance comes with. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURING_H
#define BONAFIDE_TOOLS_MEASURE_MEASURING_H

#include <stdbool.h>

#include "tools/figures/value_text.h"
#include "tools/options/metric_names.h"
#include "tools/run/side.h"

/* What is known of one Frechet distance. */
typedef struct bf_fid {
    gmet_fid_result raw;
    bf_error_bar bar, corrected_bar;
    bool has_corrected;
    double corrected; /* less the bias of few images */
    double bias, bias_left;
    int dependent, in_order; /* as of gmet_fid_uncertainty_result */
    gmet_geometry reference; /* of the first side's covariance */
} bf_fid;

enum { BF_INFINITY_POINTS = 15 };

/* FID of subsets of several sizes, and the line through them. */
typedef struct bf_infinity_curve {
    gmet_infinity_result fit;
    gmet_infinity_point points[BF_INFINITY_POINTS]; /* fit.n_points of them */
} bf_infinity_curve;

/* What a metric is measured of: sides whose layers are filled. Zero but for what there is. */
typedef struct bf_measuring {
    bf_run *run;
    bf_side *real, *gen;
    bf_side *test;       /* real images that were not trained on; NULL: none */
    const float *logits; /* [gen->n][n_classes], NULL without */
    size_t n_classes;
    const bf_metric *metric;  /* the one that is measured, */
    const bf_convention *how; /* and the conventions that go with its network; both set by bf_metric_measure */
    bool wants_share;        /* `share` is asked for, where there are rows */
    /* What metrics leave for others, and for pages and files. */
    bf_fid fid;
    bf_infinity_curve infinity;
    bool has_fid, has_share, has_infinity;
    double *share;                        /* [gen->n] of each generated image in FID; the caller's to free */
    const struct bf_class_table *classes; /* the report's; NULL without */
} bf_measuring;

#endif
