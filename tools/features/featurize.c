/* The image loop. The set is worked off in groups; with a cache the images of a group are looked up first,
 * and what follows concerns the others. Each tile of images is read, decoded, preprocessed and run by one
 * worker with a session of its own, so that decoding overlaps with the network. The rows of a group then go
 * to the sink in index order. A group with fewer images than threads (a single picture, the last few of a
 * set) is run by all threads together instead. Rows do not depend on which way an image went. */
#include "tools/features/featurize.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

enum {
    MIN_GROUP = 64,
    TILES_PER_THREAD = 32, /* what the last tile of a group can cost: one part in 32 */
    MAX_GROUP = 4096,      /* 32 MiB of rows at 2048 features */
    SCOPE_BYTES = 640
};

/* Frames of a pipe that are in memory at a time; more than this only if a thread had none. */
static const size_t stream_bytes = (size_t)64 << 20;

/* What became of one image of the group. */
typedef struct slot {
    iv3_status status;
    bool unreadable; /* as opposed to: our own failure */
    unsigned flags;
    bool cached;
    bf_leaf leaf;
    size_t row; /* where in the rows its features are, when status is OK */
    char reason[BF_NAMED_BYTES];
} slot;

typedef struct lane {
    iv3_session *session;
    float *input; /* [batch][3][299][299] */
    void *scratch;
    size_t scratch_bytes;
} lane;

struct bf_featurizer {
    const iv3_model *model;
    iv3_pool *pool;
    const iv3_preset *preset;
    size_t batch, n_lanes, group;
    lane *lanes;           /* one for each thread */
    slot *slots;           /* [group] */
    size_t *todo;          /* [group] slots of the images to be run */
    iv3_session *together; /* on the pool, for small groups */
    float *together_input; /* [n_lanes - 1][3][299][299] */
};

/* One group on its way through the workers. */
typedef struct work {
    bf_featurizer *f;
    const bf_featurize_job *job;
    size_t first, n;            /* images of the job */
    size_t n_todo;              /* of these, to be run */
    size_t tile;                /* images per tile */
    bool digests;               /* files, pixels and features are hashed */
    bool read_only;             /* a bad image was seen: the rest is only tried for reading */
    float *rows[BF_MAX_TAPS];   /* [group][dim] in the order of todo */
    float *placed[BF_MAX_TAPS]; /* with a cache, [group][dim] in the order of the group */
    size_t dims[BF_MAX_TAPS];
    char scopes[BF_MAX_TAPS][SCOPE_BYTES]; /* of the cache's keys */
    bf_featurize_report *report;
    atomic_size_t done; /* images through, of the whole set */
    atomic_bool stop;
    atomic_bool cache_failed;
} work;

/* --- memory ---------------------------------------------------------------------------------------- */

iv3_status bf_featurizer_create(bf_featurizer **out, const iv3_model *model, iv3_pool *pool,
                                const iv3_preset *preset, size_t batch, iv3_error *err)
{
    *out = NULL;
    bf_featurizer *f = iv3_calloc(1, sizeof *f);
    if (f == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the image loop");
    f->model = model;
    f->pool = pool;
    f->preset = preset;
    f->batch = batch > 0 ? batch : 1;
    f->n_lanes = iv3_pool_threads(pool);
    f->group = TILES_PER_THREAD * f->n_lanes * f->batch;
    f->group = f->group < MIN_GROUP ? MIN_GROUP : f->group > MAX_GROUP ? MAX_GROUP : f->group;
    f->lanes = iv3_calloc(f->n_lanes, sizeof *f->lanes);
    f->slots = iv3_calloc(f->group, sizeof *f->slots);
    f->todo = iv3_calloc(f->group, sizeof *f->todo);
    if (f->lanes == NULL || f->slots == NULL || f->todo == NULL) {
        bf_featurizer_close(&f);
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the image loop");
    }
    *out = f;
    return IV3_OK;
}

static void release_lane(lane *l)
{
    iv3_session_close(&l->session);
    iv3_free(l->input);
    iv3_free(l->scratch);
    memset(l, 0, sizeof *l);
}

static void release_together(bf_featurizer *f)
{
    iv3_session_close(&f->together);
    iv3_free(f->together_input);
    f->together_input = NULL;
}

void bf_featurizer_close(bf_featurizer **featurizer)
{
    if (featurizer == NULL || *featurizer == NULL)
        return;
    bf_featurizer *f = *featurizer;
    for (size_t i = 0; f->lanes != NULL && i < f->n_lanes; i++)
        release_lane(&f->lanes[i]);
    release_together(f);
    iv3_free(f->lanes);
    iv3_free(f->slots);
    iv3_free(f->todo);
    iv3_free(f);
    *featurizer = NULL;
}

double bf_featurizer_bytes(const bf_featurizer *f, double floats, bool cached, double pixels)
{
    size_t side = (size_t)sqrt(pixels) + 1;
    double lanes = (double)f->n_lanes, input = IV3_INPUT_FLOATS * sizeof(float);
    double together = (double)iv3_session_bytes(f->model, f->n_lanes) + lanes * input;
    double apart = lanes * ((double)iv3_session_bytes(f->model, 1) + (double)f->batch * input);
    /* A file's bytes are hardly ever more than its pixels'. */
    double image = 6.0 * pixels + (double)iv3_preprocess_scratch_bytes(side, side, f->preset);
    return (together > apart ? together : apart) + lanes * image + (double)f->group * floats * (cached ? 8.0 : 4.0);
}

/* --- one image ------------------------------------------------------------------------------------- */

static void slot_fail(slot *s, iv3_status status, const iv3_error *err)
{
    s->status = status;
    snprintf(s->reason, sizeof s->reason, "%.*s", (int)sizeof s->reason - 1, err->message);
}

static bool grow_scratch(lane *l, size_t bytes)
{
    if (bytes <= l->scratch_bytes)
        return true;
    iv3_free(l->scratch);
    l->scratch = iv3_alloc(bytes);
    l->scratch_bytes = l->scratch != NULL ? bytes : 0;
    return l->scratch != NULL;
}

/* The place in the set of image `index` of the group. */
static size_t set_index(const work *w, size_t index)
{
    return w->job->items != NULL ? w->job->items[w->first + index] : w->first + index;
}

/* Reads and decodes image `index` of the group; with digests of both when they are wanted. */
static iv3_status read_image(work *w, size_t index, bf_image *image, iv3_error *err)
{
    slot *s = &w->f->slots[index];
    uint8_t *bytes = NULL;
    size_t n = 0, at = set_index(w, index);
    if (!w->digests)
        return bf_set_read_image(w->job->set, at, image, err);
    iv3_status status = bf_set_load_item(w->job->set, at, &bytes, &n, err);
    if (status == IV3_OK) {
        bf_digest_bytes(&s->leaf.file, bytes, n);
        status = bf_set_decode_item(w->job->set, at, bytes, n, image, err);
    }
    iv3_free(bytes);
    if (status == IV3_OK) {
        s->leaf.w = (uint32_t)image->w;
        s->leaf.h = (uint32_t)image->h;
        bf_digest_pixels(&s->leaf.pixels, image->rgb, image->h, image->w);
    }
    return status;
}

/* Decodes image `index` of the group and prepares it into `input` (skipped when NULL). */
static bool load_image(work *w, size_t index, lane *l, float *input)
{
    slot *s = &w->f->slots[index];
    bf_image image;
    iv3_error err = {IV3_OK, ""};
    memset(s, 0, offsetof(slot, reason));
    s->status = read_image(w, index, &image, &err);
    if (s->status != IV3_OK) {
        slot_fail(s, s->status, &err);
        s->unreadable = s->status != IV3_ERR_NOMEM;
        s->leaf.skipped = true;
        return false;
    }
    s->flags = image.flags;
    if (input != NULL && w->job->change != NULL)
        s->status = w->job->change(w->job->change_ctx, &image, &err);
    if (s->status != IV3_OK)
        slot_fail(s, s->status, &err);
    else if (input != NULL) {
        size_t bytes = iv3_preprocess_scratch_bytes(image.h, image.w, w->f->preset);
        if (!grow_scratch(l, bytes))
            s->status =
                iv3_fail(&err, IV3_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", image.w, image.h);
        else
            s->status = iv3_preprocess(input, image.rgb, image.h, image.w, w->f->preset, l->scratch, &err);
        if (s->status != IV3_OK)
            slot_fail(s, s->status, &err);
    }
    bf_image_release(&image);
    return s->status == IV3_OK;
}

static bool stopped(work *w)
{
    if (w->job->interrupted != NULL && w->job->interrupted())
        atomic_store(&w->stop, true);
    return atomic_load(&w->stop);
}

static void count_image(work *w, size_t worker)
{
    size_t done = atomic_fetch_add(&w->done, 1) + 1;
    if (worker == 0 && w->job->progress != NULL)
        bf_progress_update(w->job->progress, done);
}

/* Runs `n` prepared images whose features go to rows [row, row + n). */
static iv3_status run_network(work *w, iv3_session *session, const float *input, size_t row, size_t n)
{
    iv3_output outputs[BF_MAX_TAPS];
    for (size_t t = 0; t < w->job->n_taps; t++) {
        outputs[t].tap = w->job->taps[t];
        outputs[t].data = w->rows[t] + row * w->dims[t];
        outputs[t].stride = w->dims[t];
    }
    return iv3_session_run(session, input, n, outputs, w->job->n_taps);
}

/* Marks the images todo[first .. first + n) of a failed call: for NUMERIC those whose rows are not finite,
 * else all. */
static void mark_failed(work *w, iv3_status status, size_t first, size_t n)
{
    bool named = false;
    for (size_t k = first; k < first + n; k++) {
        slot *s = &w->f->slots[w->f->todo[k]];
        bool finite = status == IV3_ERR_NUMERIC;
        for (size_t t = 0; t < w->job->n_taps && finite && s->status == IV3_OK; t++)
            for (size_t j = 0; j < w->dims[t] && finite; j++)
                finite = isfinite(w->rows[t][s->row * w->dims[t] + j]);
        if (s->status == IV3_OK && !finite) {
            iv3_error err;
            slot_fail(s,
                      iv3_fail(&err, status, "%s: the network's output is %s",
                               bf_set_item_name(w->job->set, set_index(w, w->f->todo[k])),
                               status == IV3_ERR_NUMERIC ? "NaN or infinite" : "missing"),
                      &err);
            named = true;
        }
    }
    if (!named)
        w->f->slots[w->f->todo[first]].status = status;
}

/* --- digests and the cache --------------------------------------------------------------------------- */

/* The digest of rows[row] of all taps. */
static void digest_rows(const work *w, slot *s, float *const *rows, size_t row)
{
    iv3_sha256 h;
    iv3_sha256_init(&h);
    for (size_t t = 0; t < w->job->n_taps; t++)
        iv3_sha256_update(&h, rows[t] + row * w->dims[t], w->dims[t] * sizeof(float));
    iv3_sha256_final(&h, s->leaf.features.sha256);
    s->leaf.features.known = true;
}

/* Digests the row of an image that was run, and keeps it. That it cannot be kept is no reason to stop. */
static void finish_image(work *w, size_t index)
{
    slot *s = &w->f->slots[index];
    char hint[96];
    unsigned char key[32];
    if (s->status != IV3_OK || !w->digests)
        return;
    digest_rows(w, s, w->rows, s->row);
    if (w->job->cache == NULL)
        return;
    bf_cache_image image = {.w = s->leaf.w, .h = s->leaf.h, .flags = s->flags};
    memcpy(image.pixels, s->leaf.pixels.sha256, sizeof image.pixels);
    bf_set_decode_hint(w->job->set, set_index(w, index), hint);
    for (size_t t = 0; t < w->job->n_taps; t++) {
        iv3_error err = {IV3_OK, ""};
        bf_cache_key(key, w->scopes[t], s->leaf.file.sha256, hint);
        if (bf_cache_add(w->job->cache, key, w->dims[t], w->rows[t] + s->row * w->dims[t], &image, &err) !=
                IV3_OK &&
            !atomic_exchange(&w->cache_failed, true))
            snprintf(w->report->cache_problem, sizeof w->report->cache_problem, "%.*s",
                     (int)sizeof w->report->cache_problem - 1, err.message);
    }
}

/* Looks one image of the group up by the digest of its bytes. One that cannot be read is a miss: it is tried
 * again, and what is wrong with it said, when its turn comes to be run. */
static void look_up(void *ctx, size_t index, size_t worker)
{
    work *w = ctx;
    slot *s = &w->f->slots[index];
    uint8_t *bytes = NULL;
    size_t n = 0;
    char hint[96];
    unsigned char key[32];
    bf_cache_image image;
    if (stopped(w) || bf_set_load_item(w->job->set, set_index(w, index), &bytes, &n, NULL) != IV3_OK)
        return;
    bf_digest_bytes(&s->leaf.file, bytes, n);
    iv3_free(bytes);
    bf_set_decode_hint(w->job->set, set_index(w, index), hint);
    for (size_t t = 0; t < w->job->n_taps; t++) {
        bf_cache_key(key, w->scopes[t], s->leaf.file.sha256, hint);
        if (!bf_cache_find(w->job->cache, key, w->dims[t], w->placed[t] + index * w->dims[t], &image))
            return;
    }
    s->cached = true;
    s->flags = image.flags;
    s->row = index;
    s->leaf.w = image.w;
    s->leaf.h = image.h;
    memcpy(s->leaf.pixels.sha256, image.pixels, sizeof image.pixels);
    s->leaf.pixels.known = true;
    digest_rows(w, s, w->placed, index);
    count_image(w, worker);
}

/* Brings the rows that were run to the places where those from the cache are. */
static void place_rows(work *w)
{
    for (size_t k = 0; k < w->n_todo; k++) {
        size_t index = w->f->todo[k];
        slot *s = &w->f->slots[index];
        for (size_t t = 0; t < w->job->n_taps && s->status == IV3_OK; t++)
            memcpy(w->placed[t] + index * w->dims[t], w->rows[t] + s->row * w->dims[t],
                   w->dims[t] * sizeof(float));
        s->row = index;
    }
}

/* --- a group --------------------------------------------------------------------------------------- */

static iv3_status open_lane(work *w, lane *l, iv3_error *err)
{
    if (l->session != NULL || w->read_only)
        return IV3_OK;
    if (l->input == NULL)
        l->input = iv3_alloc_array(w->f->batch, IV3_INPUT_FLOATS * sizeof(float));
    if (l->input == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for %zu images", w->f->batch);
    return iv3_session_create(&l->session, w->f->model, NULL, err);
}

static void run_tile(void *ctx, size_t tile, size_t worker)
{
    work *w = ctx;
    lane *l = &w->f->lanes[worker];
    const size_t *todo = w->f->todo;
    size_t first = tile * w->tile, n = w->n_todo - first < w->tile ? w->n_todo - first : w->tile, n_good = 0;
    iv3_error err;
    if (stopped(w))
        return;
    iv3_status status = open_lane(w, l, &err);
    if (status != IV3_OK) {
        slot_fail(&w->f->slots[todo[first]], status, &err);
        w->f->slots[todo[first]].unreadable = false;
        atomic_store(&w->stop, true);
        return;
    }
    for (size_t k = first; k < first + n; k++) {
        float *input = w->read_only ? NULL : l->input + n_good * IV3_INPUT_FLOATS;
        if (load_image(w, todo[k], l, input))
            w->f->slots[todo[k]].row = first + n_good++;
        if (n > 1 && k + 1 < first + n)
            count_image(w, worker);
    }
    if (n_good > 0 && !w->read_only) {
        status = run_network(w, l->session, l->input, first, n_good);
        if (status != IV3_OK)
            mark_failed(w, status, first, n);
        for (size_t k = first; k < first + n && status == IV3_OK; k++)
            finish_image(w, todo[k]);
    }
    count_image(w, worker);
}

/* The first half of the other way: a tile is one image, made ready for a call of all threads. */
static void prepare_image(void *ctx, size_t k, size_t worker)
{
    work *w = ctx;
    if (!stopped(w))
        (void)load_image(w, w->f->todo[k], &w->f->lanes[worker], w->f->together_input + k * IV3_INPUT_FLOATS);
}

/* The second: the images that could be read, moved together and run in one call. */
static void run_prepared(work *w)
{
    bf_featurizer *f = w->f;
    size_t n_good = 0;
    for (size_t k = 0; k < w->n_todo; k++) {
        slot *s = &f->slots[f->todo[k]];
        if (s->status != IV3_OK)
            continue;
        if (k != n_good)
            memcpy(f->together_input + n_good * IV3_INPUT_FLOATS, f->together_input + k * IV3_INPUT_FLOATS,
                   IV3_INPUT_FLOATS * sizeof(float));
        s->row = n_good++;
    }
    iv3_status status = n_good > 0 ? run_network(w, f->together, f->together_input, 0, n_good) : IV3_OK;
    if (status != IV3_OK)
        mark_failed(w, status, 0, w->n_todo);
    for (size_t k = 0; k < w->n_todo; k++) {
        if (status == IV3_OK)
            finish_image(w, f->todo[k]);
        count_image(w, 0);
    }
}

static iv3_status run_together(work *w, iv3_error *err)
{
    bf_featurizer *f = w->f;
    for (size_t i = 0; i < f->n_lanes; i++)
        release_lane(&f->lanes[i]);
    if (f->together_input == NULL)
        f->together_input = iv3_alloc_array(f->n_lanes - 1, IV3_INPUT_FLOATS * sizeof(float));
    if (f->together_input == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "no memory for %zu images", f->n_lanes - 1);
    if (f->together == NULL) {
        iv3_status status = iv3_session_create(&f->together, f->model, f->pool, err);
        if (status != IV3_OK)
            return status;
    }
    iv3_parallel_for(f->pool, w->n_todo, prepare_image, w);
    if (!stopped(w))
        run_prepared(w);
    return IV3_OK;
}

static iv3_status run_group(work *w, iv3_error *err)
{
    bf_featurizer *f = w->f;
    memset(f->slots, 0, w->n * sizeof *f->slots);
    if (w->job->cache != NULL && !w->read_only)
        iv3_parallel_for(f->pool, w->n, look_up, w);
    w->n_todo = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!f->slots[i].cached)
            f->todo[w->n_todo++] = i;
    if (w->n_todo == 0 || stopped(w))
        return IV3_OK;
    if (w->n_todo < f->n_lanes && !w->read_only)
        return run_together(w, err);
    release_together(f);
    size_t share = (w->n_todo + f->n_lanes - 1) / f->n_lanes;
    w->tile = f->batch < share ? f->batch : share;
    iv3_parallel_for(f->pool, (w->n_todo + w->tile - 1) / w->tile, run_tile, w);
    return IV3_OK;
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
static iv3_status collect(work *w, bf_featurize_report *report, size_t *n_rows, iv3_error *err)
{
    float *const *rows = w->job->cache != NULL ? w->placed : w->rows;
    *n_rows = 0;
    if (w->job->cache != NULL && !w->read_only)
        place_rows(w);
    for (size_t i = 0; i < w->n; i++) {
        const slot *s = &w->f->slots[i];
        if (w->job->trace != NULL && !w->read_only)
            w->job->trace(w->job->trace_ctx, set_index(w, i), &s->leaf);
        if (s->status != IV3_OK && !s->unreadable)
            return iv3_fail(err, s->status, "%s", s->reason[0] ? s->reason : iv3_status_name(s->status));
        if (s->status != IV3_OK) {
            if (report->n_named < BF_MAX_NAMED) {
                snprintf(report->names[report->n_named], BF_NAMED_BYTES, "%.*s", BF_NAMED_BYTES - 1,
                         bf_set_item_name(w->job->set, set_index(w, i)));
                memcpy(report->reasons[report->n_named++], s->reason, BF_NAMED_BYTES);
            }
            report->n_bad++;
            continue;
        }
        if (w->job->row_items != NULL && !w->read_only)
            w->job->row_items[report->n_rows + *n_rows] = set_index(w, i);
        count_flags(report, s->flags);
        report->n_cached += s->cached;
        for (size_t t = 0; t < w->job->n_taps && !w->read_only; t++)
            if (s->row != *n_rows)
                memcpy(rows[t] + *n_rows * w->dims[t], rows[t] + s->row * w->dims[t],
                       w->dims[t] * sizeof(float));
        ++*n_rows;
    }
    return IV3_OK;
}

static iv3_status start_work(work *w, iv3_error *err)
{
    for (size_t t = 0; t < w->job->n_taps; t++) {
        w->dims[t] = iv3_tap_dim(w->f->model, w->job->taps[t]);
        if (w->dims[t] == 0)
            return iv3_fail(err, IV3_ERR_UNSUPPORTED, "the network of these weights has no tap '%s'",
                            iv3_tap_name(w->job->taps[t]));
        w->rows[t] = iv3_alloc_array(w->f->group, w->dims[t] * sizeof(float));
        if (w->job->cache != NULL)
            w->placed[t] = iv3_alloc_array(w->f->group, w->dims[t] * sizeof(float));
        if (w->rows[t] == NULL || (w->job->cache != NULL && w->placed[t] == NULL))
            return iv3_fail(err, IV3_ERR_NOMEM, "no memory for the features of %zu images", w->f->group);
        if (w->job->cache != NULL)
            snprintf(w->scopes[t], sizeof w->scopes[t], "%.560s tap %s", w->job->cache_scope,
                     iv3_tap_name(w->job->taps[t]));
    }
    return w->job->cache != NULL ? bf_cache_refresh(w->job->cache, err) : IV3_OK;
}

/* How many images the next group has; 0 at the end. */
static iv3_status begin_group(work *w, size_t count, iv3_error *err)
{
    const bf_featurize_job *job = w->job;
    size_t most = w->f->group, least = 2 * w->f->n_lanes;
    if (job->frames == NULL) {
        w->n = count - w->first < most ? count - w->first : most;
        return IV3_OK;
    }
    size_t fit = stream_bytes / bf_frames_bytes(job->frames);
    fit = fit < least ? least : fit;
    return bf_frames_next(job->frames, fit < most ? fit : most, &w->n, job->interrupted, err);
}

static iv3_status run_set(work *w, bf_featurize_report *report, iv3_error *err)
{
    const bf_featurize_job *job = w->job;
    size_t count = job->items != NULL ? job->n_items : bf_set_count(job->set), n_rows;
    float *const *rows = job->cache != NULL ? w->placed : w->rows;
    iv3_status status = IV3_OK;
    for (w->first = 0; status == IV3_OK; w->first += w->n) {
        status = begin_group(w, count, err);
        if (status != IV3_OK || w->n == 0)
            break;
        w->read_only = report->n_bad > 0 && !job->skip_bad;
        status = run_group(w, err);
        if (status != IV3_OK)
            break;
        if (job->interrupted != NULL && job->interrupted())
            return iv3_fail(err, IV3_ERR_IO, "interrupted");
        status = collect(w, report, &n_rows, err);
        if (status == IV3_OK && n_rows > 0 && !w->read_only && (report->n_bad == 0 || job->skip_bad))
            status = job->sink(job->ctx, report->n_rows, n_rows, (const float *const *)rows, err);
        report->n_rows += n_rows;
        if (status == IV3_OK && w->first == 0 && w->n < count && !job->is_share &&
            bf_bitdepth_in_doubt(&report->bitdepth))
            status = bf_bitdepth_look_ahead(job->set, job->items, w->n, count, &report->bitdepth, w->f->pool,
                                            job->interrupted, err);
    }
    return status;
}

iv3_status bf_featurize(bf_featurizer *f, const bf_featurize_job *job, bf_featurize_report *report,
                        iv3_error *err)
{
    work w = {.f = f, .job = job, .report = report, .digests = job->trace != NULL || job->cache != NULL};
    atomic_init(&w.done, 0);
    atomic_init(&w.stop, false);
    atomic_init(&w.cache_failed, false);
    memset(report, 0, sizeof *report);
    iv3_status status = start_work(&w, err);
    if (status == IV3_OK)
        status = run_set(&w, report, err);
    for (size_t t = 0; t < job->n_taps; t++) {
        iv3_free(w.rows[t]);
        iv3_free(w.placed[t]);
    }
    if (status == IV3_OK && report->n_bad > 0 && !job->skip_bad)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: %zu of %zu images cannot be read", bf_set_spec(job->set),
                          report->n_bad, bf_set_count(job->set));
    if (status == IV3_OK && report->n_rows == 0 && !job->is_share)
        status = iv3_fail(err, IV3_ERR_FORMAT, "%s: no image can be read, %zu tried", bf_set_spec(job->set),
                          bf_set_count(job->set));
    if (status == IV3_OK && !job->is_share)
        status = bf_bitdepth_check(job->set, &report->bitdepth, err);
    return status;
}
