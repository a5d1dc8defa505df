/* The first two principal axes of two sets of rows, by orthogonal iteration. */
#include "tools/html/plane.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/splitmix64.h"
#include "engine/base/status.h"

enum { AXES = 4, ROUNDS = 40 };

typedef struct plane {
    size_t d, n[2];
    const float *const *rows[2];
    double *mean;       /* [d] */
    double *axes;       /* [AXES][d] */
    double *next;       /* [AXES][d] */
    double total;       /* variance times the number of rows */
    double along[AXES]; /* the same along each axis */
} plane;

static void find_mean(plane *p)
{
    double n = (double)(p->n[0] + p->n[1]);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < p->n[s]; i++)
            for (size_t k = 0; k < p->d; k++)
                p->mean[k] += (double)p->rows[s][i][k];
    for (size_t k = 0; k < p->d; k++)
        p->mean[k] /= n;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < p->n[s]; i++)
            for (size_t k = 0; k < p->d; k++) {
                double v = (double)p->rows[s][i][k] - p->mean[k];
                p->total = fma(v, v, p->total);
            }
}

static double coordinate(const plane *p, const float *row, const double *axis)
{
    double sum = 0.0;
    for (size_t k = 0; k < p->d; k++)
        sum = fma((double)row[k] - p->mean[k], axis[k], sum);
    return sum;
}

/* Modified Gram-Schmidt, twice; an axis that vanishes becomes zero. Its length goes to along. */
static void orthonormalise(plane *p, double *axes)
{
    for (size_t a = 0; a < AXES; a++) {
        double *v = axes + a * p->d, length = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < a; b++) {
                const double *u = axes + b * p->d;
                double dot = 0.0;
                for (size_t k = 0; k < p->d; k++)
                    dot = fma(u[k], v[k], dot);
                for (size_t k = 0; k < p->d; k++)
                    v[k] = fma(-dot, u[k], v[k]);
            }
        for (size_t k = 0; k < p->d; k++)
            length = fma(v[k], v[k], length);
        length = sqrt(length);
        for (size_t k = 0; k < p->d; k++)
            v[k] = length > 0.0 ? v[k] / length : 0.0;
        p->along[a] = length;
    }
}

/* One round of orthogonal iteration with the scatter matrix of all rows. */
static void iterate(plane *p)
{
    memset(p->next, 0, AXES * p->d * sizeof *p->next);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < p->n[s]; i++) {
            const float *row = p->rows[s][i];
            for (size_t a = 0; a < AXES; a++) {
                double at = coordinate(p, row, p->axes + a * p->d), *next = p->next + a * p->d;
                for (size_t k = 0; k < p->d; k++)
                    next[k] = fma(at, (double)row[k] - p->mean[k], next[k]);
            }
        }
    orthonormalise(p, p->next);
    double *t = p->axes;
    p->axes = p->next;
    p->next = t;
}

/* The largest component of an axis is positive, so that pictures of one data set look the same. */
static void fix_sign(const plane *p, double *axis)
{
    size_t top = 0;
    for (size_t k = 1; k < p->d; k++)
        if (fabs(axis[k]) > fabs(axis[top]))
            top = k;
    for (size_t k = 0; k < p->d && axis[top] < 0.0; k++)
        if (k != top)
            axis[k] = -axis[k];
    axis[top] = fabs(axis[top]);
}

static void start_axes(plane *p)
{
    uint64_t state = 1;
    for (size_t i = 0; i < AXES * p->d; i++)
        p->axes[i] = (double)(feat_splitmix64(&state) >> 11) * 0x1p-53 - 0.5;
    orthonormalise(p, p->axes);
}

feat_status bf_page_project(double *real_x, double *real_y, double *gen_x, double *gen_y, double variance[2],
                            const float *const *real_rows, size_t n_real, const float *const *gen_rows,
                            size_t n_gen, size_t d, feat_error *err)
{
    plane p = {.d = d, .n = {n_real, n_gen}, .rows = {real_rows, gen_rows}};
    double *out[2][2] = {{real_x, real_y}, {gen_x, gen_y}};
    p.mean = feat_calloc(d, sizeof *p.mean);
    p.axes = feat_calloc(AXES * d, sizeof *p.axes);
    p.next = feat_calloc(AXES * d, sizeof *p.next);
    feat_status status = FEAT_OK;
    if (p.mean == NULL || p.axes == NULL || p.next == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to project rows of width %zu", d);
    } else {
        find_mean(&p);
        start_axes(&p);
        for (int round = 0; round < ROUNDS; round++)
            iterate(&p);
        for (size_t a = 0; a < 2; a++) {
            fix_sign(&p, p.axes + a * d);
            variance[a] = p.total > 0.0 ? p.along[a] / p.total : 0.0;
            for (size_t s = 0; s < 2; s++)
                for (size_t i = 0; i < p.n[s]; i++)
                    out[s][a][i] = coordinate(&p, p.rows[s][i], p.axes + a * d);
        }
    }
    feat_free(p.mean);
    feat_free(p.axes);
    feat_free(p.next);
    return status;
}
