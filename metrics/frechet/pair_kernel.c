/* p_jk is 1 / (1/s_j + 1/s_k), and 1/x is the integral of exp(-t x) over t > 0. With t = e^y the trapezoid rule
 *
 *     1/x = sum over q of H e^(H q) exp(-x e^(H q))
 *
 * errs by 2 |Gamma(1 + 2 pi i / H)| of itself at any x (Beylkin and Monzon, "Approximation by exponential sums
 * revisited", 2010), which is 3e-9 at H = 7/16, and each exponential of a sum is a product of two. x is the sum of two
 * of largest / s, from 2 to 2^25, so that terms with e^y below 5e-17 or above 9 do not matter. */
#include "metrics/frechet/pair_kernel.h"

#include <math.h>

#include "engine/base/alloc.h"
#include "engine/base/fpmath.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"

static const double H = 0.4375;
enum { FIRST_TERM = -86 }; /* e^(H q) is 4.6e-17 there, and 8.9 at the last */

typedef struct making {
    gmet_pair_kernel *p;
    const double *s;
    double *sums; /* [k][2]: of p_jk and of p_jk^2, over k > j */
} making;

static void factor_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const making *m = ctx;
    size_t k = m->p->k;
    double t = feat_exp(H * ((double)tile + FIRST_TERM)), largest = m->s[k - 1], weight = sqrt(H * t * largest);
    for (size_t j = 0; j < k; j++)
        m->p->factor[tile * k + j] = weight * feat_exp(-t * (largest / m->s[j]));
}

static void sum_task(void *ctx, size_t j, size_t worker)
{
    (void)worker;
    const making *m = ctx;
    const double *s = m->s;
    double sum = 0.0, square = 0.0;
    for (size_t i = j + 1; i < m->p->k; i++) {
        double x = s[i] * s[j] / (s[i] + s[j]);
        sum += x;
        square = fma(x, x, square);
    }
    m->sums[2 * j] = sum;
    m->sums[2 * j + 1] = square;
}

feat_status gmet_pair_kernel_make(gmet_pair_kernel *out, const double *s, size_t k, const gmet_work *work,
                                  feat_error *err)
{
    *out = (gmet_pair_kernel){.k = k};
    making m = {.p = out, .s = s};
    out->factor = feat_alloc_array(k > 0 ? k : 1, GMET_PAIR_TERMS * sizeof *out->factor);
    m.sums = feat_alloc_array(k > 0 ? k : 1, 2 * sizeof *m.sums);
    if (out->factor == NULL || m.sums == NULL) {
        feat_free(m.sums);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for pairs of %zu singular values", k);
    }
    if (k > 0)
        gmet_parallel_for(work->context, GMET_PAIR_TERMS, factor_task, &m);
    gmet_parallel_for(work->context, k, sum_task, &m);
    for (size_t j = 0; j < k; j++) {
        double p = 0.5 * s[j];
        out->trace += p;
        out->diagonal_square = fma(p, p, out->diagonal_square);
        out->total += 2.0 * m.sums[2 * j];
        out->square += 2.0 * m.sums[2 * j + 1];
    }
    out->total += out->trace;
    out->square += out->diagonal_square;
    feat_free(m.sums);
    return gmet_go_on(work->context, err);
}

void gmet_pair_kernel_release(gmet_pair_kernel *p)
{
    feat_free(p->factor);
    *p = (gmet_pair_kernel){.k = 0};
}
