/* Statistics stored in an .npz, or taken from a pickle: mu and sigma, and of how many images. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/status.h"
#include "metrics/moments/stored_stats.h"
#include "tools/sets/set_source.h"
#include "tools/statistics/statfile.h"

struct bf_stored_stats {
    gmet_stats pooled, spatial; /* d = 0: there are none */
    size_t n;                   /* images; 0: the file does not say */
};

static feat_status no_memory(const bf_set *set, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to open the array", set->spec);
}

bool bf_stats_are_there(const feat_archive *zip)
{
    gmet_stats_names names;
    return gmet_stats_find(&names, zip);
}

feat_status bf_set_load_stats(bf_set *set, const feat_archive *zip, feat_error *err)
{
    static const gmet_stats_names of_spatial = {"mu_s", "sigma_s"};
    gmet_stats_names names;
    bf_stored_stats *s = set->stats = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return no_memory(set, err);
    if (!gmet_stats_find(&names, zip))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: there are no statistics in it", set->spec);
    feat_status status = gmet_stats_load(&s->pooled, zip, &names, 0, set->spec, err);
    if (status == FEAT_OK && gmet_stats_has(zip, &of_spatial))
        status = gmet_stats_load(&s->spatial, zip, &of_spatial, 0, set->spec, err);
    return status == FEAT_OK ? gmet_stats_load_count(&s->n, zip, set->spec, err) : status;
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
    gmet_stats_release(&stats->pooled);
    gmet_stats_release(&stats->spatial);
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

static feat_status copy_stats(const bf_set *set, const gmet_stats *from, double *mu, double *sigma, feat_error *err)
{
    if (from == NULL || from->d == 0)
        return feat_fail(err, FEAT_ERR_ARG, "%s: there are no statistics in it", set->spec);
    memcpy(mu, from->mu, from->d * sizeof *mu);
    memcpy(sigma, from->sigma, from->d * from->d * sizeof *sigma);
    return FEAT_OK;
}

feat_status bf_set_read_stats(const bf_set *set, double *mu, double *sigma, feat_error *err)
{
    return copy_stats(set, set->stats != NULL ? &set->stats->pooled : NULL, mu, sigma, err);
}

feat_status bf_set_read_spatial(const bf_set *set, double *mu, double *sigma, feat_error *err)
{
    return copy_stats(set, set->stats != NULL ? &set->stats->spatial : NULL, mu, sigma, err);
}
