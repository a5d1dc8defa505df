/* Nearest neighbours and balls with the decisions of brute force in double, at the speed of float products.
 *
 * The distance that counts is the squared distance of dmat.h's dist_tile: the sum of (x - y)^2 in double, one
 * chain over the columns. It is 0 for equal rows, the same for (x, y) and (y, x), and ties are ties. But for
 * almost every pair |x|^2 + |y|^2 - 2 x.y from float products, with a bound on its error, already shows on
 * which side of a radius a pair lies; the others, and only they, are computed as above. So nothing here
 * depends on the approximation: not on its order of operations, nor on the kernel table. Memory is O(n). */
#ifndef BONAFIDE_METRICS_PAIRS_NEIGHBOURS_H
#define BONAFIDE_METRICS_PAIRS_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

typedef struct gmet_neighbours gmet_neighbours;

/* Buffers for sets of rows of width d, all finite. What the context names is borrowed until the buffers are closed.
 * Errors: NOMEM. */
feat_status gmet_neighbours_create(gmet_neighbours **out, size_t d, const gmet_context *context,
                                   feat_error *err) FEAT_NODISCARD;
void gmet_neighbours_close(gmet_neighbours **s);

/* Instead of the place of rows among the columns: each row meets every column. */
#define GMET_NO_SELF SIZE_MAX

/* distance2 [rows->n][k]: the k smallest squared distances of each row to the columns, ascending. index
 * [rows->n][k], NULL if not wanted: which columns they are; of equally distant ones the first come first.
 * self: the rows are columns self, self + 1, .., and none meets itself; or GMET_NO_SELF. k <= columns->n (less 1 where
 * rows do not meet themselves). Here and below: rows lie in memory, columns may be fetched (columns->paging, and then
 * columns->rows is not read); errors: NOMEM, CANCELLED (the context's stop), and what the paging returns. */
feat_status gmet_nearest_k(double *distance2, size_t *index, gmet_neighbours *s, const gmet_set *rows,
                           const gmet_set *columns, size_t k, size_t self, feat_error *err) FEAT_NODISCARD;

/* radius2 [set->n]: squared distance of each row to its k-th nearest other row, k < set->n; nearest
 * [set->n][k] is scratch. */
feat_status gmet_find_radii(double *radius2, double *nearest, gmet_neighbours *s, const gmet_set *set, size_t k,
                            feat_error *err) FEAT_NODISCARD;

/* Who lies in whose ball. Outputs that are NULL are not computed. */
typedef struct gmet_balls {
    const double *row_radius2;    /* [rows]: squared radii; needed by column_inside */
    const double *column_radius2; /* [columns]; needed by the others */
    bool strict;                  /* inside means distance < radius; else <= */
    unsigned char *row_inside;    /* [rows]: 1 if in the ball of a column */
    unsigned char *column_inside; /* [columns]: 1 if in the ball of a row */
    unsigned char *column_holds;  /* [columns]: 1 if a row is in the column's ball */
    uint32_t *row_balls;          /* [rows]: in how many balls of columns */
} gmet_balls;
feat_status gmet_find_balls(const gmet_balls *balls, gmet_neighbours *s, const gmet_set *rows, const gmet_set *columns,
                            feat_error *err) FEAT_NODISCARD;

/* Looks at every pair of a row and a column whose distance may matter. Calls for one row come in ascending
 * order of columns, by one thread at a time, so both functions may use and change what belongs to the row. */
typedef struct gmet_visit {
    void *ctx;
    /* Whether row i would gain by column j if their squared distance were any number >= least (>= 0). */
    bool (*matters)(const void *ctx, size_t i, size_t j, double least);
    /* The squared distance, for the pairs that matter. */
    void (*take)(void *ctx, size_t i, size_t j, double distance2);
} gmet_visit;
feat_status gmet_visit_pairs(const gmet_visit *visit, gmet_neighbours *s, const gmet_set *rows, const gmet_set *columns,
                             feat_error *err) FEAT_NODISCARD;

/* Pairs computed in double since creation: what the bound could not settle. */
size_t gmet_neighbours_exact(const gmet_neighbours *s);

#endif
