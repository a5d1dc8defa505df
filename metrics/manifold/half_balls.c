/* Rows in half precision, and the balls around them. */
#include "metrics/manifold/half_balls.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"
#include "metrics/manifold/share.h"

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

/* --- rows ------------------------------------------------------------------------------------------------ */

static void round_task(void *ctx, size_t i, size_t worker)
{
    (void)worker;
    gmet_half_rows *rows = ctx;
    const float *x = rows->x + i * rows->d;
    float *half = rows->half + i * rows->d;
    double of_half = 0.0, of_single = 0.0;
    for (size_t c = 0; c < rows->d; c++) {
        double h = gmet_round_half((double)x[c]);
        half[c] = (float)h;
        of_half += gmet_round_half(h * h);
        of_single += (double)(float)((double)x[c] * (double)x[c]);
    }
    rows->norm[0][i] = gmet_round_half(of_half);
    rows->norm[1][i] = (double)(float)of_single;
}

feat_status gmet_half_rows_make(gmet_half_rows *rows, const gmet_set *from, const gmet_context *context,
                                feat_error *err)
{
    size_t n = from->n, count;
    *rows = (gmet_half_rows){.x = from->rows, .n = n, .d = from->d};
    if (feat_mul_size(n, from->d, &count))
        rows->half = feat_alloc_array(count, sizeof *rows->half);
    rows->norm[0] = feat_alloc_array(n, sizeof *rows->norm[0]);
    rows->norm[1] = feat_alloc_array(n, sizeof *rows->norm[1]);
    rows->radius = feat_alloc_array(n, sizeof *rows->radius);
    rows->hit = feat_calloc(n, 1);
    if (rows->half == NULL || rows->norm[0] == NULL || rows->norm[1] == NULL || rows->radius == NULL ||
        rows->hit == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu rows in half precision", n);
    feat_parallel_for(gmet_pool_of(context), n, round_task, rows);
    return FEAT_OK;
}

void gmet_half_rows_release(gmet_half_rows *rows)
{
    feat_free(rows->half);
    feat_free(rows->norm[0]);
    feat_free(rows->norm[1]);
    feat_free(rows->radius);
    feat_free(rows->hit);
}

/* --- radii and balls ------------------------------------------------------------------------------------- */

void gmet_half_scan(const gmet_half_search *s, void (*block)(void *ctx, const gmet_pair_block *block))
{
    const gmet_rows rows = {.f = s->single ? s->rows->x : s->rows->half, .n = s->rows->n};
    const gmet_rows columns = {.f = s->single ? s->columns->x : s->columns->half, .n = s->columns->n};
    gmet_half_search own = *s;
    gmet_pair_scan scan = {.rows = &rows, .columns = &columns, .products = true, .ctx = &own, .block = block};
    feat_status status = gmet_pairs_scan(s->pairs, &scan, NULL);
    (void)status; /* that it was to stop is asked at the end */
}

static void radii_block(void *ctx, const gmet_pair_block *b)
{
    const gmet_half_search *s = ctx;
    size_t last = s->k;
    for (size_t r = 0; r < b->n_rows; r++) {
        double *list = s->nearest + (b->i0 + r) * (last + 1), x;
        for (size_t c = 0; c < b->n_columns; c++) {
            size_t at = last;
            if (!s->form->distance(s, b->i0 + r, b->j0 + c, b->value[r * GMET_PAIR_COLUMNS + c], &x) ||
                !(x < list[last]))
                continue;
            for (; at > 0 && list[at - 1] > x; at--)
                list[at] = list[at - 1];
            list[at] = x;
        }
    }
}

static void balls_block(void *ctx, const gmet_pair_block *b)
{
    const gmet_half_search *s = ctx;
    double x;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++) {
            size_t i = b->i0 + r, j = b->j0 + c;
            if (!s->form->distance(s, i, j, b->value[r * GMET_PAIR_COLUMNS + c], &x))
                continue;
            if (s->strict ? x < s->columns->radius[j] : x <= s->columns->radius[j])
                s->rows->hit[i] = 1;
            if (s->strict ? x < s->rows->radius[i] : x <= s->rows->radius[i])
                atomic_store_explicit(&s->column_hit[j], 1, memory_order_relaxed);
        }
}

static void find_radii(gmet_half_search *s, const gmet_half_rows *rows)
{
    s->rows = s->columns = rows;
    for (size_t i = 0; i < rows->n * (s->k + 1); i++)
        s->nearest[i] = (double)INFINITY;
    s->form->visit(s, radii_block);
    for (size_t i = 0; i < rows->n; i++)
        rows->radius[i] = s->nearest[i * (s->k + 1) + s->k];
}

feat_status gmet_half_count(gmet_pr_result *out, gmet_half_search *s, gmet_half_rows *real, gmet_half_rows *gen,
                            feat_error *err)
{
    size_t most = real->n > gen->n ? real->n : gen->n, places;
    feat_status status = FEAT_OK;
    if (feat_add_size(s->k, 1, &places) && feat_mul_size(places, most, &places))
        s->nearest = feat_alloc_array(places, sizeof *s->nearest);
    s->column_hit = feat_alloc_array(gen->n, sizeof *s->column_hit);
    if (s->nearest == NULL || s->column_hit == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu neighbours of %zu rows", s->k, most);
        goto done;
    }
    find_radii(s, real);
    find_radii(s, gen);
    for (size_t j = 0; j < gen->n; j++)
        atomic_init(&s->column_hit[j], 0);
    s->rows = real;
    s->columns = gen;
    s->form->visit(s, balls_block);
    for (size_t j = 0; j < gen->n; j++)
        gen->hit[j] = atomic_load_explicit(&s->column_hit[j], memory_order_relaxed);
    out->precision = gmet_share(gen->hit, gen->n);
    out->recall = gmet_share(real->hit, real->n);
    if (status == FEAT_OK)
        status = gmet_go_on(&s->pairs->context, err);
done:
    feat_free(s->nearest);
    feat_free(s->column_hit);
    s->nearest = NULL;
    s->column_hit = NULL;
    return status;
}
