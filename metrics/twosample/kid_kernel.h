/* What the two ways to KID's subsets share: the kernel, and how it is applied. */
#ifndef GMET_KID_INTERNAL_H
#define GMET_KID_INTERNAL_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/rows.h"
#include "metrics/gmet_more.h"
#include "metrics/pairs/pairs.h"

typedef struct gmet_kid_kernel {
    gmet_kernel kind;
    unsigned degree;
    double gamma, coef0;
    double shift; /* subtracted from every value */
} gmet_kid_kernel;

/* value [n], in place: x.y (polynomial) or |x - y|^2 (RBF) becomes k(x, y) - shift. */
void gmet_kid_apply(const gmet_kid_kernel *k, double *value, size_t n);

/* Sums of the kernel over the pairs that subsets hold: slot [tiles of rows][n_subsets] of each tile of rows. rows,
 * columns and same as of gmet_kid_sums; members [n_subsets][size] ascending: which rows, counted from the first of
 * their set, and which columns. */
typedef struct gmet_kid_slots {
    const gmet_kid_kernel *kernel;
    bool same;
    const gmet_rows *rows, *columns;
    size_t n_subsets, size;
    const size_t *row_members, *column_members;
    double *slot;
} gmet_kid_slots;

/* Adds a block of kernel values, shift subtracted, to the slots of its tile. */
void gmet_kid_add_slots(const gmet_kid_slots *slots, const gmet_pair_block *block);

/* Fills slot. Errors: those of gmet_pairs_scan_paged. */
iv3_status gmet_kid_fill_slots(const gmet_kid_slots *slots, const gmet_pairs *pairs, iv3_error *err) IV3_NODISCARD;

/* Sums of the kernel over pairs of a row and a column; with `same`, of columns after the row only, the rows being
 * columns rows->first .. (a multiple of GMET_PAIR_ROWS). What rows above have given to the sums of columns comes in
 * through `before`, and through `after` it goes on to those below: both are called once per round, for columns
 * [j0, j0 + n), by the calling thread, and may be NULL. */
typedef struct gmet_kid_sums {
    const gmet_kid_kernel *kernel;
    bool same;
    const gmet_rows *rows, *columns;
    double *row, *square; /* [rows->n] values and their squares */
    double *column;       /* [columns->n] */
    const gmet_kid_slots *slots; /* NULL, or what the same scan is to fill as well, of the same rows and columns */
    void *ctx;
    void (*before)(void *ctx, double *column, size_t j0, size_t n);
    void (*after)(void *ctx, double *column, size_t j0, size_t n);
} gmet_kid_sums;

/* Fills row, square, column and slots->slot. Errors: NOMEM, those of gmet_pairs_scan_paged. */
iv3_status gmet_kid_sum(const gmet_kid_sums *sums, size_t d, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

/* Whether computing every pair of the sets once is less work than the pairs of each subset. */
bool gmet_kid_shares(const gmet_kid_options *options, size_t n1, size_t n2);

/* What else a scan for slots is to do: scan fills slot, rows and columns being the x and y that gmet_kid_shared got. */
typedef struct gmet_kid_scan {
    void *ctx;
    iv3_status (*scan)(void *ctx, const gmet_kid_slots *slots, iv3_error *err);
} gmet_kid_scan;

/* values [n_subsets]: MMD^2 of each subset, drawn as options->seed says. Every pair of rows is computed once
 * and added to the sums of all subsets that hold both. The result is the same for every kernel table and
 * number of threads. Memory: n_subsets * (2 * subset_size + (larger n) / 96) * 8 bytes. own: NULL, or whose scans are
 * used, of x with itself, y with itself and x with y. Errors: NOMEM, those of the scans. */
iv3_status gmet_kid_shared(double *values, const gmet_pairs *pairs, const gmet_kid_kernel *kernel,
                           const gmet_rows *x, const gmet_rows *y, const gmet_kid_options *options,
                           const gmet_kid_scan *own, iv3_error *err) IV3_NODISCARD;

#endif
