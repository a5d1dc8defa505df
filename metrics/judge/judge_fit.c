/* Regressions of activation statistics onto labels: standardising, fitting, predicting. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/judge/judge_model.h"

static const double constant_share = 1e-9;

void gmet_judge_fit_options_init(gmet_judge_fit_options *options, size_t size)
{
    static const gmet_judge_fit_options defaults = {.struct_size = sizeof defaults,
                                                    .kind = GMET_JUDGE_LOGISTIC,
                                                    .lambda = 1.0,
                                                    .max_rows = 8000,
                                                    .landmarks = 2000,
                                                    .seed = 2020};
    feat_sized_init(options, size, &defaults, sizeof defaults);
}

const char *gmet_judge_kind_name(gmet_judge_kind kind)
{
    static const char *const names[] = {"logistic", "ridge", "krr", "const", "truth", "group"};
    _Static_assert(sizeof names / sizeof names[0] == GMET_JUDGE_GROUP + 1, "a name for each kind");
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}

static feat_status no_memory(feat_error *err, size_t m, size_t p)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a regression of %zu images on %zu statistics", m, p);
}

static void release(gmet_judge_training *t)
{
    feat_free(t->index);
    feat_free(t->n_labels);
    feat_free(t->k);
    feat_free(t->z);
}

static feat_status gather(gmet_judge_training *t, const gmet_judge_set *set, const gmet_judge_subset *subset,
                          feat_error *err)
{
    size_t most = gmet_judge_subset_size(subset, set);
    t->index = feat_alloc_array(most, sizeof *t->index);
    t->n_labels = feat_alloc_array(most, sizeof *t->n_labels);
    t->k = feat_alloc_array(most, sizeof *t->k);
    if (t->index == NULL || t->n_labels == NULL || t->k == NULL)
        return no_memory(err, most, 0);
    for (size_t i = 0; i < most; i++) {
        size_t row = gmet_judge_subset_at(subset, i);
        if (set->n_labels[row] == 0)
            continue;
        t->index[t->m] = row;
        t->n_labels[t->m] = set->n_labels[row];
        t->k[t->m++] = set->k_real[row];
    }
    if (t->m == 0)
        return feat_fail(err, FEAT_ERR_NUMERIC, "no labelled image to train on");
    return FEAT_OK;
}

/* Mean and population deviation of each column over the training images; 0 for one whose range is rounding beside
 * its values. */
static void measure(gmet_judge_model *model, const gmet_judge_training *t, const double *x)
{
    size_t p = model->p;
    for (size_t j = 0; j < p; j++) {
        double low = x[t->index[0] * p + j], high = low, sum = 0.0, square = 0.0;
        for (size_t i = 0; i < t->m; i++) {
            double v = x[t->index[i] * p + j];
            low = v < low ? v : low;
            high = v > high ? v : high;
            sum += v;
        }
        double mean = sum / (double)t->m;
        for (size_t i = 0; i < t->m; i++) {
            double v = x[t->index[i] * p + j] - mean;
            square = fma(v, v, square);
        }
        model->mean[j] = mean;
        double size = fabs(low) > fabs(high) ? fabs(low) : fabs(high);
        model->scale[j] = high - low > constant_share * size ? sqrt(square / (double)t->m) : 0.0;
    }
}

static void standardise(double *z, const gmet_judge_model *model, const double *x)
{
    for (size_t j = 0; j < model->p; j++)
        z[j] = model->scale[j] > 0.0 ? (x[j] - model->mean[j]) / model->scale[j] : 0.0;
}

static void fit_mean(gmet_judge_model *model, const gmet_judge_training *t)
{
    uint64_t n = 0, k = 0;
    for (size_t i = 0; i < t->m; i++) {
        n += t->n_labels[i];
        k += t->k[i];
    }
    model->coef[0] = (double)k / (double)n;
}

static feat_status fit_logistic(gmet_judge_model *model, const gmet_judge_training *t, feat_error *err)
{
    /* Constant columns are left out of the system: with lambda 0 they would make it singular. */
    size_t q = 0, p = model->p;
    double *packed = feat_alloc_array(t->m, (p + 1) * sizeof *packed), *b = feat_calloc(p + 1, sizeof *b);
    feat_status status = FEAT_OK;
    if (packed == NULL || b == NULL) {
        status = no_memory(err, t->m, p);
        goto done;
    }
    fit_mean(model, t);
    if (model->coef[0] <= 0.0 || model->coef[0] >= 1.0) {
        /* The intercept would go to infinity, whatever lambda is. */
        status = feat_fail(
            err, FEAT_ERR_NUMERIC,
            "logistic regression: all labels of the %zu training images say \"%s\", both kinds are needed", t->m,
            model->coef[0] > 0.0 ? "real" : "fake");
        goto done;
    }
    for (size_t j = 0; j < p; j++)
        q += model->scale[j] > 0.0;
    for (size_t i = 0; i < t->m; i++)
        for (size_t j = 0, c = 0; j < p; j++)
            if (model->scale[j] > 0.0)
                packed[i * q + c++] = t->z[i * p + j];
    gmet_judge_logistic logistic = {
        .z = packed, .m = t->m, .q = q, .n_labels = t->n_labels, .k = t->k, .lambda = model->lambda};
    status = gmet_judge_newton(b, &logistic, err);
    model->coef[0] = b[0];
    for (size_t j = 0, c = 1; j < p; j++)
        model->coef[1 + j] = model->scale[j] > 0.0 ? b[c++] : 0.0;
done:
    feat_free(b);
    feat_free(packed);
    return status;
}

static feat_status fit_ridge(gmet_judge_model *model, const gmet_judge_training *t, feat_error *err)
{
    size_t p = model->p, w = p + 1;
    double *a = feat_calloc(w, w * sizeof *a);
    if (a == NULL)
        return no_memory(err, t->m, p);
    memset(model->coef, 0, w * sizeof *model->coef);
    for (size_t i = 0; i < t->m; i++) {
        const double *z = t->z + i * p;
        double n = (double)t->n_labels[i], k = (double)t->k[i];
        a[0] += n;
        model->coef[0] += k;
        for (size_t j = 0; j < p; j++) {
            double u = n * z[j], *row = a + (1 + j) * w + 1;
            a[1 + j] += u;
            model->coef[1 + j] = fma(k, z[j], model->coef[1 + j]);
            for (size_t c = j; c < p; c++)
                row[c] = fma(u, z[c], row[c]);
        }
    }
    for (size_t j = 1; j < w; j++)
        a[j * w + j] += model->scale[j - 1] > 0.0 ? model->lambda : 1.0;
    bool solved = gmet_judge_solve_small(a, model->coef, w);
    feat_free(a);
    if (!solved)
        return feat_fail(err, FEAT_ERR_NUMERIC, "ridge regression on %zu images is singular (lambda %g)", t->m,
                         model->lambda);
    return FEAT_OK;
}

static feat_status fit_groups(gmet_judge_model *model, const gmet_judge_training *t, const gmet_judge_set *set,
                              feat_error *err)
{
    uint64_t *sums = feat_calloc(set->n_groups, 2 * sizeof *sums);
    model->n_groups = set->n_groups;
    model->group = feat_alloc_array(set->n_groups, sizeof *model->group);
    if (sums == NULL || model->group == NULL) {
        feat_free(sums);
        return no_memory(err, t->m, set->n_groups);
    }
    for (size_t i = 0; i < t->m; i++) {
        sums[2 * set->group[t->index[i]]] += t->n_labels[i];
        sums[2 * set->group[t->index[i]] + 1] += t->k[i];
    }
    for (size_t g = 0; g < set->n_groups; g++)
        model->group[g] = sums[2 * g] > 0 ? (double)sums[2 * g + 1] / (double)sums[2 * g] : (double)NAN;
    feat_free(sums);
    return FEAT_OK;
}

static feat_status fit_columns(gmet_judge_model *model, gmet_judge_training *t, const double *x,
                               const gmet_judge_fit_options *o, const gmet_context *context, feat_error *err)
{
    size_t p = model->p, count;
    measure(model, t, x);
    t->z = feat_mul_size(t->m, p, &count) ? feat_alloc_array(count, sizeof *t->z) : NULL;
    if (t->z == NULL)
        return no_memory(err, t->m, p);
    for (size_t i = 0; i < t->m; i++)
        standardise(t->z + i * p, model, x + t->index[i] * p);
    if (o->kind == GMET_JUDGE_LOGISTIC)
        return fit_logistic(model, t, err);
    if (o->kind == GMET_JUDGE_RIDGE)
        return fit_ridge(model, t, err);
    fit_mean(model, t);
    return gmet_judge_krr_fit(model, t, o, context, err);
}

static feat_status check(const gmet_judge_fit_options *o, size_t p, feat_error *err)
{
    if ((int)o->kind < 0 || o->kind > GMET_JUDGE_GROUP)
        return feat_fail(err, FEAT_ERR_ARG, "judge: model kind %d is not known", (int)o->kind);
    if (!(o->lambda >= 0.0) || !isfinite(o->lambda) || (o->kind == GMET_JUDGE_KRR && !(o->lambda > 0.0)))
        return feat_fail(err, FEAT_ERR_ARG, "judge: lambda %g; expected a number not below 0 (krr: above 0)",
                         o->lambda);
    if (p == 0 || o->landmarks == 0)
        return feat_fail(err, FEAT_ERR_ARG, "judge: %zu statistics, %zu landmarks; expected at least 1", p,
                         o->landmarks);
    return FEAT_OK;
}

static feat_status open_model(gmet_judge_model *model, const gmet_judge_fit_options *o, size_t p, size_t m,
                              feat_error *err)
{
    model->kind = o->kind;
    model->lambda = o->lambda;
    model->p = p;
    model->mean = feat_calloc(p, sizeof *model->mean);
    model->scale = feat_calloc(p, sizeof *model->scale);
    model->coef = feat_calloc(p + 1, sizeof *model->coef);
    return model->mean != NULL && model->scale != NULL && model->coef != NULL ? FEAT_OK : no_memory(err, m, p);
}

feat_status gmet_judge_fit(gmet_judge_model **out, const gmet_judge_samples *samples, const gmet_judge_subset *subset,
                           const gmet_judge_fit_options *options, const gmet_context *context, feat_error *err)
{
    if (out == NULL || samples == NULL ||
        samples->set == NULL || samples->x == NULL)
        return feat_null(err, __func__);
    if (gmet_judge_check_images(samples->set, GMET_JUDGE_LABELS, err) != FEAT_OK)
        return FEAT_ERR_ARG;
    const gmet_judge_set *set = samples->set;
    size_t p = samples->p, most = gmet_judge_subset_size(subset, set);
    gmet_judge_fit_options o;
    gmet_judge_fit_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, options, "gmet_judge_fit_options", err);
    *out = NULL;
    if (status == FEAT_OK)
        status = check(&o, p, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_training t = {0};
    gmet_judge_model *model = feat_calloc(1, sizeof *model);
    if (model == NULL)
        return no_memory(err, most, p);
    status = open_model(model, &o, p, most, err);
    if (status == FEAT_OK)
        status = gather(&t, set, subset, err);
    if (status == FEAT_OK && gmet_judge_has_lambda(o.kind))
        status = fit_columns(model, &t, samples->x, &o, context, err);
    else if (status == FEAT_OK)
        fit_mean(model, &t);
    if (status == FEAT_OK && o.kind == GMET_JUDGE_GROUP)
        status = fit_groups(model, &t, set, err);
    release(&t);
    if (status == FEAT_OK)
        *out = model;
    else
        gmet_judge_model_close(&model);
    return status;
}

void gmet_judge_model_close(gmet_judge_model **model)
{
    if (model == NULL || *model == NULL)
        return;
    gmet_judge_model *m = *model;
    feat_free(m->mean);
    feat_free(m->scale);
    feat_free(m->coef);
    feat_free(m->points);
    feat_free(m->alpha);
    feat_free(m->group);
    feat_free(m);
    *model = NULL;
}

/* --- predicting --------------------------------------------------------------------------------------------- */

static double clip(double p)
{
    return p < 0.0 ? 0.0 : p > 1.0 ? 1.0 : p;
}

static void predict_linear(double *out, const gmet_judge_model *model, const gmet_judge_samples *samples,
                           const gmet_judge_subset *subset)
{
    for (size_t i = 0; i < gmet_judge_subset_size(subset, samples->set); i++) {
        const double *row = samples->x + gmet_judge_subset_at(subset, i) * model->p;
        double t = model->coef[0];
        for (size_t j = 0; j < model->p; j++)
            if (model->scale[j] > 0.0)
                t = fma((row[j] - model->mean[j]) / model->scale[j], model->coef[1 + j], t);
        out[i] = model->kind == GMET_JUDGE_LOGISTIC ? gmet_judge_sigmoid(t) : clip(t);
    }
}

static feat_status predict_kernel(double *out, const gmet_judge_model *model, const gmet_judge_samples *samples,
                                  const gmet_judge_subset *subset, const gmet_context *context, feat_error *err)
{
    size_t count, m = gmet_judge_subset_size(subset, samples->set);
    double *z = feat_mul_size(m, model->p, &count) ? feat_alloc_array(count, sizeof *z) : NULL;
    if (z == NULL)
        return no_memory(err, m, model->p);
    for (size_t i = 0; i < m; i++)
        standardise(z + i * model->p, model, samples->x + gmet_judge_subset_at(subset, i) * model->p);
    feat_status status = gmet_judge_krr_apply(out, model, z, m, context, err);
    for (size_t i = 0; i < m && status == FEAT_OK; i++)
        out[i] = clip(out[i] + model->coef[0]);
    feat_free(z);
    return status;
}

/* A model that does not look at statistics. */
static double predict_plain(const gmet_judge_model *model, const gmet_judge_set *set, size_t row)
{
    if (model->kind == GMET_JUDGE_TRUTH && set->truth[row] >= 0)
        return set->truth[row];
    if (model->kind == GMET_JUDGE_GROUP && set->group[row] < model->n_groups && !isnan(model->group[set->group[row]]))
        return model->group[set->group[row]];
    return model->coef[0];
}

feat_status gmet_judge_predict(double *out, const gmet_judge_model *model, const gmet_judge_samples *samples,
                               const gmet_judge_subset *subset, const gmet_context *context, feat_error *err)
{
    if (out == NULL || model == NULL || samples == NULL ||
        samples->set == NULL || samples->x == NULL)
        return feat_null(err, __func__);
    if (model->kind == GMET_JUDGE_KRR)
        return predict_kernel(out, model, samples, subset, context, err);
    if (gmet_judge_has_lambda(model->kind)) {
        predict_linear(out, model, samples, subset);
        return FEAT_OK;
    }
    for (size_t i = 0; i < gmet_judge_subset_size(subset, samples->set); i++)
        out[i] = predict_plain(model, samples->set, gmet_judge_subset_at(subset, i));
    return FEAT_OK;
}
