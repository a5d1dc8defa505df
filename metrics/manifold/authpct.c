/* AuthPct: a generated row counts as a copy when it is at least as close to its nearest training row as that
 * row's own nearest neighbour is. */
#include "metrics/manifold/authpct.h"

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/manifold/manifold.h"
#include "metrics/pairs/neighbours.h"

feat_status gmet_authpct_with(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                              const float *gen, size_t n_gen, size_t d, const feat_dmat_kernels *kernels,
                              feat_pool *pool, feat_error *err)
{
    feat_status status = gmet_check_set("AuthPct", "training", train, n_train, d, 2, err);
    if (status == FEAT_OK)
        status = gmet_check_set("AuthPct", "generated", gen, n_gen, d, 1, err);
    gmet_neighbours *s = NULL;
    if (status == FEAT_OK)
        status = gmet_neighbours_create(&s, d, kernels, pool, err);
    if (status != FEAT_OK)
        return status;
    const gmet_point_set x = {.x = train, .n = n_train}, y = {.x = gen, .n = n_gen};
    double *own = feat_alloc_array(n_train, sizeof *own), *distance = feat_alloc_array(n_gen, sizeof *distance);
    size_t *nearest = feat_alloc_array(n_gen, sizeof *nearest), count = 0;
    if (own == NULL || distance == NULL || nearest == NULL)
        status =
            feat_fail(err, FEAT_ERR_NOMEM, "no memory for the AuthPct of %zu and %zu rows", n_train, n_gen);
    if (status == FEAT_OK)
        status = gmet_nearest_k(own, NULL, s, &x, &x, 1, true, err);
    if (status == FEAT_OK)
        status = gmet_nearest_k(distance, nearest, s, &y, &x, 1, false, err);
    if (status != FEAT_OK)
        goto done;
    for (size_t j = 0; j < n_gen; j++) {
        unsigned char is = own[nearest[j]] < distance[j];
        count += is;
        if (authentic != NULL)
            authentic[j] = is;
    }
    *percent = 100.0 * (double)count / (double)n_gen;
done:
    feat_free(nearest);
    feat_free(distance);
    feat_free(own);
    gmet_neighbours_close(&s);
    return status;
}

feat_status gmet_authpct(double *percent, unsigned char *authentic, const float *train, size_t n_train,
                         const float *gen, size_t n_gen, size_t d, feat_pool *pool, feat_error *err)
{
    return gmet_authpct_with(percent, authentic, train, n_train, gen, n_gen, d, NULL, pool, err);
}
