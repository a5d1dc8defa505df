/* Streaming mean and covariance. Every row has a place; places are cut into chunks of 256 and blocks of 2048.
 * Sums of a block are of rows less its centre, the first row there is of it; products are of rows less the
 * mean of their chunk. So no digit is spent on means far above the deviations, and nothing is ever subtracted
 * from a product. Within a chunk every sum is one chain from zero; chunks join their block in order, finished
 * blocks join pairwise in a tree that their places fix (moments_tree.c). So the result depends on rows and
 * places only, not on who added up which blocks; the error bound grows with 256 (rows of a chunk) + 8 (chunks of a
 * block) + log2 of the number of blocks, not with n; and threads share out blocks of outputs. The products are kept as
 * a packed upper triangle. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context_of.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/moments.h"
#include "metrics/moments/moments_tree.h"

enum { CHUNK = GMET_MOMENTS_CHUNK, M_BLOCK = 96, N_BLOCK = 192 };

feat_status gmet_moments_create(gmet_moments **out, size_t d, const gmet_context *context, feat_error *err)
{
    if (out == NULL)
        return feat_null(err, __func__);
    *out = NULL;
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "moments: at least 1 column expected, 0 found");
    gmet_moments *m = feat_calloc(1, sizeof *m);
    if (m == NULL)
        goto fail;
    m->d = d;
    if (context != NULL)
        m->context = *context;
    m->kernels = gmet_kernels_of(context);
    m->n_sums = gmet_moments_sums(d);
    size_t buffer, width, pack;
    if (m->n_sums == 0 || !feat_mul_size(d, CHUNK, &buffer) || !feat_add_size(d, m->kernels->nr, &width) ||
        !feat_mul_size(width, CHUNK + 1, &pack))
        goto fail;
    m->buffer = feat_alloc_array(buffer, sizeof *m->buffer);
    m->partial = feat_calloc(d, sizeof *m->partial);
    m->block = feat_calloc(m->n_sums, sizeof *m->block);
    m->spare = feat_calloc(1, sizeof *m->spare);
    m->pack = feat_alloc_array(pack, sizeof *m->pack);
    if (m->buffer == NULL || m->partial == NULL || m->block == NULL || m->pack == NULL ||
        m->spare == NULL)
        goto fail;
    *out = m;
    return FEAT_OK;
fail:
    gmet_moments_close(&m);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the covariance of %zu columns", d);
}

void gmet_moments_close(gmet_moments **m)
{
    if (m == NULL || *m == NULL)
        return;
    if ((*m)->spare != NULL)
        gmet_tree_keep(*m, NULL);
    feat_free((*m)->spare);
    gmet_tree_release(*m);
    feat_free((*m)->buffer);
    feat_free((*m)->partial);
    feat_free((*m)->block);
    feat_free((*m)->pack);
    feat_free(*m);
    *m = NULL;
}

size_t gmet_moments_count(const gmet_moments *m)
{
    if (m == NULL)
        return 0;
    return m->n;
}

size_t gmet_moments_dim(const gmet_moments *m)
{
    if (m == NULL)
        return 0;
    return m->d;
}

/* One chunk on its way into the totals, or (sigma not NULL) the totals plus one chunk on their way out. */
typedef struct chunk {
    const gmet_moments *m;
    const float *rows;
    size_t stride, n_rows;
    double *sigma; /* [d][d] */
    const gmet_total *total;
    double divisor;
} chunk;

/* What is multiplied: the rows less their mean, and last the row that joins the chunk to its block. With n_a
 * and mean a of the block so far, n_b and b of the chunk the products of both together are A + B + n_a n_b /
 * (n_a + n_b) (b - a) (b - a)^T (moments_tree.c); that row is the root of the last term. */
static size_t depth(const chunk *c)
{
    return c->n_rows + 1;
}

static void join_row(const chunk *c, double *to, const double *mean, size_t column, size_t width)
{
    const double *sums = c->m->block + c->m->d + column;
    double na = (double)c->m->n_block, nb = (double)c->n_rows, root = sqrt(na * nb / (na + nb));
    for (size_t r = 0; r < width; r++)
        to[r] = root * (mean[r] - sums[r] / na);
}

static void pack_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const chunk *c = ctx;
    const gmet_moments *m = c->m;
    size_t nr = m->kernels->nr, n = c->n_rows;
    size_t column = tile * nr, width = feat_min_size(m->d - column, nr);
    double *to = m->pack + column * depth(c);
    double sum[FEAT_DMAT_MAX_NR] = {0}, mean[FEAT_DMAT_MAX_NR] = {0}, centre[FEAT_DMAT_MAX_NR] = {0};
    memcpy(centre, m->block + column, width * sizeof *centre);
    for (size_t k = 0; k < n; k++) {
        const float *row = c->rows + k * c->stride + column;
        for (size_t r = 0; r < width; r++)
            sum[r] += (double)row[r] - centre[r];
    }
    for (size_t r = 0; r < width && n > 0; r++)
        mean[r] = sum[r] / (double)n;
    for (size_t k = 0; k < n; k++, to += nr) {
        const float *row = c->rows + k * c->stride + column;
        size_t r = 0;
        for (; r < width; r++)
            to[r] = (double)row[r] - centre[r] - mean[r];
        for (; r < nr; r++)
            to[r] = 0.0;
    }
    memset(to, 0, nr * sizeof *to);
    if (n > 0 && m->n_block > 0)
        join_row(c, to, mean, column, width);
    memcpy(m->partial + column, sum, width * sizeof *sum);
}

/* The totals come from far away: they are asked for while the tile is computed. */
static void prefetch_totals(const gmet_moments *m, size_t i, size_t j)
{
    enum { LINE = 8 };
    size_t width = feat_min_size(m->d - j, m->kernels->nr);
    for (size_t r = i; r < feat_min_size(i + m->kernels->mr, m->d) && r <= j; r++) {
        const double *row = m->block + gmet_tree_row(r, m->d) + j;
        for (size_t s = 0; s < width; s += LINE)
            __builtin_prefetch(row + s, 1);
    }
}

/* n elements of row i of the covariance, columns from j on. last: the products of the unfinished block. */
static void finish(const chunk *c, const double *last, size_t i, size_t j, size_t n)
{
    const gmet_moments *m = c->m;
    size_t at = gmet_tree_row(i, m->d) + j;
    double *to = c->sigma + i * m->d + j;
    memcpy(to, m->n_nodes > 0 ? m->nodes[0].sums + at : last, n * sizeof *to);
    for (size_t k = 0; k < m->n_nodes; k++) {
        const double *from = k + 1 < m->n_nodes ? m->nodes[k + 1].sums + at : last;
        const double *apart = c->total->apart + k * m->d;
        double coef = c->total->weight[k] * apart[i];
        for (size_t s = 0; s < n; s++)
            to[s] += from[s];
        m->kernels->axpys(to, apart + j, 0, &coef, 1, n);
    }
    for (size_t s = 0; s < n; s++)
        to[s] /= c->divisor;
}

static void run_tile(const chunk *c, size_t i, size_t j)
{
    const gmet_moments *m = c->m;
    size_t nr = m->kernels->nr, mr = m->kernels->mr;
    const double *a = m->pack + i / nr * nr * depth(c) + i % nr, *b = m->pack + j * depth(c);
    if (c->sigma == NULL && i + mr <= j + 1 && j + nr <= m->d) { /* all of it inside the triangle */
        double *to[FEAT_DMAT_MAX_MR];
        for (size_t r = 0; r < mr; r++)
            to[r] = m->block + gmet_tree_row(i + r, m->d) + j;
        m->kernels->sum_tile(to, a, b, depth(c));
        return;
    }
    double tile[FEAT_DMAT_MAX_MR * FEAT_DMAT_MAX_NR] = {0};
    prefetch_totals(m, i, j);
    m->kernels->mul_tile(tile, nr, a, b, depth(c));
    size_t end = feat_min_size(m->d, j + nr);
    for (size_t row = i; row < feat_min_size(i + mr, end); row++) {
        size_t first = j > row ? j : row, n = end - first;
        double *sum = tile + (row - i) * nr + (first - j), *to = m->block + gmet_tree_row(row, m->d) + first;
        double *out = c->sigma == NULL ? to : sum;
        for (size_t s = 0; s < n; s++)
            out[s] = to[s] + sum[s];
        if (c->sigma != NULL)
            finish(c, sum, row, first, n);
    }
}

static void tile_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const chunk *c = ctx;
    size_t d = c->m->d, nr = c->m->kernels->nr, mr = c->m->kernels->mr;
    size_t per_row = (d + N_BLOCK - 1) / N_BLOCK;
    size_t i0 = tile / per_row * M_BLOCK, j0 = tile % per_row * N_BLOCK;
    size_t i1 = feat_min_size(i0 + M_BLOCK, d), j1 = feat_min_size(j0 + N_BLOCK, d);
    if (i0 > j1 - 1)
        return;
    for (size_t j = j0; j < j1; j += nr)
        for (size_t i = i0; i < i1 && i <= j + nr - 1; i += mr)
            run_tile(c, i, j);
}

static void pack_chunk(chunk *c)
{
    size_t nr = c->m->kernels->nr;
    feat_parallel_for(c->m->context.pool, (c->m->d + nr - 1) / nr, pack_task, c);
}

static void run_tiles(chunk *c)
{
    size_t d = c->m->d;
    size_t n_tiles = (d + M_BLOCK - 1) / M_BLOCK * ((d + N_BLOCK - 1) / N_BLOCK);
    feat_parallel_for(c->m->context.pool, n_tiles, tile_task, c);
}

static void add_chunk(gmet_moments *m, const float *rows, size_t n, size_t stride)
{
    chunk c = {.m = m, .rows = rows, .stride = stride, .n_rows = n};
    pack_chunk(&c);
    run_tiles(&c);
    for (size_t j = 0; j < m->d; j++)
        m->block[m->d + j] += m->partial[j];
    m->n_block += n;
}

/* Goes on by `places`, of which the buffer holds what is there of the current chunk; at the end of a chunk it
 * is added to its block, at the end of a block that to the tree. */
static feat_status advance(gmet_moments *m, size_t places, feat_error *err)
{
    m->next += places;
    if (m->next % CHUNK == 0 && m->n_buffered > 0) {
        add_chunk(m, m->buffer, m->n_buffered, m->d);
        m->n_buffered = 0;
    }
    return m->next % GMET_MOMENTS_BLOCK == 0 ? gmet_tree_close_span(m, GMET_MOMENTS_BLOCK, err) : FEAT_OK;
}

/* Places are numbered by a size_t. */
static feat_status check_places(const gmet_moments *m, size_t n, feat_error *err)
{
    return n <= SIZE_MAX - m->next
               ? FEAT_OK
               : feat_fail(err, FEAT_ERR_ARG, "moments: no %zu places are left after place %zu", n, m->next);
}

/* The blocks from here on that can be left empty at once, as one node of the tree: what their places allow. */
static size_t empty_span(const gmet_moments *m, size_t n)
{
    size_t span = GMET_MOMENTS_BLOCK;
    while (span <= n / 2 && m->next % (2 * span) == 0)
        span *= 2;
    return span;
}

feat_status gmet_moments_skip(gmet_moments *m, size_t n, feat_error *err)
{
    if (m == NULL)
        return feat_null(err, __func__);
    feat_status status = check_places(m, n, err);
    while (n > 0 && status == FEAT_OK) {
        bool whole = m->next % GMET_MOMENTS_BLOCK == 0 && n >= GMET_MOMENTS_BLOCK;
        size_t step = whole ? empty_span(m, n) : feat_min_size(n, CHUNK - m->next % CHUNK);
        if (whole)
            m->next += step;
        status = whole ? gmet_tree_close_span(m, step, err) : advance(m, step, err);
        n -= step;
    }
    return status;
}

feat_status gmet_moments_add(gmet_moments *m, const float *rows, size_t n, size_t stride, feat_error *err)
{
    if (m == NULL || (rows == NULL && n > 0))
        return feat_null(err, __func__);
    if (n > 1 && (stride < m->d || stride > SIZE_MAX / sizeof *rows / n))
        return feat_fail(err, FEAT_ERR_ARG, "moments: row stride of at least %zu expected, %zu found", m->d,
                         stride);
    feat_status status = check_places(m, n, err);
    if (status == FEAT_OK)
        status = gmet_check_finite("features", rows, n, m->d, stride, m->n, err);
    if (status != FEAT_OK)
        return status;
    while (n != 0 && (status = gmet_go_on(&m->context, err)) == FEAT_OK) {
        size_t step = 1;
        for (size_t j = 0; m->n_block + m->n_buffered == 0 && j < m->d; j++)
            m->block[j] = (double)rows[j];
        if (m->next % CHUNK == 0 && n >= CHUNK) {
            step = CHUNK;
            add_chunk(m, rows, CHUNK, stride);
        } else {
            memcpy(m->buffer + m->n_buffered++ * m->d, rows, m->d * sizeof *rows);
        }
        feat_mapped_done(rows, ((step - 1) * stride + m->d) * sizeof *rows);
        rows += step * stride;
        n -= step;
        m->n += step;
        status = advance(m, step, err);
        if (status != FEAT_OK)
            return status;
    }
    return status;
}

feat_status gmet_moments_add_at(gmet_moments *m, const float *rows, const size_t *places, size_t n,
                                feat_error *err)
{
    if (m == NULL || (rows == NULL && n > 0))
        return feat_null(err, __func__);
    if (places == NULL)
        return gmet_moments_add(m, rows, n, m->d, err);
    feat_status status = FEAT_OK;
    for (size_t i = 0, run; i < n && status == FEAT_OK; i += run) {
        if (places[i] < m->next)
            return feat_fail(err, FEAT_ERR_ARG, "moments: places from %zu on expected, %zu found", m->next,
                             places[i]);
        for (run = 1; i + run < n && places[i + run] == places[i] + run;)
            run++;
        status = gmet_moments_skip(m, places[i] - m->next, err);
        if (status == FEAT_OK)
            status = gmet_moments_add(m, rows + i * m->d, run, m->d, err);
    }
    return status;
}

/* The unfinished chunk is added on the way out only, so that rows can still follow. */
feat_status gmet_moments_get(const gmet_moments *m, double *mu, double *sigma, size_t ddof, feat_error *err)
{
    if (m == NULL)
        return feat_null(err, __func__);
    if (m->n == 0 || m->n <= ddof)
        return feat_fail(err, FEAT_ERR_NUMERIC, "at least %zu rows are needed for a %s, %zu found", ddof + 1,
                         sigma != NULL ? "covariance" : "mean", m->n);
    gmet_tree_keep(m, NULL); /* as a rule no rows follow */
    gmet_total total;
    chunk c = {
        .m = m, .rows = m->buffer, .stride = m->d, .n_rows = m->n_buffered, .sigma = sigma, .total = &total};
    c.divisor = (double)(m->n - ddof);
    pack_chunk(&c);
    feat_status status = gmet_tree_total(&total, m, m->partial, m->n_buffered, err);
    if (status != FEAT_OK)
        return status;
    for (size_t j = 0; mu != NULL && j < m->d; j++)
        mu[j] = total.sums[j] + total.sums[m->d + j] / (double)m->n;
    if (sigma != NULL) {
        run_tiles(&c);
        gmet_mirror(sigma, m->d, &m->context);
    }
    gmet_total_release(&total);
    return FEAT_OK;
}
