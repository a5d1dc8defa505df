/* The way of a group through the network. Each tile of images is read, decoded, preprocessed and run by one worker with
 * a session of its own, a lane, so that decoding overlaps with the network. A group with fewer images than threads (a
 * single picture, the last few of a set) is run by all threads together instead. Rows do not depend on which way an
 * image went. */
#include "tools/features/featurize_parts.h"

#include <math.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

void bf_lane_release(bf_lane *l)
{
    feat_session_close(&l->session);
    feat_free(l->input);
    feat_free(l->scratch);
    memset(l, 0, sizeof *l);
}

void bf_lanes_release_together(bf_featurizer *f)
{
    feat_session_close(&f->together);
    feat_free(f->together_input);
    f->together_input = NULL;
}

/* Runs `n` prepared images whose features go to rows [row, row + n). */
static feat_status run_network(bf_group_work *w, feat_session *session, const float *input, size_t row, size_t n)
{
    feat_output outputs[BF_MAX_TAPS];
    for (size_t t = 0; t < w->job->n_taps; t++) {
        outputs[t].tap = w->job->taps[t];
        outputs[t].data = w->rows[t] + row * w->dims[t];
        outputs[t].stride = w->dims[t];
    }
    return feat_session_run(session, input, n, outputs, w->job->n_taps);
}

/* Marks the images todo[first .. first + n) of a failed call: for NUMERIC those whose rows are not finite,
 * else all. */
static void mark_failed(bf_group_work *w, feat_status status, size_t first, size_t n)
{
    bool named = false;
    for (size_t k = first; k < first + n; k++) {
        bf_slot *s = &w->f->slots[w->f->todo[k]];
        bool finite = status == FEAT_ERR_NUMERIC;
        for (size_t t = 0; t < w->job->n_taps && finite && s->status == FEAT_OK; t++)
            for (size_t j = 0; j < w->dims[t] && finite; j++)
                finite = isfinite(w->rows[t][s->row * w->dims[t] + j]);
        if (s->status == FEAT_OK && !finite) {
            feat_error err;
            bf_slot_fail(s,
                      feat_fail(&err, status, "%s: the network's output is %s",
                                bf_set_item_name(w->job->set, bf_work_set_index(w, w->f->todo[k])),
                                status == FEAT_ERR_NUMERIC ? "NaN or infinite" : "missing"),
                      &err);
            named = true;
        }
    }
    if (!named)
        w->f->slots[w->f->todo[first]].status = status;
}

static feat_status open_lane(bf_group_work *w, bf_lane *l, feat_error *err)
{
    if (l->session != NULL || w->read_only)
        return FEAT_OK;
    if (l->input == NULL)
        l->input = feat_alloc_array(w->f->batch, w->f->input_floats * sizeof(float));
    if (l->input == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu images", w->f->batch);
    return feat_session_create(&l->session, w->f->model, NULL, err);
}

static void run_tile(void *ctx, size_t tile, size_t worker)
{
    bf_group_work *w = ctx;
    bf_lane *l = &w->f->lanes[worker];
    const size_t *todo = w->f->todo;
    size_t first = tile * w->tile, n = w->n_todo - first < w->tile ? w->n_todo - first : w->tile, n_good = 0;
    feat_error err;
    if (bf_work_stopped(w))
        return;
    feat_status status = open_lane(w, l, &err);
    if (status != FEAT_OK) {
        bf_slot_fail(&w->f->slots[todo[first]], status, &err);
        w->f->slots[todo[first]].unreadable = false;
        atomic_store(&w->stop, true);
        return;
    }
    for (size_t k = first; k < first + n; k++) {
        float *input = w->read_only ? NULL : l->input + n_good * w->f->input_floats;
        if (bf_image_job_load(w, todo[k], l, input))
            w->f->slots[todo[k]].row = first + n_good++;
        if (n > 1 && k + 1 < first + n)
            bf_work_count(w, worker);
    }
    if (n_good > 0 && !w->read_only) {
        status = run_network(w, l->session, l->input, first, n_good);
        if (status != FEAT_OK)
            mark_failed(w, status, first, n);
        for (size_t k = first; k < first + n && status == FEAT_OK; k++)
            bf_image_job_finish(w, todo[k]);
    }
    bf_work_count(w, worker);
}

/* The first half of the other way: a tile is one image, made ready for a call of all threads. */
static void prepare_image(void *ctx, size_t k, size_t worker)
{
    bf_group_work *w = ctx;
    if (!bf_work_stopped(w))
        (void)bf_image_job_load(w, w->f->todo[k], &w->f->lanes[worker], w->f->together_input + k * w->f->input_floats);
}

/* The second: the images that could be read, moved together and run in one call. */
static void run_prepared(bf_group_work *w)
{
    bf_featurizer *f = w->f;
    size_t n_good = 0;
    for (size_t k = 0; k < w->n_todo; k++) {
        bf_slot *s = &f->slots[f->todo[k]];
        if (s->status != FEAT_OK)
            continue;
        if (k != n_good)
            memcpy(f->together_input + n_good * f->input_floats, f->together_input + k * f->input_floats,
                   f->input_floats * sizeof(float));
        s->row = n_good++;
    }
    feat_status status = n_good > 0 ? run_network(w, f->together, f->together_input, 0, n_good) : FEAT_OK;
    if (status != FEAT_OK)
        mark_failed(w, status, 0, w->n_todo);
    for (size_t k = 0; k < w->n_todo; k++) {
        if (status == FEAT_OK)
            bf_image_job_finish(w, f->todo[k]);
        bf_work_count(w, 0);
    }
}

static feat_status run_together(bf_group_work *w, feat_error *err)
{
    bf_featurizer *f = w->f;
    for (size_t i = 0; i < f->n_lanes; i++)
        bf_lane_release(&f->lanes[i]);
    if (f->together_input == NULL)
        f->together_input = feat_alloc_array(f->n_lanes - 1, f->input_floats * sizeof(float));
    if (f->together_input == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for %zu images", f->n_lanes - 1);
    if (f->together == NULL) {
        feat_status status = feat_session_create(&f->together, f->model, f->pool, err);
        if (status != FEAT_OK)
            return status;
    }
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
        if (!f->slots[i].cached)
            f->todo[w->n_todo++] = i;
    if (w->n_todo == 0 || bf_work_stopped(w))
        return FEAT_OK;
    if (w->n_todo < f->n_lanes && !w->read_only)
        return run_together(w, err);
    bf_lanes_release_together(f);
    size_t share = (w->n_todo + f->n_lanes - 1) / f->n_lanes;
    w->tile = f->batch < share ? f->batch : share;
    feat_parallel_for(f->pool, (w->n_todo + w->tile - 1) / w->tile, run_tile, w);
    return FEAT_OK;
}
