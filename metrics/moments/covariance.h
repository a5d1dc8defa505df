/* Covariances that give back their memory for a while. */
#ifndef BONAFIDE_METRICS_MOMENTS_COVARIANCE_H
#define BONAFIDE_METRICS_MOMENTS_COVARIANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/base/context.h"

/* A covariance [d][d] that can be packed to its upper triangle (rest) while the computation needs the memory, and
 * unpacked again (wake). Zero-initialise; release with gmet_covariance_release. */
typedef struct gmet_covariance {
    size_t d;
    const double *full;      /* NULL while it rests */
    double *own;             /* the memory of full when it is not the caller's */
    double *packed;          /* upper triangle by rows, of one that will be woken */
    bool again;              /* will be woken */
    void (*done)(void *ctx); /* for the caller's: will not be read again; may be NULL */
    void *ctx;
    struct gmet_geometry *geometry; /* wanted of it when it is factored (metrics/frechet); NULL: not */
} gmet_covariance;

/* It will not be read until gmet_covariance_wake (again), or never again: its memory is given back, a caller's by
 * `done`. With `again` a caller's stays as it is, and so does its own where there is no memory for the triangle. */
void gmet_covariance_rest(gmet_covariance *c);
/* full [d][d] is there again; of one that never rested, or rested with `again`. Errors: NOMEM. */
feat_status gmet_covariance_wake(gmet_covariance *c, const gmet_context *context, feat_error *err) FEAT_NODISCARD;
/* For good: its own memory and the triangle are given back, a caller's by `done`. Twice is allowed. */
void gmet_covariance_release(gmet_covariance *c);

#endif
