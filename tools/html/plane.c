/* The first two principal axes of two sets of rows, by orthogonal iteration. Products and sums are rounded apart: tools
 * are built for every machine of their kind, where fma is a call, and a picture needs no more. */
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
    double *axes;       /* [d][AXES] */
    double *next;       /* [d][AXES] */
    double *centred;    /* [d]: of one row */
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
                p->total += v * v;
            }
}

static double coordinate(const plane *p, const float *row, size_t a)
{
    double sum = 0.0;
    for (size_t k = 0; k < p->d; k++)
        sum += ((double)row[k] - p->mean[k]) * p->axes[k * AXES + a];
    return sum;
}

/* Modified Gram-Schmidt, twice; an axis that vanishes becomes zero. Its length goes to along. */
static void orthonormalise(plane *p, double *axes)
{
    for (size_t a = 0; a < AXES; a++) {
        double length = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < a; b++) {
                double dot = 0.0;
                for (size_t k = 0; k < p->d; k++)
                    dot += axes[k * AXES + b] * axes[k * AXES + a];
                for (size_t k = 0; k < p->d; k++)
                    axes[k * AXES + a] -= dot * axes[k * AXES + b];
            }
        for (size_t k = 0; k < p->d; k++)
            length += axes[k * AXES + a] * axes[k * AXES + a];
        length = sqrt(length);
        for (size_t k = 0; k < p->d; k++)
            axes[k * AXES + a] = length > 0.0 ? axes[k * AXES + a] / length : 0.0;
        p->along[a] = length;
    }
}

/* A row less the mean. */
static void centre(const plane *p, const float *row)
{
    for (size_t k = 0; k < p->d; k++)
        p->centred[k] = (double)row[k] - p->mean[k];
}

/* One round of orthogonal iteration with the scatter matrix of all rows. The axes go side by side: each sum waits for
 * itself only. */
static void iterate(plane *p)
{
    memset(p->next, 0, AXES * p->d * sizeof *p->next);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < p->n[s]; i++) {
            double at[AXES] = {0.0};
            centre(p, p->rows[s][i]);
            for (size_t k = 0; k < p->d; k++)
                for (size_t a = 0; a < AXES; a++)
                    at[a] += p->centred[k] * p->axes[k * AXES + a];
            for (size_t k = 0; k < p->d; k++)
                for (size_t a = 0; a < AXES; a++)
                    p->next[k * AXES + a] += at[a] * p->centred[k];
        }
    orthonormalise(p, p->next);
    double *t = p->axes;
    p->axes = p->next;
    p->next = t;
}

/* The largest component of an axis is positive, so that pictures of one data set look the same. */
static void fix_sign(const plane *p, size_t a)
{
    double top = 0.0;
    for (size_t k = 0; k < p->d; k++)
        if (fabs(p->axes[k * AXES + a]) > fabs(top))
            top = p->axes[k * AXES + a];
    for (size_t k = 0; k < p->d && top < 0.0; k++)
        p->axes[k * AXES + a] = -p->axes[k * AXES + a];
}

static void start_axes(plane *p)
{
    uint64_t state = 1;
    for (size_t i = 0; i < AXES * p->d; i++)
        p->axes[i] = feat_splitmix64_unit(&state) - 0.5;
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
    p.centred = feat_calloc(d, sizeof *p.centred);
    feat_status status = FEAT_OK;
    if (p.mean == NULL || p.axes == NULL || p.next == NULL || p.centred == NULL) {
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory to project rows of width %zu", d);
    } else {
        find_mean(&p);
        start_axes(&p);
        for (int round = 0; round < ROUNDS; round++)
            iterate(&p);
        for (size_t a = 0; a < 2; a++) {
            fix_sign(&p, a);
            variance[a] = p.total > 0.0 ? p.along[a] / p.total : 0.0;
            for (size_t s = 0; s < 2; s++)
                for (size_t i = 0; i < p.n[s]; i++)
                    out[s][a][i] = coordinate(&p, p.rows[s][i], a);
        }
    }
    feat_free(p.mean);
    feat_free(p.axes);
    feat_free(p.next);
    feat_free(p.centred);
    return status;
}
