/* Sorting values, where equal ones cannot be told apart. */
#ifndef BONAFIDE_METRICS_BASE_SORTING_H
#define BONAFIDE_METRICS_BASE_SORTING_H

#include <stddef.h>

/* Sorts x [n], finite, ascending; scratch [n]. */
void gmet_sort(double *x, double *scratch, size_t n);

/* Middle value of x [n] ascending, n > 0: the mean of the two middle ones when n is even. */
double gmet_median(const double *x, size_t n);

#endif
