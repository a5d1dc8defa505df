/* A file is hashed from its front, as its digest is defined, while threads that load it want its tensors in an order
 * that is nearly the same. What is hashed is kept in chunks until it is loaded, so that the bytes are read once and the
 * digest is of those that were loaded. One thread hashes at a time: a helper, or a loader that waits for a tensor.
 *
 * Memory is bounded: hashing goes AHEAD chunks before loading, and further only within the layer that is oldest of
 * those not loaded yet. That one can always be completed, so nobody waits for ever: layers are begun in their order. */
#include "engine/flat/flat_stream.h"

#include <pthread.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "engine/flat/content.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_internal.h"

enum { CHUNK_BYTES = 1 << 18, AHEAD = 32, HELPER_STACK = 256 * 1024 };

typedef struct chunk {
    struct chunk *next;
    size_t bytes, taken;
    unsigned char data[CHUNK_BYTES];
} chunk;

/* A tensor between being hashed and being loaded. */
typedef struct passing {
    chunk *first, *last;
    feat_mapped_tensor mapped; /* of one in panels that will be loaded */
    bool hashed;               /* all of it */
} passing;

struct feat_weights_stream {
    feat_weights view; /* what loaders read; path and tensors are the source's */
    feat_weights *source;
    const uint32_t *layer_of;
    passing *tensors;
    feat_content content;
    bool in_place; /* rows are read from the caller's memory and need no chunks */
    pthread_t helper;
    bool has_mutex, has_moved, has_helper;
    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t moved;  /* something was hashed or loaded, or the end has come */
    size_t next, at;       /* the tensor whose turn it is, and how many of its bytes are hashed */
    size_t oldest;         /* no tensor before it has chunks that are not loaded */
    chunk *spare;
    size_t n_used; /* chunks that are not loaded */
    size_t n_waiting;
    bool busy; /* a thread hashes */
    bool rest; /* nothing more is loaded */
    bool closing;
    feat_error failed; /* FEAT_OK while nothing has */
};

static size_t stored_bytes(const feat_tensor *t)
{
    return (size_t)t->n_elements * feat_dtype_bytes(t->dtype);
}

/* --- hashing; with the mutex -------------------------------------------------------------------- */

/* Whoever waits looks again. */
static void wake(feat_weights_stream *s)
{
    if (s->n_waiting > 0)
        pthread_cond_broadcast(&s->moved);
}

static bool may_hash(feat_weights_stream *s)
{
    if (s->busy || s->failed.status != FEAT_OK || s->next == s->view.info.n_tensors)
        return false;
    while (s->oldest < s->next && s->tensors[s->oldest].first == NULL)
        s->oldest++;
    return s->rest || s->n_used < AHEAD || s->layer_of[s->oldest] == s->layer_of[s->next];
}

static void release_chunk(feat_weights_stream *s, chunk *c)
{
    c->next = s->spare;
    s->spare = c;
}

static feat_status take_spare(feat_weights_stream *s, chunk **c, feat_error *err)
{
    *c = s->spare;
    if (*c != NULL)
        s->spare = (*c)->next;
    else if ((*c = feat_alloc(sizeof **c)) == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load it", s->view.path);
    return FEAT_OK;
}

/* The next bytes of t into a chunk, and through the digest. */
static feat_status hash_chunk(feat_weights_stream *s, const feat_tensor *t, chunk *c, feat_error *err)
{
    size_t left = stored_bytes(t) - s->at;
    c->next = NULL;
    c->taken = 0;
    c->bytes = left < CHUNK_BYTES ? left : CHUNK_BYTES;
    feat_status status = feat_stored_read(s->source, t, c->data, c->bytes, s->at, err);
    if (status == FEAT_OK)
        feat_content_update(&s->content, c->data, c->bytes);
    return status;
}

/* All of t where it will be used, and through the digest. */
static feat_status hash_mapped(feat_weights_stream *s, const feat_tensor *t, feat_mapped_tensor *mapped,
                               feat_error *err)
{
    mapped->dtype = t->dtype;
    feat_status status = feat_stored_map(mapped, s->source, t, err);
    if (status == FEAT_OK)
        feat_content_update(&s->content, mapped->data, stored_bytes(t));
    return status;
}

/* What a step of hashing has made is left for who loads it. */
static void publish(feat_weights_stream *s, chunk *c, bool keep)
{
    passing *p = &s->tensors[s->next];
    s->at += c != NULL ? c->bytes : stored_bytes(&s->view.tensors[s->next]);
    if (c != NULL && keep) {
        if (p->first == NULL)
            p->first = c;
        else
            p->last->next = c;
        p->last = c;
        s->n_used++;
    } else if (c != NULL) {
        release_chunk(s, c);
    }
    if (s->at == stored_bytes(&s->view.tensors[s->next])) {
        p->hashed = true;
        s->next++;
        s->at = 0;
    }
}

/* A chunk of the tensor whose turn it is, or all of one that is used where it lies. */
static void hash_some(feat_weights_stream *s)
{
    const feat_tensor *t = &s->view.tensors[s->next];
    bool loaded = !s->rest && s->layer_of[s->next] != FEAT_NOT_LOADED;
    bool whole = loaded && t->pixels > 0, keep = loaded && !s->in_place;
    chunk *c = NULL;
    feat_error err;
    feat_status status = whole ? FEAT_OK : take_spare(s, &c, &err);
    if (status == FEAT_OK) {
        s->busy = true;
        pthread_mutex_unlock(&s->mutex);
        if (s->at == 0) {
            unsigned char identity[FEAT_ENT_IDENTITY];
            feat_put_identity(identity, t, t->dtype);
            feat_content_update(&s->content, identity, sizeof identity);
        }
        status = whole ? hash_mapped(s, t, &s->tensors[s->next].mapped, &err) : hash_chunk(s, t, c, &err);
        pthread_mutex_lock(&s->mutex);
        s->busy = false;
    }
    if (status == FEAT_OK)
        publish(s, c, keep);
    else if (c != NULL)
        release_chunk(s, c);
    if (status != FEAT_OK && s->failed.status == FEAT_OK)
        s->failed = err;
    wake(s);
}

static void hash_or_wait(feat_weights_stream *s)
{
    if (may_hash(s)) {
        hash_some(s);
        return;
    }
    s->n_waiting++;
    pthread_cond_wait(&s->moved, &s->mutex);
    s->n_waiting--;
}

static void *help(void *arg)
{
    feat_weights_stream *s = arg;
    pthread_mutex_lock(&s->mutex);
    while (!s->closing && s->failed.status == FEAT_OK && s->next < s->view.info.n_tensors)
        hash_or_wait(s);
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* --- loading ------------------------------------------------------------------------------------ */

static feat_status failed(const feat_weights_stream *s, feat_error *err)
{
    return s->failed.status == FEAT_OK ? FEAT_OK : feat_fail(err, s->failed.status, "%s", s->failed.message);
}

static feat_status twice(const feat_weights *w, const feat_tensor *t, feat_error *err)
{
    return feat_fail(err, FEAT_ERR_ARG, "%s: tensor '%s' cannot be loaded twice", w->path, t->name);
}

static void begin_tensor(feat_tensor_reader *r)
{
    (void)r;
}

/* The next `bytes` of a tensor out of its chunks; the first chunk is its reader's alone. */
static feat_status take_bytes(feat_weights_stream *s, const feat_tensor *t, unsigned char *to, size_t bytes,
                              feat_error *err)
{
    passing *p = &s->tensors[t - s->view.tensors];
    feat_status status = FEAT_OK;
    pthread_mutex_lock(&s->mutex);
    while (bytes > 0 && (status = failed(s, err)) == FEAT_OK) {
        chunk *c = p->first;
        if (c == NULL && p->hashed) {
            status = twice(&s->view, t, err);
            break;
        }
        if (c == NULL) {
            hash_or_wait(s);
            continue;
        }
        pthread_mutex_unlock(&s->mutex);
        size_t n = bytes < c->bytes - c->taken ? bytes : c->bytes - c->taken;
        memcpy(to, c->data + c->taken, n);
        to += n;
        bytes -= n;
        c->taken += n;
        pthread_mutex_lock(&s->mutex);
        if (c->taken == c->bytes) {
            p->first = c->next;
            s->n_used--;
            release_chunk(s, c);
            wake(s);
        }
    }
    pthread_mutex_unlock(&s->mutex);
    return status;
}

static feat_status next_of_tensor(feat_tensor_reader *r, float *dst, size_t n, feat_error *err)
{
    /* The stream's own, which is not const, is its first member's address. */
    feat_weights_stream *s = (feat_weights_stream *)(uintptr_t)r->weights;
    const feat_tensor *t = r->tensor;
    size_t each = feat_dtype_bytes(t->dtype);
    unsigned char *stored = (unsigned char *)dst + n * (sizeof *dst - each);
    feat_status status = s->in_place ? feat_stored_read(s->source, t, stored, n * each, r->n_read * each, err)
                                     : take_bytes(s, t, stored, n * each, err);
    if (status == FEAT_OK)
        feat_stored_widen(r, dst, n);
    return status;
}

static feat_status map_tensor(feat_mapped_tensor *out, const feat_weights *w, const feat_tensor *t, feat_error *err)
{
    feat_weights_stream *s = (feat_weights_stream *)(uintptr_t)w;
    passing *p = &s->tensors[t - w->tensors];
    feat_status status;
    pthread_mutex_lock(&s->mutex);
    while ((status = failed(s, err)) == FEAT_OK && !p->hashed)
        hash_or_wait(s);
    if (status == FEAT_OK && p->mapped.data == NULL)
        status = twice(w, t, err);
    if (status == FEAT_OK) {
        *out = p->mapped;
        p->mapped = (feat_mapped_tensor){.data = NULL};
    }
    pthread_mutex_unlock(&s->mutex);
    return status == FEAT_OK ? feat_stored_mapped_finite(w, t, out, err) : status;
}

static size_t map_takes(const feat_weights *w, const feat_tensor *t)
{
    return feat_weights_map_takes(((const feat_weights_stream *)w)->source, t);
}

static void close_nothing(feat_weights *w)
{
    (void)w;
}

static const feat_weights_backend stream_backend = {
    begin_tensor, next_of_tensor, feat_stored_finite, map_tensor, map_takes, close_nothing, true};

/* --- public ------------------------------------------------------------------------------------- */

/* A stream without a helper does the same: loaders hash when they wait. */
static void start_helper(feat_weights_stream *s)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return;
    (void)pthread_attr_setstacksize(&attr, HELPER_STACK);
    s->has_helper = pthread_create(&s->helper, &attr, help, s) == 0;
    pthread_attr_destroy(&attr);
}

feat_status feat_weights_stream_open(feat_weights_stream **out, feat_weights *weights, const uint32_t *layer_of,
                                     feat_error *err)
{
    *out = NULL;
    if (!weights->backend->stored)
        return FEAT_OK;
    feat_weights_stream *s = feat_calloc(1, sizeof *s);
    if (s == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load it", weights->path);
    s->view.backend = &stream_backend;
    s->view.path = weights->path;
    s->view.info = weights->info;
    s->view.tensors = weights->tensors;
    s->source = weights;
    s->layer_of = layer_of;
    s->in_place = feat_stored_in_place(weights);
    feat_content_init(&s->content);
    s->tensors = feat_calloc(weights->info.n_tensors, sizeof *s->tensors);
    s->has_mutex = pthread_mutex_init(&s->mutex, NULL) == 0;
    s->has_moved = pthread_cond_init(&s->moved, NULL) == 0;
    if (s->tensors == NULL || !s->has_mutex || !s->has_moved) {
        feat_weights_stream_close(&s);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to load it", weights->path);
    }
    start_helper(s);
    *out = s;
    return FEAT_OK;
}

const feat_weights *feat_weights_stream_view(const feat_weights_stream *s)
{
    return &s->view;
}

void feat_weights_stream_stop(feat_weights_stream *s, const feat_error *why)
{
    pthread_mutex_lock(&s->mutex);
    if (s->failed.status == FEAT_OK)
        s->failed = *why;
    wake(s);
    pthread_mutex_unlock(&s->mutex);
}

feat_status feat_weights_stream_finish(feat_weights_stream *s, feat_error *err)
{
    unsigned char found[32];
    pthread_mutex_lock(&s->mutex);
    s->rest = true;
    while (s->failed.status == FEAT_OK && s->next < s->view.info.n_tensors)
        hash_or_wait(s);
    feat_status status = failed(s, err);
    pthread_mutex_unlock(&s->mutex);
    if (status != FEAT_OK)
        return status;
    feat_content_final(&s->content, found);
    return feat_weights_settle(s->source, found, err);
}

static void free_chunks(chunk *c)
{
    for (chunk *next; c != NULL; c = next) {
        next = c->next;
        feat_free(c);
    }
}

void feat_weights_stream_close(feat_weights_stream **stream)
{
    if (stream == NULL || *stream == NULL)
        return;
    feat_weights_stream *s = *stream;
    if (s->has_helper) {
        pthread_mutex_lock(&s->mutex);
        s->closing = true;
        wake(s);
        pthread_mutex_unlock(&s->mutex);
        (void)pthread_join(s->helper, NULL);
    }
    for (size_t i = 0; s->tensors != NULL && i < s->view.info.n_tensors; i++) {
        free_chunks(s->tensors[i].first);
        feat_mapped_tensor_release(&s->tensors[i].mapped);
    }
    free_chunks(s->spare);
    if (s->has_moved)
        pthread_cond_destroy(&s->moved);
    if (s->has_mutex)
        pthread_mutex_destroy(&s->mutex);
    feat_free(s->tensors);
    feat_free(s);
    *stream = NULL;
}

/* How many chunks the widest layer needs for its rows. Its tensors follow each other. */
static size_t widest_layer(const feat_weights *w, const uint32_t *layer_of)
{
    size_t widest = 0, here = 0;
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        if (i > 0 && layer_of[i] != layer_of[i - 1])
            here = 0;
        if (layer_of[i] != FEAT_NOT_LOADED && w->tensors[i].pixels == 0)
            here += (stored_bytes(&w->tensors[i]) + CHUNK_BYTES - 1) / CHUNK_BYTES;
        widest = here > widest ? here : widest;
    }
    return widest;
}

size_t feat_weights_stream_takes(const feat_weights *w, const uint32_t *layer_of)
{
    if (!w->backend->stored)
        return 0;
    size_t n_chunks = feat_stored_in_place(w) ? 1 : AHEAD + 1 + widest_layer(w, layer_of);
    return feat_alloc_takes(sizeof(feat_weights_stream)) + feat_alloc_takes(w->info.n_tensors * sizeof(passing)) +
           n_chunks * feat_alloc_takes(sizeof(chunk));
}
