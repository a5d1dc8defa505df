/* One invocation: its threads, network, memory and report, where features come from and where they go. */
#ifndef BONAFIDE_TOOLS_RUN_RUN_H
#define BONAFIDE_TOOLS_RUN_RUN_H

#include "engine/feat.h"
#include "metrics/base/context.h"
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
#include "tools/run/feature_keeper.h"
#include "tools/run/feature_source.h"
#include "tools/sets/set.h"

/* Other processes that share the work of the metrics: tools/mpi. */
typedef struct bf_team {
    const struct gmet_team *metrics; /* what the metrics ask: metrics/pairs/team.h */
    void *ctx;
    /* The rows [n][d] are there, and will not change until they are forgotten. */
    void (*hold)(void *ctx, const float *rows, size_t n, size_t d);
    void (*forget)(void *ctx, const float *rows);
    /* Adds the first rows to empty sums: how many is the team's choice, and *n_taken tells it. The row i is at place
     * items[i], ascending; NULL: i. Errors: those of the moments. */
    feat_status (*moments)(void *ctx, gmet_moments *sums, const float *rows, const size_t *items, size_t n, size_t d,
                           size_t *n_taken, feat_error *err);
} bf_team;

/* What metrics and network run on. */
typedef struct bf_work {
    gmet_context context; /* of the metrics; its pool is the network's too */
    uint32_t isa_mask;
    const bf_team *team; /* NULL: none */
} bf_work;

/* The network and what it makes of images; the conventions of the metrics come with its preset. */
typedef struct bf_network {
    const feat_net *net;    /* of the weights; before they are known, the default: variants have the same taps */
    const feat_net *usual;  /* where none is asked for, if the command knows better than the default; else NULL */
    const feat_net *wanted; /* asked for; NULL: whatever of the default's family the weights are of */
    feat_numerics numerics; /* asked for */
    const feat_preset *preset;
    bf_convention how; /* the preset's, changed by the options given */
    feat_tap tap;
    feat_model *model; /* NULL until bf_run_model */
    bf_featurizer *featurizer;
    feat_weights_info weights_info; /* with the model */
    size_t dims[FEAT_MAX_TAPS];     /* widths of the network's layers, 0 for none; with has_weights */
    char tap_names[FEAT_MAX_TAPS][48]; /* "vgg16:fc2_relu", of another network than the run's own */
    bf_cache *cache;                /* NULL without, and of the run's own only */
    char cache_scope[480];          /* what shapes features beside image and tap */
    size_t model_bytes;             /* heap of the network */
} bf_network;

/* --memory, see memory_plan.h. */
typedef struct bf_memory {
    uint64_t asked, planned; /* 0 without */
    bool mapped, noted;      /* rows are mapped from files; the report has the plan */
} bf_memory;

enum { BF_WHY_BYTES = 112 };

/* What is known against taking the sets of a run for independent draws, found by measure/assume. Zero: nothing. */
typedef struct bf_assumed {
    bool same;                         /* both sides are the same images, or the same statistics */
    bool balanced;                     /* a side has as many images of each class as of every other */
    double excess;                     /* of gmet_copies, the larger of both sides */
    char no_correction[BF_WHY_BYTES];  /* why nothing is corrected for bias or extrapolated; "" */
    char corrected[BF_WHY_BYTES];      /* why there is no FID less its bias; "" */
    char no_error[BF_WHY_BYTES];       /* why what compares both sides has no error bar; "" */
    char no_error_of_set[BF_WHY_BYTES]; /* the same of what looks at the generated, or only, side; "" */
    char no_error_of_score[BF_WHY_BYTES]; /* and of its Inception Score alone: judged sets are sorted by generator */
} bf_assumed;

/* One invocation of the program. */
typedef struct bf_run bf_run;
struct bf_run {
    const bf_args *args;
    bf_report report;
    bf_work work;
    bf_network network;
    bf_network other[BF_MAX_NETWORKS - 1]; /* that metrics name: number i (bf_tap_network) is other[i - 1] */
    size_t n_other;
    bf_memory memory;
    bf_feature_source source; /* the network, or in a merge the parts */
    bf_keeper keeper;         /* the layers of the sides, or with --shard the part being written */
    bf_manifest *manifest;    /* the record being made; NULL without --manifest and --report */
    bool recorded;            /* it is complete */
    bf_assumed assumed;       /* what is known against its sets */
    bool probabilities;       /* what the Inception Score is of: probabilities and not logits */
    bool auditing;            /* done again for an audit: nothing is written, no cache is used */
    int exit_code;            /* what the program exits with when the command fails; 0: what the status says */
    /* Runs the command that args name; the program gives it to the commands that do a command again. */
    feat_status (*again)(bf_run *run, feat_error *err);
};

/* Leaves in set `index` of the run what --take says; without it all. Errors: those of bf_set_take. */
feat_status bf_run_take(const bf_args *args, bf_set *set, size_t index, feat_error *err) FEAT_NODISCARD;

/* Takes over what a command line says of 16-bit samples, for a command that has --bits. */
void bf_run_bits(const bf_args *args);

/* What a command line says of how files are taken: --range, --layout, and whether the command prefers statistics.
 * Errors: ARG. */
feat_status bf_run_set_how(bf_set_how *how, const bf_args *args, feat_error *err) FEAT_NODISCARD;

/* Errors: NOMEM. */
feat_status bf_run_open(bf_run **out, const bf_args *args, feat_error *err) FEAT_NODISCARD;
void bf_run_close(bf_run **run);

/* Reads the options of the commands that run the network and starts the threads. Errors: ARG, NOMEM. */
feat_status bf_run_network(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Opens the cache that --cache or $BONAFIDE_CACHE names; bf_run_network does it. Errors: those of
 * bf_cache_open. */
feat_status bf_run_cache(bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Completes run->manifest with what the run was made of and gave; the second call does nothing. */
void bf_run_record(bf_run *run);

/* Starts the processes that decode images, as --sandbox asks, where the command takes that option; before
 * anything starts a thread. Errors: UNSUPPORTED. */
feat_status bf_run_sandbox(bf_run *run, feat_error *err) FEAT_NODISCARD;

#endif
