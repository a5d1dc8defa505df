/* The U-statistic of MMD^2 and its variance, from sums of a kernel. */
#ifndef BONAFIDE_METRICS_TWOSAMPLE_KID_VARIANCE_H
#define BONAFIDE_METRICS_TWOSAMPLE_KID_VARIANCE_H

#include <stddef.h>

/* Sums of a kernel k over all pairs of a two-sample problem, k(x, x) left out, and what they say. Row sums:
 * xx [n1] over the other x, yy [n2] over the other y, xy [n1] over all y, yx [n2] over all x. Squares: sums
 * of k^2 over ordered pairs. A constant may have been subtracted from k: it cancels in both. */
typedef struct gmet_mmd_sums {
    size_t n1, n2;
    double *xx, *yy, *xy, *yx;
    double xx_squares, yy_squares, xy_squares;
} gmet_mmd_sums;
double gmet_mmd_value(const gmet_mmd_sums *sums);
typedef struct gmet_mmd_spread {
    double variance;       /* unbiased estimate of that of the value */
    double standard_error; /* its root, or more */
} gmet_mmd_spread;
/* Of w1 mean k(x, x') + w2 mean k(y, y') - 2 mean k(x, y), equal ones left out; with 1 and 1 that is the value. Needs
 * n1, n2 >= 4. */
gmet_mmd_spread gmet_mmd_variance(const gmet_mmd_sums *sums, double w1, double w2);

#endif
