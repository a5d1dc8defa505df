/* What can be checked of the sets themselves before their numbers are believed: rows that are equal, and rows whose
 * order matters. Not installed: the tools ask, libgmet answers. */
#ifndef GMET_SETS_H
#define GMET_SETS_H

#include <stdbool.h>

#include "engine/base/common.h"
#include "metrics/gmet.h"

/* --- equal rows ------------------------------------------------------------------------------------- */

/* Stands for a row: equal rows (as numbers: 0 equals -0) have equal marks, and others, but for one chance in 2^128 for
 * each pair, do not. Two XXH64 of the row's bytes, the second behind eight bytes of its own. */
typedef struct gmet_row_mark {
    uint64_t word[2];
} gmet_row_mark;

/* marks [n] <- those of rows [n][d], which are finite. Never fails. */
void gmet_mark_rows(gmet_row_mark *marks, const float *rows, size_t n, size_t d, iv3_pool *pool);

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
iv3_status gmet_find_copies(gmet_copies *out, size_t *n_equal, const gmet_row_mark *marks, size_t n,
                            iv3_error *err) IV3_NODISCARD;

/* Rows that two sets have in common. */
typedef struct gmet_shared {
    size_t n_a, n_b;         /* rows of a that equal one of b, rows of b that equal one of a */
    size_t first_a, first_b; /* the first such row of b, and the first row of a that it equals; with n_b */
    bool same;               /* the same rows, each as often, in whatever order */
} gmet_shared;

/* Errors: NOMEM. */
iv3_status gmet_find_shared(gmet_shared *out, const gmet_row_mark *a, size_t n_a, const gmet_row_mark *b, size_t n_b,
                            iv3_error *err) IV3_NODISCARD;

/* --- order ------------------------------------------------------------------------------------------- */

/* How alike rows are that follow each other, summed while they pass. Zero-initialise. */
enum { GMET_SKETCH = 8 };
typedef struct gmet_row_order {
    size_t n;
    double first[GMET_SKETCH], last[GMET_SKETCH], sum[GMET_SKETCH]; /* of sketches less the first one */
    double products[GMET_SKETCH][GMET_SKETCH];
    double serial; /* sum over pairs of neighbours of their scalar product */
} gmet_row_order;

/* Takes in the next rows [n][d] of a set, in their order, one after the other. Never fails. */
void gmet_row_order_add(gmet_row_order *order, const float *rows, size_t n, size_t d);

/* How much more alike rows are that follow each other than others, in standard deviations between random orders; 0 for
 * fewer than 20 rows or equal ones. It is the serial correlation of Wald and Wolfowitz ("An exact test for randomness
 * in the non-parametric case based on serial correlation", 1943) of the rows' sketches: columns added up with random
 * signs in 8 bins. Formula: row_order.c. */
double gmet_row_order_shows(const gmet_row_order *order);

/* Beyond so many the order is no random one. */
#define GMET_ORDER_LIMIT 5.0

enum { GMET_ORDER_SHUFFLES = 399 };

typedef struct gmet_order_result {
    double p;    /* of 1 + GMET_ORDER_SHUFFLES orders, that of the rows and random ones, the share whose splits differ
                  * as much as those of the rows or more */
    bool beyond; /* than chance: no random order has; of rows in random order so many come out so: 1 in 400 */
} gmet_order_result;

/* Whether the Inception Score of rows that are not shuffled depends on their order: a permutation test of the splits'
 * mean predictions. With q_s the mean of the probabilities p over split s of n_s rows and q that over all, the score
 * loses exp(-sum n_s KL(q_s || q) / n), to second order sum n_s |(q_s - q) / sqrt(q)|^2 / (2 n). That sum is the
 * statistic, after the classes are added up with random signs in 32 bins (Charikar, Chen, Farach-Colton, "Finding
 * frequent items in data streams", 2002), which keeps it in the mean; where there are more than 16,384 rows, those that
 * follow each other are exchanged in groups. logits [n][stride], c classes; options as for gmet_inception_score, their
 * shuffle not looked at. One split cannot differ: p is 1. Errors: ARG, NUMERIC and NOMEM as gmet_inception_score. */
iv3_status gmet_is_order(gmet_order_result *out, const float *logits, size_t n, size_t c, size_t stride,
                         const gmet_is_options *options, iv3_pool *pool, iv3_error *err) IV3_NODISCARD;

#endif
