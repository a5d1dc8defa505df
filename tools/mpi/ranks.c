/* Orders go from rank 0 to each rank by themselves; what follows an order is collective, and every rank does it in the
 * same sequence. Rank 0's part of each is in the same functions. */
#define _DEFAULT_SOURCE /* nanosleep */
#include "tools/mpi/ranks.h"

#include <mpi.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/signals.h"
#include "tools/mpi/ranks_parts.h"

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

static void take_rows(ranks *t, held *h)
{
    h->own = h->memory = ranks_need(t, h->n_own, h->d * sizeof *h->memory);
    for (size_t i = 0, n; (n = ranks_step(i, h->n_own)) > 0; i += n)
        ranks_receive(h->memory + i * h->d, n * h->d * sizeof *h->memory, 0, ROWS);
}

/* Rank 0 hands out what it has; block by block, as it may be mapped from a file. */
static void deal_rows(ranks *t, held *h)
{
    bool copy = feat_mapped_has(h->all);
    h->memory = copy ? ranks_need(t, h->n_own, h->d * sizeof *h->memory) : NULL;
    h->own = copy ? h->memory : h->all + h->first * h->d;
    for (int rank = copy ? 0 : 1; rank < t->size; rank++) {
        size_t first, count;
        stretch_of(t, h->n, rank, &first, &count);
        for (size_t i = 0, n; (n = ranks_step(i, count)) > 0; i += n) {
            const float *rows = h->all + (first + i) * h->d;
            if (rank == 0)
                memcpy(h->memory + i * h->d, rows, n * h->d * sizeof *rows);
            else
                ranks_send(rows, n * h->d * sizeof *rows, rank, ROWS);
            feat_mapped_done(rows, n * h->d * sizeof *rows);
        }
    }
}

static void distribute(ranks *t, held *h)
{
    stretch_of(t, h->n, t->rank, &h->first, &h->n_own);
    h->dealt = true;
    if (t->rank == 0)
        deal_rows(t, h);
    else
        take_rows(t, h);
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
    feat_free(h->memory);
    *h = (held){.all = NULL};
}

static void forget(void *ctx, const float *rows)
{
    ranks *t = ctx;
    held *h = find(t, rows);
    if (h == NULL)
        return;
    if (h->dealt)
        ranks_order(t, &(order){.what = FORGET, .rows = (size_t)(h - t->sets)});
    let_go(h);
}

static bool has(void *ctx, const gmet_set *set)
{
    const held *h = find(ctx, set->rows);
    return h != NULL && h->n == set->n && h->d == set->d;
}

/* Rank 0: the number of a set; its rows are dealt the first time. */
static size_t number_of(ranks *t, const float *rows)
{
    held *h = find(t, rows);
    size_t number = (size_t)(h - t->sets);
    if (!h->dealt) {
        ranks_order(t, &(order){.what = HOLD, .rows = number, .n = h->n, .d = h->d});
        distribute(t, h);
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
static feat_status fetch(void *ctx, size_t j0, size_t n, const float **rows, feat_error *err)
{
    const source *s = ctx;
    const held *h = s->set;
    size_t d = h->d;
    if (bf_interrupted())
        return feat_fail(err, FEAT_ERR_IO, "interrupted");
    for (int rank = 0; rank < s->ranks->size; rank++) {
        size_t first, count;
        stretch_of(s->ranks, h->n, rank, &first, &count);
        size_t from = first > j0 ? first : j0, to = first + count < j0 + n ? first + count : j0 + n;
        if (from >= to)
            continue;
        float *block = s->block + (from - j0) * d;
        if (rank == s->ranks->rank)
            memcpy(block, h->own + (from - h->first) * d, (to - from) * d * sizeof *block);
        ranks_share(block, (to - from) * d * sizeof *block, rank);
    }
    *rows = s->block;
    return FEAT_OK;
}

static source open_source(const ranks *t, const held *set)
{
    return (source){t, set, ranks_need(t, COLUMNS, set->d * sizeof(float))};
}

/* --- results ------------------------------------------------------------------------------------------ */

/* `all` on rank 0 <- what each rank has of its own rows, in their order: an item for every `span` rows. */
static void gather(const ranks *t, const held *rows, void *all, const void *own, size_t item, size_t span)
{
    if (t->rank > 0) {
        ranks_send(own, (rows->n_own + span - 1) / span * item, 0, FOUND);
        return;
    }
    for (int rank = 0; rank < t->size; rank++) {
        size_t first, count;
        stretch_of(t, rows->n, rank, &first, &count);
        size_t at = first / span * item, bytes = (count + span - 1) / span * item;
        if (count == 0)
            continue;
        if (rank == 0)
            memcpy((char *)all + at, own, bytes);
        else
            ranks_receive((char *)all + at, bytes, rank, FOUND);
    }
}

/* all [n] on rank 0 <- whether any rank has a mark there. */
static void unite(const ranks *t, unsigned char *all, const unsigned char *own, size_t n)
{
    enum { AT_ONCE = 1 << 28 };
    for (size_t i = 0, count; i < n; i += count) {
        count = n - i < AT_ONCE ? n - i : AT_ONCE;
        MPI_Reduce(own + i, t->rank == 0 ? all + i : NULL, (int)count, MPI_UNSIGNED_CHAR, MPI_BOR, 0, MPI_COMM_WORLD);
    }
}

/* --- scans -------------------------------------------------------------------------------------------- */

static gmet_set own_part(const held *set)
{
    return (gmet_set){.rows = set->own, .n = set->n_own, .d = set->d};
}

static void do_nearest(ranks *t, const order *o, double *distance2, size_t *index)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_set x = own_part(rows), y = {.n = columns->n, .d = columns->d, .paging = &paging};
    double *own = ranks_need(t, rows->n_own, o->k * sizeof *own);
    size_t *own_index = o->index ? ranks_need(t, rows->n_own, o->k * sizeof *own_index) : NULL;
    size_t self = o->self ? rows->first : GMET_NO_SELF;
    gmet_neighbours *s = NULL;
    feat_error err;
    feat_status status = gmet_neighbours_create(&s, rows->d, &t->context, &err);
    for (size_t i = 0; i < rows->n_own * o->k; i++)
        own[i] = 0.0;
    if (status == FEAT_OK)
        status = gmet_nearest_k(own, own_index, s, &x, &y, o->k, self, &err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, &err);
    gather(t, rows, distance2, own, o->k * sizeof *own, 1);
    if (o->index)
        gather(t, rows, index, own_index, o->k * sizeof *own_index, 1);
    gmet_neighbours_close(&s);
    feat_free(own_index);
    feat_free(own);
    feat_free(from.block);
}

/* The radii, which rank 0 has, on every rank. */
static double *share_radii(const ranks *t, const double *radius2, size_t n)
{
    double *own = ranks_need(t, n, sizeof *own);
    if (t->rank == 0)
        memcpy(own, radius2, n * sizeof *own);
    ranks_share(own, n * sizeof *own, 0);
    return own;
}

static void do_balls(ranks *t, const order *o, const gmet_balls *all)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_set x = own_part(rows), y = {.n = columns->n, .d = columns->d, .paging = &paging};
    bool by_row = (o->wanted & COLUMN_INSIDE) != 0, by_column = (o->wanted & ~(unsigned)COLUMN_INSIDE) != 0;
    double *row_radius2 = by_row ? share_radii(t, all != NULL ? all->row_radius2 : NULL, rows->n) : NULL;
    double *column_radius2 = by_column ? share_radii(t, all != NULL ? all->column_radius2 : NULL, columns->n) : NULL;
    gmet_balls own = {.strict = o->strict, .column_radius2 = column_radius2};
    own.row_radius2 = by_row ? row_radius2 + rows->first : NULL;
    own.row_inside = (o->wanted & ROW_INSIDE) != 0 ? ranks_need(t, rows->n_own, 1) : NULL;
    own.column_inside = by_row ? ranks_need(t, columns->n, 1) : NULL;
    own.column_holds = (o->wanted & COLUMN_HOLDS) != 0 ? ranks_need(t, columns->n, 1) : NULL;
    own.row_balls = (o->wanted & ROW_BALLS) != 0 ? ranks_need(t, rows->n_own, sizeof *own.row_balls) : NULL;
    gmet_neighbours *s = NULL;
    feat_error err;
    feat_status status = gmet_neighbours_create(&s, rows->d, &t->context, &err);
    if (status == FEAT_OK)
        status = gmet_find_balls(&own, s, &x, &y, &err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, &err);
    if (own.row_inside != NULL)
        gather(t, rows, all != NULL ? all->row_inside : NULL, own.row_inside, 1, 1);
    if (own.row_balls != NULL)
        gather(t, rows, all != NULL ? all->row_balls : NULL, own.row_balls, sizeof *own.row_balls, 1);
    if (own.column_inside != NULL)
        unite(t, all != NULL ? all->column_inside : NULL, own.column_inside, columns->n);
    if (own.column_holds != NULL)
        unite(t, all != NULL ? all->column_holds : NULL, own.column_holds, columns->n);
    gmet_neighbours_close(&s);
    feat_free(own.row_balls);
    feat_free(own.column_holds);
    feat_free(own.column_inside);
    feat_free(own.row_inside);
    feat_free(column_radius2);
    feat_free(row_radius2);
    feat_free(from.block);
}

/* Sums over columns pass from rank to rank, so that tiles are added in their order. */
static void take_sums(void *ctx, double *column, size_t j0, size_t n)
{
    const ranks *t = ctx;
    (void)j0;
    if (t->rank > 0)
        ranks_receive(column, n * sizeof *column, t->rank - 1, CHAIN);
}

static void pass_sums(void *ctx, double *column, size_t j0, size_t n)
{
    const ranks *t = ctx;
    (void)j0;
    if (t->rank + 1 < t->size)
        ranks_send(column, n * sizeof *column, t->rank + 1, CHAIN);
}

/* What rank 0 has of the members of subsets, on every rank. */
static size_t *share_members(const ranks *t, const size_t *members, size_t n)
{
    size_t *own = ranks_need(t, n, sizeof *own);
    if (t->rank == 0)
        memcpy(own, members, n * sizeof *own);
    ranks_share(own, n * sizeof *own, 0);
    return own;
}

/* The slots of this rank's rows x; all: on rank 0, what was asked for. */
static gmet_kid_slots open_slots(const ranks *t, const order *o, const gmet_kid_slots *all, const gmet_rows *x,
                                 const gmet_rows *y)
{
    size_t count = o->n_subsets * o->size;
    gmet_kid_slots own = {.kernel = &o->kernel, .same = o->same, .rows = x, .columns = y};
    own.first = t->sets[o->rows].first;
    own.n_subsets = o->n_subsets;
    own.size = o->size;
    own.row_members = share_members(t, all != NULL ? all->row_members : NULL, count);
    own.column_members = share_members(t, all != NULL ? all->column_members : NULL, count);
    own.slot = ranks_need(t, gmet_pairs_tiles(x->n), o->n_subsets * sizeof *own.slot);
    return own;
}

static void close_slots(ranks *t, const held *rows, const gmet_kid_slots *own, const gmet_kid_slots *all)
{
    gather(t, rows, all != NULL ? all->slot : NULL, own->slot, own->n_subsets * sizeof *own->slot, TILE);
    feat_free(own->slot);
    feat_free((void *)own->column_members);
    feat_free((void *)own->row_members);
}

static void do_sums(ranks *t, const order *o, const gmet_kid_sums *all)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_rows x = {.f = rows->own, .n = rows->n_own};
    const gmet_rows y = {.n = columns->n, .paging = &paging};
    gmet_kid_sums own = {.kernel = &o->kernel, .same = o->same, .rows = &x, .columns = &y, .ctx = t};
    own.first = rows->first;
    own.row = ranks_need(t, rows->n_own, sizeof *own.row);
    own.square = ranks_need(t, rows->n_own, sizeof *own.square);
    own.column = ranks_need(t, columns->n, sizeof *own.column);
    own.before = take_sums;
    own.after = pass_sums;
    const gmet_kid_slots *all_slots = all != NULL ? all->slots : NULL;
    gmet_kid_slots slots;
    if (o->n_subsets > 0) {
        slots = open_slots(t, o, all_slots, &x, &y);
        own.slots = &slots;
    }
    feat_error err;
    feat_status status = gmet_kid_sum(&own, rows->d, &t->context, &err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, &err);
    gather(t, rows, all != NULL ? all->row : NULL, own.row, sizeof *own.row, 1);
    gather(t, rows, all != NULL ? all->square : NULL, own.square, sizeof *own.square, 1);
    if (t->rank == t->size - 1)
        ranks_send(own.column, columns->n * sizeof *own.column, 0, CHAIN);
    if (t->rank == 0)
        ranks_receive(all->column, columns->n * sizeof *own.column, t->size - 1, CHAIN);
    if (own.slots != NULL)
        close_slots(t, rows, &slots, all_slots);
    feat_free(own.column);
    feat_free(own.square);
    feat_free(own.row);
    feat_free(from.block);
}

static void do_slots(ranks *t, const order *o, const gmet_kid_slots *all)
{
    const held *rows = &t->sets[o->rows], *columns = &t->sets[o->columns];
    source from = open_source(t, columns);
    const gmet_paging paging = {.ctx = &from, .columns = fetch};
    const gmet_rows x = {.f = rows->own, .n = rows->n_own};
    const gmet_rows y = {.n = columns->n, .paging = &paging};
    const gmet_kid_slots own = open_slots(t, o, all, &x, &y);
    gmet_pairs pairs;
    feat_error err;
    feat_status status = gmet_pairs_create(&pairs, rows->d, &t->context, &err);
    if (status == FEAT_OK)
        status = gmet_kid_fill_slots(&own, &pairs, &err);
    if (status != FEAT_OK)
        ranks_give_up(t, status, &err);
    close_slots(t, rows, &own, all);
    gmet_pairs_release(&pairs);
    feat_free(from.block);
}

/* --- rank 0 ------------------------------------------------------------------------------------------- */

/* Its own part of the next scan is done as `context` says, but not given to the team again. */
static void work_as(ranks *t, const gmet_context *context)
{
    t->context = *context;
    t->context.team = NULL;
}

/* The rows are a whole set that is held: where none meets itself they are all the columns. */
static feat_status nearest_k(void *ctx, const gmet_context *context, double *distance2, size_t *index,
                             const gmet_set *rows, const gmet_set *columns, size_t k, size_t self, feat_error *err)
{
    ranks *t = ctx;
    order o = {.what = NEAREST, .rows = number_of(t, rows->rows), .columns = number_of(t, columns->rows), .k = k};
    o.d = rows->d;
    o.self = self != GMET_NO_SELF;
    o.index = index != NULL;
    (void)err;
    work_as(t, context);
    ranks_order(t, &o);
    do_nearest(t, &o, distance2, index);
    return FEAT_OK;
}

static feat_status find_balls(void *ctx, const gmet_context *context, const gmet_balls *balls, const gmet_set *rows,
                              const gmet_set *columns, feat_error *err)
{
    ranks *t = ctx;
    order o = {.what = BALLS, .rows = number_of(t, rows->rows), .columns = number_of(t, columns->rows), .d = rows->d};
    o.strict = balls->strict;
    o.wanted = (balls->row_inside != NULL ? ROW_INSIDE : 0u) | (balls->column_inside != NULL ? COLUMN_INSIDE : 0u) |
               (balls->column_holds != NULL ? COLUMN_HOLDS : 0u) | (balls->row_balls != NULL ? ROW_BALLS : 0u);
    (void)err;
    work_as(t, context);
    ranks_order(t, &o);
    do_balls(t, &o, balls);
    return FEAT_OK;
}

static feat_status kernel_sums(void *ctx, const gmet_context *context, const gmet_kid_sums *sums, size_t d,
                               feat_error *err)
{
    ranks *t = ctx;
    order o = {.what = SUMS, .rows = number_of(t, sums->rows->f), .columns = number_of(t, sums->columns->f), .d = d};
    o.same = sums->same;
    o.kernel = *sums->kernel;
    if (sums->slots != NULL) {
        o.n_subsets = sums->slots->n_subsets;
        o.size = sums->slots->size;
    }
    (void)err;
    work_as(t, context);
    ranks_order(t, &o);
    do_sums(t, &o, sums);
    return FEAT_OK;
}

static feat_status kernel_slots(void *ctx, const gmet_context *context, const gmet_kid_slots *slots, size_t d,
                                feat_error *err)
{
    ranks *t = ctx;
    order o = {.what = SLOTS, .rows = number_of(t, slots->rows->f), .columns = number_of(t, slots->columns->f), .d = d};
    o.same = slots->same;
    o.kernel = *slots->kernel;
    o.n_subsets = slots->n_subsets;
    o.size = slots->size;
    (void)err;
    work_as(t, context);
    ranks_order(t, &o);
    do_slots(t, &o, slots);
    return FEAT_OK;
}

void ranks_dismiss(ranks *t)
{
    if (t->rank == 0)
        ranks_order(t, &(order){.what = DISMISS});
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
        if (bf_interrupted())
            ranks_give_up(t, FEAT_ERR_IO, NULL);
        if (!there)
            nanosleep(&moment, NULL);
    }
    MPI_Recv(o, (int)sizeof *o, MPI_BYTE, 0, ORDER, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void ranks_serve(ranks *t, feat_pool *pool)
{
    order o;
    t->context = (gmet_context){.pool = pool};
    for (await_order(t, &o); o.what != DISMISS; await_order(t, &o)) {
        if (o.what == HOLD) {
            t->sets[o.rows] = (held){.n = o.n, .d = o.d};
            distribute(t, &t->sets[o.rows]);
        } else if (o.what == FORGET) {
            let_go(&t->sets[o.rows]);
        } else if (o.what == NEAREST) {
            do_nearest(t, &o, NULL, NULL);
        } else if (o.what == BALLS) {
            do_balls(t, &o, NULL);
        } else if (o.what == SUMS) {
            do_sums(t, &o, NULL);
        } else if (o.what == MOMENTS) {
            ranks_do_moments(t, &o);
        } else if (o.what == SLOTS) {
            do_slots(t, &o, NULL);
        }
    }
}

/* --- opening ------------------------------------------------------------------------------------------ */

void ranks_on_failure(ranks *t, void (*failed)(const void *ctx, bool interrupted), const void *ctx)
{
    t->failed = failed;
    t->failed_ctx = ctx;
}

feat_status ranks_open(ranks **out, int rank, int size, const char *host, feat_error *err)
{
    ranks *t = *out = feat_calloc(1, sizeof *t);
    if (t == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a team of %d ranks", size);
    t->rank = rank;
    t->size = size;
    t->host = host;
    t->metrics =
        (gmet_team){.ctx = t, .has = has, .nearest_k = nearest_k, .find_balls = find_balls, .kernel_sums = kernel_sums};
    t->metrics.kernel_slots = kernel_slots;
    t->for_run = (bf_team){.metrics = &t->metrics, .ctx = t, .hold = hold, .forget = forget, .moments = ranks_moments};
    return FEAT_OK;
}

void ranks_close(ranks **t)
{
    if (*t == NULL)
        return;
    for (size_t i = 0; i < MAX_SETS; i++)
        feat_free((*t)->sets[i].memory);
    feat_free(*t);
    *t = NULL;
}
