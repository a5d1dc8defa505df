/* Two-sample distances as the commands report them: KID, also of another network's features (KD), CMMD, MIND, C_T. Each
 * returns the errors of the metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_TWOSAMPLE_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_TWOSAMPLE_H

#include "tools/measure/measuring.h"

/* Options as the conventions of a network and the command line say. */
gmet_kid_options bf_kid_options(const bf_run *run, const bf_convention *how);

/* Why the deviation over subsets of two sets says nothing, a static phrase; NULL when it does. */
const char *bf_kid_no_spread(const gmet_kid_result *kid, size_t n_real, size_t n_gen);

feat_status bf_measure_kid(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_cmmd(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_mind(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_ct(bf_measuring *m, feat_error *err) FEAT_NODISCARD;

void bf_note_kid(const bf_measuring *m);

double bf_memory_of_kid(const bf_measuring *m);
double bf_memory_of_cmmd(const bf_measuring *m);
double bf_memory_of_mind(const bf_measuring *m);
double bf_memory_of_ct(const bf_measuring *m);

#endif
