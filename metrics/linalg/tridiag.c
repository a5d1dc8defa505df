/* Householder reduction of a symmetric matrix to tridiagonal form, in panels (Dongarra, Sorensen and
 * Hammarling, "Block reduction of matrices to condensed forms", 1989): a panel's reflections are applied to
 * the rest of the matrix at once, as a rank-2k update on the tile kernels; inside a panel each column needs
 * one product of the rest with a vector, which streams the triangle once. Rows are reduced from the first on:
 * a graded matrix should have its large elements there. */
#include "metrics/linalg/tridiag.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"

/* A strip of rows gathers its part of the product on its own; parts are added in order of strips. So
 * STRIP is part of the bits. */
enum { PANEL = GMET_TRIDIAG_PANEL, STRIP = 64 };

typedef struct reduction {
    const gmet_work *work;
    double *a;
    size_t n;
    double *d, *e, *tau;
    double *vwv;   /* [3 * PANEL][n]: copy of the panel's v, its w, v again */
    double *w;     /* the middle third of vwv */
    double *parts; /* [n_strips][n] */
} reduction;

typedef struct symv {
    const reduction *t;
    const double *x; /* indexed by column */
    size_t first;    /* first row of the rest */
} symv;

static void symv_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const symv *s = ctx;
    const reduction *t = s->t;
    size_t strip = s->first / STRIP + tile;
    size_t i0 = strip * STRIP < s->first ? s->first : strip * STRIP;
    size_t i1 = (strip + 1) * STRIP < t->n ? (strip + 1) * STRIP : t->n;
    double *y = t->parts + strip * t->n;
    memset(y + i0, 0, (t->n - i0) * sizeof *y);
    t->work->kernels->symv(y, t->a, t->n, s->x, i0, i1, t->n);
}

/* w = rest of a (rows and columns from `first` on) times x. */
static void multiply_rest(const reduction *t, double *w, const double *x, size_t first)
{
    symv s = {.t = t, .x = x, .first = first};
    size_t strip = first / STRIP, n_strips = (t->n + STRIP - 1) / STRIP;
    gmet_parallel_for(t->work->context, n_strips - strip, symv_task, &s);
    memcpy(w + first, t->parts + strip * t->n + first, (t->n - first) * sizeof *w);
    for (strip++; strip < n_strips; strip++) {
        const double *part = t->parts + strip * t->n;
        for (size_t i = strip * STRIP; i < t->n; i++)
            w[i] += part[i];
    }
}

double gmet_householder(const feat_dmat_kernels *kernels, double *x, size_t m, double *beta)
{
    /* Squares below this lose bits, and against a matrix scaled to 1 such elements are nothing. */
    const double negligible = 0x1p-960;
    double alpha = x[0];
    double rest = kernels->dot(x + 1, x + 1, m - 1);
    x[0] = 1.0;
    if (rest < negligible) {
        memset(x + 1, 0, (m - 1) * sizeof *x);
        *beta = alpha;
        return 0.0;
    }
    double norm = sqrt(fma(alpha, alpha, rest));
    *beta = alpha > 0.0 ? -norm : norm;
    double pivot = alpha - *beta;
    for (size_t i = 1; i < m; i++)
        x[i] /= pivot;
    return -pivot / *beta;
}

/* Row j of the panel that began at row j0: brings it up to date, makes its reflection and its w. */
static void reduce_row(const reduction *t, size_t j0, size_t j)
{
    const feat_dmat_kernels *kernels = t->work->kernels;
    size_t n = t->n, k = j - j0;
    const double *v = t->a + j0 * n;
    double *row = t->a + j * n, *w = t->w + k * n;
    double by_v[PANEL], by_w[PANEL];
    for (size_t i = 0; i < k; i++) {
        by_v[i] = -v[i * n + j];
        by_w[i] = -t->w[i * n + j];
    }
    kernels->axpys(row + j, t->w + j, n, by_v, k, n - j);
    kernels->axpys(row + j, v + j, n, by_w, k, n - j);
    t->d[j] = row[j];
    if (j + 1 == n)
        return;
    size_t first = j + 1, m = n - first;
    const double *x = row + first;
    double tau = gmet_householder(kernels, row + first, m, &t->e[j]);
    t->tau[j] = tau;
    multiply_rest(t, w, row, first);
    for (size_t i = 0; i < k; i++) {
        by_v[i] = -kernels->dot(v + i * n + first, x, m);
        by_w[i] = -kernels->dot(t->w + i * n + first, x, m);
    }
    kernels->axpys(w + first, v + first, n, by_w, k, m);
    kernels->axpys(w + first, t->w + first, n, by_v, k, m);
    for (size_t i = first; i < n; i++)
        w[i] *= tau;
    double shift = -0.5 * tau * kernels->dot(w + first, x, m);
    kernels->axpys(w + first, x, n, &shift, 1, m);
}

/* rest -= v w^T + w v^T, each output one chain: all v w^T first, then all w v^T. Of whole panels only: behind the last,
 * which may be shorter, there is no rest. */
static void update_rest(const reduction *t, size_t j0, size_t j1)
{
    size_t n = t->n, k = j1 - j0;
    for (size_t i = 0; i < k; i++) {
        const double *v = t->a + (j0 + i) * n + j1;
        memcpy(t->vwv + i * n + j1, v, (n - j1) * sizeof *v);
        memcpy(t->vwv + (2 * k + i) * n + j1, v, (n - j1) * sizeof *v);
    }
    gmet_product p = {.c = t->a + j1 * n + j1,
                      .c_stride = n,
                      .m = n - j1,
                      .n = n - j1,
                      .k = 2 * k,
                      .a = {.data = t->vwv + j1, .stride = n, .k_major = true},
                      .b = {.data = t->vwv + k * n + j1, .stride = n, .k_major = true},
                      .negate = true,
                      .upper = true};
    gmet_multiply(t->work, &p);
}

feat_status gmet_tridiagonalise(double *d, double *e, double *tau, double *a, size_t n, const gmet_work *work,
                                feat_error *err)
{
    reduction t = {.work = work, .a = a, .n = n, .d = d, .e = e, .tau = tau};
    size_t n_strips = (n + STRIP - 1) / STRIP, count;
    feat_status status = FEAT_OK;
    t.vwv = feat_mul_size(n, 3 * PANEL, &count) ? feat_alloc_array(count, sizeof *t.vwv) : NULL;
    t.parts = feat_mul_size(n, n_strips, &count) ? feat_alloc_array(count, sizeof *t.parts) : NULL;
    if (t.vwv == NULL || t.parts == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to reduce a matrix of order %zu", n);
        goto done;
    }
    t.w = t.vwv + PANEL * n;
    for (size_t j0 = 0; j0 < n && status == FEAT_OK; j0 += PANEL) {
        size_t j1 = j0 + PANEL < n ? j0 + PANEL : n;
        for (size_t j = j0; j < j1 && !gmet_stopped(work->context); j++)
            reduce_row(&t, j0, j);
        if (j1 < n)
            update_rest(&t, j0, j1);
        status = gmet_go_on(work->context, err);
    }
done:
    feat_free(t.vwv);
    feat_free(t.parts);
    return status;
}

/* --- Q from its reflections ------------------------------------------------------------------------ */

typedef struct formation {
    const gmet_work *work;
    double *q;
    size_t n;
    double *v, *x, *y; /* [PANEL][n] each: V, the reflections in its rows; V Q; -T V Q */
    double *t;         /* [PANEL][PANEL] */
} formation;

void gmet_wy_factor(double *t, size_t t_stride, const double *v, size_t v_stride, const double *tau, size_t k,
                    size_t m, const feat_dmat_kernels *kernels)
{
    for (size_t j = 0; j < k; j++) {
        double column[PANEL];
        for (size_t i = 0; i < j; i++)
            column[i] = kernels->dot(v + i * v_stride, v + j * v_stride, m);
        for (size_t i = 0; i < j; i++) {
            double sum = 0.0;
            for (size_t u = i; u < j; u++)
                sum = fma(t[i * t_stride + u], column[u], sum);
            t[i * t_stride + j] = -tau[j] * sum;
        }
        t[j * t_stride + j] = tau[j];
    }
}

/* q = (H_j0 .. H_{j0+k-1}) q. Only rows and columns from j0 + 1 on are touched: the others are still the
 * identity's. */
static void apply_panel(const formation *f, const double *a, const double *tau, size_t j0, size_t k)
{
    size_t n = f->n, first = j0 + 1, m = n - first;
    double *t = f->t;
    for (size_t i = 0; i < k; i++) {
        memset(f->v + i * n, 0, (j0 + i + 1) * sizeof *f->v);
        memcpy(f->v + i * n + j0 + i + 1, a + (j0 + i) * n + j0 + i + 1, (n - j0 - i - 1) * sizeof *f->v);
        memset(f->x + i * n, 0, n * sizeof *f->x);
        memset(f->y + i * n, 0, n * sizeof *f->y);
    }
    gmet_wy_factor(t, PANEL, f->v + first, n, tau + j0, k, m, f->work->kernels);
    gmet_operand v_rows = {.data = f->v + first, .stride = n}, v_columns = v_rows;
    v_columns.k_major = true;
    double *rest = f->q + first * n + first;
    gmet_product vt_s = {.c = f->x + first, .c_stride = n, .m = k, .n = m, .k = m, .a = v_rows};
    vt_s.b = (gmet_operand){.data = rest, .stride = n, .k_major = true};
    gmet_multiply(f->work, &vt_s);
    for (size_t i = 0; i < k; i++) {
        double coef[PANEL];
        for (size_t u = i; u < k; u++)
            coef[u - i] = -t[i * PANEL + u];
        f->work->kernels->axpys(f->y + i * n + first, f->x + i * n + first, n, coef, k - i, m);
    }
    gmet_product v_y = {.c = rest, .c_stride = n, .m = m, .n = m, .k = k, .a = v_columns};
    v_y.b = (gmet_operand){.data = f->y + first, .stride = n, .k_major = true};
    gmet_multiply(f->work, &v_y);
}

feat_status gmet_form_q(double *q, const double *a, const double *tau, size_t n, const gmet_work *work,
                        feat_error *err)
{
    size_t count;
    double *buffer = NULL;
    if (feat_mul_size(n, 3 * PANEL, &count) && feat_add_size(count, PANEL * PANEL, &count))
        buffer = feat_alloc_array(count, sizeof *buffer);
    if (buffer == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to form %zu eigenvectors", n);
    formation f = {.work = work, .q = q, .n = n, .v = buffer};
    f.x = f.v + PANEL * n;
    f.y = f.x + PANEL * n;
    f.t = f.y + PANEL * n;
    memset(q, 0, n * n * sizeof *q);
    for (size_t i = 0; i < n; i++)
        q[i * n + i] = 1.0;
    size_t n_reflections = n - 1;
    feat_status status = FEAT_OK;
    for (size_t left = (n_reflections + PANEL - 1) / PANEL; left > 0 && status == FEAT_OK; left--) {
        size_t j0 = (left - 1) * PANEL;
        apply_panel(&f, a, tau, j0, n_reflections - j0 < PANEL ? n_reflections - j0 : PANEL);
        status = gmet_go_on(work->context, err);
    }
    feat_free(buffer);
    return status;
}
