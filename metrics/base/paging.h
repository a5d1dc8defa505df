/* Sets of rows that need not lie in memory as a whole. The scans over pairs of rows (neighbours.h, pairs.h)
 * go round by round: the columns of a round are packed, then all tiles of rows meet them. Columns may be
 * fetched through a gmet_paging; of sets mapped from files, scans say with which rows they are done
 * (mapped.h). */
#ifndef BONAFIDE_METRICS_BASE_PAGING_H
#define BONAFIDE_METRICS_BASE_PAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "engine/base/mapped.h"

/* How a scan over pairs of rows gets at the columns when they do not all lie in memory. Results do not depend
 * on it. (A set mapped from a file does lie there.) */
typedef struct gmet_paging {
    void *ctx;
    /* *rows [n][d] <- rows [j0, j0 + n) of the whole set, which lie there until columns_done. Asked once per
     * round, by the calling thread, in ascending order. What it returns other than FEAT_OK ends the scan with
     * that error. */
    feat_status (*columns)(void *ctx, size_t j0, size_t n, const float **rows, feat_error *err);
    /* The round is over: by the calling thread. May be NULL. */
    void (*columns_done)(void *ctx, size_t j0, size_t n);
} gmet_paging;

static inline bool gmet_fetches_columns(const gmet_paging *paging)
{
    return paging != NULL && paging->columns != NULL;
}

/* *block [n][d] <- columns j0 .. of the set x; until gmet_columns_done. */
static inline feat_status gmet_fetch_columns(const float **block, const gmet_paging *paging, const float *x,
                                             size_t j0, size_t n, size_t d, feat_error *err)
{
    if (gmet_fetches_columns(paging))
        return paging->columns(paging->ctx, j0, n, block, err);
    *block = x + j0 * d;
    return FEAT_OK;
}

static inline void gmet_columns_done(const gmet_paging *paging, const float *x, size_t j0, size_t n, size_t d)
{
    if (!gmet_fetches_columns(paging))
        feat_mapped_done(x + j0 * d, n * d * sizeof *x);
    else if (paging->columns_done != NULL)
        paging->columns_done(paging->ctx, j0, n);
}

#endif
