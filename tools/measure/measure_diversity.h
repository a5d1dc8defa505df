/* The variety of one set as the commands report it. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_DIVERSITY_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_DIVERSITY_H

#include "tools/measure/show.h"

/* Options as the conventions of the run and the command line say. */
gmet_is_options bf_is_options(const bf_run *run);

/* Why the error of an Inception Score does not hold, a static phrase; NULL when it does. */
const char *bf_is_error_unknown(const gmet_is_error_result *error, double mean);

feat_status bf_measure_is(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                          feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_is_infinity(bf_run *run, const bf_side *side, const float *logits, size_t n_classes,
                                   feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_vendi(bf_run *run, const bf_side *side, feat_error *err) FEAT_NODISCARD;

#endif
