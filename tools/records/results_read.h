/* Results of earlier runs side by side: reading them, refusing what cannot be compared, and saying which
 * differences are inside the noise. */
#ifndef BONAFIDE_TOOLS_RECORDS_RESULTS_READ_H
#define BONAFIDE_TOOLS_RECORDS_RESULTS_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "tools/options/metric_names.h"

/* Differences of up to this many standard errors are called noise: 95 of 100 draws of a normal variable. */
#define BF_NOISE_Z 1.96

typedef struct bf_past_value {
    bool known, has_error; /* error is above 0: an error of 0 decides nothing */
    double value, error;
    bool at_most, at_least; /* no error, but a one-sided 95 % limit: error is how far it is away, by BF_NOISE_Z */
    double limit;
    bool has_interval; /* with an error: the 95 % interval that the file has */
    double low, high;
    char why[128]; /* why there is no error, or no value, where the file says so */
} bf_past_value;

enum { BF_PAST_SETS = 3, BF_PAST_SETTINGS = 24, BF_PAST_TEXT = 192 };

typedef struct bf_past_set {
    char role[16], path[BF_PAST_TEXT], root[65]; /* root: of the Merkle tree; "" in result files */
    uint64_t n;                                  /* 0: not known */
} bf_past_set;

/* What a result file (--json) or a manifest (--manifest) says. Texts are "" where it says nothing. */
typedef struct bf_past_run {
    const char *path; /* of the file; borrowed */
    bool is_manifest;
    char label[64];
    uint64_t preset_version; /* 0: not told, as in manifests */
    char command[32], preset[32], tap[24], weights[65], weights_name[96], mode[16];
    uint64_t pixels; /* version; 0: no images were decoded */
    uint64_t numerics;
    size_t n_sets;
    bf_past_set sets[BF_PAST_SETS];
    char settings[BF_PAST_SETTINGS][64]; /* "NAME=VALUE"; "" where it says nothing; see results_read.c */
    bf_past_value values[BF_MAX_RANKED]; /* as of bf_ranked_value_at */
} bf_past_run;

/* Errors: those of bf_jsonread_file; FORMAT for another kind of JSON. */
feat_status bf_past_read(bf_past_run *run, const char *path, feat_error *err) FEAT_NODISCARD;

/* What two runs can differ in so that their numbers mean different things; each has a word for --allow. */
typedef enum bf_past_check {
    BF_PAST_PRESET,
    BF_PAST_WEIGHTS,
    BF_PAST_TAP,
    BF_PAST_PIXELS, /* how images were decoded */
    BF_PAST_NUMERICS,
    BF_PAST_N,
    BF_PAST_REAL, /* the real images themselves */
    BF_PAST_SETTING,
    BF_N_PAST_CHECKS
} bf_past_check;
const char *bf_past_check_name(bf_past_check check);

/* Whether two results name other real sets, so that only their user can tell whether these hold the same images. */
bool bf_past_names_differ(const bf_past_run *a, const bf_past_run *b);

/* How two runs differ in this, as one line without a full stop; false where they do not, as far as they tell. */
bool bf_past_differ(char text[400], const bf_past_run *a, const bf_past_run *b, bf_past_check check);

/* How far apart two values are. */
typedef struct bf_gap {
    double difference, error, z; /* second less first; error and z only when known. The error is the root of the sum of
                                    both squared; of a value with an interval it is the side towards the other value,
                                    over BF_NOISE_Z (Newcombe's method of square and add) */
    bool known;                  /* both have an error; else nothing is decided */
    bool inside;                 /* known, and |difference| <= BF_NOISE_Z * error: may be chance */
} bf_gap;
bf_gap bf_gap_between(const bf_past_value *first, const bf_past_value *second);

/* order [n] gets the runs from best to worst by a metric, those without a value last; equal values keep the
 * order of the files. Returns how many have a value. */
size_t bf_past_rank(size_t *order, const bf_past_run *runs, size_t n, size_t metric);

#endif
