/* The square root of a positive semi-definite matrix from its eigenvalues and eigenvectors. */
#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/linalg.h"
#include "metrics/linalg/mat.h"

feat_status gmet_sqrtm(double *root, const double *a, size_t n, const gmet_context *context, feat_error *err)
{
    if (root == NULL || a == NULL)
        return feat_null(err, __func__);
    size_t square;
    double *values = NULL, *vectors = NULL;
    gmet_work work = {0};
    feat_status status = FEAT_ERR_NOMEM;
    if (n == 0)
        return feat_fail(err, FEAT_ERR_ARG, "square root: a matrix of order at least 1 expected, 0 found");
    if (!feat_mul_size(n, n, &square) || (values = feat_alloc_array(n, sizeof *values)) == NULL ||
        (vectors = feat_alloc_array(square, 2 * sizeof *vectors)) == NULL) {
        (void)feat_fail(err, status, "no memory for the square root of a matrix of order %zu", n);
        goto done;
    }
    status = gmet_eigsym(values, vectors, a, n, context, err);
    if (status != FEAT_OK)
        goto done;
    double largest = fabs(values[n - 1]) > fabs(values[0]) ? fabs(values[n - 1]) : fabs(values[0]);
    if (values[0] < -(double)n * 0x1p-44 * largest) {
        status = feat_fail(
            err, FEAT_ERR_NUMERIC,
            "square root: the matrix has eigenvalue %.3g (largest %.3g) and so no real symmetric root",
            values[0], values[n - 1]);
        goto done;
    }
    status = gmet_work_create(&work, context, n, n, n, err);
    if (status != FEAT_OK)
        goto done;
    double *scaled = vectors + square;
    for (size_t k = 0; k < n; k++) {
        double s = values[k] > 0.0 ? sqrt(values[k]) : 0.0;
        for (size_t i = 0; i < n; i++)
            scaled[k * n + i] = s * vectors[k * n + i];
    }
    for (size_t i = 0; i < square; i++)
        root[i] = 0.0;
    gmet_product p = {.c = root, .c_stride = n, .m = n, .n = n, .k = n, .upper = true};
    p.a = (gmet_operand){.data = scaled, .stride = n, .k_major = true};
    p.b = (gmet_operand){.data = vectors, .stride = n, .k_major = true};
    gmet_multiply(&work, &p);
    gmet_mirror(root, n, context);
    status = gmet_go_on(context, err);
done:
    gmet_work_release(&work);
    feat_free(vectors);
    feat_free(values);
    return status;
}
