/* Whether the order of unshuffled rows shows in their splits: gmet_is_order. Sums are in the order of
 * the rows. */
#include "metrics/diversity/split_order.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/diversity/diversity.h"
#include "metrics/diversity/is_splits.h"

enum { BINS = 32, MOST_UNITS = 16384, SOME_ROWS = 4096, SEED = 20 };

/* A shuffling whose statistic is less by no more than this share of the scatter of all rows counts as equal. */
static const double rounding = 1e-12;

typedef struct ordering {
    const float *logits;
    size_t n, c, stride;
    bool probabilities; /* the rows are no logits */
    double *row;       /* [threads][c] */
    double *factor;    /* [c]: +-1 / sqrt(q) */
    size_t unit;       /* rows that stay together */
    size_t n_units;
    double (*bins)[BINS]; /* [n_units]: mean over the rows of a unit, less the mean over all units */
    size_t *ends;         /* [n_splits]: units up to the end of a split */
    size_t n_splits;
    uint32_t *order;   /* [threads][n_units] */
    double *statistic; /* [1 + GMET_ORDER_SHUFFLES]: of the order at hand, then of the shuffled ones */
} ordering;

static void softmax(const float *logits, size_t c, double *p)
{
    double max = (double)logits[0], total = 0.0;
    for (size_t i = 1; i < c; i++)
        max = (double)logits[i] > max ? (double)logits[i] : max;
    for (size_t i = 0; i < c; i++) {
        p[i] = feat_exp((double)logits[i] - max);
        total += p[i];
    }
    for (size_t i = 0; i < c; i++)
        p[i] /= total;
}

/* p [c] <- the class probabilities of one row. */
static void probabilities_of(const ordering *o, const float *row, double *p)
{
    double total = 0.0;
    if (!o->probabilities) {
        softmax(row, o->c, p);
        return;
    }
    for (size_t i = 0; i < o->c; i++)
        total += (double)row[i];
    for (size_t i = 0; i < o->c; i++)
        p[i] = (double)row[i] / total;
}

/* Signs, and the weights that make of a squared difference its share in the divergence. What a class has in all is
 * known well enough from some of the rows; one that none of them shows is kept from weighing more than they could
 * see. */
static void find_factors(ordering *o)
{
    gmet_splitmix random = {SEED};
    size_t n = o->n < SOME_ROWS ? o->n : SOME_ROWS, base = o->n / n, rest = o->n % n;
    memset(o->factor, 0, o->c * sizeof *o->factor);
    for (size_t i = 0; i < n; i++) {
        probabilities_of(o, o->logits + (i * base + i * rest / n) * o->stride, o->row);
        for (size_t k = 0; k < o->c; k++)
            o->factor[k] += o->row[k];
    }
    for (size_t k = 0; k < o->c; k++) {
        double sign = (gmet_splitmix_u64(&random) >> 63) != 0 ? 1.0 : -1.0;
        o->factor[k] = sign / sqrt((o->factor[k] + 1.0) / (double)n);
    }
}

static void bin_unit(void *ctx, size_t unit, size_t worker)
{
    const ordering *o = ctx;
    double *bins = o->bins[unit], *p = o->row + worker * o->c;
    size_t first = unit * o->unit, last = o->n - first < o->unit ? o->n : first + o->unit;
    memset(bins, 0, sizeof o->bins[unit]);
    for (size_t i = first; i < last; i++) {
        const float *row = o->logits + i * o->stride;
        probabilities_of(o, row, p);
        for (size_t k = 0; k < o->c; k++)
            bins[k % BINS] = fma(o->factor[k], p[k], bins[k % BINS]);
        feat_mapped_done(row, o->c * sizeof *row);
    }
    for (size_t b = 0; b < BINS; b++)
        bins[b] /= (double)(last - first);
}

/* Returns the scatter that is left. */
static double centre(ordering *o)
{
    double mean[BINS] = {0.0}, scatter = 0.0;
    for (size_t u = 0; u < o->n_units; u++)
        for (size_t b = 0; b < BINS; b++)
            mean[b] += o->bins[u][b];
    for (size_t u = 0; u < o->n_units; u++)
        for (size_t b = 0; b < BINS; b++) {
            o->bins[u][b] -= mean[b] / (double)o->n_units;
            scatter = fma(o->bins[u][b], o->bins[u][b], scatter);
        }
    return scatter;
}

/* sum over the splits of |sum of their units|^2 / their number; order NULL: as they are. */
static double between(const ordering *o, const uint32_t *order)
{
    double all = 0.0;
    for (size_t s = 0, u = 0; s < o->n_splits; s++) {
        double sum[BINS] = {0.0}, square = 0.0;
        size_t first = u;
        for (; u < o->ends[s]; u++) {
            const double *bins = o->bins[order != NULL ? order[u] : u];
            for (size_t b = 0; b < BINS; b++)
                sum[b] += bins[b];
        }
        for (size_t b = 0; b < BINS; b++)
            square = fma(sum[b], sum[b], square);
        if (u > first)
            all += square / (double)(u - first);
    }
    return all;
}

/* One order, by Fisher and Yates. The streams of two tiles are 2^24 draws apart. */
static void shuffle_tile(void *ctx, size_t tile, size_t worker)
{
    const ordering *o = ctx;
    uint32_t *order = o->order + worker * o->n_units;
    gmet_splitmix random = {SEED + 1 + tile * UINT64_C(0x9e3779b97f4a7c15) * 0x1000000};
    for (size_t i = 0; i < o->n_units; i++)
        order[i] = (uint32_t)i;
    for (size_t i = o->n_units - 1; i > 0; i--) {
        size_t k = (size_t)(gmet_splitmix_unit(&random) * (double)(i + 1));
        uint32_t kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    o->statistic[1 + tile] = between(o, order);
}

static feat_status compare_orders(gmet_order_result *out, ordering *o, const gmet_is_options *options,
                                  const gmet_context *context, feat_error *err)
{
    size_t n_more = 0;
    find_factors(o);
    gmet_parallel_for(context, o->n_units, bin_unit, o);
    feat_status status = gmet_go_on(context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t s = 0; s < o->n_splits; s++) {
        size_t first, last;
        gmet_is_part(options, o->n, s, &first, &last);
        o->ends[s] = last < o->n ? last / o->unit : o->n_units;
    }
    double scatter = centre(o);
    o->statistic[0] = between(o, NULL);
    gmet_parallel_for(context, GMET_ORDER_SHUFFLES, shuffle_tile, o);
    status = gmet_go_on(context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t t = 0; t < GMET_ORDER_SHUFFLES; t++)
        n_more += o->statistic[1 + t] >= o->statistic[0] - rounding * scatter;
    out->p = (double)(1 + n_more) / (double)(1 + GMET_ORDER_SHUFFLES);
    out->beyond = n_more == 0;
    return FEAT_OK;
}

static bool make_room(ordering *o, size_t threads)
{
    if (threads > SIZE_MAX / o->c || threads > SIZE_MAX / o->n_units)
        return false;
    o->row = feat_alloc_array(threads * o->c, sizeof *o->row);
    o->factor = feat_alloc_array(o->c, sizeof *o->factor);
    o->bins = feat_alloc_array(o->n_units, sizeof *o->bins);
    o->ends = feat_alloc_array(o->n_splits, sizeof *o->ends);
    o->order = feat_alloc_array(threads * o->n_units, sizeof *o->order);
    o->statistic = feat_alloc_array(1 + GMET_ORDER_SHUFFLES, sizeof *o->statistic);
    return o->row != NULL && o->factor != NULL && o->bins != NULL && o->ends != NULL &&
           o->order != NULL && o->statistic != NULL;
}

feat_status gmet_is_order(gmet_order_result *out, const gmet_is_options *options, const gmet_set *logits,
                          const gmet_context *context, feat_error *err)
{
    size_t n = logits->n;
    feat_pool *pool = gmet_pool_of(context);
    gmet_is_options is;
    gmet_is_options_init(&is, sizeof is);
    *out = (gmet_order_result){.p = 1.0};
    feat_status status = feat_sized_read(&is, sizeof is, options, "gmet_is_options", err);
    if (status == FEAT_OK)
        status = gmet_is_check(&is, logits, err);
    if (status != FEAT_OK)
        return status;
    ordering o = {.logits = logits->rows, .n = n, .c = logits->d, .stride = gmet_is_stride(&is, logits)};
    o.probabilities = is.probabilities != 0;
    (void)gmet_is_parts(&is, n, &o.n_splits);
    if (o.n_splits < 2)
        return FEAT_OK;
    o.unit = n / MOST_UNITS + (n % MOST_UNITS != 0);
    o.n_units = n / o.unit + (n % o.unit != 0);
    if (make_room(&o, feat_pool_threads(pool)))
        status = compare_orders(out, &o, &is, context, err);
    else
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to compare the splits of %zu rows", n);
    feat_free(o.row);
    feat_free(o.factor);
    feat_free(o.bins);
    feat_free(o.ends);
    feat_free(o.order);
    feat_free(o.statistic);
    return status;
}
