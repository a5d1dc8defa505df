/* Second stage: a band becomes tridiagonal. Each row's elements outside the tridiagonal are reflected away,
 * which pushes a bulge out of the band further down, and the bulge is chased off the end block by block
 * (Lang, "A parallel algorithm for reducing symmetric banded matrices to tridiagonal form", 1993). Only the
 * part of a bulge that the next chase needs gone is removed.
 *
 * A chase can follow the one before at a distance of two blocks. Threads take chases in order and wait for
 * that distance, so what is computed from what never depends on them. */
#define _POSIX_C_SOURCE 200809L
#include "metrics/linalg/band.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/context_of.h"
#include "metrics/base/stopping.h"
#include "metrics/linalg/mat.h"
#include "metrics/linalg/tridiag.h"

/* Element (i, j), i <= j < i + 2 BAND, lies at i * STRIDE + j: the rows of a block are STRIDE apart like
 * those of a dense matrix. */
enum { BAND = GMET_BAND, STRIDE = 2 * BAND, DONE = 1 << 30 };

typedef struct chase_all {
    const gmet_context *context;
    const feat_dmat_kernels *kernels;
    double *band;
    size_t n;
    atomic_size_t next;
    atomic_int *steps; /* [n]: blocks that chase has finished; DONE when all */
} chase_all;

typedef struct reflection {
    double v[BAND];
    double tau;
    size_t at, n; /* the rows and columns it acts on; n 0: none left */
} reflection;

/* The reflection that makes all but the first of the row's h->n elements zero; makes them so. */
static void reflect_row(const chase_all *c, reflection *h, double *row)
{
    memcpy(h->v, row, h->n * sizeof *row);
    h->tau = gmet_householder(c->kernels, h->v, h->n, &row[0]);
    memset(row + 1, 0, (h->n - 1) * sizeof *row);
}

/* D = H D H for the diagonal block of h. */
static void two_sided(const chase_all *c, const reflection *h)
{
    double vw[2 * BAND], *w = vw + BAND;
    double *d = c->band + h->at * STRIDE + h->at;
    memcpy(vw, h->v, h->n * sizeof *vw);
    memset(w, 0, h->n * sizeof *w);
    c->kernels->symv(w, d, STRIDE, h->v, 0, h->n, h->n);
    for (size_t i = 0; i < h->n; i++)
        w[i] *= h->tau;
    double shift = -0.5 * h->tau * c->kernels->dot(w, h->v, h->n);
    c->kernels->axpys(w, h->v, 0, &shift, 1, h->n);
    for (size_t i = 0; i < h->n; i++) {
        const double coef[2] = {-w[i], -h->v[i]};
        c->kernels->axpys(d + i * STRIDE + i, vw + i, BAND, coef, 2, h->n - i);
    }
}

/* B = H B for the block of h's rows and the n columns from `at` on. */
static void from_left(const chase_all *c, const reflection *h, size_t at, size_t n)
{
    double u[BAND];
    double *b = c->band + h->at * STRIDE + at;
    memset(u, 0, n * sizeof *u);
    c->kernels->axpys(u, b, STRIDE, h->v, h->n, n);
    for (size_t i = 0; i < h->n; i++) {
        double coef = -h->tau * h->v[i];
        c->kernels->axpys(b + i * STRIDE, u, 0, &coef, 1, n);
    }
}

/* B = B H for the n rows from `at` on and h's columns. */
static void from_right(const chase_all *c, const reflection *h, size_t at, size_t n)
{
    double *b = c->band + at * STRIDE + h->at;
    for (size_t i = 0; i < n; i++) {
        double coef = -h->tau * c->kernels->dot(b + i * STRIDE, h->v, h->n);
        c->kernels->axpys(b + i * STRIDE, h->v, 0, &coef, 1, h->n);
    }
}

static void wait_for(const chase_all *c, size_t row, int steps)
{
    if (row == 0)
        return;
    while (atomic_load_explicit(&c->steps[row - 1], memory_order_acquire) < steps)
        sched_yield();
}

static size_t length_at(const chase_all *c, size_t at)
{
    return at >= c->n ? 0 : c->n - at < BAND ? c->n - at : BAND;
}

static void chase(const chase_all *c, size_t row)
{
    reflection h[2];
    int step = 0;
    reflection *now = &h[0], *next = &h[1];
    now->at = row + 1;
    now->n = length_at(c, now->at);
    wait_for(c, row, 2);
    reflect_row(c, now, c->band + row * STRIDE + now->at);
    two_sided(c, now);
    for (;;) {
        atomic_store_explicit(&c->steps[row], ++step, memory_order_release);
        next->at = now->at + BAND;
        next->n = length_at(c, next->at);
        if (next->n == 0)
            break;
        wait_for(c, row, step + 2);
        from_left(c, now, next->at, next->n);
        reflect_row(c, next, c->band + now->at * STRIDE + next->at);
        from_right(c, next, now->at + 1, now->n - 1);
        two_sided(c, next);
        reflection *t = now;
        now = next;
        next = t;
    }
    atomic_store_explicit(&c->steps[row], DONE, memory_order_release);
}

/* Chases are taken in order, so the one before is always finished or in the hands of a running thread, which ends it
 * also when the caller wants to stop. */
static void chase_task(void *ctx, size_t tile, size_t worker)
{
    (void)tile;
    (void)worker;
    chase_all *c = ctx;
    while (!gmet_stopped(c->context)) {
        size_t row = atomic_fetch_add_explicit(&c->next, 1, memory_order_relaxed);
        if (row + 2 >= c->n)
            return;
        chase(c, row);
    }
}

feat_status gmet_band_tridiagonalise(double *d, double *e, const double *a, size_t n, size_t stride,
                                     const gmet_work *work, feat_error *err)
{
    chase_all c = {.context = work->context, .kernels = work->kernels, .n = n};
    size_t count;
    feat_status status = FEAT_OK;
    if (feat_mul_size(n, STRIDE + 1, &count))
        c.band = feat_calloc(count, sizeof *c.band);
    c.steps = feat_alloc_array(n, sizeof *c.steps);
    if (c.band == NULL || c.steps == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to reduce a band matrix of order %zu", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        atomic_init(&c.steps[i], 0);
        for (size_t j = i; j < n && j <= i + BAND; j++)
            c.band[i * STRIDE + j] = a[i * stride + j];
    }
    atomic_init(&c.next, 0);
    feat_parallel_for(work->pool, feat_pool_threads(work->pool), chase_task, &c);
    status = gmet_go_on(work->context, err);
    for (size_t i = 0; i < n; i++) {
        d[i] = c.band[i * STRIDE + i];
        if (i + 1 < n)
            e[i] = c.band[i * STRIDE + i + 1];
    }
done:
    feat_free(c.band);
    feat_free(c.steps);
    return status;
}
