/* The way of a group through the network. Each tile of images is read, decoded, preprocessed and run by one worker with
 * a session of its own, a lane, so that decoding overlaps with the network. A group with fewer images than threads (a
 * single picture, the last few of a set) is run by all threads together instead. Rows do not depend on which way an
 * image went. */
#include "tools/features/featurize_parts.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/status.h"

static void release_call(bf_call *call)
{
    feat_session_close(&call->session);
    feat_free(call->input);
    call->input = NULL;
}

void bf_lane_release(bf_lane *l)
{
    for (size_t b = 0; b < BF_MAX_NETWORKS; b++)
        release_call(&l->calls[b]);
    feat_free(l->scratch);
    memset(l, 0, sizeof *l);
}

void bf_lanes_release_together(bf_featurizer *f)
{
    for (size_t b = 0; b < BF_MAX_NETWORKS; b++)
        release_call(&f->together[b]);
}

/* Room for `images` images on the way into each network that is used, and a session for it, on `pool` or (NULL) the
 * calling thread alone. */
static feat_status open_calls(const bf_group_work *w, bf_call *calls, size_t images, feat_pool *pool, feat_error *err)
{
    feat_status status = FEAT_OK;
    for (size_t b = 0; b < w->f->n_branches && status == FEAT_OK; b++) {
        bf_call *call = &calls[b];
        if ((w->used >> b & 1) == 0)
            continue;
        if (call->input == NULL)
            call->input = feat_alloc_array(images, w->f->branches[b].input_floats * sizeof(float));
        if (call->input == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu images", images);
        if (call->session == NULL)
            status = feat_session_create(&call->session, w->f->branches[b].model, pool, err);
    }
    return status;
}

/* Runs `n` images prepared for network b, whose features go to rows [row, row + n). */
static feat_status run_network(bf_group_work *w, size_t b, const bf_call *call, size_t row, size_t n)
{
    feat_output outputs[FEAT_MAX_TAPS];
    size_t n_outputs = 0;
    for (size_t t = 0; t < w->job->n_taps; t++)
        if (bf_tap_network(w->job->taps[t]) == b)
            outputs[n_outputs++] = (feat_output){.tap = bf_tap_own(w->job->taps[t]),
                                                 .data = w->rows[t] + row * w->dims[t],
                                                 .stride = w->dims[t]};
    return feat_session_run(call->session, call->input, n, outputs, n_outputs, NULL, NULL);
}

/* Whether an image is to be run by network b: the cache had no rows of it. */
static bool is_run_by(const bf_group_work *w, const bf_slot *s, size_t b)
{
    return ((w->used & ~s->cached) >> b & 1) != 0;
}

static bool has_finite_rows(const bf_group_work *w, const bf_slot *s, size_t b)
{
    for (size_t t = 0; t < w->job->n_taps; t++)
        if (bf_tap_network(w->job->taps[t]) == b &&
            feat_first_not_finite(w->rows[t] + s->row[b] * w->dims[t], w->dims[t]) < w->dims[t])
            return false;
    return true;
}

/* Marks those of the images todo[first .. first + n) that were in a failed call of network b: for NUMERIC those whose
 * rows are not finite, else all. What failed in a network before keeps what was said of it. */
static void mark_failed(bf_group_work *w, size_t b, feat_status status, size_t first, size_t n)
{
    bool told = false; /* by this network or one before */
    for (size_t k = first; k < first + n; k++) {
        bf_slot *s = &w->f->slots[w->f->todo[k]];
        if (s->status == FEAT_OK && is_run_by(w, s, b) && (status != FEAT_ERR_NUMERIC || !has_finite_rows(w, s, b))) {
            feat_error err;
            bf_slot_fail(s,
                         feat_fail(&err, status, "%s: the network's output is %s",
                                   bf_set_item_name(w->job->set, bf_work_set_index(w, w->f->todo[k])),
                                   status == FEAT_ERR_NUMERIC ? "NaN or infinite" : "missing"),
                         &err);
        }
        told = told || (s->status != FEAT_OK && !s->unreadable);
    }
    if (!told) {
        w->f->slots[w->f->todo[first]].status = status;
        w->f->slots[w->f->todo[first]].unreadable = false;
    }
}

/* Decodes image todo[k] into the inputs of the networks that are to run it, each of which has n_good[b] images. */
static bool load_image(bf_group_work *w, size_t k, bf_lane *l, const bf_call *calls, const size_t *n_good)
{
    const bf_slot *s = &w->f->slots[w->f->todo[k]];
    float *inputs[BF_MAX_NETWORKS] = {NULL};
    for (size_t b = 0; b < w->f->n_branches; b++)
        if (is_run_by(w, s, b))
            inputs[b] = calls[b].input + n_good[b] * w->f->branches[b].input_floats;
    return bf_image_job_load(w, w->f->todo[k], l, inputs);
}

/* Runs what was loaded of the images todo[first .. first + n), whose rows begin at `first`. */
static void run_loaded(bf_group_work *w, const bf_call *calls, const size_t *n_good, size_t first, size_t n)
{
    feat_status failed = FEAT_OK;
    for (size_t b = 0; b < w->f->n_branches; b++) {
        feat_status status = n_good[b] > 0 ? run_network(w, b, &calls[b], first, n_good[b]) : FEAT_OK;
        if (status != FEAT_OK) {
            mark_failed(w, b, status, first, n);
            failed = status;
        }
    }
    for (size_t k = first; k < first + n && failed == FEAT_OK; k++)
        bf_image_job_finish(w, w->f->todo[k]);
}

static void run_tile(void *ctx, size_t tile, size_t worker)
{
    bf_group_work *w = ctx;
    bf_lane *l = &w->f->lanes[worker];
    const size_t *todo = w->f->todo;
    size_t first = tile * w->tile, n = w->n_todo - first < w->tile ? w->n_todo - first : w->tile;
    size_t n_good[BF_MAX_NETWORKS] = {0};
    feat_error err;
    if (bf_work_stopped(w))
        return;
    feat_status status = w->read_only ? FEAT_OK : open_calls(w, l->calls, w->f->batch, NULL, &err);
    if (status != FEAT_OK) {
        bf_slot_fail(&w->f->slots[todo[first]], status, &err);
        atomic_store(&w->stop, true);
        return;
    }
    for (size_t k = first; k < first + n; k++) {
        bf_slot *s = &w->f->slots[todo[k]];
        if (w->read_only)
            (void)bf_image_job_load(w, todo[k], l, NULL);
        else if (load_image(w, k, l, l->calls, n_good))
            for (size_t b = 0; b < w->f->n_branches; b++)
                s->row[b] = is_run_by(w, s, b) ? first + n_good[b]++ : 0;
        if (k + 1 < first + n) /* the last one counts when the network has run */
            bf_work_count(w, worker);
    }
    if (!w->read_only)
        run_loaded(w, l->calls, n_good, first, n);
    bf_work_count(w, worker);
}

/* The first half of the other way: a tile is one image, made ready for a call of all threads. */
static void prepare_image(void *ctx, size_t k, size_t worker)
{
    bf_group_work *w = ctx;
    size_t place[BF_MAX_NETWORKS];
    for (size_t b = 0; b < BF_MAX_NETWORKS; b++)
        place[b] = k;
    if (!bf_work_stopped(w))
        (void)load_image(w, k, &w->f->lanes[worker], w->f->together, place);
}

/* The second: the images that could be read, moved together and run in one call of each network. */
static void run_prepared(bf_group_work *w)
{
    bf_featurizer *f = w->f;
    size_t n_good[BF_MAX_NETWORKS] = {0};
    for (size_t k = 0; k < w->n_todo; k++) {
        bf_slot *s = &f->slots[f->todo[k]];
        for (size_t b = 0; b < f->n_branches && s->status == FEAT_OK; b++) {
            size_t floats = f->branches[b].input_floats;
            float *input = f->together[b].input;
            if (!is_run_by(w, s, b))
                continue;
            if (k != n_good[b])
                memcpy(input + n_good[b] * floats, input + k * floats, floats * sizeof(float));
            s->row[b] = n_good[b]++;
        }
    }
    run_loaded(w, f->together, n_good, 0, w->n_todo);
    for (size_t k = 0; k < w->n_todo; k++)
        bf_work_count(w, 0);
}

static feat_status run_together(bf_group_work *w, feat_error *err)
{
    bf_featurizer *f = w->f;
    /* The sessions of one way at a time: what bf_featurizer_bytes promises. */
    for (size_t i = 0; i < f->n_lanes; i++)
        bf_lane_release(&f->lanes[i]);
    feat_status status = open_calls(w, f->together, f->n_lanes - 1, f->pool, err);
    if (status != FEAT_OK)
        return status;
    feat_parallel_for(f->pool, w->n_todo, prepare_image, w);
    if (!bf_work_stopped(w))
        run_prepared(w);
    return FEAT_OK;
}

feat_status bf_lanes_run(bf_group_work *w, feat_error *err)
{
    bf_featurizer *f = w->f;
    memset(f->slots, 0, w->n * sizeof *f->slots);
    if (w->job->cache != NULL && !w->read_only)
        feat_parallel_for(f->pool, w->n, bf_image_job_look_up, w);
    w->n_todo = 0;
    for (size_t i = 0; i < w->n; i++)
        if (f->slots[i].cached != w->used)
            f->todo[w->n_todo++] = i;
    if (w->n_todo == 0 || bf_work_stopped(w))
        return FEAT_OK;
    if (w->n_todo < f->n_lanes && !w->read_only)
        return run_together(w, err);
    bf_lanes_release_together(f); /* likewise */
    size_t per_lane = (w->n_todo + f->n_lanes - 1) / f->n_lanes;
    w->tile = f->batch < per_lane ? f->batch : per_lane;
    feat_parallel_for(f->pool, (w->n_todo + w->tile - 1) / w->tile, run_tile, w);
    return FEAT_OK;
}
