/* Sums of KID's kernel over the pairs of each subset, tile by tile. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_SLOTS_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/twosample/kid_kernel.h"

/* Sums of the kernel over the pairs that subsets hold: slot [tiles of rows][n_subsets] of each tile of rows. rows,
 * columns, same and first as of gmet_kid_sums; members [n_subsets][size] ascending: which rows, counted from the first
 * of their set, and which columns. */
typedef struct gmet_kid_slots {
    const gmet_kid_kernel *kernel;
    bool same;
    size_t first;
    const gmet_rows *rows, *columns;
    size_t n_subsets, size;
    const size_t *row_members, *column_members;
    double *slot;
} gmet_kid_slots;

/* Adds a block of kernel values, shift subtracted, to the slots of its tile. */
void gmet_kid_add_slots(const gmet_kid_slots *slots, const gmet_pair_block *block);

#endif
