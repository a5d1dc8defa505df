/* Vendi score: the spectrum of the normalised Gram matrix, in its smaller form. */
#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/stopping.h"
#include "metrics/diversity/diversity.h"
#include "metrics/linalg/eigsym.h"
#include "metrics/linalg/mat.h"

/* Rows that are multiplied at once, where there are more rows than columns; rows that a thread takes. */
enum { CHUNK = 256, SHARE = 16 };

typedef struct unit_rows {
    const feat_dmat_kernels *kernels;
    double *out;    /* [n][d]: rows of unit length, or of NaN where there is no direction */
    const float *x; /* [n][d] */
    size_t n, d;
} unit_rows;

static void normalise_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const unit_rows *u = ctx;
    size_t d = u->d, first = tile * SHARE, last = feat_min_size(first + SHARE, u->n);
    for (size_t i = first; i < last; i++) {
        const float *row = u->x + i * d;
        double *out = u->out + i * d;
        for (size_t j = 0; j < d; j++)
            out[j] = (double)row[j];
        double norm = sqrt(u->kernels->dot(out, out, d));
        for (size_t j = 0; j < d; j++)
            out[j] /= norm;
    }
    feat_mapped_done(u->x + first * d, (last - first) * d * sizeof *u->x);
}

/* out [n_rows][d]: rows of unit length. */
static feat_status normalise(double *out, const gmet_set *set, size_t first, size_t n_rows, const gmet_work *work,
                             feat_error *err)
{
    size_t d = set->d;
    unit_rows u = {.kernels = work->kernels, .out = out, .x = set->rows + first * d, .n = n_rows, .d = d};
    gmet_parallel_for(work->context, (n_rows + SHARE - 1) / SHARE, normalise_task, &u);
    feat_status status = gmet_go_on(work->context, err);
    if (status != FEAT_OK)
        return status;
    for (size_t i = 0; i < n_rows; i++)
        if (isnan(out[i * d]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "Vendi score: row %zu is zero, which has no direction",
                             first + i);
    return FEAT_OK;
}

/* gram [order][order], zeroed: X X^T (rows [n][d]) or, when n > d, X^T X (rows: one chunk at a time). */
static feat_status fill_gram(double *gram, size_t stride, double *rows, const gmet_set *set, const gmet_work *work,
                             feat_error *err)
{
    size_t n = set->n, d = set->d;
    bool dual = n > d;
    size_t step = dual ? CHUNK : n, order = dual ? d : n;
    for (size_t i = 0; i < n; i += step) {
        size_t n_rows = feat_min_size(n - i, step);
        feat_status status = normalise(rows, set, i, n_rows, work, err);
        if (status != FEAT_OK)
            return status;
        gmet_product p = {.c = gram, .c_stride = stride, .m = order, .n = order, .upper = true};
        p.k = dual ? n_rows : d;
        p.a = p.b = (gmet_operand){.data = rows, .stride = d, .k_major = dual};
        p.mirror = i + n_rows == n;
        gmet_multiply(work, &p);
    }
    return gmet_go_on(work->context, err);
}

/* values [n] ascending, not normalised. Those that rounding alone can have made are zero. */
static double score_of(const double *values, size_t n, double q)
{
    double largest = values[n - 1], least = (double)n * 0x1p-52 * largest, total = 0.0, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        total += values[i] > least ? values[i] : 0.0;
    if (isinf(q))
        return total / largest;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > least))
            continue;
        if (q == 1.0)
            sum = fma(-(values[i] / total), feat_log(values[i] / total), sum);
        else /* relative to the largest, or all could underflow */
            sum += q == 0.0 ? 1.0 : feat_exp(q * feat_log(values[i] / largest));
    }
    if (q == 0.0)
        return sum;
    return feat_exp(q == 1.0 ? sum : fma(q, feat_log(largest / total), feat_log(sum)) / (1.0 - q));
}

feat_status gmet_vendi(double *score, double q, const gmet_set *set, const gmet_context *context, feat_error *err)
{
    if (score == NULL || set == NULL)
        return feat_null(err, __func__);
    size_t n = set->n, d = set->d;
    if (!(q >= 0.0))
        return feat_fail(err, FEAT_ERR_ARG, "Vendi score: an order of at least 0 expected, %g found", q);
    feat_status status = gmet_check_set("Vendi score", "features", set->rows, n, d, 1, err);
    if (status != FEAT_OK)
        return status;
    bool dual = n > d;
    size_t order = dual ? d : n, stride = gmet_padded_stride(order), square, count;
    double *gram = NULL, *rows = NULL, *values = NULL;
    gmet_work work = {0};
    if (!feat_mul_size(order, stride, &square) || !feat_mul_size(d, dual ? CHUNK : n, &count))
        goto no_memory;
    gram = feat_calloc(square, sizeof *gram);
    rows = feat_alloc_array(count, sizeof *rows);
    values = feat_alloc_array(order, sizeof *values);
    if (gram == NULL || rows == NULL || values == NULL)
        goto no_memory;
    status = gmet_work_create(&work, context, order, order, CHUNK > d ? CHUNK : d, err);
    if (status == FEAT_OK)
        status = fill_gram(gram, stride, rows, set, &work, err);
    if (status == FEAT_OK) /* of unit rows: nothing to scale */
        status = gmet_symmetric_values(values, gram, order, stride, &work, err);
    if (status == FEAT_OK)
        *score = score_of(values, order, q);
    goto done;
no_memory:
    status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the Vendi score of %zu rows", n);
done:
    gmet_work_release(&work);
    feat_free(values);
    feat_free(rows);
    feat_free(gram);
    return status;
}
