/* Curves of the page, computed. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "tools/pages/page_curves.h"
#include "tools/pages/page_rows.h"

bool bf_page_result(double *value, const bf_report *r, const char *key)
{
    for (size_t i = 0; i < r->n_results; i++)
        if (r->results[i].type == BF_TYPE_NUMBER && strcmp(r->results[i].key, key) == 0) {
            *value = r->results[i].number;
            return true;
        }
    return false;
}

static feat_status find_k_curve(bf_page_curves *c, const bf_page_input *in, const gmet_set *x, const gmet_set *y,
                                const gmet_context *context, feat_error *err)
{
    static const size_t ks[] = {1, 2, 3, 5, 7, 10, 15, 20};
    _Static_assert(sizeof ks / sizeof ks[0] == BF_PAGE_KS, "a point for each k");
    gmet_pr_options options;
    gmet_pr_result r[BF_PAGE_KS];
    size_t n = 0;
    while (n < BF_PAGE_KS && ks[n] < x->n && ks[n] < y->n)
        n++;
    if (n == 0)
        return FEAT_OK;
    gmet_pr_options_init(&options, sizeof options);
    options.strict = in->run->network.how.pr_strict;
    feat_status status = gmet_precision_recall_curve(r, ks, n, &options, x, y, context, err);
    for (size_t i = 0; i < n && status == FEAT_OK; i++) {
        c->ks[i] = ks[i];
        c->precision[i] = r[i].precision;
        c->recall[i] = r[i].recall;
    }
    c->n_ks = status == FEAT_OK ? n : 0;
    return status;
}

static feat_status find_prd(bf_page_curves *c, const bf_page_input *in, const gmet_set *x, const gmet_set *y,
                            const gmet_context *context, feat_error *err)
{
    gmet_prd_options options;
    gmet_prd_result r;
    gmet_prd_options_init(&options, sizeof options);
    options.seed = bf_metric_seed(in->run);
    options.equal_sizes = 0;
    options.n_angles = BF_PAGE_ANGLES;
    feat_status status = gmet_prd_curve(&r, c->prd_precision, c->prd_recall, &options, x, y, context, err);
    c->n_angles = status == FEAT_OK ? BF_PAGE_ANGLES : 0;
    return status;
}

static feat_status find_curves(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    const bf_report *r = &in->run->report;
    bf_page_rows rows;
    double unused;
    bool has_pr = bf_page_result(&unused, r, "precision"), has_prd = bf_page_result(&unused, r, "prd_f_8");
    if (!has_pr && !has_prd)
        return FEAT_OK;
    feat_status status = bf_page_rows_take(&rows, in, BF_PAGE_CURVE_ROWS, err);
    data->curves.n_real = rows.real.n;
    data->curves.n_gen = rows.gen.n;
    if (status == FEAT_OK && has_pr)
        status = find_k_curve(&data->curves, in, &rows.real, &rows.gen, &rows.context, err);
    if (status == FEAT_OK && has_prd)
        status = find_prd(&data->curves, in, &rows.real, &rows.gen, &rows.context, err);
    bf_page_rows_free(&rows);
    return status;
}

/* Largest first; of singular values s, the roots of these but for a factor, exp(- sum p ln p), p = s / sum of s. */
static void finish_spectrum(bf_page_spectrum *s, size_t d)
{
    double sum = 0.0, entropy = 0.0;
    for (size_t i = 0; i < d / 2; i++) {
        double swapped = s->values[i];
        s->values[i] = s->values[d - 1 - i];
        s->values[d - 1 - i] = swapped;
    }
    for (size_t i = 0; i < d; i++) {
        s->values[i] = s->values[i] > 0.0 ? s->values[i] : 0.0;
        s->total += s->values[i];
        sum += sqrt(s->values[i]);
    }
    for (size_t i = 0; i < d; i++) {
        double p = sum > 0.0 ? sqrt(s->values[i]) / sum : 0.0;
        entropy -= p > 0.0 ? p * feat_log(p) : 0.0;
    }
    s->effective_rank = sum > 0.0 ? feat_exp(entropy) : 0.0;
}

static feat_status find_spectrum(bf_page_spectrum *s, const bf_page_input *in, const bf_side *side, feat_error *err)
{
    const gmet_set rows = bf_side_rows(side);
    const gmet_context *context = &in->run->work.context;
    const double *stored = side->layer[side->main].sigma;
    size_t d = side->d;
    double *own = NULL;
    gmet_moments *moments = NULL;
    feat_status status = FEAT_OK;
    if (d == 0 || (stored == NULL && (rows.rows == NULL || rows.n < 2)))
        return FEAT_OK;
    s->values = feat_alloc_array(d, sizeof *s->values);
    own = stored == NULL ? feat_alloc_array(d * d, sizeof *own) : NULL;
    if (s->values == NULL || (stored == NULL && own == NULL))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the spectrum of a covariance of width %zu", d);
    if (status == FEAT_OK && stored == NULL)
        status = gmet_moments_create(&moments, d, context, err);
    if (status == FEAT_OK && stored == NULL)
        status = gmet_moments_add(moments, rows.rows, rows.n, d, err);
    if (status == FEAT_OK && stored == NULL)
        status = gmet_moments_get(moments, NULL, own, 1, err);
    gmet_moments_close(&moments);
    if (status == FEAT_OK)
        status = gmet_eigsym(s->values, NULL, stored != NULL ? stored : own, d, context, err);
    feat_free(own);
    if (status == FEAT_OK)
        finish_spectrum(s, d);
    return status;
}

feat_status bf_page_curves_compute(bf_page_data *data, const bf_page_input *in, feat_error *err)
{
    feat_status status = FEAT_OK;
    if (bf_side_rows(in->real).rows != NULL && bf_side_rows(in->gen).rows != NULL)
        status = find_curves(data, in, err);
    if (status == FEAT_OK && in->real->d == in->gen->d) {
        data->d = in->real->d;
        status = find_spectrum(&data->real_spectrum, in, in->real, err);
    }
    if (status == FEAT_OK && in->real->d == in->gen->d)
        status = find_spectrum(&data->gen_spectrum, in, in->gen, err);
    return status;
}
