/* Linear systems with a positive definite matrix, and Newton's method for the logistic model. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/judge/judge_internal.h"
#include "metrics/linalg/mat.h"

enum { PANEL = 64, MAX_STEPS = 200, MAX_HALVINGS = 60 };
static const double step_tolerance = 1e-10, slack = 1e-13;

/* --- a = u^T u ------------------------------------------------------------------------------------------ */

/* Factors the diagonal block at k0 and the rows right of it, which are up to date. */
static bool factor_panel(double *a, size_t n, size_t k0, size_t k1)
{
    for (size_t k = k0; k < k1; k++) {
        double *row = a + k * n;
        for (size_t j = k0; j < k; j++) {
            double t = -a[j * n + k];
            for (size_t i = k; i < n; i++)
                row[i] = fma(t, a[j * n + i], row[i]);
        }
        if (!(row[k] > 0.0) || !isfinite(row[k]))
            return false;
        double pivot = sqrt(row[k]);
        for (size_t i = k; i < n; i++)
            row[i] /= pivot;
    }
    return true;
}

/* Solves u^T u x = b in place. */
static void substitute(const double *u, double *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        b[k] /= u[k * n + k];
        for (size_t i = k + 1; i < n; i++)
            b[i] = fma(-u[k * n + i], b[k], b[i]);
    }
    for (size_t k = n; k-- > 0;) {
        double sum = b[k];
        for (size_t i = k + 1; i < n; i++)
            sum = fma(-u[k * n + i], b[i], sum);
        b[k] = sum / u[k * n + k];
    }
}

bool gmet_judge_solve_small(double *a, double *b, size_t n)
{
    if (!factor_panel(a, n, 0, n))
        return false;
    substitute(a, b, n);
    return true;
}

bool gmet_judge_solve(double *a, double *b, size_t n, const gmet_work *work)
{
    for (size_t k0 = 0; k0 < n; k0 += PANEL) {
        size_t k1 = n - k0 < PANEL ? n : k0 + PANEL, left = n - k1;
        if (gmet_stopped(work->context) || !factor_panel(a, n, k0, k1))
            return false;
        if (left == 0)
            break;
        gmet_operand right = {a + k0 * n + k1, n, true};
        gmet_product product = {.c = a + k1 * n + k1,
                                .c_stride = n,
                                .m = left,
                                .n = left,
                                .k = k1 - k0,
                                .a = right,
                                .b = right,
                                .negate = true,
                                .upper = true};
        gmet_multiply(work, &product);
    }
    substitute(a, b, n);
    return true;
}

/* --- the logistic model ------------------------------------------------------------------------------- */

double gmet_judge_sigmoid(double t)
{
    double e = feat_exp(t < 0.0 ? t : -t);
    return t < 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}

typedef struct newton {
    const gmet_judge_logistic *model;
    double *gradient, *hessian, *trial; /* [w], [w][w], [w] with w = 1 + q */
} newton;

static double linear(const gmet_judge_logistic *s, const double *b, size_t row)
{
    const double *z = s->z + row * s->q;
    double t = b[0];
    for (size_t j = 0; j < s->q; j++)
        t = fma(z[j], b[1 + j], t);
    return t;
}

/* ln (1 + e^t) without overflow. */
static double soft_plus(double t)
{
    double tail = feat_log(1.0 + feat_exp(t < 0.0 ? t : -t));
    return t > 0.0 ? t + tail : tail;
}

static double objective(const gmet_judge_logistic *s, const double *b)
{
    double sum = 0.0, square = 0.0;
    for (size_t r = 0; r < s->m; r++) {
        double t = linear(s, b, r), n = (double)s->n_labels[r], k = (double)s->k[r];
        sum += fma(k, t, -n * soft_plus(t));
    }
    for (size_t j = 1; j <= s->q; j++)
        square = fma(b[j], b[j], square);
    return fma(-0.5 * s->lambda, square, sum);
}

/* Gradient, and the upper triangle of the negated Hessian. */
static void derive(const newton *s, const double *b)
{
    const gmet_judge_logistic *model = s->model;
    size_t q = model->q, w = q + 1;
    memset(s->gradient, 0, w * sizeof *s->gradient);
    memset(s->hessian, 0, w * w * sizeof *s->hessian);
    for (size_t r = 0; r < model->m; r++) {
        const double *z = model->z + r * q;
        double p = gmet_judge_sigmoid(linear(model, b, r)), n = (double)model->n_labels[r];
        double residual = fma(-n, p, (double)model->k[r]), weight = n * (p * (1.0 - p));
        s->gradient[0] += residual;
        s->hessian[0] += weight;
        for (size_t i = 0; i < q; i++) {
            double t = weight * z[i], *row = s->hessian + (1 + i) * w + 1;
            s->gradient[1 + i] = fma(residual, z[i], s->gradient[1 + i]);
            s->hessian[1 + i] += t;
            for (size_t j = i; j < q; j++)
                row[j] = fma(t, z[j], row[j]);
        }
    }
    for (size_t i = 1; i < w; i++) {
        s->gradient[i] = fma(-model->lambda, b[i], s->gradient[i]);
        s->hessian[i * w + i] += model->lambda;
    }
}

/* One step, halved until it does not make matters worse. False when the system is singular. */
static bool step(const newton *s, double *b, double *value, double *largest)
{
    size_t w = s->model->q + 1;
    derive(s, b);
    if (!gmet_judge_solve_small(s->hessian, s->gradient, w))
        return false;
    *largest = 0.0;
    for (size_t i = 0; i < w; i++)
        *largest = fabs(s->gradient[i]) > *largest ? fabs(s->gradient[i]) : *largest;
    double factor = 1.0;
    for (size_t half = 0; half < MAX_HALVINGS; half++, factor *= 0.5) {
        for (size_t i = 0; i < w; i++)
            s->trial[i] = fma(factor, s->gradient[i], b[i]);
        double now = objective(s->model, s->trial);
        if (now >= *value - slack * fabs(*value)) {
            memcpy(b, s->trial, w * sizeof *b);
            *value = now;
            *largest *= factor;
            return true;
        }
    }
    return false;
}

feat_status gmet_judge_newton(double *b, const gmet_judge_logistic *model, feat_error *err)
{
    newton s = {.model = model};
    size_t w = model->q + 1;
    s.gradient = feat_alloc_array(w, 2 * sizeof(double));
    s.hessian = feat_alloc_array(w, w * sizeof(double));
    feat_status status = FEAT_OK;
    if (s.gradient == NULL || s.hessian == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a regression on %zu columns", model->q);
        goto done;
    }
    s.trial = s.gradient + w;
    double value = objective(model, b), largest = 1.0;
    for (size_t round = 0; round < MAX_STEPS && largest >= step_tolerance; round++)
        if (!step(&s, b, &value, &largest))
            break;
    if (!(largest < step_tolerance))
        status = feat_fail(err, FEAT_ERR_NUMERIC,
                           "logistic regression on %zu images does not converge (lambda %g); a larger lambda helps",
                           model->m, model->lambda);
done:
    feat_free(s.hessian);
    feat_free(s.gradient);
    return status;
}
