/* Inception Score: exp of the mean Kullback-Leibler divergence between each row's class probabilities and
 * their mean, per split (Salimans et al., "Improved techniques for training GANs", 2016), in the arithmetic
 * of torch-fidelity: softmax in double through log-softmax. With H = sum p log p, mean KL(p_x || q) = mean_x
 * sum_c p_x(c) log p_x(c) - sum_c q(c) log q(c),   q = mean_x p_x, so one pass over the logits is enough.
 * Sums run in chunks of 256 rows, added in order.
 *
 * Standard error: that of the delete-one jackknife within each split, whose mean prediction and entropy without a row
 * follow from those with it; the splits' variances add. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context_of.h"
#include "metrics/base/rng.h"
#include "metrics/base/stopping.h"
#include "metrics/diversity/diversity.h"
#include "metrics/diversity/is_splits.h"

enum { CHUNK = 256 };

void gmet_is_options_init(gmet_is_options *options, size_t size)
{
    static const gmet_is_options defaults = {.struct_size = sizeof defaults,
                                             .n_splits = 10,
                                             .shuffle = 1,
                                             .seed = 2020,
                                             .ddof = 0,
                                             .split = GMET_SPLIT_EVEN,
                                             .block_size = 5000};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

typedef struct scoring {
    const float *logits;
    size_t n, c, stride;
    bool probabilities;  /* the rows are no logits */
    const size_t *order; /* row of the i-th sample */
    size_t first, last;  /* samples of this split */
    double *chunks;      /* [n_chunks][c + 1]: sums of p, then the sum of p log p */
    double *row;         /* [threads][2 c] */
    double entropy;      /* of the split: sum over its rows of sum p log p */
    double *left;        /* [n]: the divergence of a row's split without it, or NULL */
} scoring;

/* Adds the probabilities of one row to p_sum and returns sum p log p. */
static double add_row(const float *logits, size_t c, double *p_sum, double *e)
{
    double max = (double)logits[0];
    for (size_t i = 1; i < c; i++)
        max = (double)logits[i] > max ? (double)logits[i] : max;
    double total = 0.0;
    for (size_t i = 0; i < c; i++) {
        e[i] = feat_exp((double)logits[i] - max);
        total += e[i];
    }
    double log_total = feat_log(total), entropy = 0.0;
    for (size_t i = 0; i < c; i++) {
        double p = e[i] / total;
        p_sum[i] += p;
        entropy = fma(p, ((double)logits[i] - max) - log_total, entropy);
    }
    return entropy;
}

/* The same of a row of probabilities; 0 log 0 = 0. */
static double add_probabilities(const float *row, size_t c, double *p_sum)
{
    double total = 0.0, entropy = 0.0;
    for (size_t i = 0; i < c; i++)
        total += (double)row[i];
    for (size_t i = 0; i < c; i++) {
        double p = (double)row[i] / total;
        p_sum[i] += p;
        if (p > 0.0)
            entropy = fma(p, feat_log(p), entropy);
    }
    return entropy;
}

static void chunk_task(void *ctx, size_t tile, size_t worker)
{
    const scoring *s = ctx;
    double *sums = s->chunks + tile * (s->c + 1), *e = s->row + 2 * worker * s->c;
    size_t i = s->first + tile * CHUNK;
    size_t last = s->last - i < CHUNK ? s->last : i + CHUNK;
    memset(sums, 0, (s->c + 1) * sizeof *sums);
    for (; i < last; i++) {
        const float *row = s->logits + s->order[i] * s->stride;
        sums[s->c] += s->probabilities ? add_probabilities(row, s->c, sums) : add_row(row, s->c, sums, e);
        feat_mapped_done(row, s->c * sizeof *row);
    }
}

/* Mean divergence of a split of n rows, of which sums are known. */
static double divergence(const double *p_sum, double entropy, size_t c, double n)
{
    double kl = entropy / n;
    for (size_t i = 0; i < c; i++) {
        double q = p_sum[i] / n;
        if (q > 0.0) /* 0 log 0 = 0 */
            kl = fma(-q, feat_log(q), kl);
    }
    return kl;
}

/* The sums of the split are in the first chunk. */
static void leave_task(void *ctx, size_t tile, size_t worker)
{
    const scoring *s = ctx;
    double *p = s->row + 2 * worker * s->c, *e = p + s->c, n = (double)(s->last - s->first - 1);
    size_t i = s->first + tile * CHUNK;
    size_t last = s->last - i < CHUNK ? s->last : i + CHUNK;
    for (; i < last; i++) {
        const float *row = s->logits + s->order[i] * s->stride;
        memset(p, 0, s->c * sizeof *p);
        double entropy = add_row(row, s->c, p, e);
        for (size_t k = 0; k < s->c; k++)
            p[k] = s->chunks[k] - p[k];
        s->left[i] = divergence(p, s->entropy - entropy, s->c, n);
        feat_mapped_done(row, s->c * sizeof *row);
    }
}

/* 0 where the caller wants to stop. */
static double split_score(scoring *s, const gmet_context *context)
{
    size_t n_rows = s->last - s->first, n_chunks = (n_rows + CHUNK - 1) / CHUNK;
    gmet_parallel_for(context, n_chunks, chunk_task, s);
    if (gmet_stopped(context))
        return 0.0;
    for (size_t chunk = 1; chunk < n_chunks; chunk++)
        for (size_t i = 0; i <= s->c; i++)
            s->chunks[i] += s->chunks[chunk * (s->c + 1) + i];
    s->entropy = s->chunks[s->c];
    if (s->left != NULL && n_rows > 1)
        gmet_parallel_for(context, n_chunks, leave_task, s);
    return feat_exp(divergence(s->chunks, s->entropy, s->c, (double)n_rows));
}

/* Adds what the rows of the split add to the variance of the mean score over n_parts splits, and the fourth powers of
 * their contributions. */
static void add_variance(const scoring *s, size_t n_parts, double *variance, double *fourth)
{
    double n = (double)(s->last - s->first), mean = 0.0;
    if (n < 2)
        return;
    for (size_t i = s->first; i < s->last; i++) {
        s->left[i] = feat_exp(s->left[i]);
        mean += s->left[i];
    }
    mean /= n;
    for (size_t i = s->first; i < s->last; i++) {
        double x = (s->left[i] - mean) * sqrt((n - 1.0) / n) / (double)n_parts;
        *variance = fma(x, x, *variance);
        *fourth = fma(x * x, x * x, *fourth);
    }
}

feat_status gmet_is_check(const gmet_is_options *o, const gmet_set *logits, feat_error *err)
{
    size_t n = logits->n, c = logits->d, stride = gmet_is_stride(o, logits);
    if (o->split == GMET_SPLIT_BLOCK && o->block_size == 0)
        return feat_fail(err, FEAT_ERR_ARG, "Inception Score: blocks of no rows cannot be scored");
    if (o->n_splits == 0 || (o->split == GMET_SPLIT_EVEN && o->ddof >= o->n_splits))
        return feat_fail(err, FEAT_ERR_ARG,
                         "Inception Score: more splits than ddof expected, %zu splits and ddof %zu found",
                         o->n_splits, o->ddof);
    if (c == 0 || (n > 1 && stride < c))
        return feat_fail(err, FEAT_ERR_ARG,
                         "Inception Score: %zu classes in rows of stride %zu cannot be scored", c, stride);
    if (n == 0)
        return feat_fail(err, FEAT_ERR_NUMERIC, "Inception Score: at least 1 row needed, 0 found");
    if (o->split == GMET_SPLIT_EVEN && n < o->n_splits)
        return feat_fail(
            err, FEAT_ERR_NUMERIC,
            "Inception Score: %zu rows cannot fill %zu splits; use at most %zu splits, or more images", n,
            o->n_splits, n);
    return gmet_check_finite(o->probabilities ? "probabilities" : "logits", logits->rows, n, c, stride, 0, err);
}

static feat_status check_probabilities(const gmet_set *set, size_t stride, feat_error *err)
{
    for (size_t i = 0; i < set->n; i++) {
        const float *row = set->rows + i * stride;
        bool any = false;
        for (size_t j = 0; j < set->d; j++) {
            if (row[j] < 0.0f)
                return feat_fail(err, FEAT_ERR_NUMERIC, "Inception Score: row %zu, column %zu is no probability: %g", i,
                                 j, (double)row[j]);
            any = any || row[j] > 0.0f;
        }
        if (!any)
            return feat_fail(err, FEAT_ERR_NUMERIC, "Inception Score: row %zu: the probabilities are all 0", i);
    }
    return FEAT_OK;
}

size_t gmet_is_parts(const gmet_is_options *o, size_t n, size_t *n_parts)
{
    size_t size = o->split == GMET_SPLIT_BLOCK ? o->block_size : n / o->n_splits + (n % o->n_splits != 0);
    if (size > n)
        size = n;
    *n_parts = o->split == GMET_SPLIT_EVEN ? o->n_splits : n / size + (n % size != 0);
    return size;
}

void gmet_is_part(const gmet_is_options *o, size_t n, size_t i, size_t *first, size_t *last)
{
    size_t n_parts, size = gmet_is_parts(o, n, &n_parts), base = n / n_parts, rest = n % n_parts;
    if (o->split == GMET_SPLIT_EVEN) { /* i * n / n_splits without overflow */
        *first = i * base + i * rest / n_parts;
        *last = (i + 1) * base + (i + 1) * rest / n_parts;
    } else {
        *first = i * size;
        *last = n - *first < size ? n : *first + size;
    }
}

static void score_splits(gmet_is_error_result *error, scoring *s, double *scores, const gmet_is_options *o,
                         const gmet_context *context)
{
    size_t n_parts;
    double variance = 0.0, fourth = 0.0;
    (void)gmet_is_parts(o, s->n, &n_parts);
    error->least_rows = s->n;
    for (size_t i = 0; i < n_parts && !gmet_stopped(context); i++) {
        gmet_is_part(o, s->n, i, &s->first, &s->last);
        scores[i] = split_score(s, context);
        if (s->left != NULL && !gmet_stopped(context))
            add_variance(s, n_parts, &variance, &fourth);
        error->least_rows = s->last - s->first < error->least_rows ? s->last - s->first : error->least_rows;
    }
    error->standard_error = sqrt(variance);
    error->heavy = variance > 0.0 ? fourth / (variance * variance) : 0.0;
}

/* error may be NULL. */
static feat_status measure(gmet_is_result *out, gmet_is_error_result *error, const gmet_is_options *options,
                           const gmet_set *logits, const gmet_context *context, feat_error *err)
{
    size_t n = logits->n, c = logits->d;
    feat_pool *pool = gmet_pool_of(context);
    gmet_is_options o;
    gmet_is_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_is_options", err);
    if (status == FEAT_OK)
        status = gmet_is_check(&o, logits, err);
    if (status == FEAT_OK && o.probabilities)
        status = check_probabilities(logits, gmet_is_stride(&o, logits), err);
    if (status != FEAT_OK)
        return status;
    scoring s = {.logits = logits->rows, .n = n, .c = c, .stride = gmet_is_stride(&o, logits)};
    s.probabilities = o.probabilities != 0;
    size_t n_parts, longest = gmet_is_parts(&o, n, &n_parts), n_chunks = (longest + CHUNK - 1) / CHUNK, count,
                    rows;
    size_t *order = NULL;
    double *scores = NULL;
    if (!feat_mul_size(n_chunks, c + 1, &count) || !feat_mul_size(feat_pool_threads(pool), c, &rows) ||
        !feat_mul_size(rows, 2, &rows))
        goto no_memory;
    order = feat_alloc_array(n, sizeof *order);
    scores = feat_alloc_array(n_parts, sizeof *scores);
    s.chunks = feat_alloc_array(count, sizeof *s.chunks);
    s.row = feat_alloc_array(rows, sizeof *s.row);
    if (error != NULL) {
        s.left = feat_alloc_array(n, sizeof *s.left);
        if (s.left == NULL)
            goto no_memory;
    }
    if (order == NULL || scores == NULL || s.chunks == NULL || s.row == NULL)
        goto no_memory;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    if (o.shuffle) {
        gmet_mt mt;
        gmet_mt_seed(&mt, o.seed);
        gmet_mt_permutation(&mt, order, n);
    }
    s.order = order;
    gmet_is_error_result found;
    score_splits(&found, &s, scores, &o, context);
    status = gmet_go_on(context, err);
    if (status != FEAT_OK)
        goto done;
    if (error != NULL)
        *error = found;
    out->std = gmet_spread(&out->mean, scores, n_parts, o.ddof);
    out->n_splits = n_parts;
    goto done;
no_memory:
    status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the Inception Score of %zu rows", n);
done:
    feat_free(s.left);
    feat_free(s.row);
    feat_free(s.chunks);
    feat_free(scores);
    feat_free(order);
    return status;
}

feat_status gmet_inception_score(gmet_is_result *out, const gmet_is_options *options, const gmet_set *logits,
                                 const gmet_context *context, feat_error *err)
{
    if (out == NULL || logits == NULL)
        return feat_null(err, __func__);
    return measure(out, NULL, options, logits, context, err);
}

feat_status gmet_is_with_error(gmet_is_result *out, gmet_is_error_result *error, const gmet_is_options *options,
                               const gmet_set *logits, const gmet_context *context, feat_error *err)
{
    if (out == NULL || error == NULL || logits == NULL)
        return feat_null(err, __func__);
    return measure(out, error, options, logits, context, err);
}
