/* Lloyd's algorithm; see kmeans.h. */
#include "metrics/pairs/kmeans.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/rows.h"
#include "metrics/base/splitmix.h"
#include "metrics/pairs/pairs.h"

enum { COLUMN_BLOCK = 64, MANY_ROWS = 1024 };

typedef struct clustering {
    const gmet_rows *rows;
    const gmet_pairs *pairs;
    size_t k;
    double *centres;   /* [k][d] */
    double *distance2; /* [n] to the nearest centre */
    double *candidate; /* [n] */
    size_t *labels, *previous;
    size_t *count; /* [k] */
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

typedef struct to_one {
    const clustering *c;
    const float *row;
    double *distance2;
} to_one;

static void to_one_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const to_one *t = ctx;
    const gmet_rows *rows = t->c->rows;
    const feat_dmat_kernels *kernels = t->c->pairs->kernels;
    size_t d = t->c->pairs->d, i0 = tile * GMET_PAIR_ROWS, end = feat_min_size(i0 + GMET_PAIR_ROWS, rows->n);
    const float *x[FEAT_DMAT_PAIRS], *y[FEAT_DMAT_PAIRS];
    for (size_t i = i0, n; i < end; i += n) {
        n = feat_min_size(end - i, FEAT_DMAT_PAIRS);
        for (size_t r = 0; r < n; r++) {
            x[r] = gmet_row_floats(rows, i + r, d);
            y[r] = t->row;
        }
        kernels->dist_pairs(t->distance2 + i, x, y, n, d);
    }
    gmet_rows_done(rows, i0, end - i0, d);
}

/* Squared distances of all rows to one of them. A scan over pairs has room for many columns in its tiles, and would
 * compute with all of them. */
static void measure_to(const clustering *c, size_t row, const double *as_doubles, double *distance2)
{
    to_one t = {c, gmet_row_floats(c->rows, row, c->pairs->d), distance2};
    gmet_rows one = {.g = as_doubles, .n = 1};
    if (t.row != NULL)
        feat_parallel_for(c->pairs->context.pool, gmet_pairs_tiles(c->rows->n), to_one_task, &t);
    else
        gmet_nearest(distance2, NULL, c->pairs, c->rows, &one);
}

static void start(clustering *c, gmet_splitmix *rng)
{
    size_t n = c->rows->n, d = c->pairs->d;
    size_t row = (size_t)(gmet_splitmix_unit(rng) * (double)n);
    for (size_t centre = 0; centre < c->k; centre++) {
        if (centre > 0)
            row = choose(c->distance2, n, centre, gmet_splitmix_unit(rng));
        double *to = c->centres + centre * d;
        load_row(to, c->rows, row, d);
        measure_to(c, row, to, centre == 0 ? c->distance2 : c->candidate);
        for (size_t i = 0; centre > 0 && i < n; i++)
            c->distance2[i] = c->candidate[i] < c->distance2[i] ? c->candidate[i] : c->distance2[i];
    }
}

static void mean_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const clustering *c = ctx;
    size_t d = c->pairs->d, j0 = tile * COLUMN_BLOCK, j1 = j0 + COLUMN_BLOCK < d ? j0 + COLUMN_BLOCK : d;
    for (size_t k = 0; k < c->k; k++)
        if (c->count[k] > 0)
            memset(c->centres + k * d + j0, 0, (j1 - j0) * sizeof *c->centres);
    for (size_t i = 0; i < c->rows->n; i++) {
        double *to = c->centres + c->labels[i] * d;
        if (i % MANY_ROWS == 0 && i > 0)
            gmet_rows_done(c->rows, i - MANY_ROWS, MANY_ROWS, d);
        const float *floats = gmet_row_floats(c->rows, i, d);
        if (floats != NULL) {
            c->pairs->kernels->add_floats(to + j0, floats + j0, j1 - j0);
            continue;
        }
        const double *doubles = gmet_row_doubles(c->rows, i, d);
        for (size_t j = j0; j < j1; j++)
            to[j] += doubles[j];
    }
    for (size_t k = 0; k < c->k; k++)
        for (size_t j = j0; c->count[k] > 0 && j < j1; j++)
            c->centres[k * d + j] /= (double)c->count[k];
}

static void fill_empty(clustering *c)
{
    size_t n = c->rows->n;
    for (size_t k = 0; k < c->k; k++) {
        if (c->count[k] > 0)
            continue;
        size_t farthest = 0;
        for (size_t i = 1; i < n; i++)
            if (c->distance2[i] > c->distance2[farthest])
                farthest = i;
        if (c->distance2[farthest] > 0.0)
            load_row(c->centres + k * c->pairs->d, c->rows, farthest, c->pairs->d);
        c->distance2[farthest] = 0.0;
    }
}

static double assign(clustering *c)
{
    gmet_rows centres = {.g = c->centres, .n = c->k};
    double inertia = 0.0;
    gmet_nearest(c->distance2, c->labels, c->pairs, c->rows, &centres);
    for (size_t i = 0; i < c->rows->n; i++)
        inertia += c->distance2[i];
    return inertia;
}

static double run(clustering *c, const gmet_kmeans_options *o, gmet_splitmix *rng)
{
    size_t n = c->rows->n, n_tasks = (c->pairs->d + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
    start(c, rng);
    double inertia = assign(c);
    for (size_t round = 0; round < o->max_rounds; round++) {
        double before = inertia;
        memcpy(c->previous, c->labels, n * sizeof *c->labels);
        memset(c->count, 0, c->k * sizeof *c->count);
        for (size_t i = 0; i < n; i++)
            c->count[c->labels[i]]++;
        feat_parallel_for(c->pairs->context.pool, n_tasks, mean_task, c);
        fill_empty(c);
        inertia = assign(c);
        if (memcmp(c->previous, c->labels, n * sizeof *c->labels) == 0 ||
            before - inertia <= o->tolerance * before)
            break;
    }
    return inertia;
}

static bool make_buffers(clustering *c)
{
    size_t n = c->rows->n, centres;
    if (!feat_mul_size(c->k, c->pairs->d, &centres))
        return false;
    c->centres = feat_alloc_array(centres, sizeof *c->centres);
    c->distance2 = feat_alloc_array(n, sizeof *c->distance2);
    c->candidate = feat_alloc_array(n, sizeof *c->candidate);
    c->labels = feat_alloc_array(n, sizeof *c->labels);
    c->previous = feat_alloc_array(n, sizeof *c->previous);
    c->count = feat_alloc_array(c->k, sizeof *c->count);
    return c->centres != NULL && c->distance2 != NULL && c->candidate != NULL && c->labels != NULL &&
           c->previous != NULL && c->count != NULL;
}

feat_status gmet_kmeans(size_t *labels, double *centres, double *inertia, const gmet_rows *rows,
                        const gmet_kmeans_options *options, const gmet_pairs *pairs, feat_error *err)
{
    clustering c = {.rows = rows, .pairs = pairs, .k = options->k};
    gmet_splitmix rng = {options->seed};
    feat_status status = FEAT_OK;
    double least = (double)INFINITY;
    if (!make_buffers(&c)) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu clusters of %zu rows", c.k, rows->n);
        goto done;
    }
    for (size_t i = 0; i < options->n_init; i++) {
        double found = run(&c, options, &rng);
        if (!(found < least))
            continue;
        least = found;
        memcpy(labels, c.labels, rows->n * sizeof *labels);
        memcpy(centres, c.centres, c.k * pairs->d * sizeof *centres);
    }
    if (!isfinite(least))
        status = feat_fail(err, FEAT_ERR_NUMERIC, "k-means: the distances of %zu rows overflow", rows->n);
    else if (inertia != NULL)
        *inertia = least;
done:
    feat_free(c.count);
    feat_free(c.previous);
    feat_free(c.labels);
    feat_free(c.candidate);
    feat_free(c.distance2);
    feat_free(c.centres);
    return status;
}
