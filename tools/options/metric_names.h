/* The metrics by name: a row for each, and a row for each number that it puts into a result. What lists, reads or ranks
 * metrics goes through these rows: --metrics and --by, help and manual page, the loop of eval, compare, sanity and
 * drift, the report page. What a metric does stands in tools/measure/metrics.c, row by row. */
#ifndef BONAFIDE_TOOLS_OPTIONS_METRIC_NAMES_H
#define BONAFIDE_TOOLS_OPTIONS_METRIC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/feat.h"

/* In the order in which eval computes and prints them. */
typedef enum bf_metric_id {
    BF_METRIC_IS,
    BF_METRIC_FID,
    BF_METRIC_KID,
    BF_METRIC_PR,
    BF_METRIC_PR_VGG,
    BF_METRIC_DC,
    BF_METRIC_CLASSES,
    BF_METRIC_SFID,
    BF_METRIC_FID64,
    BF_METRIC_FID192,
    BF_METRIC_FID768,
    BF_METRIC_FID_INF,
    BF_METRIC_IS_INF,
    BF_METRIC_MIFID,
    BF_METRIC_MIND,
    BF_METRIC_VENDI,
    BF_METRIC_AUTHPCT,
    BF_METRIC_CT,
    BF_METRIC_PRD,
    BF_METRIC_FD_DINOV2,
    BF_METRIC_KD,
    BF_METRIC_CLIP_FID,
    BF_METRIC_CMMD,
    BF_N_METRICS
} bf_metric_id;

/* What a metric is made of. */
enum {
    BF_NEEDS_BOTH_SIDES = 1 << 0, /* without: of the generated images alone */
    BF_NEEDS_ROWS = 1 << 1,       /* the features of each image, of the layer of --tap */
    BF_NEEDS_SUMS = 1 << 2,       /* mean and covariance, of bf_metric_tap or else of --tap */
    BF_NEEDS_LOGITS = 1 << 3,     /* of the generated images */
    BF_NEEDS_FID = 1 << 4,        /* FID of the layer of --tap, and its word for whether rows are independent draws */
    BF_NEEDS_RADII = 1 << 5,      /* neighbourhoods of the images of both sides, to their -k-th neighbour */
    BF_NEEDS_REAL_RADII = 1 << 6, /* of the real images, to their --density-k-th */
    BF_NEEDS_CLASSES = 1 << 7,    /* the same classes on both sides */
    BF_NEEDS_TEST_SET = 1 << 8,   /* real images that were not trained on */
    BF_NEEDS_SPATIAL = 1 << 9     /* the sums are of the network's spatial layer */
};

typedef struct bf_metric {
    const char *name;    /* of --metrics */
    const char *label;   /* where it is left out, or takes too much memory */
    unsigned needs;      /* BF_NEEDS_... */
    const char *tap;     /* name of the layer that the sums are of; NULL: see bf_metric_tap */
    const char *network; /* family of the network whose features it is of; NULL: the run's own, whichever that is */
    const char *usual_network; /* with it: the one of the family that it is published of */
    const char *suffix;  /* with it: of the keys of its numbers in the JSON */
    bool usual;          /* eval has it unless told otherwise */
    const char *papers;  /* where it comes from, for --cite: keys of papers.c, separated by commas */
    const char *library; /* the function of metrics/: its unit test and its golden bits bear this name (tests/lint) */
} bf_metric;

/* Which direction is the good one. */
typedef enum bf_better { BF_LOWER_IS_BETTER, BF_HIGHER_IS_BETTER, BF_BELOW_0_COPIES } bf_better;

/* A number of a result. */
typedef struct bf_metric_value {
    bf_metric_id metric;
    const char *by;        /* for compare --by; NULL: not ranked */
    const char *label;     /* of its line; compare leaves out what is in brackets */
    const char *key;       /* in the JSON */
    const char *error_key; /* its standard error there; NULL: nothing, or no error of the value */
    bf_better better;
    double least, most;           /* no value lies outside, and no interval says so */
    const char *reading, *formula; /* HTML, for the report page: how to read it, and what it is */
} bf_metric_value;

const bf_metric *bf_metric_at(bf_metric_id id);

/* The layer of the network that a metric's sums are of: that of its name, with BF_NEEDS_SPATIAL the spatial one.
 * FEAT_NO_TAP where the network has no such layer, and for a metric whose layer is that of --tap. */
feat_tap bf_metric_tap(const bf_metric *metric, const feat_net *net);

/* Whether it is of the features of `net`, and not of those of a network of its own beside it. */
bool bf_metric_is_of(const bf_metric *metric, const feat_net *net);

/* BF_N_METRICS for an unknown name. */
bf_metric_id bf_metric_find(const char *name);

/* By number, those that are ranked first and in the order in which compare has them; NULL past the end. */
const bf_metric_value *bf_metric_value_at(size_t index);

/* By the key in the JSON; by the label of the line. NULL: none. */
const bf_metric_value *bf_metric_value_of_key(const char *key);
const bf_metric_value *bf_metric_value_of_label(const char *label);

/* Those that compare ranks by: NULL past the end. There are no more than BF_MAX_RANKED (test_metric_names). */
enum { BF_MAX_RANKED = 31 };
const bf_metric_value *bf_ranked_value_at(size_t index);

/* The label as compare has it, without what is in brackets: "PRD F8" of "PRD F8 (recall)". */
enum { BF_METRIC_LABEL = 32 };
const char *bf_ranked_label(char text[BF_METRIC_LABEL], const bf_metric_value *value);

/* "lower is better" */
const char *bf_better_text(bf_better better);

/* The names, each separated from the one before: of all metrics, or the usual ones; of what compare ranks by. */
void bf_metric_list(char *text, size_t room, bool usual, const char *separator);
void bf_ranked_list(char *text, size_t room, const char *separator);

#endif
