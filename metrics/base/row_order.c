/* Whether the order of rows shows: gmet_row_order. With s the sketches of n rows and c = s - mean,
 *
 *     T = sum_i c_i . c_(i+1)
 *       = sum_i s_i . s_(i+1) - mean . (2 sum - s_1 - s_n) + (n - 1) |mean|^2.
 *
 * Of two different rows, drawn at random from the set, the mean product is - Tr C / (n - 1), C the covariance of the
 * sketches with divisor n, so that over random orders
 *
 *     E T = - Tr C,      Var T = n Tr C^2 (1 + O(1/n)).
 *
 * All sums are in the order of the rows. */
#include "metrics/base/row_order.h"

#include <math.h>
#include <string.h>

#include "engine/base/mapped.h"
#include "metrics/base/splitmix.h"

/* BLOCK: rows looked at before mapped.h hears that they are not needed for now. */
enum { FEWEST = 20, SEED = 31, BLOCK = 256 };

/* Which bin a column goes to, and with which sign: three bits and one of a random number for each column. */
static void sketch(double out[GMET_SKETCH], const float *row, size_t d)
{
    gmet_splitmix random = {SEED};
    memset(out, 0, GMET_SKETCH * sizeof *out);
    for (size_t j = 0; j < d; j++) {
        uint64_t bits = gmet_splitmix_u64(&random);
        double x = (double)row[j];
        out[bits % GMET_SKETCH] += (bits >> 63) != 0 ? x : -x;
    }
}

void gmet_row_order_add(gmet_row_order *order, const float *rows, size_t n, size_t d)
{
    for (size_t i = 0; i < n; i++) {
        double s[GMET_SKETCH], serial = 0.0;
        sketch(s, rows + i * d, d);
        if (order->n == 0)
            memcpy(order->first, s, sizeof s);
        for (size_t a = 0; a < GMET_SKETCH; a++) {
            s[a] -= order->first[a];
            order->sum[a] += s[a];
            serial = fma(s[a], order->last[a], serial);
        }
        for (size_t a = 0; a < GMET_SKETCH; a++)
            for (size_t b = 0; b <= a; b++)
                order->products[a][b] = fma(s[a], s[b], order->products[a][b]);
        order->serial += serial; /* of the first row: 0, as it is its own origin */
        memcpy(order->last, s, sizeof s);
        order->n++;
        if ((i + 1) % BLOCK == 0 || i + 1 == n)
            feat_mapped_done(rows + i / BLOCK * BLOCK * d, (i % BLOCK + 1) * d * sizeof *rows);
    }
}

double gmet_row_order_shows(const gmet_row_order *order)
{
    double n = (double)order->n, mean[GMET_SKETCH], t = order->serial, trace = 0.0, square = 0.0;
    if (order->n < FEWEST)
        return 0.0;
    for (size_t a = 0; a < GMET_SKETCH; a++) {
        mean[a] = order->sum[a] / n;
        /* the first sketch is 0 */
        t += mean[a] * ((n - 1.0) * mean[a] - (2.0 * order->sum[a] - order->last[a]));
    }
    for (size_t a = 0; a < GMET_SKETCH; a++)
        for (size_t b = 0; b <= a; b++) {
            double c = order->products[a][b] / n - mean[a] * mean[b];
            square = fma(a == b ? c : 2.0 * c, c, square);
            trace += a == b ? c : 0.0;
        }
    return square > 0.0 ? (t + trace) / sqrt(n * square) : 0.0;
}
