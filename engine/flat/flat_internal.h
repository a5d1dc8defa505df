/* What an iv3_weights is, for flat.c and the backends behind it: a file (flat_read.c) and a seed (flat_synth.c). */
#ifndef IV3_FLAT_INTERNAL_H
#define IV3_FLAT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/flat/flat.h"

typedef struct iv3_weights_backend {
    /* Fills to[t->n_elements] with the values of the tensor t of `weights`, checked. Safe to call from several
     * threads at once. */
    iv3_status (*read)(const iv3_weights *weights, const iv3_tensor *t, float *to, iv3_error *err);
    /* Releases what the backend alone has, not the memory of `weights`. */
    void (*close)(iv3_weights *weights);
    bool stored; /* the values lie somewhere, under a digest they can be compared with; else they are made */
} iv3_weights_backend;

/* The first member of the struct that a backend allocates. */
struct iv3_weights {
    const iv3_weights_backend *backend;
    char *path; /* or "synth:SEED" */
    iv3_weights_info info;
    pthread_mutex_t mutex; /* over info.content_sha256 and has_digest of synthetic weights */
    bool has_mutex;
    bool has_digest;
    iv3_tensor *tensors; /* [info.n_tensors] */
};

#endif
