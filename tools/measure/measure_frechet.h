/* Frechet distances as the commands report them. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_FRECHET_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_FRECHET_H

#include "tools/measure/measuring.h"

/* Computes, and reports nothing. share [n] of gen, or NULL, gets each row's contribution; *has_share is set. */
feat_status bf_find_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid, double *share,
                        bool *has_share, feat_error *err) FEAT_NODISCARD;

/* Only the distance, without warnings or error bars. */
feat_status bf_find_raw_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                            feat_error *err) FEAT_NODISCARD;

/* FID of sets of rows for metrics that are made of it or take the sets for independent draws, where it is not asked for
 * itself: *fid, which is told by *has_fid, and where the sets vary less than such draws, that is known from then on.
 * What keeps FID from being computed is left to those metrics to say. Errors: those of bf_find_fid but for NUMERIC and
 * UNSUPPORTED. */
feat_status bf_find_draws(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, bool *has_fid,
                            feat_error *err) FEAT_NODISCARD;

/* FID of the layer of --tap, which it leaves in m->fid. */
feat_status bf_measure_fid(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
/* The same of the other layer that the metric is of: sFID, FID at tap 64 ... */
feat_status bf_measure_fid_of_layer(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
feat_status bf_measure_fid_infinity(bf_measuring *m, feat_error *err) FEAT_NODISCARD;
/* Of m->fid where that is known. */
feat_status bf_measure_mifid(bf_measuring *m, feat_error *err) FEAT_NODISCARD;

double bf_memory_of_fid(const bf_measuring *m);
double bf_memory_of_fid_infinity(const bf_measuring *m);
double bf_memory_of_mifid(const bf_measuring *m);

#endif
