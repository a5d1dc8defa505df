/* The ranks of an MPI job as a team (metrics/pairs/team.h): rank 0 runs the command and has all rows in a file or in
 * memory; each rank, rank 0 too, holds a stretch of the rows of every set that a shared scan needs, and nothing else.
 * In a scan each rank compares its own rows with all columns, which come block by block from the ranks that hold them;
 * what it finds goes to rank 0 in the order of rows. */
#ifndef BONAFIDE_TOOLS_MPI_RANKS_H
#define BONAFIDE_TOOLS_MPI_RANKS_H

#include "tools/run/run.h"

typedef struct ranks ranks;

/* host is borrowed. Errors: NOMEM. */
feat_status ranks_open(ranks **out, int rank, int size, const char *host, feat_error *err) FEAT_NODISCARD;
void ranks_close(ranks **t);
/* Rank 0: what is called before the job is ended because of a failure or a signal. */
void ranks_on_failure(ranks *t, void (*failed)(const void *ctx, bool interrupted), const void *ctx);

/* Rank 0: what a run is given. */
const bf_team *ranks_for_run(const ranks *t);
/* Rank 0: sends the others home. */
void ranks_dismiss(ranks *t);

/* Other ranks: does what rank 0 says, with these threads, until it is dismissed. A failure ends the job. */
void ranks_serve(ranks *t, feat_pool *pool);

#endif
