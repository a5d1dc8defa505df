/* What corrected values and error bars take for granted of the sets, looked at before they are printed: that two sets
 * are independent draws, that no image is there twice, that the order of images is nobody's choice. What is found is a
 * warning, keys of the JSON, and the reason why something is left out. */
#ifndef BONAFIDE_ASSUME_H
#define BONAFIDE_ASSUME_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/common.h"
#include "metrics/gmet_more.h"

typedef struct bf_run bf_run;   /* tools/run/run.h */
typedef struct bf_side bf_side;
typedef struct bf_fid bf_fid;   /* tools/measure/measure.h */

enum {
    BF_COPIES_WARN = 100,  /* a warning where more than one image in so many equals an earlier one */
    BF_COPIES_ERRORS = 20, /* and no error bars where more than one in so many does, or is in both sets */
    BF_WHY_BYTES = 112
};

/* Of one run; zero: nothing is known against its sets. */
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

/* --- rows as they pass ------------------------------------------------------------------------------- */

/* Keeps marks of the rows first .. first + n - 1 of the main layer, which come in order; the first row of all begins
 * anew. pool may be NULL. Errors: NOMEM. */
iv3_status bf_side_mark(bf_side *side, size_t first, size_t n, const float *rows, iv3_pool *pool,
                        iv3_error *err) IV3_NODISCARD;

/* --- once both sides are filled ------------------------------------------------------------------------ */

/* Counts equal rows within and across the sides, and looks whether their order shows, as far as rows passed (not of
 * statistics, nor of parts that kept sums): inputs get `copies`, the result `shared_images`.
 * pr_k, dc_k: neighbours of the radii that precision and recall (both sides') and density and coverage (the real
 * side's) will use, 0 for none. Errors: NOMEM. */
iv3_status bf_assume_pair(bf_run *run, const bf_side *a, const bf_side *b, size_t pr_k, size_t dc_k,
                          iv3_error *err) IV3_NODISCARD;
/* The same of the only side. */
iv3_status bf_assume_set(bf_run *run, const bf_side *side, iv3_error *err) IV3_NODISCARD;
/* Warns of test images that the real side has too, where C_T takes them for new ones. Errors: NOMEM. */
iv3_status bf_assume_test(bf_run *run, const bf_side *real, const bf_side *test, iv3_error *err) IV3_NODISCARD;

/* --- asked by the metrics -------------------------------------------------------------------------------- */

/* Why the value under a key of the JSON has no error bar in this run; NULL when it may have one. The run's. */
const char *bf_assume_no_error(const bf_run *run, const char *key);

/* Fails with NUMERIC and the reason where the sets are no independent draws. */
iv3_status bf_assume_independent(const bf_run *run, iv3_error *err) IV3_NODISCARD;

/* FID of sets of rows for metrics that are made of it or take the sets for independent draws, where it is not asked for
 * itself: *fid, which is told by *has_fid, and where the sets vary less than such draws, that is known from then on.
 * What keeps FID from being computed is left to those metrics to say. Errors: those of bf_find_fid but for NUMERIC and
 * UNSUPPORTED. */
iv3_status bf_assume_draws(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, bool *has_fid,
                           iv3_error *err) IV3_NODISCARD;

/* Takes the corrected value out of *fid, saying why, where it does not hold: the sets share images or are the same
 * statistics, copies hide more bias than its error, classes are balanced, or it lies so far below 0 that the rows
 * cannot be independent draws; a value below -2 errors is a warning. Errors: those of bf_set_read_stats, NOMEM. */
iv3_status bf_assume_corrected(bf_run *run, const bf_side *real, const bf_side *gen, bf_fid *fid,
                               iv3_error *err) IV3_NODISCARD;

/* Whether an Inception Score of unshuffled logits [n][n_classes] depends on their order (gmet_is_order): then a warning
 * that `who` begins, with what they score shuffled, and *shuffled gets that; else, and with options that shuffle,
 * shuffled->n_splits is 0. Errors: NUMERIC, NOMEM. */
iv3_status bf_assume_order(bf_run *run, const char *who, const float *logits, size_t n, size_t n_classes,
                           const gmet_is_options *options, const gmet_is_result *score, gmet_is_result *shuffled,
                           iv3_error *err) IV3_NODISCARD;

#endif
