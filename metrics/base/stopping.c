/* Asking the caller between blocks of work. */
#include "metrics/base/stopping.h"

#include "engine/base/status.h"
#include "metrics/base/context_of.h"

typedef struct stoppable {
    const gmet_context *context;
    feat_task fn;
    void *ctx;
} stoppable;

static void run_tile(void *ctx, size_t tile, size_t worker)
{
    const stoppable *s = ctx;
    if (!gmet_stopped(s->context))
        s->fn(s->ctx, tile, worker);
}

void gmet_parallel_for(const gmet_context *context, size_t n_tiles, feat_task fn, void *ctx)
{
    stoppable s = {context, fn, ctx};
    if (context == NULL || context->stop == NULL)
        feat_parallel_for(gmet_pool_of(context), n_tiles, fn, ctx);
    else
        feat_parallel_for(context->pool, n_tiles, run_tile, &s);
}

feat_status gmet_go_on(const gmet_context *context, feat_error *err)
{
    return gmet_stopped(context) ? feat_fail(err, FEAT_ERR_CANCELLED, "interrupted") : FEAT_OK;
}
