/* Frechet distances as the commands report them. Each returns the errors of the
 * metric's own function and prints a line only where it succeeds. */
#ifndef BONAFIDE_TOOLS_MEASURE_MEASURE_FRECHET_H
#define BONAFIDE_TOOLS_MEASURE_MEASURE_FRECHET_H

#include "tools/measure/show.h"

/* Computes, and reports nothing. share [n] of gen, or NULL, gets each row's contribution; *has_share is set. */
feat_status bf_find_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, bf_fid *fid, double *share,
                        bool *has_share, feat_error *err) FEAT_NODISCARD;

/* Only the distance, without warnings or error bars. */
feat_status bf_find_raw_fid(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap, gmet_fid_result *out,
                            feat_error *err) FEAT_NODISCARD;

/* FID of the main layer, kept in *fid for others to use. */
feat_status bf_measure_fid(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, double *share,
                           bool *has_share, feat_error *err) FEAT_NODISCARD;
/* The same of another layer: sFID, FID at tap 64 ... */
feat_status bf_measure_fid_at(bf_run *run, bf_side *real, bf_side *gen, feat_tap tap,
                              feat_error *err) FEAT_NODISCARD;

/* FID of sets of rows for metrics that are made of it or take the sets for independent draws, where it is not asked for
 * itself: *fid, which is told by *has_fid, and where the sets vary less than such draws, that is known from then on.
 * What keeps FID from being computed is left to those metrics to say. Errors: those of bf_find_fid but for NUMERIC and
 * UNSUPPORTED. */
feat_status bf_find_draws(bf_run *run, bf_side *real, bf_side *gen, bf_fid *fid, bool *has_fid,
                            feat_error *err) FEAT_NODISCARD;

feat_status bf_measure_fid_infinity(bf_run *run, const bf_side *real, const bf_side *gen,
                                    feat_error *err) FEAT_NODISCARD;
/* `fid`: the distance, which is not computed again. */
feat_status bf_measure_mifid(bf_run *run, const bf_side *real, const bf_side *gen, double fid,
                             feat_error *err) FEAT_NODISCARD;

#endif
