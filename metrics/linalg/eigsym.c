/* The symmetric eigensolver: scaling, reduction, QL, and the order and signs that make the answer unique.
 * Eigenvalues alone take the two-stage reduction; with eigenvectors the one-stage reduction is used, whose
 * reflections need to be applied to them only once. */
#include "metrics/linalg/eigsym.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/band.h"
#include "metrics/linalg/linalg.h"
#include "metrics/linalg/mat.h"
#include "metrics/linalg/tridiag.h"
#include "metrics/linalg/tridiag_ql.h"

enum { COLUMNS = FEAT_DMAT_ROTATE_COLUMNS, SCALE_ROWS = 32 };

typedef struct solver {
    size_t n;
    double *a;   /* [n][n] */
    double *tau; /* [n] */
    double *d, *e;
    double *rows; /* [n_chunks][n][COLUMNS], in the memory of a, which is done with by then */
    size_t n_chunks;
    size_t *order;
    double *vectors; /* [n][n], the caller's; holds Q in between */
} solver;

double gmet_inverse_power(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t exponent = bits >> 52; /* x is positive */
    exponent = exponent < 23 ? 23 : exponent > 2023 ? 2023 : exponent;
    bits = (2046 - exponent) << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Rows of Q^T cut into chunks of columns, so that a chain of rotations walks through contiguous memory. */
static void gather_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const solver *s = ctx;
    double *chunk = s->rows + tile * s->n * COLUMNS;
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t column = tile * COLUMNS + c;
        for (size_t i = 0; i < s->n; i++)
            chunk[i * COLUMNS + c] = column < s->n ? s->vectors[column * s->n + i] : 0.0;
    }
}

static void scatter_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const solver *s = ctx;
    double *vector = s->vectors + tile * s->n;
    for (size_t chunk = 0; chunk < s->n_chunks; chunk++) {
        size_t column = chunk * COLUMNS, left = s->n - column;
        memcpy(vector + column, s->rows + (chunk * s->n + s->order[tile]) * COLUMNS,
               (left < COLUMNS ? left : COLUMNS) * sizeof *vector);
    }
    size_t largest = 0;
    for (size_t i = 1; i < s->n; i++)
        if (fabs(vector[i]) > fabs(vector[largest]))
            largest = i;
    if (vector[largest] < 0.0)
        for (size_t i = 0; i < s->n; i++)
            vector[i] = -vector[i];
}

/* Insertion sort, stable: what QL delivers is nearly sorted. */
static void sort_ascending(size_t *order, const double *d, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = i;
        for (; j > 0 && d[order[j - 1]] > d[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

static feat_status run(solver *s, double *values, const gmet_work *work, feat_error *err)
{
    feat_status status = gmet_tridiagonalise(s->d, s->e, s->tau, s->a, s->n, work, err);
    if (status == FEAT_OK)
        status = gmet_form_q(s->vectors, s->a, s->tau, s->n, work, err);
    if (status != FEAT_OK)
        return status;
    s->rows = s->a;
    gmet_parallel_for(work->context, s->n_chunks, gather_task, s);
    s->e[s->n - 1] = 0.0;
    status = gmet_tridiag_ql(s->d, s->e, s->n, s->rows, s->n_chunks, work, err);
    if (status != FEAT_OK)
        return status;
    sort_ascending(s->order, s->d, s->n);
    for (size_t i = 0; i < s->n; i++)
        values[i] = s->d[s->order[i]];
    gmet_parallel_for(work->context, s->n, scatter_task, s);
    return gmet_go_on(work->context, err);
}

feat_status gmet_symmetric_values(double *values, double *a, size_t n, size_t stride, const gmet_work *work,
                                  feat_error *err)
{
    double *e = feat_alloc_array(n, 2 * sizeof *e);
    size_t *order = feat_alloc_array(n, sizeof *order);
    feat_status status = FEAT_OK;
    if (e == NULL || order == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu eigenvalues", n);
        goto done;
    }
    double *d = e + n;
    status = gmet_band_reduce(a, n, stride, work, err);
    if (status == FEAT_OK)
        status = gmet_band_tridiagonalise(d, e, a, n, stride, work, err);
    if (status != FEAT_OK)
        goto done;
    e[n - 1] = 0.0;
    status = gmet_tridiag_ql(d, e, n, NULL, 0, work, err);
    if (status != FEAT_OK)
        goto done;
    sort_ascending(order, d, n);
    for (size_t i = 0; i < n; i++)
        values[i] = d[order[i]];
done:
    feat_free(order);
    feat_free(e);
    return status;
}

typedef struct scaling {
    double *to; /* rows of stride */
    const double *from;
    size_t n, stride;
    double factor;
} scaling;

/* Rows of one block up to the diagonal, and the columns that mirror them. */
static void scale_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const scaling *s = ctx;
    size_t first = tile * SCALE_ROWS, last = feat_min_size(first + SCALE_ROWS, s->n);
    for (size_t j0 = 0; j0 < last; j0 += SCALE_ROWS)
        for (size_t i = first; i < last; i++)
            for (size_t j = j0; j < feat_min_size(j0 + SCALE_ROWS, i + 1); j++)
                s->to[i * s->stride + j] = s->to[j * s->stride + i] = s->from[i * s->n + j] * s->factor;
}

static feat_status values_only(double *values, const double *a, size_t n, double factor, const gmet_work *work,
                               feat_error *err)
{
    size_t stride = gmet_padded_stride(n), count;
    double *copy = feat_mul_size(n, stride, &count) ? feat_alloc_array(count, sizeof *copy) : NULL;
    if (copy == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the eigenvalues of a matrix of order %zu", n);
    scaling s = {.to = copy, .from = a, .n = n, .stride = stride, .factor = factor};
    gmet_parallel_for(work->context, (n + SCALE_ROWS - 1) / SCALE_ROWS, scale_task, &s);
    feat_status status = gmet_symmetric_values(values, copy, n, stride, work, err);
    feat_free(copy);
    return status;
}

size_t gmet_eigsym_scratch(size_t n)
{
    size_t count;
    return feat_mul_size((n + COLUMNS - 1) / COLUMNS * COLUMNS, n, &count) ? count : SIZE_MAX;
}

/* a: upper triangle, scaled; room for gmet_eigsym_scratch(n). */
static feat_status with_vectors(double *values, double *vectors, double *a, size_t n, const gmet_work *work,
                                feat_error *err)
{
    solver s = {.n = n, .a = a, .vectors = vectors, .n_chunks = (n + COLUMNS - 1) / COLUMNS};
    feat_status status = FEAT_OK;
    s.tau = feat_alloc_array(n, 3 * sizeof *s.tau);
    s.order = feat_alloc_array(n, sizeof *s.order);
    if (s.tau == NULL || s.order == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the eigenvalues of a matrix of order %zu", n);
    } else {
        s.d = s.tau + n;
        s.e = s.d + n;
        status = run(&s, values, work, err);
    }
    feat_free(s.order);
    feat_free(s.tau);
    return status;
}

static feat_status find_factor(double *factor, const double *a, size_t n, feat_error *err)
{
    double max = gmet_max_abs_lower(a, n);
    if (!isfinite(max))
        return feat_fail(err, FEAT_ERR_NUMERIC, "eigenvalues: the matrix of order %zu holds NaN or infinity",
                         n);
    *factor = gmet_inverse_power(max);
    return FEAT_OK;
}

feat_status gmet_eigsym_destroying(double *values, double *vectors, double *a, size_t n, const gmet_work *work,
                                   feat_error *err)
{
    double factor = 1.0;
    feat_status status = find_factor(&factor, a, n, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            a[i * n + j] *= factor;
    status = with_vectors(values, vectors, a, n, work, err);
    for (size_t i = 0; status == FEAT_OK && i < n; i++)
        values[i] /= factor;
    return status;
}

feat_status gmet_eigsym(double *values, double *vectors, const double *a, size_t n, const gmet_context *context,
                        feat_error *err)
{
    if (values == NULL || a == NULL)
        return feat_null(err, __func__);
    double factor = 1.0, *copy = NULL;
    gmet_work work = {0};
    if (n == 0)
        return feat_fail(err, FEAT_ERR_ARG, "eigenvalues: a matrix of order at least 1 expected, 0 found");
    feat_status status = find_factor(&factor, a, n, err);
    if (status == FEAT_OK)
        status = gmet_work_create(&work, context, n, n, n, err);
    if (status == FEAT_OK && vectors == NULL) {
        status = values_only(values, a, n, factor, &work, err);
    } else if (status == FEAT_OK) {
        copy = feat_calloc(gmet_eigsym_scratch(n), sizeof *copy);
        if (copy == NULL)
            status =
                feat_fail(err, FEAT_ERR_NOMEM, "no memory for the eigenvalues of a matrix of order %zu", n);
        if (status == FEAT_OK) {
            (void)gmet_transpose_lower(copy, a, n, factor, context);
            status = with_vectors(values, vectors, copy, n, &work, err);
        }
    }
    for (size_t i = 0; status == FEAT_OK && i < n; i++)
        values[i] /= factor;
    gmet_work_release(&work);
    feat_free(copy);
    return status;
}
