/* The weights object: a list of tensors, and a backend that has their values. */
#include "engine/flat/flat.h"

#include <string.h>
#include <sys/mman.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/flat/content.h"
#include "engine/flat/flat_format.h"
#include "engine/flat/flat_internal.h"

void feat_weights_close(feat_weights **weights)
{
    if (weights == NULL || *weights == NULL)
        return;
    feat_weights *w = *weights;
    w->backend->close(w);
    if (w->has_mutex)
        pthread_mutex_destroy(&w->mutex);
    feat_free(w->tensors);
    feat_free(w->path);
    feat_free(w);
    *weights = NULL;
}

/* --- asking ------------------------------------------------------------------------------------- */

size_t feat_weights_count(const feat_weights *w)
{
    return w->info.n_tensors;
}

const feat_tensor *feat_weights_at(const feat_weights *w, size_t index)
{
    return index < w->info.n_tensors ? &w->tensors[index] : NULL;
}

size_t feat_weights_find(const feat_weights *w, const char *name)
{
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        if (strcmp(w->tensors[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

const feat_net *feat_weights_net(const feat_weights *w)
{
    if (w == NULL)
        return NULL;
    return w->info.net;
}

feat_dtype feat_weights_dtype(const feat_weights *w)
{
    if (w == NULL)
        return FEAT_AS_IS;
    uint64_t n[FEAT_FLOAT16 + 1] = {0};
    for (size_t i = 0; i < w->info.n_tensors; i++)
        n[w->tensors[i].dtype] += w->tensors[i].n_elements;
    return n[FEAT_FLOAT16] > n[FEAT_FLOAT32] ? FEAT_FLOAT16 : FEAT_FLOAT32;
}

size_t feat_weights_n_stored(const feat_weights *w, feat_dtype dtype)
{
    if (w == NULL)
        return 0;
    size_t n = 0;
    for (size_t i = 0; i < w->info.n_tensors; i++)
        n += w->tensors[i].dtype == dtype;
    return n;
}

const char *feat_weights_path(const feat_weights *w)
{
    return w->path;
}

/* --- reading ------------------------------------------------------------------------------------ */

feat_status feat_weights_begin(feat_tensor_reader *reader, const feat_weights *w, size_t index, feat_error *err)
{
    *reader = (feat_tensor_reader){.weights = w, .tensor = feat_weights_at(w, index), .first_bad = SIZE_MAX};
    if (reader->tensor == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: no tensor %zu", w->path, index);
    w->backend->begin(reader);
    return FEAT_OK;
}

feat_status feat_weights_next(feat_tensor_reader *reader, float *dst, size_t n, feat_error *err)
{
    const feat_weights *w = reader->weights;
    if (n > (size_t)reader->tensor->n_elements - reader->n_read)
        return feat_fail(err, FEAT_ERR_ARG, "%s: tensor '%s': %zu values asked for behind %zu of %zu", w->path,
                         reader->tensor->name, n, reader->n_read, (size_t)reader->tensor->n_elements);
    feat_status status = w->backend->next(reader, dst, n, err);
    reader->n_read += n;
    return status;
}

feat_status feat_weights_end(const feat_tensor_reader *reader, feat_error *err)
{
    const feat_weights *w = reader->weights;
    if (reader->n_read != (size_t)reader->tensor->n_elements)
        return feat_fail(err, FEAT_ERR_ARG, "%s: tensor '%s': %zu of %zu values read", w->path, reader->tensor->name,
                         reader->n_read, (size_t)reader->tensor->n_elements);
    return w->backend->end(reader, err);
}

feat_status feat_weights_read(const feat_weights *w, size_t index, float *dst, feat_error *err)
{
    feat_tensor_reader reader;
    feat_status status = feat_weights_begin(&reader, w, index, err);
    if (status == FEAT_OK)
        status = feat_weights_next(&reader, dst, (size_t)reader.tensor->n_elements, err);
    return status == FEAT_OK ? feat_weights_end(&reader, err) : status;
}

feat_status feat_weights_map(feat_mapped_tensor *out, const feat_weights *w, size_t index, feat_error *err)
{
    const feat_tensor *t = feat_weights_at(w, index);
    *out = (feat_mapped_tensor){.data = NULL};
    if (t == NULL)
        return feat_fail(err, FEAT_ERR_ARG, "%s: no tensor %zu", w->path, index);
    out->dtype = t->dtype;
    feat_status status = w->backend->map(out, w, t, err);
    if (status != FEAT_OK)
        feat_mapped_tensor_release(out);
    return status;
}

size_t feat_weights_map_takes(const feat_weights *w, const feat_tensor *t)
{
    return w->backend->map_takes(w, t);
}

void feat_mapped_tensor_release(feat_mapped_tensor *tensor)
{
    if (tensor->map_bytes > 0)
        (void)munmap(tensor->map, tensor->map_bytes);
    else
        feat_free(tensor->map);
    *tensor = (feat_mapped_tensor){.data = NULL};
}

/* The bytes of n values of type `dtype` as they are stored, made of floats in place. */
static const void *stored(float *values, size_t n, feat_dtype dtype)
{
    for (size_t k = 0; dtype == FEAT_FLOAT16 && k < n; k++) {
        uint16_t half = feat_half_round(values[k]); /* exact: the value was a half */
        memcpy((unsigned char *)values + 2 * k, &half, sizeof half);
    }
    return values;
}

/* One tensor, piece by piece through buffer[FEAT_PIECE_VALUES]. */
static feat_status digest_tensor(feat_content *content, const feat_weights *w, size_t index, float *buffer,
                                 feat_error *err)
{
    const feat_tensor *t = &w->tensors[index];
    unsigned char identity[FEAT_ENT_IDENTITY];
    feat_tensor_reader reader;
    feat_put_identity(identity, t, t->dtype);
    feat_content_update(content, identity, sizeof identity);
    feat_status status = feat_weights_begin(&reader, w, index, err);
    for (size_t left = (size_t)t->n_elements, n = 0; left > 0 && status == FEAT_OK; left -= n) {
        n = left < FEAT_PIECE_VALUES ? left : FEAT_PIECE_VALUES;
        status = feat_weights_next(&reader, buffer, n, err);
        if (status == FEAT_OK)
            feat_content_update(content, stored(buffer, n, t->dtype), n * feat_dtype_bytes(t->dtype));
    }
    return status == FEAT_OK ? feat_weights_end(&reader, err) : status;
}

/* Every tensor through the digest as engine/flat/FORMAT.md defines it. */
static feat_status digest_content(const feat_weights *w, unsigned char digest[32], feat_error *err)
{
    feat_content content;
    feat_status status = FEAT_OK;
    float *buffer = feat_alloc_array(FEAT_PIECE_VALUES, sizeof *buffer);
    if (buffer == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for its digest", w->path);
    feat_content_init(&content);
    for (size_t i = 0; i < w->info.n_tensors && status == FEAT_OK; i++)
        status = digest_tensor(&content, w, i, buffer, err);
    feat_content_final(&content, digest);
    feat_free(buffer);
    return status;
}

static feat_status compare(const feat_weights *w, const unsigned char found[32], feat_error *err)
{
    char claimed[65], have[65];
    if (memcmp(found, w->claimed, 32) == 0)
        return FEAT_OK;
    feat_hex(claimed, w->claimed);
    feat_hex(have, found);
    return feat_fail(err, FEAT_ERR_CHECKSUM,
                     "%s: content SHA-256 %s expected, as its header says, %s found, of its tensors: it is not what "
                     "its maker wrote; convert it again ('bonafide weights convert'), or get it again",
                     w->path, claimed, have);
}

feat_status feat_weights_settle(feat_weights *w, const unsigned char found[32], feat_error *err)
{
    feat_status status = compare(w, found, err);
    if (status != FEAT_OK)
        return status;
    pthread_mutex_lock(&w->mutex);
    memcpy(w->info.content_sha256, found, 32);
    w->has_digest = true;
    pthread_mutex_unlock(&w->mutex);
    return FEAT_OK;
}

feat_status feat_weights_describe(feat_weights *w, feat_weights_info *info, feat_error *err)
{
    unsigned char found[32];
    if (w == NULL || info == NULL)
        return feat_null(err, __func__);
    feat_status status = FEAT_OK;
    pthread_mutex_lock(&w->mutex);
    if (!w->has_digest) {
        status = digest_content(w, found, err);
        if (status == FEAT_OK && w->backend->stored)
            status = compare(w, found, err);
        if (status == FEAT_OK)
            memcpy(w->info.content_sha256, found, 32);
        w->has_digest = status == FEAT_OK;
    }
    if (status == FEAT_OK)
        *info = w->info;
    pthread_mutex_unlock(&w->mutex);
    return status;
}

feat_status feat_weights_verify(feat_weights *w, feat_error *err)
{
    if (w == NULL)
        return feat_null(err, __func__);
    unsigned char found[32];
    if (!w->backend->stored)
        return FEAT_OK;
    feat_status status = digest_content(w, found, err);
    return status == FEAT_OK ? feat_weights_settle(w, found, err) : status;
}
