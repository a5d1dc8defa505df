/* What neighbours say of two sets, as the commands report it. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_MANIFOLD_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_MANIFOLD_H

#include "tools/measure/show.h"

feat_status bf_measure_pr(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_dc(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_authpct(bf_run *run, const bf_side *real, const bf_side *gen,
                               feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_prd(bf_run *run, const bf_side *real, const bf_side *gen, feat_error *err) FEAT_NODISCARD;

#endif
