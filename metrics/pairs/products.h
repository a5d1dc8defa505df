/* Bounds on squared distances between rows from products of low precision: |x - y|^2 = |x|^2 + |y|^2 - 2 x.y, with
 * x.y in floats or, where the CPU has units for it, in bfloat16, and with what that can be off by. What is returned
 * holds whatever the kernels; how close it is does not matter to who asks for the distance itself when in doubt. */
#ifndef BONAFIDE_METRICS_PAIRS_PRODUCTS_H
#define BONAFIDE_METRICS_PAIRS_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/rows.h"

/* Rows that meet columns at a time: multiples of every kernel's tile. */
enum { GMET_PRODUCT_ROWS = 96, GMET_PRODUCT_COLUMNS = 480 };

typedef struct gmet_products gmet_products;

/* For rows of width d and this many threads; kernels NULL: the best table of this CPU. Errors: NOMEM. */
feat_status gmet_products_create(gmet_products **out, size_t d, const feat_dmat_kernels *kernels, size_t n_threads,
                                 feat_error *err) FEAT_NODISCARD;
void gmet_products_close(gmet_products **p);

/* [d], to be filled by the caller: what is taken from every row first. Any finite vector will do; near the rows' mean
 * the bounds are close. */
float *gmet_products_centre(gmet_products *p);

/* Makes it the mean of some of these rows, of floats; of none, or where the mean overflows, 0. */
void gmet_products_centre_on(gmet_products *p, const gmet_rows *rows);

/* Whether products are now in bfloat16, whose bounds leave more pairs in doubt; and whether to use it where it can be
 * had (as after creation). Bounds of before the change do not belong with products of after it. */
bool gmet_products_coarse(const gmet_products *p);
void gmet_products_set_coarse(gmet_products *p, bool coarse);

/* low, high [n]: |x - y|^2 lies in [low_x + low_y - 2 p, high_x + high_y - 2 p], p being their product. Neither
 * settles anything (NaN, infinite) of rows that are too large. x: [n][d]. */
void gmet_products_sides(const gmet_products *p, double *low, double *high, const float *x, size_t n);

/* Makes the columns of the next products: x [n][d], n <= GMET_PRODUCT_COLUMNS, in panels that may be packed in any
 * order by any threads; panel i has the columns from i * width on. */
size_t gmet_products_width(const gmet_products *p);
void gmet_products_pack(gmet_products *p, const float *x, size_t n, size_t panel);

/* The products of the rows x[r] [d], r < n_rows <= GMET_PRODUCT_ROWS, with the n_columns packed last:
 * [n_rows][GMET_PRODUCT_COLUMNS]. They are the worker's own until its next call. */
const float *gmet_products_multiply(gmet_products *p, const float *const *x, size_t n_rows, size_t n_columns,
                                    size_t worker);

#endif
