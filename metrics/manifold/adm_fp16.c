/* Precision and recall as guided-diffusion's evaluator computes them ("ADM": evaluator.py, class
 * DistanceBlock). Squared distances are |u|^2 - 2 u.v + |v|^2, cut off at 0, of features rounded to half
 * precision (binary16), every step rounded to it again; rows and columns are taken in blocks of 10,000, and a
 * block in which any value is not finite is computed again in single precision of the unrounded features.
 * TensorFlow adds in an order of its own; here each sum is as if exact (double) and is then rounded once, so a
 * value may differ from TensorFlow's by one unit in the last place. */
#include "metrics/manifold/adm_fp16.h"

#include <math.h>
#include <stdatomic.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/manifold/half_balls.h"

/* Norms up to here leave every value of a block finite: with |u.v| <= (|u|^2 + |v|^2) / 2 none is above four
 * times it, and the largest half is 65,504. */
static const double safe_norm = 16000.0;

typedef struct adm_blocks {
    size_t size;
    bool mixed;              /* some blocks overflow */
    atomic_uchar *overflows; /* [row blocks][column blocks] */
} adm_blocks;

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

static double value_at(const gmet_half_search *s, size_t i, size_t j, double product)
{
    return squared_distance(s->single ? round_single : gmet_round_half, s->rows->norm[s->single][i], product,
                            s->columns->norm[s->single][j]);
}

static size_t blocks_of(const adm_blocks *b, const gmet_half_rows *rows)
{
    return (rows->n - 1) / b->size + 1;
}

static atomic_uchar *overflows_at(const gmet_half_search *s, size_t i, size_t j)
{
    const adm_blocks *b = s->ctx;
    return &b->overflows[i / b->size * blocks_of(b, s->columns) + j / b->size];
}

static bool distance(const gmet_half_search *s, size_t i, size_t j, double product, double *value)
{
    const adm_blocks *b = s->ctx;
    if (b->mixed && atomic_load_explicit(overflows_at(s, i, j), memory_order_relaxed) != s->single)
        return false; /* the other scan's */
    *value = value_at(s, i, j, product);
    return true;
}

/* --- which blocks overflow --------------------------------------------------------------------------- */

static void probe_block(void *ctx, const gmet_pair_block *b)
{
    const gmet_half_search *s = ctx;
    for (size_t r = 0; r < b->n_rows; r++)
        for (size_t c = 0; c < b->n_columns; c++)
            if (!isfinite(value_at(s, b->i0 + r, b->j0 + c, b->value[r * GMET_PAIR_COLUMNS + c])))
                atomic_store_explicit(overflows_at(s, b->i0 + r, b->j0 + c), 1, memory_order_relaxed);
}

static bool is_safe(const gmet_half_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->norm[0][i] > safe_norm)
            return false;
    return true;
}

static void find_overflows(const gmet_half_search *s, adm_blocks *b)
{
    size_t n = blocks_of(b, s->rows) * blocks_of(b, s->columns);
    b->mixed = false;
    if (is_safe(s->rows) && is_safe(s->columns))
        return;
    for (size_t i = 0; i < n; i++)
        atomic_init(&b->overflows[i], 0);
    gmet_half_scan(s, probe_block);
    for (size_t i = 0; i < n; i++)
        b->mixed = b->mixed || atomic_load_explicit(&b->overflows[i], memory_order_relaxed) != 0;
}

/* Half precision where it will do, single elsewhere. */
static void visit(gmet_half_search *s, void (*block)(void *ctx, const gmet_pair_block *block))
{
    adm_blocks *b = s->ctx;
    find_overflows(s, b);
    gmet_half_scan(s, block);
    s->single = b->mixed;
    if (b->mixed)
        gmet_half_scan(s, block);
    s->single = false;
}

static const gmet_half_form form = {.visit = visit, .distance = distance};

static feat_status make_blocks(adm_blocks *b, size_t most, feat_error *err)
{
    size_t n;
    if (feat_mul_size(most / b->size + 1, most / b->size + 1, &n))
        b->overflows = feat_alloc_array(n, sizeof *b->overflows);
    if (b->overflows == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the blocks of %zu rows", most);
    return FEAT_OK;
}

feat_status gmet_adm_fp16(gmet_pr_result *out, const gmet_pr_options *options, size_t block, const gmet_set *real,
                          const gmet_set *gen, const gmet_context *context, feat_error *err)
{
    gmet_half_rows r = {0}, g = {0};
    gmet_pairs pairs;
    adm_blocks blocks = {.size = block};
    feat_status status = gmet_pairs_create(&pairs, real->d, context, err);
    if (status != FEAT_OK)
        return status;
    gmet_half_search s = {
        .form = &form, .ctx = &blocks, .pairs = &pairs, .k = options->k, .strict = options->strict != 0};
    status = make_blocks(&blocks, real->n > gen->n ? real->n : gen->n, err);
    if (status == FEAT_OK)
        status = gmet_half_rows_make(&r, real, context, err);
    if (status == FEAT_OK)
        status = gmet_half_rows_make(&g, gen, context, err);
    if (status == FEAT_OK)
        status = gmet_half_count(out, &s, &r, &g, err);
    gmet_half_rows_release(&r);
    gmet_half_rows_release(&g);
    feat_free(blocks.overflows);
    gmet_pairs_release(&pairs);
    return status;
}
