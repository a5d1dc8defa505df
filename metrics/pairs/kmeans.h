/* k-means by Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii, 2007), seeded. One SplitMix64 stream
 * serves all runs. A start: the first centre is row floor(u n); each next one is the first row at which the running sum
 * of squared distances to the nearest centre so far exceeds u times the whole (row c mod n for centre c if all are 0).
 * A round: centres become the means of their rows, in row order; a centre without rows moves to the row farthest from
 * its centre, if that distance is not 0; rows then go to the nearest centre, the lowest among equals. */
#ifndef BONAFIDE_METRICS_PAIRS_KMEANS_H
#define BONAFIDE_METRICS_PAIRS_KMEANS_H

#include "engine/base/common.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"

typedef struct gmet_kmeans_options {
    size_t k;
    size_t n_init;     /* runs; the first with the least inertia is the result */
    size_t max_rounds; /* per run */
    double tolerance;  /* a run ends when no row changes or a round lowers inertia by at most this share */
    uint64_t seed;
} gmet_kmeans_options;

/* labels [rows->n], centres [k][d]; inertia: sum of squared distances, may be NULL. pairs: of rows of width d.
 * 1 <= k <= rows->n, n_init >= 1. Errors: NUMERIC when distances overflow, NOMEM,
 * CANCELLED. */
feat_status gmet_kmeans(size_t *labels, double *centres, double *inertia, const gmet_rows *rows,
                        const gmet_kmeans_options *options, const gmet_pairs *pairs,
                        feat_error *err) FEAT_NODISCARD;

/* n_runs clusterings at once, which costs less than one after the other: labels [n_runs][rows->n]; run i is what
 * gmet_kmeans finds with n_init 1 and seed + i. options->n_init is not read. Errors: the same. */
feat_status gmet_kmeans_runs(size_t *labels, size_t n_runs, const gmet_rows *rows, const gmet_kmeans_options *options,
                             const gmet_pairs *pairs, feat_error *err) FEAT_NODISCARD;

#endif
