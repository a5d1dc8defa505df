/* The image loop. The set is worked off in groups; with a cache the images of a group are looked up first, and the
 * others go through the network. The rows of a group then go to the sink in index order. */
#include "tools/features/featurize.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/features/featurize_parts.h"

enum {
    MIN_GROUP = 64,
    TILES_PER_THREAD = 32, /* what the last tile of a group can cost: one part in 32 */
    MAX_GROUP = 4096       /* 32 MiB of rows at 2048 features */
};

/* Frames of a pipe that are in memory at a time; more than this only if a thread had none. */
static const size_t stream_bytes = (size_t)64 << 20;

feat_status bf_featurizer_create(bf_featurizer **out, const feat_model *model, feat_pool *pool,
                                 const feat_preset *preset, size_t batch, feat_error *err)
{
    *out = NULL;
    bf_featurizer *f = feat_calloc(1, sizeof *f);
    if (f == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the image loop");
    bf_featurizer_add(f, model, preset);
    f->pool = pool;
    f->batch = batch > 0 ? batch : 1;
    f->n_lanes = feat_pool_threads(pool);
    f->group = TILES_PER_THREAD * f->n_lanes * f->batch;
    f->group = f->group < MIN_GROUP ? MIN_GROUP : f->group > MAX_GROUP ? MAX_GROUP : f->group;
    f->lanes = feat_calloc(f->n_lanes, sizeof *f->lanes);
    f->slots = feat_calloc(f->group, sizeof *f->slots);
    f->todo = feat_calloc(f->group, sizeof *f->todo);
    if (f->lanes == NULL || f->slots == NULL || f->todo == NULL) {
        bf_featurizer_close(&f);
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the image loop");
    }
    *out = f;
    return FEAT_OK;
}

void bf_featurizer_add(bf_featurizer *f, const feat_model *model, const feat_preset *preset)
{
    const feat_net *net = feat_model_net(model);
    f->branches[f->n_branches++] = (bf_branch){model, net, preset, feat_net_input_floats(net)};
}

void bf_featurizer_close(bf_featurizer **featurizer)
{
    if (featurizer == NULL || *featurizer == NULL)
        return;
    bf_featurizer *f = *featurizer;
    for (size_t i = 0; f->lanes != NULL && i < f->n_lanes; i++)
        bf_lane_release(&f->lanes[i]);
    bf_lanes_release_together(f);
    feat_free(f->lanes);
    feat_free(f->slots);
    feat_free(f->todo);
    feat_free(f);
    *featurizer = NULL;
}

/* What resizing a picture of any shape takes: rows of the result and tables of the sides. */
static double most_scratch_bytes(const bf_branch *branch)
{
    static const size_t shapes[][2] = {{BF_MAX_SIDE, BF_MAX_SIDE}, {BF_MAX_SIDE, 16}, {16, BF_MAX_SIDE}, {8, 8}};
    size_t most = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t bytes = feat_preprocess_scratch_bytes(branch->net, shapes[i][0], shapes[i][1], branch->preset);
        most = bytes > most ? bytes : most;
    }
    return (double)most;
}

double bf_featurizer_bytes(const bf_featurizer *f, double floats, bool cached)
{
    double lanes = (double)f->n_lanes, together = 0.0, apart = 0.0, most_scratch = 0.0;
    for (size_t b = 0; b < f->n_branches; b++) {
        const bf_branch *branch = &f->branches[b];
        double input = (double)branch->input_floats * sizeof(float);
        double scratch = most_scratch_bytes(branch);
        together += (double)feat_session_bytes(branch->model, f->n_lanes) + lanes * input;
        apart += lanes * ((double)feat_session_bytes(branch->model, 1) + (double)f->batch * input);
        most_scratch = scratch > most_scratch ? scratch : most_scratch;
    }
    double sessions = together > apart ? together : apart;
    return sessions + lanes * most_scratch + (double)f->group * floats * (cached ? 8.0 : 4.0);
}

/* --- a group --------------------------------------------------------------------------------------- */

/* Brings the rows that were run to the places where those from the cache are. */
static void place_rows(bf_group_work *w)
{
    for (size_t k = 0; k < w->n_todo; k++) {
        size_t index = w->f->todo[k];
        bf_slot *s = &w->f->slots[index];
        for (size_t t = 0; t < w->job->n_taps && s->status == FEAT_OK; t++) {
            size_t b = bf_tap_network(w->job->taps[t]);
            if ((s->cached >> b & 1) == 0)
                memcpy(w->placed[t] + index * w->dims[t], w->rows[t] + s->row[b] * w->dims[t],
                       w->dims[t] * sizeof(float));
        }
        for (size_t b = 0; b < BF_MAX_NETWORKS; b++)
            s->row[b] = index;
    }
}

static void count_flags(bf_featurize_report *report, unsigned flags)
{
    report->n_alpha += (flags & BF_IMAGE_ALPHA) != 0;
    bf_bitdepth_count(&report->bitdepth, flags);
    report->n_grey += (flags & BF_IMAGE_GREY) != 0;
    report->n_animated += (flags & BF_IMAGE_ANIMATED) != 0;
    report->n_stray += (flags & BF_IMAGE_STRAY) != 0;
    report->n_resync += (flags & BF_IMAGE_RESYNC) != 0;
    report->n_flat += (flags & BF_IMAGE_FLAT) != 0;
    report->n_lossy += (flags & BF_IMAGE_LOSSY) != 0;
}

/* Looks at every slot in order: collects the unreadable, moves the rows of the others together. Returns the
 * first failure that is not an unreadable image. */
static feat_status collect(bf_group_work *w, bf_featurize_report *report, size_t *n_rows, feat_error *err)
{
    float *const *rows = w->job->cache != NULL ? w->placed : w->rows;
    *n_rows = 0;
    if (w->job->cache != NULL && !w->read_only)
        place_rows(w);
    for (size_t i = 0; i < w->n; i++) {
        const bf_slot *s = &w->f->slots[i];
        if (w->job->trace != NULL && !w->read_only)
            w->job->trace(w->job->trace_ctx, bf_work_set_index(w, i), &s->leaf);
        if (s->status != FEAT_OK && !s->unreadable)
            return feat_fail(err, s->status, "%s", s->reason[0] ? s->reason : feat_status_name(s->status));
        if (s->status != FEAT_OK) {
            if (report->n_named < BF_MAX_NAMED) {
                snprintf(report->names[report->n_named], BF_NAMED_BYTES, "%.*s", BF_NAMED_BYTES - 1,
                         bf_set_item_name(w->job->set, bf_work_set_index(w, i)));
                memcpy(report->reasons[report->n_named++], s->reason, BF_NAMED_BYTES);
            }
            report->n_bad++;
            continue;
        }
        if (w->job->row_items != NULL && !w->read_only)
            w->job->row_items[report->n_rows + *n_rows] = bf_work_set_index(w, i);
        count_flags(report, s->flags);
        report->n_cached += s->cached == w->used;
        for (size_t t = 0; t < w->job->n_taps && !w->read_only; t++) {
            size_t row = s->row[bf_tap_network(w->job->taps[t])];
            if (row != *n_rows)
                memcpy(rows[t] + *n_rows * w->dims[t], rows[t] + row * w->dims[t], w->dims[t] * sizeof(float));
        }
        ++*n_rows;
    }
    return FEAT_OK;
}

static feat_status start_work(bf_group_work *w, feat_error *err)
{
    if (w->job->cache != NULL) {
        w->scopes = feat_calloc(w->job->n_taps, sizeof *w->scopes);
        if (w->scopes == NULL)
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the keys of the cache");
    }
    for (size_t t = 0; t < w->job->n_taps; t++) {
        size_t b = bf_tap_network(w->job->taps[t]);
        feat_tap own = bf_tap_own(w->job->taps[t]);
        const bf_branch *branch = &w->f->branches[b];
        w->used |= 1u << b;
        w->dims[t] = b < w->f->n_branches ? feat_tap_dim(branch->model, own) : 0;
        if (w->dims[t] == 0)
            return feat_fail(err, FEAT_ERR_UNSUPPORTED, "the network of these weights has no tap '%s'",
                             b < w->f->n_branches ? feat_net_tap_name(branch->net, own) : "of another network");
        w->rows[t] = feat_alloc_array(w->f->group, w->dims[t] * sizeof(float));
        if (w->job->cache != NULL)
            w->placed[t] = feat_alloc_array(w->f->group, w->dims[t] * sizeof(float));
        if (w->rows[t] == NULL || (w->job->cache != NULL && w->placed[t] == NULL))
            return feat_fail(err, FEAT_ERR_NOMEM, "no memory for the features of %zu images", w->f->group);
        if (w->job->cache != NULL)
            snprintf(w->scopes[t], BF_SCOPE_BYTES, "%.560s tap %s",
                     b == 0 ? w->job->cache_scope : w->job->more_scopes[b - 1], feat_net_tap_name(branch->net, own));
    }
    return w->job->cache != NULL ? bf_cache_refresh(w->job->cache, err) : FEAT_OK;
}

/* How many images the next group has; 0 at the end. */
static feat_status begin_group(bf_group_work *w, size_t count, feat_error *err)
{
    const bf_featurize_job *job = w->job;
    size_t most = w->f->group, least = 2 * w->f->n_lanes;
    if (job->frames == NULL) {
        w->n = count - w->first < most ? count - w->first : most;
        return FEAT_OK;
    }
    size_t fit = stream_bytes / bf_frames_bytes(job->frames);
    fit = fit < least ? least : fit;
    return bf_frames_next(job->frames, fit < most ? fit : most, &w->n, job->interrupted, err);
}

static feat_status run_set(bf_group_work *w, bf_featurize_report *report, feat_error *err)
{
    const bf_featurize_job *job = w->job;
    size_t count = job->items != NULL ? job->n_items : bf_set_count(job->set), n_rows;
    float *const *rows = job->cache != NULL ? w->placed : w->rows;
    feat_status status = FEAT_OK;
    for (w->first = 0; status == FEAT_OK; w->first += w->n) {
        status = begin_group(w, count, err);
        if (status != FEAT_OK || w->n == 0)
            break;
        w->read_only = report->n_bad > 0 && !job->skip_bad;
        status = bf_lanes_run(w, err);
        if (status != FEAT_OK)
            break;
        if (job->interrupted != NULL && job->interrupted())
            return feat_fail(err, FEAT_ERR_IO, "interrupted");
        status = collect(w, report, &n_rows, err);
        if (status == FEAT_OK && n_rows > 0 && !w->read_only && (report->n_bad == 0 || job->skip_bad))
            status = job->sink(job->ctx, report->n_rows, n_rows, (const float *const *)rows, err);
        report->n_rows += n_rows;
        if (status == FEAT_OK && w->first == 0 && w->n < count && !job->is_share &&
            bf_bitdepth_in_doubt(&report->bitdepth))
            status = bf_bitdepth_look_ahead(job->set, job->items, w->n, count, &report->bitdepth, w->f->pool,
                                            job->interrupted, err);
    }
    return status;
}

feat_status bf_featurize(bf_featurizer *f, const bf_featurize_job *job, bf_featurize_report *report,
                         feat_error *err)
{
    bf_group_work w = {.f = f, .job = job, .report = report, .digests = job->trace != NULL || job->cache != NULL};
    atomic_init(&w.done, 0);
    atomic_init(&w.stop, false);
    atomic_init(&w.cache_failed, false);
    memset(report, 0, sizeof *report);
    feat_status status = start_work(&w, err);
    if (status == FEAT_OK)
        status = run_set(&w, report, err);
    for (size_t t = 0; t < job->n_taps; t++) {
        feat_free(w.rows[t]);
        feat_free(w.placed[t]);
    }
    feat_free(w.scopes);
    if (status == FEAT_OK && report->n_bad > 0 && !job->skip_bad)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: %zu of %zu images cannot be read", bf_set_spec(job->set),
                           report->n_bad, bf_set_count(job->set));
    if (status == FEAT_OK && report->n_rows == 0 && !job->is_share)
        status = feat_fail(err, FEAT_ERR_FORMAT, "%s: no image can be read, %zu tried", bf_set_spec(job->set),
                           bf_set_count(job->set));
    if (status == FEAT_OK && !job->is_share)
        status = bf_bitdepth_check(job->set, &report->bitdepth, err);
    return status;
}

feat_status bf_drop_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err)
{
    (void)ctx;
    (void)first;
    (void)n;
    (void)rows;
    (void)err;
    return FEAT_OK;
}
