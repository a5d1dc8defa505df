/* Sessions: memory for every worker, and dealing images out. With several images each worker runs whole
 * images; the remainder, and a single image, is shared by all workers. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpenv.h"
#include "engine/base/status.h"
#include "engine/net/exec.h"
#include "engine/net/model.h"
#include "engine/ops/dense.h"

struct feat_session {
    const feat_model *model;
    feat_pool *pool;
    size_t n_workers;
    float *memory;
    float **arena; /* [n_workers] */
    float **work;  /* [n_workers] */
    float *vectors; /* of model->tail_images images, where the network has a tail */
};

static size_t worker_floats(const feat_model *model)
{
    return model->arena_floats + feat_model_worker_floats(model);
}

static size_t tail_floats(const feat_model *model)
{
    return model->tail_floats * model->tail_images;
}

size_t feat_session_bytes(const feat_model *model, size_t n_threads)
{
    size_t per_thread = worker_floats(model) * sizeof(float) + 2 * sizeof(float *);
    size_t bytes;
    if (!feat_mul_size(per_thread, n_threads == 0 ? 1 : n_threads, &bytes))
        return SIZE_MAX;
    return bytes + tail_floats(model) * sizeof(float) + sizeof(feat_session);
}

feat_status feat_session_create(feat_session **out, const feat_model *model, feat_pool *pool, feat_error *err)
{
    *out = NULL;
    if (!feat_fpenv_is_default())
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "this thread flushes denormal numbers to zero or does not round to nearest, which changes "
                         "results; clear FTZ and DAZ");
    size_t n = feat_pool_threads(pool);
    feat_session *s = feat_calloc(1, sizeof *s);
    if (s == NULL)
        goto no_memory;
    s->model = model;
    s->pool = pool;
    s->n_workers = n;
    s->arena = feat_calloc(n, sizeof *s->arena);
    s->work = feat_calloc(n, sizeof *s->work);
    s->memory = feat_alloc_array(n, worker_floats(model) * sizeof *s->memory);
    s->vectors = feat_alloc_array(tail_floats(model) + 1, sizeof *s->vectors);
    if (s->arena == NULL || s->work == NULL || s->memory == NULL || s->vectors == NULL)
        goto no_memory;
    for (size_t i = 0; i < n; i++) {
        s->arena[i] = s->memory + i * worker_floats(model);
        s->work[i] = s->arena[i] + model->arena_floats;
    }
    *out = s;
    return FEAT_OK;
no_memory:
    feat_session_close(&s);
    return feat_fail(err, FEAT_ERR_NOMEM, "no memory for a session of %zu threads (%zu MiB)", n,
                     feat_session_bytes(model, n) >> 20);
}

void feat_session_close(feat_session **session)
{
    if (session == NULL || *session == NULL)
        return;
    feat_free((*session)->vectors);
    feat_free((*session)->memory);
    feat_free((*session)->work);
    feat_free((*session)->arena);
    feat_free(*session);
    *session = NULL;
}

/* A run: the images of one call, or as many of them as go through the tail together. */
typedef struct run_ctx {
    feat_session *session;
    const float *images;
    const feat_output *outputs;
    size_t n_outputs, n_steps, first; /* first: of the images, where outputs go */
    feat_tail *tail;                  /* NULL: nothing of it is wanted */
} run_ctx;

static void set_outputs(const run_ctx *ctx, size_t index, float **out)
{
    for (size_t i = 0; i < ctx->n_outputs; i++)
        out[ctx->outputs[i].tap] = ctx->outputs[i].data + (ctx->first + index) * ctx->outputs[i].stride;
}

static void run_image(const run_ctx *ctx, size_t index, feat_frame *frame)
{
    float *out[FEAT_MAX_TAPS] = {NULL};
    const feat_model *m = frame->model;
    frame->out = out;
    set_outputs(ctx, index, out);
    feat_exec_image(frame, ctx->images + (ctx->first + index) * feat_net_input_floats(m->net),
                    feat_min_size(ctx->n_steps, m->first_tail));
    if (ctx->tail != NULL)
        feat_tail_gather(ctx->tail, index, frame);
}

static void image_task(void *arg, size_t tile, size_t worker)
{
    run_ctx *ctx = arg;
    feat_session *s = ctx->session;
    feat_frame frame = {s->model, NULL, s->arena[worker], &s->work[worker], NULL, NULL};
    run_image(ctx, tile, &frame);
}

static void run_images(run_ctx *ctx, size_t n)
{
    feat_session *s = ctx->session;
    size_t n_dealt = s->n_workers == 1 ? n : n - n % s->n_workers;
    feat_parallel_for(s->pool, n_dealt, image_task, ctx);
    feat_frame shared = {s->model, s->pool, s->arena[0], s->work, NULL, NULL};
    for (size_t i = n_dealt; i < n; i++)
        run_image(ctx, i, &shared);
}

/* Images in groups, whose vectors then go through the tail together. */
static void run_with_tail(run_ctx *ctx, size_t n)
{
    feat_session *s = ctx->session;
    size_t input = feat_net_input_floats(s->model->net);
    for (; ctx->first < n; ctx->first += s->model->tail_images) {
        float *out[FEAT_TAIL_IMAGES * FEAT_MAX_TAPS] = {NULL};
        size_t group = feat_min_size(s->model->tail_images, n - ctx->first);
        feat_tail tail = {s->model, s->pool, group, ctx->images + ctx->first * input, s->vectors, s->work, out};
        ctx->tail = &tail;
        if (s->model->first_tail > 0)
            run_images(ctx, group);
        for (size_t i = 0; i < group; i++)
            set_outputs(ctx, i, out + i * FEAT_MAX_TAPS);
        feat_exec_tail(&tail, ctx->n_steps);
    }
}

/* By bits, so that no compiler may assume NaN away. */
static int all_finite(const float *x, size_t n)
{
    int ok = 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        ok &= (bits & 0x7f800000u) != 0x7f800000u;
    }
    return ok;
}

feat_status feat_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                             size_t n_outputs)
{
    uint32_t taps = 0;
    if (n_outputs == 0 || outputs == NULL || (images == NULL && n > 0))
        return FEAT_ERR_ARG;
    for (size_t i = 0; i < n_outputs; i++) {
        const feat_output *o = &outputs[i];
        size_t dim = feat_tap_dim(session->model, o->tap);
        if (dim == 0 || o->stride < dim || o->data == NULL || (taps >> o->tap & 1) != 0)
            return FEAT_ERR_ARG;
        taps |= UINT32_C(1) << o->tap;
    }
    if (!all_finite(images, n * feat_net_input_floats(session->model->net)))
        return FEAT_ERR_NUMERIC; /* ReLU would turn a NaN into 0, and nothing would be seen of it below */
    run_ctx ctx = {session, images, outputs, n_outputs, feat_steps_needed(session->model, taps), 0, NULL};
    if (ctx.n_steps > session->model->first_tail)
        run_with_tail(&ctx, n);
    else
        run_images(&ctx, n);
    for (size_t o = 0; o < n_outputs; o++)
        for (size_t i = 0; i < n; i++)
            if (!all_finite(outputs[o].data + i * outputs[o].stride,
                            feat_tap_dim(session->model, outputs[o].tap)))
                return FEAT_ERR_NUMERIC;
    return FEAT_OK;
}
