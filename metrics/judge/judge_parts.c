/* Taking a reference and a model apart for a file, and putting them together again. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/sized.h"
#include "engine/base/status.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/judge/judge_model.h"

void gmet_judge_ref_view(gmet_judge_ref_parts *parts, const gmet_judge_ref *ref)
{
    if (parts == NULL || ref == NULL)
        return;
    *parts = (gmet_judge_ref_parts){.options = &ref->options,
                                    .d = ref->d,
                                    .x = {ref->xf, ref->xg, ref->m, ref->p},
                                    .radii = ref->radii,
                                    .n_axes = ref->n_axes,
                                    .mu = ref->mu,
                                    .axes = ref->axes,
                                    .w = ref->w,
                                    .lam = ref->lam,
                                    .n_classes = ref->n_classes,
                                    .real_p = ref->real_p,
                                    .n_mix = ref->n_mix,
                                    .mix_d = ref->mix_d,
                                    .mix = ref->mix};
}

/* A copy of rows * columns doubles, all finite and, if asked, not negative. */
static feat_status copy_doubles(double **out, const double *from, size_t rows, size_t columns, bool positive,
                                const char *what, feat_error *err)
{
    size_t n;
    *out = NULL;
    if (rows == 0 || columns == 0)
        return FEAT_OK;
    if (from == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "judge: %s is missing", what);
    if (!feat_mul_size(rows, columns, &n) || (*out = feat_alloc_array(n, sizeof **out)) == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu x %zu values of %s", rows, columns, what);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(from[i]) || (positive && from[i] < 0.0))
            return feat_fail(err, FEAT_ERR_ARG, "judge: %s[%zu] is %g", what, i, from[i]);
        (*out)[i] = from[i];
    }
    return FEAT_OK;
}

static feat_status copy_rows(gmet_judge_ref *ref, const gmet_judge_rows *x, feat_error *err)
{
    if (x->f == NULL)
        return copy_doubles(&ref->xg, x->g, x->n, x->d, false, "ref", err);
    feat_status status = gmet_judge_check_rows(x, "ref", err);
    if (status != FEAT_OK)
        return status;
    size_t n;
    if (!feat_mul_size(x->n, x->d, &n) || (ref->xf = feat_alloc_array(n, sizeof *ref->xf)) == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu x %zu values of ref", x->n, x->d);
    memcpy(ref->xf, x->f, n * sizeof *ref->xf);
    return FEAT_OK;
}

static feat_status check_ref(const gmet_judge_ref_parts *p, const gmet_judge_ref_options *o, feat_error *err)
{
    bool mix = (o->blocks & GMET_JUDGE_GMM) != 0, classes = (o->blocks & GMET_JUDGE_LOGITS) != 0;
    if (o->blocks == 0 || (o->blocks & ~(uint32_t)GMET_JUDGE_ALL_BLOCKS) != 0 || o->k == 0 ||
        o->components == 0)
        return feat_fail(err, FEAT_ERR_ARG, "judge: the reference's options cannot be");
    if (p->d == 0 || p->x.n < 6 || p->x.n <= o->k || p->n_axes == 0 || p->n_axes > p->d ||
        p->x.d != (o->pca > 0 ? p->n_axes : p->d) || (mix && (p->n_mix == 0 || p->mix_d > p->n_axes)) ||
        (classes && p->n_classes == 0))
        return feat_fail(
            err, FEAT_ERR_ARG,
            "judge: sizes that do not belong together: %zu x %zu reference rows, %zu columns, %zu axes",
            p->x.n, p->x.d, p->d, p->n_axes);
    if (!(p->lam > 0.0) || !isfinite(p->lam))
        return feat_fail(err, FEAT_ERR_ARG, "judge: lam is %g", p->lam);
    return FEAT_OK;
}

feat_status gmet_judge_ref_restore(gmet_judge_ref **out, const gmet_judge_ref_parts *p, feat_error *err)
{
    if (out == NULL || p == NULL)
        return feat_null(err, __func__);
    *out = NULL;
    gmet_judge_ref_options o;
    gmet_judge_ref_options_init(&o, sizeof o);
    feat_status status = feat_sized_read(&o, sizeof o, p->options, "gmet_judge_ref_options", err);
    if (status == FEAT_OK)
        status = check_ref(p, &o, err);
    if (status != FEAT_OK)
        return status;
    gmet_judge_ref *ref = feat_calloc(1, sizeof *ref);
    if (ref == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a reference");
    ref->options = o;
    ref->d = p->d;
    ref->m = p->x.n;
    ref->p = p->x.d;
    ref->n_axes = p->n_axes;
    ref->lam = p->lam;
    ref->n_classes = p->n_classes;
    ref->n_mix = p->n_mix;
    ref->mix_d = p->mix_d;
    status = copy_rows(ref, &p->x, err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->radii, p->radii, ref->m, 1, true, "radii", err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->mu, p->mu, ref->d, 1, false, "mu", err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->axes, p->axes, ref->n_axes, ref->d, false, "V", err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->w, p->w, ref->n_axes, 1, true, "w", err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->real_p, p->real_p, ref->n_classes, 1, true, "real_p", err);
    if (status == FEAT_OK)
        status = copy_doubles(&ref->mix, p->mix, ref->n_mix, 1 + ref->mix_d + ref->mix_d * ref->mix_d, false,
                              "mixture", err);
    if (status == FEAT_OK)
        status = gmet_judge_ref_derive(ref, err);
    if (status == FEAT_OK)
        *out = ref;
    else
        gmet_judge_ref_close(&ref);
    return status;
}

/* --- the model ---------------------------------------------------------------------------------------- */

void gmet_judge_model_view(gmet_judge_model_parts *parts, const gmet_judge_model *m)
{
    if (parts == NULL || m == NULL)
        return;
    *parts = (gmet_judge_model_parts){.kind = m->kind,
                                      .lambda = m->lambda,
                                      .p = m->p,
                                      .mean = m->mean,
                                      .scale = m->scale,
                                      .coef = m->coef,
                                      .n_points = m->n_points,
                                      .points = m->points,
                                      .alpha = m->alpha,
                                      .h = m->h};
}

feat_status gmet_judge_model_restore(gmet_judge_model **out, const gmet_judge_model_parts *p, feat_error *err)
{
    if (out == NULL || p == NULL)
        return feat_null(err, __func__);
    *out = NULL;
    if (p->kind != GMET_JUDGE_LOGISTIC && p->kind != GMET_JUDGE_RIDGE && p->kind != GMET_JUDGE_KRR &&
        p->kind != GMET_JUDGE_CONST)
        return feat_fail(err, FEAT_ERR_ARG, "judge: a model of kind %d cannot be kept in a file", (int)p->kind);
    if (p->p == 0 || (p->kind == GMET_JUDGE_KRR && (p->n_points == 0 || !(p->h > 0.0) || !isfinite(p->h))))
        return feat_fail(err, FEAT_ERR_ARG, "judge: a model of %zu features, %zu points, h = %g cannot be",
                         p->p, p->n_points, p->h);
    gmet_judge_model *m = feat_calloc(1, sizeof *m);
    if (m == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a model");
    m->kind = p->kind;
    m->lambda = p->lambda;
    m->p = p->p;
    m->n_points = p->kind == GMET_JUDGE_KRR ? p->n_points : 0;
    m->h = p->h;
    feat_status status = copy_doubles(&m->mean, p->mean, m->p, 1, false, "feat_mean", err);
    if (status == FEAT_OK)
        status = copy_doubles(&m->scale, p->scale, m->p, 1, true, "feat_sd", err);
    if (status == FEAT_OK)
        status = copy_doubles(&m->coef, p->coef, 1 + m->p, 1, false, "coef", err);
    if (status == FEAT_OK)
        status = copy_doubles(&m->points, p->points, m->n_points, m->p, false, "train_x", err);
    if (status == FEAT_OK)
        status = copy_doubles(&m->alpha, p->alpha, m->n_points, 1, false, "alpha", err);
    if (status == FEAT_OK)
        *out = m;
    else
        gmet_judge_model_close(&m);
    return status;
}
