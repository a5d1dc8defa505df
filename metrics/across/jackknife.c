/* Delete-group jackknife with groups of nearly equal size (Busing, Meijer and Van der Leeden, "Delete-m
 * jackknife for unequal m", Statistics and Computing 9, 1999). Group j with m rows of n has weight h = n / m;
 * with t the statistic and t_j that without group j
 *
 *     corrected = G t - sum_j (1 - m/n) t_j
 *     variance  = 1/G sum_j (h t - (h - 1) t_j - corrected)^2 / (h - 1)
 *
 * Two sets are independent: their variances and biases add. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/across/across.h"
#include "metrics/base/check_set.h"
#include "metrics/diversity/diversity.h"
#include "metrics/frechet/frechet.h"
#include "metrics/moments/moments.h"

enum { DEFAULT_GROUPS = 20 };

typedef struct jackknife {
    gmet_statistic fn;
    void *ctx;
    size_t n_values, d;
    const double *whole; /* [n_values] */
    double *without;     /* [groups][n_values] */
    double *variance, *bias;
    float *rows;
} jackknife;

static void leave_out(float *to, const float *from, size_t n, size_t d, size_t group, size_t groups)
{
    for (size_t i = 0; i < n; i++) {
        if (i % groups == group)
            continue;
        memcpy(to, from + i * d, d * sizeof *to);
        to += d;
    }
}

static size_t group_size(size_t n, size_t group, size_t groups)
{
    return n / groups + (group < n % groups ? 1 : 0);
}

/* Adds one set's share to variance and bias of value v. */
static void evaluate(jackknife *j, size_t v, size_t n, size_t groups)
{
    double whole = j->whole[v], corrected = (double)groups * whole, variance = 0.0;
    for (size_t g = 0; g < groups; g++) {
        double share = (double)group_size(n, g, groups) / (double)n;
        corrected = fma(share - 1.0, j->without[g * j->n_values + v], corrected);
    }
    for (size_t g = 0; g < groups; g++) {
        double h = (double)n / (double)group_size(n, g, groups);
        double pseudo = fma(h, whole, -(h - 1.0) * j->without[g * j->n_values + v]) - corrected;
        variance += pseudo * pseudo / (h - 1.0);
    }
    j->variance[v] += variance / (double)groups;
    j->bias[v] += whole - corrected;
}

/* Leaves out groups of the first (which = 0) or second set. */
static feat_status run(jackknife *j, const gmet_set *const sets[2], size_t which, size_t groups, feat_error *err)
{
    size_t n = sets[which]->n;
    for (size_t g = 0; g < groups; g++) {
        gmet_set rest = {.rows = j->rows, .n = n - group_size(n, g, groups), .d = j->d};
        const gmet_set *given[2] = {sets[0], sets[1]};
        given[which] = &rest;
        leave_out(j->rows, sets[which]->rows, n, j->d, g, groups);
        feat_status status = j->fn(j->ctx, j->without + g * j->n_values, given[0], given[1], err);
        if (status != FEAT_OK)
            return status;
    }
    for (size_t v = 0; v < j->n_values; v++)
        evaluate(j, v, n, groups);
    return FEAT_OK;
}

static feat_status run_all(jackknife *j, double *whole, const gmet_set *first, const gmet_set *second,
                           size_t groups, feat_error *err)
{
    const gmet_set *const sets[2] = {first, second};
    feat_status status = j->fn(j->ctx, whole, first, second, err);
    for (size_t s = 0; s < 2 && status == FEAT_OK; s++)
        if (sets[s] != NULL)
            status = run(j, sets, s, feat_min_size(groups, sets[s]->n), err);
    return status;
}

feat_status gmet_jackknife(gmet_jackknife_value *out, size_t n_values, size_t n_groups, gmet_statistic fn, void *ctx,
                           const gmet_set *first, const gmet_set *second, feat_error *err)
{
    if (out == NULL || fn == NULL || first == NULL)
        return feat_null(err, __func__);
    size_t d = first->d, groups = n_groups == 0 ? DEFAULT_GROUPS : n_groups, count, n_rows;
    if (n_values == 0 || d == 0 || groups < 2)
        return feat_fail(err, FEAT_ERR_ARG,
                         "jackknife: at least 1 value, 1 column and 2 groups expected, %zu, %zu "
                         "and %zu found",
                         n_values, d, groups);
    feat_status status = second != NULL ? gmet_check_widths("jackknife", first, second, err) : FEAT_OK;
    if (status != FEAT_OK)
        return status;
    if (first->n < 2 || (second != NULL && second->n < 2))
        return feat_fail(err, FEAT_ERR_NUMERIC, "jackknife: at least 2 rows needed, %zu found",
                         first->n < 2 ? first->n : second->n);
    status = gmet_check_there("jackknife", first->rows, first->n, d, err);
    if (status == FEAT_OK && second != NULL)
        status = gmet_check_there("jackknife", second->rows, second->n, d, err);
    if (status != FEAT_OK)
        return status;
    jackknife j = {.fn = fn, .ctx = ctx, .n_values = n_values, .d = d};
    double *block = NULL;
    size_t larger = second != NULL && second->n > first->n ? second->n : first->n;
    if (feat_add_size(groups, 3, &count) && feat_mul_size(count, n_values, &count))
        block = feat_calloc(count, sizeof *block);
    if (feat_mul_size(larger, d, &n_rows))
        j.rows = feat_alloc_array(n_rows, sizeof *j.rows);
    if (block == NULL || j.rows == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a jackknife of %zu rows", larger);
        goto done;
    }
    j.whole = block;
    j.variance = block + n_values;
    j.bias = j.variance + n_values;
    j.without = j.bias + n_values;
    status = run_all(&j, block, first, second, groups, err);
    for (size_t v = 0; v < n_values && status == FEAT_OK; v++)
        out[v] = (gmet_jackknife_value){
            .value = j.whole[v], .corrected = j.whole[v] - j.bias[v], .standard_error = sqrt(j.variance[v])};
done:
    feat_free(block);
    feat_free(j.rows);
    return status;
}

/* --- statistics -------------------------------------------------------------------------------------- */

typedef struct how {
    const gmet_is_options *options;
    const gmet_context *context;
} how;

static feat_status fid_of(void *ctx, double *values, const gmet_set *real, const gmet_set *gen, feat_error *err)
{
    const how *h = ctx;
    gmet_moments *m1 = NULL, *m2 = NULL;
    gmet_fid_result result = {0};
    feat_status status = gmet_moments_create(&m1, real->d, h->context, err);
    if (status == FEAT_OK)
        status = gmet_moments_create(&m2, gen->d, h->context, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m1, real->rows, real->n, real->d, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m2, gen->rows, gen->n, gen->d, err);
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&result, m1, m2, h->context, err);
    values[0] = result.value;
    gmet_moments_close(&m1);
    gmet_moments_close(&m2);
    return status;
}

feat_status gmet_fid_jackknife(gmet_jackknife_value *out, size_t n_groups, const gmet_set *real, const gmet_set *gen,
                               const gmet_context *context, feat_error *err)
{
    if (out == NULL || real == NULL || gen == NULL)
        return feat_null(err, __func__);
    how h = {.context = context};
    return gmet_jackknife(out, 1, n_groups, fid_of, &h, real, gen, err);
}

static feat_status score_of(void *ctx, double *values, const gmet_set *logits, const gmet_set *second, feat_error *err)
{
    (void)second;
    const how *h = ctx;
    gmet_is_result result = {0};
    feat_status status = gmet_inception_score(&result, h->options, logits, h->context, err);
    values[0] = result.mean;
    return status;
}

feat_status gmet_is_jackknife(gmet_jackknife_value *out, size_t n_groups, const gmet_is_options *options,
                              const gmet_set *logits, const gmet_context *context, feat_error *err)
{
    if (out == NULL || logits == NULL)
        return feat_null(err, __func__);
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_is_options", err);
    if (status != FEAT_OK)
        return status;
    o.stride = 0;
    how h = {.options = &o, .context = context};
    return gmet_jackknife(out, 1, n_groups, score_of, &h, logits, NULL, err);
}
