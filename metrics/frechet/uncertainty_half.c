/* Half of a set, for the second-order bias of FID. Of rows, half of them. Of moments, those of half of n
 * normal rows whose mean and covariance are the ones given, drawn from their distribution:
 *
 * With A and C the scatter matrices of standard normal rows about the means of the first m and of the other n
 * - m rows (Wishart, of m - 1 and n - m - 1 degrees of freedom) and g a standard normal vector, the scatter
 * of all is A + C + g g^T = T T^T and the first mean is above the common one by ((n - m) / n m)^1/2 g. For
 * normal rows T^-1 A T^-T and T^-1 g do not depend on T T^T (Olkin and Rubin, "Multivariate beta
 * distributions and independence properties of the Wishart distribution", 1964), so with sigma = F^T F
 *
 *     sigma_half = (n - 1) / (m - 1) F^T T^-1 A T^-T F,   mu_half = mu + ((n - 1) (n - m) / n m)^1/2 F^T T^-1
 * g.
 *
 * A = L L^T with L lower triangular, normal deviates below and roots of chi-square variables on the diagonal
 * (Bartlett, "On the theory of statistical regression", 1933). */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpmath.h"
#include "engine/base/mapped.h"
#include "engine/base/status.h"
#include "metrics/base/splitmix.h"
#include "metrics/frechet/uncertainty.h"
#include "metrics/linalg/chol.h"
#include "metrics/linalg/mat.h"
#include "metrics/moments/covariance.h"
#include "metrics/moments/moments.h"

enum { GATHER = 256, BLOCK = 64 };

feat_status gmet_fid_set_moments(gmet_fid_set *set, const gmet_work *work, feat_error *err)
{
    size_t d = set->sigma.d;
    gmet_moments *m = NULL;
    float *some = NULL;
    feat_status status = gmet_moments_create(&m, d, work->context, err);
    set->sigma.full = set->sigma.own = feat_alloc_array(d, d * sizeof *set->sigma.own);
    if (set->index != NULL)
        some = feat_alloc_array(d, GATHER * sizeof *some);
    if (status == FEAT_OK && (set->sigma.own == NULL || (set->index != NULL && some == NULL)))
        status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for a covariance of order %zu", d);
    if (status == FEAT_OK && set->index == NULL)
        status = gmet_moments_add(m, set->rows, set->n, d, err);
    for (size_t i = 0; status == FEAT_OK && set->index != NULL && i < set->n; i += GATHER) {
        size_t n = set->n - i < GATHER ? set->n - i : GATHER;
        for (size_t r = 0; r < n; r++)
            memcpy(some + r * d, set->rows + set->index[i + r] * d, d * sizeof *some);
        const float *from = set->rows + set->index[i] * d, *to = set->rows + (set->index[i + n - 1] + 1) * d;
        feat_mapped_done(from, (size_t)(to - from) * sizeof *from);
        status = gmet_moments_add(m, some, n, d, err);
    }
    if (status == FEAT_OK)
        status = gmet_moments_get(m, set->mu, set->sigma.own, 1, err);
    feat_free(some);
    gmet_moments_close(&m);
    return status;
}

/* Selection sampling (Fan, Muller and Rezucha, "Development of sampling plans by using sequential (item by
 * item) selection techniques and digital computers", 1962). */
static void select_rows(size_t *index, size_t m, size_t n, uint64_t seed)
{
    gmet_splitmix rng = {seed};
    size_t taken = 0;
    for (size_t i = 0; taken < m; i++)
        if (gmet_splitmix_unit(&rng) * (double)(n - i) < (double)(m - taken))
            index[taken++] = i;
}

/* --- of moments --------------------------------------------------------------------------------------- */

/* Chi-square of k degrees of freedom (Marsaglia and Tsang, "A simple method for generating gamma variables",
 * 2000). */
static double chi_square(gmet_splitmix *rng, size_t k)
{
    double x, v, u, a = 0.5 * (double)k - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * a);
    if (k == 1)
        return gmet_splitmix_normals(rng, &x, 1);
    for (;;) {
        (void)gmet_splitmix_normals(rng, &x, 1);
        v = fma(c, x, 1.0);
        u = gmet_splitmix_unit(rng);
        if (v <= 0.0 || u == 0.0)
            continue;
        v = v * v * v;
        if (feat_log(u) < 0.5 * x * x + a * (1.0 - v + feat_log(v)))
            return 2.0 * a * v;
    }
}

/* l [r][r + 1], zero: L of a Wishart matrix of order r. */
static void draw_wishart(gmet_splitmix *rng, double *l, size_t r, size_t freedom)
{
    for (size_t i = 0; i < r; i++) {
        double *row = l + i * (r + 1);
        (void)gmet_splitmix_normals(rng, row, i < freedom ? i : freedom);
        if (i < freedom)
            row[i] = sqrt(chi_square(rng, freedom - i));
    }
}

typedef struct thinning {
    size_t d, r, n, m;
    double *f;     /* [r][stride]: of sigma */
    double *x;     /* [r][r + 1]: L of A, and g */
    double *total; /* [r][r]: A + C + g g^T */
    double *t;     /* [r][t_stride]: T^T */
    double *y;     /* [r][r + 1]: T^-1 times x */
    size_t *order; /* [2 d]: of f, of t */
    size_t stride, t_stride;
} thinning;

static void add_square(const thinning *h, const gmet_work *work)
{
    gmet_product p = {.c = h->total, .c_stride = h->r, .m = h->r, .n = h->r, .k = h->r + 1};
    p.a = p.b = (gmet_operand){.data = h->x, .stride = h->r + 1};
    p.upper = p.mirror = true;
    gmet_multiply(work, &p);
}

/* y, whose rows are those of x in the order of t, becomes T^-1 x. */
static void solve(const thinning *h, const gmet_work *work)
{
    size_t r = h->r, w = r + 1;
    for (size_t i = 0; i < r; i++)
        memcpy(h->y + i * w, h->x + h->order[h->d + i] * w, w * sizeof *h->y);
    for (size_t b = 0; b < r; b += BLOCK) {
        size_t n = r - b < BLOCK ? r - b : BLOCK;
        gmet_product p = {.c = h->y + b * w, .c_stride = w, .m = n, .n = w, .k = b, .negate = true};
        p.a = (gmet_operand){.data = h->t + b, .stride = h->t_stride, .k_major = true};
        p.b = (gmet_operand){.data = h->y, .stride = w, .k_major = true};
        if (b > 0)
            gmet_multiply(work, &p);
        for (size_t i = b; i < b + n; i++) {
            double *row = h->y + i * w, pivot = h->t[i * h->t_stride + i];
            for (size_t j = b; j < i; j++) {
                double a = -h->t[j * h->t_stride + i];
                for (size_t c = 0; c < w; c++)
                    row[c] = fma(a, h->y[j * w + c], row[c]);
            }
            for (size_t c = 0; c < w; c++)
                row[c] /= pivot;
        }
    }
}

/* From y to the moments. z [d][r + 1]: scratch, zero. */
static void place_moments(gmet_fid_set *half, const thinning *h, const gmet_fid_set *whole, double *z,
                          double *sigma, const gmet_work *work)
{
    size_t d = h->d, w = h->r + 1;
    double n = (double)h->n, m = (double)h->m;
    gmet_product p = {.c = z, .c_stride = w, .m = d, .n = w, .k = h->r};
    p.a = (gmet_operand){.data = h->f, .stride = h->stride, .k_major = true};
    p.b = (gmet_operand){.data = h->y, .stride = w, .k_major = true};
    gmet_multiply(work, &p);
    gmet_product q = {.c = sigma, .c_stride = d, .m = d, .n = d, .k = h->r};
    q.a = q.b = (gmet_operand){.data = z, .stride = w};
    q.upper = q.mirror = true;
    gmet_multiply(work, &q);
    double of_mean = sqrt((n - 1.0) * (n - m) / (n * m)), of_sigma = (n - 1.0) / (m - 1.0);
    double *to = half->sigma.own;
    for (size_t i = 0; i < d; i++) {
        half->mu[h->order[i]] = fma(of_mean, z[i * w + h->r], whole->mu[h->order[i]]);
        for (size_t j = 0; j < d; j++)
            to[h->order[i] * d + h->order[j]] = of_sigma * sigma[i * d + j];
    }
}

static double *zeros(size_t rows, size_t columns)
{
    size_t count;
    return feat_mul_size(rows > 0 ? rows : 1, columns, &count) ? feat_calloc(count, sizeof(double)) : NULL;
}

static feat_status draw_thinned(thinning *h, uint64_t seed, const gmet_work *work, feat_error *err)
{
    gmet_splitmix rng = {seed};
    size_t r = h->r, rank;
    h->x = zeros(r, r + 1);
    h->total = zeros(r, r);
    h->t_stride = gmet_padded_stride(r);
    h->t = zeros(r, h->t_stride);
    if (h->x == NULL || h->total == NULL || h->t == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for half of a covariance of order %zu", h->d);
    draw_wishart(&rng, h->x, r, h->n - h->m - 1);
    add_square(h, work);
    memset(h->x, 0, r * (r + 1) * sizeof *h->x);
    draw_wishart(&rng, h->x, r, h->m - 1);
    for (size_t i = 0; i < r; i++)
        (void)gmet_splitmix_normals(&rng, h->x + i * (r + 1) + r, 1);
    add_square(h, work);
    feat_status status = gmet_pivoted_cholesky(h->t, h->t_stride, h->order + h->d, &rank, h->total, r,
                                               "a scatter matrix", work, err);
    if (status == FEAT_OK && rank < r)
        status = feat_fail(err, FEAT_ERR_NUMERIC,
                           "half of %zu rows: a scatter matrix of order %zu has rank %zu", h->n, r, rank);
    feat_free(h->total);
    h->total = NULL;
    return status;
}

static feat_status thin(gmet_fid_set *half, const gmet_fid_set *whole, uint64_t seed, const gmet_work *work,
                        feat_error *err)
{
    size_t d = whole->sigma.d;
    thinning h = {.d = d, .n = whole->n, .m = half->n, .stride = gmet_padded_stride(d)};
    double *z = NULL, *sigma = NULL;
    feat_status status = FEAT_OK;
    h.order = feat_alloc_array(d, 2 * sizeof *h.order);
    h.f = zeros(d, h.stride);
    if (h.order == NULL || h.f == NULL)
        goto no_memory;
    status =
        gmet_pivoted_cholesky(h.f, h.stride, h.order, &h.r, whole->sigma.full, d, "covariance", work, err);
    if (status == FEAT_OK && h.r >= h.n)
        status = feat_fail(err, FEAT_ERR_NUMERIC, "a covariance of rank %zu is not one of %zu rows", h.r, h.n);
    if (status == FEAT_OK && h.r > 0)
        status = draw_thinned(&h, seed, work, err);
    if (status != FEAT_OK)
        goto done;
    h.y = zeros(h.r, h.r + 1);
    if (h.y == NULL)
        goto no_memory;
    if (h.r > 0)
        solve(&h, work);
    feat_free(h.x);
    feat_free(h.t);
    h.x = h.t = NULL;
    z = zeros(d, h.r + 1);
    sigma = zeros(d, d);
    half->sigma.full = half->sigma.own = feat_alloc_array(d, d * sizeof *half->sigma.own);
    if (z == NULL || sigma == NULL || half->sigma.own == NULL)
        goto no_memory;
    place_moments(half, &h, whole, z, sigma, work);
    goto done;
no_memory:
    status = feat_fail(err, FEAT_ERR_NOMEM, "no memory for half of a covariance of order %zu", d);
done:
    feat_free(sigma);
    feat_free(z);
    feat_free(h.y);
    feat_free(h.t);
    feat_free(h.total);
    feat_free(h.x);
    feat_free(h.f);
    feat_free(h.order);
    return status;
}

feat_status gmet_fid_half(gmet_fid_set *half, const gmet_fid_set *whole, uint64_t seed, const gmet_work *work,
                          feat_error *err)
{
    half->n = whole->n / 2;
    half->sigma.d = whole->sigma.d;
    if (half->n < 2)
        return feat_fail(err, FEAT_ERR_NUMERIC, "half of %zu rows: at least 4 needed", whole->n);
    if (whole->rows == NULL)
        return thin(half, whole, seed, work, err);
    size_t *index = feat_alloc_array(half->n, sizeof *index);
    if (index == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for half of %zu rows", whole->n);
    select_rows(index, half->n, whole->n, 2020);
    half->rows = whole->rows;
    half->index = index;
    return FEAT_OK;
}

void gmet_fid_half_release(gmet_fid_set *half)
{
    gmet_covariance_release(&half->sigma);
    feat_free(half->index);
    half->index = NULL;
}
