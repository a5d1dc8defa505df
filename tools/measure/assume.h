/* What corrected values and error bars take for granted of the sets, looked at before they are printed: that two sets
 * are independent draws, that no image is there twice, that the order of images is nobody's choice. What is found is a
 * warning, keys of the JSON, and the reason why something is left out. */
#ifndef BONAFIDE_TOOLS_MEASURE_ASSUME_H
#define BONAFIDE_TOOLS_MEASURE_ASSUME_H

#include "tools/measure/measuring.h"
#include "tools/run/side.h"

enum {
    BF_COPIES_WARN = 100, /* a warning where more than one image in so many equals an earlier one */
    BF_COPIES_ERRORS = 20 /* and no error bars where more than one in so many does, or is in both sets */
};

/* --- once both sides are filled ------------------------------------------------------------------------ */

/* Counts equal rows within and across the sides, and looks whether their order shows, as far as rows passed (not of
 * statistics, nor of parts that kept sums): inputs get `copies`, the result `shared_images`.
 * pr_k, dc_k: neighbours of the radii that precision and recall (both sides') and density and coverage (the real
 * side's) will use, 0 for none. Errors: NOMEM. */
feat_status bf_assume_pair(bf_run *run, const bf_side *a, const bf_side *b, size_t pr_k, size_t dc_k,
                           feat_error *err) FEAT_NODISCARD;
/* The same of the only side. */
feat_status bf_assume_set(bf_run *run, const bf_side *side, feat_error *err) FEAT_NODISCARD;
/* Warns of test images that the real side has too, where C_T takes them for new ones. Errors: NOMEM. */
feat_status bf_assume_test(bf_run *run, const bf_side *real, const bf_side *test, feat_error *err) FEAT_NODISCARD;

/* --- asked by the metrics ------------------------------------------------------------------------------ */

/* Why the value under a key of the JSON has no error bar in this run; NULL when it may have one. The run's. */
const char *bf_assume_no_error(const bf_run *run, const char *key);

/* Fails with NUMERIC and the reason where the sets are no independent draws. */
feat_status bf_assume_independent(const bf_run *run, feat_error *err) FEAT_NODISCARD;

/* Notes that error bars and corrections do not hold where the rows behind a distance vary less than independent draws
 * (fid->dependent of 2). */
void bf_assume_dispersion(bf_run *run, const bf_fid *fid);

/* Takes the corrected value out of *fid, saying why, where it does not hold: the sets share images or are the same
 * statistics, copies hide more bias than its error, classes are balanced, or it lies so far below 0 that the rows
 * cannot be independent draws; a value below -2 errors is a warning. Errors: those of bf_set_read_stats, NOMEM. */
feat_status bf_assume_corrected(bf_run *run, const bf_side *real, const bf_side *gen, bf_fid *fid,
                                feat_error *err) FEAT_NODISCARD;

/* Whether an Inception Score of unshuffled logits depends on their order (gmet_is_order): then a warning
 * that `who` begins, with what they score shuffled, and *shuffled gets that; else, and with options that shuffle,
 * shuffled->n_splits is 0. Errors: NUMERIC, NOMEM. */
feat_status bf_assume_order(bf_run *run, const char *who, const gmet_set *logits, const gmet_is_options *options,
                            const gmet_is_result *score, gmet_is_result *shuffled, feat_error *err) FEAT_NODISCARD;

#endif
