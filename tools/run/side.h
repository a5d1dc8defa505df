/* A side of a comparison: its set, its rows and moments, layer by layer. */
#ifndef BONAFIDE_TOOLS_RUN_SIDE_H
#define BONAFIDE_TOOLS_RUN_SIDE_H

#include "tools/run/layer.h"
#include "tools/run/run.h"

/* Digests an open set's own file into its record when it holds features or statistics (images are recorded as
 * they pass). Errors: IO, NOMEM. */
feat_status bf_record_file(bf_manifest *m, bf_manifest_set *record, const bf_set *set,
                           feat_error *err) FEAT_NODISCARD;

/* One side of a comparison. Zero-initialise; release with bf_side_close. */
typedef struct bf_side {
    bf_set *set;
    bf_set_kind kind;
    const bf_team *team;     /* that was told of the rows */
    bf_input *input;         /* its entry in the report */
    bf_manifest_set *record; /* its entry in the manifest; NULL without */
    /* A covariance made from rows is not kept after its checksum; one read from a file is freed after its last
     * use. */
    bool frugal;
    feat_tap main;           /* the layer that the rows or statistics of a file count as */
    bf_taps may_sum;        /* layers (BF_TAP_BIT) whose rows are kept only if they are few */
    size_t n;                /* rows used; statistics: as stored, 0 if unknown; frames: BF_COUNT_UNKNOWN until run */
    size_t d;                /* of the main layer */
    bf_layer *layer;              /* [BF_MAX_TAPS] by tap of the run's networks; with the set */
    bool lossy;                   /* some image is a JPEG or a lossy WebP */
    size_t *items;                /* [n] place in the set of each row; NULL: the same */
    gmet_row_mark *marks;         /* [n_marks] of the main layer's rows, kept or not, that have passed: bf_side_mark */
    size_t n_marks, mark_room;
    gmet_row_order order;         /* of the same rows */
    const char *preset, *weights; /* of the features; "" when not known; borrowed */
    const char *tap, *variant, *mode; /* likewise */
    int pixels, numerics;             /* versions of the contracts, 0 when not known */
} bf_side;

/* Opens `spec` and enters it into the report. Errors: those of bf_set_open, NOMEM. */
feat_status bf_side_open(bf_run *run, bf_side *side, const char *role, const char *spec,
                         feat_error *err) FEAT_NODISCARD;
void bf_side_close(bf_side *side);

/* The first part of it, for sets that are no sides. */
void bf_warn_listing(bf_report *report, const bf_set *set);

/* Loads the model if the side holds images, and sets d, preset and weights. Errors: those of bf_run_model;
 * UNSUPPORTED when the network has no such tap. */
feat_status bf_side_prepare(bf_run *run, bf_side *side, feat_tap tap, feat_error *err) FEAT_NODISCARD;

/* Passes the images of a prepared side through the network. Unreadable ones are listed on standard error or
 * counted in the report, and what decoding changed is said in a warning. Errors: those of bf_featurize. */
feat_status bf_side_featurize(bf_run *run, bf_side *side, const feat_tap *taps, size_t n_taps, bf_sink sink,
                              void *ctx, feat_error *err) FEAT_NODISCARD;

/* A share of a side's images: which, who is told of each instead of the manifest, and what was found on the way. */
typedef struct bf_side_share {
    const size_t *items; /* places in the set, ascending */
    size_t n_items;
    bf_trace trace;
    void *trace_ctx;
    bf_featurize_report *found;
} bf_side_share;

/* bf_side_featurize of a share only. */
feat_status bf_side_featurize_share(bf_run *run, bf_side *side, const bf_side_share *share, const feat_tap *taps,
                                    size_t n_taps, bf_sink sink, void *ctx, feat_error *err) FEAT_NODISCARD;

/* Fills layers of a prepared side in one pass over its images: rows of the taps in `rows` (BF_TAP_BIT), sums
 * of those in `sums`, in bounded memory. Files have what they have: the main layer, perhaps the spatial one;
 * others stay empty. Errors: NOMEM, those of bf_side_featurize and the readers. */
feat_status bf_side_fill(bf_run *run, bf_side *side, bf_taps rows, bf_taps sums,
                         feat_error *err) FEAT_NODISCARD;

/* Keeps marks of the rows first .. first + n - 1 of the main layer, which come in order; the first row of all begins
 * anew. context may be NULL. Errors: NOMEM. */
feat_status bf_side_mark(bf_side *side, size_t first, size_t n, const float *rows, const gmet_context *context,
                         feat_error *err) FEAT_NODISCARD;

/* Forgets what bf_side_fill and bf_side_moments made. */
void bf_side_forget(bf_side *side);

/* Fills mu and sigma of a layer from what is there of it: sums, rows or the file's statistics; on a frugal
 * side those of rows stay NULL. Errors:
 * NUMERIC (fewer than two rows), UNSUPPORTED (nothing is there), NOMEM, those of the readers. */
feat_status bf_side_moments(bf_run *run, bf_side *side, feat_tap tap, feat_error *err) FEAT_NODISCARD;

/* Whether the rows of a layer of this width are few enough to be kept where sums would do. Of frames in a pipe that
 * turns out as they pass: they are kept at first, and summed when they become too many. */
bool bf_side_keeps_rows(bf_side *side, feat_tap tap, size_t d);

/* Whether n rows of width d take no more than rows that are kept where sums would do. */
bool bf_rows_are_few(size_t n, size_t d);

/* Makes an empty layer of width d ready for the side's rows, as many as it has items (`keep`), or for sums. Errors:
 * those of bf_layer_keep_rows and bf_layer_keep_sums. */
feat_status bf_side_make_layer(bf_run *run, bf_side *side, feat_tap tap, size_t d, bool keep,
                               feat_error *err) FEAT_NODISCARD;

/* The rows of the main layer. */
static inline gmet_set bf_side_rows(const bf_side *side)
{
    return (gmet_set){.rows = side->layer[side->main].rows, .n = side->n, .d = side->d};
}

/* The main layer for a Frechet distance: its rows, and its moments where they are there already. */
static inline gmet_fid_side bf_side_frechet(const bf_side *side)
{
    const bf_layer *layer = &side->layer[side->main];
    return (gmet_fid_side){.rows = layer->rows, .n = side->n, .mu = layer->mu, .sigma = layer->sigma};
}

/* Name of the image that gave row `row`. */
const char *bf_side_row_name(const bf_side *side, size_t row);

/* Compares width and origin of two prepared sides. Errors: FORMAT when the widths differ or, unless --allow waives it,
 * when both sides name presets of other pixels or divisors, other weights or another layer. Different N is for the
 * metrics to warn of, whatever the sides are given as. */
feat_status bf_sides_match(bf_run *run, const bf_side *a, const bf_side *b, feat_error *err) FEAT_NODISCARD;

#endif
