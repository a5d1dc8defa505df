/* Which centres the rows of several clusterings are nearest to, and how far away they are, within bounds. */
#ifndef BONAFIDE_METRICS_PAIRS_KMEANS_NEAREST_H
#define BONAFIDE_METRICS_PAIRS_KMEANS_NEAREST_H

#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"

/* One clustering. */
typedef struct gmet_kmeans_run {
    double *centres;   /* [k][d] */
    size_t *labels;    /* [n]: the nearest centre, the lowest among equals */
    double *distance2; /* [n]: to it, where gmet_kmeans_measure has been asked */
    double low, high;  /* the sum of the distances, in the order of rows, lies between them; equal: it is that */
} gmet_kmeans_run;

/* How many clusterings of k centres, up to `most`, are best searched together. */
size_t gmet_kmeans_together(size_t k, size_t most);

typedef struct gmet_kmeans_search gmet_kmeans_search;

/* For up to n_runs clusterings of k centres. What is pointed to is borrowed until it is closed. Errors: NOMEM,
 * CANCELLED. */
feat_status gmet_kmeans_search_create(gmet_kmeans_search **out, const gmet_rows *rows, const gmet_pairs *pairs,
                                      size_t n_runs, size_t k, feat_error *err) FEAT_NODISCARD;
void gmet_kmeans_search_close(gmet_kmeans_search **s);

/* labels, low and high of n_runs clusterings from their centres. Errors: CANCELLED, and then labels are old or new. */
feat_status gmet_kmeans_assign(gmet_kmeans_search *s, gmet_kmeans_run *const *runs, size_t n_runs,
                               feat_error *err) FEAT_NODISCARD;

/* distance2 of a clustering from its centres and labels; low and high become their sum. */
void gmet_kmeans_measure(const gmet_kmeans_search *s, gmet_kmeans_run *run);

#endif
