/* How a computation runs, and the sets of rows it takes. Results depend on the rows, never on the context. */
#ifndef BONAFIDE_METRICS_BASE_CONTEXT_H
#define BONAFIDE_METRICS_BASE_CONTEXT_H

#include "engine/base/common.h"
#include "metrics/base/paging.h"

struct feat_dmat_kernels; /* engine/kernels/dmat.h */
struct gmet_team;         /* metrics/pairs/team.h */

/* Zero-initialise it. A NULL context is the same as one of zeros. */
typedef struct gmet_context {
    feat_pool *pool;                         /* threads; NULL: the caller's alone */
    const struct feat_dmat_kernels *kernels; /* NULL: the best of this CPU */
    const struct gmet_team *team;            /* processes that share the scans over pairs of rows; NULL: none */
    /* Asked now and then by the calling thread, with stop_ctx: not 0 ends the work with IO "interrupted". May be NULL. */
    int (*stop)(void *stop_ctx);
    void *stop_ctx;
} gmet_context;

/* n rows of d floats without gaps. */
typedef struct gmet_set {
    const float *rows; /* [n][d] */
    size_t n, d;
    const gmet_paging *paging; /* NULL: all rows lie in memory; else columns of a scan are fetched through it */
} gmet_set;

#endif
