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
#include "engine/base/status.h"
#include "metrics/across/across.h"
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
static feat_status run(jackknife *j, const float *const sets[2], const size_t n[2], size_t which,
                       size_t groups, feat_error *err)
{
    for (size_t g = 0; g < groups; g++) {
        const float *x[2] = {sets[0], sets[1]};
        size_t count[2] = {n[0], n[1]};
        leave_out(j->rows, sets[which], n[which], j->d, g, groups);
        x[which] = j->rows;
        count[which] -= group_size(n[which], g, groups);
        feat_status status = j->fn(j->ctx, j->without + g * j->n_values, x[0], count[0], x[1], count[1], err);
        if (status != FEAT_OK)
            return status;
    }
    for (size_t v = 0; v < j->n_values; v++)
        evaluate(j, v, n[which], groups);
    return FEAT_OK;
}

static feat_status run_all(jackknife *j, double *whole, const float *first, size_t n_first,
                           const float *second, size_t n_second, size_t groups, feat_error *err)
{
    const float *const sets[2] = {first, second};
    const size_t n[2] = {n_first, n_second};
    feat_status status = j->fn(j->ctx, whole, first, n_first, second, n_second, err);
    for (size_t s = 0; s < 2 && status == FEAT_OK; s++)
        if (sets[s] != NULL)
            status = run(j, sets, n, s, groups < n[s] ? groups : n[s], err);
    return status;
}

feat_status gmet_jackknife(gmet_jackknife_value *out, size_t n_values, gmet_statistic fn, void *ctx,
                           const float *first, size_t n_first, const float *second, size_t n_second, size_t d,
                           size_t n_groups, feat_error *err)
{
    size_t groups = n_groups == 0 ? DEFAULT_GROUPS : n_groups, count, n_rows;
    if (n_values == 0 || d == 0 || groups < 2)
        return feat_fail(err, FEAT_ERR_ARG,
                         "jackknife: at least 1 value, 1 column and 2 groups expected, %zu, %zu "
                         "and %zu found",
                         n_values, d, groups);
    if (n_first < 2 || (second != NULL && n_second < 2))
        return feat_fail(err, FEAT_ERR_NUMERIC, "jackknife: at least 2 rows needed, %zu found",
                         n_first < 2 ? n_first : n_second);
    jackknife j = {.fn = fn, .ctx = ctx, .n_values = n_values, .d = d};
    double *block = NULL;
    feat_status status = FEAT_ERR_NOMEM;
    size_t larger = second != NULL && n_second > n_first ? n_second : n_first;
    if (feat_add_size(groups, 3, &count) && feat_mul_size(count, n_values, &count))
        block = feat_calloc(count, sizeof *block);
    if (feat_mul_size(larger, d, &n_rows))
        j.rows = feat_alloc_array(n_rows, sizeof *j.rows);
    if (block == NULL || j.rows == NULL) {
        (void)feat_fail(err, status, "no memory for a jackknife of %zu rows", larger);
        goto done;
    }
    j.whole = block;
    j.variance = block + n_values;
    j.bias = j.variance + n_values;
    j.without = j.bias + n_values;
    status = run_all(&j, block, first, n_first, second, n_second, groups, err);
    for (size_t v = 0; v < n_values && status == FEAT_OK; v++)
        out[v] = (gmet_jackknife_value){
            .value = j.whole[v], .corrected = j.whole[v] - j.bias[v], .standard_error = sqrt(j.variance[v])};
done:
    feat_free(block);
    feat_free(j.rows);
    return status;
}

/* --- statistics -------------------------------------------------------------------------------------- */

typedef struct context {
    size_t d;
    const void *options;
    feat_pool *pool;
} context;

static feat_status fid_of(void *ctx, double *values, const float *real, size_t n_real, const float *gen,
                          size_t n_gen, feat_error *err)
{
    const context *c = ctx;
    gmet_moments *m1 = NULL, *m2 = NULL;
    gmet_fid_result result = {0};
    feat_status status = gmet_moments_create(&m1, c->d, c->pool, err);
    if (status == FEAT_OK)
        status = gmet_moments_create(&m2, c->d, c->pool, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m1, real, n_real, c->d, err);
    if (status == FEAT_OK)
        status = gmet_moments_add(m2, gen, n_gen, c->d, err);
    if (status == FEAT_OK)
        status = gmet_fid_from_moments(&result, m1, m2, c->pool, err);
    values[0] = result.value;
    gmet_moments_close(&m1);
    gmet_moments_close(&m2);
    return status;
}

feat_status gmet_fid_jackknife(gmet_jackknife_value *out, const float *real, size_t n_real, const float *gen,
                               size_t n_gen, size_t d, size_t n_groups, feat_pool *pool, feat_error *err)
{
    context c = {.d = d, .pool = pool};
    return gmet_jackknife(out, 1, fid_of, &c, real, n_real, gen, n_gen, d, n_groups, err);
}

static feat_status score_of(void *ctx, double *values, const float *logits, size_t n, const float *second,
                            size_t n_second, feat_error *err)
{
    (void)second;
    (void)n_second;
    const context *c = ctx;
    gmet_is_result result = {0};
    feat_status status = gmet_inception_score(&result, logits, n, c->d, c->d, c->options, c->pool, err);
    values[0] = result.mean;
    return status;
}

feat_status gmet_is_jackknife(gmet_jackknife_value *out, const float *logits, size_t n, size_t c,
                              const gmet_is_options *options, size_t n_groups, feat_pool *pool, feat_error *err)
{
    context ctx = {.d = c, .options = options, .pool = pool};
    return gmet_jackknife(out, 1, score_of, &ctx, logits, n, NULL, 0, c, n_groups, err);
}
