/* What all metrics over pairs of rows share: squared distances or products between every row of one set and
 * every row of another, block by block, never stored as a whole. Each value is one chain over the columns
 * (dmat.h), so distances are symmetric, exactly 0 for equal rows, and nothing depends on the cut, the kernel
 * table or the number of threads. */
#ifndef BONAFIDE_METRICS_PAIRS_PAIRS_H
#define BONAFIDE_METRICS_PAIRS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/context.h"
#include "metrics/base/rows.h"

/* Multiples of every table's nr (4, 12, 24), so that whole tiles fit. */
enum { GMET_PAIR_ROWS = 96, GMET_PAIR_COLUMNS = 480 };

/* Rows i0 .. are not needed for now: says so to mapped.h. */
void gmet_rows_done(const gmet_rows *rows, size_t i0, size_t n, size_t d);

/* A rectangle of values. Calls for one row come in ascending order of j0, by one thread at a time. */
typedef struct gmet_pair_block {
    double *value; /* [n_rows][GMET_PAIR_COLUMNS], the first n_columns of each row; may be overwritten */
    size_t i0, n_rows;
    size_t j0, n_columns;
    size_t tile; /* i0 / GMET_PAIR_ROWS */
    const double *column_norm2; /* [n_columns] with norms, else NULL: y . y of each column */
} gmet_pair_block;

typedef struct gmet_pairs {
    gmet_context context;
    const feat_dmat_kernels *kernels; /* never NULL */
    size_t d;
    double *pack;   /* [blocks of columns of d][panels][..][nr] of one round of columns */
    double *a_pack; /* [threads][..] */
    double *values; /* [threads][GMET_PAIR_ROWS * GMET_PAIR_COLUMNS] */
    double *norms;  /* [GMET_PAIR_COLUMNS] */
} gmet_pairs;

typedef struct gmet_pair_scan {
    const gmet_rows *rows, *columns;
    bool products; /* x . y instead of |x - y|^2 */
    bool norms;    /* blocks come with column_norm2, the chains of products */
    bool upper;    /* pairs with first + i > j are not wanted, row i being column first + i: blocks of these alone are
                    * left out, and in other blocks their values are not defined */
    size_t first;
    void *ctx;
    void (*block)(void *ctx, const gmet_pair_block *block);
    void (*round)(void *ctx, size_t j0, size_t n_columns); /* may be NULL; after all blocks at j0 */
} gmet_pair_scan;

/* Buffers for rows of width d. What the context names is borrowed until they are released. Errors: NOMEM. */
feat_status gmet_pairs_create(gmet_pairs *pairs, size_t d, const gmet_context *context, feat_error *err) FEAT_NODISCARD;
void gmet_pairs_release(gmet_pairs *pairs);

/* Columns may have to be fetched, and the context may ask to stop. Errors: what fetching returns, CANCELLED
 * "interrupted". */
feat_status gmet_pairs_scan(const gmet_pairs *pairs, const gmet_pair_scan *scan, feat_error *err) FEAT_NODISCARD;

/* Number of tiles of rows in a scan over n rows. */
size_t gmet_pairs_tiles(size_t n);

/* norm2 [rows->n] <- x . x of each row of d floats, the same chain as that of products: of a copy of the row both are
 * equal. Says with which rows it is done (mapped.h). Where the caller wants to stop, gmet_go_on says so. */
void gmet_row_norms(double *norm2, const gmet_rows *rows, size_t d, const gmet_context *context);

/* radius2 [rows->n]: squared distance of each row to its k-th nearest other row of the same set, 1 <= k <
 * rows->n. Errors: NOMEM, those of the scan. */
feat_status gmet_radii(double *radius2, const gmet_pairs *pairs, const gmet_rows *rows, size_t k,
                       feat_error *err) FEAT_NODISCARD;

/* distance2 [rows->n]: squared distance of each row to the nearest row of `columns`; nearest [rows->n] (may
 * be NULL) that row's position in columns, the lowest among equals. Errors: those of the scan. */
feat_status gmet_nearest(double *distance2, size_t *nearest, const gmet_pairs *pairs, const gmet_rows *rows,
                         const gmet_rows *columns, feat_error *err) FEAT_NODISCARD;

#endif
