/* What an feat_weights is, for flat.c and the backends behind it: a file (flat_read.c) and a seed (flat_synth.c). */
#ifndef BONAFIDE_ENGINE_FLAT_FLAT_INTERNAL_H
#define BONAFIDE_ENGINE_FLAT_FLAT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/flat/flat.h"

typedef struct feat_weights_backend {
    /* Fills to[t->n_elements] with the values of the tensor t of `weights`, checked. Safe to call from several
     * threads at once. */
    feat_status (*read)(const feat_weights *weights, const feat_tensor *t, float *to, feat_error *err);
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
