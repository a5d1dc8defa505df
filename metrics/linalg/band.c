/* First of two stages from a symmetric matrix to a tridiagonal one: a band of BAND off-diagonals, by blocks
 * of Householder reflections (Bischof, Lang and Sun, "A framework for symmetric band reduction", 2000). Where
 * the one-stage reduction streams the matrix once per column to multiply it by a vector, this one reads it
 * once per BAND columns, for products of matrices. Rows are reduced from the first on: a graded matrix
 * should have its large elements there. */
#include "metrics/linalg/band.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"
#include "metrics/linalg/tridiag.h"

enum { BAND = GMET_BAND, COLUMNS = 256 };
_Static_assert((int)BAND <= (int)GMET_TRIDIAG_PANEL, "gmet_wy_factor has room for this many reflections");

/* A panel is BAND rows of the matrix; P, its part right of the diagonal block, becomes L Q with L lower
 * triangular and Q = I - V^T T V, V's rows the reflections. The rest S of the matrix becomes Q^T S Q = S -
 * V^T W - W^T V with X = V S, Y = T^T X, W = Y - (T^T V Y^T)^T V / 2. */
typedef struct reduction {
    const gmet_work *work;
    double *a;
    size_t n, stride;
    double *vwv;   /* [3 * BAND][n]: V, W, V again, by column of the matrix */
    double *x, *y; /* [BAND][n] each */
    double *t, *s; /* [BAND][BAND] each */
    double *tau;   /* [BAND] */
    size_t first;  /* first row of the rest */
    size_t k;      /* reflections in the panel */
} reduction;

/* Reduces the panel's rows one by one, each after the reflections of those above. */
static void reduce_panel(const reduction *r)
{
    const feat_dmat_kernels *kernels = r->work->kernels;
    size_t n = r->n, m = n - r->first;
    for (size_t i = 0; i < BAND; i++) {
        double *row = r->a + (r->first - BAND + i) * r->stride + r->first;
        for (size_t j = 0; j < i && j < r->k; j++) {
            const double *v = r->vwv + j * n + r->first + j;
            double coef = -r->tau[j] * kernels->dot(v, row + j, m - j);
            kernels->axpys(row + j, v, n, &coef, 1, m - j);
        }
        if (i >= r->k)
            continue;
        double *v = r->vwv + i * n + r->first;
        memset(v, 0, i * sizeof *v);
        memcpy(v + i, row + i, (m - i) * sizeof *v);
        r->tau[i] = gmet_householder(kernels, v + i, m - i, &row[i]);
        memcpy(r->vwv + (2 * r->k + i) * n + r->first, v, m * sizeof *v);
    }
}

/* Y = T^T X, one block of columns. */
static void y_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const reduction *r = ctx;
    size_t j0 = r->first + tile * COLUMNS, width = r->n - j0 < COLUMNS ? r->n - j0 : COLUMNS;
    for (size_t j = 0; j < r->k; j++) {
        double coef[BAND];
        for (size_t i = 0; i <= j; i++)
            coef[i] = r->t[i * BAND + j];
        double *y = r->y + j * r->n + j0;
        memset(y, 0, width * sizeof *y);
        r->work->kernels->axpys(y, r->x + j0, r->n, coef, j + 1, width);
    }
}

/* Row i of V Y^T. */
static void s_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const reduction *r = ctx;
    for (size_t j = 0; j < r->k; j++)
        r->s[tile * BAND + j] = r->work->kernels->dot(r->vwv + tile * r->n + r->first,
                                                      r->y + j * r->n + r->first, r->n - r->first);
}

/* s = T^T s / -2. */
static void finish_s(const reduction *r)
{
    for (size_t j = 0; j < r->k; j++) {
        double column[BAND];
        for (size_t i = 0; i < r->k; i++) {
            double sum = 0.0;
            for (size_t u = 0; u <= i; u++)
                sum = fma(r->t[u * BAND + i], r->s[u * BAND + j], sum);
            column[i] = -0.5 * sum;
        }
        for (size_t i = 0; i < r->k; i++)
            r->s[i * BAND + j] = column[i];
    }
}

/* W = Y + s^T V, one block of columns. */
static void w_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const reduction *r = ctx;
    size_t j0 = r->first + tile * COLUMNS, width = r->n - j0 < COLUMNS ? r->n - j0 : COLUMNS;
    for (size_t j = 0; j < r->k; j++) {
        double coef[BAND];
        for (size_t i = 0; i < r->k; i++)
            coef[i] = r->s[i * BAND + j];
        double *w = r->vwv + (r->k + j) * r->n + j0;
        memcpy(w, r->y + j * r->n + j0, width * sizeof *w);
        r->work->kernels->axpys(w, r->vwv + j0, r->n, coef, r->k, width);
    }
}

static void update_rest(const reduction *r)
{
    size_t n = r->n, first = r->first, m = n - first, k = r->k;
    double *rest = r->a + first * r->stride + first;
    gmet_wy_factor(r->t, BAND, r->vwv + first, n, r->tau, k, m, r->work->kernels);
    for (size_t i = 0; i < k; i++)
        memset(r->x + i * n + first, 0, m * sizeof *r->x);
    gmet_product p = {.c = r->x + first, .c_stride = n, .m = k, .n = m, .k = m};
    p.a = (gmet_operand){.data = r->vwv + first, .stride = n};
    p.b = (gmet_operand){.data = rest, .stride = r->stride, .k_major = true};
    gmet_multiply(r->work, &p);
    size_t n_blocks = (m + COLUMNS - 1) / COLUMNS;
    reduction copy = *r;
    gmet_parallel_for(r->work->context, n_blocks, y_task, &copy);
    gmet_parallel_for(r->work->context, k, s_task, &copy);
    finish_s(r);
    gmet_parallel_for(r->work->context, n_blocks, w_task, &copy);
    gmet_product u = {.c = rest, .c_stride = r->stride, .m = m, .n = m, .k = 2 * k};
    u.a = (gmet_operand){.data = r->vwv + first, .stride = n, .k_major = true};
    u.b = (gmet_operand){.data = r->vwv + k * n + first, .stride = n, .k_major = true};
    u.negate = u.upper = u.mirror = true;
    gmet_multiply(r->work, &u);
}

feat_status gmet_band_reduce(double *a, size_t n, size_t stride, const gmet_work *work, feat_error *err)
{
    reduction r = {.work = work, .a = a, .n = n, .stride = stride};
    size_t count;
    if (n <= BAND + 1)
        return FEAT_OK;
    if (feat_mul_size(n, 5 * BAND, &count) && feat_add_size(count, 2 * BAND * BAND + BAND, &count))
        r.vwv = feat_alloc_array(count, sizeof *r.vwv);
    if (r.vwv == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to reduce a matrix of order %zu", n);
    r.x = r.vwv + 3 * BAND * n;
    r.y = r.x + BAND * n;
    r.t = r.y + BAND * n;
    r.s = r.t + BAND * BAND;
    r.tau = r.s + BAND * BAND;
    feat_status status = FEAT_OK;
    for (r.first = BAND; r.first + 1 < n && status == FEAT_OK; r.first += BAND) {
        r.k = n - r.first - 1 < BAND ? n - r.first - 1 : BAND;
        status = gmet_go_on(work->context, err); /* else the rest may not be whole */
        if (status == FEAT_OK) {
            reduce_panel(&r);
            update_rest(&r);
        }
    }
    if (status == FEAT_OK)
        status = gmet_go_on(work->context, err);
    feat_free(r.vwv);
    return status;
}
