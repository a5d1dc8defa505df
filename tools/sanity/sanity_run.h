/* The disturbance test of one set, from drawing its images to the curves. */
#ifndef BONAFIDE_TOOLS_SANITY_SANITY_RUN_H
#define BONAFIDE_TOOLS_SANITY_SANITY_RUN_H

#include "tools/run/run.h"
#include "tools/run/side.h"
#include "tools/sanity/sanity.h"

/* Rows of some images. */
typedef struct bf_sanity_block {
    size_t n;
    float *rows, *logits; /* [n][d], [n][n_classes]; logits NULL when the weights have no classifier */
} bf_sanity_block;

/* One disturbance test. Zero-initialise but for `run` and `sanity`; release with bf_sanity_release. */
typedef struct bf_sanity_job {
    bf_run *run;
    bf_side side;      /* the set, open and prepared */
    bf_sanity *sanity; /* what is wanted of it, and gets the curves; on the heap, the caller may take it away */
    size_t *items, n_items; /* images of the set in use */
    unsigned char *is_real; /* [n_items] whether they stand for the real ones */
    feat_tap taps[2];
    size_t n_taps, d, n_classes;
    bf_sanity_block all, real, clean, spoilt;
} bf_sanity_job;

/* Draws the images, runs them undisturbed, and fills the curves of the disturbances that are wanted. Errors: NUMERIC
 * (too few images), FORMAT, IO (interrupted), NOMEM, those of the network and of the metrics. */
feat_status bf_sanity_run(bf_sanity_job *job, feat_error *err) FEAT_NODISCARD;
void bf_sanity_release(bf_sanity_job *job);

/* Marks k of n, each choice equally likely, by the seed. */
void bf_sanity_draw(unsigned char *marks, size_t n, size_t k, uint64_t seed);

#endif
