/* Pivoted Cholesky of a positive semi-definite matrix: at each step the largest remaining diagonal element
 * becomes the pivot, so the factor's rows fall in size and the process ends at the numerical rank, as
 * LAPACK's dpstrf does (Higham, "Analysis of the Cholesky decomposition of a semi-definite matrix", 1990).
 * Panels of 64 pivots are applied to the rest at once on the tile kernels. A finished row of the factor takes
 * the place of a dead row of the matrix. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/internal.h"

enum { PANEL = 64 };

/* What may be left, relative to the largest diagonal element, before a matrix counts as indefinite.
 * Single-precision covariances are off by about 1e-7. */
#define INDEFINITE 1e-4

typedef struct factorisation {
    const gmet_work *work;
    double *a; /* [n][n], rest in the upper triangle */
    size_t n;
    double *f;        /* [PANEL][n]: rows of the factor in this panel, columns in pivoted order */
    double *diagonal; /* [n]: what is left of it */
    size_t *order;    /* original index of pivoted position */
} factorisation;

static void swap_double(double *x, double *y)
{
    double t = *x;
    *x = *y;
    *y = t;
}

static size_t find_pivot(const factorisation *t, size_t j)
{
    size_t p = j;
    for (size_t i = j + 1; i < t->n; i++)
        if (t->diagonal[i] > t->diagonal[p])
            p = i;
    return p;
}

/* Exchanges positions j < p of the rest and of the panel's k finished rows. Rows above j are dead. */
static void exchange(const factorisation *t, size_t j, size_t p, size_t k)
{
    size_t n = t->n;
    double *row_j = t->a + j * n, *row_p = t->a + p * n;
    for (size_t i = j + 1; i < p; i++)
        swap_double(&row_j[i], &t->a[i * n + p]);
    for (size_t i = p + 1; i < n; i++)
        swap_double(&row_j[i], &row_p[i]);
    for (size_t i = 0; i < k; i++)
        swap_double(&t->f[i * n + j], &t->f[i * n + p]);
    swap_double(&t->diagonal[j], &t->diagonal[p]);
    size_t o = t->order[j];
    t->order[j] = t->order[p];
    t->order[p] = o;
}

/* Makes row k of the panel from row j of the rest. */
static void make_row(const factorisation *t, size_t j, size_t k)
{
    size_t n = t->n, m = n - j - 1;
    double *f = t->f + k * n;
    double coef[PANEL];
    for (size_t i = 0; i < k; i++)
        coef[i] = -t->f[i * n + j];
    memset(f, 0, j * sizeof *f);
    double root = sqrt(t->diagonal[j]);
    f[j] = root;
    memcpy(f + j + 1, t->a + j * n + j + 1, m * sizeof *f);
    t->work->kernels->axpys(f + j + 1, t->f + j + 1, n, coef, k, m);
    for (size_t i = j + 1; i < n; i++) {
        f[i] /= root;
        t->diagonal[i] = fma(-f[i], f[i], t->diagonal[i]);
    }
}

/* Up to PANEL rows from position j0 on; returns how many came before nothing above the tolerance was left. */
static size_t run_panel(const factorisation *t, size_t j0, double tolerance)
{
    size_t k = 0;
    for (; k < PANEL && j0 + k < t->n; k++) {
        size_t j = j0 + k, p = find_pivot(t, j);
        if (!(t->diagonal[p] > tolerance))
            break;
        if (p != j)
            exchange(t, j, p, k);
        make_row(t, j, k);
    }
    return k;
}

/* Rows j0 .. j0 + k - 1 of a become rows of the factor, columns in original order. */
static void keep_rows(const factorisation *t, size_t j0, size_t k)
{
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < t->n; j++)
            t->a[(j0 + i) * t->n + t->order[j]] = t->f[i * t->n + j];
}

static void update_rest(const factorisation *t, size_t j1, size_t k)
{
    size_t n = t->n;
    gmet_operand f = {.data = t->f + j1, .stride = n, .k_major = true};
    gmet_product p = {.c = t->a + j1 * n + j1, .c_stride = n, .m = n - j1, .n = n - j1, .k = k};
    p.a = p.b = f;
    p.negate = p.upper = true;
    gmet_multiply(t->work, &p);
}

/* Largest absolute element of the rest, whose diagonal is kept apart. */
static double largest_left(const factorisation *t, size_t rank)
{
    double max = 0.0;
    for (size_t i = rank; i < t->n; i++) {
        for (size_t j = i; j < t->n; j++) {
            double x = fabs(j == i ? t->diagonal[i] : t->a[i * t->n + j]);
            max = x > max ? x : max;
        }
    }
    return max;
}

static iv3_status factorise(factorisation *t, size_t *rank, const char *name, iv3_error *err)
{
    size_t n = t->n, j0 = 0;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        t->order[i] = i;
        t->diagonal[i] = t->a[i * n + i];
        largest = t->diagonal[i] > largest ? t->diagonal[i] : largest;
    }
    double tolerance = (double)n * 0x1p-53 * largest;
    for (;;) {
        size_t k = run_panel(t, j0, tolerance);
        keep_rows(t, j0, k);
        j0 += k;
        if (j0 < n && k != 0)
            update_rest(t, j0, k);
        if (k < PANEL || j0 == n)
            break;
    }
    *rank = j0;
    double left = largest_left(t, j0);
    if (left > INDEFINITE * largest)
        return iv3_fail(
            err, IV3_ERR_NUMERIC,
            "%s is not a covariance matrix: it is not positive semi-definite (a remainder of %.3g is left "
            "of a largest variance of %.3g)",
            name, left, largest);
    return IV3_OK;
}

iv3_status gmet_pivoted_cholesky(double *a, size_t *order, size_t *rank, size_t n, const char *name,
                                 const gmet_work *work, iv3_error *err)
{
    factorisation t = {.work = work, .a = a, .n = n, .order = order};
    size_t count;
    t.f = iv3_mul_size(n, PANEL + 1, &count) ? iv3_alloc_array(count, sizeof *t.f) : NULL;
    if (t.f == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory to factor a matrix of order %zu", n);
    t.diagonal = t.f + PANEL * n;
    iv3_status status = factorise(&t, rank, name, err);
    iv3_free(t.f);
    return status;
}
