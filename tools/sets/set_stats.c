/* Statistics stored in an .npz, or taken from a pickle: mu and sigma, and of how many images. */
#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "engine/files/npy_read.h"
#include "tools/sets/set_source.h"
#include "tools/statistics/statfile.h"

enum { MAX_DIM = 65536 };

typedef struct moments {
    double *mu, *sigma; /* [d], [d][d] */
    size_t d;           /* 0: there are none */
} moments;

struct bf_stored_stats {
    moments pooled, spatial;
    size_t n; /* images; 0: the file does not say */
};

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", set->spec);
}

/* All elements of a member as doubles, in memory the caller frees. */
static feat_status load_doubles(const bf_set *set, const feat_archive *zip, size_t member, double **out,
                                feat_npy_info *info, feat_error *err)
{
    feat_array a;
    feat_status status = feat_array_open_member(&a, zip, member, err);
    *out = NULL;
    if (status != FEAT_OK)
        return status;
    *info = a.info;
    *out = feat_alloc_array(a.info.n_items, sizeof **out);
    status = *out == NULL ? no_memory(set, err) : feat_array_doubles(&a, *out, err);
    feat_array_close(&a);
    if (status != FEAT_OK) {
        feat_free(*out);
        *out = NULL;
    }
    return status;
}

static feat_status check_finite(const bf_set *set, const char *what, const double *x, size_t n, size_t columns,
                                feat_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return feat_fail(err, FEAT_ERR_NUMERIC, "%s: %s: row %zu, column %zu is NaN or infinite", set->spec,
                             what, i / columns, i % columns);
    return FEAT_OK;
}

/* `n`: how many images the statistics are of; 0 when the file does not say. */
static feat_status load_count(const bf_set *set, const feat_archive *zip, size_t *out, feat_error *err)
{
    size_t member = feat_archive_find(zip, "n.npy");
    double *n = NULL;
    feat_npy_info info;
    if (member == SIZE_MAX)
        return FEAT_OK;
    feat_status status = load_doubles(set, zip, member, &n, &info, err);
    if (status == FEAT_OK && (info.n_items != 1 || !(n[0] >= 0.0 && n[0] <= 9e15) || n[0] != floor(n[0])))
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: n is not a number of images", set->spec);
    if (status == FEAT_OK)
        *out = (size_t)n[0];
    feat_free(n);
    return status;
}

/* A mean and the covariance that goes with it; on failure what was loaded is released with the set. */
static feat_status load_moments(const bf_set *set, const feat_archive *zip, const char *mu_name, size_t mu_member,
                                const char *sigma_name, size_t sigma_member, moments *out, feat_error *err)
{
    feat_npy_info mu = {0}, sigma = {0};
    char text[128];
    feat_status status = load_doubles(set, zip, mu_member, &out->mu, &mu, err);
    if (status == FEAT_OK)
        status = load_doubles(set, zip, sigma_member, &out->sigma, &sigma, err);
    if (status != FEAT_OK)
        return status;
    size_t d = mu.n_items;
    bool vector = mu.rank <= 1 || (mu.rank == 2 && (mu.shape[0] == 1 || mu.shape[1] == 1));
    if (!vector || d == 0 || d > MAX_DIM)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: one row of numbers expected, %s found", set->spec, mu_name,
                         feat_npy_describe(text, sizeof text, &mu));
    bool square = sigma.rank == 2 ? sigma.shape[0] == d && sigma.shape[1] == d
                                  : sigma.rank < 2 && d == 1 && sigma.n_items == 1;
    if (!square)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s: [%zu][%zu] expected to go with %s, %s found", set->spec,
                         sigma_name, d, d, mu_name, feat_npy_describe(text, sizeof text, &sigma));
    status = check_finite(set, mu_name, out->mu, d, d, err);
    if (status == FEAT_OK)
        status = check_finite(set, sigma_name, out->sigma, d * d, d, err);
    out->d = status == FEAT_OK ? d : 0;
    return status;
}

/* Where mean and covariance are, and what they are called there; false where they are not. */
typedef struct places {
    const char *mean, *cov;
    size_t mean_at, cov_at;
} places;

static bool find_places(places *p, const feat_archive *zip)
{
    static const struct {
        const char *mean, *cov, *mean_file, *cov_file;
    } names[] = {{"mu", "sigma", "mu.npy", "sigma.npy"},
                 {"mean", "cov", "mean.npy", "cov.npy"},
                 {"m", "s", "m.npy", "s.npy"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        *p = (places){names[i].mean, names[i].cov, feat_archive_find(zip, names[i].mean_file),
                      feat_archive_find(zip, names[i].cov_file)};
        if (p->mean_at != SIZE_MAX && p->cov_at != SIZE_MAX)
            return true;
    }
    return false;
}

bool bf_stats_are_there(const feat_archive *zip)
{
    places p;
    return find_places(&p, zip);
}

feat_status bf_set_load_stats(bf_set *set, const feat_archive *zip, feat_error *err)
{
    places p;
    size_t mu_s = feat_archive_find(zip, "mu_s.npy"), sigma_s = feat_archive_find(zip, "sigma_s.npy");
    bf_stored_stats *s = set->stats = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return no_memory(set, err);
    if (!find_places(&p, zip))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: there are no statistics in it", set->spec);
    feat_status status = load_moments(set, zip, p.mean, p.mean_at, p.cov, p.cov_at, &s->pooled, err);
    if (status == FEAT_OK && mu_s != SIZE_MAX && sigma_s != SIZE_MAX)
        status = load_moments(set, zip, "mu_s", mu_s, "sigma_s", sigma_s, &s->spatial, err);
    return status == FEAT_OK ? load_count(set, zip, &s->n, err) : status;
}

feat_status bf_set_take_stats(bf_set *set, const bf_statfile *file, size_t part, feat_error *err)
{
    size_t d = bf_statfile_dim(file, part), square;
    bf_stats_release(set->stats);
    bf_stored_stats *s = set->stats = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return no_memory(set, err);
    s->pooled.mu = feat_alloc_array(d, sizeof *s->pooled.mu);
    s->pooled.sigma = feat_mul_size(d, d, &square) ? feat_alloc_array(square, sizeof *s->pooled.sigma) : NULL;
    if (s->pooled.mu == NULL || s->pooled.sigma == NULL)
        return no_memory(set, err);
    feat_status status = bf_statfile_read(file, part, s->pooled.mu, s->pooled.sigma, err);
    s->pooled.d = status == FEAT_OK ? d : 0;
    s->n = bf_statfile_n(file, part);
    return status;
}

void bf_stats_release(bf_stored_stats *stats)
{
    if (stats == NULL)
        return;
    feat_free(stats->pooled.mu);
    feat_free(stats->pooled.sigma);
    feat_free(stats->spatial.mu);
    feat_free(stats->spatial.sigma);
    feat_free(stats);
}

size_t bf_stats_count(const bf_stored_stats *stats)
{
    return stats != NULL ? stats->n : 0;
}

size_t bf_set_stats_dim(const bf_set *set)
{
    return set->stats != NULL ? set->stats->pooled.d : 0;
}

size_t bf_set_spatial_dim(const bf_set *set)
{
    return set->stats != NULL ? set->stats->spatial.d : 0;
}

static feat_status copy_moments(const bf_set *set, const moments *from, double *mu, double *sigma,
                                feat_error *err)
{
    if (from == NULL || from->d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s: there are no statistics in it", set->spec);
    memcpy(mu, from->mu, from->d * sizeof *mu);
    memcpy(sigma, from->sigma, from->d * from->d * sizeof *sigma);
    return FEAT_OK;
}

feat_status bf_set_read_stats(const bf_set *set, double *mu, double *sigma, feat_error *err)
{
    return copy_moments(set, set->stats != NULL ? &set->stats->pooled : NULL, mu, sigma, err);
}

feat_status bf_set_read_spatial(const bf_set *set, double *mu, double *sigma, feat_error *err)
{
    return copy_moments(set, set->stats != NULL ? &set->stats->spatial : NULL, mu, sigma, err);
}
