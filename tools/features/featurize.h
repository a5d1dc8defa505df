/* From a set of images to rows of features, in the order of the set, with bounded memory. */
#ifndef BONAFIDE_TOOLS_FEATURES_FEATURIZE_H
#define BONAFIDE_TOOLS_FEATURES_FEATURIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/feat.h"
#include "tools/base/digest.h"
#include "tools/base/found.h"
#include "tools/base/progress.h"
#include "tools/features/bitdepth.h"
#include "tools/features/cache.h"
#include "tools/sets/set.h"

/* Holds the sessions and scratch memory of all threads; serves one run at a time. */
typedef struct bf_featurizer bf_featurizer;

/* model, pool (may be NULL) and preset are borrowed and must outlive the featurizer. `batch` images go into
 * one call of the network; results do not depend on it. Errors: NOMEM. */
feat_status bf_featurizer_create(bf_featurizer **out, const feat_model *model, feat_pool *pool,
                                 const feat_preset *preset, size_t batch, feat_error *err) FEAT_NODISCARD;
void bf_featurizer_close(bf_featurizer **featurizer);

/* Another network that images go through once they are decoded: its number is 1, then 2 and so on; the first one's is
 * 0. model and preset are borrowed likewise. There are BF_MAX_NETWORKS at most. */
void bf_featurizer_add(bf_featurizer *f, const feat_model *model, const feat_preset *preset);

/* Bytes at most, beside the models and the pictures (tools/images/room.h), while images go through all networks to rows
 * of `floats` in all. */
double bf_featurizer_bytes(const bf_featurizer *f, double floats, bool cached);

/* Takes rows [first, first + n) of each tap wanted: rows[t] is [n][dim of tap t], gone after the call. Rows
 * come in order and without gaps (images that could not be read are not counted). */
typedef feat_status (*bf_sink)(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err);

/* A sink for those who want what a pass leaves beside the rows: leaves, or features in the cache. */
feat_status bf_drop_rows(void *ctx, size_t first, size_t n, const float *const *rows, feat_error *err);

/* Told of every image once, in order, the unreadable ones included; `index` is its place in the set. */
typedef void (*bf_trace)(void *ctx, size_t index, const bf_leaf *leaf);

/* Changes a decoded image before it is resized; called from several threads at once. With a cache, the scope
 * must name what is done: image and scope together decide the row. */
typedef feat_status (*bf_change)(void *ctx, bf_image *image, feat_error *err);

/* The taps of all networks of a featurizer stand in one row: those of network i from i * FEAT_MAX_TAPS on, so that a
 * tap of the first one is what it is to that network alone. */
enum { BF_MAX_NETWORKS = 4, BF_MAX_TAPS = BF_MAX_NETWORKS * FEAT_MAX_TAPS };

static inline size_t bf_tap_network(feat_tap tap)
{
    return tap / FEAT_MAX_TAPS;
}

/* What it is to its network. */
static inline feat_tap bf_tap_own(feat_tap tap)
{
    return tap % FEAT_MAX_TAPS;
}

/* Sets of taps, a bit for each; of FEAT_NO_TAP none. */
typedef uint64_t bf_taps;
_Static_assert(BF_MAX_TAPS <= 64, "a set of taps has 64 bits");
#define BF_TAP_BIT(tap) ((feat_tap)(tap) < BF_MAX_TAPS ? (bf_taps)1 << (tap) : (bf_taps)0)

typedef struct bf_featurize_job {
    const bf_set *set;   /* of images */
    bf_frames *frames;   /* of a set of frames, which are read on; else NULL */
    const size_t *items; /* which images of the set, ascending; NULL for all */
    size_t n_items;
    feat_tap taps[BF_MAX_TAPS];
    size_t n_taps;
    bool skip_bad;
    bool is_share; /* of a larger job: no row at all is no failure, and what the whole set shows is not asked yet */
    bf_sink sink;
    void *ctx;
    bf_change change; /* may be NULL */
    void *change_ctx;
    size_t *row_items; /* [count] place in the set of each row; may be NULL */
    bf_trace trace; /* may be NULL; digests are made only for it and for the cache */
    void *trace_ctx;
    bf_cache *cache;           /* may be NULL; where rows are looked up first and kept when computed */
    const char *cache_scope;   /* what shapes rows of the first network beside image and tap; with cache */
    const char *more_scopes[BF_MAX_NETWORKS - 1]; /* the same of the others, as far as there are taps of them */
    bf_progress *progress;     /* may be NULL */
    bool (*interrupted)(void); /* asked before each image; may be NULL */
} bf_featurize_job;

/* Reads, preprocesses and runs every image of the set; same bits for every number of threads and batch size.
 * When images cannot be read and skip_bad is not set, the rest of the set is tried for reading only and the
 * result is FORMAT, with the report filled (the message names the count and the first). Errors otherwise:
 * NUMERIC (a feature is NaN or infinite; the image is named), NOMEM, IO "interrupted", and whatever the sink
 * returns. */
feat_status bf_featurize(bf_featurizer *f, const bf_featurize_job *job, bf_featurize_report *report,
                         feat_error *err) FEAT_NODISCARD;

#endif
