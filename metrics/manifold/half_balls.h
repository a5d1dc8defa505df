/* Precision and recall in half precision (binary16): what the forms of two tools, guided-diffusion's and StyleGAN's,
 * have in common. A form says how a distance comes from a product, and in which scans over all pairs. */
#ifndef BONAFIDE_METRICS_MANIFOLD_HALF_BALLS_H
#define BONAFIDE_METRICS_MANIFOLD_HALF_BALLS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/manifold/manifold.h"
#include "metrics/pairs/pairs.h"

typedef struct gmet_half_rows {
    const float *x;     /* [n][d], the caller's */
    float *half;        /* [n][d]: x rounded to half precision */
    double *norm[2];    /* [n]: squared lengths of half, each square and the sum rounded to half; of x, to single */
    double *radius;     /* [n] */
    unsigned char *hit; /* [n]: inside a ball of the other set */
    size_t n, d;
} gmet_half_rows;

typedef struct gmet_half_search gmet_half_search;

typedef struct gmet_half_form {
    /* Calls gmet_half_scan once or more, so that `block` sees each pair that distance() does not leave out once. */
    void (*visit)(gmet_half_search *s, void (*block)(void *ctx, const gmet_pair_block *block));
    /* Of row i of s->rows and row j of s->columns, `product` being their sum of products in double; false leaves the
     * pair to another scan. */
    bool (*distance)(const gmet_half_search *s, size_t i, size_t j, double product, double *value);
} gmet_half_form;

struct gmet_half_search {
    const gmet_half_form *form;
    void *ctx; /* of the form */
    const gmet_pairs *pairs;
    size_t k;
    bool strict;
    bool single; /* set by visit: products of x in place of half */
    const gmet_half_rows *rows, *columns;
    double *nearest;          /* [rows->n][k + 1] */
    atomic_uchar *column_hit; /* [columns->n] */
};

/* Rounds the rows. Memory: a copy of them. Released also after an error, which is NOMEM. */
feat_status gmet_half_rows_make(gmet_half_rows *rows, const gmet_set *from, const gmet_context *context,
                                feat_error *err) FEAT_NODISCARD;
void gmet_half_rows_release(gmet_half_rows *rows);

/* One scan over all pairs; stops early when the context asks for it. */
void gmet_half_scan(const gmet_half_search *s, void (*block)(void *ctx, const gmet_pair_block *block));

/* Sets precision and recall of `out`; a row's radius is the (k + 1)-th smallest of its distances to all rows of its
 * set, itself included: in these forms a row's distance to itself need not be 0. Errors: NOMEM, CANCELLED. */
feat_status gmet_half_count(gmet_pr_result *out, gmet_half_search *s, gmet_half_rows *real, gmet_half_rows *gen,
                            feat_error *err) FEAT_NODISCARD;

/* The half-precision number nearest to x, ties to even; infinite from 65,520 on; NaN stays. */
double gmet_round_half(double x);

#endif
