/* The disturbance test: which metrics notice what on the user's own images. Half of the images, drawn by
 * lot, stand for the real ones, the others are spoilt at rising levels and measured against them. */
#ifndef BONAFIDE_TOOLS_SANITY_SANITY_H
#define BONAFIDE_TOOLS_SANITY_SANITY_H

#include "tools/formats/csv.h"
#include "tools/run/run.h"
#include "tools/sanity/disturb.h"

enum {
    BF_SANITY_LEVELS = BF_DISTURB_LEVELS + 1, /* the first is undisturbed */
    BF_SANITY_DROP = BF_N_DISTURB,            /* mode dropping */
    BF_SANITY_MIX,                            /* contamination */
    BF_SANITY_KINDS,
    BF_SANITY_METRICS = 7
};

/* "noise" .. "contamination", and what a level is, level 1 .. 3. */
const char *bf_sanity_kind(size_t kind);
const char *bf_sanity_level(size_t kind, int level);

typedef struct bf_sanity_metric {
    const char *key, *label;
    bool low;       /* lower is better: damage makes it rise */
    bool of_logits; /* there is none without a classifier */
} bf_sanity_metric;
bf_sanity_metric bf_sanity_metric_at(size_t metric);

/* How far a value may be off by chance. Where it is not known nothing is said of what differs from the value. */
typedef struct bf_sanity_error {
    bool known;
    double error;           /* above 0: the standard error; or the distance of the limit, by 1.96 */
    bool at_most, at_least; /* a share of 0 or 1: instead of an error, its one-sided 95 % limit */
    double limit;
} bf_sanity_error;

/* One metric under one disturbance. */
typedef struct bf_sanity_curve {
    bool known; /* every level was measured */
    double value[BF_SANITY_LEVELS];
    bf_sanity_error error; /* of value[0] */
} bf_sanity_curve;

/* On fewer images a side errors are themselves uncertain, and damage is lost in them. */
enum { BF_SANITY_FEW = 200 };

typedef struct bf_sanity {
    size_t n_real, n_changed; /* images on either side */
    size_t n_drop;            /* of the changed side under mode dropping */
    bool wanted[BF_SANITY_KINDS];
    bf_sanity_curve curves[BF_SANITY_KINDS][BF_SANITY_METRICS];
} bf_sanity;

/* --- verdicts ---------------------------------------------------------------------------------------- */

typedef enum bf_verdict_kind {
    BF_VERDICT_UNKNOWN, /* not measured: no value, or no error to judge by */
    BF_VERDICT_RISES,   /* notices, and more damage is never better beyond the noise */
    BF_VERDICT_WAVERS,  /* notices, but some more damage looks better */
    BF_VERDICT_BLIND,   /* stays within the noise, or comes back to it */
    BF_VERDICT_WRONG    /* damage looks like an improvement */
} bf_verdict_kind;

typedef struct bf_verdict {
    bf_verdict_kind kind;
    int reacts;                 /* first level from which on it stays outside the noise; 0: none */
    bool monotone;              /* every level is worse than the one before, noise or not */
    double z[BF_SANITY_LEVELS]; /* damage in standard errors; 0 when unknown */
} bf_verdict;

/* Noticed is what is more than two standard errors worse than undisturbed; a step back counts when it is more
 * than one. */
bf_verdict bf_sanity_judge(const bf_sanity_curve *curve, bool low);
const char *bf_verdict_name(bf_verdict_kind kind);

/* Over all disturbances of one metric. */
typedef struct bf_trust {
    size_t n_kinds, n_noticed, n_monotone, n_wrong, n_blind;
    size_t n_unjudged; /* disturbances that were measured, but without an error to judge by; not among n_kinds */
    double mean_level; /* at which it reacts, over those noticed */
} bf_trust;
bf_trust bf_sanity_trust(const bf_sanity *sanity, size_t metric);

/* --- measuring and writing ----------------------------------------------------------------------------- */

/* What one comparison gives: values by metric, and in error [BF_SANITY_METRICS] how far they may be off (NULL: not
 * wanted). rows are those of the run's tap, logits NULL when there are none. Errors: those of the metrics. */
typedef struct bf_sanity_rows {
    const float *real, *changed, *logits;
    size_t n_real, n_changed, d, n_classes;
} bf_sanity_rows;
feat_status bf_sanity_measure(bf_run *run, const bf_sanity_rows *rows, double value[BF_SANITY_METRICS],
                              bf_sanity_error *error, feat_error *err) FEAT_NODISCARD;

/* A warning where the images are few. */
void bf_sanity_warn_few(bf_run *run, size_t n_real, size_t n_changed);

/* sanity.csv, sanity.json and index.html in dir. sample: an image to show spoilt. Errors: IO, NOMEM. */
feat_status bf_sanity_write(bf_run *run, const bf_sanity *sanity, const bf_set *set, size_t sample,
                            const char *dir, feat_error *err) FEAT_NODISCARD;
void bf_sanity_json(bf_json *j, const void *sanity);

/* The page alone. */
feat_status bf_sanity_page(bf_text *t, bf_run *run, const bf_sanity *sanity, const bf_set *set, size_t sample,
                           feat_error *err) FEAT_NODISCARD;

#endif
