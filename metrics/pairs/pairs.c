/* The blocked scan over pairs of rows, and the two nearest-neighbour searches built on it. */
#include "metrics/pairs/pairs.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context.h"
#include "metrics/base/context_of.h"
#include "metrics/base/paging.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"

enum { ROWS = GMET_PAIR_ROWS, COLUMNS = GMET_PAIR_COLUMNS };

/* DEPTH: so deep that values are seldom fetched again, and the rows' panels still stay in the second-level cache.
 * Panels are packed in pieces of STEP columns, too short for the processor to see where a row goes on: they are asked
 * for AHEAD. */
enum { DEPTH = 512, STEP = 32, AHEAD = 2 * STEP, LINE = 16 };

feat_status gmet_pairs_create(gmet_pairs *pairs, size_t d, const gmet_context *context, feat_error *err)
{
    memset(pairs, 0, sizeof *pairs);
    if (context != NULL)
        pairs->context = *context;
    pairs->kernels = gmet_kernels_of(context);
    pairs->d = d;
    size_t pack, a_pack, values, threads = feat_pool_threads(pairs->context.pool);
    if (!feat_mul_size(d, COLUMNS, &pack) || !feat_mul_size(threads, ROWS * DEPTH, &a_pack) ||
        !feat_mul_size(threads, ROWS * COLUMNS, &values))
        goto fail;
    pairs->pack = feat_alloc_array(pack, sizeof *pairs->pack);
    pairs->a_pack = feat_alloc_array(a_pack, sizeof *pairs->a_pack);
    pairs->values = feat_alloc_array(values, sizeof *pairs->values);
    pairs->norms = feat_alloc_array(COLUMNS, sizeof *pairs->norms);
    if (pairs->pack == NULL || pairs->a_pack == NULL || pairs->values == NULL || pairs->norms == NULL)
        goto fail;
    return FEAT_OK;
fail:
    gmet_pairs_release(pairs);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare rows of %zu columns", d);
}

void gmet_pairs_release(gmet_pairs *pairs)
{
    feat_free(pairs->norms);
    feat_free(pairs->values);
    feat_free(pairs->a_pack);
    feat_free(pairs->pack);
    memset(pairs, 0, sizeof *pairs);
}

size_t gmet_pairs_tiles(size_t n)
{
    return (n + ROWS - 1) / ROWS;
}

void gmet_rows_done(const gmet_rows *rows, size_t i0, size_t n, size_t d)
{
    size_t run = 0;
    for (size_t i = i0; rows->f != NULL && i < i0 + n; i += run) { /* rows that lie side by side */
        const float *row = gmet_row_floats(rows, i, d);
        run = rows->index != NULL ? 1 : i0 + n - i;
        if (rows->f_more != NULL && i < rows->n_first)
            run = feat_min_size(run, rows->n_first - i);
        while (i + run < i0 + n && rows->index != NULL && gmet_row_floats(rows, i + run, d) == row + run * d)
            run++;
        feat_mapped_done(row, run * d * sizeof *row);
    }
}

typedef struct round_of {
    const gmet_pairs *pairs;
    const gmet_pair_scan *scan;
    size_t j0, n_columns;
    gmet_rows block; /* the columns of the round, if they were fetched */
} round_of;

/* Rows row .. row + n_rows - 1 as one panel, columns k0 .. of them. A piece of it is put together in the first-level
 * cache: one number after the other into lines that lie elsewhere takes several times as long. */
static void pack_panel(double *out, const gmet_rows *rows, size_t d, size_t row, size_t n_rows, size_t nr,
                       size_t k0, size_t k_count)
{
    double piece[STEP * FEAT_DMAT_MAX_NR] = {0};
    for (size_t k1 = 0; k1 < k_count; k1 += STEP) {
        size_t n = feat_min_size(k_count - k1, STEP);
        for (size_t r = 0; r < n_rows; r++) {
            const float *floats = gmet_row_floats(rows, row + r, d);
            if (floats != NULL) {
                floats += k0 + k1;
                for (size_t k = AHEAD; k < AHEAD + STEP && k1 + k < k_count; k += LINE)
                    __builtin_prefetch(floats + k);
                for (size_t k = 0; k < n; k++)
                    piece[k * nr + r] = (double)floats[k];
                continue;
            }
            const double *doubles = gmet_row_doubles(rows, row + r, d) + k0 + k1;
            for (size_t k = 0; k < n; k++)
                piece[k * nr + r] = doubles[k];
        }
        memcpy(out + k1 * nr, piece, n * nr * sizeof *out);
    }
}

/* Adds those of columns k0 .. of the rows of a panel. */
static void add_norms(double *norm2, const double *panel, size_t n_rows, size_t nr, size_t k_count)
{
    for (size_t r = 0; r < n_rows; r++) {
        double sum = norm2[r];
        for (size_t k = 0; k < k_count; k++)
            sum = fma(panel[k * nr + r], panel[k * nr + r], sum);
        norm2[r] = sum;
    }
}

static void pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const round_of *r = ctx;
    bool fetched = r->block.f != NULL;
    const gmet_rows *columns = fetched ? &r->block : r->scan->columns;
    size_t d = r->pairs->d, nr = r->pairs->kernels->nr, column = tile * nr;
    size_t n = feat_min_size(r->n_columns - column, nr);
    for (size_t i = 0; i < n; i++)
        r->pairs->norms[column + i] = 0.0;
    for (size_t k0 = 0; k0 < d; k0 += DEPTH) {
        size_t k_count = feat_min_size(d - k0, DEPTH);
        double *panel = r->pairs->pack + k0 * COLUMNS + column * k_count;
        pack_panel(panel, columns, d, (fetched ? 0 : r->j0) + column, n, nr, k0, k_count);
        if (r->scan->norms)
            add_norms(r->pairs->norms + column, panel, n, nr, k_count);
    }
}

/* What sticks out of the block in `values` is not defined. */
static void measure(const round_of *r, double *values, double *a_pack, size_t i0, size_t n_rows)
{
    const feat_dmat_kernels *kernels = r->pairs->kernels;
    size_t nr = kernels->nr, mr = kernels->mr, d = r->pairs->d;
    feat_dmat_mul_tile_fn tile = r->scan->products ? kernels->mul_tile : kernels->dist_tile;
    memset(values, 0, ROWS * COLUMNS * sizeof *values);
    for (size_t k0 = 0; k0 < d; k0 += DEPTH) {
        size_t k_count = feat_min_size(d - k0, DEPTH);
        for (size_t i = 0; i < n_rows; i += nr)
            pack_panel(a_pack + i * k_count, r->scan->rows, d, i0 + i, feat_min_size(n_rows - i, nr), nr, k0,
                       k_count);
        for (size_t j = 0; j < r->n_columns; j += nr)
            for (size_t i = 0; i < n_rows && (!r->scan->upper || r->scan->first + i0 + i < r->j0 + j + nr); i += mr)
                tile(values + i * COLUMNS + j, COLUMNS, a_pack + i / nr * nr * k_count + i % nr,
                     r->pairs->pack + k0 * COLUMNS + j * k_count, k_count);
    }
}

static void block_task(void *ctx, size_t tile, size_t worker)
{
    const round_of *r = ctx;
    gmet_pair_block block = {.i0 = tile * ROWS, .j0 = r->j0, .n_columns = r->n_columns, .tile = tile};
    if (r->scan->upper && r->scan->first + block.i0 >= r->j0 + r->n_columns)
        return;
    block.n_rows = feat_min_size(r->scan->rows->n - block.i0, ROWS);
    block.column_norm2 = r->scan->norms ? r->pairs->norms : NULL;
    block.value = r->pairs->values + worker * ROWS * COLUMNS;
    measure(r, block.value, r->pairs->a_pack + worker * ROWS * DEPTH, block.i0, block.n_rows);
    gmet_rows_done(r->scan->rows, block.i0, block.n_rows, r->pairs->d);
    r->scan->block(r->scan->ctx, &block);
}

feat_status gmet_pairs_scan(const gmet_pairs *pairs, const gmet_pair_scan *scan, feat_error *err)
{
    size_t nr = pairs->kernels->nr;
    const gmet_rows *columns = scan->columns;
    round_of r = {.pairs = pairs, .scan = scan};
    for (r.j0 = 0; r.j0 < columns->n; r.j0 += COLUMNS) {
        r.n_columns = feat_min_size(columns->n - r.j0, COLUMNS);
        if (gmet_fetches_columns(columns->paging)) {
            feat_status status =
                gmet_fetch_columns(&r.block.f, columns->paging, NULL, r.j0, r.n_columns, pairs->d, err);
            if (status != FEAT_OK)
                return status;
        }
        gmet_parallel_for(&pairs->context, (r.n_columns + nr - 1) / nr, pack_task, &r);
        if (r.block.f != NULL)
            gmet_columns_done(columns->paging, NULL, r.j0, r.n_columns, pairs->d);
        else
            gmet_rows_done(columns, r.j0, r.n_columns, pairs->d);
        gmet_parallel_for(&pairs->context, gmet_pairs_tiles(scan->rows->n), block_task, &r);
        feat_status status = gmet_go_on(&pairs->context, err);
        if (status != FEAT_OK)
            return status;
        if (scan->round != NULL)
            scan->round(scan->ctx, r.j0, r.n_columns);
    }
    return FEAT_OK;
}

typedef struct norms {
    double *norm2;
    const gmet_rows *rows;
    size_t d;
} norms;

static void norms_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const norms *t = ctx;
    size_t first = tile * ROWS, n = feat_min_size(t->rows->n - first, ROWS);
    for (size_t i = first; i < first + n; i++) {
        const float *row = gmet_row_floats(t->rows, i, t->d);
        double sum = 0.0;
        for (size_t k = 0; k < t->d; k++)
            sum = fma((double)row[k], (double)row[k], sum);
        t->norm2[i] = sum;
    }
    gmet_rows_done(t->rows, first, n, t->d);
}

void gmet_row_norms(double *norm2, const gmet_rows *rows, size_t d, const gmet_context *context)
{
    norms t = {norm2, rows, d};
    gmet_parallel_for(context, gmet_pairs_tiles(rows->n), norms_task, &t);
}

/* --- nearest neighbours ----------------------------------------------------------------------------- */

typedef struct search {
    size_t k;
    double *list; /* [n][k] ascending */
    size_t *nearest;
} search;

static void insert(double *list, size_t k, double distance)
{
    size_t i = k - 1;
    for (; i > 0 && list[i - 1] > distance; i--)
        list[i] = list[i - 1];
    list[i] = distance;
}

static void radii_block(void *ctx, const gmet_pair_block *b)
{
    const search *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = b->i0 + r;
        double *list = s->list + i * s->k;
        const double *value = b->value + r * COLUMNS;
        for (size_t c = 0; c < b->n_columns; c++)
            if (value[c] < list[s->k - 1] && b->j0 + c != i)
                insert(list, s->k, value[c]);
    }
}

feat_status gmet_radii(double *radius2, const gmet_pairs *pairs, const gmet_rows *rows, size_t k,
                       feat_error *err)
{
    size_t count = 0;
    search s = {.k = k};
    if (feat_mul_size(rows->n, k, &count))
        s.list = feat_alloc_array(count, sizeof *s.list);
    if (s.list == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu neighbours of %zu rows", k, rows->n);
    for (size_t i = 0; i < count; i++)
        s.list[i] = (double)INFINITY;
    gmet_pair_scan scan = {.rows = rows, .columns = rows, .ctx = &s, .block = radii_block};
    feat_status status = gmet_pairs_scan(pairs, &scan, err);
    for (size_t i = 0; i < rows->n; i++)
        radius2[i] = s.list[i * k + k - 1];
    feat_free(s.list);
    return status;
}

static void nearest_block(void *ctx, const gmet_pair_block *b)
{
    const search *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = b->i0 + r;
        const double *value = b->value + r * COLUMNS;
        for (size_t c = 0; c < b->n_columns; c++) {
            if (!(value[c] < s->list[i]))
                continue;
            s->list[i] = value[c];
            if (s->nearest != NULL)
                s->nearest[i] = b->j0 + c;
        }
    }
}

feat_status gmet_nearest(double *distance2, size_t *nearest, const gmet_pairs *pairs, const gmet_rows *rows,
                         const gmet_rows *columns, feat_error *err)
{
    search s = {.list = distance2, .nearest = nearest};
    for (size_t i = 0; i < rows->n; i++) {
        distance2[i] = (double)INFINITY;
        if (nearest != NULL)
            nearest[i] = 0;
    }
    gmet_pair_scan scan = {.rows = rows, .columns = columns, .ctx = &s, .block = nearest_block};
    return gmet_pairs_scan(pairs, &scan, err);
}
