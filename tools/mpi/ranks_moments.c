/* Sums of rows and of their products: each rank adds up whole subtrees of the tree that places fix (gmet.h), rank 0
 * puts them together. Rows go to a rank for this only, in chunks, and are not kept. */
#include <mpi.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/mpi/ranks_parts.h"

/* Of `count` blocks: those of a rank. */
static size_t block_of(const ranks *t, size_t count, int rank)
{
    return count / (size_t)t->size * (size_t)rank + count % (size_t)t->size * (size_t)rank / (size_t)t->size;
}

/* Not rank 0: sums the rows that come, and sends the subtrees they make. o->n rows at places from o->rows on, before
 * o->columns. */
void ranks_do_moments(const ranks *t, const order *o)
{
    feat_error err;
    gmet_moments *sums = NULL;
    size_t *items = ranks_need(t, o->n, sizeof *items);
    float *rows = ranks_need(t, COLUMNS, o->d * sizeof *rows);
    feat_status status = gmet_moments_create(&sums, o->d, &t->context, &err);
    if (status == FEAT_OK)
        status = gmet_moments_start(sums, o->rows, &err);
    ranks_receive(items, o->n * sizeof *items, 0, ROWS);
    for (size_t i = 0, n; (n = ranks_step(i, o->n)) > 0; i += n) {
        ranks_receive(rows, n * o->d * sizeof *rows, 0, ROWS);
        if (status == FEAT_OK)
            status = gmet_moments_add_at(sums, rows, items + i, n, &err);
    }
    if (status == FEAT_OK)
        status = gmet_moments_skip(sums, o->columns - gmet_moments_next(sums), &err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, &err);
    size_t count = gmet_moments_n_parts(sums);
    ranks_send(&count, sizeof count, 0, PARTS);
    for (size_t i = 0; i < count; i++) {
        gmet_moments_part part = gmet_moments_get_part(sums, i);
        const size_t head[3] = {part.first, part.span, part.n};
        ranks_send(head, sizeof head, 0, PARTS);
        ranks_send(part.sums, gmet_moments_sums(o->d) * sizeof(double), 0, PARTS);
    }
    gmet_moments_close(&sums);
    feat_free(rows);
    feat_free(items);
}

static void take_parts(const ranks *t, gmet_moments *sums, size_t d, int from)
{
    size_t count = 0, head[3];
    double *memory = ranks_need(t, gmet_moments_sums(d), sizeof *memory);
    ranks_receive(&count, sizeof count, from, PARTS);
    for (size_t i = 0; i < count; i++) {
        ranks_receive(head, sizeof head, from, PARTS);
        ranks_receive(memory, gmet_moments_sums(d) * sizeof *memory, from, PARTS);
        const gmet_moments_part part = {head[0], head[1], head[2], memory};
        feat_error err;
        feat_status status = gmet_moments_add_part(sums, &part, &err);
        if (status != FEAT_OK)
            ranks_give_up(t, status, &err);
    }
    feat_free(memory);
}

/* bounds [size + 1]: the first row of each rank's blocks. */
static void find_bounds(const ranks *t, size_t *bounds, const size_t *items, size_t n, size_t blocks)
{
    size_t row = 0;
    for (int rank = 0; rank <= t->size; rank++) {
        for (size_t place = block_of(t, blocks, rank) * BLOCK; row < n && items[row] < place;)
            row++;
        bounds[rank] = row;
    }
}

/* The rows of all ranks but this, a chunk for each in turn, so that all have something to do. */
static void send_rows(const ranks *t, const float *rows, const size_t *items, const size_t *bounds, size_t blocks,
                      size_t d)
{
    size_t longest = 0;
    for (int rank = 1; rank < t->size; rank++) {
        size_t n = bounds[rank + 1] - bounds[rank];
        const order o = {.what = MOMENTS,
                         .rows = block_of(t, blocks, rank) * BLOCK,
                         .columns = block_of(t, blocks, rank + 1) * BLOCK,
                         .n = n,
                         .d = d};
        MPI_Send(&o, (int)sizeof o, MPI_BYTE, rank, ORDER, MPI_COMM_WORLD);
        ranks_send(items + bounds[rank], n * sizeof *items, rank, ROWS);
        longest = n > longest ? n : longest;
    }
    for (size_t i = 0; i < longest; i += COLUMNS)
        for (int rank = 1; rank < t->size; rank++) {
            size_t count = bounds[rank + 1] - bounds[rank], n = i < count ? ranks_step(i, count) : 0;
            const float *chunk = rows + (bounds[rank] + i) * d;
            ranks_send(chunk, n * d * sizeof *chunk, rank, ROWS);
            feat_mapped_done(chunk, n * d * sizeof *chunk);
        }
}

/* Whole blocks of places are summed by the ranks, in subtrees of the one tree; those after them are left over. */
feat_status ranks_moments(void *ctx, gmet_moments *sums, const float *rows, const size_t *items, size_t n, size_t d,
                          size_t *n_taken, feat_error *err)
{
    const ranks *t = ctx;
    size_t blocks = (items != NULL && n > 0 ? items[n - 1] + 1 : n) / BLOCK;
    *n_taken = 0;
    if (blocks < (size_t)t->size)
        return FEAT_OK;
    size_t *places = ranks_need(t, n, sizeof *places), *bounds = ranks_need(t, (size_t)t->size + 1, sizeof *bounds);
    for (size_t i = 0; i < n; i++)
        places[i] = items != NULL ? items[i] : i;
    find_bounds(t, bounds, places, n, blocks);
    send_rows(t, rows, places, bounds, blocks, d);
    feat_status status = gmet_moments_add_at(sums, rows, places, bounds[1], err);
    if (status == FEAT_OK)
        status = gmet_moments_skip(sums, block_of(t, blocks, 1) * BLOCK - gmet_moments_next(sums), err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, err);
    for (int rank = 1; rank < t->size; rank++)
        take_parts(t, sums, d, rank);
    *n_taken = bounds[t->size];
    feat_free(bounds);
    feat_free(places);
    return FEAT_OK;
}
