/* One image of a group: found in the cache, or read, decoded and prepared; its digests, and its row kept. */
#include "tools/features/featurize_parts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

void bf_slot_fail(bf_slot *s, feat_status status, const feat_error *err)
{
    s->status = status;
    snprintf(s->reason, sizeof s->reason, "%.*s", (int)sizeof s->reason - 1, err->message);
}

static bool grow_scratch(bf_lane *l, size_t bytes)
{
    if (bytes <= l->scratch_bytes)
        return true;
    feat_free(l->scratch);
    l->scratch = feat_alloc(bytes);
    l->scratch_bytes = l->scratch != NULL ? bytes : 0;
    return l->scratch != NULL;
}

size_t bf_work_set_index(const bf_group_work *w, size_t index)
{
    return w->job->items != NULL ? w->job->items[w->first + index] : w->first + index;
}

/* Reads and decodes image `index` of the group; with digests of both when they are wanted. */
static feat_status read_image(bf_group_work *w, size_t index, bf_image *image, feat_error *err)
{
    bf_slot *s = &w->f->slots[index];
    uint8_t *bytes = NULL;
    size_t n = 0, at = bf_work_set_index(w, index);
    if (!w->digests)
        return bf_set_read_image(w->job->set, at, image, err);
    feat_status status = bf_set_load_item(w->job->set, at, &bytes, &n, err);
    if (status == FEAT_OK) {
        bf_digest_bytes(&s->leaf.file, bytes, n);
        status = bf_set_decode_item(w->job->set, at, bytes, n, image, err);
    }
    bf_set_free_item(bytes);
    if (status == FEAT_OK) {
        s->leaf.w = (uint32_t)image->w;
        s->leaf.h = (uint32_t)image->h;
        bf_digest_pixels(&s->leaf.pixels, image->rgb, image->h, image->w);
    }
    return status;
}

/* Prepares a decoded image for one network. */
static feat_status prepare(const bf_branch *branch, bf_lane *l, const bf_image *image, float *input, feat_error *err)
{
    if (!grow_scratch(l, feat_preprocess_scratch_bytes(branch->net, image->h, image->w, branch->preset)))
        return feat_fail(err, FEAT_ERR_NOMEM, "no memory to resize a picture of %zu x %zu", image->w, image->h);
    const feat_picture picture = {.data = image->rgb, .h = image->h, .w = image->w, .order = FEAT_ORDER_RGB};
    return feat_preprocess(input, branch->net, &picture, branch->preset, l->scratch, err);
}

bool bf_image_job_load(bf_group_work *w, size_t index, bf_lane *l, float *const inputs[BF_MAX_NETWORKS])
{
    bf_slot *s = &w->f->slots[index];
    unsigned cached = s->cached;
    bf_image image;
    feat_error err = {FEAT_OK, ""};
    memset(s, 0, offsetof(bf_slot, reason));
    s->cached = cached;
    s->status = read_image(w, index, &image, &err);
    if (s->status != FEAT_OK) {
        bf_slot_fail(s, s->status, &err);
        s->unreadable = s->status != FEAT_ERR_NOMEM;
        s->leaf.skipped = true;
        return false;
    }
    s->flags = image.flags;
    if (inputs != NULL && w->job->change != NULL)
        s->status = w->job->change(w->job->change_ctx, &image, &err);
    for (size_t b = 0; inputs != NULL && b < w->f->n_branches && s->status == FEAT_OK; b++)
        if (inputs[b] != NULL)
            s->status = prepare(&w->f->branches[b], l, &image, inputs[b], &err);
    if (s->status != FEAT_OK)
        bf_slot_fail(s, s->status, &err);
    bf_image_release(&image);
    return s->status == FEAT_OK;
}

bool bf_work_stopped(bf_group_work *w)
{
    if (w->job->interrupted != NULL && w->job->interrupted())
        atomic_store(&w->stop, true);
    return atomic_load(&w->stop);
}

void bf_work_count(bf_group_work *w, size_t worker)
{
    size_t done = atomic_fetch_add(&w->done, 1) + 1;
    if (worker == 0 && w->job->progress != NULL)
        bf_progress_update(w->job->progress, done);
}

/* The row of tap number `t`: where the cache put it, or where the network did. */
static const float *row_of(const bf_group_work *w, const bf_slot *s, size_t index, size_t t)
{
    size_t b = bf_tap_network(w->job->taps[t]);
    return (s->cached >> b & 1) != 0 ? w->placed[t] + index * w->dims[t] : w->rows[t] + s->row[b] * w->dims[t];
}

/* The digest of the rows of all taps. */
static void digest_rows(const bf_group_work *w, bf_slot *s, size_t index)
{
    feat_sha256 h;
    feat_sha256_init(&h);
    for (size_t t = 0; t < w->job->n_taps; t++)
        feat_sha256_update(&h, row_of(w, s, index, t), w->dims[t] * sizeof(float));
    feat_sha256_final(&h, s->leaf.features.sha256);
    s->leaf.features.known = true;
}

void bf_image_job_finish(bf_group_work *w, size_t index)
{
    bf_slot *s = &w->f->slots[index];
    char hint[96];
    unsigned char key[32];
    if (s->status != FEAT_OK || !w->digests)
        return;
    digest_rows(w, s, index);
    if (w->job->cache == NULL)
        return;
    bf_cache_image image = {.w = s->leaf.w, .h = s->leaf.h, .flags = s->flags};
    memcpy(image.pixels, s->leaf.pixels.sha256, sizeof image.pixels);
    bf_set_decode_hint(w->job->set, bf_work_set_index(w, index), hint);
    for (size_t t = 0; t < w->job->n_taps; t++) {
        feat_error err = {FEAT_OK, ""};
        if ((s->cached >> bf_tap_network(w->job->taps[t]) & 1) != 0)
            continue;
        bf_cache_key(key, w->scopes[t], s->leaf.file.sha256, hint);
        if (bf_cache_add(w->job->cache, key, w->dims[t], row_of(w, s, index, t), &image, &err) != FEAT_OK &&
            !atomic_exchange(&w->cache_failed, true))
            snprintf(w->report->cache_problem, sizeof w->report->cache_problem, "%.*s",
                     (int)sizeof w->report->cache_problem - 1, err.message);
    }
}

void bf_image_job_look_up(void *work, size_t index, size_t worker)
{
    bf_group_work *w = work;
    bf_slot *s = &w->f->slots[index];
    uint8_t *bytes = NULL;
    size_t n = 0;
    char hint[96];
    unsigned char key[32];
    bf_cache_image image = {0}, found;
    if (bf_work_stopped(w) || bf_set_load_item(w->job->set, bf_work_set_index(w, index), &bytes, &n, NULL) != FEAT_OK)
        return;
    bf_digest_bytes(&s->leaf.file, bytes, n);
    bf_set_free_item(bytes);
    bf_set_decode_hint(w->job->set, bf_work_set_index(w, index), hint);
    unsigned missing = ~w->used;
    for (size_t t = 0; t < w->job->n_taps; t++) {
        size_t b = bf_tap_network(w->job->taps[t]);
        bf_cache_key(key, w->scopes[t], s->leaf.file.sha256, hint);
        if ((missing >> b & 1) == 0 &&
            !bf_cache_find(w->job->cache, key, w->dims[t], w->placed[t] + index * w->dims[t], &found))
            missing |= 1u << b;
        else if ((missing >> b & 1) == 0)
            image = found;
    }
    s->cached = ~missing;
    if (s->cached != w->used)
        return;
    s->flags = image.flags;
    for (size_t b = 0; b < BF_MAX_NETWORKS; b++)
        s->row[b] = index;
    s->leaf.w = image.w;
    s->leaf.h = image.h;
    memcpy(s->leaf.pixels.sha256, image.pixels, sizeof image.pixels);
    s->leaf.pixels.known = true;
    digest_rows(w, s, index);
    bf_work_count(w, worker);
}
