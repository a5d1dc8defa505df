/* Two-sample distances as the commands report them. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_TWOSAMPLE_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_TWOSAMPLE_H

#include "tools/measure/show.h"

/* Options as the conventions of the run and the command line say. */
gmet_kid_options bf_kid_options(const bf_run *run);

/* Why the deviation over subsets of two sets says nothing, a static phrase; NULL when it does. */
const char *bf_kid_no_spread(const gmet_kid_result *kid, size_t n_real, size_t n_gen);

feat_status bf_measure_kid(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_mind(bf_run *run, const bf_side *real, const bf_side *gen,
                            feat_error *err) FEAT_NODISCARD;
/* `test`: real images that were not trained on. */
feat_status bf_measure_ct(bf_run *run, const bf_side *train, const bf_side *test, const bf_side *gen,
                          feat_error *err) FEAT_NODISCARD;

#endif
