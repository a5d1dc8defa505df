/* Kernel inception distance: the classic mean over subsets and the U-statistic over all pairs. Kernel values
 * are computed block by block from products (or distances) and summed by row and by column; a constant close
 * to their mean is subtracted first, which cancels in MMD^2 and leaves far smaller sums to round. Of a set
 * against itself only pairs i < j are computed. */
#include "metrics/twosample/kid.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/rng.h"
#include "metrics/base/rows.h"
#include "metrics/gmet_more.h"
#include "metrics/pairs/pairs.h"
#include "metrics/pairs/team.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_variance.h"

enum { COLUMNS = GMET_PAIR_COLUMNS, SHIFT_ROWS = 256, MAX_DEGREE = 64 };

void gmet_kid_options_default(gmet_kid_options *options)
{
    *options =
        (gmet_kid_options){.n_subsets = 100, .subset_size = 1000, .seed = 2020, .degree = 3, .coef0 = 1.0};
}

typedef struct summing {
    gmet_pairs pairs;
    gmet_kid_kernel kernel;
    double ones[COLUMNS];
    size_t n_max;   /* rows of the larger set */
    double *slot;   /* [tiles][COLUMNS]: column sums of each tile of the round */
    double *square; /* [n_max]: sum of squares of each row */
    gmet_kid_sums now; /* of the scan under way */
} summing;

void gmet_kid_apply(const gmet_kid_kernel *k, double *value, size_t n)
{
    if (k->kind == GMET_KERNEL_RBF) {
        for (size_t j = 0; j < n; j++)
            value[j] = iv3_exp(-k->gamma * value[j]) - k->shift;
        return;
    }
    for (size_t j = 0; j < n; j++) {
        double base = fma(k->gamma, value[j], k->coef0), power = base;
        for (unsigned p = 1; p < k->degree; p++)
            power *= base;
        value[j] = power - k->shift;
    }
}

static void sum_block(void *ctx, const gmet_pair_block *b)
{
    const summing *s = ctx;
    const iv3_dmat_kernels *kernels = s->pairs.kernels;
    double *slot = s->slot + b->tile * COLUMNS;
    for (size_t r = 0; r < b->n_rows; r++)
        gmet_kid_apply(&s->kernel, b->value + r * COLUMNS, b->n_columns);
    if (s->now.slots != NULL)
        gmet_kid_add_slots(s->now.slots, b);
    for (size_t r = 0; r < b->n_rows; r++) {
        size_t i = b->i0 + r;
        double *value = b->value + r * COLUMNS;
        for (size_t c = 0; s->now.same && c < b->n_columns && b->j0 + c <= s->now.rows->first + i; c++)
            value[c] = 0.0;
        s->now.row[i] += kernels->dot(value, s->ones, b->n_columns);
        s->now.square[i] += kernels->dot(value, value, b->n_columns);
    }
    memset(slot, 0, b->n_columns * sizeof *slot);
    kernels->axpys(slot, b->value, COLUMNS, s->ones, b->n_rows, b->n_columns);
}

static void sum_round(void *ctx, size_t j0, size_t n_columns)
{
    const summing *s = ctx;
    const gmet_kid_sums *now = &s->now;
    if (now->before != NULL)
        now->before(now->ctx, now->column + j0, j0, n_columns);
    for (size_t tile = 0; tile < gmet_pairs_tiles(now->rows->n); tile++) {
        if (now->same && now->rows->first + tile * GMET_PAIR_ROWS >= j0 + n_columns)
            break;
        for (size_t c = 0; c < n_columns; c++)
            now->column[j0 + c] += s->slot[tile * COLUMNS + c];
    }
    if (now->after != NULL)
        now->after(now->ctx, now->column + j0, j0, n_columns);
}

/* Fills what s->now names. */
static iv3_status scan_sums(summing *s, iv3_error *err)
{
    const gmet_kid_sums *now = &s->now;
    memset(now->row, 0, now->rows->n * sizeof *now->row);
    memset(now->column, 0, now->columns->n * sizeof *now->column);
    memset(now->square, 0, now->rows->n * sizeof *now->square);
    if (now->slots != NULL)
        memset(now->slots->slot, 0,
               gmet_pairs_tiles(now->rows->n) * now->slots->n_subsets * sizeof *now->slots->slot);
    gmet_pair_scan scan = {.rows = now->rows, .columns = now->columns, .upper = now->same, .ctx = s};
    scan.products = s->kernel.kind == GMET_KERNEL_POLYNOMIAL;
    scan.block = sum_block;
    scan.round = sum_round;
    return gmet_pairs_scan_paged(&s->pairs, &scan, err);
}

/* row [rows->n], column [columns->n]: sums of the kernel over the other side. rows == columns: both are the
 * sums over all other rows. *squares: the sum of squares over ordered pairs. slots: NULL, or filled as well. Six
 * copies of it would be most of the code here. */
static __attribute__((noinline)) iv3_status sum_pairs(double *squares, summing *s, const gmet_rows *rows,
                                                      const gmet_rows *columns, double *row, double *column,
                                                      const gmet_kid_slots *slots, iv3_error *err)
{
    bool whole = rows->index == NULL && columns->index == NULL;
    const gmet_team *team =
        whole ? gmet_team_for(s->pairs.pool, rows->f, rows->n, columns->f, columns->n, s->pairs.d) : NULL;
    s->now = (gmet_kid_sums){.kernel = &s->kernel,
                             .same = rows == columns,
                             .rows = rows,
                             .columns = columns,
                             .row = row,
                             .square = s->square,
                             .column = column,
                             .slots = slots};
    iv3_status status =
        team != NULL ? team->kernel_sums(team->ctx, s->pairs.pool, &s->now, s->pairs.d, err) : scan_sums(s, err);
    *squares = 0.0;
    for (size_t i = 0; i < rows->n; i++)
        *squares += s->square[i];
    if (!s->now.same)
        return status;
    for (size_t i = 0; i < rows->n; i++)
        row[i] += column[i];
    *squares *= 2.0;
    return status;
}

/* scratch [larger n]. */
static iv3_status sum_all(gmet_mmd_sums *sums, summing *s, const gmet_rows *x, const gmet_rows *y, double *scratch,
                          iv3_error *err)
{
    sums->n1 = x->n;
    sums->n2 = y->n;
    iv3_status status = sum_pairs(&sums->xx_squares, s, x, x, sums->xx, scratch, NULL, err);
    if (status == IV3_OK)
        status = sum_pairs(&sums->yy_squares, s, y, y, sums->yy, scratch, NULL, err);
    if (status == IV3_OK)
        status = sum_pairs(&sums->xy_squares, s, x, y, sums->xy, sums->yx, NULL, err);
    return status;
}

/* Mean kernel value of the first rows of one set against the same rows of the other. */
static double typical_value(const gmet_kid_kernel *k, const float *x, const float *y, size_t n, size_t d)
{
    double sum = 0.0;
    n = n < SHIFT_ROWS ? n : SHIFT_ROWS;
    for (size_t i = 0; i < n; i++) {
        double base = 0.0;
        for (size_t j = 0; j < d; j++) {
            double a = (double)x[i * d + j], b = (double)y[i * d + j];
            base = k->kind == GMET_KERNEL_POLYNOMIAL ? fma(a, b, base) : fma(a - b, a - b, base);
        }
        gmet_kid_apply(k, &base, 1);
        sum += base;
    }
    iv3_mapped_done(x, n * d * sizeof *x);
    iv3_mapped_done(y, n * d * sizeof *y);
    return sum / (double)n;
}

static gmet_kid_kernel make_kernel(const gmet_kid_options *o, size_t d)
{
    gmet_kid_kernel k = {.kind = o->kernel, .degree = o->degree, .gamma = o->gamma, .coef0 = o->coef0};
    if (o->gamma == 0.0)
        k.gamma = o->kernel == GMET_KERNEL_RBF ? 0.005 : 1.0 / (double)d;
    return k;
}

static iv3_status check_kernel(const gmet_kid_options *o, iv3_error *err)
{
    if (o->kernel != GMET_KERNEL_POLYNOMIAL && o->kernel != GMET_KERNEL_RBF)
        return iv3_fail(err, IV3_ERR_ARG, "KID: kernel %d is not known", (int)o->kernel);
    if (o->degree == 0 || o->degree > MAX_DEGREE)
        return iv3_fail(err, IV3_ERR_ARG, "KID: degree 1 to %d expected, %u found", MAX_DEGREE, o->degree);
    if (!isfinite(o->gamma) || !isfinite(o->coef0) || o->gamma < 0.0)
        return iv3_fail(err, IV3_ERR_ARG, "KID: finite coef0 and gamma >= 0 expected, %g and %g found",
                        o->coef0, o->gamma);
    return IV3_OK;
}

typedef struct buffers {
    summing s;
    gmet_mmd_sums sums;
    double *scratch;
    double *values;          /* [n_subsets] */
    size_t *order1, *order2; /* [n1], [n2] */
    float *drawn1, *drawn2;  /* [subset_size][d]: the rows of a subset, of a set that is mapped; else NULL */
} buffers;

static void release(buffers *b)
{
    if (b == NULL)
        return;
    iv3_free(b->drawn2);
    iv3_free(b->drawn1);
    iv3_free(b->order2);
    iv3_free(b->order1);
    iv3_free(b->values);
    iv3_free(b->scratch);
    iv3_free(b->sums.yx);
    iv3_free(b->sums.xy);
    iv3_free(b->sums.yy);
    iv3_free(b->sums.xx);
    iv3_free(b->s.square);
    iv3_free(b->s.slot);
    gmet_pairs_release(&b->s.pairs);
    iv3_free(b);
}

/* Room for sums over n1 and n2 rows; NULL when there is none. */
static buffers *make_buffers(size_t n1, size_t n2, size_t d, const gmet_kid_kernel *k,
                             const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    size_t n_max = n1 > n2 ? n1 : n2;
    buffers *b = iv3_calloc(1, sizeof *b);
    if (b == NULL)
        goto fail;
    if (gmet_pairs_create(&b->s.pairs, d, kernels, pool, NULL) != IV3_OK)
        goto fail;
    b->s.kernel = *k;
    for (size_t i = 0; i < COLUMNS; i++)
        b->s.ones[i] = 1.0;
    b->s.slot = iv3_alloc_array(gmet_pairs_tiles(n_max), COLUMNS * sizeof *b->s.slot);
    b->s.square = iv3_alloc_array(n_max, sizeof *b->s.square);
    b->sums.xx = iv3_alloc_array(n1, sizeof *b->sums.xx);
    b->sums.yy = iv3_alloc_array(n2, sizeof *b->sums.yy);
    b->sums.xy = iv3_alloc_array(n1, sizeof *b->sums.xy);
    b->sums.yx = iv3_alloc_array(n2, sizeof *b->sums.yx);
    b->scratch = iv3_alloc_array(n_max, sizeof *b->scratch);
    if (b->s.slot == NULL || b->s.square == NULL || b->sums.xx == NULL || b->sums.yy == NULL ||
        b->sums.xy == NULL || b->sums.yx == NULL || b->scratch == NULL)
        goto fail;
    return b;
fail:
    release(b);
    (void)iv3_fail(err, IV3_ERR_NOMEM, "no memory for the KID of %zu and %zu rows", n1, n2);
    return NULL;
}

iv3_status gmet_kid_sum(const gmet_kid_sums *sums, size_t d, iv3_pool *pool, iv3_error *err)
{
    summing *s = iv3_calloc(1, sizeof *s);
    if (s == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the KID of %zu rows", sums->rows->n);
    iv3_status status = gmet_pairs_create(&s->pairs, d, NULL, pool, err);
    s->kernel = *sums->kernel;
    s->now = *sums;
    for (size_t i = 0; i < COLUMNS; i++)
        s->ones[i] = 1.0;
    s->slot = iv3_alloc_array(gmet_pairs_tiles(sums->rows->n) + 1, COLUMNS * sizeof *s->slot);
    if (status == IV3_OK && s->slot == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for the KID of %zu rows", sums->rows->n);
    if (status == IV3_OK)
        status = scan_sums(s, err);
    iv3_free(s->slot);
    gmet_pairs_release(&s->pairs);
    iv3_free(s);
    return status;
}

static iv3_status overflowed(iv3_error *err)
{
    return iv3_fail(err, IV3_ERR_NUMERIC, "KID: kernel values overflow; the features or gamma are too large");
}

static iv3_status full_result(gmet_kid_full_result *out, const gmet_mmd_sums *sums, iv3_error *err)
{
    gmet_kid_full_result r = {.value = gmet_mmd_value(sums), .has_error = sums->n1 >= 4 && sums->n2 >= 4};
    if (r.has_error) {
        gmet_mmd_spread spread = gmet_mmd_variance(sums);
        r.variance = spread.variance;
        r.standard_error = spread.standard_error;
    }
    if (!isfinite(r.value) || !isfinite(r.variance))
        return overflowed(err);
    *out = r;
    return IV3_OK;
}

static iv3_status subsets_result(gmet_kid_result *out, const double *values, const gmet_kid_options *o,
                                 iv3_error *err)
{
    gmet_kid_result r = {.n_subsets = o->n_subsets, .subset_size = o->subset_size};
    r.std = gmet_spread(&r.mean, values, o->n_subsets, 0);
    if (!isfinite(r.mean) || !isfinite(r.std))
        return overflowed(err);
    *out = r;
    return IV3_OK;
}

iv3_status gmet_kid_full_with(gmet_kid_full_result *out, const float *first, size_t n1, const float *second,
                              size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    gmet_kid_options o;
    gmet_kid_options_default(&o);
    if (options != NULL)
        o = *options;
    iv3_status status = check_kernel(&o, err);
    if (status == IV3_OK)
        status = gmet_check_set("KID", "first", first, n1, d, 2, err);
    if (status == IV3_OK)
        status = gmet_check_set("KID", "second", second, n2, d, 2, err);
    if (status != IV3_OK)
        return status;
    gmet_kid_kernel k = make_kernel(&o, d);
    k.shift = typical_value(&k, first, second, n1 < n2 ? n1 : n2, d);
    buffers *b = make_buffers(n1, n2, d, &k, kernels, pool, err);
    if (b == NULL)
        return IV3_ERR_NOMEM;
    gmet_rows x = {.f = first, .n = n1}, y = {.f = second, .n = n2};
    status = sum_all(&b->sums, &b->s, &x, &y, b->scratch, err);
    if (status == IV3_OK)
        status = full_result(out, &b->sums, err);
    release(b);
    return status;
}

iv3_status gmet_kid_full(gmet_kid_full_result *out, const float *first, size_t n1, const float *second,
                         size_t n2, size_t d, const gmet_kid_options *options, iv3_pool *pool, iv3_error *err)
{
    return gmet_kid_full_with(out, first, n1, second, n2, d, options, NULL, pool, err);
}

static iv3_status check_subsets(gmet_kid_options *o, size_t n1, size_t n2, iv3_error *err)
{
    size_t smaller = n1 < n2 ? n1 : n2;
    if (o->shrink && o->subset_size > smaller)
        o->subset_size = smaller;
    if (o->n_subsets == 0)
        return iv3_fail(err, IV3_ERR_ARG, "KID: at least 1 subset expected, 0 found");
    if (o->subset_size > smaller)
        return iv3_fail(
            err, IV3_ERR_NUMERIC,
            "KID: subsets of %zu rows cannot be drawn from %zu and %zu; use a subset size of at most "
            "%zu, or more images",
            o->subset_size, n1, n2, smaller);
    if (o->subset_size < 2)
        return iv3_fail(err, o->shrink ? IV3_ERR_NUMERIC : IV3_ERR_ARG,
                        "KID: subsets of at least 2 rows expected, %zu found", o->subset_size);
    return IV3_OK;
}

/* The first n rows in `order`: in place, or brought together from all over the file. */
static gmet_rows draw(float *drawn, const float *all, const size_t *order, size_t n, size_t d)
{
    if (drawn == NULL)
        return (gmet_rows){.f = all, .n = n, .index = order};
    for (size_t i = 0; i < n; i++) {
        const float *row = all + order[i] * d;
        memcpy(drawn + i * d, row, d * sizeof *row);
        iv3_mapped_done(row, d * sizeof *row);
    }
    return (gmet_rows){.f = drawn, .n = n};
}

static bool make_room(buffers *b, const gmet_rows *x, const gmet_rows *y, size_t size)
{
    size_t bytes = b->s.pairs.d * sizeof(float);
    bool mapped1 = iv3_mapped_has(x->f), mapped2 = iv3_mapped_has(y->f);
    b->order1 = iv3_alloc_array(x->n, sizeof *b->order1);
    b->order2 = iv3_alloc_array(y->n, sizeof *b->order2);
    b->drawn1 = mapped1 ? iv3_alloc_array(size, bytes) : NULL;
    b->drawn2 = mapped2 ? iv3_alloc_array(size, bytes) : NULL;
    return b->order1 != NULL && b->order2 != NULL && mapped1 == (b->drawn1 != NULL) &&
           mapped2 == (b->drawn2 != NULL);
}

/* Fills b->values with what each subset gives, from its own pairs only. Errors: NOMEM, those of the scans. */
static iv3_status run_subsets(buffers *b, const gmet_kid_options *o, const gmet_rows *first,
                              const gmet_rows *second, iv3_error *err)
{
    size_t n = o->subset_size, d = b->s.pairs.d;
    if (!make_room(b, first, second, n))
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the KID of %zu and %zu rows", first->n, second->n);
    gmet_mt mt;
    gmet_mt_seed(&mt, o->seed);
    iv3_status status = IV3_OK;
    for (size_t i = 0; i < o->n_subsets && status == IV3_OK; i++) {
        gmet_mt_permutation(&mt, b->order1, first->n);
        gmet_mt_permutation(&mt, b->order2, second->n);
        gmet_rows x = draw(b->drawn1, first->f, b->order1, n, d),
                  y = draw(b->drawn2, second->f, b->order2, n, d);
        status = sum_all(&b->sums, &b->s, &x, &y, b->scratch, err);
        b->values[i] = gmet_mmd_value(&b->sums);
    }
    return status;
}

iv3_status gmet_kid_with(gmet_kid_result *out, const float *first, size_t n1, const float *second, size_t n2,
                         size_t d, const gmet_kid_options *options, const iv3_dmat_kernels *kernels,
                         iv3_pool *pool, iv3_error *err)
{
    gmet_kid_options o;
    gmet_kid_options_default(&o);
    if (options != NULL)
        o = *options;
    iv3_status status = check_kernel(&o, err);
    if (status == IV3_OK)
        status = check_subsets(&o, n1, n2, err);
    if (status == IV3_OK)
        status = gmet_check_set("KID", "first", first, n1, d, 2, err);
    if (status == IV3_OK)
        status = gmet_check_set("KID", "second", second, n2, d, 2, err);
    if (status != IV3_OK)
        return status;
    gmet_kid_kernel k = make_kernel(&o, d);
    k.shift = typical_value(&k, first, second, n1 < n2 ? n1 : n2, d);
    buffers *b = make_buffers(o.subset_size, o.subset_size, d, &k, kernels, pool, err);
    if (b == NULL)
        return IV3_ERR_NOMEM;
    b->values = iv3_alloc_array(o.n_subsets, sizeof *b->values);
    gmet_rows x = {.f = first, .n = n1}, y = {.f = second, .n = n2};
    if (b->values == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for %zu subsets", o.n_subsets);
    else if (gmet_kid_shares(&o, n1, n2))
        status = gmet_kid_shared(b->values, &b->s.pairs, &k, &x, &y, &o, NULL, err);
    else
        status = run_subsets(b, &o, &x, &y, err);
    if (status == IV3_OK)
        status = subsets_result(out, b->values, &o, err);
    release(b);
    return status;
}

iv3_status gmet_kid(gmet_kid_result *out, const float *first, size_t n1, const float *second, size_t n2,
                    size_t d, const gmet_kid_options *options, iv3_pool *pool, iv3_error *err)
{
    return gmet_kid_with(out, first, n1, second, n2, d, options, NULL, pool, err);
}

/* --- both in one scan -------------------------------------------------------------------------------- */

typedef struct both {
    buffers *b;
    const gmet_rows *x, *y;
} both;

/* A scan of gmet_kid_shared that sums all pairs as well. */
static iv3_status scan_both(void *ctx, const gmet_kid_slots *slots, iv3_error *err)
{
    const both *t = ctx;
    summing *s = &t->b->s;
    gmet_mmd_sums *sums = &t->b->sums;
    if (!slots->same)
        return sum_pairs(&sums->xy_squares, s, t->x, t->y, sums->xy, sums->yx, slots, err);
    if (slots->rows == t->x)
        return sum_pairs(&sums->xx_squares, s, t->x, t->x, sums->xx, t->b->scratch, slots, err);
    return sum_pairs(&sums->yy_squares, s, t->y, t->y, sums->yy, t->b->scratch, slots, err);
}

iv3_status gmet_kid_both_with(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first, size_t n1,
                              const float *second, size_t n2, size_t d, const gmet_kid_options *options,
                              const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    gmet_kid_options o;
    gmet_kid_options_default(&o);
    if (options != NULL)
        o = *options;
    subsets->n_subsets = 0;
    if (check_kernel(&o, NULL) != IV3_OK || check_subsets(&o, n1, n2, NULL) != IV3_OK || !gmet_kid_shares(&o, n1, n2) ||
        gmet_check_set("KID", "first", first, n1, d, 2, NULL) != IV3_OK ||
        gmet_check_set("KID", "second", second, n2, d, 2, NULL) != IV3_OK)
        return gmet_kid_full_with(full, first, n1, second, n2, d, &o, kernels, pool, err);
    gmet_kid_kernel k = make_kernel(&o, d);
    k.shift = typical_value(&k, first, second, n1 < n2 ? n1 : n2, d);
    buffers *b = make_buffers(n1, n2, d, &k, kernels, pool, err);
    if (b == NULL)
        return IV3_ERR_NOMEM;
    gmet_rows x = {.f = first, .n = n1}, y = {.f = second, .n = n2};
    both t = {b, &x, &y};
    const gmet_kid_scan own = {&t, scan_both};
    iv3_status status = IV3_OK;
    b->sums.n1 = n1;
    b->sums.n2 = n2;
    b->values = iv3_alloc_array(o.n_subsets, sizeof *b->values);
    if (b->values == NULL)
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for %zu subsets", o.n_subsets);
    if (status == IV3_OK)
        status = gmet_kid_shared(b->values, &b->s.pairs, &k, &x, &y, &o, &own, err);
    if (status == IV3_OK)
        status = full_result(full, &b->sums, err);
    if (status == IV3_OK && subsets_result(subsets, b->values, &o, NULL) != IV3_OK)
        subsets->n_subsets = 0;
    release(b);
    return status;
}

iv3_status gmet_kid_both(gmet_kid_full_result *full, gmet_kid_result *subsets, const float *first, size_t n1,
                         const float *second, size_t n2, size_t d, const gmet_kid_options *options, iv3_pool *pool,
                         iv3_error *err)
{
    return gmet_kid_both_with(full, subsets, first, n1, second, n2, d, options, NULL, pool, err);
}
