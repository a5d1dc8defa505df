/* Effective rank (Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007): the exponential
 * of the entropy of the singular values of a matrix, which are made to sum to 1.
 *
 * The eigenvalues of S = F^T F are those of F F^T and zeros, and F, a pivoted Cholesky factor, has as many rows as S
 * has rank: where there are fewer images than features this is the small Gram form, and the pivots grade it, which
 * keeps small eigenvalues accurate. */
#include "metrics/frechet/geometry.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/linalg/eigsym.h"
#include "metrics/linalg/mat.h"

/* exp of the entropy of values [n] over their sum; 0 where all are 0. */
static double effective_rank(const double *values, size_t n)
{
    double total = 0.0, entropy = 0.0;
    for (size_t i = 0; i < n; i++)
        total += values[i];
    for (size_t i = 0; i < n; i++) {
        double p = values[i] / total;
        if (p > 0.0)
            entropy = fma(-p, feat_log(p), entropy);
    }
    return total > 0.0 ? feat_exp(entropy) : 0.0;
}

/* gram = f f^T, both triangles, scaled by a power of 2 to where squares of its elements are finite. */
static void square_factor(double *gram, const double *f, size_t rank, size_t d, size_t stride, const gmet_work *work)
{
    gmet_product p = {.c = gram, .c_stride = stride, .m = rank, .n = rank, .k = d, .upper = true, .a_upper = true};
    p.a = p.b = (gmet_operand){.data = f, .stride = stride};
    double largest = 0.0;
    gmet_multiply(work, &p);
    for (size_t i = 0; i < rank; i++)
        largest = gram[i * stride + i] > largest ? gram[i * stride + i] : largest;
    double scale = largest > 0x1p-200 && largest < 0x1p+200 ? 1.0 : gmet_inverse_power(largest);
    for (size_t i = 0; i < rank; i++)
        for (size_t j = i; j < rank; j++)
            gram[j * stride + i] = gram[i * stride + j] *= scale;
}

feat_status gmet_geometry_of_factor(gmet_geometry *out, const double *f, size_t rank, size_t d, size_t stride,
                                    const gmet_work *work, feat_error *err)
{
    size_t count;
    out->rank = rank;
    out->known = 1;
    out->effective_rank = out->covariance_effective_rank = 0.0;
    if (rank == 0)
        return FEAT_OK;
    double *gram = feat_mul_size(rank, stride, &count) ? feat_calloc(count, sizeof *gram) : NULL;
    double *values = feat_alloc_array(rank, sizeof *values);
    feat_status status = FEAT_OK;
    if (gram == NULL || values == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu eigenvalues of a covariance", rank);
    } else {
        square_factor(gram, f, rank, d, stride, work);
        status = gmet_symmetric_values(values, gram, rank, stride, work, err);
    }
    if (status == FEAT_OK) {
        for (size_t i = 0; i < rank; i++)
            values[i] = values[i] > 0.0 ? values[i] : 0.0;
        out->covariance_effective_rank = effective_rank(values, rank);
        for (size_t i = 0; i < rank; i++)
            values[i] = sqrt(values[i]);
        out->effective_rank = effective_rank(values, rank);
    }
    feat_free(gram);
    feat_free(values);
    return status;
}
