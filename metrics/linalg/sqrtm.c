/* The square root of a positive semi-definite matrix from its eigenvalues and eigenvectors. */
#include "metrics/linalg/sqrtm.h"

#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/linalg/eigsym.h"
#include "metrics/linalg/linalg.h"
#include "metrics/linalg/mat.h"

iv3_status gmet_sqrtm_with(double *root, const double *a, size_t n, const iv3_dmat_kernels *kernels,
                           iv3_pool *pool, iv3_error *err)
{
    size_t square;
    double *values = NULL, *vectors = NULL;
    gmet_work work = {0};
    iv3_status status = IV3_ERR_NOMEM;
    if (n == 0)
        return iv3_fail(err, IV3_ERR_ARG, "square root: a matrix of order at least 1 expected, 0 found");
    if (!iv3_mul_size(n, n, &square) || (values = iv3_alloc_array(n, sizeof *values)) == NULL ||
        (vectors = iv3_alloc_array(square, 2 * sizeof *vectors)) == NULL) {
        (void)iv3_fail(err, status, "no memory for the square root of a matrix of order %zu", n);
        goto done;
    }
    status = gmet_eigsym_with(values, vectors, a, n, kernels, pool, err);
    if (status != IV3_OK)
        goto done;
    double largest = fabs(values[n - 1]) > fabs(values[0]) ? fabs(values[n - 1]) : fabs(values[0]);
    if (values[0] < -(double)n * 0x1p-44 * largest) {
        status = iv3_fail(
            err, IV3_ERR_NUMERIC,
            "square root: the matrix has eigenvalue %.3g (largest %.3g) and so no real symmetric root",
            values[0], values[n - 1]);
        goto done;
    }
    status = gmet_work_create(&work, kernels, pool, n, n, n, err);
    if (status != IV3_OK)
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
    gmet_mirror(root, n, pool);
done:
    gmet_work_release(&work);
    iv3_free(vectors);
    iv3_free(values);
    return status;
}

iv3_status gmet_sqrtm(double *root, const double *a, size_t n, iv3_pool *pool, iv3_error *err)
{
    return gmet_sqrtm_with(root, a, n, NULL, pool, err);
}
