/* Standard error, leading bias and per-image contributions of FID by the delta method. With d = mu - mu_other
 * and c = x - mu the influence of a row x of one set on the distance is
 *
 *     IF(x) = 2 d.c + |c|^2 - c^T G c - Tr ((I - G) S)
 *
 * (Hampel, "The influence curve and its role in robust estimation", 1974; G as in influence.c). Rows of a set
 * are independent, so its part of the variance is sum IF^2 / (n (n - 1)), and the sets' parts add.
 *
 * The value also varies by its second-order terms, which are all there is where the distributions are equal
 * and the influence vanishes. The influence computed at the samples does not vanish there: a degenerate term
 * sum_ij h(x_i, x_j) / 2 n^2 of variance V2 = E h^2 / 2 n^2 adds E h^2 / n^2, twice its own variance, to sum
 * IF^2 / n^2 (Efron and Stein, "The jackknife estimate of variance", 1981, find the same of the jackknife).
 * So V2 is taken off once. The second-order terms are |e|^2 and 1/2 sum_jk (K1 - K2)_jk^2 s_j s_k / (s_j +
 * s_k), with e the error of mu - mu_other and K as below; for normal rows, with r the sum of 1/n over the
 * sampled sets,
 *
 *     V2 = 2 sum_jk (sum over sets of S / n)_jk^2  +  r^2 (sum_jk p_jk^2 + sum_j p_jj^2),
 *     p_jk = s_j s_k / (s_j + s_k).
 *
 * Rows with heavier tails have a larger V2, so what remains errs on the safe side; half of the plain sum,
 * which the true variance cannot be below, is the least that is left.
 *
 * Bias: |mu1 - mu2|^2 is too large by Tr S / n of each set. The trace of the root is concave in S; to second
 * order in the deviation K of the whitened sample covariance it changes by -1/4 sum_jk K_jk^2 s_j s_k / (s_j
 * + s_k), and the mean of K_jk^2 is (mean of z_j^2 z_k^2 - delta_jk) / n: for normal rows (1 + delta_jk) / n.
 */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/influence.h"

enum { CHUNK = 512 };

typedef struct pass {
    const gmet_influence *f;
    const gmet_work *work;
    const float *rows;
    const double *mu;
    double *shift;     /* [d]: 2 (mu - mu_other) */
    const double *w;   /* [k][d] */
    double *pair;      /* [k][k]: s_j s_k / (s_j + s_k) */
    double *c;         /* [CHUNK][d]: centred rows */
    double *z, *image; /* [CHUNK][k] each: z, and z^2 pair */
    double *influence; /* [n], not yet centred */
    double *second;    /* [n]: sum of z_j^2 z_k^2 pair_jk */
    size_t i0;
} pass;

static void centre_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const pass *p = ctx;
    size_t d = p->f->d;
    const float *row = p->rows + (p->i0 + tile) * d;
    double *c = p->c + tile * d;
    for (size_t j = 0; j < d; j++)
        c[j] = (double)row[j] - p->mu[j];
    p->influence[p->i0 + tile] = p->work->kernels->dot(c, p->shift, d) + p->work->kernels->dot(c, c, d);
    memset(p->z + tile * p->f->k, 0, p->f->k * sizeof *p->z);
    memset(p->image + tile * p->f->k, 0, p->f->k * sizeof *p->image);
}

static void square_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const pass *p = ctx;
    double *z = p->z + tile * p->f->k;
    for (size_t j = 0; j < p->f->k; j++)
        z[j] *= z[j];
    p->influence[p->i0 + tile] -= p->work->kernels->dot(z, p->f->s, p->f->k);
}

static void second_task(void *ctx, size_t tile, size_t worker)
{
    (void)worker;
    const pass *p = ctx;
    size_t k = p->f->k;
    p->second[p->i0 + tile] = p->work->kernels->dot(p->z + tile * k, p->image + tile * k, k);
}

static void run_chunk(pass *p, size_t n)
{
    size_t d = p->f->d, k = p->f->k;
    iv3_pool *pool = p->work->pool;
    iv3_parallel_for(pool, n, centre_task, p);
    gmet_product to_z = {.c = p->z, .c_stride = k, .m = n, .n = k, .k = d};
    to_z.a = (gmet_operand){.data = p->c, .stride = d};
    to_z.b = (gmet_operand){.data = p->w, .stride = d};
    gmet_multiply(p->work, &to_z);
    iv3_parallel_for(pool, n, square_task, p);
    gmet_product to_image = {.c = p->image, .c_stride = k, .m = n, .n = k, .k = k};
    to_image.a = (gmet_operand){.data = p->z, .stride = k};
    to_image.b = (gmet_operand){.data = p->pair, .stride = k};
    gmet_multiply(p->work, &to_image);
    iv3_parallel_for(pool, n, second_task, p);
    iv3_mapped_done(p->rows + p->i0 * d, n * d * sizeof *p->rows);
}

static double sum_of(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static double trace_of(const double *sigma, size_t d)
{
    double trace = 0.0;
    for (size_t i = 0; i < d; i++)
        trace += sigma[i * d + i];
    return trace;
}

/* The bias's share of the root for rows about which nothing is known but n: those of a normal distribution.
 */
static double normal_second(const gmet_influence *f)
{
    double sum = 0.0;
    for (size_t j = 0; j < f->k; j++)
        for (size_t i = 0; i < f->k; i++)
            sum += f->s[i] * f->s[j] / (f->s[i] + f->s[j]) * (i == j ? 2.0 : 1.0);
    return sum;
}

/* 1/n of a side whose rows are a sample, as far as V2 is concerned. */
static double per_row(const gmet_fid_side *side)
{
    return side->rows != NULL ? 1.0 / (double)side->n : 0.0;
}

typedef struct half {
    const gmet_fid_side *side;
    double *mu;            /* [d] */
    gmet_covariance sigma; /* the caller's, or of the rows */
    double trace;          /* of sigma */
    const double *w;       /* of the influence */
    double *contributions; /* [n], the caller's, or NULL */
    double error, bias;
} half;

static iv3_status measure(half *h, const double *mu_other, const gmet_influence *f, const gmet_work *work,
                          iv3_error *err)
{
    size_t n = h->side->n, d = f->d, k = f->k, count;
    pass p = {.f = f, .work = work, .rows = h->side->rows, .mu = h->mu, .w = h->w};
    iv3_status status = IV3_OK;
    if (!iv3_mul_size(n, 2, &count) || !iv3_add_size(count, d, &count))
        goto no_memory;
    p.influence = iv3_alloc_array(count, sizeof *p.influence);
    p.c = iv3_alloc_array(CHUNK * (d + 2 * k), sizeof *p.c);
    p.pair = iv3_alloc_array(k * k, sizeof *p.pair);
    if (p.influence == NULL || p.c == NULL || p.pair == NULL)
        goto no_memory;
    p.second = p.influence + n;
    p.shift = p.second + n;
    p.z = p.c + CHUNK * d;
    p.image = p.z + CHUNK * k;
    for (size_t i = 0; i < d; i++)
        p.shift[i] = 2.0 * (h->mu[i] - mu_other[i]);
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < k; i++)
            p.pair[j * k + i] = f->s[i] * f->s[j] / (f->s[i] + f->s[j]);
    for (p.i0 = 0; p.i0 < n; p.i0 += CHUNK)
        run_chunk(&p, n - p.i0 < CHUNK ? n - p.i0 : CHUNK);
    double mean = sum_of(p.influence, n) / (double)n, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = p.influence[i] - mean;
        squares = fma(x, x, squares);
        if (h->contributions != NULL)
            h->contributions[i] = x / (double)n;
    }
    h->error = sqrt(squares / ((double)n * (double)(n - 1)));
    double second = sum_of(p.second, n) / (double)n - 0.5 * sum_of(f->s, k);
    h->bias = (h->trace + 0.5 * second) / (double)n;
    goto done;
no_memory:
    status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for the contributions of %zu rows to FID", n);
done:
    iv3_free(p.influence);
    iv3_free(p.c);
    iv3_free(p.pair);
    return status;
}

static iv3_status moments_of_rows(half *h, const gmet_work *work, iv3_error *err)
{
    size_t d = h->sigma.d;
    gmet_moments *m = NULL;
    iv3_status status = gmet_moments_create_with(&m, d, work->kernels, work->pool, err);
    if (status == IV3_OK)
        status = gmet_moments_add(m, h->side->rows, h->side->n, d, err);
    if (status == IV3_OK) {
        h->sigma.full = h->sigma.own = iv3_alloc_array(d, d * sizeof *h->sigma.own);
        if (h->sigma.own == NULL)
            status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for a covariance of order %zu", d);
    }
    if (status == IV3_OK)
        status = gmet_moments_get(m, h->mu, h->sigma.own, 1, err);
    gmet_moments_close(&m);
    return status;
}

/* Moments of a side: those given, or those of its rows. */
static iv3_status take_side(half *h, const char *name, size_t d, const gmet_work *work, iv3_error *err)
{
    const gmet_fid_side *side = h->side;
    iv3_status status = IV3_OK;
    bool given = side->mu != NULL && side->sigma != NULL;
    h->sigma = (gmet_covariance){.d = d, .again = true, .done = side->sigma_done, .ctx = side->ctx};
    if (side->rows == NULL && !given)
        return iv3_fail(err, IV3_ERR_ARG, "uncertainty of FID: the %s side has neither rows nor moments",
                        name);
    if (side->rows != NULL && side->n < 2)
        return iv3_fail(err, IV3_ERR_NUMERIC, "uncertainty of FID needs at least 2 %s rows, %zu found", name,
                        side->n);
    if (given) {
        memcpy(h->mu, side->mu, d * sizeof *h->mu);
        h->sigma.full = side->sigma;
    } else {
        status = moments_of_rows(h, work, err);
    }
    if (status == IV3_OK)
        h->trace = trace_of(h->sigma.full, d);
    return status;
}

/* The two terms of V2 of the head of this file. */
static double variance_of_means(const half *real, const half *gen)
{
    double sum = 0.0, per_real = per_row(real->side), per_gen = per_row(gen->side);
    for (size_t i = 0; i < real->sigma.d * real->sigma.d; i++) {
        double x = fma(real->sigma.full[i], per_real, gen->sigma.full[i] * per_gen);
        sum = fma(x, x, sum);
    }
    return 2.0 * sum;
}

static double variance_of_roots(const gmet_influence *f, double r)
{
    double sum = 0.0;
    for (size_t j = 0; j < f->k; j++)
        for (size_t i = 0; i < f->k; i++) {
            double p = f->s[i] * f->s[j] / (f->s[i] + f->s[j]);
            sum = fma(i == j ? 2.0 * p : p, p, sum);
        }
    return r * r * sum;
}

static iv3_status both_halves(gmet_fid_uncertainty_result *out, half *real, half *gen, size_t d,
                              const gmet_work *work, iv3_error *err)
{
    gmet_influence f = {0};
    gmet_factors pair;
    double second_order = variance_of_means(real, gen); /* while both covariances are there */
    iv3_status status =
        gmet_fid_resting(&out->raw, &pair, real->mu, &real->sigma, gen->mu, &gen->sigma, work, err);
    if (status == IV3_OK)
        status = gmet_influence_create(&f, &pair, &real->sigma, &gen->sigma, work, err);
    gmet_factors_release(&pair);
    if (status != IV3_OK)
        return status;
    real->w = f.real;
    gen->w = f.gen;
    half *halves[2] = {real, gen};
    for (size_t i = 0; i < 2 && status == IV3_OK; i++) {
        half *h = halves[i];
        if (h->side->rows != NULL)
            status = measure(h, halves[1 - i]->mu, &f, work, err);
        else if (h->side->n > 1)
            h->bias = (h->trace + 0.5 * normal_second(&f)) / (double)h->side->n;
    }
    if (status == IV3_OK) {
        out->error_real = real->error;
        out->error_gen = gen->error;
        double variance = fma(real->error, real->error, gen->error * gen->error);
        second_order += variance_of_roots(&f, per_row(real->side) + per_row(gen->side));
        double less = variance - second_order;
        out->standard_error = sqrt(less > 0.5 * variance ? less : 0.5 * variance);
        out->bias_real = real->bias;
        out->bias_gen = gen->bias;
        out->corrected = out->raw.value - (real->bias + gen->bias);
        out->rank_real = f.rank_real;
        out->rank_gen = f.rank_gen;
        size_t n1 = real->side->n, n2 = gen->side->n;
        out->reliable = (real->side->rows == NULL || n1 > d) && (gen->side->rows == NULL || n2 > d);
    }
    gmet_influence_release(&f);
    return status;
}

iv3_status gmet_fid_uncertainty_with(gmet_fid_uncertainty_result *out, double *real_contribution,
                                     double *gen_contribution, const gmet_fid_side *real,
                                     const gmet_fid_side *gen, size_t d, const iv3_dmat_kernels *kernels,
                                     iv3_pool *pool, iv3_error *err)
{
    half r = {.side = real, .contributions = real_contribution};
    half g = {.side = gen, .contributions = gen_contribution};
    gmet_work work = {0};
    gmet_fid_uncertainty_result result = {0};
    double *mu = NULL;
    if (d == 0)
        return iv3_fail(err, IV3_ERR_ARG, "uncertainty of FID: at least 1 column expected, 0 found");
    if (real->rows == NULL && gen->rows == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "uncertainty of FID: the rows of at least one side are needed");
    iv3_status status = gmet_work_create(&work, kernels, pool, d > CHUNK ? d : CHUNK, d, d, err);
    if (status != IV3_OK)
        return status;
    mu = iv3_alloc_array(d, 2 * sizeof *mu);
    if (mu == NULL) {
        status = iv3_fail(err, IV3_ERR_NOMEM, "no memory for the means of %zu columns", d);
        goto done;
    }
    r.mu = mu;
    g.mu = mu + d;
    status = take_side(&r, "real", d, &work, err);
    if (status == IV3_OK)
        status = take_side(&g, "generated", d, &work, err);
    if (status == IV3_OK)
        status = both_halves(&result, &r, &g, d, &work, err);
    if (status == IV3_OK)
        *out = result;
done:
    gmet_covariance_release(&r.sigma);
    gmet_covariance_release(&g.sigma);
    iv3_free(mu);
    gmet_work_release(&work);
    return status;
}

iv3_status gmet_fid_uncertainty(gmet_fid_uncertainty_result *out, double *real_contribution,
                                double *gen_contribution, const gmet_fid_side *real, const gmet_fid_side *gen,
                                size_t d, iv3_pool *pool, iv3_error *err)
{
    return gmet_fid_uncertainty_with(out, real_contribution, gen_contribution, real, gen, d, NULL, pool, err);
}
