/* Scans over pairs of rows that several processes share. A context may name a team; a scan over sets that the team
 * holds is given to it whole, and what comes back are the bits that this process alone would have found. metrics knows
 * nothing of how the team talks; tools/mpi has the one there is. */
#ifndef BONAFIDE_METRICS_PAIRS_TEAM_H
#define BONAFIDE_METRICS_PAIRS_TEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"
#include "metrics/base/context_of.h"

/* A team only passes these on: neighbours.h, kid_sums.h, kid_slots.h. */
struct gmet_balls;
struct gmet_kid_sums;
struct gmet_kid_slots;

/* The functions after `has` get the context of the scan, which names this team: what a process does of the scan by
 * itself, it does in a context without one. */
typedef struct gmet_team {
    void *ctx;
    /* Whether it holds these rows. */
    bool (*has)(void *ctx, const gmet_set *set);
    /* gmet_nearest_k, gmet_find_balls. */
    feat_status (*nearest_k)(void *ctx, const gmet_context *context, double *distance2, size_t *index,
                             const gmet_set *rows, const gmet_set *columns, size_t k, size_t self, feat_error *err);
    feat_status (*find_balls)(void *ctx, const gmet_context *context, const struct gmet_balls *balls,
                              const gmet_set *rows, const gmet_set *columns, feat_error *err);
    /* gmet_kid_sum and gmet_kid_fill_slots of all rows, of width d. */
    feat_status (*kernel_sums)(void *ctx, const gmet_context *context, const struct gmet_kid_sums *sums, size_t d,
                               feat_error *err);
    feat_status (*kernel_slots)(void *ctx, const gmet_context *context, const struct gmet_kid_slots *slots, size_t d,
                                feat_error *err);
} gmet_team;

/* The team of a context if it holds both sets, else NULL. */
static inline const gmet_team *gmet_team_for(const gmet_context *context, const gmet_set *x, const gmet_set *y)
{
    const gmet_team *team = gmet_team_of(context);
    return team != NULL && team->has(team->ctx, x) && team->has(team->ctx, y) ? team : NULL;
}

#endif
