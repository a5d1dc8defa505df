/* Rows of floats meet the centres of all clusterings together, as products of floats (products.h), whose bounds almost
 * always show which centre is nearest. Where they do not the distances are computed: in double, one chain over the
 * columns. So labels do not depend on the products, and rows are read once for all clusterings.
 *
 * A centre c is in doubles, and its product that of the nearest floats c'. With e = |c - c'|,
 * | |x - c|^2 - |x - c'|^2 | <= 2 e (|x'| + |c'|) + e^2 (x', c' with what products.h takes from both), and
 * 2 e |x'| <= T |x'|^2 + e^2 / T for any T > 0. */
#include "metrics/pairs/kmeans_nearest.h"

#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/pairs/products.h"

enum { ROWS = GMET_PRODUCT_ROWS, COLUMNS = GMET_PRODUCT_COLUMNS, FEW = FEAT_DMAT_PAIRS };

/* SUMS: what rounding takes from a sum of distances, as a share of it, is far less. */
static const double T = 0x1p-22, SUMS = 1e-9;

struct gmet_kmeans_search {
    const gmet_rows *rows;
    const gmet_pairs *pairs;
    size_t k;
    gmet_products *products;    /* NULL: every distance is computed */
    double *row_low, *row_high; /* [n]: gmet_products_sides */
    double low[COLUMNS], high[COLUMNS];
    float *centres; /* [COLUMNS][d] */
    double *sums;   /* [tiles][n_runs][2]: low and high of the rows of a tile */
    gmet_kmeans_run *const *runs;
    size_t n_runs;
};

size_t gmet_kmeans_together(size_t k, size_t most)
{
    size_t fit = COLUMNS / k;
    return fit < 1 ? 1 : feat_min_size(fit, most);
}

static void rows_sides_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const gmet_kmeans_search *s = ctx;
    size_t i0 = tile * ROWS, end = feat_min_size(i0 + ROWS, s->rows->n);
    for (size_t i = i0; i < end; i++) {
        gmet_products_sides(s->products, &s->row_low[i], &s->row_high[i], gmet_row_floats(s->rows, i, s->pairs->d), 1);
        double slack = T * 0.5 * (s->row_low[i] + s->row_high[i]);
        s->row_low[i] -= slack;
        s->row_high[i] += slack;
    }
    gmet_rows_done(s->rows, i0, end - i0, s->pairs->d);
}

static size_t tiles(const gmet_kmeans_search *s)
{
    return (s->rows->n + ROWS - 1) / ROWS;
}

static feat_status make_products(gmet_kmeans_search *s, size_t n_runs, feat_error *err)
{
    const gmet_pairs *pairs = s->pairs;
    size_t n = s->rows->n, sums, centres;
    feat_status status =
        gmet_products_create(&s->products, pairs->d, pairs->kernels, feat_pool_threads(pairs->context.pool), err);
    if (status != FEAT_OK)
        return status;
    gmet_products_set_coarse(s->products, false);
    s->row_low = feat_alloc_array(n, sizeof *s->row_low);
    s->row_high = feat_alloc_array(n, sizeof *s->row_high);
    if (feat_mul_size(n_runs * s->k, pairs->d, &centres))
        s->centres = feat_alloc_array(centres, sizeof *s->centres);
    if (feat_mul_size(tiles(s), 2 * n_runs, &sums))
        s->sums = feat_alloc_array(sums, sizeof *s->sums);
    if (s->row_low == NULL || s->row_high == NULL || s->centres == NULL || s->sums == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu clusters of %zu rows", s->k, n);
    gmet_products_centre_on(s->products, s->rows);
    gmet_parallel_for(&pairs->context, tiles(s), rows_sides_task, s);
    return gmet_go_on(&pairs->context, err);
}

feat_status gmet_kmeans_search_create(gmet_kmeans_search **out, const gmet_rows *rows, const gmet_pairs *pairs,
                                      size_t n_runs, size_t k, feat_error *err)
{
    *out = NULL;
    gmet_kmeans_search *s = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu clusters of %zu rows", k, rows->n);
    s->rows = rows;
    s->pairs = pairs;
    s->k = k;
    feat_status status = FEAT_OK;
    if (rows->f != NULL && k <= COLUMNS / n_runs)
        status = make_products(s, n_runs, err);
    if (status != FEAT_OK)
        gmet_kmeans_search_close(&s);
    *out = s;
    return status;
}

void gmet_kmeans_search_close(gmet_kmeans_search **s)
{
    if (s == NULL || *s == NULL)
        return;
    gmet_products_close(&(*s)->products);
    feat_free((*s)->row_low);
    feat_free((*s)->row_high);
    feat_free((*s)->centres);
    feat_free((*s)->sums);
    feat_free(*s);
    *s = NULL;
}

/* --- by bounds ----------------------------------------------------------------------------------------- */

/* A panel of centres, as floats. */
static void centres_task(void *ctx, size_t panel, size_t worker)
{
    (void)worker;
    gmet_kmeans_search *s = ctx;
    size_t d = s->pairs->d, n = s->n_runs * s->k, width = gmet_products_width(s->products), first = panel * width;
    for (size_t j = first; j < feat_min_size(first + width, n); j++) {
        const double *from = s->runs[j / s->k]->centres + j % s->k * d;
        float *to = s->centres + j * d;
        double lost = 0.0;
        for (size_t c = 0; c < d; c++) {
            to[c] = (float)from[c];
            double e = from[c] - (double)to[c];
            lost += e * e;
        }
        gmet_products_sides(s->products, &s->low[j], &s->high[j], to, 1);
        double norm = 0.5 * (s->low[j] + s->high[j]), slack = 1.01 * (lost / T + lost + 2.0 * sqrt(lost * norm));
        s->low[j] -= slack;
        s->high[j] += slack;
    }
    gmet_products_pack(s->products, s->centres, n, panel);
}

/* The nearest of the centres that may be it; returns the distance. */
static double compare(const gmet_kmeans_search *s, const gmet_kmeans_run *run, size_t i, const float *product,
                      const double *low, double limit)
{
    size_t d = s->pairs->d, at[FEW], n = 0;
    const float *x[FEW];
    const double *y[FEW];
    double distance[FEW], least = (double)INFINITY;
    run->labels[i] = 0;
    for (size_t j = 0; j < s->k; j++) {
        if (!(low[j] - 2.0 * (double)product[j] > limit)) {
            at[n] = j;
            x[n] = gmet_row_floats(s->rows, i, d);
            y[n++] = run->centres + j * d;
        }
        if (n < FEW && (j + 1 < s->k || n == 0))
            continue;
        s->pairs->kernels->dist_mixed(distance, x, y, n, d);
        for (size_t r = 0; r < n; r++) {
            if (!(distance[r] < least))
                continue;
            least = distance[r];
            run->labels[i] = at[r];
        }
        n = 0;
    }
    return least;
}

/* One row of one clustering; sum [2]: of bounds. */
static void assign_row(const gmet_kmeans_search *s, size_t of, size_t i, const float *product, double *sum)
{
    const gmet_kmeans_run *run = s->runs[of];
    const double *low = s->low + of * s->k, *high = s->high + of * s->k;
    double row_low = s->row_low[i], row_high = s->row_high[i], upper = (double)INFINITY;
    size_t nearest = 0, open = 0;
    for (size_t j = 0; j < s->k; j++) {
        double at = high[j] - 2.0 * (double)product[j];
        nearest = at < upper ? j : nearest;
        upper = at < upper ? at : upper;
    }
    double limit = upper + row_high - row_low;
    for (size_t j = 0; j < s->k; j++)
        open += !(low[j] - 2.0 * (double)product[j] > limit);
    if (open == 1) {
        run->labels[i] = nearest;
        sum[0] += low[nearest] - 2.0 * (double)product[nearest] + row_low;
        sum[1] += upper + row_high;
        return;
    }
    double distance = compare(s, run, i, product, low, limit);
    sum[0] += distance;
    sum[1] += distance;
}

static void assign_task(void *ctx, size_t tile, size_t worker)
{
    const gmet_kmeans_search *s = ctx;
    size_t i0 = tile * ROWS, n_rows = feat_min_size(s->rows->n - i0, ROWS);
    double *sums = s->sums + tile * 2 * s->n_runs;
    const float *x[ROWS];
    for (size_t r = 0; r < n_rows; r++)
        x[r] = gmet_row_floats(s->rows, i0 + r, s->pairs->d);
    const float *product = gmet_products_multiply(s->products, x, n_rows, s->n_runs * s->k, worker);
    for (size_t of = 0; of < s->n_runs; of++) {
        sums[2 * of] = sums[2 * of + 1] = 0.0;
        for (size_t r = 0; r < n_rows; r++)
            assign_row(s, of, i0 + r, product + r * COLUMNS + of * s->k, sums + 2 * of);
    }
    gmet_rows_done(s->rows, i0, n_rows, s->pairs->d);
}

/* ------------------------------------------------------------------------------------------------------- */

static void add_up(const gmet_kmeans_search *s, gmet_kmeans_run *run)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->rows->n; i++)
        sum += run->distance2[i];
    run->low = run->high = sum;
}

feat_status gmet_kmeans_assign(gmet_kmeans_search *s, gmet_kmeans_run *const *runs, size_t n_runs, feat_error *err)
{
    feat_status status = FEAT_OK;
    s->runs = runs;
    s->n_runs = n_runs;
    if (s->products == NULL) {
        for (size_t of = 0; of < n_runs && status == FEAT_OK; of++) {
            gmet_rows centres = {.g = runs[of]->centres, .n = s->k};
            status = gmet_nearest(runs[of]->distance2, runs[of]->labels, s->pairs, s->rows, &centres, err);
            add_up(s, runs[of]);
        }
        return status;
    }
    size_t width = gmet_products_width(s->products);
    gmet_parallel_for(&s->pairs->context, (n_runs * s->k + width - 1) / width, centres_task, s);
    gmet_parallel_for(&s->pairs->context, tiles(s), assign_task, s);
    status = gmet_go_on(&s->pairs->context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t of = 0; of < n_runs; of++) {
        double low = 0.0, high = 0.0;
        for (size_t t = 0; t < tiles(s); t++) {
            low += s->sums[(t * n_runs + of) * 2];
            high += s->sums[(t * n_runs + of) * 2 + 1];
        }
        runs[of]->low = low - SUMS * fabs(high);
        runs[of]->high = high + SUMS * fabs(high);
    }
    return FEAT_OK;
}

typedef struct measuring {
    const gmet_kmeans_search *s;
    const gmet_kmeans_run *run;
} measuring;

static void measure_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const measuring *m = ctx;
    const gmet_rows *rows = m->s->rows;
    size_t d = m->s->pairs->d, i0 = tile * ROWS, end = feat_min_size(i0 + ROWS, rows->n);
    const float *x[FEW];
    const double *y[FEW];
    for (size_t i = i0, n; i < end; i += n) {
        n = feat_min_size(end - i, FEW);
        for (size_t r = 0; r < n; r++) {
            x[r] = gmet_row_floats(rows, i + r, d);
            y[r] = m->run->centres + m->run->labels[i + r] * d;
        }
        m->s->pairs->kernels->dist_mixed(m->run->distance2 + i, x, y, n, d);
    }
    gmet_rows_done(rows, i0, end - i0, d);
}

void gmet_kmeans_measure(const gmet_kmeans_search *s, gmet_kmeans_run *run)
{
    measuring m = {s, run};
    if (s->products != NULL) /* else assigning has measured them */
        gmet_parallel_for(&s->pairs->context, tiles(s), measure_task, &m);
    add_up(s, run);
}
