/* Order: ranks and rank correlations. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/sorting.h"
#include "metrics/judge/judge_internal.h"

/* Merge sort of indices, bottom up; taking from the left when equal keeps it stable. */
void gmet_judge_order(size_t *order, size_t *scratch, const double *x, size_t n)
{
    size_t *from = order, *to = scratch;
    for (size_t i = 0; i < n; i++)
        from[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t first = 0; first < n; first += 2 * width) {
            size_t middle = n - first < width ? n : first + width,
                   last = n - middle < width ? n : middle + width;
            size_t i = first, j = middle;
            for (size_t at = first; at < last; at++)
                to[at] = j == last || (i < middle && x[from[i]] <= x[from[j]]) ? from[i++] : from[j++];
        }
        size_t *t = from;
        from = to;
        to = t;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}

void gmet_judge_midranks(double *rank, size_t *order, size_t *scratch, const double *x, size_t n)
{
    gmet_judge_order(order, scratch, x, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && x[order[j]] == x[order[i]]; j++)
            ;
        for (size_t t = i; t < j; t++)
            rank[order[t]] = 0.5 * (double)(i + j + 1);
    }
}

double gmet_judge_pearson(const double *x, const double *y, size_t n)
{
    double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
    if (n < 2)
        return (double)NAN;
    for (size_t i = 0; i < n; i++) {
        mx += x[i];
        my += y[i];
    }
    mx /= (double)n;
    my /= (double)n;
    bool x_varies = false, y_varies = false;
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - mx, dy = y[i] - my;
        x_varies = x_varies || x[i] != x[0];
        y_varies = y_varies || y[i] != y[0];
        xx = fma(dx, dx, xx);
        yy = fma(dy, dy, yy);
        xy = fma(dx, dy, xy);
    }
    double below = sqrt(xx) * sqrt(yy);
    return x_varies && y_varies && below > 0.0 ? xy / below : (double)NAN;
}

/* Sorts x [n], counting the exchanges of neighbours that takes. */
static double count_inversions(double *x, double *scratch, size_t n)
{
    double *from = x, *to = scratch, inversions = 0.0;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t first = 0; first < n; first += 2 * width) {
            size_t middle = n - first < width ? n : first + width,
                   last = n - middle < width ? n : middle + width;
            size_t i = first, j = middle;
            for (size_t at = first; at < last; at++) {
                if (j == last || (i < middle && from[i] <= from[j])) {
                    to[at] = from[i++];
                } else {
                    inversions += (double)(middle - i);
                    to[at] = from[j++];
                }
            }
        }
        double *t = from;
        from = to;
        to = t;
    }
    return inversions;
}

static double tied_pairs(size_t run)
{
    return 0.5 * (double)run * (double)(run - 1);
}

/* Knight's algorithm ("A computer method for calculating Kendall's tau with ungrouped data", 1966). sorted
 * holds y in the order of x, then y; order is that order. */
static double kendall_of(const double *x, const double *y, const size_t *order, double *sorted,
                         double *scratch, size_t n)
{
    double all = tied_pairs(n), x_ties = 0.0, y_ties = 0.0, both = 0.0;
    for (size_t i = 0, run = 1, joint = 1; i < n; i++, run++, joint++) {
        bool last = i + 1 == n, same_x = !last && x[order[i + 1]] == x[order[i]];
        if (!same_x || y[order[i + 1]] != y[order[i]]) {
            both += tied_pairs(joint);
            joint = 0;
        }
        if (!same_x) {
            x_ties += tied_pairs(run);
            run = 0;
        }
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = y[order[i]];
    double swaps = count_inversions(sorted, scratch, n);
    memcpy(scratch, y, n * sizeof *scratch);
    gmet_sort(scratch, sorted, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && scratch[j] == scratch[i]; j++)
            ;
        y_ties += tied_pairs(j - i);
    }
    double below = sqrt(all - x_ties) * sqrt(all - y_ties);
    return below > 0.0 ? (all - x_ties - y_ties + both - 2.0 * swaps) / below : (double)NAN;
}

feat_status gmet_judge_rank_correlation(double *spearman, double *kendall, const double *x, const double *y,
                                        size_t n, feat_error *err)
{
    if (spearman == NULL || kendall == NULL || x == NULL || y == NULL)
        return feat_null(err, __func__);
    *spearman = *kendall = (double)NAN;
    if (n < 2)
        return FEAT_OK;
    double *rank = feat_alloc_array(n, 2 * sizeof *rank);
    size_t *order = feat_alloc_array(n, 3 * sizeof *order);
    feat_status status = FEAT_OK;
    if (rank == NULL || order == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the ranks of %zu values", n);
        goto done;
    }
    size_t *second = order + n, *scratch = order + 2 * n;
    gmet_judge_midranks(rank, order, scratch, x, n);
    gmet_judge_midranks(rank + n, order, scratch, y, n);
    *spearman = gmet_judge_pearson(rank, rank + n, n);
    /* order is by y now; a stable sort by x on top of it is the order by x, then y. */
    for (size_t i = 0; i < n; i++)
        rank[i] = x[order[i]];
    gmet_judge_order(second, scratch, rank, n);
    for (size_t i = 0; i < n; i++)
        scratch[i] = order[second[i]];
    *kendall = kendall_of(x, y, scratch, rank, rank + n, n);
done:
    feat_free(order);
    feat_free(rank);
    return status;
}
