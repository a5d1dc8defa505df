/* How a computation runs, and the sets of rows it takes. Results depend on the rows, never on the context. */
#ifndef BONAFIDE_METRICS_BASE_CONTEXT_H
#define BONAFIDE_METRICS_BASE_CONTEXT_H

#include "engine/base/common.h"

/* Of the library's own tests and programs; others leave pointers to them NULL. */
struct feat_dmat_kernels;
struct gmet_team;
struct gmet_memo;
struct gmet_paging;

/* Zero-initialise it. A NULL context is the same as one of zeros. Its size never changes: what is added later takes
 * places of `later`, of which 0 means as before, and at which an older library does not look. */
typedef struct gmet_context {
    feat_pool *pool;                         /* threads; NULL: the caller's alone */
    const struct feat_dmat_kernels *kernels; /* NULL: the best of this CPU */
    const struct gmet_team *team;            /* processes that share the scans over pairs of rows; NULL: none */
    struct gmet_memo *memo;                  /* neighbours that metrics share; NULL: each finds its own */
    /* Asked with stop_ctx between blocks of work (some milliseconds each), from any of the threads: once it returns
     * other than 0, which it must from then on, the function ends with CANCELLED "interrupted". feat_stop_flag is one.
     * NULL: never. */
    feat_stop stop;
    void *stop_ctx;
    void *later[6]; /* NULL */
} gmet_context;

/* n rows of d floats without gaps. Who takes two sets wants them of one width (else ARG). It never gets longer: other
 * forms of sets will have types and functions of their own. */
typedef struct gmet_set {
    const float *rows; /* [n][d] */
    size_t n, d;
    /* NULL: all rows lie in memory. Else scans over pairs of rows fetch columns through it, where a function says so */
    const struct gmet_paging *paging;
} gmet_set;

#endif
