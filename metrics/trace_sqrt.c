/* Tr (sigma1 sigma2)^(1/2) without a non-symmetric eigenproblem: for any factors F1^T F1 = sigma1, F2^T F2 =
 * sigma2 it is the sum of the singular values of M = F1 F2^T, that is of the square roots of the eigenvalues
 * of the smaller of M M^T and M^T M. Pivoted Cholesky factors end at the numerical rank, so fewer rows than
 * columns need no special case, and leave M graded, which keeps its small singular values accurate. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/internal.h"

typedef struct reorder {
    double *f; /* [rank][n] */
    size_t n;
    const size_t *order;
    double *rows; /* [threads][n] */
} reorder;

static void reorder_task(void *ctx, size_t tile, size_t worker)
{
    const reorder *r = ctx;
    double *row = r->f + tile * r->n, *copy = r->rows + worker * r->n;
    memcpy(copy, row, r->n * sizeof *row);
    for (size_t i = 0; i < r->n; i++)
        row[i] = copy[r->order[i]];
}

/* Sum of singular values of M [r1][r2]; gram [r][r] with r the smaller, values [r]. */
static iv3_status nuclear_norm(double *sum, const double *m, size_t r1, size_t r2, double *gram,
                               double *values, const gmet_work *work, iv3_error *err)
{
    size_t r = r1 < r2 ? r1 : r2;
    *sum = 0.0;
    if (r == 0)
        return IV3_OK;
    memset(gram, 0, r * r * sizeof *gram);
    gmet_operand rows = {.data = m, .stride = r2, .k_major = r1 > r2};
    gmet_product p = {.c = gram, .c_stride = r, .m = r, .n = r, .k = r1 > r2 ? r1 : r2, .upper = true};
    p.a = p.b = rows;
    gmet_multiply(work, &p);
    gmet_mirror(gram, r, work->pool);
    iv3_status status = gmet_eigsym_with(values, NULL, gram, r, work->kernels, work->pool, err);
    if (status != IV3_OK)
        return status;
    for (size_t i = 0; i < r; i++)
        *sum += values[i] > 0.0 ? sqrt(values[i]) : 0.0;
    return IV3_OK;
}

typedef struct buffers {
    double *f1, *f2; /* [d][d]: factors, later the Gram matrix in f1 */
    double *m;       /* [d][d] */
    double *rows;    /* [threads][d] */
    double *values;  /* [d] */
    size_t *order1, *order2;
} buffers;

static iv3_status run(double *trace, const double *sigma1, const double *sigma2, size_t d, const buffers *b,
                      const gmet_work *work, iv3_error *err)
{
    size_t r1 = 0, r2 = 0;
    if (!gmet_transpose_lower(b->f1, sigma1, d, 1.0, work->pool) ||
        !gmet_transpose_lower(b->f2, sigma2, d, 1.0, work->pool))
        return iv3_fail(err, IV3_ERR_NUMERIC, "covariance %c holds NaN or infinity",
                        isfinite(gmet_max_abs_lower(sigma1, d)) ? '2' : '1');
    iv3_status status = gmet_pivoted_cholesky(b->f1, b->order1, &r1, d, "covariance 1", work, err);
    if (status == IV3_OK)
        status = gmet_pivoted_cholesky(b->f2, b->order2, &r2, d, "covariance 2", work, err);
    if (status != IV3_OK)
        return status;
    /* In the order of the first factor's pivots that factor is upper triangular: half of the product is zero.
     */
    reorder r = {.f = b->f1, .n = d, .order = b->order1, .rows = b->rows};
    iv3_parallel_for(work->pool, r1, reorder_task, &r);
    r.f = b->f2;
    iv3_parallel_for(work->pool, r2, reorder_task, &r);
    memset(b->m, 0, r1 * r2 * sizeof *b->m);
    gmet_product p = {.c = b->m, .c_stride = r2, .m = r1, .n = r2, .k = d, .a_upper = true};
    p.a = (gmet_operand){.data = b->f1, .stride = d};
    p.b = (gmet_operand){.data = b->f2, .stride = d};
    gmet_multiply(work, &p);
    return nuclear_norm(trace, b->m, r1, r2, b->f1, b->values, work, err);
}

iv3_status gmet_trace_sqrt_product_with(double *trace, const double *sigma1, const double *sigma2, size_t d,
                                        const iv3_dmat_kernels *kernels, iv3_pool *pool, iv3_error *err)
{
    buffers b = {0};
    gmet_work work = {0};
    size_t square, rows;
    if (d == 0)
        return iv3_fail(err, IV3_ERR_ARG, "covariances of order at least 1 expected, 0 found");
    iv3_status status = gmet_work_create(&work, kernels, pool, d, d, d, err);
    if (status != IV3_OK)
        return status;
    if (!iv3_mul_size(d, d, &square) || !iv3_mul_size(d, iv3_pool_threads(pool), &rows))
        goto no_memory;
    b.f1 = iv3_calloc(square, sizeof *b.f1);
    b.f2 = iv3_calloc(square, sizeof *b.f2);
    b.m = iv3_alloc_array(square, sizeof *b.m);
    b.rows = iv3_alloc_array(rows, sizeof *b.rows);
    b.values = iv3_alloc_array(d, sizeof *b.values);
    b.order1 = iv3_alloc_array(d, sizeof *b.order1);
    b.order2 = iv3_alloc_array(d, sizeof *b.order2);
    if (b.f1 == NULL || b.f2 == NULL || b.m == NULL || b.rows == NULL || b.values == NULL ||
        b.order1 == NULL || b.order2 == NULL)
        goto no_memory;
    status = run(trace, sigma1, sigma2, d, &b, &work, err);
    goto done;
no_memory:
    status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for two covariances of order %zu", d);
done:
    iv3_free(b.order2);
    iv3_free(b.order1);
    iv3_free(b.values);
    iv3_free(b.rows);
    iv3_free(b.m);
    iv3_free(b.f2);
    iv3_free(b.f1);
    gmet_work_release(&work);
    return status;
}

iv3_status gmet_trace_sqrt_product(double *trace, const double *sigma1, const double *sigma2, size_t d,
                                   iv3_pool *pool, iv3_error *err)
{
    return gmet_trace_sqrt_product_with(trace, sigma1, sigma2, d, NULL, pool, err);
}
