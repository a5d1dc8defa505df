/* The U-statistic of MMD^2 and the unbiased estimate of its variance.
 *
 * With a(x) = E k(x, X') and so on, Hoeffding's decomposition splits U = mean k(x, x') + mean k(y, y') - 2
 * mean k(x, y) into uncorrelated sums, so that exactly
 *
 *   Var U = 4/n1 Var(E[k(x,X')|x] - E[k(x,Y)|x]) + 4/n2 Var(E[k(y,Y')|y] - E[k(X,y)|y])
 *         + 2/(n1 (n1-1)) Var k2(x,x') + 2/(n2 (n2-1)) Var k2(y,y') + 4/(n1 n2) Var k2(x,y)
 *
 * where k2 is the kernel without its mean and its two conditional means. Every moment in it is replaced by
 * its own U-statistic over distinct indices, computed from row sums and sums of squares. (The biased estimate, of all
 * pairs, is the same sum with the two means within a set times (n - 1)/n: each k within a set bears that weight.)
 *
 * The first line and the second are variances, both above 0, but the estimate of the first can be far below 0 where the
 * sets are nearly of one distribution: it is then the square of a small difference less what that is on average, and
 * goes up and down with the value itself. So the standard error is never less than the root of .85 of the second
 * line: the spread is more than the second line in every case, and where the estimate is below it the value is, as a
 * rule, near its mean. (With all of it errors of equal sets are half as large again as their spread, with half of it
 * those of near sets hold too little.) */
#include "metrics/twosample/kid_variance.h"

#include <math.h>

static double total(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static double inner(const double *x, const double *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum = fma(x[i], y[i], sum);
    return sum;
}

/* n (n - 1) .. of `count` factors. */
static double falling(size_t n, int count)
{
    double product = 1.0;
    for (int i = 0; i < count; i++)
        product *= (double)(n - (size_t)i);
    return product;
}

double gmet_mmd_value(const gmet_mmd_sums *s)
{
    double xx = total(s->xx, s->n1) / falling(s->n1, 2), yy = total(s->yy, s->n2) / falling(s->n2, 2);
    double xy = total(s->xy, s->n1) / ((double)s->n1 * (double)s->n2);
    return fma(-2.0, xy, xx + yy);
}

/* Moments of one set: of k(x,x') alone and with k(x,y). */
typedef struct moments {
    double square; /* E k(x,x')^2 */
    double shared; /* E k(x,x') k(x,x'') */
    double mean2;  /* (E k(x,x'))^2 */
    double cross;  /* E k(x,x') k(x,y) */
    double apart;  /* E k(x,x') E k(x'',y) */
} moments;

static moments within(const double *own, double squares, const double *other, size_t n, size_t n_other)
{
    double sum = total(own, n), own2 = inner(own, own, n), mixed = inner(own, other, n);
    moments m;
    m.square = squares / falling(n, 2);
    m.shared = (own2 - squares) / falling(n, 3);
    m.mean2 = fma(sum, sum, fma(-4.0, own2, 2.0 * squares)) / falling(n, 4);
    m.cross = mixed / (falling(n, 2) * (double)n_other);
    m.apart = fma(sum, total(other, n), -2.0 * mixed) / (falling(n, 3) * (double)n_other);
    return m;
}

gmet_mmd_spread gmet_mmd_variance(const gmet_mmd_sums *s, double w1, double w2)
{
    double n1 = (double)s->n1, n2 = (double)s->n2;
    moments x = within(s->xx, s->xx_squares, s->xy, s->n1, s->n2);
    moments y = within(s->yy, s->yy_squares, s->yx, s->n2, s->n1);
    double sum = total(s->xy, s->n1), squares = s->xy_squares;
    double rows = inner(s->xy, s->xy, s->n1), columns = inner(s->yx, s->yx, s->n2);
    double square = squares / (n1 * n2);
    double by_x = (rows - squares) / (n1 * falling(s->n2, 2));    /* E k(x,y) k(x,y') */
    double by_y = (columns - squares) / (n2 * falling(s->n1, 2)); /* E k(x,y) k(x',y) */
    double mean2 = (fma(sum, sum, squares) - rows - columns) / (falling(s->n1, 2) * falling(s->n2, 2));
    double v1 = w1 * w1, v2 = w2 * w2;
    double first_x = v1 * x.shared + by_x - w1 * (2.0 * x.cross) - v1 * x.mean2 - mean2 + w1 * (2.0 * x.apart);
    double first_y = v2 * y.shared + by_y - w2 * (2.0 * y.cross) - v2 * y.mean2 - mean2 + w2 * (2.0 * y.apart);
    double second_x = v1 * (x.square - 2.0 * x.shared + x.mean2);
    double second_y = v2 * (y.square - 2.0 * y.shared + y.mean2);
    double second_xy = square - by_x - by_y + mean2;
    double second = 2.0 * second_x / falling(s->n1, 2) + 2.0 * second_y / falling(s->n2, 2) +
                    4.0 * second_xy / (n1 * n2);
    double variance = 4.0 * first_x / n1 + 4.0 * first_y / n2 + 2.0 * second_x / falling(s->n1, 2) +
                      2.0 * second_y / falling(s->n2, 2) + 4.0 * second_xy / (n1 * n2);
    double least = second > 0.0 ? 0.85 * second : 0.0;
    return (gmet_mmd_spread){variance, sqrt(variance > least ? variance : least)};
}
