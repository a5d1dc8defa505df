/* Scans over pairs of rows that several processes share. A pool may have a team attached (feat_pool_attach); a scan
 * over sets that the team holds is given to it whole, and what comes back are the bits that this process alone would
 * have found. metrics knows nothing of how the team talks; tools/mpi has the one there is. */
#ifndef BONAFIDE_METRICS_PAIRS_TEAM_H
#define BONAFIDE_METRICS_PAIRS_TEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"

/* A team only passes these on: neighbours.h, kid_sums.h, kid_slots.h. */
struct gmet_point_set;
struct gmet_balls;
struct gmet_kid_sums;
struct gmet_kid_slots;

typedef struct gmet_team {
    void *ctx;
    /* Whether the rows [n][d] at x are a set that is held. */
    bool (*has)(void *ctx, const float *x, size_t n, size_t d);
    /* gmet_nearest_k, gmet_find_balls; width d, and what this process does of it with its pool. */
    feat_status (*nearest_k)(void *ctx, feat_pool *pool, double *distance2, size_t *index,
                             const struct gmet_point_set *rows, const struct gmet_point_set *columns, size_t d,
                             size_t k, bool others, feat_error *err);
    feat_status (*find_balls)(void *ctx, feat_pool *pool, const struct gmet_balls *balls,
                              const struct gmet_point_set *rows, const struct gmet_point_set *columns, size_t d,
                              feat_error *err);
    /* gmet_kid_sum and gmet_kid_fill_slots of all rows. */
    feat_status (*kernel_sums)(void *ctx, feat_pool *pool, const struct gmet_kid_sums *sums, size_t d, feat_error *err);
    feat_status (*kernel_slots)(void *ctx, feat_pool *pool, const struct gmet_kid_slots *slots, size_t d,
                                feat_error *err);
} gmet_team;

/* The team of a pool if it holds both sets, else NULL. */
static inline const gmet_team *gmet_team_for(const feat_pool *pool, const float *x, size_t n, const float *y, size_t m,
                                             size_t d)
{
    const gmet_team *team = feat_pool_attached(pool);
    return team != NULL && team->has(team->ctx, x, n, d) && team->has(team->ctx, y, m, d) ? team : NULL;
}

#endif
