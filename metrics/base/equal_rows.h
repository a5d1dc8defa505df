/* Rows that are equal, within a set and across two: what can be checked of sets before their numbers are believed. */
#ifndef BONAFIDE_METRICS_BASE_EQUAL_ROWS_H
#define BONAFIDE_METRICS_BASE_EQUAL_ROWS_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

/* Stands for a row: equal rows (as numbers: 0 equals -0) have equal marks, and others, but for one chance in 2^128 for
 * each pair, do not. Two XXH64 of the row's bytes, the second behind eight bytes of its own. */
typedef struct gmet_row_mark {
    uint64_t word[2];
} gmet_row_mark;

/* marks [set->n] <- those of the rows, which are finite. Never fails. */
void gmet_mark_rows(gmet_row_mark *marks, const gmet_set *set, const gmet_context *context);

/* Rows of one set that equal others of it. */
typedef struct gmet_copies {
    size_t n_copies;       /* rows that equal an earlier one */
    size_t copy, original; /* the first of them, and the first row that it equals; with n_copies */
    /* Mean number of other rows that equal a row, (sum of m^2 over groups of m equal rows) / n - 1: by that share the
     * variance of a mean exceeds that of n independent rows when rows were drawn once and repeated (Kish's design
     * effect for clusters of equal rows, less 1). */
    double excess;
} gmet_copies;

/* n_equal [n], unless it is NULL, gets for each row how many rows equal it, itself among them: the distance to the k-th
 * neighbour of a row is 0 where that exceeds k. O(n) time and memory. Errors: NOMEM. */
feat_status gmet_find_copies(gmet_copies *out, size_t *n_equal, const gmet_row_mark *marks, size_t n,
                             feat_error *err) FEAT_NODISCARD;

/* Rows that two sets have in common. */
typedef struct gmet_shared {
    size_t n_a, n_b;         /* rows of a that equal one of b, rows of b that equal one of a */
    size_t first_a, first_b; /* the first such row of b, and the first row of a that it equals; with n_b */
    bool same;               /* the same rows, each as often, in whatever order */
} gmet_shared;

/* Errors: NOMEM. */
feat_status gmet_find_shared(gmet_shared *out, const gmet_row_mark *a, size_t n_a, const gmet_row_mark *b, size_t n_b,
                             feat_error *err) FEAT_NODISCARD;

#endif
