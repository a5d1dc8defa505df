/* Whether the order of rows matters: rows that follow each other and are alike. */
#ifndef BONAFIDE_METRICS_BASE_ROW_ORDER_H
#define BONAFIDE_METRICS_BASE_ROW_ORDER_H

#include "engine/base/common.h"

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

#endif
