/* Where the features of images come from: the network (source_network.c), or the parts of a merge (source_parts.c). An
 * invocation has one, from its opening on; nothing else asks which it is. */
#ifndef BONAFIDE_TOOLS_RUN_FEATURE_SOURCE_H
#define BONAFIDE_TOOLS_RUN_FEATURE_SOURCE_H

#include "metrics/gmet.h"
#include "tools/features/featurize.h"
#include "tools/sets/set.h"

typedef struct bf_side bf_side; /* tools/run/side.h */

typedef struct bf_feature_source {
    void *ctx; /* of all that follow */

    /* Opens set `index` of the command. Errors: those of bf_set_open; ARG, FORMAT. */
    feat_status (*open_set)(void *ctx, bf_set **out, size_t index, const char *spec, const bf_set_how *how,
                            feat_error *err);

    /* Makes the report, dims and the rest of the run know the weights; the second call does nothing. */
    feat_status (*weights)(void *ctx, feat_error *err);

    /* The same of network number `index` (bf_tap_network), whose place in run->other says which it is. Errors: those of
     * bf_run_load; IO: there are no weights, or no features, of it. */
    feat_status (*other)(void *ctx, size_t index, feat_error *err);

    /* *net, which a metric asks for, <- the one of its family that there is: itself, where there is no other. Errors:
     * NOMEM. */
    feat_status (*network)(void *ctx, const feat_net **net, feat_error *err);

    /* bf_featurize of the images of a side. Rows of layers of which there are sums only are NULL. */
    feat_status (*featurize)(void *ctx, const bf_side *side, const bf_featurize_job *job, bf_featurize_report *found,
                             feat_error *err);

    /* Adds what there is of a layer that was summed. NULL: there are always rows. */
    feat_status (*sums)(void *ctx, const bf_side *side, feat_tap tap, gmet_moments *sums, feat_error *err);

    /* What is kept when the run is interrupted, and how it goes on. NULL: nothing. */
    void (*say_kept)(const void *ctx, char *text, size_t room);

    void (*close)(void *ctx); /* NULL: nothing to free */
    bool computes;            /* rows cost time: a cache is of use */
} bf_feature_source;

#endif
