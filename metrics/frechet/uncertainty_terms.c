/* One evaluation of FID with the terms of its expansion in the rows. With d = mu - mu_other, c = x - mu and z
 * the row whitened in the common singular basis (influence.c), p_jk = s_j s_k / (s_j + s_k):
 *
 *     FID of the samples = FID + sum over sets of ( sum_i IF(x_i) / n  +  sum_ij h(x_i, x_j) / n^2 )
 *                              + sum_ij g(x_i, y_j) / n m  +  terms of third order,
 *     IF(x) = 2 d.c + |c|^2 - c^T G c - Tr ((I - G) S),
 *     h(x, x') = sum_j s_j z_j z'_j + 1/2 k(z, z'),      g(x, y) = -2 c_x.c_y - k(z_x, z_y),
 *     k(z, z') = sum_jk p_jk (z_j z_k - delta_jk) (z'_j z'_k - delta_jk).
 *
 * IF is the influence function (Hampel, "The influence curve and its role in robust estimation", 1974). The
 * second order: means give |e1 - e2|^2 and, since S loses e e^T, - e^T (I - G) e of each set. With A = D^1/2
 * (I + K1) D^1/2 and B likewise, D = diag(s) and K the deviation of a set's whitened covariance, the trace of
 * the root is that of (A B)^1/2, and Tr A + Tr B - 2 Tr (A B)^1/2, the distance of two covariances near D, is
 * 1/2 sum_jk (A - B)_jk^2 / (s_j + s_k) = 1/2 sum_jk p_jk (K1 - K2)_jk^2. No distribution is assumed.
 *
 * Bias, first order: the terms i = j, (Tr S + 1/2 (mean of sum_jk p_jk z_j^2 z_k^2 - sum_j p_jj)) / n of each
 * set.
 *
 * Variance: rows are independent, so sum_i IF^2 / n^2 and, of pairs,
 *
 *     V2 = 2 E h^2 / n^2 + 2 E h^2 / m^2 + E g^2 / n m.
 *
 * IF can only be computed at the samples, where it holds 2/n sum_j h(x, x_j) + 1/m sum_j g(x, y_j) as well.
 * The pairs in it raise the mean of sum IF^2 / n^2 by exactly 2 V2 (Efron and Stein, "The jackknife estimate
 * of variance", 1981, find the same of the jackknife), which is known and is taken off later; its 2/n h(x, x)
 * is replaced by what the value has, 1/n h(x, x), or for the value less its bias by 1/n h(x, x) less the
 * row's own share of that bias. E h^2 and E g^2 are means over pairs of rows (uncertainty_pairs.c).
 *
 * A set of which only the moments are known counts as normal rows with these moments: E z^4 = 3, and in
 * closed form
 *
 *     E IF^2 = 4 d^T S d + 2 Tr ((I - G) S)^2,   Tr G S G S = sum_j s_j^2,   Tr G S S = sum_j s_j^3 |w_j|^2,
 *
 * w the whitening rows of the other set (G S G is the other covariance, and S w^T of one set is s w of the
 * other). */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/row_order.h"
#include "metrics/base/stopping.h"
#include "metrics/frechet/fid.h"
#include "metrics/frechet/influence.h"
#include "metrics/frechet/pair_kernel.h"
#include "metrics/frechet/trace_sqrt.h"
#include "metrics/frechet/uncertainty.h"
#include "metrics/frechet/uncertainty_pairs.h"
#include "metrics/frechet/whitening.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"

/* PASS: rows that are passed over at a time. */
enum { CHUNK = GMET_FID_CHUNK, ROWS = GMET_FLOAT_ROWS, PASS = 16 * ROWS };

/* What an evaluation keeps of each row. */
typedef struct row_terms {
    double influence; /* not yet centred */
    double square;    /* |c|^2 */
    double white;     /* sum of s_j z_j^2 */
    double fourth;    /* sum of p_jk z_j^2 z_k^2 */
} row_terms;

typedef struct pass {
    const gmet_influence *f;
    const gmet_work *work;
    gmet_pair_kernel pair;
    gmet_whitening white;
    gmet_fid_pairs *pairs; /* NULL: not wanted */
    double normal_fourth;  /* mean of sum_jk p_jk z_j^2 z_k^2 over normal rows: sum of p_jk (1 + 2 delta_jk) */
    /* of the set that is being passed over */
    const gmet_fid_set *set;
    size_t side;
    double *shift;    /* [d]: 2 (mu - mu_other) */
    row_terms *terms; /* [n] */
    gmet_row_order order;
    size_t i0, n; /* rows of this go */
} pass;

const float *gmet_fid_row(const gmet_fid_set *set, size_t i)
{
    return set->rows + (set->index != NULL ? set->index[i] : i) * set->sigma.d;
}

/* --- single rows -------------------------------------------------------------------------------------- */

/* What a row's terms have of the row itself. */
static void look_at_row(const pass *p, row_terms *t, const float *row, size_t worker)
{
    size_t d = p->f->d;
    double *c = p->white.benches[worker].wide;
    for (size_t j = 0; j < d; j++)
        c[j] = (double)row[j] - p->set->mu[j];
    t->square = p->work->kernels->dot(c, c, d);
    t->influence = p->work->kernels->dot(c, p->shift, d) + t->square;
}

static void rows_task(void *ctx, size_t tile, size_t worker)
{
    const pass *p = ctx;
    size_t first = p->i0 + tile * ROWS, n = feat_min_size(p->i0 + p->n - first, ROWS), k = p->f->k;
    const float *rows[ROWS] = {NULL};
    double fourth[ROWS];
    for (size_t i = 0; i < n; i++) {
        rows[i] = gmet_fid_row(p->set, first + i);
        look_at_row(p, &p->terms[first + i], rows[i], worker);
    }
    float *z = gmet_whiten(&p->white, rows, n, p->set->mu, worker);
    if (p->pairs != NULL)
        gmet_fid_pairs_keep(p->pairs, p->side, first, n, z);
    for (size_t i = 0; i < n; i++, z += p->white.stride) {
        row_terms *t = p->terms + first + i;
        t->white = gmet_white_product(&p->white, z, z, worker);
        t->influence -= t->white;
        for (size_t j = 0; j < k; j++)
            z[j] *= z[j];
    }
    gmet_white_forms(fourth, &p->white, n, worker);
    for (size_t i = 0; i < n; i++)
        p->terms[first + i].fourth = fourth[i];
}

static void run_rows(pass *p)
{
    size_t d = p->f->d;
    gmet_parallel_for(p->work->context, (p->n + ROWS - 1) / ROWS, rows_task, p);
    if (p->set->index == NULL)
        gmet_row_order_add(&p->order, gmet_fid_row(p->set, p->i0), p->n, d);
    const float *from = gmet_fid_row(p->set, p->i0), *to = gmet_fid_row(p->set, p->i0 + p->n - 1) + d;
    feat_mapped_done(from, (size_t)(to - from) * sizeof *from);
}

/* Sums over the rows of a set, in their order. half may be NULL. */
static void sum_rows(gmet_fid_terms *out, size_t side, const pass *p, const gmet_fid_set *half, double trace)
{
    size_t n = p->set->n;
    double mean = 0.0, mean_raw = 0.0, mean_corrected = 0.0, mean_fourth = 0.0, count = (double)n;
    double first = 0.0, corrected = 0.0, fourth = 0.0;
    for (size_t i = 0; i < n; i++) {
        row_terms *t = p->terms + i;
        double twice = t->white + t->fourth; /* h(x, x) but for a constant */
        mean += t->influence;
        mean_fourth += t->fourth;
        t->square = t->influence - (0.5 * twice + t->square + 0.5 * t->fourth) / count;
        t->white = t->influence - 0.5 * twice / count;
        mean_raw += t->white;
        mean_corrected += t->square;
    }
    mean /= count;
    mean_raw /= count;
    mean_corrected /= count;
    for (size_t i = 0; i < n; i++) {
        const row_terms *t = p->terms + i;
        double x = t->white - mean_raw, y = t->square - mean_corrected, share = x / count;
        first = fma(x, x, first);
        corrected = fma(y, y, corrected);
        fourth = fma(share * share, share * share, fourth);
        if (p->set->contributions != NULL)
            p->set->contributions[i] = (t->influence - mean) / count;
    }
    out->first[side] = first / (count * (count - 1.0));
    out->corrected[side] = corrected / (count * (count - 1.0));
    out->fourth += fourth;
    out->bias[side] = (trace + 0.5 * (mean_fourth / count - p->pair.trace)) / count;
    for (size_t i = 0; half != NULL && i < half->n; i++)
        out->linear += (p->terms[half->index[i]].square - mean_corrected) / (double)half->n;
    out->excess[side] = 0.5 * (mean_fourth / count - p->normal_fourth);
}

/* w: what makes z of the set's rows. */
static feat_status pass_over(gmet_fid_terms *out, pass *p, const double *w, const gmet_fid_set *half,
                             const double *mu_other, double trace, feat_error *err)
{
    size_t n = p->set->n, d = p->f->d;
    p->terms = feat_alloc_array(n, sizeof *p->terms);
    p->shift = feat_alloc_array(d, sizeof *p->shift);
    p->order = (gmet_row_order){.n = 0};
    feat_status status = gmet_whitening_by(&p->white, w, err);
    if (status == FEAT_OK && (p->terms == NULL || p->shift == NULL))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for the contributions of %zu rows to FID", n);
    for (size_t i = 0; status == FEAT_OK && i < d; i++)
        p->shift[i] = 2.0 * (p->set->mu[i] - mu_other[i]);
    for (p->i0 = 0; status == FEAT_OK && p->i0 < n; p->i0 += PASS) {
        p->n = feat_min_size(n - p->i0, PASS);
        run_rows(p);
        status = gmet_go_on(p->work->context, err);
    }
    if (status == FEAT_OK)
        sum_rows(out, p->side, p, half, trace);
    out->alike[p->side] = gmet_row_order_shows(&p->order);
    feat_free(p->terms);
    feat_free(p->shift);
    return status;
}

/* --- sets of which the moments are known --------------------------------------------------------------- */

/* What is needed of a covariance before it rests. */
typedef struct of_sigma {
    double trace, square; /* of S and S^2 */
    double along;         /* d^T S d */
} of_sigma;

static of_sigma look_at(const gmet_fid_set *set, const double *mu_other, const gmet_work *work)
{
    size_t d = set->sigma.d;
    of_sigma r = {0};
    for (size_t i = 0; i < d; i++) {
        const double *row = set->sigma.full + i * d;
        double sum = 0.0;
        r.trace += row[i];
        if (set->rows != NULL)
            continue;
        r.square += work->kernels->dot(row, row, d);
        for (size_t j = 0; j < d; j++)
            sum = fma(row[j], set->mu[j] - mu_other[j], sum);
        r.along = fma(set->mu[i] - mu_other[i], sum, r.along);
    }
    return r;
}

static void of_normal_rows(gmet_fid_terms *out, size_t side, const pass *p, const of_sigma *sigma, size_t n,
                           const double *w_other)
{
    const gmet_influence *f = p->f;
    double cross = 0.0, both = 0.0, count = (double)n;
    if (n < 2)
        return;
    for (size_t j = 0; j < f->k; j++) {
        double s = f->s[j], norm = p->work->kernels->dot(w_other + j * f->d, w_other + j * f->d, f->d);
        both = fma(s, s, both);
        cross = fma(s * s * s, norm, cross);
    }
    double variance = fma(4.0, sigma->along, 2.0 * (sigma->square - 2.0 * cross + both)) / count;
    out->first[side] = out->corrected[side] = variance > 0.0 ? variance : 0.0;
    out->fourth += 3.0 * out->first[side] * out->first[side] / count;
    out->bias[side] = (sigma->trace + 0.5 * (p->normal_fourth - p->pair.trace)) / count;
}

/* Mean influence of the rows behind the moments of a half on the value of the whole. */
static feat_status influence_of_moments(gmet_fid_terms *out, const pass *p, const gmet_fid_set *set,
                                        const double *mu_other, double trace, const double *w,
                                        gmet_fid_set *half, feat_error *err)
{
    const gmet_influence *f = p->f;
    size_t d = f->d;
    double n = (double)set->n, m = (double)half->n, sum = 0.0, less = 0.0, shift = 0.0, norm = 0.0;
    double *product = feat_alloc_array(d, CHUNK * sizeof *product);
    if (product == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the influence of a covariance of order %zu", d);
    feat_status status = gmet_covariance_wake(&half->sigma, p->work->context, err);
    if (status != FEAT_OK) {
        feat_free(product);
        return status;
    }
    for (size_t i = 0; i < d; i++) {
        double by = half->mu[i] - set->mu[i];
        shift = fma(2.0 * (set->mu[i] - mu_other[i]), by, shift);
        norm = fma(by, by, norm);
        sum += half->sigma.full[i * d + i];
    }
    for (size_t j = 0; j < f->k; j += CHUNK) {
        size_t rows = f->k - j < CHUNK ? f->k - j : CHUNK;
        memset(product, 0, rows * d * sizeof *product);
        gmet_product q = {.c = product, .c_stride = d, .m = rows, .n = d, .k = d};
        q.a = (gmet_operand){.data = w + j * d, .stride = d};
        q.b = (gmet_operand){.data = half->sigma.full, .stride = d};
        gmet_multiply(p->work, &q);
        for (size_t r = 0; r < rows; r++) {
            const double *row = w + (j + r) * d;
            double along = 0.0;
            for (size_t i = 0; i < d; i++)
                along = fma(row[i], half->mu[i] - set->mu[i], along);
            double square = fma((m - 1.0) / m, p->work->kernels->dot(product + r * d, row, d), along * along);
            less = fma(f->s[j + r], square, less);
        }
    }
    feat_free(product);
    half->sigma.again = true;
    gmet_covariance_rest(&half->sigma);
    out->linear += shift + fma((m - 1.0) / m, sum, norm) - less - (n - 1.0) / n * (trace - 2.0 * p->pair.trace);
    return FEAT_OK;
}

/* --- all of it ----------------------------------------------------------------------------------------- */

/* pairs: wanted, of these sets; or NULL. */
static feat_status make_pass(pass *p, const gmet_influence *f, const gmet_fid_set *const *pairs, const gmet_work *work,
                             feat_error *err)
{
    p->f = f;
    p->work = work;
    feat_status status = gmet_pair_kernel_make(&p->pair, f->s, f->k, work, err);
    if (status == FEAT_OK)
        status = gmet_whitening_create(&p->white, f->s, f->k, f->d, &p->pair, work, err);
    if (status == FEAT_OK && pairs != NULL)
        status = gmet_fid_pairs_draw(&p->pairs, &p->white, &p->pair, pairs, err);
    p->normal_fourth = p->pair.total + 2.0 * p->pair.trace;
    return status;
}

static void release_pass(pass *p)
{
    gmet_fid_pairs_release(&p->pairs);
    gmet_whitening_release(&p->white);
    gmet_pair_kernel_release(&p->pair);
}

static size_t bulk_of(const gmet_influence *f)
{
    double sum = 0.0;
    size_t n = 0;
    while (n < f->k && sum < 0.95 * f->total)
        sum += f->s[f->k - 1 - n++];
    return n;
}

/* The distance and its factors. Where only the bias is wanted the trace comes from the influence function's
 * own singular values, which saves the other eigenvalues. */
static feat_status distance(gmet_fid_terms *out, gmet_influence *f, gmet_fid_set *real, gmet_fid_set *gen,
                            double trace, bool accuracy, const gmet_work *work, feat_error *err)
{
    gmet_factors factors = {0};
    feat_status status;
    if (accuracy)
        status =
            gmet_fid_resting(&out->raw, &factors, NULL, real->mu, &real->sigma, gen->mu, &gen->sigma, work, err);
    else
        status = gmet_factor_pair(&factors, &real->sigma, &gen->sigma, real->sigma.d, work, err);
    if (status == FEAT_OK)
        status = gmet_influence_create(f, &factors, &real->sigma, &gen->sigma, work, err);
    gmet_factors_release(&factors);
    if (status != FEAT_OK || accuracy)
        return status;
    for (size_t i = 0; i < f->d; i++) {
        double t = real->mu[i] - gen->mu[i];
        out->raw.mean_term = fma(t, t, out->raw.mean_term);
    }
    out->raw.trace_term = fma(-2.0, f->total, trace);
    out->raw.value = out->raw.mean_term + out->raw.trace_term;
    return FEAT_OK;
}

feat_status gmet_fid_terms_of(gmet_fid_terms *out, gmet_fid_set *real, gmet_fid_set *gen, bool accuracy,
                              gmet_fid_set *halves, const gmet_work *work, feat_error *err)
{
    gmet_fid_terms terms = {0};
    gmet_influence f = {0};
    pass p = {0};
    const gmet_fid_set *const sets[2] = {real, gen};
    of_sigma sigma[2] = {look_at(real, gen->mu, work), look_at(gen, real->mu, work)};
    real->sigma.again = gen->sigma.again = true;
    feat_status status = distance(&terms, &f, real, gen, sigma[0].trace + sigma[1].trace, accuracy, work, err);
    if (status == FEAT_OK)
        status = make_pass(&p, &f, accuracy ? sets : NULL, work, err);
    const double *w[2] = {f.real, f.gen};
    for (size_t i = 0; i < 2 && status == FEAT_OK; i++) {
        gmet_fid_set *half = halves != NULL ? &halves[i] : NULL;
        const double *mu_other = sets[1 - i]->mu;
        p.set = sets[i];
        p.side = i;
        if (sets[i]->rows != NULL)
            status = pass_over(&terms, &p, w[i], half, mu_other, sigma[i].trace, err);
        else
            of_normal_rows(&terms, i, &p, &sigma[i], sets[i]->n, w[1 - i]);
        if (status == FEAT_OK && half != NULL && sets[i]->rows == NULL)
            status = influence_of_moments(&terms, &p, sets[i], mu_other, sigma[i].trace, w[i], half, err);
    }
    if (status == FEAT_OK) {
        if (accuracy)
            terms.pairs = gmet_fid_pairs_variance(p.pairs);
        status = gmet_go_on(work->context, err);
        terms.rank[0] = f.rank_real;
        terms.rank[1] = f.rank_gen;
        terms.bulk = bulk_of(&f);
        *out = terms;
    }
    release_pass(&p);
    gmet_influence_release(&f);
    return status;
}
