/* Lloyd's algorithm; see kmeans.h. Several runs go on together, so that each pass over the rows serves them all. */
#include "metrics/pairs/kmeans.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/pairs/kmeans_nearest.h"
#include "metrics/pairs/pairs.h"

/* COLUMN_BLOCK: columns that one task adds up, side by side for all means of all runs, so that they stay in a cache. */
enum { COLUMN_BLOCK = 64, MANY_ROWS = 1024, MANY_RUNS = 16, AHEAD = 4 };

typedef struct run {
    gmet_kmeans_run now;
    double *before;    /* [k][d]: the centres of the last round */
    size_t *previous;  /* [n]: its labels */
    double low, high;  /* of its sum of distances, as gmet_kmeans_run has them */
    size_t *count;     /* [k] */
    gmet_splitmix rng; /* of its start */
} run;

typedef struct clustering {
    const gmet_rows *rows;
    const gmet_pairs *pairs;
    gmet_kmeans_options o;
    size_t d;
    gmet_kmeans_search *search;
    double *sums; /* [threads][n_runs][k][COLUMN_BLOCK] */
    run runs[MANY_RUNS];
    size_t n_runs;          /* there is room for */
    run *active[MANY_RUNS]; /* those that go on */
    size_t n_active;
} clustering;

static void load_row(double *to, const gmet_rows *rows, size_t i, size_t d)
{
    const float *floats = gmet_row_floats(rows, i, d);
    if (floats == NULL) {
        memcpy(to, gmet_row_doubles(rows, i, d), d * sizeof *to);
        return;
    }
    for (size_t j = 0; j < d; j++)
        to[j] = (double)floats[j];
}

/* --- starts -------------------------------------------------------------------------------------------- */

static size_t choose(const double *distance2, size_t n, size_t centre, double u)
{
    double total = 0.0, sum = 0.0;
    size_t last = centre % n;
    for (size_t i = 0; i < n; i++)
        total += distance2[i];
    for (size_t i = 0; i < n; i++) {
        sum += distance2[i];
        if (sum > u * total)
            return i;
        if (distance2[i] > 0.0)
            last = i;
    }
    return last;
}

/* Column r is the newest centre of run r. */
static void start_block(void *ctx, const gmet_pair_block *b)
{
    const clustering *c = ctx;
    for (size_t r = 0; r < b->n_columns; r++) {
        double *distance2 = c->active[b->j0 + r]->now.distance2 + b->i0;
        const double *value = b->value + r;
        for (size_t i = 0; i < b->n_rows; i++, value += GMET_PAIR_COLUMNS)
            distance2[i] = *value < distance2[i] ? *value : distance2[i];
    }
}

static feat_status start(clustering *c, feat_error *err)
{
    feat_status status = FEAT_OK;
    size_t n = c->rows->n, index[MANY_RUNS];
    gmet_rows newest = *c->rows;
    newest.n = c->n_active;
    newest.index = index;
    for (size_t r = 0; r < c->n_active; r++)
        for (size_t i = 0; i < n; i++)
            c->active[r]->now.distance2[i] = (double)INFINITY;
    for (size_t centre = 0; centre < c->o.k && status == FEAT_OK; centre++) {
        for (size_t r = 0; r < c->n_active; r++) {
            run *a = c->active[r];
            double u = gmet_splitmix_unit(&a->rng);
            size_t row = centre == 0 ? (size_t)(u * (double)n) : choose(a->now.distance2, n, centre, u);
            load_row(a->now.centres + centre * c->d, c->rows, row, c->d);
            index[r] = c->rows->index != NULL ? c->rows->index[row] : row;
        }
        const gmet_pair_scan scan = {.rows = c->rows, .columns = &newest, .ctx = c, .block = start_block};
        if (centre + 1 < c->o.k)
            status = gmet_pairs_scan(c->pairs, &scan, err);
    }
    return status;
}

/* --- rounds -------------------------------------------------------------------------------------------- */

/* sums [k][COLUMN_BLOCK] of columns j0 .. */
static void add_row(const clustering *c, double *sums, size_t label, size_t i, size_t j0, size_t n)
{
    double *to = sums + label * COLUMN_BLOCK;
    const float *floats = gmet_row_floats(c->rows, i, c->d);
    if (floats != NULL) {
        c->pairs->kernels->add_floats(to, floats + j0, n);
        return;
    }
    const double *doubles = gmet_row_doubles(c->rows, i, c->d) + j0;
    for (size_t j = 0; j < n; j++)
        to[j] += doubles[j];
}

static void mean_task(void *ctx, size_t tile, size_t worker)
{
    const clustering *c = ctx;
    const gmet_rows *rows = c->rows;
    size_t d = c->d, k = c->o.k, j0 = tile * COLUMN_BLOCK, n = feat_min_size(d - j0, COLUMN_BLOCK);
    double *sums = c->sums + worker * c->n_runs * k * COLUMN_BLOCK;
    memset(sums, 0, c->n_active * k * COLUMN_BLOCK * sizeof *sums);
    for (size_t i = 0; i < rows->n; i++) {
        if (i % MANY_ROWS == 0 && i > 0)
            gmet_rows_done(rows, i - MANY_ROWS, MANY_ROWS, d);
        if (rows->f != NULL && i + AHEAD < rows->n)
            __builtin_prefetch(gmet_row_floats(rows, i + AHEAD, d) + j0);
        for (size_t r = 0; r < c->n_active; r++)
            add_row(c, sums + r * k * COLUMN_BLOCK, c->active[r]->now.labels[i], i, j0, n);
    }
    for (size_t r = 0; r < c->n_active * k; r++) {
        size_t count = c->active[r / k]->count[r % k];
        double *centre = c->active[r / k]->now.centres + r % k * d + j0;
        for (size_t j = 0; count > 0 && j < n; j++)
            centre[j] = sums[r * COLUMN_BLOCK + j] / (double)count;
    }
}

static bool has_empty(const clustering *c, const run *a)
{
    size_t least = a->count[0];
    for (size_t k = 1; k < c->o.k; k++)
        least = feat_min_size(least, a->count[k]);
    return least == 0;
}

/* Distances are those of the round before, whose labels the run still has. */
static void measure_before(const clustering *c, run *a, size_t *labels)
{
    gmet_kmeans_run before = a->now;
    before.centres = a->before;
    before.labels = labels;
    gmet_kmeans_measure(c->search, &before);
    a->low = a->high = before.low;
}

static void fill_empty(clustering *c, run *a)
{
    size_t n = c->rows->n;
    double *distance2 = a->now.distance2;
    measure_before(c, a, a->now.labels);
    for (size_t k = 0; k < c->o.k; k++) {
        if (a->count[k] > 0)
            continue;
        double *to = a->now.centres + k * c->d;
        size_t farthest = 0;
        for (size_t i = 1; i < n; i++)
            if (distance2[i] > distance2[farthest])
                farthest = i;
        if (distance2[farthest] > 0.0)
            load_row(to, c->rows, farthest, c->d);
        else
            memcpy(to, a->before + k * c->d, c->d * sizeof *to);
        distance2[farthest] = 0.0;
    }
}

/* The new means are in place of the old centres, which are kept. */
static void begin_round(clustering *c, run *a)
{
    double *old = a->now.centres;
    a->now.centres = a->before;
    a->before = old;
    a->low = a->now.low;
    a->high = a->now.high;
    memcpy(a->previous, a->now.labels, c->rows->n * sizeof *a->previous);
    memset(a->count, 0, c->o.k * sizeof *a->count);
    for (size_t i = 0; i < c->rows->n; i++)
        a->count[a->now.labels[i]]++;
}

/* Whether the sum of distances has hardly become less. Most often bounds say so or otherwise. */
static bool hardly_less(const clustering *c, run *a)
{
    double tolerance = c->o.tolerance;
    if (a->low - a->now.high > tolerance * a->high)
        return false;
    if (a->high - a->now.low < tolerance * a->low)
        return true;
    if (a->low != a->high)
        measure_before(c, a, a->previous);
    if (a->now.low != a->now.high)
        gmet_kmeans_measure(c->search, &a->now);
    return a->low - a->now.low <= tolerance * a->low;
}

static feat_status assign(clustering *c, feat_error *err)
{
    gmet_kmeans_run *runs[MANY_RUNS];
    for (size_t r = 0; r < c->n_active; r++)
        runs[r] = &c->active[r]->now;
    return c->n_active > 0 ? gmet_kmeans_assign(c->search, runs, c->n_active, err) : FEAT_OK;
}

/* The first n runs, from their starts to their ends. Errors: CANCELLED. */
static feat_status run_all(clustering *c, size_t n, feat_error *err)
{
    size_t n_tasks = (c->d + COLUMN_BLOCK - 1) / COLUMN_BLOCK, bytes = c->rows->n * sizeof(size_t);
    for (c->n_active = 0; c->n_active < n; c->n_active++)
        c->active[c->n_active] = &c->runs[c->n_active];
    feat_status status = start(c, err);
    if (status == FEAT_OK)
        status = assign(c, err);
    for (size_t round = 0; round < c->o.max_rounds && c->n_active > 0 && status == FEAT_OK; round++) {
        size_t left = 0;
        for (size_t r = 0; r < c->n_active; r++)
            begin_round(c, c->active[r]);
        gmet_parallel_for(&c->pairs->context, n_tasks, mean_task, c);
        for (size_t r = 0; r < c->n_active; r++)
            if (has_empty(c, c->active[r]))
                fill_empty(c, c->active[r]);
        status = assign(c, err);
        for (size_t r = 0; r < c->n_active && status == FEAT_OK; r++) {
            run *a = c->active[r];
            if (memcmp(a->previous, a->now.labels, bytes) != 0 && !hardly_less(c, a))
                c->active[left++] = a;
        }
        c->n_active = left;
    }
    return status;
}

/* The sum of distances; of a run where only its being finite matters, perhaps an upper bound. */
static double inertia_of(const clustering *c, run *a, bool exact)
{
    if (a->now.low != a->now.high && (exact || !(a->now.high < (double)INFINITY)))
        gmet_kmeans_measure(c->search, &a->now);
    return a->now.high;
}

/* ------------------------------------------------------------------------------------------------------- */

static bool make_run(run *a, size_t n, size_t k, size_t d)
{
    size_t centres;
    if (!feat_mul_size(k, d, &centres))
        return false;
    a->now.centres = feat_alloc_array(centres, sizeof *a->now.centres);
    a->before = feat_alloc_array(centres, sizeof *a->before);
    a->now.distance2 = feat_alloc_array(n, sizeof *a->now.distance2);
    a->now.labels = feat_calloc(n, sizeof *a->now.labels); /* labels of some cluster also where assigning was stopped */
    a->previous = feat_alloc_array(n, sizeof *a->previous);
    a->count = feat_alloc_array(k, sizeof *a->count);
    return a->now.centres != NULL && a->before != NULL && a->now.distance2 != NULL && a->now.labels != NULL &&
           a->previous != NULL && a->count != NULL;
}

static void free_clustering(clustering *c)
{
    for (size_t r = 0; r < c->n_runs; r++) {
        run *a = &c->runs[r];
        feat_free(a->now.centres);
        feat_free(a->before);
        feat_free(a->now.distance2);
        feat_free(a->now.labels);
        feat_free(a->previous);
        feat_free(a->count);
    }
    feat_free(c->sums);
    gmet_kmeans_search_close(&c->search);
}

/* For n runs, or as many as go on together. */
static feat_status make_clustering(clustering *c, size_t n, const gmet_rows *rows, const gmet_kmeans_options *options,
                                   const gmet_pairs *pairs, feat_error *err)
{
    *c = (clustering){.rows = rows, .pairs = pairs, .o = *options, .d = pairs->d};
    c->n_runs = feat_min_size(n, gmet_kmeans_together(options->k, MANY_RUNS));
    size_t sums, threads = feat_pool_threads(pairs->context.pool);
    if (feat_mul_size(threads * c->n_runs * COLUMN_BLOCK, options->k, &sums))
        c->sums = feat_alloc_array(sums, sizeof *c->sums);
    bool made = c->sums != NULL;
    for (size_t r = 0; r < c->n_runs && made; r++)
        made = make_run(&c->runs[r], rows->n, options->k, c->d);
    if (!made)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu clusters of %zu rows", options->k, rows->n);
    return gmet_kmeans_search_create(&c->search, rows, pairs, c->n_runs, options->k, err);
}

static feat_status overflow(const gmet_rows *rows, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NUMERIC, "k-means: the distances of %zu rows overflow", rows->n);
}

feat_status gmet_kmeans(size_t *labels, double *centres, double *inertia, const gmet_rows *rows,
                        const gmet_kmeans_options *options, const gmet_pairs *pairs, feat_error *err)
{
    clustering c;
    gmet_splitmix rng = {options->seed};
    double least = (double)INFINITY;
    feat_status status = make_clustering(&c, options->n_init, rows, options, pairs, err);
    for (size_t first = 0; status == FEAT_OK && first < options->n_init; first += c.n_runs) {
        size_t n = feat_min_size(options->n_init - first, c.n_runs);
        for (size_t r = 0; r < n; r++) {
            c.runs[r].rng = rng;
            for (size_t i = 0; i < options->k; i++) /* what that start draws */
                (void)gmet_splitmix_unit(&rng);
        }
        status = run_all(&c, n, err);
        for (size_t r = 0; r < n && status == FEAT_OK; r++) {
            double found = inertia_of(&c, &c.runs[r], inertia != NULL || options->n_init > 1);
            if (!(found < least))
                continue;
            least = found;
            memcpy(labels, c.runs[r].now.labels, rows->n * sizeof *labels);
            memcpy(centres, c.runs[r].now.centres, options->k * pairs->d * sizeof *centres);
        }
        if (status == FEAT_OK)
            status = gmet_go_on(&pairs->context, err);
    }
    if (status == FEAT_OK && !isfinite(least))
        status = overflow(rows, err);
    else if (status == FEAT_OK && inertia != NULL)
        *inertia = least;
    free_clustering(&c);
    return status;
}

feat_status gmet_kmeans_runs(size_t *labels, size_t n_runs, const gmet_rows *rows, const gmet_kmeans_options *options,
                             const gmet_pairs *pairs, feat_error *err)
{
    clustering c;
    feat_status status = make_clustering(&c, n_runs, rows, options, pairs, err);
    for (size_t first = 0; status == FEAT_OK && first < n_runs; first += c.n_runs) {
        size_t n = feat_min_size(n_runs - first, c.n_runs);
        for (size_t r = 0; r < n; r++)
            c.runs[r].rng = (gmet_splitmix){options->seed + first + r};
        status = run_all(&c, n, err);
        for (size_t r = 0; r < n && status == FEAT_OK; r++) {
            if (!isfinite(inertia_of(&c, &c.runs[r], false)))
                status = overflow(rows, err);
            memcpy(labels + (first + r) * rows->n, c.runs[r].now.labels, rows->n * sizeof *labels);
        }
        if (status == FEAT_OK)
            status = gmet_go_on(&pairs->context, err);
    }
    free_clustering(&c);
    return status;
}
