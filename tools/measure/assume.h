/* What corrected values and error bars take for granted of the sets, looked at before they are printed: that two sets
 * are independent draws, that no image is there twice, that the order of images is nobody's choice. What is found is a
 * warning, keys of the JSON, and the reason why something is left out. */
#ifndef BONAFIDE_TOOLS_MEASURE_ASSUME_H
#define BONAFIDE_TOOLS_MEASURE_ASSUME_H

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

#endif
