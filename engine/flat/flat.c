/* The weights object: a list of tensors, and a backend that has their values. */
#include "engine/flat/flat.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/half.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/flat/flat_internal.h"
#include "engine/flat/flat_format.h"

const char *iv3_variant_name(iv3_variant variant)
{
    static const char *const names[] = {"fid", "torchvision", "keras"};
    size_t i = (size_t)variant;
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

void iv3_weights_close(iv3_weights **weights)
{
    if (weights == NULL || *weights == NULL)
        return;
    iv3_weights *w = *weights;
    w->backend->close(w);
    if (w->has_mutex)
        pthread_mutex_destroy(&w->mutex);
    iv3_free(w->tensors);
    iv3_free(w->path);
    iv3_free(w);
    *weights = NULL;
}

/* --- asking ------------------------------------------------------------------------------------- */

size_t iv3_weights_count(const iv3_weights *w)
{
    return w->info.n_tensors;
}

const iv3_tensor *iv3_weights_at(const iv3_weights *w, size_t index)
{
    return index < w->info.n_tensors ? &w->tensors[index] : NULL;
}

size_t iv3_weights_find(const iv3_weights *w, const char *name)
{
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        if (strcmp(w->tensors[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

iv3_variant iv3_weights_variant(const iv3_weights *w)
{
    return w->info.variant;
}

iv3_dtype iv3_weights_dtype(const iv3_weights *w)
{
    return w->tensors[0].dtype;
}

const char *iv3_weights_path(const iv3_weights *w)
{
    return w->path;
}

/* --- reading ------------------------------------------------------------------------------------ */

iv3_status iv3_weights_read(const iv3_weights *w, size_t index, float *dst, iv3_error *err)
{
    const iv3_tensor *t = iv3_weights_at(w, index);
    if (t == NULL)
        return iv3_fail(err, IV3_ERR_ARG, "%s: no tensor %zu", w->path, index);
    return w->backend->read(w, t, dst, err);
}

/* Every tensor through SHA-256 as engine/flat/FORMAT.md defines it. `buffer` holds any tensor as float32. */
static iv3_status digest_content(const iv3_weights *w, unsigned char digest[32], float *buffer,
                                 iv3_error *err)
{
    iv3_sha256 sha;
    iv3_sha256_init(&sha);
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        const iv3_tensor *t = &w->tensors[i];
        unsigned char identity[IV3_ENT_IDENTITY];
        iv3_put_identity(identity, t, t->dtype);
        iv3_sha256_update(&sha, identity, sizeof identity);
        iv3_status status = iv3_weights_read(w, i, buffer, err);
        if (status != IV3_OK)
            return status;
        size_t n = (size_t)t->n_elements;
        for (size_t k = 0; t->dtype == IV3_FLOAT16 && k < n; k++) {
            uint16_t half = iv3_half_round(buffer[k]); /* exact: the value was a half */
            memcpy((unsigned char *)buffer + 2 * k, &half, sizeof half);
        }
        iv3_sha256_update(&sha, buffer, n * iv3_dtype_bytes(t->dtype));
    }
    iv3_sha256_final(&sha, digest);
    return IV3_OK;
}

static iv3_status digest_alloc(const iv3_weights *w, unsigned char digest[32], iv3_error *err)
{
    size_t largest = 0;
    for (size_t i = 0; i < w->info.n_tensors; i++) {
        if (w->tensors[i].n_elements > largest)
            largest = (size_t)w->tensors[i].n_elements;
    }
    float *buffer = iv3_alloc_array(largest, sizeof *buffer);
    if (buffer == NULL)
        return iv3_fail(err, IV3_ERR_NOMEM, "%s: no memory for a tensor of %zu values", w->path, largest);
    iv3_status status = digest_content(w, digest, buffer, err);
    iv3_free(buffer);
    return status;
}

iv3_status iv3_weights_describe(iv3_weights *w, iv3_weights_info *info, iv3_error *err)
{
    iv3_status status = IV3_OK;
    if (w->has_mutex) {
        pthread_mutex_lock(&w->mutex);
        if (!w->has_digest) {
            status = digest_alloc(w, w->info.content_sha256, err);
            w->has_digest = status == IV3_OK;
        }
        pthread_mutex_unlock(&w->mutex);
    }
    if (status == IV3_OK)
        *info = w->info;
    return status;
}

iv3_status iv3_weights_verify(iv3_weights *w, iv3_error *err)
{
    unsigned char found[32];
    if (!w->backend->stored)
        return IV3_OK;
    iv3_status status = digest_alloc(w, found, err);
    if (status != IV3_OK || memcmp(found, w->info.content_sha256, 32) == 0)
        return status;
    char want[65], have[65];
    iv3_hex(want, w->info.content_sha256);
    iv3_hex(have, found);
    return iv3_fail(err, IV3_ERR_CHECKSUM, "%s: content SHA-256 %s expected, %s found", w->path, want, have);
}
