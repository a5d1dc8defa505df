/* Improved precision and recall (Kynkaanniemi et al., "Improved precision and recall metric for assessing
 * generative models", 2019): a set's manifold is the union of balls around its rows, each reaching to the
 * row's k-th nearest neighbour. Squared distances are sums of (x - y)^2 in double, one chain over the
 * columns: symmetric, exactly 0 for equal rows and exactly equal for equal pairs, which the usual |x|^2 +
 * |y|^2 - 2 x y is not. They are computed block by block and never stored: memory is O(n). */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/internal.h"

/* A task's rows, the columns they meet at a time, and the depth packed at a time. Rows and columns are
 * multiples of every table's nr (4, 12, 24), so that whole tiles fit. */
enum { ROWS = 96, COLUMNS = 480, DEPTH = 256 };

void gmet_pr_options_default(gmet_pr_options *options)
{
    *options = (gmet_pr_options){.k = 3, .strict = 0};
}

typedef struct side {
    const float *x; /* [n][d] */
    size_t n;
    double *nearest; /* [n][k + 1] ascending squared distances within the set, the row's own 0 included */
    atomic_uchar *inside; /* [n]: 1 if in a ball of the other set */
} side;

typedef struct scan {
    const iv3_dmat_kernels *kernels;
    size_t d, k;
    int strict;
    side *rows, *columns; /* equal while radii are searched */
    size_t j0, j_count;   /* columns of this round */
    double *pack;         /* [blocks of DEPTH][panels][DEPTH][nr] of the columns */
    double *a_pack;       /* [threads][ROWS * DEPTH] */
    double *distances;    /* [threads][ROWS * COLUMNS] */
} scan;

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows row .. row + n_rows - 1 as one panel, columns k0 .. of them. */
static void pack_panel(double *out, const float *x, size_t d, size_t row, size_t n_rows, size_t nr, size_t k0,
                       size_t k_count)
{
    if (n_rows < nr)
        memset(out, 0, nr * k_count * sizeof *out);
    for (size_t r = 0; r < n_rows; r++) {
        const float *src = x + (row + r) * d + k0;
        for (size_t k = 0; k < k_count; k++)
            out[k * nr + r] = (double)src[k];
    }
}

static void pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const scan *s = ctx;
    size_t nr = s->kernels->nr, row = tile * nr;
    for (size_t k0 = 0; k0 < s->d; k0 += DEPTH) {
        size_t k_count = min_size(s->d - k0, DEPTH);
        pack_panel(s->pack + k0 * COLUMNS + row * k_count, s->columns->x, s->d, s->j0 + row,
                   min_size(s->j_count - row, nr), nr, k0, k_count);
    }
}

/* distances [ROWS][COLUMNS] between rows i0 .. and the columns of this round; what sticks out is not defined.
 */
static void measure(const scan *s, double *distances, double *a_pack, size_t i0, size_t n_rows)
{
    size_t nr = s->kernels->nr, mr = s->kernels->mr;
    memset(distances, 0, ROWS * COLUMNS * sizeof *distances);
    for (size_t k0 = 0; k0 < s->d; k0 += DEPTH) {
        size_t k_count = min_size(s->d - k0, DEPTH);
        for (size_t r = 0; r < n_rows; r += nr)
            pack_panel(a_pack + r * k_count, s->rows->x, s->d, i0 + r, min_size(n_rows - r, nr), nr, k0,
                       k_count);
        for (size_t j = 0; j < s->j_count; j += nr)
            for (size_t i = 0; i < n_rows; i += mr)
                s->kernels->dist_tile(distances + i * COLUMNS + j, COLUMNS,
                                      a_pack + i / nr * nr * k_count + i % nr,
                                      s->pack + k0 * COLUMNS + j * k_count, k_count);
    }
}

static void insert(double *nearest, size_t k, double distance)
{
    size_t i = k;
    for (; i > 0 && nearest[i - 1] > distance; i--)
        nearest[i] = nearest[i - 1];
    nearest[i] = distance;
}

static void nearest_task(void *ctx, size_t tile, size_t worker)
{
    const scan *s = ctx;
    double *distances = s->distances + worker * ROWS * COLUMNS;
    size_t i0 = tile * ROWS, n_rows = min_size(s->rows->n - i0, ROWS);
    measure(s, distances, s->a_pack + worker * ROWS * DEPTH, i0, n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        double *nearest = s->rows->nearest + (i0 + i) * (s->k + 1);
        for (size_t j = 0; j < s->j_count; j++)
            if (distances[i * COLUMNS + j] < nearest[s->k])
                insert(nearest, s->k, distances[i * COLUMNS + j]);
    }
}

static void cross_task(void *ctx, size_t tile, size_t worker)
{
    const scan *s = ctx;
    double *distances = s->distances + worker * ROWS * COLUMNS;
    size_t i0 = tile * ROWS, n_rows = min_size(s->rows->n - i0, ROWS);
    measure(s, distances, s->a_pack + worker * ROWS * DEPTH, i0, n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        double row_radius = s->rows->nearest[(i0 + i) * (s->k + 1) + s->k];
        for (size_t j = 0; j < s->j_count; j++) {
            double distance = distances[i * COLUMNS + j];
            double column_radius = s->columns->nearest[(s->j0 + j) * (s->k + 1) + s->k];
            if (s->strict ? distance < row_radius : distance <= row_radius)
                atomic_store_explicit(&s->columns->inside[s->j0 + j], 1, memory_order_relaxed);
            if (s->strict ? distance < column_radius : distance <= column_radius)
                atomic_store_explicit(&s->rows->inside[i0 + i], 1, memory_order_relaxed);
        }
    }
}

static void run(scan *s, side *rows, side *columns, iv3_task task, iv3_pool *pool)
{
    s->rows = rows;
    s->columns = columns;
    for (s->j0 = 0; s->j0 < columns->n; s->j0 += COLUMNS) {
        s->j_count = min_size(columns->n - s->j0, COLUMNS);
        iv3_parallel_for(pool, (s->j_count + s->kernels->nr - 1) / s->kernels->nr, pack_task, s);
        iv3_parallel_for(pool, (rows->n + ROWS - 1) / ROWS, task, s);
    }
}

static double share_inside(const side *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->n; i++)
        count += atomic_load_explicit(&set->inside[i], memory_order_relaxed);
    return (double)count / (double)set->n;
}

static iv3_status check(const char *name, const float *x, size_t n, size_t d, const gmet_pr_options *o,
                        iv3_error *err)
{
    if (d == 0 || o->k == 0)
        return iv3_fail(err, IV3_ERR_ARG,
                        "precision and recall: at least 1 column and k >= 1 expected, %zu and %zu found", d,
                        o->k);
    if (n <= o->k)
        return iv3_fail(err, IV3_ERR_NUMERIC,
                        "precision and recall: k = %zu needs at least %zu %s rows, %zu found", o->k, o->k + 1,
                        name, n);
    return gmet_check_finite(name, x, n, d, d, 0, err);
}

static bool make_side(side *s, const float *x, size_t n, size_t k)
{
    size_t count;
    s->x = x;
    s->n = n;
    if (!iv3_mul_size(n, k + 1, &count))
        return false;
    s->nearest = iv3_alloc_array(count, sizeof *s->nearest);
    s->inside = iv3_alloc_array(n, sizeof *s->inside);
    if (s->nearest == NULL || s->inside == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        s->nearest[i] = (double)INFINITY;
    for (size_t i = 0; i < n; i++)
        atomic_init(&s->inside[i], 0);
    return true;
}

static void free_side(side *s)
{
    iv3_free(s->inside);
    iv3_free(s->nearest);
}

static bool make_buffers(scan *s, iv3_pool *pool)
{
    size_t pack, threads = iv3_pool_threads(pool), a_pack, distances;
    if (!iv3_mul_size(s->d, COLUMNS, &pack) || !iv3_mul_size(threads, ROWS * DEPTH, &a_pack) ||
        !iv3_mul_size(threads, ROWS * COLUMNS, &distances))
        return false;
    s->pack = iv3_alloc_array(pack, sizeof *s->pack);
    s->a_pack = iv3_alloc_array(a_pack, sizeof *s->a_pack);
    s->distances = iv3_alloc_array(distances, sizeof *s->distances);
    return s->pack != NULL && s->a_pack != NULL && s->distances != NULL;
}

iv3_status gmet_precision_recall_with(gmet_pr_result *out, const float *real, size_t n_real, const float *gen,
                                      size_t n_gen, size_t d, const gmet_pr_options *options,
                                      const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    gmet_pr_options defaults;
    gmet_pr_options_default(&defaults);
    const gmet_pr_options *o = options != NULL ? options : &defaults;
    iv3_status status = check("real", real, n_real, d, o, err);
    if (status == IV3_OK)
        status = check("generated", gen, n_gen, d, o, err);
    if (status != IV3_OK)
        return status;
    side r = {0}, g = {0};
    scan s = {.kernels = kernels != NULL ? kernels : iv3_dmat_best(UINT32_MAX), .d = d, .k = o->k};
    s.strict = o->strict;
    if (!make_side(&r, real, n_real, o->k) || !make_side(&g, gen, n_gen, o->k) || !make_buffers(&s, pool)) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for precision and recall of %zu and %zu rows",
                          n_real, n_gen);
        goto done;
    }
    run(&s, &r, &r, nearest_task, pool);
    run(&s, &g, &g, nearest_task, pool);
    run(&s, &r, &g, cross_task, pool);
    out->precision = share_inside(&g);
    out->recall = share_inside(&r);
    double sum = out->precision + out->recall;
    out->f_score = sum > 0.0 ? 2.0 * out->precision * out->recall / sum : 0.0;
done:
    iv3_free(s.distances);
    iv3_free(s.a_pack);
    iv3_free(s.pack);
    free_side(&g);
    free_side(&r);
    return status;
}

iv3_status gmet_precision_recall(gmet_pr_result *out, const float *real, size_t n_real, const float *gen,
                                 size_t n_gen, size_t d, const gmet_pr_options *options, iv3_pool *pool,
                                 iv3_error *err)
{
    return gmet_precision_recall_with(out, real, n_real, gen, n_gen, d, options, NULL, pool, err);
}
