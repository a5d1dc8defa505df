/* Products in floats. Whole panels of the right operand meet the packed rows, piece by piece of their depth, so that a
 * piece of a panel stays in the first-level cache while the rows pass by in the second. */
#include "metrics/frechet/float_product.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"

/* STEP: columns of rows that are dealt out to a panel at a time, while the panel's lines are near. */
enum { DEPTH = 256, STEP = 16 };
_Static_assert(GMET_FLOAT_ROWS % FEAT_DMAT_MAX_FNR == 0, "whole panels");

typedef struct making {
    const gmet_float_panels *p;
    const double *from;
    double scale;
    size_t fnr;
} making;

size_t gmet_float_columns(size_t rows)
{
    return (rows + FEAT_DMAT_MAX_FNR - 1) / FEAT_DMAT_MAX_FNR * FEAT_DMAT_MAX_FNR;
}

static void panel_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const making *m = ctx;
    size_t fnr = m->fnr, depth = m->p->depth, first = tile * fnr, n = feat_min_size(m->p->rows - first, fnr);
    float *out = m->p->data + first * depth;
    if (n < fnr)
        memset(out, 0, fnr * depth * sizeof *out);
    for (size_t k0 = 0; k0 < depth; k0 += STEP)
        for (size_t r = 0; r < n; r++) {
            const double *row = m->from + (first + r) * depth;
            for (size_t k = k0; k < feat_min_size(k0 + STEP, depth); k++)
                out[k * fnr + r] = (float)(row[k] * m->scale);
        }
}

feat_status gmet_float_panels_make(gmet_float_panels *out, const double *from, size_t rows, size_t depth, double scale,
                                   const gmet_work *work, feat_error *err)
{
    size_t count, columns = gmet_float_columns(rows), fnr = work->kernels->fnr;
    *out = (gmet_float_panels){.rows = rows, .depth = depth};
    if (feat_mul_size(columns > 0 ? columns : 1, depth > 0 ? depth : 1, &count))
        out->data = feat_alloc_array(count, sizeof *out->data);
    if (out->data == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a product of %zu rows of %zu columns", rows, depth);
    making m = {.p = out, .from = from, .scale = scale, .fnr = fnr};
    gmet_parallel_for(work->context, (rows + fnr - 1) / fnr, panel_task, &m);
    return gmet_go_on(work->context, err);
}

void gmet_float_panels_release(gmet_float_panels *p)
{
    feat_free(p->data);
    *p = (gmet_float_panels){.data = NULL};
}

void gmet_float_pack(float *out, const float *const *rows, size_t n, size_t depth, const double *less, double scale,
                     const feat_dmat_kernels *kernels)
{
    size_t fnr = kernels->fnr;
    for (size_t first = 0; first < n; first += fnr, out += fnr * depth) {
        size_t width = feat_min_size(n - first, fnr);
        if (width < fnr)
            memset(out, 0, fnr * depth * sizeof *out);
        for (size_t k0 = 0; k0 < depth; k0 += STEP)
            for (size_t r = 0; r < width; r++) {
                const float *row = rows[first + r];
                size_t k_end = feat_min_size(k0 + STEP, depth);
                for (size_t k = k0; k < k_end && less != NULL; k++)
                    out[k * fnr + r] = (float)(((double)row[k] - less[k]) * scale);
                for (size_t k = k0; k < k_end && less == NULL; k++)
                    out[k * fnr + r] = row[k];
            }
    }
}

void gmet_float_multiply(float *c, size_t c_stride, const float *a, size_t n, const gmet_float_panels *b,
                         const feat_dmat_kernels *kernels)
{
    size_t fnr = kernels->fnr, fmr = kernels->fmr, depth = b->depth;
    size_t whole = (n + fmr - 1) / fmr * fmr;
    for (size_t i = 0; i < whole; i++)
        memset(c + i * c_stride, 0, gmet_float_columns(b->rows) * sizeof *c);
    for (size_t j = 0; j < b->rows; j += fnr)
        for (size_t k0 = 0; k0 < depth; k0 += DEPTH) {
            size_t k_count = feat_min_size(depth - k0, DEPTH);
            for (size_t i = 0; i < whole; i += fmr)
                kernels->fmul_tile(c + i * c_stride + j, c_stride, a + i / fnr * fnr * depth + k0 * fnr + i % fnr,
                                   b->data + j * depth + k0 * fnr, k_count);
        }
}
