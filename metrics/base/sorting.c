/* Merge sort, bottom up. */
#include "metrics/base/sorting.h"

#include <string.h>

enum { RUN = 16 };

static void sort_run(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double t = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > t; j--)
            x[j] = x[j - 1];
        x[j] = t;
    }
}

static void merge(double *to, const double *from, size_t first, size_t middle, size_t last)
{
    size_t i = first, j = middle;
    for (size_t at = first; at < last; at++) {
        if (j == last || (i < middle && from[i] <= from[j]))
            to[at] = from[i++];
        else
            to[at] = from[j++];
    }
}

void gmet_sort(double *x, double *scratch, size_t n)
{
    for (size_t i = 0; i < n; i += RUN)
        sort_run(x + i, n - i < RUN ? n - i : RUN);
    double *from = x, *to = scratch;
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            size_t middle = n - i < width ? n : i + width;
            merge(to, from, i, middle, n - middle < width ? n : middle + width);
        }
        double *t = from;
        from = to;
        to = t;
    }
    if (from != x)
        memcpy(x, from, n * sizeof *x);
}

double gmet_median(const double *x, size_t n)
{
    return n % 2 != 0 ? x[n / 2] : 0.5 * x[n / 2 - 1] + 0.5 * x[n / 2];
}
