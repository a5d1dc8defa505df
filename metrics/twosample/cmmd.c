/* CMMD: biased MMD^2 with a wide RBF kernel of rows of unit length. Of such rows |x - y|^2 is at most 4 and k at least
 * .98, and MMD^2 is a small difference of means near 1; so all sums are of k - 1, which is found without k. */
#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rows.h"
#include "metrics/base/stopping.h"
#include "metrics/pairs/pairs.h"
#include "metrics/twosample/kid_kernel.h"
#include "metrics/twosample/kid_sums.h"
#include "metrics/twosample/kid_variance.h"
#include "metrics/twosample/twosample.h"

static const double scale = 1000.0;

void gmet_cmmd_options_init(gmet_cmmd_options *options, size_t size)
{
    static const gmet_cmmd_options defaults = {.struct_size = sizeof defaults, .sigma = 10.0, .normalise = 1};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

/* A row of zeros has no direction. norm2 [n]: scratch. */
static feat_status check_lengths(const char *name, double *norm2, const gmet_set *set, const gmet_context *context,
                                 feat_error *err)
{
    const gmet_rows rows = gmet_rows_of(set);
    gmet_row_norms(norm2, &rows, set->d, context);
    feat_status status = gmet_go_on(context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < set->n; i++)
        if (!(norm2[i] > 0.0))
            return feat_fail(err, FEAT_ERR_NUMERIC,
                             "CMMD: %s: row %zu is zero, which has no direction to be made of length 1", name, i);
    return FEAT_OK;
}

static feat_status check(const gmet_cmmd_options *o, const gmet_set *first, const gmet_set *second, feat_error *err)
{
    /* gamma = 1 / (2 sigma^2) is to be a number */
    if (!(o->sigma >= 1e-100 && o->sigma <= 1e100))
        return feat_fail(err, FEAT_ERR_ARG, "CMMD: sigma from 1e-100 to 1e100 expected, %g found", o->sigma);
    feat_status status = gmet_check_widths("CMMD", first, second, err);
    if (status == FEAT_OK)
        status = gmet_check_set("CMMD", "first", first->rows, first->n, first->d, 2, err);
    if (status == FEAT_OK)
        status = gmet_check_set("CMMD", "second", second->rows, second->n, second->d, 2, err);
    return status;
}

static double total(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static gmet_cmmd_result result_of(const gmet_mmd_sums *s)
{
    double n1 = (double)s->n1, n2 = (double)s->n2;
    double xx = total(s->xx, s->n1) / (n1 * n1), yy = total(s->yy, s->n2) / (n2 * n2);
    double xy = total(s->xy, s->n1) / (n1 * n2);
    gmet_cmmd_result r = {.value = scale * fma(-2.0, xy, xx + yy), .unbiased = scale * gmet_mmd_value(s)};
    r.has_error = s->n1 >= 4 && s->n2 >= 4;
    if (r.has_error)
        r.standard_error = scale * gmet_mmd_variance(s, (n1 - 1.0) / n1, (n2 - 1.0) / n2).standard_error;
    return r;
}

feat_status gmet_cmmd(gmet_cmmd_result *out, const gmet_cmmd_options *options, const gmet_set *first,
                      const gmet_set *second, const gmet_context *context, feat_error *err)
{
    if (out == NULL || first == NULL || second == NULL)
        return feat_null(err, __func__);
    gmet_cmmd_options o;
    gmet_cmmd_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_cmmd_options", err);
    if (status == FEAT_OK)
        status = check(&o, first, second, err);
    if (status != FEAT_OK)
        return status;
    gmet_kid_kernel k = {.kind = GMET_KERNEL_RBF, .shift = 1.0, .less_one = true, .unit = o.normalise != 0};
    k.gamma = 1.0 / (2.0 * (o.sigma * o.sigma));
    gmet_kid_room *b = feat_calloc(1, sizeof *b); /* too large for a stack frame */
    if (b == NULL || gmet_kid_room_make(b, first->n, second->n, first->d, &k, context) != FEAT_OK)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the CMMD of %zu and %zu rows", first->n, second->n);
    gmet_rows x = gmet_rows_of(first), y = gmet_rows_of(second);
    if (k.unit && status == FEAT_OK)
        status = check_lengths("first", b->s.norm2, first, context, err);
    if (k.unit && status == FEAT_OK)
        status = check_lengths("second", b->s.norm2, second, context, err);
    if (status == FEAT_OK)
        status = gmet_kid_sum_all(&b->sums, &b->s, &x, &y, b->scratch, err);
    if (status == FEAT_OK)
        *out = result_of(&b->sums);
    if (b != NULL)
        gmet_kid_room_release(b);
    feat_free(b);
    return status;
}
