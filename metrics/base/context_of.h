/* What a context says, also one that is NULL. */
#ifndef BONAFIDE_METRICS_BASE_CONTEXT_OF_H
#define BONAFIDE_METRICS_BASE_CONTEXT_OF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "engine/kernels/dmat.h"
#include "metrics/base/context.h"

/* The threads; NULL: the caller's alone, as feat_parallel_for takes it. */
static inline feat_pool *gmet_pool_of(const gmet_context *context)
{
    return context != NULL ? context->pool : NULL;
}

/* The kernels asked for, else the best of this CPU; never NULL. */
static inline const feat_dmat_kernels *gmet_kernels_of(const gmet_context *context)
{
    return context != NULL && context->kernels != NULL ? context->kernels : feat_dmat_best(UINT32_MAX);
}

/* The processes that share scans over pairs of rows; NULL: none. */
static inline const struct gmet_team *gmet_team_of(const gmet_context *context)
{
    return context != NULL ? context->team : NULL;
}

/* Whether the caller wants the work to end. */
static inline bool gmet_stopped(const gmet_context *context)
{
    return context != NULL && context->stop != NULL && context->stop(context->stop_ctx) != 0;
}

#endif
