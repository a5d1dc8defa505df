/* z of rows by products in floats, which take half of the time of those in double. What is summed of z are terms
 * s_j z_j^2 and p_jk z_j^2 z_k^2, p_jk <= min(s_j, s_k). The product is off by about 2^-24 |w_j| |c|, which is 2^-24
 * (largest / l_j)^1/2 at most, l_j the variance along direction j and `largest` of all; times s_j, which is (l_j
 * l'_j)^1/2 with that of the other set, this is 2^-24 of the largest variances, however small l_j is: directions of
 * which floats know little count for as little. So each sum holds to about seven digits of the trace. */
#include "metrics/frechet/whitening.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/linalg/eigsym.h"

enum { ROWS = GMET_FLOAT_ROWS };

static feat_status make_benches(gmet_whitening *h, feat_error *err)
{
    size_t threads = feat_pool_threads(h->work->pool), wide = h->d > h->stride ? h->d : h->stride;
    size_t forms = gmet_float_columns(GMET_PAIR_TERMS), each = 0, count, doubles;
    h->benches = feat_alloc_array(threads, sizeof *h->benches);
    if (feat_add_size(wide + forms, h->stride, &each) && feat_mul_size(each, ROWS * threads, &count))
        h->memory = feat_alloc_array(count, sizeof *h->memory);
    if (feat_mul_size(wide, 2 * threads, &doubles))
        h->wide = feat_alloc_array(doubles, sizeof *h->wide);
    if (h->benches == NULL || h->memory == NULL || h->wide == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to whiten rows of %zu columns", h->d);
    for (size_t i = 0; i < threads; i++) {
        float *at = h->memory + i * each * ROWS;
        h->benches[i] = (gmet_white_bench){
            .rows = at, .z = at + wide * ROWS, .forms = at + (wide + h->stride) * ROWS, .wide = h->wide + i * 2 * wide};
    }
    return FEAT_OK;
}

feat_status gmet_whitening_create(gmet_whitening *out, const double *s, size_t k, size_t d,
                                  const gmet_pair_kernel *pair, const gmet_work *work, feat_error *err)
{
    *out = (gmet_whitening){.work = work, .d = d, .k = k, .stride = gmet_float_columns(k), .s = s, .scale = 1.0};
    if (k > 0)
        out->scale = gmet_inverse_power(sqrt(s[k - 1]));
    feat_status status = make_benches(out, err);
    if (status == FEAT_OK)
        status = gmet_float_panels_make(&out->pair, pair->factor, GMET_PAIR_TERMS, k, out->scale, work, err);
    return status;
}

void gmet_whitening_release(gmet_whitening *h)
{
    gmet_float_panels_release(&h->w);
    gmet_float_panels_release(&h->pair);
    feat_free(h->memory);
    feat_free(h->wide);
    feat_free(h->benches);
    *h = (gmet_whitening){.k = 0};
}

feat_status gmet_whitening_by(gmet_whitening *h, const double *w, feat_error *err)
{
    gmet_float_panels_release(&h->w);
    return gmet_float_panels_make(&h->w, w, h->k, h->d, 1.0 / h->scale, h->work, err);
}

float *gmet_whiten(const gmet_whitening *h, const float *const *rows, size_t n, const double *mu, size_t worker)
{
    const gmet_white_bench *b = &h->benches[worker];
    gmet_float_pack(b->rows, rows, n, h->d, mu, h->scale, h->work->kernels);
    gmet_float_multiply(b->z, h->stride, b->rows, n, &h->w, h->work->kernels);
    return b->z;
}

double gmet_white_product(const gmet_whitening *h, const float *x, const float *y, size_t worker)
{
    double *xy = h->benches[worker].wide;
    for (size_t j = 0; j < h->k; j++)
        xy[j] = (double)x[j] * (double)y[j];
    return h->work->kernels->dot(xy, h->s, h->k);
}

void gmet_white_forms(double *out, const gmet_whitening *h, size_t n, size_t worker)
{
    enum { COLUMNS = (GMET_PAIR_TERMS + FEAT_DMAT_MAX_FNR - 1) / FEAT_DMAT_MAX_FNR * FEAT_DMAT_MAX_FNR };
    const gmet_white_bench *b = &h->benches[worker];
    const float *rows[ROWS] = {NULL};
    for (size_t r = 0; r < n; r++)
        rows[r] = b->z + r * h->stride;
    gmet_float_pack(b->rows, rows, n, h->k, NULL, 1.0, h->work->kernels);
    gmet_float_multiply(b->forms, COLUMNS, b->rows, n, &h->pair, h->work->kernels);
    for (size_t r = 0; r < n; r++) {
        double image[GMET_PAIR_TERMS];
        for (size_t q = 0; q < GMET_PAIR_TERMS; q++)
            image[q] = (double)b->forms[r * COLUMNS + q];
        out[r] = h->work->kernels->dot(image, image, GMET_PAIR_TERMS) / (h->scale * h->scale);
    }
}
