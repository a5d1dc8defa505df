/* KID's subsets drawn at once from pairs that are computed once. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_SUBSETS_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_SUBSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/twosample.h"

/* slots->slot [gmet_pairs_tiles(rows->n)][n_subsets], the caller's, is filled by one scan; rows and columns are of
 * width pairs->d. Errors: those of gmet_pairs_scan. */
feat_status gmet_kid_fill_slots(const gmet_kid_slots *slots, const gmet_pairs *pairs, feat_error *err) FEAT_NODISCARD;

/* Whether computing every pair of the sets once is less work than the pairs of each subset. */
bool gmet_kid_shares(const gmet_kid_options *options, size_t n1, size_t n2);

/* What else a scan for slots is to do: scan fills slot, rows and columns being the x and y that gmet_kid_shared got. */
typedef struct gmet_kid_scan {
    void *ctx;
    feat_status (*scan)(void *ctx, const gmet_kid_slots *slots, feat_error *err);
} gmet_kid_scan;

/* values [n_subsets]: MMD^2 of each subset, drawn as options->seed says. Every pair of rows is computed once
 * and added to the sums of all subsets that hold both. The result is the same for every kernel table and
 * number of threads. Memory: n_subsets * (2 * subset_size + (larger n) / 96) * 8 bytes. own: NULL, or whose scans are
 * used, of x with itself, y with itself and x with y. Errors: NOMEM, those of the scans. */
feat_status gmet_kid_shared(double *values, const gmet_pairs *pairs, const gmet_kid_kernel *kernel,
                            const gmet_rows *x, const gmet_rows *y, const gmet_kid_options *options,
                            const gmet_kid_scan *own, feat_error *err) FEAT_NODISCARD;

#endif
