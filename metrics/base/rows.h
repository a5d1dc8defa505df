/* Rows of some matrix, wherever they lie: what scans over pairs of rows (pairs.h) go over. */
#ifndef BONAFIDE_METRICS_BASE_ROWS_H
#define BONAFIDE_METRICS_BASE_ROWS_H

#include <stddef.h>

#include "metrics/base/context.h"
#include "metrics/base/paging.h"

/* n rows of some matrix, row-major without gaps. Exactly one of f and g is set. */
typedef struct gmet_rows {
    const float *f;
    const double *g;
    size_t n;
    const size_t *index; /* NULL, or [n]: which rows of f or g they are */
    const float
        *f_more; /* NULL, or where rows n_first .. of a set in two pieces lie (with f, without index) */
    size_t n_first;
    const gmet_paging *paging; /* NULL, or how columns are fetched, whose f and g are not read then */
} gmet_rows;

static inline gmet_rows gmet_rows_of(const gmet_set *set)
{
    return (gmet_rows){.f = set->rows, .n = set->n, .paging = set->paging};
}

/* Row i, as floats or, if those are NULL, as doubles. */
static inline const float *gmet_row_floats(const gmet_rows *rows, size_t i, size_t d)
{
    size_t at = rows->index != NULL ? rows->index[i] : i;
    if (rows->f_more != NULL && at >= rows->n_first)
        return rows->f_more + (at - rows->n_first) * d;
    return rows->f != NULL ? rows->f + at * d : NULL;
}
static inline const double *gmet_row_doubles(const gmet_rows *rows, size_t i, size_t d)
{
    return rows->g + (rows->index != NULL ? rows->index[i] : i) * d;
}

#endif
