/* Monge inception distance: sliced Wasserstein-2 over seeded directions. Projections of a block of directions
 * are kept, sorted and coupled; memory is O(n times that block). */
#include "metrics/twosample/twosample.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rng.h"
#include "metrics/base/rows.h"
#include "metrics/base/sorting.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/pairs/pairs.h"

enum { BLOCK = 96 };

void gmet_mind_options_init(gmet_mind_options *options, size_t size)
{
    static const gmet_mind_options defaults = {
        .struct_size = sizeof defaults, .n_directions = 1000, .seed = 2020, .subsample = 1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct slicing {
    gmet_rows rows[2];
    double *projection[2]; /* [BLOCK][n] */
    double *scratch;       /* [threads][larger n] */
    size_t n_scratch;
    double *direction; /* [BLOCK][d] */
    double *cost;      /* [n_directions] */
    size_t l0, n_block;
    int side; /* being projected */
} slicing;

/* x [n]: a uniform direction. */
static void draw_direction(gmet_splitmix *rng, double *x, size_t n)
{
    double norm2;
    do
        norm2 = gmet_splitmix_normals(rng, x, n);
    while (norm2 == 0.0);
    double norm = sqrt(norm2);
    for (size_t i = 0; i < n; i++)
        x[i] /= norm;
}

static void project_block(void *ctx, const gmet_pair_block *b)
{
    const slicing *s = ctx;
    size_t n = s->rows[s->side].n;
    for (size_t c = 0; c < b->n_columns; c++)
        for (size_t r = 0; r < b->n_rows; r++)
            s->projection[s->side][(b->j0 + c) * n + b->i0 + r] = b->value[r * GMET_PAIR_COLUMNS + c];
}

/* Mean squared difference of the quantile functions of x [n] and y [m], both sorted. Each x weighs m parts,
 * each y n parts of n m; they are matched in order. */
static double coupled(const double *x, size_t n, const double *y, size_t m)
{
    double sum = 0.0;
    if (n == m) {
        for (size_t i = 0; i < n; i++)
            sum = fma(x[i] - y[i], x[i] - y[i], sum);
        return sum / (double)n;
    }
    size_t left_x = m, left_y = n;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        size_t part = left_x < left_y ? left_x : left_y;
        double t = x[i] - y[j];
        sum = fma((double)part * t, t, sum);
        left_x -= part;
        left_y -= part;
        if (left_x == 0) {
            left_x = m;
            i++;
        }
        if (left_y == 0) {
            left_y = n;
            j++;
        }
    }
    return sum / ((double)n * (double)m);
}

static void couple_task(void *ctx, size_t tile, size_t worker)
{
    const slicing *s = ctx;
    double *scratch = s->scratch + worker * s->n_scratch;
    size_t n = s->rows[0].n, m = s->rows[1].n;
    double *x = s->projection[0] + tile * n, *y = s->projection[1] + tile * m;
    gmet_sort(x, scratch, n);
    gmet_sort(y, scratch, m);
    s->cost[s->l0 + tile] = coupled(x, n, y, m);
}

static feat_status slice(slicing *s, const gmet_pairs *pairs, const gmet_mind_options *o, feat_error *err)
{
    feat_status status = FEAT_OK;
    gmet_splitmix rng = {o->seed};
    for (s->l0 = 0; s->l0 < o->n_directions && status == FEAT_OK; s->l0 += BLOCK) {
        s->n_block = o->n_directions - s->l0 < BLOCK ? o->n_directions - s->l0 : BLOCK;
        for (size_t l = 0; l < s->n_block; l++)
            draw_direction(&rng, s->direction + l * pairs->d, pairs->d);
        gmet_rows directions = {.g = s->direction, .n = s->n_block};
        gmet_pair_scan scan = {.columns = &directions, .products = true, .ctx = s, .block = project_block};
        for (s->side = 0; s->side < 2 && status == FEAT_OK; s->side++) {
            scan.rows = &s->rows[s->side];
            status = gmet_pairs_scan(pairs, &scan, err);
        }
        if (status != FEAT_OK)
            return status;
        gmet_parallel_for(&pairs->context, s->n_block, couple_task, s);
        status = gmet_go_on(&pairs->context, err);
    }
    return status;
}

/* Nothing here overflows: a squared difference of projections of floats is below 10^78 times d. */
static void summarise(gmet_mind_result *out, const slicing *s, size_t n, size_t d)
{
    double sum = 0.0, squares = 0.0, count = (double)n, factor = 3.0 * (double)d;
    for (size_t l = 0; l < n; l++)
        sum += s->cost[l];
    double mean = sum / count;
    for (size_t l = 0; l < n; l++)
        squares = fma(s->cost[l] - mean, s->cost[l] - mean, squares);
    gmet_mind_result r = {.value = factor * mean, .n_real = s->rows[0].n, .n_gen = s->rows[1].n};
    if (n > 1)
        r.directions_error = factor * sqrt(squares / (count - 1.0) / count);
    *out = r;
}

/* NOMEM or FEAT_OK; order [larger n] receives the subsample. */
static feat_status make_buffers(slicing *s, size_t d, size_t n_directions, size_t n_threads, feat_error *err)
{
    size_t n = s->rows[0].n, m = s->rows[1].n, count, direction;
    s->n_scratch = n > m ? n : m;
    if (!feat_mul_size(s->n_scratch, n_threads, &count) || !feat_mul_size(d, BLOCK, &direction))
        goto fail;
    s->projection[0] = feat_alloc_array(n, BLOCK * sizeof *s->projection[0]);
    s->projection[1] = feat_alloc_array(m, BLOCK * sizeof *s->projection[1]);
    s->scratch = feat_alloc_array(count, sizeof *s->scratch);
    s->direction = feat_alloc_array(direction, sizeof *s->direction);
    s->cost = feat_alloc_array(n_directions, sizeof *s->cost);
    if (s->projection[0] != NULL && s->projection[1] != NULL && s->scratch != NULL && s->direction != NULL &&
        s->cost != NULL)
        return FEAT_OK;
fail:
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the projections of %zu and %zu rows", n, m);
}

feat_status gmet_mind(gmet_mind_result *out, const gmet_mind_options *options, const gmet_set *real,
                      const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    gmet_mind_options o;
    gmet_mind_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_mind_options", err);
    if (o.n_directions == 0)
        return feat_fail(err, FEAT_ERR_ARG, "MIND: at least 1 direction expected, 0 found");
    if (status == FEAT_OK)
        status = gmet_check_sets("MIND", real, gen, 1, err);
    if (status != FEAT_OK)
        return status;
    slicing s = {.rows = {gmet_rows_of(real), gmet_rows_of(gen)}};
    gmet_pairs pairs = {.pack = NULL};
    size_t d = real->d, n_real = real->n, n_gen = gen->n;
    size_t n_max = n_real > n_gen ? n_real : n_gen, *order = NULL;
    if (o.subsample && n_real != n_gen) {
        order = feat_alloc_array(n_max, sizeof *order);
        if (order == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory to draw from %zu rows", n_max);
        gmet_mt mt;
        gmet_mt_seed(&mt, (uint32_t)o.seed);
        gmet_mt_permutation(&mt, order, n_max);
        gmet_rows *larger = &s.rows[n_real > n_gen ? 0 : 1];
        larger->index = order;
        larger->n = n_real > n_gen ? n_gen : n_real;
    }
    status = make_buffers(&s, d, o.n_directions, feat_pool_threads(gmet_pool_of(context)), err);
    if (status == FEAT_OK)
        status = gmet_pairs_create(&pairs, d, context, err);
    if (status == FEAT_OK)
        status = slice(&s, &pairs, &o, err);
    if (status == FEAT_OK)
        summarise(out, &s, o.n_directions, d);
    gmet_pairs_release(&pairs);
    feat_free(s.cost);
    feat_free(s.direction);
    feat_free(s.scratch);
    feat_free(s.projection[1]);
    feat_free(s.projection[0]);
    feat_free(order);
    return status;
}
