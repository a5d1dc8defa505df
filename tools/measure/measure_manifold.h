/* What neighbours say of two sets, as the commands report it. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_MANIFOLD_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_MANIFOLD_H

#include "tools/measure/measuring.h"

feat_status bf_measure_pr(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_dc(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_authpct(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_prd(bf_measuring *m, feat_error *err) FEAT_NODISCARD;

void bf_note_pr(const bf_measuring *m);
void bf_note_dc(const bf_measuring *m);

/* Says whose features the neighbours are of, in a line of the table and as "features": precision and recall of others,
 * as the paper's VGG16, are other numbers. */
void bf_note_features(bf_run *run, const bf_side *a, const bf_side *b);

double bf_memory_of_pr(const bf_measuring *m);
double bf_memory_of_dc(const bf_measuring *m);
double bf_memory_of_authpct(const bf_measuring *m);
double bf_memory_of_prd(const bf_measuring *m);

#endif
