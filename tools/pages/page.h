/* eval --report: one HTML page that shows what the numbers are made of. */
#ifndef BONAFIDE_REPORT_PAGE_H
#define BONAFIDE_REPORT_PAGE_H

#include "tools/html/thumbs.h"
#include "tools/measure/measure.h"

/* The page is DIR/index.html. */
#define BF_PAGE_NAME "index.html"

/* What the command knows. Rows are those of the sides' main layers; anything may be missing. */
typedef struct bf_page_input {
    bf_run *run;
    const bf_side *real, *gen;
    const float *real_logits, *gen_logits; /* [n][n_classes], or NULL */
    size_t n_classes;
    const double *share;           /* [gen->n]: contributions to FID, or NULL */
    const bf_class_table *classes; /* or NULL */
} bf_page_input;

/* Makes DIR if it is not there, and looks whether the page could be written. Errors: IO, NOMEM. */
iv3_status bf_page_check(const char *dir, iv3_error *err) IV3_NODISCARD;

/* Computes what only the page shows, and writes it; last of all, as it shows the report's lines and warnings
 * and the manifest. Errors: IO, NOMEM, those of the metrics. */
iv3_status bf_page_write(const bf_page_input *input, const char *dir, iv3_error *err) IV3_NODISCARD;

/* The run's warnings as a list, nothing when there are none; sanity's page has them too. */
void bf_page_warnings(bf_text *t, const bf_report *r);

/* --- between the parts of the page ------------------------------------------------------------------- */

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

iv3_status bf_page_compute(bf_page_data *data, const bf_page_input *input, iv3_error *err) IV3_NODISCARD;
void bf_page_release(bf_page_data *data);

/* Rows of two sets along the first two principal axes of both together: n rows each of width d, every step-th
 * taken; out has room for BF_PAGE_DOTS of each. Errors: NOMEM. */
iv3_status bf_page_project(double *real_x, double *real_y, double *gen_x, double *gen_y, double variance[2],
                           const float *const *real_rows, size_t n_real, const float *const *gen_rows,
                           size_t n_gen, size_t d, iv3_error *err) IV3_NODISCARD;

/* Mean probabilities and entropies from logits [n][c]. Errors: NOMEM. */
iv3_status bf_page_label(bf_page_labels *labels, const float *logits, size_t n, size_t c,
                         iv3_error *err) IV3_NODISCARD;

/* Sections of the page. */
void bf_page_figures(bf_text *t, const bf_page_input *input, const bf_page_data *data);
iv3_status bf_page_galleries(bf_text *t, bf_thumbs *thumbs, const bf_page_input *input,
                             const bf_page_data *data, iv3_error *err) IV3_NODISCARD;
iv3_status bf_page_classes(bf_text *t, const bf_page_input *input, const bf_page_data *data,
                           iv3_error *err) IV3_NODISCARD;
void bf_page_origin(bf_text *t, const bf_page_input *input);

#endif
