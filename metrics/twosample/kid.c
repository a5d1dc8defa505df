/* Kernel inception distance: the classic mean over subsets and the U-statistic over all pairs. Of kernel values a
 * constant close to their mean is subtracted first, which cancels in MMD^2 and leaves far smaller sums to round. */
#include "metrics/twosample/twosample.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rng.h"
#include "metrics/base/rows.h"
#include "metrics/pairs/pairs.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_slots.h"
#include "metrics/twosample/kid_subsets.h"
#include "metrics/twosample/kid_sums.h"
#include "metrics/twosample/kid_variance.h"

void gmet_kid_options_init(gmet_kid_options *options, size_t size)
{
    static const gmet_kid_options defaults = {
        .struct_size = sizeof defaults, .n_subsets = 100, .subset_size = 1000, .seed = 2020, .degree = 3, .coef0 = 1.0};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct buffers {
    gmet_kid_room room;
    double *values;          /* [n_subsets] */
    size_t *order1, *order2; /* [n1], [n2] */
    float *drawn1, *drawn2;  /* [subset_size][d]: the rows of a subset, of a set that is mapped; else NULL */
} buffers;

static void release(buffers *b)
{
    if (b == NULL)
        return;
    feat_free(b->drawn2);
    feat_free(b->drawn1);
    feat_free(b->order2);
    feat_free(b->order1);
    feat_free(b->values);
    gmet_kid_room_release(&b->room);
    feat_free(b);
}

/* Room for sums over n1 and n2 rows; NULL when there is none. */
static buffers *make_buffers(size_t n1, size_t n2, size_t d, const gmet_kid_kernel *k, const gmet_context *context,
                             feat_error *err)
{
    buffers *b = feat_calloc(1, sizeof *b);
    if (b != NULL && gmet_kid_room_make(&b->room, n1, n2, d, k, context) == FEAT_OK)
        return b;
    release(b);
    (void)feat_fail(err, FEAT_ERR_NOMEM, "no memory for the KID of %zu and %zu rows", n1, n2);
    return NULL;
}

static feat_status overflowed(feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NUMERIC, "KID: kernel values overflow; the features or gamma are too large");
}

static feat_status full_result(gmet_kid_full_result *out, const gmet_mmd_sums *sums, feat_error *err)
{
    gmet_kid_full_result r = {.value = gmet_mmd_value(sums), .has_error = sums->n1 >= 4 && sums->n2 >= 4};
    if (r.has_error) {
        gmet_mmd_spread spread = gmet_mmd_variance(sums, 1.0, 1.0);
        r.variance = spread.variance;
        r.standard_error = spread.standard_error;
    }
    if (!isfinite(r.value) || !isfinite(r.variance))
        return overflowed(err);
    *out = r;
    return FEAT_OK;
}

static feat_status subsets_result(gmet_kid_result *out, const double *values, const gmet_kid_options *o,
                                  feat_error *err)
{
    gmet_kid_result r = {.n_subsets = o->n_subsets, .subset_size = o->subset_size};
    r.std = gmet_spread(&r.mean, values, o->n_subsets, 0);
    if (!isfinite(r.mean) || !isfinite(r.std))
        return overflowed(err);
    *out = r;
    return FEAT_OK;
}

/* Errors: ARG, NUMERIC. */
static feat_status check_sets(const gmet_set *first, const gmet_set *second, feat_error *err)
{
    feat_status status = gmet_check_widths("KID", first, second, err);
    if (status == FEAT_OK)
        status = gmet_check_set("KID", "first", first->rows, first->n, first->d, 2, err);
    if (status == FEAT_OK)
        status = gmet_check_set("KID", "second", second->rows, second->n, second->d, 2, err);
    return status;
}

/* The kernel of options that were checked, less its typical value between the sets. */
static gmet_kid_kernel kernel_between(const gmet_kid_options *o, const gmet_set *first, const gmet_set *second,
                                      const gmet_context *context)
{
    gmet_kid_kernel k = gmet_kid_make_kernel(o, first->d);
    k.shift = gmet_kid_typical_value(&k, gmet_kernels_of(context), first->rows, second->rows,
                                     feat_min_size(first->n, second->n), first->d);
    feat_mapped_done(first->rows, first->n * first->d * sizeof *first->rows);
    feat_mapped_done(second->rows, second->n * second->d * sizeof *second->rows);
    return k;
}

feat_status gmet_kid_full(gmet_kid_full_result *out, const gmet_kid_options *options, const gmet_set *first,
                          const gmet_set *second, const gmet_context *context, feat_error *err)
{
    if (out == NULL || first == NULL || second == NULL)
        return feat_null(err, __func__);
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_kid_options", err);
    if (status == FEAT_OK)
        status = gmet_kid_check_kernel(&o, err);
    if (status == FEAT_OK)
        status = check_sets(first, second, err);
    if (status != FEAT_OK)
        return status;
    gmet_kid_kernel k = kernel_between(&o, first, second, context);
    buffers *b = make_buffers(first->n, second->n, first->d, &k, context, err);
    if (b == NULL)
        return FEAT_ERR_NOMEM;
    gmet_rows x = gmet_rows_of(first), y = gmet_rows_of(second);
    status = gmet_kid_sum_all(&b->room.sums, &b->room.s, &x, &y, b->room.scratch, err);
    if (status == FEAT_OK)
        status = full_result(out, &b->room.sums, err);
    release(b);
    return status;
}

static feat_status check_subsets(gmet_kid_options *o, size_t n1, size_t n2, feat_error *err)
{
    size_t smaller = n1 < n2 ? n1 : n2;
    if (o->shrink && o->subset_size > smaller)
        o->subset_size = smaller;
    if (o->n_subsets == 0)
        return feat_fail(err, FEAT_ERR_ARG, "KID: at least 1 subset expected, 0 found");
    if (o->subset_size > smaller)
        return feat_fail(
            err, FEAT_ERR_NUMERIC,
            "KID: subsets of %zu rows cannot be drawn from %zu and %zu; use a subset size of at most "
            "%zu, or more images",
            o->subset_size, n1, n2, smaller);
    if (o->subset_size < 2)
        return feat_fail(err, o->shrink ? FEAT_ERR_NUMERIC : FEAT_ERR_ARG,
                         "KID: subsets of at least 2 rows expected, %zu found", o->subset_size);
    return FEAT_OK;
}

/* The first n rows in `order`: in place, or brought together from all over the file. */
static gmet_rows draw(float *drawn, const float *all, const size_t *order, size_t n, size_t d)
{
    if (drawn == NULL)
        return (gmet_rows){.f = all, .n = n, .index = order};
    for (size_t i = 0; i < n; i++) {
        const float *row = all + order[i] * d;
        memcpy(drawn + i * d, row, d * sizeof *row);
        feat_mapped_done(row, d * sizeof *row);
    }
    return (gmet_rows){.f = drawn, .n = n};
}

static bool make_room(buffers *b, const gmet_rows *x, const gmet_rows *y, size_t size)
{
    size_t bytes = b->room.s.pairs.d * sizeof(float);
    bool mapped1 = feat_mapped_has(x->f), mapped2 = feat_mapped_has(y->f);
    b->order1 = feat_alloc_array(x->n, sizeof *b->order1);
    b->order2 = feat_alloc_array(y->n, sizeof *b->order2);
    b->drawn1 = mapped1 ? feat_alloc_array(size, bytes) : NULL;
    b->drawn2 = mapped2 ? feat_alloc_array(size, bytes) : NULL;
    return b->order1 != NULL && b->order2 != NULL && mapped1 == (b->drawn1 != NULL) &&
           mapped2 == (b->drawn2 != NULL);
}

/* Fills b->values with what each subset gives, from its own pairs only. Errors: NOMEM, those of the scans. */
static feat_status run_subsets(buffers *b, const gmet_kid_options *o, const gmet_rows *first,
                               const gmet_rows *second, feat_error *err)
{
    size_t n = o->subset_size, d = b->room.s.pairs.d;
    if (!make_room(b, first, second, n))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the KID of %zu and %zu rows", first->n, second->n);
    gmet_mt mt;
    gmet_mt_seed(&mt, o->seed);
    feat_status status = FEAT_OK;
    for (size_t i = 0; i < o->n_subsets && status == FEAT_OK; i++) {
        gmet_mt_permutation(&mt, b->order1, first->n);
        gmet_mt_permutation(&mt, b->order2, second->n);
        gmet_rows x = draw(b->drawn1, first->f, b->order1, n, d),
                  y = draw(b->drawn2, second->f, b->order2, n, d);
        status = gmet_kid_sum_all(&b->room.sums, &b->room.s, &x, &y, b->room.scratch, err);
        b->values[i] = gmet_mmd_value(&b->room.sums);
    }
    return status;
}

feat_status gmet_kid(gmet_kid_result *out, const gmet_kid_options *options, const gmet_set *first,
                     const gmet_set *second, const gmet_context *context, feat_error *err)
{
    if (out == NULL || first == NULL || second == NULL)
        return feat_null(err, __func__);
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_kid_options", err);
    if (status == FEAT_OK)
        status = gmet_kid_check_kernel(&o, err);
    if (status == FEAT_OK)
        status = check_subsets(&o, first->n, second->n, err);
    if (status == FEAT_OK)
        status = check_sets(first, second, err);
    if (status != FEAT_OK)
        return status;
    gmet_kid_kernel k = kernel_between(&o, first, second, context);
    buffers *b = make_buffers(o.subset_size, o.subset_size, first->d, &k, context, err);
    if (b == NULL)
        return FEAT_ERR_NOMEM;
    b->values = feat_alloc_array(o.n_subsets, sizeof *b->values);
    gmet_rows x = gmet_rows_of(first), y = gmet_rows_of(second);
    if (b->values == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu subsets", o.n_subsets);
    else if (gmet_kid_shares(&o, first->n, second->n))
        status = gmet_kid_shared(b->values, &b->room.s.pairs, &k, &x, &y, &o, NULL, err);
    else
        status = run_subsets(b, &o, &x, &y, err);
    if (status == FEAT_OK)
        status = subsets_result(out, b->values, &o, err);
    release(b);
    return status;
}

/* --- both in one scan -------------------------------------------------------------------------------- */

typedef struct both {
    buffers *b;
    const gmet_rows *x, *y;
} both;

/* A scan of gmet_kid_shared that sums all pairs as well. */
static feat_status scan_both(void *ctx, const gmet_kid_slots *slots, feat_error *err)
{
    const both *t = ctx;
    gmet_kid_summing *s = &t->b->room.s;
    gmet_mmd_sums *sums = &t->b->room.sums;
    if (!slots->same)
        return gmet_kid_sum_pairs(&sums->xy_squares, s, t->x, t->y, sums->xy, sums->yx, slots, err);
    if (slots->rows == t->x)
        return gmet_kid_sum_pairs(&sums->xx_squares, s, t->x, t->x, sums->xx, t->b->room.scratch, slots, err);
    return gmet_kid_sum_pairs(&sums->yy_squares, s, t->y, t->y, sums->yy, t->b->room.scratch, slots, err);
}

feat_status gmet_kid_both(gmet_kid_full_result *full, gmet_kid_result *subsets, const gmet_kid_options *options,
                          const gmet_set *first, const gmet_set *second, const gmet_context *context, feat_error *err)
{
    if (full == NULL || subsets == NULL || first == NULL || second == NULL)
        return feat_null(err, __func__);
    gmet_kid_options o;
    gmet_kid_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_kid_options", err);
    subsets->n_subsets = 0;
    if (status != FEAT_OK)
        return status;
    if (gmet_kid_check_kernel(&o, NULL) != FEAT_OK || check_subsets(&o, first->n, second->n, NULL) != FEAT_OK ||
        !gmet_kid_shares(&o, first->n, second->n) || check_sets(first, second, NULL) != FEAT_OK)
        return gmet_kid_full(full, &o, first, second, context, err);
    gmet_kid_kernel k = kernel_between(&o, first, second, context);
    buffers *b = make_buffers(first->n, second->n, first->d, &k, context, err);
    if (b == NULL)
        return FEAT_ERR_NOMEM;
    gmet_rows x = gmet_rows_of(first), y = gmet_rows_of(second);
    both t = {b, &x, &y};
    const gmet_kid_scan own = {&t, scan_both};
    b->room.sums.n1 = first->n;
    b->room.sums.n2 = second->n;
    b->values = feat_alloc_array(o.n_subsets, sizeof *b->values);
    if (b->values == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu subsets", o.n_subsets);
    if (status == FEAT_OK)
        status = gmet_kid_shared(b->values, &b->room.s.pairs, &k, &x, &y, &o, &own, err);
    if (status == FEAT_OK)
        status = full_result(full, &b->room.sums, err);
    if (status == FEAT_OK && subsets_result(subsets, b->values, &o, NULL) != FEAT_OK)
        subsets->n_subsets = 0;
    release(b);
    return status;
}
