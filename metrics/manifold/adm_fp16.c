/* Precision and recall as guided-diffusion's evaluator computes them ("ADM": evaluator.py, class
 * DistanceBlock). Squared distances are |u|^2 - 2 u.v + |v|^2, cut off at 0, of features rounded to half
 * precision (binary16), every step rounded to it again; rows and columns are taken in blocks of 10,000, and a
 * block in which any value is not finite is computed again in single precision of the unrounded features. A
 * row's radius is the (k + 1)-th smallest of its distances to all rows, itself included: in this arithmetic a
 * row's distance to itself need not be 0. TensorFlow adds in an order of its own; here each sum is as if
 * exact (double) and is then rounded once, so a value may differ from TensorFlow's by one unit in the last
 * place. */
#include "metrics/manifold/adm_fp16.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rows.h"
#include "metrics/manifold/manifold.h"
#include "metrics/pairs/pairs.h"

/* Norms up to here leave every value of a block finite: with |u.v| <= (|u|^2 + |v|^2) / 2 none is above four
 * times it, and the largest half is 65,504. */
static const double safe_norm = 16000.0;

double gmet_round_half(double x)
{
    enum { LEAST = -14, DIGITS = 10, BIAS = 1023, DOUBLE_DIGITS = 52 };
    uint64_t bits;
    double large;
    if (!(fabs(x) < 65520.0)) /* half way from 65,504 to where the next one would be */
        return x > 0.0 ? (double)INFINITY : x < 0.0 ? -(double)INFINITY : x;
    /* Adding 3/2 2^52 units and taking them away again leaves a whole number of units, ties to even. */
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> DOUBLE_DIGITS & 0x7FF) - BIAS;
    exponent = exponent < LEAST ? LEAST : exponent;
    bits = (uint64_t)(exponent - DIGITS + DOUBLE_DIGITS + BIAS) << DOUBLE_DIGITS | UINT64_C(1) << 51;
    memcpy(&large, &bits, sizeof large);
    return (x + large) - large;
}

static double round_single(double x)
{
    return (double)(float)x;
}

typedef double (*rounding)(double);

/* |u|^2 - 2 u.v + |v|^2, from left to right. */
static double squared_distance(rounding round, double norm_u, double product, double norm_v)
{
    double value = round(round(norm_u - round(2.0 * round(product))) + norm_v);
    return value > 0.0 || value != value ? value : 0.0; /* NaN stays */
}

typedef struct adm_set {
    const float *x;
    float *half;        /* [n][d] */
    double *norm[2];    /* [n]: of half, of x */
    double *radius;     /* [n] */
    unsigned char *hit; /* [n]: inside a ball of the other set */
    size_t n, n_blocks;
} adm_set;

typedef struct work {
    const gmet_pairs *pairs;
    size_t k;
    int strict;
    size_t block;
    bool mixed;  /* some blocks overflow */
    bool single; /* this scan is of those that do */
    const adm_set *rows, *columns;
    atomic_uchar *overflows;  /* [row blocks][column blocks] */
    double *nearest;          /* [rows->n][k + 1] */
    atomic_uchar *column_hit; /* [columns->n] */
} work;

static atomic_uchar *overflows_at(const work *w, size_t i, size_t j)
{
    return &w->overflows[i / w->block * w->columns->n_blocks + j / w->block];
}

/* Whether this scan leaves the pair to the other one. */
static bool not_here(const work *w, size_t i, size_t j)
{
    return w->mixed && atomic_load_explicit(overflows_at(w, i, j), memory_order_relaxed) != w->single;
}

static double value_at(const work *w, size_t i, size_t j, double product)
{
    return squared_distance(w->single ? round_single : gmet_round_half, w->rows->norm[w->single][i], product,
                            w->columns->norm[w->single][j]);
}

/* --- which blocks overflow --------------------------------------------------------------------------- */

static void probe_block(void *ctx, const gmet_pair_block *b)
{
    const work *w = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++)
            if (!isfinite(value_at(w, b->i0 + r, b->j0 + c, b->value[r * GMET_PAIR_COLUMNS + c])))
                atomic_store_explicit(overflows_at(w, b->i0 + r, b->j0 + c), 1, memory_order_relaxed);
}

static bool is_safe(const adm_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->norm[0][i] > safe_norm)
            return false;
    return true;
}

static void scan(const work *w, void (*block)(void *, const gmet_pair_block *))
{
    const gmet_rows rows = {.f = w->single ? w->rows->x : w->rows->half, .n = w->rows->n};
    const gmet_rows columns = {.f = w->single ? w->columns->x : w->columns->half, .n = w->columns->n};
    work own = *w;
    gmet_pair_scan s = {.rows = &rows, .columns = &columns, .products = true, .ctx = &own, .block = block};
    feat_status status = gmet_pairs_scan_paged(w->pairs, &s, NULL);
    (void)status; /* that it was to stop is asked at the end */
}

static void find_overflows(work *w)
{
    size_t n = w->rows->n_blocks * w->columns->n_blocks;
    w->single = w->mixed = false;
    if (is_safe(w->rows) && is_safe(w->columns))
        return;
    for (size_t i = 0; i < n; i++)
        atomic_init(&w->overflows[i], 0);
    scan(w, probe_block);
    for (size_t i = 0; i < n; i++)
        w->mixed = w->mixed || atomic_load_explicit(&w->overflows[i], memory_order_relaxed) != 0;
}

/* Half precision where it will do, single elsewhere. */
static void scan_both(work *w, void (*block)(void *, const gmet_pair_block *))
{
    find_overflows(w);
    scan(w, block);
    w->single = w->mixed;
    if (w->mixed)
        scan(w, block);
    w->single = false;
}

/* --- radii and balls ---------------------------------------------------------------------------------- */

static void radii_block(void *ctx, const gmet_pair_block *b)
{
    const work *w = ctx;
    size_t last = w->k;
    for (size_t r = 0; r < b->n_rows; r++) {
        double *list = w->nearest + (b->i0 + r) * (last + 1);
        for (size_t c = 0; c < b->n_columns; c++) {
            if (not_here(w, b->i0 + r, b->j0 + c))
                continue;
            double x = value_at(w, b->i0 + r, b->j0 + c, b->value[r * GMET_PAIR_COLUMNS + c]);
            size_t at = last;
            if (!(x < list[last]))
                continue;
            for (; at > 0 && list[at - 1] > x; at--)
                list[at] = list[at - 1];
            list[at] = x;
        }
    }
}

static void balls_block(void *ctx, const gmet_pair_block *b)
{
    const work *w = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++) {
            size_t i = b->i0 + r, j = b->j0 + c;
            if (not_here(w, i, j))
                continue;
            double x = value_at(w, i, j, b->value[r * GMET_PAIR_COLUMNS + c]);
            if (w->strict ? x < w->columns->radius[j] : x <= w->columns->radius[j])
                w->rows->hit[i] = 1;
            if (w->strict ? x < w->rows->radius[i] : x <= w->rows->radius[i])
                atomic_store_explicit(&w->column_hit[j], 1, memory_order_relaxed);
        }
}

static void find_radii(work *w, const adm_set *s)
{
    w->rows = w->columns = s;
    for (size_t i = 0; i < s->n * (w->k + 1); i++)
        w->nearest[i] = (double)INFINITY;
    scan_both(w, radii_block);
    for (size_t i = 0; i < s->n; i++)
        s->radius[i] = w->nearest[i * (w->k + 1) + w->k];
}

/* --- sets ---------------------------------------------------------------------------------------------- */

static void release_set(adm_set *s)
{
    feat_free(s->half);
    feat_free(s->norm[0]);
    feat_free(s->norm[1]);
    feat_free(s->radius);
    feat_free(s->hit);
}

static bool make_set(adm_set *s, const gmet_set *from, size_t block)
{
    size_t n = from->n, count;
    *s = (adm_set){.x = from->rows, .n = n, .n_blocks = (n - 1) / block + 1};
    if (!feat_mul_size(n, from->d, &count))
        return false;
    s->half = feat_alloc_array(count, sizeof *s->half);
    s->norm[0] = feat_alloc_array(n, sizeof *s->norm[0]);
    s->norm[1] = feat_alloc_array(n, sizeof *s->norm[1]);
    s->radius = feat_alloc_array(n, sizeof *s->radius);
    s->hit = feat_calloc(n, 1);
    return s->half != NULL && s->norm[0] != NULL && s->norm[1] != NULL && s->radius != NULL && s->hit != NULL;
}

typedef struct rounder {
    adm_set *set;
    size_t d;
} rounder;

static void round_task(void *ctx, size_t i, size_t worker)
{
    (void)worker;
    const rounder *r = ctx;
    const float *x = r->set->x + i * r->d;
    float *half = r->set->half + i * r->d;
    double of_half = 0.0, of_single = 0.0;
    for (size_t c = 0; c < r->d; c++) {
        double h = gmet_round_half((double)x[c]);
        half[c] = (float)h;
        of_half += gmet_round_half(h * h);
        of_single += round_single((double)x[c] * (double)x[c]);
    }
    r->set->norm[0][i] = gmet_round_half(of_half);
    r->set->norm[1][i] = round_single(of_single);
}

static double share_of(const unsigned char *flags, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += flags[i];
    return (double)count / (double)n;
}

static feat_status count(gmet_pr_result *out, work *w, adm_set *real, adm_set *gen, feat_error *err)
{
    size_t most = real->n > gen->n ? real->n : gen->n, places, blocks;
    if (!feat_add_size(w->k, 1, &places) || !feat_mul_size(places, most, &places) ||
        !feat_mul_size(most / w->block + 1, most / w->block + 1, &blocks))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu neighbours of %zu rows", w->k, most);
    w->nearest = feat_alloc_array(places, sizeof *w->nearest);
    w->overflows = feat_alloc_array(blocks, sizeof *w->overflows);
    w->column_hit = feat_alloc_array(gen->n, sizeof *w->column_hit);
    feat_status status = FEAT_OK;
    if (w->nearest == NULL || w->overflows == NULL || w->column_hit == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu neighbours of %zu rows", w->k, most);
        goto done;
    }
    find_radii(w, real);
    find_radii(w, gen);
    for (size_t j = 0; j < gen->n; j++)
        atomic_init(&w->column_hit[j], 0);
    w->rows = real;
    w->columns = gen;
    scan_both(w, balls_block);
    for (size_t j = 0; j < gen->n; j++)
        gen->hit[j] = atomic_load_explicit(&w->column_hit[j], memory_order_relaxed);
    out->precision = share_of(gen->hit, gen->n);
    out->recall = share_of(real->hit, real->n);
done:
    feat_free(w->nearest);
    feat_free(w->overflows);
    feat_free(w->column_hit);
    return status;
}

feat_status gmet_adm_fp16(gmet_pr_result *out, const gmet_pr_options *options, size_t block, const gmet_set *real,
                          const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    adm_set r, g = {0};
    gmet_pairs pairs;
    size_t d = real->d;
    feat_status status = gmet_pairs_create(&pairs, d, context, err);
    if (status != FEAT_OK)
        return status;
    work w = {.pairs = &pairs, .k = options->k, .strict = options->strict, .block = block};
    if (!make_set(&r, real, block) || !make_set(&g, gen, block)) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu and %zu rows in half precision", real->n, gen->n);
    } else {
        feat_parallel_for(gmet_pool_of(context), r.n, round_task, &(rounder){&r, d});
        feat_parallel_for(gmet_pool_of(context), g.n, round_task, &(rounder){&g, d});
        status = count(out, &w, &r, &g, err);
        if (status == FEAT_OK && gmet_stopped(context))
            status = feat_fail(err, FEAT_ERR_IO, "interrupted");
    }
    release_set(&r);
    release_set(&g);
    gmet_pairs_release(&pairs);
    return status;
}
