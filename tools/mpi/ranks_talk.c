/* Messages between ranks, of any length, and the end of a job that cannot go on. */
#define _DEFAULT_SOURCE /* nanosleep */
#include <mpi.h>
#include <stdio.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/say.h"
#include "tools/base/signals.h"
#include "tools/mpi/ranks_parts.h"
#include "tools/program/program.h"

static const size_t most_bytes = (size_t)1 << 28; /* of one message */

void ranks_give_up(const ranks *t, feat_status status, const feat_error *err)
{
    int caught = bf_signals_caught();
    if (caught == 0) {
        bf_say("bonafide-mpi: rank %d on %s: ", t->rank, t->host);
        bf_say_lines(err->message);
    }
    if (t->rank == 0 && t->failed != NULL)
        t->failed(t->failed_ctx, caught != 0);
    const struct timespec grace = {4, 0};
    if (caught != 0)
        nanosleep(&grace, NULL); /* see end_job in main.c */
    MPI_Abort(MPI_COMM_WORLD, caught != 0 ? 128 + caught : bf_exit_code(status));
}

void *ranks_need(const ranks *t, size_t count, size_t size)
{
    feat_error err;
    void *memory = feat_alloc_array(count > 0 ? count : 1, size);
    if (memory == NULL)
        ranks_give_up(t, feat_fail(&err, FEAT_ERR_NOMEM, "no memory for its share of the rows"), &err);
    return memory;
}

void ranks_send(const void *data, size_t bytes, int to, int tag)
{
    const char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Send(at, (int)n, MPI_BYTE, to, tag, MPI_COMM_WORLD);
    }
}

void ranks_receive(void *data, size_t bytes, int from, int tag)
{
    char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Recv(at, (int)n, MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

void ranks_share(void *data, size_t bytes, int from)
{
    char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Bcast(at, (int)n, MPI_BYTE, from, MPI_COMM_WORLD);
    }
}

void ranks_order(const ranks *t, const order *o)
{
    for (int rank = 1; rank < t->size; rank++)
        MPI_Send(o, (int)sizeof *o, MPI_BYTE, rank, ORDER, MPI_COMM_WORLD);
}
