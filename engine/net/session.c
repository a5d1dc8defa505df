/* Sessions: memory for every worker, and dealing images out. With several images each worker runs whole
 * images; the remainder, and a single image, is shared by all workers. */
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/checked.h"
#include "engine/base/fpenv.h"
#include "engine/base/half.h"
#include "engine/base/sized.h"
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
    if (model == NULL)
        return 0;
    size_t per_thread = worker_floats(model) * sizeof(float) + 2 * sizeof(float *);
    size_t bytes;
    if (!feat_mul_size(per_thread, n_threads == 0 ? 1 : n_threads, &bytes))
        return SIZE_MAX;
    return bytes + tail_floats(model) * sizeof(float) + sizeof(feat_session);
}

feat_status feat_session_create(feat_session **out, const feat_model *model, feat_pool *pool, feat_error *err)
{
    if (out == NULL || model == NULL)
        return feat_null(err, __func__);
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
    size_t n_images, n_outputs, n_steps, first; /* first: of the images, where outputs go */
    feat_tail *tail;                            /* NULL: nothing of it is wanted */
    const feat_run_options *options;
    feat_halt halt;
    atomic_size_t n_done; /* images with all their outputs */
    size_t n_told;        /* of them, as far as the caller was told */
} run_ctx;

static void count_done(run_ctx *ctx, size_t n)
{
    if (!feat_halt_now(&ctx->halt)) /* what was halted may lack a step */
        atomic_fetch_add(&ctx->n_done, n);
}

/* On the thread of the caller alone. */
static void tell_progress(run_ctx *ctx)
{
    size_t done = atomic_load(&ctx->n_done);
    if (done > ctx->n_told && ctx->options->progress != NULL)
        ctx->options->progress(ctx->options->progress_ctx, done, ctx->n_images);
    ctx->n_told = done;
}

static void set_outputs(const run_ctx *ctx, size_t index, float **out)
{
    for (size_t i = 0; i < ctx->n_outputs; i++)
        out[ctx->outputs[i].tap] = ctx->outputs[i].data + (ctx->first + index) * ctx->outputs[i].stride;
}

static void run_image(run_ctx *ctx, size_t index, feat_frame *frame)
{
    float *out[FEAT_MAX_TAPS] = {NULL};
    const feat_model *m = frame->model;
    frame->out = out;
    frame->halt = &ctx->halt;
    set_outputs(ctx, index, out);
    feat_exec_image(frame, ctx->images + (ctx->first + index) * feat_net_input_floats(m->net),
                    feat_min_size(ctx->n_steps, m->first_tail));
    if (ctx->tail == NULL)
        count_done(ctx, 1);
    else if (!feat_halt_now(&ctx->halt))
        feat_tail_gather(ctx->tail, index, frame);
}

static void image_task(void *arg, size_t tile, size_t worker)
{
    run_ctx *ctx = arg;
    feat_session *s = ctx->session;
    feat_frame frame = {.model = s->model, .arena = s->arena[worker], .work = &s->work[worker]};
    run_image(ctx, tile, &frame);
    if (worker == 0)
        tell_progress(ctx);
}

static void run_images(run_ctx *ctx, size_t n)
{
    feat_session *s = ctx->session;
    size_t n_dealt = s->n_workers == 1 ? n : n - n % s->n_workers;
    feat_parallel_for(s->pool, n_dealt, image_task, ctx);
    tell_progress(ctx);
    feat_frame shared = {.model = s->model, .pool = s->pool, .arena = s->arena[0], .work = s->work};
    for (size_t i = n_dealt; i < n; i++) {
        run_image(ctx, i, &shared);
        tell_progress(ctx);
    }
}

/* Images in groups, whose vectors then go through the tail together. */
static void run_with_tail(run_ctx *ctx, size_t n)
{
    feat_session *s = ctx->session;
    size_t input = feat_net_input_floats(s->model->net);
    for (; ctx->first < n && !feat_halt_now(&ctx->halt); ctx->first += s->model->tail_images) {
        float *out[FEAT_TAIL_IMAGES * FEAT_MAX_TAPS] = {NULL};
        size_t group = feat_min_size(s->model->tail_images, n - ctx->first);
        feat_tail tail = {.model = s->model,
                          .pool = s->pool,
                          .n = group,
                          .images = ctx->images + ctx->first * input,
                          .vectors = s->vectors,
                          .work = s->work,
                          .out = out,
                          .halt = &ctx->halt};
        ctx->tail = &tail;
        if (s->model->first_tail > 0)
            run_images(ctx, group);
        for (size_t i = 0; i < group; i++)
            set_outputs(ctx, i, out + i * FEAT_MAX_TAPS);
        feat_exec_tail(&tail, ctx->n_steps);
        count_done(ctx, group);
        tell_progress(ctx);
    }
}

/* ReLU would turn a NaN into 0, and nothing would be seen of it in the outputs. */
static feat_status check_images(const feat_session *s, const float *images, size_t n, feat_error *err)
{
    const feat_shape input = feat_net_input(s->model->net);
    size_t plane = (size_t)input.h * input.w, floats = input.c * plane;
    for (size_t i = 0; i < n; i++) {
        size_t at = feat_first_not_finite(images + i * floats, floats);
        if (at < floats)
            return feat_fail(err, FEAT_ERR_NUMERIC, "images[%zu]: NaN or infinite at channel %zu, row %zu, column %zu",
                             i, at / plane, at % plane / input.w, at % input.w);
    }
    return FEAT_OK;
}

static feat_status check_results(const run_ctx *ctx, feat_error *err)
{
    const feat_model *m = ctx->session->model;
    for (size_t i = 0; i < ctx->n_images; i++)
        for (size_t o = 0; o < ctx->n_outputs; o++) {
            const feat_output *out = &ctx->outputs[o];
            size_t dim = feat_tap_dim(m, out->tap), at = feat_first_not_finite(out->data + i * out->stride, dim);
            if (at < dim)
                return feat_fail(err, FEAT_ERR_NUMERIC, "images[%zu]: tap '%s' is NaN or infinite at %zu", i,
                                 feat_net_tap_name(m->net, out->tap), at);
        }
    return FEAT_OK;
}

/* What is wanted: `taps` gets a bit for each. */
static feat_status check_outputs(uint32_t *taps, const feat_model *m, const feat_output *outputs, size_t n_outputs,
                                 feat_error *err)
{
    *taps = 0;
    if (n_outputs == 0 || outputs == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "no outputs are asked for");
    for (size_t i = 0; i < n_outputs; i++) {
        const feat_output *o = &outputs[i];
        const char *name = feat_net_tap_name(m->net, o->tap);
        size_t dim = feat_tap_dim(m, o->tap);
        if (name == NULL)
            return feat_fail(err, FEAT_ERR_ARG, "outputs[%zu]: taps 0 to %zu expected, %u found", i,
                             feat_net_n_taps(m->net) - 1, o->tap);
        if (dim == 0)
            return feat_fail(err, FEAT_ERR_ARG, "outputs[%zu]: the model was made without tap '%s'", i, name);
        if ((*taps >> o->tap & 1) != 0)
            return feat_fail(err, FEAT_ERR_ARG, "outputs[%zu]: tap '%s' is asked for twice", i, name);
        if (o->data == NULL)
            return feat_fail(err, FEAT_ERR_ARG, "outputs[%zu]: no memory for tap '%s': data is NULL", i, name);
        if (o->stride < dim)
            return feat_fail(err, FEAT_ERR_ARG, "outputs[%zu]: tap '%s': a stride of %zu or more expected, %zu found",
                             i, name, dim, o->stride);
        *taps |= UINT32_C(1) << o->tap;
    }
    return FEAT_OK;
}

static const feat_run_options default_options = {.stop = NULL};

void feat_run_options_init(feat_run_options *options, size_t size)
{
    feat_sized_init(options, size, &default_options, sizeof default_options);
}

feat_status feat_session_run(feat_session *session, const float *images, size_t n, const feat_output *outputs,
                             size_t n_outputs, const feat_run_options *wanted, feat_error *err)
{
    if (session == NULL)
        return feat_null(err, __func__);
    feat_run_options options = default_options;
    uint32_t taps;
    feat_status status = feat_sized_read(&options, sizeof options, wanted, "feat_run_options", err);
    if (status == FEAT_OK)
        status = check_outputs(&taps, session->model, outputs, n_outputs, err);
    if (status == FEAT_OK && images == NULL && n > 0)
        status = feat_fail(err, FEAT_ERR_ARG, "images is NULL");
    if (status == FEAT_OK)
        status = check_images(session, images, n, err);
    if (status != FEAT_OK)
        return status;
    run_ctx ctx = {.session = session, .images = images, .outputs = outputs, .n_images = n, .n_outputs = n_outputs};
    ctx.n_steps = feat_steps_needed(session->model, taps);
    ctx.options = &options;
    ctx.halt.stop = options.stop;
    ctx.halt.ctx = options.stop_ctx;
    if (ctx.n_steps > session->model->first_tail)
        run_with_tail(&ctx, n);
    else
        run_images(&ctx, n);
    if (atomic_load(&ctx.halt.halted))
        return feat_fail(err, FEAT_ERR_CANCELLED, "stopped by the caller, after %zu of %zu images",
                         (size_t)atomic_load(&ctx.n_done), n);
    return check_results(&ctx, err);
}
