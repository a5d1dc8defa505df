/* Work that its caller may end before it is done (gmet_context.stop). */
#ifndef BONAFIDE_METRICS_BASE_STOPPING_H
#define BONAFIDE_METRICS_BASE_STOPPING_H

#include "engine/base/common.h"
#include "metrics/base/context.h"

/* feat_parallel_for with the threads of the context, asking before each tile: once the caller wants to stop, those that
 * are left are not run. What they would have written is then of no use, and gmet_go_on says so. */
void gmet_parallel_for(const gmet_context *context, size_t n_tiles, feat_task fn, void *ctx);

/* FEAT_OK, or CANCELLED "interrupted" where the caller wants to stop: for between blocks of work. */
feat_status gmet_go_on(const gmet_context *context, feat_error *err) FEAT_NODISCARD;

#endif
