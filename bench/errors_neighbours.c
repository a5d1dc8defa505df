/* KID, Inception Score and the metrics of nearest neighbours: what is printed of one draw. */
#include "bench/errors.h"
#include "metrics/gmet.h"
#include "metrics/gmet_more.h"

static iv3_status kid(errors_value *out, const errors_pair *p, iv3_error *err)
{
    gmet_kid_full_result r;
    if (p->real == NULL)
        return IV3_OK;
    iv3_status status = gmet_kid_full(&r, p->gen, p->n_gen, p->real, p->n_real, p->d, NULL, NULL, err);
    if (status == IV3_OK)
        out[0] = errors_plain(r.value, r.has_error && r.variance > 0.0, r.standard_error,
                              "its estimate is not above 0");
    return status;
}

const errors_metric errors_neighbours[] = {
    {.name = "kid", .values = {"KID"}, .measure = kid},
    {.name = NULL},
};
