/* Adding a block of kernel values to the sums of the subsets that hold its pairs. */
#include "metrics/twosample/kid_slots.h"

#include "metrics/pairs/pairs.h"

enum { COLUMNS = GMET_PAIR_COLUMNS, LANES = 4 };

/* Position of the first of `n` ascending members that is not below `least`. */
static size_t first_from(const size_t *member, size_t n, size_t least)
{
    size_t low = 0;
    while (n > 0) {
        size_t half = n / 2;
        if (member[low + half] < least) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

/* Sum of value[column[t] - j0], t < n: t goes to lane t mod 4, lanes are added 0+2, 1+3, then those two. */
static double gather(const double *value, const size_t *column, size_t n, size_t j0)
{
    double lane[LANES] = {0.0};
    size_t t = 0;
    for (; t + LANES <= n; t += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += value[column[t + l] - j0];
    for (size_t l = 0; t + l < n; l++)
        lane[l] += value[column[t + l] - j0];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

void gmet_kid_add_slots(const gmet_kid_slots *s, const gmet_pair_block *b)
{
    size_t i0 = s->first + b->i0;
    for (size_t i = 0; i < s->n_subsets; i++) {
        const size_t *row = s->row_members + i * s->size, *column = s->column_members + i * s->size;
        size_t first = first_from(column, s->size, b->j0),
               last = first_from(column, s->size, b->j0 + b->n_columns);
        size_t end = first_from(row, s->size, i0 + b->n_rows);
        double sum = 0.0;
        for (size_t p = first_from(row, s->size, i0); p < end; p++) {
            size_t from = s->same && first <= p ? p + 1 : first;
            if (from < last)
                sum += gather(b->value + (row[p] - i0) * COLUMNS, column + from, last - from, b->j0);
        }
        s->slot[b->tile * s->n_subsets + i] += sum;
    }
}
