/* Sums of KID's kernel over all pairs of two sets, by row and by column. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_SUMS_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/kid_variance.h"

/* Sums of the kernel over pairs of a row and a column; with `same`, of columns after the row only, the rows being
 * columns first, first + 1, .. What rows above have given to the sums of columns comes in
 * through `before`, and through `after` it goes on to those below: both are called once per round, for columns
 * [j0, j0 + n), by the calling thread, and may be NULL. */
typedef struct gmet_kid_sums {
    const gmet_kid_kernel *kernel;
    bool same;
    size_t first; /* which row of its set row 0 is; a multiple of GMET_PAIR_ROWS */
    const gmet_rows *rows, *columns;
    double *row, *square; /* [rows->n] values and their squares */
    double *column;       /* [columns->n] */
    const gmet_kid_slots *slots; /* NULL, or what the same scan is to fill as well, of the same rows and columns */
    void *ctx;
    void (*before)(void *ctx, double *column, size_t j0, size_t n);
    void (*after)(void *ctx, double *column, size_t j0, size_t n);
} gmet_kid_sums;

/* Fills row, square, column and slots->slot; rows of width d. Errors: NOMEM, those of gmet_pairs_scan. */
feat_status gmet_kid_sum(const gmet_kid_sums *sums, size_t d, const gmet_context *context,
                         feat_error *err) FEAT_NODISCARD;

/* Scans one after the other with the same kernel and buffers, which are the caller's. */
typedef struct gmet_kid_summing {
    gmet_pairs pairs;
    gmet_kid_kernel kernel;
    double ones[GMET_PAIR_COLUMNS];
    double *slot;   /* [tiles][GMET_PAIR_COLUMNS]: column sums of each tile of the round */
    double *square; /* [rows of the larger set]: sum of squares of each row */
    double *norm2;  /* [rows of the larger set] where the kernel is of unit rows, else NULL */
    gmet_kid_sums now; /* of the scan under way */
} gmet_kid_summing;

/* row [rows->n], column [columns->n]: sums of the kernel over the other side. rows == columns: both are the
 * sums over all other rows. *squares: the sum of squares over ordered pairs. slots: NULL, or filled as well. Errors:
 * those of gmet_pairs_scan. */
feat_status gmet_kid_sum_pairs(double *squares, gmet_kid_summing *s, const gmet_rows *rows, const gmet_rows *columns,
                               double *row, double *column, const gmet_kid_slots *slots,
                               feat_error *err) FEAT_NODISCARD;

/* Fills in sums, whose arrays are there, from the pairs of x, of y, and of x with y. scratch [larger n]. Errors: as
 * above. */
feat_status gmet_kid_sum_all(gmet_mmd_sums *sums, gmet_kid_summing *s, const gmet_rows *x, const gmet_rows *y,
                             double *scratch, feat_error *err) FEAT_NODISCARD;

/* What the sums over all pairs of two sets need. */
typedef struct gmet_kid_room {
    gmet_kid_summing s;
    gmet_mmd_sums sums;
    double *scratch; /* [larger n] */
} gmet_kid_room;

/* Room for sums over n1 and n2 rows of width d. Whatever is returned, gmet_kid_room_release frees it. Errors: NOMEM. */
feat_status gmet_kid_room_make(gmet_kid_room *room, size_t n1, size_t n2, size_t d, const gmet_kid_kernel *kernel,
                               const gmet_context *context) FEAT_NODISCARD;
void gmet_kid_room_release(gmet_kid_room *room);

#endif
