/* Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift (Dubrulle, Martin and
 * Wilkinson, "The implicit QL algorithm", Numerische Mathematik 12, 1968). QL finds eigenvalues from the top
 * and keeps small ones accurate when the matrix grows downwards; a block that grows upwards is turned upside
 * down first. Off-diagonal elements are dropped only when small against both neighbours, which small
 * eigenvalues of graded matrices need. Rotations of several sweeps are collected and then applied to the
 * eigenvector rows chunk by chunk. Products and sums are rounded one by one: outside the kernels fma is a
 * call, in the middle of one long chain. */
#include "metrics/linalg/tridiag_ql.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"

enum { SWEEPS_PER_VALUE = 60, BATCH_SWEEPS = 64, COLUMNS = FEAT_DMAT_ROTATE_COLUMNS };

#define EPSILON_SQUARED 0x1p-106
#define TINY_SQUARED 0x1p-960

typedef struct sweep {
    size_t row;     /* of the vectors, where the chain starts */
    ptrdiff_t step; /* +1 or -1 */
    size_t at, n;   /* where its rotations are and how many */
} sweep;

typedef struct ql {
    double *d, *e;
    size_t n;
    const gmet_work *work;
    double *rows;
    size_t n_chunks;
    size_t *row_of; /* which row of the vectors belongs to position i */
    double *c, *s;  /* collected rotations */
    size_t capacity, n_rotations;
    sweep sweeps[BATCH_SWEEPS];
    size_t n_sweeps;
} ql;

static void apply_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const ql *q = ctx;
    double *chunk = q->rows + tile * q->n * COLUMNS;
    for (size_t i = 0; i < q->n_sweeps; i++) {
        const sweep *s = &q->sweeps[i];
        q->work->kernels->rotate(chunk + s->row * COLUMNS, s->step * COLUMNS, q->c + s->at, q->s + s->at,
                                 s->n);
    }
}

static void flush(ql *q)
{
    if (q->n_sweeps != 0)
        gmet_parallel_for(q->work->context, q->n_chunks, apply_task, q);
    q->n_sweeps = 0;
    q->n_rotations = 0;
}

/* Length of the vector (f, g) without overflow or loss where squares leave the range. */
static double length(double f, double g)
{
    double squares = f * f + g * g;
    if (squares > 0x1p-900 && squares < 0x1p+900)
        return sqrt(squares);
    double a = fabs(f), b = fabs(g);
    double large = a > b ? a : b, small = a > b ? b : a;
    if (large == 0.0)
        return 0.0;
    double ratio = small / large;
    return large * sqrt(fma(ratio, ratio, 1.0));
}

static bool negligible(const ql *q, size_t i)
{
    double e = q->e[i];
    return e * e <= EPSILON_SQUARED * fabs(q->d[i]) * fabs(q->d[i + 1]) + TINY_SQUARED;
}

/* One implicit sweep over positions l .. m, m > l. */
static void run_sweep(ql *q, size_t l, size_t m)
{
    double *d = q->d, *e = q->e;
    double half = (d[l + 1] - d[l]) / (2.0 * e[l]);
    double r = length(half, 1.0);
    double g = d[m] - d[l] + e[l] / (half + (half < 0.0 ? -r : r));
    double s = 1.0, c = 1.0, p = 0.0;
    bool keep = q->rows != NULL;
    for (size_t i = m; i-- > l;) {
        double f = s * e[i];
        double b = c * e[i];
        r = length(f, g);
        if (r == 0.0) {
            c = 1.0;
            s = 0.0;
        } else {
            c = g / r;
            s = f / r;
        }
        if (i + 1 < m)
            e[i + 1] = r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (keep) {
            q->c[q->n_rotations + (m - 1 - i)] = c;
            q->s[q->n_rotations + (m - 1 - i)] = s;
        }
    }
    d[l] -= p;
    e[l] = g;
    if (!keep)
        return;
    q->sweeps[q->n_sweeps++] = (sweep){.row = q->row_of[m],
                                       .step = q->row_of[m] > q->row_of[m - 1] ? -1 : 1,
                                       .at = q->n_rotations,
                                       .n = m - l};
    q->n_rotations += m - l;
    if (q->n_sweeps == BATCH_SWEEPS || q->n_rotations + q->n > q->capacity)
        flush(q);
}

/* Turns positions first .. last upside down. Rows of a block stay neighbours, in rising or falling order. */
static void turn(ql *q, size_t first, size_t last)
{
    for (size_t i = first, j = last; i < j; i++, j--) {
        double t = q->d[i];
        q->d[i] = q->d[j];
        q->d[j] = t;
        if (q->row_of != NULL) {
            size_t r = q->row_of[i];
            q->row_of[i] = q->row_of[j];
            q->row_of[j] = r;
        }
    }
    for (size_t i = first, j = last; i + 1 < j; i++, j--) {
        double t = q->e[i];
        q->e[i] = q->e[j - 1];
        q->e[j - 1] = t;
    }
}

/* Finds the eigenvalues of the block l .. last, whose off-diagonals are not negligible. False without
 * convergence, or where the caller wants to stop. */
static bool solve_block(ql *q, size_t l, size_t last, size_t *sweeps_left)
{
    if (fabs(q->d[last]) < fabs(q->d[l]))
        turn(q, l, last);
    while (l <= last) {
        size_t m = l;
        while (m < last && !negligible(q, m))
            m++;
        if (m < last)
            q->e[m] = 0.0;
        if (m == l) {
            l++;
            continue;
        }
        if ((*sweeps_left)-- == 0 || gmet_stopped(q->work->context))
            return false;
        run_sweep(q, l, m);
    }
    return true;
}

static feat_status solve(ql *q, feat_error *err)
{
    size_t sweeps_left = SWEEPS_PER_VALUE * q->n;
    for (size_t first = 0; first < q->n;) {
        size_t last = first;
        while (last + 1 < q->n && !negligible(q, last))
            last++;
        bool solved = solve_block(q, first, last, &sweeps_left);
        feat_status status = gmet_go_on(q->work->context, err);
        if (status != FEAT_OK)
            return status;
        if (!solved)
            return feat_fail(err, FEAT_ERR_NUMERIC,
                             "eigenvalues: no convergence within %zu sweeps of order %zu",
                             (size_t)SWEEPS_PER_VALUE * q->n, q->n);
        first = last + 1;
    }
    return FEAT_OK;
}

feat_status gmet_tridiag_ql(double *d, double *e, size_t n, double *rows, size_t n_chunks,
                            const gmet_work *work, feat_error *err)
{
    ql q = {.d = d, .e = e, .n = n, .work = work, .rows = rows, .n_chunks = n_chunks};
    feat_status status = FEAT_OK;
    if (rows != NULL) {
        size_t doubled;
        q.row_of = feat_alloc_array(n, sizeof *q.row_of);
        if (feat_mul_size(n, 16, &q.capacity) && feat_mul_size(q.capacity, 2, &doubled))
            q.c = feat_alloc_array(doubled, sizeof *q.c);
        if (q.row_of == NULL || q.c == NULL) {
            status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu eigenvectors", n);
            goto done;
        }
        q.s = q.c + q.capacity;
        for (size_t i = 0; i < n; i++)
            q.row_of[i] = i;
    }
    status = solve(&q, err);
    if (status != FEAT_OK || rows == NULL)
        goto done;
    flush(&q);
    for (size_t i = 0; i < n; i++)
        e[q.row_of[i]] = d[i];
    memcpy(d, e, n * sizeof *d);
done:
    feat_free(q.row_of);
    feat_free(q.c);
    return status;
}
