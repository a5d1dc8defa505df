/* Pivoted Cholesky of a positive semi-definite matrix: large remaining diagonal elements become pivots first,
 * so the factor's rows fall in size and the process ends at the numerical rank (Higham, "Analysis of the
 * Cholesky decomposition of a semi-definite matrix", 1990). It looks left: only rows of pivots are ever
 * computed, n rank^2 operations in all. A panel takes the largest diagonal elements as candidates, brings
 * their rows up to date by one product, and pivots among them while they stay comparable with the rest. Which
 * positive pivots are taken does not touch the backward stability; taking large ones first is for the rank,
 * and for the graded products that trace_sqrt.c makes of the factors. */
#include "metrics/linalg/chol.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/splitmix.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"

enum { PANEL = 64, COLUMNS = 256, PROBE_SEED = 1 };

/* A candidate below this share of what is left elsewhere ends the panel. */
#define COMPARABLE 0.0625

/* What may be left, relative to the largest diagonal element, before a matrix counts as indefinite.
 * Single-precision covariances are off by about 1e-7. */
#define INDEFINITE 1e-4

typedef struct factorisation {
    const gmet_work *work;
    const double *a; /* [n][n] */
    double *f;       /* rows of the factor, columns in pivoted order */
    size_t n, stride;
    size_t *order;    /* original index of pivoted position */
    double *diagonal; /* [n]: what is left of it, pivoted order */
    double *s;        /* [PANEL][n]: rows of candidates, from column `done` on; later in pivoted order too */
    double *u;        /* [PANEL][PANEL]: factor of the candidates */
    double *probe;    /* [n]: a times the vector of signs */
    double *signs;    /* [n] */
    size_t done;      /* finished rows of f */
    size_t n_cand, n_new;
    size_t swap[2 * PANEL], n_swaps; /* positions exchanged: swap[2 i] and swap[2 i + 1] */
} factorisation;

static void swap_double(double *x, double *y)
{
    double t = *x;
    *x = *y;
    *y = t;
}

static void swap_size(size_t *x, size_t *y)
{
    size_t t = *x;
    *x = *y;
    *y = t;
}

static void swap_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const factorisation *t = ctx;
    double *row = t->f + tile * t->stride;
    for (size_t i = 0; i < t->n_swaps; i++)
        swap_double(&row[t->swap[2 * i]], &row[t->swap[2 * i + 1]]);
}

/* Exchanges positions j and p of everything but f's finished rows, which follow all at once. */
static void exchange(factorisation *t, size_t j, size_t p)
{
    if (j == p)
        return;
    swap_double(&t->diagonal[j], &t->diagonal[p]);
    swap_size(&t->order[j], &t->order[p]);
    t->swap[2 * t->n_swaps] = j;
    t->swap[2 * t->n_swaps++ + 1] = p;
}

/* Brings the largest elements of the diagonal to the front. */
static void choose_candidates(factorisation *t)
{
    size_t left = t->n - t->done;
    t->n_cand = left < PANEL ? left : PANEL;
    t->n_swaps = 0;
    for (size_t j = t->done; j < t->done + t->n_cand; j++) {
        size_t p = j;
        for (size_t i = j + 1; i < t->n; i++)
            if (t->diagonal[i] > t->diagonal[p])
                p = i;
        exchange(t, j, p);
    }
    gmet_parallel_for(t->work->context, t->done, swap_task, t);
}

static void gather_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const factorisation *t = ctx;
    const double *row = t->a + t->order[t->done + tile] * t->n;
    double *s = t->s + tile * t->n;
    for (size_t i = t->done; i < t->n; i++)
        s[i] = row[t->order[i]];
}

/* Rows of the candidates, less what the finished rows explain. */
static void update_candidates(factorisation *t)
{
    gmet_parallel_for(t->work->context, t->n_cand, gather_task, t);
    gmet_product p = {
        .c = t->s + t->done, .c_stride = t->n, .m = t->n_cand, .n = t->n - t->done, .k = t->done};
    p.a = p.b = (gmet_operand){.data = t->f + t->done, .stride = t->stride, .k_major = true};
    p.negate = true;
    gmet_multiply(t->work, &p);
}

/* Factors the square of the candidates with pivoting among them. rest: largest element of the diagonal
 * elsewhere. */
static void factor_candidates(factorisation *t, double rest, double tolerance)
{
    double left[PANEL];
    size_t k = 0;
    t->n_swaps = 0;
    for (size_t i = 0; i < t->n_cand; i++)
        left[i] = t->s[i * t->n + t->done + i];
    for (; k < t->n_cand; k++) {
        size_t p = k;
        for (size_t i = k + 1; i < t->n_cand; i++)
            if (left[i] > left[p])
                p = i;
        if (!(left[p] > tolerance) || (k > 0 && left[p] < COMPARABLE * rest))
            break;
        if (p != k) {
            exchange(t, t->done + k, t->done + p);
            swap_double(&left[k], &left[p]);
            for (size_t i = 0; i < k; i++)
                swap_double(&t->u[i * PANEL + k], &t->u[i * PANEL + p]);
            for (size_t i = t->done; i < t->n; i++)
                swap_double(&t->s[k * t->n + i], &t->s[p * t->n + i]);
            for (size_t i = 0; i < t->n_cand; i++)
                swap_double(&t->s[i * t->n + t->done + k], &t->s[i * t->n + t->done + p]);
        }
        double *u = t->u + k * PANEL;
        u[k] = sqrt(left[k]);
        double coef[PANEL];
        for (size_t i = 0; i < k; i++)
            coef[i] = -t->u[i * PANEL + k];
        memcpy(u + k + 1, t->s + k * t->n + t->done + k + 1, (t->n_cand - k - 1) * sizeof *u);
        t->work->kernels->axpys(u + k + 1, t->u + k + 1, PANEL, coef, k, t->n_cand - k - 1);
        for (size_t j = k + 1; j < t->n_cand; j++) {
            u[j] /= u[k];
            left[j] -= u[j] * u[j];
        }
    }
    t->n_new = k;
    gmet_parallel_for(t->work->context, t->done, swap_task, t);
}

/* New rows of f and the diagonal, one block of columns. */
static void solve_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const factorisation *t = ctx;
    size_t j0 = t->done + tile * COLUMNS, j1 = t->n - j0 < COLUMNS ? t->n : j0 + COLUMNS;
    double *f = t->f + t->done * t->stride;
    for (size_t k = 0; k < t->n_new; k++) {
        double coef[PANEL], *row = f + k * t->stride;
        for (size_t i = 0; i < k; i++)
            coef[i] = -t->u[i * PANEL + k];
        memcpy(row + j0, t->s + k * t->n + j0, (j1 - j0) * sizeof *row);
        t->work->kernels->axpys(row + j0, f + j0, t->stride, coef, k, j1 - j0);
        double root = t->u[k * PANEL + k];
        size_t j = j0;
        for (; j < j1 && j < t->done + k; j++)
            row[j] = 0.0;
        for (; j < j1; j++) {
            row[j] /= root;
            t->diagonal[j] -= row[j] * row[j];
        }
    }
}

static void finish_panel(factorisation *t)
{
    size_t n_tiles = (t->n - t->done + COLUMNS - 1) / COLUMNS;
    for (size_t k = 0; k < t->n_new; k++)
        memset(t->f + (t->done + k) * t->stride, 0, t->done * sizeof *t->f);
    gmet_parallel_for(t->work->context, n_tiles, solve_task, t);
    t->done += t->n_new;
}

static void probe_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const factorisation *t = ctx;
    t->probe[tile] = t->work->kernels->dot(t->a + tile * t->n, t->signs, t->n);
}

/* Multiplies the matrix by a vector of random signs: not finite if any element is not, and at the end what
 * the factor leaves of it shows whether the factor is the whole matrix. */
static bool probe(factorisation *t)
{
    gmet_splitmix rng = {PROBE_SEED};
    double sum = 0.0;
    for (size_t i = 0; i < t->n; i++)
        t->signs[i] = gmet_splitmix_u64(&rng) >> 63 ? 1.0 : -1.0;
    gmet_parallel_for(t->work->context, t->n, probe_task, t);
    for (size_t i = 0; i < t->n; i++)
        sum += t->probe[i] * 0.0;
    return sum == 0.0;
}

/* Largest of what is left: of the diagonal, and of the probe. */
static double largest_left(factorisation *t)
{
    double max = 0.0, *signs = t->s; /* in pivoted order */
    for (size_t i = 0; i < t->n; i++)
        signs[i] = t->signs[t->order[i]];
    for (size_t i = t->done; i < t->n; i++)
        max = fabs(t->diagonal[i]) > max ? fabs(t->diagonal[i]) : max;
    double *left = t->s + t->n;
    for (size_t i = 0; i < t->n; i++)
        left[i] = t->probe[t->order[i]];
    for (size_t k = 0; k < t->done; k++) {
        double coef = -t->work->kernels->dot(t->f + k * t->stride, signs, t->n);
        t->work->kernels->axpys(left, t->f + k * t->stride, 0, &coef, 1, t->n);
    }
    for (size_t i = t->done; i < t->n; i++)
        max = fabs(left[i]) > max ? fabs(left[i]) : max;
    return max;
}

static feat_status factorise(factorisation *t, const char *name, feat_error *err)
{
    size_t n = t->n;
    double largest = 0.0;
    bool finite = probe(t);
    feat_status status = gmet_go_on(t->work->context, err); /* else neither the probe nor the matrix may be whole */
    if (status != FEAT_OK)
        return status;
    if (!finite)
        return feat_fail(err, FEAT_ERR_NUMERIC, "%s holds NaN or infinity", name);
    for (size_t i = 0; i < n; i++) {
        t->order[i] = i;
        t->diagonal[i] = t->a[i * n + i];
        largest = t->diagonal[i] > largest ? t->diagonal[i] : largest;
    }
    double tolerance = (double)n * 0x1p-53 * largest;
    while (t->done < n) {
        choose_candidates(t);
        if (!(t->diagonal[t->done] > tolerance))
            break;
        double rest = 0.0;
        for (size_t i = t->done + t->n_cand; i < n; i++)
            rest = t->diagonal[i] > rest ? t->diagonal[i] : rest;
        update_candidates(t);
        status = gmet_go_on(t->work->context, err);
        if (status != FEAT_OK)
            return status;
        factor_candidates(t, rest, tolerance);
        if (t->n_new == 0)
            break;
        finish_panel(t);
    }
    status = gmet_go_on(t->work->context, err);
    if (status != FEAT_OK)
        return status;
    double left = t->done < n ? largest_left(t) : 0.0;
    if (left > INDEFINITE * largest)
        return feat_fail(
            err, FEAT_ERR_NUMERIC,
            "%s is not a covariance matrix: it is not positive semi-definite (a remainder of %.3g is left "
            "of a largest variance of %.3g)",
            name, left, largest);
    return FEAT_OK;
}

feat_status gmet_pivoted_cholesky(double *f, size_t f_stride, size_t *order, size_t *rank, const double *a,
                                  size_t n, const char *name, const gmet_work *work, feat_error *err)
{
    factorisation t = {.work = work, .a = a, .f = f, .stride = f_stride, .n = n, .order = order};
    size_t count;
    if (feat_mul_size(n, PANEL + 3, &count) && feat_add_size(count, PANEL * PANEL, &count))
        t.s = feat_alloc_array(count, sizeof *t.s);
    if (t.s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to factor a matrix of order %zu", n);
    t.diagonal = t.s + PANEL * n;
    t.probe = t.diagonal + n;
    t.signs = t.probe + n;
    t.u = t.signs + n;
    feat_status status = factorise(&t, name, err);
    *rank = t.done;
    feat_free(t.s);
    return status;
}
