/* Sessions: memory for every worker, and dealing images out. With several images each worker runs whole
 * images; the remainder, and a single image, is shared by all workers. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpenv.h"
#include "engine/base/status.h"
#include "engine/net/exec.h"
#include "engine/net/model.h"

struct iv3_session {
    const iv3_model *model;
    iv3_pool *pool;
    size_t n_workers;
    float *memory;
    float **arena; /* [n_workers] */
    float **work;  /* [n_workers] */
};

static size_t worker_floats(const iv3_model *model)
{
    return model->arena_floats + iv3_model_worker_floats(model);
}

size_t iv3_session_bytes(const iv3_model *model, size_t n_threads)
{
    size_t per_thread = worker_floats(model) * sizeof(float) + 2 * sizeof(float *);
    size_t bytes;
    if (!iv3_mul_size(per_thread, n_threads == 0 ? 1 : n_threads, &bytes))
        return SIZE_MAX;
    return bytes + sizeof(iv3_session);
}

iv3_status iv3_session_create(iv3_session **out, const iv3_model *model, iv3_pool *pool, iv3_error *err)
{
    *out = NULL;
    if (!iv3_fpenv_is_default())
        return iv3_fail(err, IV3_ERR_UNSUPPORTED,
                        "this thread flushes denormal numbers to zero or does not round to nearest, which changes "
                        "results; clear FTZ and DAZ");
    size_t n = iv3_pool_threads(pool);
    iv3_session *s = iv3_calloc(1, sizeof *s);
    if (s == NULL)
        goto no_memory;
    s->model = model;
    s->pool = pool;
    s->n_workers = n;
    s->arena = iv3_calloc(n, sizeof *s->arena);
    s->work = iv3_calloc(n, sizeof *s->work);
    s->memory = iv3_alloc_array(n, worker_floats(model) * sizeof *s->memory);
    if (s->arena == NULL || s->work == NULL || s->memory == NULL)
        goto no_memory;
    for (size_t i = 0; i < n; i++) {
        s->arena[i] = s->memory + i * worker_floats(model);
        s->work[i] = s->arena[i] + model->arena_floats;
    }
    *out = s;
    return IV3_OK;
no_memory:
    iv3_session_close(&s);
    return iv3_fail(err, IV3_ERR_NOMEM, "no memory for a session of %zu threads (%zu MiB)", n,
                    iv3_session_bytes(model, n) >> 20);
}

void iv3_session_close(iv3_session **session)
{
    if (session == NULL || *session == NULL)
        return;
    iv3_free((*session)->memory);
    iv3_free((*session)->work);
    iv3_free((*session)->arena);
    iv3_free(*session);
    *session = NULL;
}

typedef struct run_ctx {
    iv3_session *session;
    const float *images;
    const iv3_output *outputs;
    size_t n_outputs, n_steps;
} run_ctx;

static void run_image(const run_ctx *ctx, size_t index, const iv3_frame *frame)
{
    float *out[IV3_N_TAPS] = {NULL};
    for (size_t i = 0; i < ctx->n_outputs; i++)
        out[ctx->outputs[i].tap] = ctx->outputs[i].data + index * ctx->outputs[i].stride;
    iv3_exec_image(frame, ctx->images + index * IV3_INPUT_FLOATS, out, ctx->n_steps);
}

static void image_task(void *arg, size_t tile, size_t worker)
{
    run_ctx *ctx = arg;
    iv3_session *s = ctx->session;
    iv3_frame frame = {s->model, NULL, s->arena[worker], &s->work[worker]};
    run_image(ctx, tile, &frame);
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

iv3_status iv3_session_run(iv3_session *session, const float *images, size_t n, const iv3_output *outputs,
                           size_t n_outputs)
{
    unsigned taps = 0;
    if (n_outputs == 0 || outputs == NULL || (images == NULL && n > 0))
        return IV3_ERR_ARG;
    for (size_t i = 0; i < n_outputs; i++) {
        const iv3_output *o = &outputs[i];
        size_t dim = iv3_tap_dim(session->model, o->tap);
        if (dim == 0 || o->stride < dim || o->data == NULL || (taps >> o->tap & 1) != 0)
            return IV3_ERR_ARG;
        taps |= 1u << o->tap;
    }
    if (!all_finite(images, n * IV3_INPUT_FLOATS))
        return IV3_ERR_NUMERIC; /* ReLU would turn a NaN into 0, and nothing would be seen of it below */
    run_ctx ctx = {session, images, outputs, n_outputs, iv3_steps_needed(session->model, taps)};
    size_t n_dealt = session->n_workers == 1 ? n : n - n % session->n_workers;
    iv3_parallel_for(session->pool, n_dealt, image_task, &ctx);
    iv3_frame shared = {session->model, session->pool, session->arena[0], session->work};
    for (size_t i = n_dealt; i < n; i++)
        run_image(&ctx, i, &shared);
    for (size_t o = 0; o < n_outputs; o++)
        for (size_t i = 0; i < n; i++)
            if (!all_finite(outputs[o].data + i * outputs[o].stride,
                            iv3_tap_dim(session->model, outputs[o].tap)))
                return IV3_ERR_NUMERIC;
    return IV3_OK;
}
