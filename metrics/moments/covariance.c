/* Covariances that make room while they are not read: a triangle in place of the square, or nothing. */
#include "metrics/moments/covariance.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/linalg/mat.h"

void gmet_covariance_rest(gmet_covariance *c)
{
    size_t d = c->d;
    if (c->full == NULL)
        return;
    if (c->again) {
        if (c->own == NULL)
            return; /* the caller has it in memory anyway */
        c->packed = feat_alloc_array(d + 1, d * sizeof *c->packed / 2);
        if (c->packed == NULL)
            return; /* goes on with more memory */
        double *to = c->packed;
        for (size_t i = 0; i < d; to += d - i, i++)
            memcpy(to, c->full + i * d + i, (d - i) * sizeof *to);
    }
    if (c->own == NULL && c->done != NULL)
        c->done(c->ctx);
    feat_free(c->own);
    c->own = NULL;
    c->full = NULL;
}

feat_status gmet_covariance_wake(gmet_covariance *c, const gmet_context *context, feat_error *err)
{
    size_t d = c->d;
    if (c->full != NULL)
        return FEAT_OK;
    c->own = feat_alloc_array(d, d * sizeof *c->own);
    if (c->own == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a covariance of order %zu", d);
    const double *from = c->packed;
    for (size_t i = 0; i < d; from += d - i, i++)
        memcpy(c->own + i * d + i, from, (d - i) * sizeof *from);
    gmet_mirror(c->own, d, context);
    feat_free(c->packed);
    c->packed = NULL;
    c->full = c->own;
    return FEAT_OK;
}

void gmet_covariance_release(gmet_covariance *c)
{
    c->again = false;
    gmet_covariance_rest(c);
    feat_free(c->packed);
    c->packed = NULL;
}
