/* Tr (sigma1 sigma2)^(1/2) without a non-symmetric eigenproblem: for any factors F1^T F1 = sigma1, F2^T F2 =
 * sigma2 it is the sum of the singular values of M = F1 F2^T, that is of the square roots of the eigenvalues
 * of the smaller of M M^T and M^T M. Pivoted Cholesky factors end at the numerical rank, so fewer rows than
 * columns need no special case, and leave M graded, which keeps its small singular values accurate. */
#include "metrics/frechet/trace_sqrt.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/frechet/frechet.h"
#include "metrics/frechet/geometry.h"
#include "metrics/linalg/chol.h"
#include "metrics/linalg/eigsym.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

typedef struct reorder {
    double *f; /* [rank][n] */
    size_t n, stride;
    const size_t *from;
    double *rows; /* [threads][n] */
} reorder;

static void reorder_task(void *ctx, size_t tile, size_t worker)
{
    const reorder *r = ctx;
    double *row = r->f + tile * r->stride, *copy = r->rows + worker * r->n;
    memcpy(copy, row, r->n * sizeof *row);
    for (size_t i = 0; i < r->n; i++)
        row[i] = copy[r->from[i]];
}

static void swap_factors(gmet_factors *f)
{
    double *t = f->first;
    f->first = f->second;
    f->second = t;
    size_t r = f->r1;
    f->r1 = f->r2;
    f->r2 = r;
    size_t *o = f->order;
    f->order = f->order2;
    f->order2 = o;
    f->swapped = true;
}

/* --- the factors ------------------------------------------------------------------------------------- */

/* *factor [*rank][stride] of one covariance, which rests afterwards. */
static feat_status factor_one(double **factor, size_t stride, size_t *order, size_t *rank, gmet_covariance *sigma,
                              const char *name, const gmet_work *work, feat_error *err)
{
    size_t count;
    if (feat_mul_size(sigma->d, stride, &count))
        *factor = feat_alloc_array(count, sizeof **factor);
    if (*factor == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to factor a covariance of order %zu", sigma->d);
    feat_status status = gmet_pivoted_cholesky(*factor, stride, order, rank, sigma->full, sigma->d, name, work, err);
    gmet_geometry *geometry = sigma->geometry;
    if (geometry != NULL) {
        geometry->trace = 0.0;
        for (size_t i = 0; i < sigma->d; i++)
            geometry->trace += sigma->full[i * sigma->d + i];
    }
    gmet_covariance_rest(sigma);
    if (geometry != NULL && status == FEAT_OK)
        status = gmet_geometry_of_factor(geometry, *factor, *rank, sigma->d, stride, work, err);
    return status;
}

feat_status gmet_factor_create(gmet_factor *out, gmet_covariance *sigma, const char *name, const gmet_work *work,
                               feat_error *err)
{
    *out = (gmet_factor){.d = sigma->d, .stride = gmet_padded_stride(sigma->d)};
    out->order = feat_alloc_array(sigma->d, sizeof *out->order);
    if (out->order == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to factor a covariance of order %zu", sigma->d);
    return factor_one(&out->rows, out->stride, out->order, &out->rank, sigma, name, work, err);
}

void gmet_factor_release(gmet_factor *f)
{
    feat_free(f->rows);
    feat_free(f->order);
    *f = (gmet_factor){.rows = NULL};
}

/* Brings the columns of the second factor into the order of the first's and multiplies. rows
 * [threads][d]. */
static feat_status multiply_factors(gmet_factors *f, const size_t *order2, size_t *inverse, double *rows,
                                    const gmet_work *work, feat_error *err)
{
    size_t d = f->d, count;
    for (size_t i = 0; i < d; i++)
        inverse[order2[i]] = i;
    size_t *from = inverse + d;
    for (size_t i = 0; i < d; i++)
        from[i] = inverse[f->order[i]];
    reorder r = {.f = f->second, .n = d, .stride = f->stride, .from = from, .rows = rows};
    gmet_parallel_for(work->context, f->r2, reorder_task, &r);
    if (feat_mul_size(f->r1, f->stride, &count))
        f->m = feat_calloc(count > 0 ? count : 1, sizeof *f->m);
    if (f->m == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for two covariances of order %zu", d);
    gmet_product p = {.c = f->m, .c_stride = f->stride, .m = f->r1, .n = f->r2, .k = d, .a_upper = true};
    p.a = (gmet_operand){.data = f->first, .stride = f->stride};
    p.b = (gmet_operand){.data = f->second, .stride = f->stride};
    gmet_multiply(work, &p);
    return gmet_go_on(work->context, err);
}

/* The factors as they are: of the first covariance, or one that is kept. */
static feat_status factor_both(gmet_factors *f, const gmet_factor *kept, gmet_covariance *sigma1,
                               gmet_covariance *sigma2, const gmet_work *work, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (kept == NULL) {
        status = factor_one(&f->first, f->stride, f->order, &f->r1, sigma1, "covariance 1", work, err);
    } else {
        f->first = kept->rows;
        f->r1 = kept->rank;
        f->borrowed = true;
        memcpy(f->order, kept->order, f->d * sizeof *f->order);
    }
    if (status == FEAT_OK)
        status = factor_one(&f->second, f->stride, f->order2, &f->r2, sigma2, "covariance 2", work, err);
    if (status != FEAT_OK || f->r1 <= f->r2)
        return status;
    swap_factors(f);
    if (!f->borrowed)
        return FEAT_OK;
    /* What is now the second is reordered: a copy. */
    f->borrowed = false;
    f->second = feat_alloc_array(f->d, f->stride * sizeof *f->second);
    if (f->second == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for two covariances of order %zu", f->d);
    memcpy(f->second, kept->rows, kept->rank * f->stride * sizeof *f->second);
    return FEAT_OK;
}

static feat_status make_pair(gmet_factors *out, const gmet_factor *kept, gmet_covariance *sigma1,
                             gmet_covariance *sigma2, size_t d, const gmet_work *work, feat_error *err)
{
    gmet_factors f = {.d = d, .stride = gmet_padded_stride(d)};
    size_t n_rows;
    feat_status status = FEAT_ERR_NOMEM;
    double *rows =
        feat_mul_size(d, feat_pool_threads(work->pool), &n_rows) ? feat_alloc_array(n_rows, sizeof *rows) : NULL;
    size_t *places = feat_alloc_array(d, 3 * sizeof *places);
    f.order_memory = f.order = feat_alloc_array(d, 2 * sizeof *f.order);
    if (rows == NULL || places == NULL || f.order == NULL) {
        (void)feat_fail(err, status, "no memory for two covariances of order %zu", d);
        goto done;
    }
    f.order2 = f.order + d;
    status = factor_both(&f, kept, sigma1, sigma2, work, err);
    if (status == FEAT_OK)
        status = multiply_factors(&f, f.order2, places, rows, work, err);
done:
    feat_free(rows);
    feat_free(places);
    if (status != FEAT_OK)
        gmet_factors_release(&f);
    *out = f;
    return status;
}

feat_status gmet_factor_pair(gmet_factors *out, gmet_covariance *sigma1, gmet_covariance *sigma2, size_t d,
                             const gmet_work *work, feat_error *err)
{
    return make_pair(out, NULL, sigma1, sigma2, d, work, err);
}

feat_status gmet_factor_pair_with(gmet_factors *out, const gmet_factor *first, gmet_covariance *sigma2,
                                  const gmet_work *work, feat_error *err)
{
    return make_pair(out, first, NULL, sigma2, first->d, work, err);
}

void gmet_factors_drop_second(gmet_factors *f)
{
    feat_free(f->second);
    f->second = NULL;
}

void gmet_factors_drop_product(gmet_factors *f)
{
    feat_free(f->m);
    feat_free(f->square);
    f->m = f->square = NULL;
}

/* m m^T */
static void square_product(double *gram, const gmet_factors *f, const gmet_work *work)
{
    size_t r = f->r1;
    for (size_t i = 0; i < r; i++)
        memset(gram + i * f->stride, 0, r * sizeof *gram);
    gmet_product p = {.c = gram, .c_stride = f->stride, .m = r, .n = r, .k = f->r2};
    p.a = p.b = (gmet_operand){.data = f->m, .stride = f->stride};
    p.upper = p.mirror = true;
    gmet_multiply(work, &p);
}

feat_status gmet_factors_square(gmet_factors *f, const gmet_work *work, feat_error *err)
{
    size_t count;
    if (f->square != NULL)
        return FEAT_OK;
    double *square = NULL;
    if (feat_mul_size(f->r1 > 0 ? f->r1 : 1, f->stride, &count))
        square = feat_alloc_array(count, sizeof *square);
    if (square == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the product of two factors");
    square_product(square, f, work);
    gmet_factors_drop_product(f);
    f->square = square;
    return gmet_go_on(work->context, err);
}

void gmet_factors_release(gmet_factors *f)
{
    if (!f->borrowed)
        feat_free(f->first);
    feat_free(f->second);
    gmet_factors_drop_product(f);
    feat_free(f->order_memory);
    memset(f, 0, sizeof *f);
}

feat_status gmet_nuclear_norm(double *sum, const gmet_factors *f, double *gram, const gmet_work *work,
                              feat_error *err)
{
    size_t r = f->r1;
    double largest = 0.0;
    *sum = 0.0;
    if (f->square == NULL)
        square_product(gram, f, work);
    feat_status status = gmet_go_on(work->context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < r && f->square != NULL; i++)
        memcpy(gram + i * f->stride, f->square + i * f->stride, r * sizeof *gram);
    for (size_t i = 0; i < r; i++)
        largest = !(gram[i * f->stride + i] <= largest) ? gram[i * f->stride + i] : largest;
    if (largest == 0.0)
        return FEAT_OK;
    if (!isfinite(largest))
        return feat_fail(err, FEAT_ERR_NUMERIC, "covariances of order %zu: values too large to be multiplied",
                         f->d);
    /* Squares must stay in range; where they do, a scale would not change a bit. */
    double scale = largest > 0x1p-200 && largest < 0x1p+200 ? 1.0 : gmet_inverse_power(largest);
    for (size_t i = 0; scale != 1.0 && i < r; i++)
        for (size_t j = 0; j < r; j++)
            gram[i * f->stride + j] *= scale;
    double *values = feat_alloc_array(r, sizeof *values);
    if (values == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu eigenvalues", r);
    status = gmet_symmetric_values(values, gram, r, f->stride, work, err);
    for (size_t i = 0; status == FEAT_OK && i < r; i++)
        *sum += values[i] > 0.0 ? sqrt(values[i] / scale) : 0.0;
    feat_free(values);
    return status;
}

feat_status gmet_trace_sqrt_product(double *trace, const double *sigma1, const double *sigma2, size_t d,
                                    const gmet_context *context, feat_error *err)
{
    if (trace == NULL || sigma1 == NULL || sigma2 == NULL)
        return feat_null(err, __func__);
    gmet_work work;
    gmet_factors f;
    if (d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "covariances of order at least 1 expected, 0 found");
    feat_status status = gmet_work_create(&work, context, d, d, d, err);
    if (status != FEAT_OK)
        return status;
    gmet_covariance first = {.d = d, .full = sigma1}, second = {.d = d, .full = sigma2};
    status = gmet_factor_pair(&f, &first, &second, d, &work, err);
    if (status == FEAT_OK)
        status = gmet_nuclear_norm(trace, &f, f.first, &work, err);
    gmet_factors_release(&f);
    gmet_work_release(&work);
    return status;
}
