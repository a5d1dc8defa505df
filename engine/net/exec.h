/* Running the steps of a model on one image. */
#ifndef IV3_NET_EXEC_H
#define IV3_NET_EXEC_H

#include "engine/net/model.h"

/* Memory and threads for one image. With a pool all its threads work on this image, worker i in work[i]; without, one
 * thread in work[0]. */
typedef struct iv3_frame {
    const iv3_model *model;
    iv3_pool *pool;
    float *arena;       /* model->arena_floats */
    float *const *work; /* [threads]: iv3_model_worker_floats each */
} iv3_frame;

/* Steps that must run to reach every tap in `taps` (a bit per iv3_tap). */
size_t iv3_steps_needed(const iv3_model *model, unsigned taps);

/* Runs one image [3][299][299]; out[tap] receives the tap's floats where it is not NULL. */
void iv3_exec_image(const iv3_frame *frame, const float *image, float *const out[IV3_N_TAPS], size_t n_steps);

#endif
