/* AuthPct: a generated row counts as a copy when it is at least as close to its nearest training row as that
 * row's own nearest neighbour is. */
#include "metrics/manifold/manifold.h"

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/check_set.h"
#include "metrics/base/context.h"
#include "metrics/pairs/neighbours.h"

feat_status gmet_authpct(double *percent, unsigned char *authentic, const gmet_set *train, const gmet_set *gen,
                         const gmet_context *context, feat_error *err)
{
    if (percent == NULL || train == NULL || gen == NULL)
        return feat_null(err, __func__);
    feat_status status = gmet_check_widths("AuthPct", train, gen, err);
    if (status == FEAT_OK)
        status = gmet_check_set("AuthPct", "training", train->rows, train->n, train->d, 2, err);
    if (status == FEAT_OK)
        status = gmet_check_set("AuthPct", "generated", gen->rows, gen->n, gen->d, 1, err);
    gmet_neighbours *s = NULL;
    if (status == FEAT_OK)
        status = gmet_neighbours_create(&s, train->d, context, err);
    if (status != FEAT_OK)
        return status;
    double *own = feat_alloc_array(train->n, sizeof *own), *distance = feat_alloc_array(gen->n, sizeof *distance);
    size_t *nearest = feat_alloc_array(gen->n, sizeof *nearest), count = 0;
    if (own == NULL || distance == NULL || nearest == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the AuthPct of %zu and %zu rows", train->n, gen->n);
    if (status == FEAT_OK)
        status = gmet_nearest_k(own, NULL, s, train, train, 1, 0, err);
    if (status == FEAT_OK)
        status = gmet_nearest_k(distance, nearest, s, gen, train, 1, GMET_NO_SELF, err);
    if (status != FEAT_OK)
        goto done;
    for (size_t j = 0; j < gen->n; j++) {
        unsigned char is = own[nearest[j]] < distance[j];
        count += is;
        if (authentic != NULL)
            authentic[j] = is;
    }
    *percent = 100.0 * (double)count / (double)gen->n;
done:
    feat_free(nearest);
    feat_free(distance);
    feat_free(own);
    gmet_neighbours_close(&s);
    return status;
}
