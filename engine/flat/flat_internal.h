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
    pthread_mutex_t mutex; /* over info.content_sha256 and has_digest of synthetic weights */
    bool has_mutex;
    bool has_digest;
    feat_tensor *tensors; /* [info.n_tensors] */
};

#endif
