/* Where the features of images go: into the layers of their side (keep_layers.c), or with --shard into a part
 * (keep_part.c). An invocation has one, from its opening on. */
#ifndef BONAFIDE_TOOLS_RUN_FEATURE_KEEPER_H
#define BONAFIDE_TOOLS_RUN_FEATURE_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "tools/features/featurize.h"

typedef struct bf_side bf_side; /* tools/run/side.h */

typedef struct bf_keeper {
    void *ctx; /* of all that follow */

    /* bf_side_fill for a side of images. */
    feat_status (*fill)(void *ctx, bf_side *side, bf_taps rows, bf_taps sums, feat_error *err);

    /* Ends a command once its sides are filled: what was kept is its result. NULL: the command goes on from its layers,
     * whose rows are in memory or mapped. Errors: IO, NOMEM. */
    feat_status (*finish)(void *ctx, feat_error *err);

    /* What is kept when the run is interrupted, and how it goes on. NULL: nothing. */
    void (*say_kept)(const void *ctx, char *text, size_t room);

    void (*close)(void *ctx); /* NULL: nothing to free */
    double image_bytes;       /* memory for each image, beside its rows */
} bf_keeper;

#endif
