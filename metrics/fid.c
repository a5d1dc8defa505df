/* Frechet distance between two normal distributions: |mu1 - mu2|^2 + Tr (sigma1 + sigma2 - 2 (sigma1
 * sigma2)^(1/2)) (Dowson and Landau, 1982; on Inception features Heusel et al., 2017). */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/internal.h"

static iv3_status check_means(const double *mu1, const double *mu2, size_t d, iv3_error *err)
{
    for (size_t i = 0; i < d; i++)
        if (!isfinite(mu1[i]) || !isfinite(mu2[i]))
            return iv3_fail(err, IV3_ERR_NUMERIC, "mean %c: element %zu is NaN or infinite",
                            isfinite(mu1[i]) ? '2' : '1', i);
    return IV3_OK;
}

static bool all_finite(const double *x, size_t n)
{
    double sum = 0.0; /* of x * 0: NaN if any x is not finite */
    for (size_t i = 0; i < n; i++)
        sum += x[i] * 0.0;
    return sum == 0.0;
}

iv3_status gmet_fid_with(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                         const double *sigma2, size_t d, const iv3_dmat_kernels *kernels, iv3_pool *pool,
                         iv3_error *err)
{
    iv3_status status = check_means(mu1, mu2, d, err);
    if (status != IV3_OK)
        return status;
    double mean_term = 0.0, trace = 0.0, root;
    for (size_t i = 0; i < d; i++) {
        double t = mu1[i] - mu2[i];
        mean_term = fma(t, t, mean_term);
        trace += sigma1[i * d + i] + sigma2[i * d + i];
    }
    /* (S S)^(1/2) = S: a set against itself is exactly 0. */
    if (memcmp(sigma1, sigma2, d * d * sizeof *sigma1) == 0 && all_finite(sigma1, d * d)) {
        root = 0.5 * trace;
    } else {
        status = gmet_trace_sqrt_product_with(&root, sigma1, sigma2, d, kernels, pool, err);
        if (status != IV3_OK)
            return status;
    }
    out->mean_term = mean_term;
    out->trace_term = fma(-2.0, root, trace);
    out->value = out->mean_term + out->trace_term;
    return IV3_OK;
}

iv3_status gmet_fid(gmet_fid_result *out, const double *mu1, const double *sigma1, const double *mu2,
                    const double *sigma2, size_t d, iv3_pool *pool, iv3_error *err)
{
    return gmet_fid_with(out, mu1, sigma1, mu2, sigma2, d, NULL, pool, err);
}

iv3_status gmet_fid_from_moments(gmet_fid_result *out, const gmet_moments *real, const gmet_moments *gen,
                                 iv3_pool *pool, iv3_error *err)
{
    size_t d = gmet_moments_dim(real), square, count;
    if (gmet_moments_dim(gen) != d)
        return iv3_fail(err, IV3_ERR_ARG, "FID: both sets must have the same columns, %zu and %zu found", d,
                        gmet_moments_dim(gen));
    double *block = NULL;
    if (iv3_mul_size(d, d, &square) && iv3_add_size(square, d, &count))
        block = iv3_alloc_array(count, 2 * sizeof *block);
    if (block == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for two covariances of order %zu", d);
    double *mu1 = block, *mu2 = mu1 + d, *sigma1 = mu2 + d, *sigma2 = sigma1 + square;
    iv3_status status = gmet_moments_get(real, mu1, sigma1, 1, err);
    if (status == IV3_OK)
        status = gmet_moments_get(gen, mu2, sigma2, 1, err);
    if (status == IV3_OK)
        status = gmet_fid(out, mu1, sigma1, mu2, sigma2, d, pool, err);
    iv3_free(block);
    return status;
}
