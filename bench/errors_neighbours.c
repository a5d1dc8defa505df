/* KID and the metrics of nearest neighbours: what is printed of one draw. */
#include <math.h>

#include "bench/errors.h"
#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "metrics/base/row_order.h"
#include "metrics/gmet.h"

static errors_value of(double value, const gmet_sampling_error *e)
{
    errors_value v = errors_plain(value, e->has_error != 0, e->standard_error, e->why);
    v.has_interval = e->has_error != 0;
    v.low = e->low;
    v.high = e->high;
    v.at_most = e->at_most != 0;
    v.at_least = e->at_least != 0;
    v.limit = e->limit;
    return v;
}

/* Whether the order of rows shows. The ordered sets here are sorted by class and stand for labelled ones, of which the
 * tools leave out KID's error alone; without labels they would print none of what compares both sets. */
static bool in_order(const float *rows, size_t n, size_t d)
{
    gmet_row_order order = {.n = 0};
    gmet_row_order_add(&order, rows, n, d);
    return fabs(gmet_row_order_shows(&order)) > GMET_ORDER_LIMIT;
}

static feat_status precision_recall(errors_value *out, const errors_pair *p, feat_error *err)
{
    const gmet_set real = errors_real(p), gen = errors_gen(p);
    gmet_pr_result r;
    gmet_sampling_error e[3];
    if (p->real == NULL)
        return FEAT_OK;
    feat_status status = gmet_precision_recall(&r, NULL, &real, &gen, NULL, err);
    if (status == FEAT_OK)
        status = gmet_pr_error(e, &r, NULL, &real, &gen, NULL, err);
    if (status != FEAT_OK)
        return status;
    out[0] = of(r.precision, &e[0]);
    out[1] = of(r.recall, &e[1]);
    out[2] = of(r.f_score, &e[2]);
    return FEAT_OK;
}

static feat_status density_coverage(errors_value *out, const errors_pair *p, feat_error *err)
{
    const gmet_set real = errors_real(p), gen = errors_gen(p);
    gmet_prdc_result r;
    gmet_prdc_options o;
    gmet_sampling_error e[2];
    if (p->real == NULL)
        return FEAT_OK;
    gmet_prdc_options_init(&o, sizeof o);
    o.recall = 0;
    gmet_prdc_images images = {.n_balls = feat_alloc_array(p->n_gen, sizeof *images.n_balls)};
    feat_status status = images.n_balls == NULL ? feat_fail(err, FEAT_ERR_NOMEM, "no memory")
                                                : gmet_prdc(&r, &images, &o, &real, &gen, NULL, err);
    if (status == FEAT_OK)
        status = gmet_prdc_error(&e[0], &e[1], &r, images.n_balls, &o, &real, &gen, NULL, err);
    if (status == FEAT_OK) {
        out[0] = of(r.density, &e[0]);
        out[1] = of(r.coverage, &e[1]);
    }
    feat_free(images.n_balls);
    return status;
}

static feat_status authpct(errors_value *out, const errors_pair *p, feat_error *err)
{
    const gmet_set real = errors_real(p), gen = errors_gen(p);
    double percent = 0.0;
    gmet_sampling_error e;
    if (p->real == NULL)
        return FEAT_OK;
    feat_status status = gmet_authpct(&percent, NULL, &real, &gen, NULL, err);
    if (status == FEAT_OK)
        status = gmet_authpct_error(&e, percent, &real, &gen, NULL, err);
    if (status == FEAT_OK)
        out[0] = of(percent, &e);
    return status;
}

static feat_status kid(errors_value *out, const errors_pair *p, feat_error *err)
{
    const gmet_set real = errors_real(p), gen = errors_gen(p);
    gmet_kid_full_result r;
    if (p->real == NULL)
        return FEAT_OK;
    feat_status status = gmet_kid_full(&r, NULL, &gen, &real, NULL, err);
    if (status != FEAT_OK)
        return status;
    bool shows = in_order(p->real, p->n_real, p->d) || in_order(p->gen, p->n_gen, p->d);
    out[0] = errors_plain(r.value, !shows && r.has_error && r.standard_error > 0.0, r.standard_error,
                          shows ? "the order of the images shows" : "its estimate is not above 0");
    return FEAT_OK;
}

const errors_metric errors_neighbours[] = {
    {.name = "pr", .values = {"Precision", "Recall", "F-score"}, .measure = precision_recall},
    {.name = "dc", .values = {"Density", "Coverage"}, .measure = density_coverage},
    {.name = "authpct", .values = {"AuthPct"}, .measure = authpct},
    {.name = "kid", .values = {"KID"}, .measure = kid},
    {.name = NULL},
};
