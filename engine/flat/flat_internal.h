/* What an feat_weights is, for flat.c and the backends behind it: a file or an image of one (flat_read.c) and a seed
 * (flat_synth.c). */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_INTERNAL_H
#define BONAFIDE_ENGINE_FLAT_FLAT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/flat/flat.h"

typedef struct feat_weights_backend {
    /* What feat_weights_begin, _next and _end ask of it; that there are n values left, and that all were read, has been
     * checked. Safe to call from several threads at once, for different readers. */
    void (*begin)(feat_tensor_reader *reader);
    feat_status (*next)(feat_tensor_reader *reader, float *to, size_t n, feat_error *err);
    feat_status (*end)(const feat_tensor_reader *reader, feat_error *err);
    /* See feat_weights_map; fills data, map and map_bytes. */
    feat_status (*map)(feat_mapped_tensor *out, const feat_weights *weights, const feat_tensor *t, feat_error *err);
    /* See feat_weights_map_takes. */
    size_t (*map_takes)(const feat_weights *weights, const feat_tensor *t);
    /* Releases what the backend alone has, not the memory of `weights`. */
    void (*close)(feat_weights *weights);
    bool stored; /* the values lie somewhere, under a digest they can be compared with; else they are made */
} feat_weights_backend;

/* The first member of the struct that a backend allocates. */
struct feat_weights {
    const feat_weights_backend *backend;
    char *path; /* or "synth:SEED" */
    feat_weights_info info;
    unsigned char claimed[32]; /* of a file: what its header says the content SHA-256 is */
    pthread_mutex_t mutex;     /* over info.content_sha256 and has_digest */
    bool has_mutex;
    bool has_digest; /* content_sha256 was computed of the tensors, and is what was claimed; until then it is 0 */
    feat_tensor *tensors; /* [info.n_tensors] */
};

/* Of a file whose tensors were hashed: `found` becomes the weights' identity if it is what the header claims. Errors:
 * CHECKSUM. */
feat_status feat_weights_settle(feat_weights *weights, const unsigned char found[32], feat_error *err) FEAT_NODISCARD;

/* --- of flat_read.c, for flat_stream.c: only where backend->stored -------------------------------- */

/* Whether the file is an image in the caller's memory. */
bool feat_stored_in_place(const feat_weights *weights);

/* Exactly `bytes` of t's stored bytes, from byte `at` of them on. Errors: IO. */
feat_status feat_stored_read(const feat_weights *weights, const feat_tensor *t, void *dst, size_t bytes, size_t at,
                           feat_error *err) FEAT_NODISCARD;

/* As backend->map, but nothing is checked. */
feat_status feat_stored_map(feat_mapped_tensor *out, const feat_weights *weights, const feat_tensor *t,
                          feat_error *err) FEAT_NODISCARD;

/* The next n values of a reader, of which the stored bytes lie at the end of dst, become floats; notes the first that
 * is not finite. */
void feat_stored_widen(feat_tensor_reader *reader, float *dst, size_t n);

/* Whether all values were finite; of a mapped tensor, are. Errors: NUMERIC. */
feat_status feat_stored_finite(const feat_tensor_reader *reader, feat_error *err) FEAT_NODISCARD;
feat_status feat_stored_mapped_finite(const feat_weights *weights, const feat_tensor *t,
                                    const feat_mapped_tensor *mapped, feat_error *err) FEAT_NODISCARD;

#endif
