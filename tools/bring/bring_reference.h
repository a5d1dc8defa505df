/* From a published reference, downloaded, to one that ref:NAME finds. */
#ifndef BONAFIDE_TOOLS_BRING_BRING_REFERENCE_H
#define BONAFIDE_TOOLS_BRING_BRING_REFERENCE_H

#include "tools/records/report.h"
#include "tools/statistics/references.h"

/* Downloads what ref:NAME stands for, checks it and adds it as bf_reference_add does; other references that are of the
 * same archive are added too, and `out` is that of the name. Statistics of clean-fid's, whose SHA-256 nobody has
 * published, are added as the user's own, once they open as statistics. A download goes on from what an interrupted one
 * left. Errors: IO (no such name; it cannot be downloaded: with the lines that do it by hand), CHECKSUM, FORMAT,
 * NOMEM. */
feat_status bf_bring_reference(bf_reference *out, const char *name, bf_report *report, feat_error *err) FEAT_NODISCARD;

/* Adds a file that is at hand: as every published reference that it is, of which `known` is one, or as the user's own,
 * `name`. */
feat_status bf_add_references(bf_reference *out, const bf_known_stats *known, const char *name, const char *file,
                              feat_error *err) FEAT_NODISCARD;

/* Where a set is a reference that is not here and can be had: asks whoever sits at the terminal (without --quiet), and
 * brings it after a yes. Errors: those of bf_bring_reference. */
feat_status bf_offer_reference(const char *spec, bf_report *report, feat_error *err) FEAT_NODISCARD;

#endif
