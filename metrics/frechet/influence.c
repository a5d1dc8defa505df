/* The derivative of Tr (S1 S2)^(1/2), in a form that is cheap per image. With F1^T F1 = S1, F2^T F2 = S2 and
 * M = F1 F2^T = U diag(s) V^T the trace is sum s, and
 *
 *     d Tr = 1/2 Tr (G1 dS1),   G1 = S1^(-1/2) (S1^(1/2) S2 S1^(1/2))^(1/2) S1^(-1/2) = F1^+ U diag(s) U^T
 * F1^(+T)
 *
 * (G1 is the optimal transport map from N(0, S1) to N(0, S2); Olkin and Pukelsheim, "The distance between two
 * random vectors with given dispersion matrices", 1982). So with z = U^T F1^(+T) c for a centred row c of set
 * 1, which is white over the set, c^T G1 c = sum s z^2; for a row of set 2 the same with z = V^T F2^(+T) c.
 * Neither inverse is formed: with E = U^T F1 these are diag(s)^-2 E S2 c and diag(s)^-1 E c. */
#include "metrics/frechet/influence.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/base/stopping.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/linalg/eigsym.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* Singular values below this share of the largest are left out: rounding of M M^T has spoiled their vectors,
 * and together they are less than d * 2^-24 of the largest. */
#define CUT 0x1p-24

/* Columns of a triangular factor that are multiplied at a time. */
enum { STRIP = 512 };

typedef struct columns {
    double *to;         /* [k][d] */
    const double *from; /* [k][d] in the order of pivots */
    const double *s;
    size_t d;
    const size_t *order;
    int power; /* 0, 1, 2: rows are divided by s to this power */
} columns;

static void columns_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const columns *c = ctx;
    const double *from = c->from + tile * c->d;
    double *to = c->to + tile * c->d;
    for (size_t i = 0; i < c->d; i++) {
        double x = from[i];
        for (int p = 0; p < c->power; p++)
            x /= c->s[tile];
        to[c->order != NULL ? c->order[i] : i] = x;
    }
}

/* Eigenvectors of M M^T into u [r][r], s [r] ascending; M is freed. */
static feat_status singular(double *s, double *u, gmet_factors *f, const gmet_work *work, feat_error *err)
{
    size_t r = f->r1;
    feat_status status = gmet_factors_square(f, work, err);
    if (status != FEAT_OK)
        return status;
    double *gram = feat_calloc(gmet_eigsym_scratch(r), sizeof *gram);
    if (gram == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the singular values of %zu rows", r);
    for (size_t i = 0; i < r; i++)
        memcpy(gram + i * r, f->square + i * f->stride, r * sizeof *gram);
    gmet_factors_drop_product(f);
    status = gmet_eigsym_destroying(s, u, gram, r, work, err);
    for (size_t i = 0; status == FEAT_OK && i < r; i++)
        s[i] = s[i] > 0.0 ? sqrt(s[i]) : 0.0;
    feat_free(gram);
    return status;
}

/* E = the last k rows of u times the first factor takes that factor's place, columns in the order of the
 * covariances. t [k][d], zero: scratch. */
static void rotate_factor(const gmet_influence *f, gmet_factors *pair, const double *u, double *t,
                          const gmet_work *work)
{
    size_t d = f->d, k = f->k, r = pair->r1;
    for (size_t j = 0; j < d; j += STRIP) { /* the factor is upper triangular: what lies below these columns is 0 */
        size_t n = feat_min_size(d - j, STRIP);
        gmet_product p = {.c = t + j, .c_stride = d, .m = k, .n = n, .k = feat_min_size(r, j + n)};
        p.a = (gmet_operand){.data = u + (r - k) * r, .stride = r};
        p.b = (gmet_operand){.data = pair->first + j, .stride = pair->stride, .k_major = true};
        gmet_multiply(work, &p);
    }
    columns c = {.to = pair->first, .from = t, .s = f->s, .d = d, .order = pair->order, .power = 0};
    gmet_parallel_for(work->context, k, columns_task, &c);
}

/* The two matrices from E, which is pair->first. */
static feat_status whiteners(gmet_influence *f, gmet_factors *pair, double *t, gmet_covariance *sigma_second,
                             const gmet_work *work, feat_error *err)
{
    size_t d = f->d, k = f->k;
    double **first = pair->swapped ? &f->gen : &f->real, **second = pair->swapped ? &f->real : &f->gen;
    feat_status status = gmet_covariance_wake(sigma_second, work->context, err);
    if (status != FEAT_OK) {
        feat_free(t);
        return status;
    }
    memset(t, 0, k * d * sizeof *t);
    gmet_product q = {.c = t, .c_stride = d, .m = k, .n = d, .k = d};
    q.a = (gmet_operand){.data = pair->first, .stride = d};
    q.b = (gmet_operand){.data = sigma_second->full, .stride = d, .k_major = true};
    gmet_multiply(work, &q);
    sigma_second->again = false;
    gmet_covariance_rest(sigma_second);
    columns to_first = {.to = t, .from = t, .s = f->s, .d = d, .power = 2};
    gmet_parallel_for(work->context, k, columns_task, &to_first);
    *first = t;
    columns to_second = {.to = pair->first, .from = pair->first, .s = f->s, .d = d, .power = 1};
    gmet_parallel_for(work->context, k, columns_task, &to_second);
    *second = pair->first;
    pair->first = NULL;
    return FEAT_OK;
}

feat_status gmet_influence_create(gmet_influence *out, gmet_factors *pair, gmet_covariance *real,
                                  gmet_covariance *gen, const gmet_work *work, feat_error *err)
{
    gmet_influence f = {.d = pair->d};
    size_t d = pair->d, r = pair->r1;
    feat_status status = FEAT_OK;
    double *u = NULL, *t = NULL;
    f.rank_real = pair->swapped ? pair->r2 : pair->r1;
    f.rank_gen = pair->swapped ? pair->r1 : pair->r2;
    gmet_covariance *other = pair->swapped ? gen : real;
    other->again = false; /* only the one with the larger rank is read once more */
    gmet_covariance_rest(other);
    gmet_factors_drop_second(pair);
    f.s = feat_alloc_array(d, sizeof *f.s);
    u = feat_alloc_array(r > 0 ? r : 1, (r > 0 ? r : 1) * sizeof *u);
    if (f.s == NULL || u == NULL)
        goto no_memory;
    if (r != 0)
        status = singular(f.s, u, pair, work, err);
    if (status != FEAT_OK)
        goto done;
    for (size_t i = 0; i < r; i++)
        f.total += f.s[i];
    while (f.k < r && f.s[r - 1 - f.k] > CUT * f.s[r - 1])
        f.k++;
    t = feat_calloc(f.k > 0 ? f.k * d : 1, sizeof *t);
    if (t == NULL)
        goto no_memory;
    memmove(f.s, f.s + (r - f.k), f.k * sizeof *f.s);
    rotate_factor(&f, pair, u, t, work);
    feat_free(u);
    u = NULL;
    status = whiteners(&f, pair, t, pair->swapped ? real : gen, work, err);
    if (status == FEAT_OK)
        status = gmet_go_on(work->context, err);
    goto done;
no_memory:
    status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the influence function of %zu columns", d);
done:
    feat_free(u);
    if (status != FEAT_OK)
        gmet_influence_release(&f);
    *out = f;
    return status;
}

void gmet_influence_release(gmet_influence *f)
{
    feat_free(f->s);
    feat_free(f->real);
    feat_free(f->gen);
    memset(f, 0, sizeof *f);
}
