/* Orders go from rank 0 to each rank by themselves; what follows an order is collective, and every rank does it in the
 * same sequence. Rank 0's part of each is in the same functions. */
#define _DEFAULT_SOURCE /* nanosleep */
#include "tools/mpi/ranks.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/team.h"
#include "tools/program.h"

enum { MAX_SETS = 16, TILE = GMET_PAIR_ROWS, COLUMNS = GMET_PAIR_COLUMNS };
enum { ORDER = 10, ROWS = 11, FOUND = 12, CHAIN = 13 }; /* of messages */
static const size_t most_bytes = (size_t)1 << 28;       /* of one message */

typedef enum what { DISMISS, HOLD, FORGET, NEAREST, BALLS, SUMS } what;
enum { ROW_INSIDE = 1, COLUMN_INSIDE = 2, COLUMN_HOLDS = 4, ROW_BALLS = 8 };

typedef struct order {
    what what;
    size_t rows, columns; /* numbers of sets */
    size_t n, d, k;
    bool others, index, strict, same;
    unsigned wanted; /* of balls */
    gmet_kid_kernel kernel;
} order;

typedef struct held {
    const float *all; /* rank 0: where a run has them; NULL: the place is free */
    size_t n, d;
    bool dealt;
    size_t first, n_own;
    float *own; /* [n_own][d] */
} held;

struct ranks {
    int rank, size;
    const char *host;
    iv3_pool *pool;
    void (*clean)(const void *ctx);
    const void *clean_ctx;
    held sets[MAX_SETS];
    gmet_team metrics;
    bf_team for_run;
};

/* --- talking ------------------------------------------------------------------------------------------ */

/* What one rank cannot do the others wait for in vain. */
static void give_up(const ranks *t, iv3_status status, const iv3_error *err)
{
    int caught = bf_signals_caught();
    if (t->rank == 0 && t->clean != NULL)
        t->clean(t->clean_ctx);
    if (caught == 0)
        fprintf(stderr, "bonafide-mpi: rank %d on %s: %s\n", t->rank, t->host, err->message);
    else if (t->rank == 0)
        bf_print_interrupted(NULL, false);
    const struct timespec grace = {4, 0};
    if (caught != 0)
        nanosleep(&grace, NULL); /* see end_job in main.c */
    MPI_Abort(MPI_COMM_WORLD, caught != 0 ? 128 + caught : bf_exit_code(status));
}

static void *need(const ranks *t, size_t count, size_t size)
{
    iv3_error err;
    void *memory = iv3_alloc_array(count > 0 ? count : 1, size);
    if (memory == NULL)
        give_up(t, iv3_fail(&err, IV3_ERR_NOMEM, "no memory for its share of the rows"), &err);
    return memory;
}

static void send_bytes(const void *data, size_t bytes, int to, int tag)
{
    const char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Send(at, (int)n, MPI_BYTE, to, tag, MPI_COMM_WORLD);
    }
}

static void receive_bytes(void *data, size_t bytes, int from, int tag)
{
    char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Recv(at, (int)n, MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

static void share_bytes(void *data, size_t bytes, int from)
{
    char *at = data;
    for (size_t n; bytes > 0; at += n, bytes -= n) {
        n = bytes < most_bytes ? bytes : most_bytes;
        MPI_Bcast(at, (int)n, MPI_BYTE, from, MPI_COMM_WORLD);
    }
}

static void send_order(const ranks *t, const order *o)
{
    for (int rank = 1; rank < t->size; rank++)
        MPI_Send(o, (int)sizeof *o, MPI_BYTE, rank, ORDER, MPI_COMM_WORLD);
}

/* --- who holds what ----------------------------------------------------------------------------------- */

/* Whole tiles, so that sums over tiles are the same for every number of ranks. */
static void stretch_of(const ranks *t, size_t n, int rank, size_t *first, size_t *count)
{
    size_t tiles = (n + TILE - 1) / TILE, size = (size_t)t->size, r = (size_t)rank;
    size_t from = tiles / size * r + tiles % size * r / size;
    size_t to = tiles / size * (r + 1) + tiles % size * (r + 1) / size;
    *first = from * TILE < n ? from * TILE : n;
    *count = (to * TILE < n ? to * TILE : n) - *first;
}

/* Rank 0 hands out what it has; block by block, as it may be mapped from a file. */
static void deal_rows(ranks *t, held *h)
{
    stretch_of(t, h->n, t->rank, &h->first, &h->n_own);
    h->own = need(t, h->n_own, h->d * sizeof *h->own);
    h->dealt = true;
    if (t->rank > 0)
        for (size_t i = 0, n; i < h->n_own; i += n) {
            n = h->n_own - i < COLUMNS ? h->n_own - i : COLUMNS;
            receive_bytes(h->own + i * h->d, n * h->d * sizeof *h->own, 0, ROWS);
        }
    for (int rank = 0; t->rank == 0 && rank < t->size; rank++) {
        size_t first, count;
        stretch_of(t, h->n, rank, &first, &count);
        for (size_t i = 0, n; i < count; i += n) {
            n = count - i < COLUMNS ? count - i : COLUMNS;
            const float *rows = h->all + (first + i) * h->d;
            if (rank == 0)
                memcpy(h->own + i * h->d, rows, n * h->d * sizeof *rows);
            else
                send_bytes(rows, n * h->d * sizeof *rows, rank, ROWS);
            iv3_mapped_done(rows, n * h->d * sizeof *rows);
        }
    }
}

static held *find(ranks *t, const float *rows)
{
    for (size_t i = 0; i < MAX_SETS; i++)
        if (rows != NULL && t->sets[i].all == rows)
            return &t->sets[i];
    return NULL;
}

static void hold(void *ctx, const float *rows, size_t n, size_t d)
{
    ranks *t = ctx;
    for (size_t i = 0; i < MAX_SETS && find(t, rows) == NULL; i++)
        if (t->sets[i].all == NULL)
            t->sets[i] = (held){.all = rows, .n = n, .d = d};
}

static void let_go(held *h)
{
    iv3_free(h->own);
    *h = (held){.all = NULL};
}

static void forget(void *ctx, const float *rows)
{
    ranks *t = ctx;
    held *h = find(t, rows);
    if (h == NULL)
        return;
    if (h->dealt)
        send_order(t, &(order){.what = FORGET, .rows = (size_t)(h - t->sets)});
    let_go(h);
}

static bool has(void *ctx, const float *x, size_t n, size_t d)
{
    const held *h = find(ctx, x);
    return h != NULL && h->n == n && h->d == d;
}

/* Rank 0: the number of a set; its rows are dealt the first time. */
static size_t number_of(ranks *t, const float *rows)
{
    held *h = find(t, rows);
    size_t number = (size_t)(h - t->sets);
    if (!h->dealt) {
        send_order(t, &(order){.what = HOLD, .rows = number, .n = h->n, .d = h->d});
        deal_rows(t, h);
    }
    return number;
}

/* --- columns ------------------------------------------------------------------------------------------ */

typedef struct source {
    const ranks *ranks;
    const held *set;
    float *block; /* [COLUMNS][d] */
} source;

/* Each rank that holds some of them gives them to all. */
static iv3_status fetch(void *ctx, size_t j0, size_t n, const float **rows, iv3_error *err)
{
    const source *s = ctx;
    const held *h = s->set;
    size_t d = h->d;
    if (bf_signals_caught() != 0)
        return iv3_fail(err, IV3_ERR_IO, "interrupted");
    for (int rank = 0; rank < s->ranks->size; rank++) {
        size_t first, count;
        stretch_of(s->ranks, h->n, rank, &first, &count);
        size_t from = first > j0 ? first : j0, to = first + count < j0 + n ? first + count : j0 + n;
        if (from >= to)
            continue;
        float *block = s->block + (from - j0) * d;
        if (rank == s->ranks->rank)
            memcpy(block, h->own + (from - h->first) * d, (to - from) * d * sizeof *block);
        share_bytes(block, (to - from) * d * sizeof *block, rank);
    }
    *rows = s->block;
    return IV3_OK;
}

static source open_source(const ranks *t, const held *set)
{
    return (source){t, set, need(t, COLUMNS, set->d * sizeof(float))};
}

/* --- results ------------------------------------------------------------------------------------------ */

/* all [n] on rank 0 <- what each rank has of its own rows, in their order. */
static void gather(const ranks *t, const held *rows, void *all, const void *own, size_t item)
{
    if (t->rank > 0) {
        send_bytes(own, rows->n_own * item, 0, FOUND);
        return;
    }
    for (int rank = 0; rank < t->size; rank++) {
        size_t first, count;
        stretch_of(t, rows->n, rank, &first, &count);
        if (rank == 0)
            memcpy((char *)all + first * item, own, count * item);
        else
            receive_bytes((char *)all + first * item, count * item, rank, FOUND);
    }
}

/* all [n] on rank 0 <- whether any rank has a mark there. */
static void unite(const ranks *t, unsigned char *all, const unsigned char *own, size_t n)
{
    for (size_t i = 0, count; i < n; i += count) {
        count = n - i < most_bytes ? n - i : most_bytes;
        MPI_Reduce(own + i, t->rank == 0 ? all + i : NULL, (int)count, MPI_UNSIGNED_CHAR, MPI_BOR, 0, MPI_COMM_WORLD);
    }
}

/* --- scans -------------------------------------------------------------------------------------------- */

static void do_nearest(ranks *t, const order *o, double *distance2, size_t *index)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_point_set x = {.x = rows->own, .n = rows->n_own, .first = rows->first};
    const gmet_point_set y = {.n = columns->n, .paging = &paging};
    double *own = need(t, rows->n_own, o->k * sizeof *own);
    size_t *own_index = o->index ? need(t, rows->n_own, o->k * sizeof *own_index) : NULL;
    gmet_neighbours *s = NULL;
    iv3_error err;
    iv3_status status = gmet_neighbours_create(&s, rows->d, NULL, t->pool, &err);
    for (size_t i = 0; i < rows->n_own * o->k; i++)
        own[i] = 0.0;
    if (status == IV3_OK)
        status = gmet_nearest_k(own, own_index, s, &x, &y, o->k, o->others, &err);
    if (status != IV3_OK)
        give_up(t, status, &err);
    gather(t, rows, distance2, own, o->k * sizeof *own);
    if (o->index)
        gather(t, rows, index, own_index, o->k * sizeof *own_index);
    gmet_neighbours_close(&s);
    iv3_free(own_index);
    iv3_free(own);
    iv3_free(from.block);
}

/* The radii, which rank 0 has, on every rank. */
static double *share_radii(const ranks *t, const double *radius2, size_t n)
{
    double *own = need(t, n, sizeof *own);
    if (t->rank == 0)
        memcpy(own, radius2, n * sizeof *own);
    share_bytes(own, n * sizeof *own, 0);
    return own;
}

static void do_balls(ranks *t, const order *o, const gmet_balls *all)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_point_set x = {.x = rows->own, .n = rows->n_own, .first = rows->first};
    const gmet_point_set y = {.n = columns->n, .paging = &paging};
    bool by_row = (o->wanted & COLUMN_INSIDE) != 0, by_column = (o->wanted & ~(unsigned)COLUMN_INSIDE) != 0;
    double *row_radius2 = by_row ? share_radii(t, all != NULL ? all->row_radius2 : NULL, rows->n) : NULL;
    double *column_radius2 = by_column ? share_radii(t, all != NULL ? all->column_radius2 : NULL, columns->n) : NULL;
    gmet_balls own = {.strict = o->strict, .column_radius2 = column_radius2};
    own.row_radius2 = by_row ? row_radius2 + rows->first : NULL;
    own.row_inside = (o->wanted & ROW_INSIDE) != 0 ? need(t, rows->n_own, 1) : NULL;
    own.column_inside = by_row ? need(t, columns->n, 1) : NULL;
    own.column_holds = (o->wanted & COLUMN_HOLDS) != 0 ? need(t, columns->n, 1) : NULL;
    own.row_balls = (o->wanted & ROW_BALLS) != 0 ? need(t, rows->n_own, sizeof *own.row_balls) : NULL;
    gmet_neighbours *s = NULL;
    iv3_error err;
    iv3_status status = gmet_neighbours_create(&s, rows->d, NULL, t->pool, &err);
    if (status == IV3_OK)
        status = gmet_find_balls(&own, s, &x, &y, &err);
    if (status != IV3_OK)
        give_up(t, status, &err);
    if (own.row_inside != NULL)
        gather(t, rows, all != NULL ? all->row_inside : NULL, own.row_inside, 1);
    if (own.row_balls != NULL)
        gather(t, rows, all != NULL ? all->row_balls : NULL, own.row_balls, sizeof *own.row_balls);
    if (own.column_inside != NULL)
        unite(t, all != NULL ? all->column_inside : NULL, own.column_inside, columns->n);
    if (own.column_holds != NULL)
        unite(t, all != NULL ? all->column_holds : NULL, own.column_holds, columns->n);
    gmet_neighbours_close(&s);
    iv3_free(own.row_balls);
    iv3_free(own.column_holds);
    iv3_free(own.column_inside);
    iv3_free(own.row_inside);
    iv3_free(column_radius2);
    iv3_free(row_radius2);
    iv3_free(from.block);
}

/* Sums over columns pass from rank to rank, so that tiles are added in their order. */
static void take_sums(void *ctx, double *column, size_t j0, size_t n)
{
    const ranks *t = ctx;
    (void)j0;
    if (t->rank > 0)
        receive_bytes(column, n * sizeof *column, t->rank - 1, CHAIN);
}

static void pass_sums(void *ctx, double *column, size_t j0, size_t n)
{
    const ranks *t = ctx;
    (void)j0;
    if (t->rank + 1 < t->size)
        send_bytes(column, n * sizeof *column, t->rank + 1, CHAIN);
}

static void do_sums(ranks *t, const order *o, const gmet_kid_sums *all)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_rows x = {.f = rows->own, .n = rows->n_own, .first = rows->first};
    const gmet_rows y = {.n = columns->n, .paging = &paging};
    gmet_kid_sums own = {.kernel = &o->kernel, .same = o->same, .rows = &x, .columns = &y, .ctx = t};
    own.row = need(t, rows->n_own, sizeof *own.row);
    own.square = need(t, rows->n_own, sizeof *own.square);
    own.column = need(t, columns->n, sizeof *own.column);
    own.before = take_sums;
    own.after = pass_sums;
    iv3_error err;
    iv3_status status = gmet_kid_sum(&own, rows->d, t->pool, &err);
    if (status != IV3_OK)
        give_up(t, status, &err);
    gather(t, rows, all != NULL ? all->row : NULL, own.row, sizeof *own.row);
    gather(t, rows, all != NULL ? all->square : NULL, own.square, sizeof *own.square);
    if (t->rank == t->size - 1)
        send_bytes(own.column, columns->n * sizeof *own.column, 0, CHAIN);
    if (t->rank == 0)
        receive_bytes(all->column, columns->n * sizeof *own.column, t->size - 1, CHAIN);
    iv3_free(own.column);
    iv3_free(own.square);
    iv3_free(own.row);
    iv3_free(from.block);
}

/* --- rank 0 ------------------------------------------------------------------------------------------- */

static iv3_status nearest_k(void *ctx, iv3_pool *pool, double *distance2, size_t *index, const gmet_point_set *rows,
                            const gmet_point_set *columns, size_t d, size_t k, bool others, iv3_error *err)
{
    ranks *t = ctx;
    order o = {.what = NEAREST, .rows = number_of(t, rows->x), .columns = number_of(t, columns->x), .d = d, .k = k};
    o.others = others;
    o.index = index != NULL;
    (void)err;
    t->pool = pool;
    send_order(t, &o);
    do_nearest(t, &o, distance2, index);
    return IV3_OK;
}

static iv3_status find_balls(void *ctx, iv3_pool *pool, const gmet_balls *balls, const gmet_point_set *rows,
                             const gmet_point_set *columns, size_t d, iv3_error *err)
{
    ranks *t = ctx;
    order o = {.what = BALLS, .rows = number_of(t, rows->x), .columns = number_of(t, columns->x), .d = d};
    o.strict = balls->strict;
    o.wanted = (balls->row_inside != NULL ? ROW_INSIDE : 0u) | (balls->column_inside != NULL ? COLUMN_INSIDE : 0u) |
               (balls->column_holds != NULL ? COLUMN_HOLDS : 0u) | (balls->row_balls != NULL ? ROW_BALLS : 0u);
    (void)err;
    t->pool = pool;
    send_order(t, &o);
    do_balls(t, &o, balls);
    return IV3_OK;
}

static iv3_status kernel_sums(void *ctx, iv3_pool *pool, const gmet_kid_sums *sums, size_t d, iv3_error *err)
{
    ranks *t = ctx;
    order o = {.what = SUMS, .rows = number_of(t, sums->rows->f), .columns = number_of(t, sums->columns->f), .d = d};
    o.same = sums->same;
    o.kernel = *sums->kernel;
    (void)err;
    t->pool = pool;
    send_order(t, &o);
    do_sums(t, &o, sums);
    return IV3_OK;
}

void ranks_dismiss(ranks *t)
{
    if (t->rank == 0)
        send_order(t, &(order){.what = DISMISS});
}

const bf_team *ranks_for_run(const ranks *t)
{
    return &t->for_run;
}

/* --- other ranks -------------------------------------------------------------------------------------- */

/* Waiting takes no CPU: rank 0 may want it. */
static void await_order(const ranks *t, order *o)
{
    const struct timespec moment = {0, 1000000};
    for (int there = 0; !there;) {
        MPI_Iprobe(0, ORDER, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
        if (bf_signals_caught() != 0)
            give_up(t, IV3_ERR_IO, NULL);
        if (!there)
            nanosleep(&moment, NULL);
    }
    MPI_Recv(o, (int)sizeof *o, MPI_BYTE, 0, ORDER, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void ranks_serve(ranks *t, iv3_pool *pool)
{
    order o;
    t->pool = pool;
    for (await_order(t, &o); o.what != DISMISS; await_order(t, &o)) {
        if (o.what == HOLD) {
            t->sets[o.rows] = (held){.n = o.n, .d = o.d};
            deal_rows(t, &t->sets[o.rows]);
        } else if (o.what == FORGET) {
            let_go(&t->sets[o.rows]);
        } else if (o.what == NEAREST) {
            do_nearest(t, &o, NULL, NULL);
        } else if (o.what == BALLS) {
            do_balls(t, &o, NULL);
        } else if (o.what == SUMS) {
            do_sums(t, &o, NULL);
        }
    }
}

/* --- opening ------------------------------------------------------------------------------------------ */

void ranks_on_failure(ranks *t, void (*clean)(const void *ctx), const void *ctx)
{
    t->clean = clean;
    t->clean_ctx = ctx;
}

iv3_status ranks_open(ranks **out, int rank, int size, const char *host, iv3_error *err)
{
    ranks *t = *out = iv3_calloc(1, sizeof *t);
    if (t == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for a team of %d ranks", size);
    t->rank = rank;
    t->size = size;
    t->host = host;
    t->metrics =
        (gmet_team){.ctx = t, .has = has, .nearest_k = nearest_k, .find_balls = find_balls, .kernel_sums = kernel_sums};
    t->for_run = (bf_team){.metrics = &t->metrics, .ctx = t, .hold = hold, .forget = forget};
    return IV3_OK;
}

void ranks_close(ranks **t)
{
    if (*t == NULL)
        return;
    for (size_t i = 0; i < MAX_SETS; i++)
        iv3_free((*t)->sets[i].own);
    iv3_free(*t);
    *t = NULL;
}
