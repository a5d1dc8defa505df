/* What a run was made of and what it gave, in enough detail to do it again and find the first thing that
 * differs. Layout of the files: tools/records/MANIFEST.md. */
#ifndef BONAFIDE_TOOLS_RECORDS_MANIFEST_H
#define BONAFIDE_TOOLS_RECORDS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/feat.h"
#include "tools/base/digest.h"
#include "tools/records/report.h"

/* Version of the layout that tools/records/MANIFEST.md describes. */
#define BF_MANIFEST_VERSION 1

enum { BF_SEAL_BYTES = 17, BF_MAX_SETTINGS = 64 };

typedef struct bf_size_count {
    uint32_t w, h;
    uint64_t n;
} bf_size_count;

typedef struct bf_manifest_set {
    char *role, *path, *kind;
    char *taps; /* "2048" or "2048+logits_unbiased"; "" when no network was run */
    uint64_t n; /* images or rows used; 0 when not known */
    bf_leaf *leaves;
    size_t n_leaves, leaf_room;
    char *names;
    size_t names_used, names_room;
    /* Filled by bf_manifest_total from the leaves, or read: */
    uint64_t n_items, n_skipped;
    bf_set_listing listing; /* said, not compared: what is not looked at gives no result */
    bf_digest labels;       /* of the dataset.json that says the classes; compared where both have it */
    bf_digest root;             /* Merkle tree over names and file digests (tools/records/merkle.h) */
    bf_digest pixels, features; /* SHA-256 of the digests of the images used, in order */
    bf_size_count *sizes;       /* decoded sizes, most frequent first; at most BF_MAX_SIZES of them */
    size_t n_sizes;
    /* Of the bytes of the doubles, when they were computed: */
    bf_digest mu, sigma;
} bf_manifest_set;
enum { BF_MAX_SIZES = 64 };

typedef struct bf_setting {
    char *name, *value; /* value NULL: not given, and there is no default */
    char seal[BF_SEAL_BYTES];
} bf_setting;

typedef struct bf_manifest_value {
    char *key;
    bf_value_type type; /* number, integer or boolean */
    double number;      /* of the hexadecimal float */
    double decimal;     /* the same value as written in decimal */
    uint64_t integer;
} bf_manifest_value;

/* The weights of a network beside the first one. */
typedef struct bf_manifest_network {
    char *name, *variant, *source;
    bf_digest weights, weights_file; /* as of the first one */
} bf_manifest_network;

typedef struct bf_manifest {
    char *version, *build; /* of the tool */
    uint64_t pixels; /* BF_PIXELS_VERSION, 0 in manifests of before there was one */
    uint64_t numerics;
    char *mode;
    char *command, *verb; /* verb NULL for commands of one word */
    char command_seal[BF_SEAL_BYTES];
    bf_setting settings[BF_MAX_SETTINGS]; /* options that shape the result */
    size_t n_settings;
    bool has_weights;
    char *weights_name, *weights_variant, *weights_source;
    bf_digest weights, weights_file; /* of the tensors, of the file they were converted from */
    bf_manifest_network others[BF_MAX_NETWORKS - 1]; /* in the order of their numbers (bf_tap_network) */
    size_t n_others;
    bf_manifest_set sets[BF_MAX_INPUTS];
    size_t n_sets;
    bf_manifest_value values[BF_MAX_VALUES];
    size_t n_values;
    /* Informational, never compared: */
    char *isa;
    uint64_t threads, batch, n_cached;
    double seconds;
    uint64_t peak_bytes;
    double started; /* monotonic clock when the record was begun */
    bool failed;    /* memory ran out somewhere: the record is not complete */
} bf_manifest;

/* An empty record. Errors: NOMEM. */
feat_status bf_manifest_create(bf_manifest **out, feat_error *err) FEAT_NODISCARD;
void bf_manifest_close(bf_manifest **manifest);

/* --- filling -------------------------------------------------------------------------------------- */

/* Replaces a text with a copy; NULL gives NULL. Lack of memory is remembered in m->failed. */
void bf_manifest_text(bf_manifest *m, char **to, const char *text);

/* The next set; NULL when there are too many. */
bf_manifest_set *bf_manifest_add_set(bf_manifest *m, const char *role, const char *path, const char *kind);

/* A copy of `leaf` under a name, behind the others of `set`. */
void bf_manifest_add_leaf(bf_manifest *m, bf_manifest_set *set, const char *name, const bf_leaf *leaf);
const char *bf_leaf_name(const bf_manifest_set *set, size_t index);

/* The network's weights, and where they came from (a path or "synth:SEED"). */
void bf_manifest_weights(bf_manifest *m, const feat_weights_info *info, const char *source);

/* The same of the next network beside it. */
void bf_manifest_other(bf_manifest *m, const feat_weights_info *info, const char *source);

/* An option that shapes the result (text, or "yes" and "no" for a switch), with its seal; and the command, to
 * be set when the options are complete, as its seal covers their number. */
void bf_manifest_add_setting(bf_manifest *m, const char *name, const char *value);
void bf_manifest_set_command(bf_manifest *m, const char *command, const char *verb);
bf_manifest_value *bf_manifest_add_value(bf_manifest *m, const char *key, bf_value_type type);

/* Computes what follows from the leaves. */
void bf_manifest_total(bf_manifest *m);

/* Seals: the first 16 hexadecimal digits of a SHA-256, which tell an edited option from one that gave other
 * results. */
void bf_seal_setting(char seal[BF_SEAL_BYTES], const char *name, const char *value);
void bf_seal_command(char seal[BF_SEAL_BYTES], const char *command, const char *verb, size_t n_settings);

/* --- files ---------------------------------------------------------------------------------------- */

/* Writes `path` and, before it, `path`.leaves, each complete or not at all. Errors: IO, NOMEM. */
feat_status bf_manifest_write(const bf_manifest *m, const char *path, feat_error *err) FEAT_NODISCARD;

/* The text of both files. Released with feat_free. Errors: NOMEM. */
feat_status bf_manifest_format(const bf_manifest *m, char **json, char **leaves, feat_error *err) FEAT_NODISCARD;

/* Reads both files. Errors: IO, FORMAT (also a sidecar that is cut or not of this manifest), VERSION,
 * UNSUPPORTED, NOMEM. */
feat_status bf_manifest_read(bf_manifest **out, const char *path, feat_error *err) FEAT_NODISCARD;

/* The same from texts; `path` is for messages. */
feat_status bf_manifest_parse(bf_manifest **out, const char *path, const char *json, size_t json_bytes,
                              const char *leaves, size_t leaves_bytes, feat_error *err) FEAT_NODISCARD;

/* The sidecar's part of the above: fills the leaves of the sets of `m`. Errors: FORMAT, NOMEM. */
feat_status bf_leaves_parse(bf_manifest *m, const char *path, const char *text, size_t bytes,
                            feat_error *err) FEAT_NODISCARD;
feat_status bf_leaves_format(const bf_manifest *m, char **text, feat_error *err) FEAT_NODISCARD;

/* "RUN.json.leaves", released with feat_free; NULL when there is no memory. */
char *bf_leaves_path(const char *path);

/* --- comparing ------------------------------------------------------------------------------------ */

typedef enum bf_stage {
    BF_STAGE_SETTINGS,
    BF_STAGE_WEIGHTS,
    BF_STAGE_INPUTS,
    BF_STAGE_PIXELS,
    BF_STAGE_FEATURES,
    BF_STAGE_STATISTICS,
    BF_STAGE_RESULTS
} bf_stage;
enum { BF_N_STAGES = 7 };

const char *bf_stage_name(bf_stage stage);

typedef struct bf_difference {
    bool found;
    bool missing; /* an input is not there: nothing can be said */
    bf_stage stage;
    char item[320];          /* set and image, option, or result; "" when it is the stage as a whole */
    char told[96], seen[96]; /* what the manifest says, what is so now */
    char text[640];          /* all of it in one line, without a full stop */
} bf_difference;

typedef struct bf_compare_options {
    bf_stage last;      /* the last stage to look at */
    bool partial;       /* images whose digests `seen` lacks are passed over, and so are totals */
    bool other_weights; /* the weights were named by the caller: only their tensors must agree */
} bf_compare_options;

/* Finds the first difference between what a manifest says and what a second run gave, in the order of the
 * stages, of the sets and of their images. Both have had bf_manifest_total. */
void bf_manifest_compare(bf_difference *difference, const bf_manifest *told, const bf_manifest *seen,
                         const bf_compare_options *options);

#endif
