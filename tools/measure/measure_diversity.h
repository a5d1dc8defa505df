/* The variety of one set as the commands report it. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_DIVERSITY_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_DIVERSITY_H

#include "tools/measure/measuring.h"

/* Options as the conventions of the run and the command line say. */
gmet_is_options bf_is_options(const bf_run *run);

/* Why the error of an Inception Score does not hold, a static phrase; NULL when it does. */
const char *bf_is_error_unknown(const gmet_is_error_result *error, double mean);

/* Without logits: UNSUPPORTED; of images nothing, as it is said already that the weights have no classifier. */
feat_status bf_measure_is(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_is_infinity(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_vendi(bf_measuring *m, feat_error *err) FEAT_NODISCARD;

void bf_note_is(const bf_measuring *m);

double bf_memory_of_is(const bf_measuring *m);
double bf_memory_of_is_infinity(const bf_measuring *m);
double bf_memory_of_vendi(const bf_measuring *m);

#endif
