/* Private to ranks*.c: orders, and how ranks talk. */
#ifndef BONAFIDE_TOOLS_MPI_RANKS_PARTS_H
#define BONAFIDE_TOOLS_MPI_RANKS_PARTS_H

#include "engine/base/mapped.h"
#include "metrics/base/context.h"
#include "metrics/base/paging.h"
#include "metrics/base/rows.h"
#include "metrics/gmet.h"
#include "metrics/pairs/neighbours.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/team.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/kid_subsets.h"
#include "metrics/twosample/kid_sums.h"
#include "tools/mpi/ranks.h"

enum { MAX_SETS = 16, TILE = GMET_PAIR_ROWS, COLUMNS = GMET_PAIR_COLUMNS, BLOCK = GMET_MOMENTS_BLOCK };
enum { ORDER = 10, ROWS = 11, FOUND = 12, CHAIN = 13, PARTS = 14 }; /* of messages */

typedef enum what { DISMISS, HOLD, FORGET, NEAREST, BALLS, SUMS, SLOTS, MOMENTS } what;
enum { ROW_INSIDE = 1, COLUMN_INSIDE = 2, COLUMN_HOLDS = 4, ROW_BALLS = 8 };

typedef struct order {
    what what;
    size_t rows, columns; /* numbers of sets */
    size_t n, d, k;
    bool self, index, strict, same; /* self: the rows are the columns, and none meets itself */
    unsigned wanted; /* of balls */
    gmet_kid_kernel kernel;
    size_t n_subsets, size;
} order;

typedef struct held {
    const float *all; /* rank 0: where a run has them; NULL: the place is free */
    size_t n, d;
    bool dealt;
    size_t first, n_own;
    const float *own; /* [n_own][d] */
    float *memory;    /* of own; NULL where a run has them in memory anyway */
} held;

struct ranks {
    int rank, size;
    const char *host;
    gmet_context context; /* of this rank's part of a scan: without the team */
    void (*failed)(const void *ctx, bool interrupted);
    const void *failed_ctx;
    held sets[MAX_SETS];
    gmet_team metrics;
    bf_team for_run;
};

/* Ends the job: what one rank cannot do the others wait for in vain. */
void ranks_give_up(const ranks *t, feat_status status, const feat_error *err);
/* Memory, or the end of the job. */
void *ranks_need(const ranks *t, size_t count, size_t size);

void ranks_send(const void *data, size_t bytes, int to, int tag);
void ranks_receive(void *data, size_t bytes, int from, int tag);
/* From one rank to all. */
void ranks_share(void *data, size_t bytes, int from);
/* From rank 0 to each of the others. */
void ranks_order(const ranks *t, const order *o);

/* How many rows go in the next message of `count`, `at` of which have gone; 0 at the end. */
static inline size_t ranks_step(size_t at, size_t count)
{
    return count - at < COLUMNS ? count - at : COLUMNS;
}

/* ranks_moments.c: for other ranks, and for rank 0's bf_team. */
void ranks_do_moments(const ranks *t, const order *o);
feat_status ranks_moments(void *ctx, gmet_moments *sums, const float *rows, const size_t *items, size_t n, size_t d,
                          size_t *n_taken, feat_error *err) FEAT_NODISCARD;

#endif
