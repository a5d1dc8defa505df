/* Where the features of images come from: the network (source_network.c), or the parts of a merge (source_parts.c). An
 * invocation has one, from its opening on; nothing else asks which it is. */
#ifndef BONAFIDE_FEATURE_SOURCE_H
#define BONAFIDE_FEATURE_SOURCE_H

#include "metrics/gmet.h"
#include "tools/features/featurize.h"
#include "tools/sets/set.h"

typedef struct bf_side bf_side; /* tools/run/side.h */

typedef struct bf_feature_source {
    void *ctx; /* of all that follow */

    /* Opens set `index` of the command. Errors: those of bf_set_open; ARG, FORMAT. */
    iv3_status (*open_set)(void *ctx, bf_set **out, size_t index, const char *spec, bool prefer_stats, iv3_error *err);

    /* Makes the report, dims and the rest of the run know the weights; the second call does nothing. */
    iv3_status (*weights)(void *ctx, iv3_error *err);

    /* bf_featurize of the images of a side. Rows of layers of which there are sums only are NULL. */
    iv3_status (*featurize)(void *ctx, const bf_side *side, const bf_featurize_job *job, bf_featurize_report *found,
                            iv3_error *err);

    /* Adds what there is of a layer that was summed. NULL: there are always rows. */
    iv3_status (*sums)(void *ctx, const bf_side *side, iv3_tap tap, gmet_moments *sums, iv3_error *err);

    /* What is kept when the run is interrupted, and how it goes on. NULL: nothing. */
    void (*say_kept)(const void *ctx, char *text, size_t room);

    void (*close)(void *ctx); /* NULL: nothing to free */
    bool computes;            /* rows cost time: a cache is of use */
} bf_feature_source;

#endif
