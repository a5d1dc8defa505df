/* What the commands share: one invocation with its threads, network and report, and the sets it compares. */
#ifndef BONAFIDE_CMD_COMMON_H
#define BONAFIDE_CMD_COMMON_H

#include "engine/iv3.h"
#include "metrics/base/equal_rows.h"
#include "metrics/base/row_order.h"
#include "metrics/diversity/split_order.h"
#include "metrics/gmet.h"
#include "tools/features/cache.h"
#include "tools/features/featurize.h"
#include "tools/formats/rowstore.h"
#include "tools/options/conventions.h"
#include "tools/options/options.h"
#include "tools/records/manifest.h"
#include "tools/records/report.h"
#include "tools/run/assumed.h"
#include "tools/sets/set.h"

typedef struct bf_shard bf_shard;   /* tools/run/keep_part.h */
typedef struct bf_replay bf_replay;

/* Other processes that share the work of the metrics: tools/mpi. */
typedef struct bf_team {
    const void *metrics; /* attached to the pool: metrics/pairs/team.h */
    void *ctx;
    /* The rows [n][d] are there, and will not change until they are forgotten. */
    void (*hold)(void *ctx, const float *rows, size_t n, size_t d);
    void (*forget)(void *ctx, const float *rows);
    /* Adds the first rows, as many as it pleases, to sums that are empty; *n_taken: their number. The row i is at place
     * items[i], ascending; NULL: i. Errors: those of the moments. */
    iv3_status (*moments)(void *ctx, gmet_moments *sums, iv3_pool *pool, const float *rows, const size_t *items,
                          size_t n, size_t d, size_t *n_taken, iv3_error *err);
} bf_team;

/* One invocation of the program. */
typedef struct bf_run bf_run;
struct bf_run {
    const bf_args *args;
    bf_report report;
    iv3_pool *pool;
    uint32_t isa_mask;
    iv3_numerics numerics; /* asked for */
    const iv3_preset *preset;
    bf_convention how; /* the preset's, changed by the options given */
    iv3_tap tap;
    iv3_model *model; /* NULL until bf_run_model */
    bf_featurizer *featurizer;
    iv3_weights_info weights_info; /* with the model */
    bool has_weights;              /* a model was loaded, though it may be closed again, or parts tell of it */
    bf_manifest *manifest;         /* the record being made; NULL without --manifest and --report */
    bool recorded;                 /* it is complete */
    bf_assumed assumed;            /* what is known against its sets */
    size_t dims[IV3_N_TAPS];       /* widths of the network's layers, 0 for none; with has_weights */
    bf_shard *shard;               /* with --shard: the part being written */
    bf_replay *replay;             /* in a merge: parts in the place of images and model */
    bf_cache *cache;               /* NULL without */
    char cache_scope[480];         /* what shapes features beside image and tap */
    const bf_team *team;           /* NULL: none */
    bool auditing;                 /* done again for an audit: nothing is written, no cache is used */
    uint64_t memory_asked, memory_planned; /* --memory; 0 without */
    bool mapped, memory_noted;             /* rows are mapped from files; the report has the plan */
    size_t model_bytes;                    /* heap of the network */
    int exit_code;     /* what the program exits with when the command fails; 0: what the status says */
    bool probabilities; /* what the Inception Score is of: probabilities and not logits */
    char weights[192]; /* identity as statistics files store it: "NAME sha256:HEX"; "" without a model */
    /* Runs the command that args name; the program gives it to the commands that do a command again. */
    iv3_status (*again)(bf_run *run, iv3_error *err);
};

/* Takes over what a command line says of 16-bit samples, for a command that has --bits. */
void bf_run_bits(const bf_args *args);

/* Errors: NOMEM. */
iv3_status bf_run_open(bf_run **out, const bf_args *args, iv3_error *err) IV3_NODISCARD;
void bf_run_close(bf_run **run);

/* Reads the options of the commands that run the network and starts the threads. Errors: ARG, NOMEM. */
iv3_status bf_run_network(bf_run *run, iv3_error *err) IV3_NODISCARD;

/* Opens the cache that --cache or $BONAFIDE_CACHE names; bf_run_network does it. Errors: those of
 * bf_cache_open. */
iv3_status bf_run_cache(bf_run *run, iv3_error *err) IV3_NODISCARD;

/* Completes run->manifest with what the run was made of and gave; the second call does nothing. */
void bf_run_record(bf_run *run);

/* Digests an open set's own file into its record when it holds features or statistics (images are recorded as
 * they pass). Errors: IO, NOMEM. */
iv3_status bf_record_file(bf_manifest *m, bf_manifest_set *record, const bf_set *set,
                          iv3_error *err) IV3_NODISCARD;

/* Finds and loads the weights, if that is not done yet, and notes them in the report. Errors: as
 * bf_weights_find, bf_weights_open and iv3_model_create. */
iv3_status bf_run_model(bf_run *run, iv3_error *err) IV3_NODISCARD;

/* Frees the network, of which no more is needed; an audit keeps it. */
void bf_run_close_model(bf_run *run);

/* Goes on with another preset: its pixels, its conventions changed by the options given. Errors: NOMEM. */
iv3_status bf_run_preset(bf_run *run, const iv3_preset *preset, iv3_error *err) IV3_NODISCARD;

/* Takes threads and network over from a run of the same options that is done, which is left without. */
void bf_run_inherit(bf_run *to, bf_run *from);

/* The width of a layer of the network; 0 when it has none of the name, or there is no network. */
size_t bf_run_dim(const bf_run *run, iv3_tap tap);

/* The tap to take logits from: without bias or with it, as the conventions say; with bias where the head of
 * the network has no other. Needs the model. Errors: UNSUPPORTED. */
iv3_status bf_run_logits_tap(bf_run *run, iv3_tap *tap, iv3_error *err) IV3_NODISCARD;

/* Starts the processes that decode images, as --sandbox asks, where the command takes that option; before
 * anything starts a thread. Errors: UNSUPPORTED. */
iv3_status bf_run_sandbox(bf_run *run, iv3_error *err) IV3_NODISCARD;

/* --- sets ---------------------------------------------------------------------------------------- */

/* What one layer of the network, or a file, says of a set. */
typedef struct bf_layer {
    size_t d;
    const float *rows;  /* [n][d], or NULL */
    float *own_rows;    /* the same, if they are in memory */
    bf_rowstore *store; /* if they are mapped */
    size_t room;        /* rows there is memory for, where their number is not known in advance */
    gmet_moments *sums; /* of rows that were not kept, or NULL */
    double *mu, *sigma; /* [d], [d][d], divisor n - 1; NULL before bf_side_moments */
    bool stored;        /* mu and sigma are from the file, not of the rows */
    bool spent;         /* the moments of rows were looked at and freed, see bf_side.frugal */
} bf_layer;

/* One side of a comparison. Zero-initialise; release with bf_side_close. */
typedef struct bf_side {
    bf_set *set;
    bf_set_kind kind;
    const bf_team *team;     /* that was told of the rows */
    bf_input *input;         /* its entry in the report */
    bf_manifest_set *record; /* its entry in the manifest; NULL without */
    bool frugal;             /* covariances: of rows none is kept, others are freed when they are done with */
    iv3_tap main;            /* the layer that the rows or statistics of a file count as */
    unsigned may_sum;        /* layers (BF_TAP_BIT) whose rows are kept only if they are few */
    size_t n;                /* rows used; statistics: as stored, 0 if unknown; frames: BF_COUNT_UNKNOWN until run */
    size_t d;                /* of the main layer */
    bf_layer layer[IV3_N_TAPS];
    bool lossy;                   /* some image is a JPEG or a lossy WebP */
    size_t *items;                /* [n] place in the set of each row; NULL: the same */
    gmet_row_mark *marks;         /* [n_marks] of the main layer's rows, kept or not, that have passed: bf_side_mark */
    size_t n_marks, mark_room;
    gmet_row_order order;         /* of the same rows */
    const char *preset, *weights; /* of the features; "" when not known; borrowed */
    const char *tap, *variant, *mode; /* likewise */
    int pixels, numerics;             /* versions of the contracts, 0 when not known */
} bf_side;

#define BF_TAP_BIT(tap) (1u << (tap))

/* Opens `spec` and enters it into the report. Errors: those of bf_set_open. */
iv3_status bf_side_open(bf_run *run, bf_side *side, const char *role, const char *spec,
                        iv3_error *err) IV3_NODISCARD;
void bf_side_close(bf_side *side);

/* Warns of what listing a set found beside images told by their names, and of what a preset's tool would not have
 * counted; and enters it into the report. bf_side_open does it. */
void bf_side_say_listing(bf_run *run, bf_side *side);
/* The first part of it, for sets that are no sides. */
void bf_warn_listing(bf_report *report, const bf_set *set);

/* Loads the model if the side holds images, and sets d, preset and weights. Errors: those of bf_run_model;
 * UNSUPPORTED when the network has no such tap. */
iv3_status bf_side_prepare(bf_run *run, bf_side *side, iv3_tap tap, iv3_error *err) IV3_NODISCARD;

/* Passes the images of a prepared side through the network. Unreadable ones are listed on standard error or
 * counted in the report, and what decoding changed is said in a warning. Errors: those of bf_featurize. */
iv3_status bf_side_featurize(bf_run *run, bf_side *side, const iv3_tap *taps, size_t n_taps, bf_sink sink,
                             void *ctx, iv3_error *err) IV3_NODISCARD;

/* Fills layers of a prepared side in one pass over its images: rows of the taps in `rows` (BF_TAP_BIT), sums
 * of those in `sums`, in bounded memory. Files have what they have: the main layer, perhaps the spatial one;
 * others stay empty. Errors: NOMEM, those of bf_side_featurize and the readers. */
iv3_status bf_side_fill(bf_run *run, bf_side *side, unsigned rows, unsigned sums,
                        iv3_error *err) IV3_NODISCARD;

/* Keeps marks of the rows first .. first + n - 1 of the main layer, which come in order; the first row of all begins
 * anew. pool may be NULL. Errors: NOMEM. */
iv3_status bf_side_mark(bf_side *side, size_t first, size_t n, const float *rows, iv3_pool *pool,
                        iv3_error *err) IV3_NODISCARD;

/* Forgets what bf_side_fill and bf_side_moments made. */
void bf_side_forget(bf_side *side);

/* Fills mu and sigma of a layer from what is there of it: sums, rows or the file's statistics; on a frugal
 * side those of rows stay NULL. Errors:
 * NUMERIC (fewer than two rows), UNSUPPORTED (nothing is there), NOMEM, those of the readers. */
iv3_status bf_side_moments(bf_run *run, bf_side *side, iv3_tap tap, iv3_error *err) IV3_NODISCARD;

/* Whether the rows of a layer of this width are few enough to be kept where sums would do. Of frames in a pipe that
 * turns out as they pass: they are kept at first, and summed when they become too many. */
bool bf_side_keeps_rows(bf_side *side, iv3_tap tap, size_t d);

/* Name of the image that gave row `row`. */
const char *bf_side_row_name(const bf_side *side, size_t row);

/* Compares width and origin of two prepared sides. Errors: FORMAT when the widths differ or, unless --allow waives it,
 * when both sides name presets of other pixels or divisors, other weights or another layer. Different N is for the
 * metrics to warn of, whatever the sides are given as. */
iv3_status bf_sides_match(bf_run *run, const bf_side *a, const bf_side *b, iv3_error *err) IV3_NODISCARD;

#endif
