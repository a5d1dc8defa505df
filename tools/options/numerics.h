/* --numerics on this machine. */
#ifndef BONAFIDE_TOOLS_OPTIONS_NUMERICS_H
#define BONAFIDE_TOOLS_OPTIONS_NUMERICS_H

#include "engine/feat.h"
#include "tools/options/options.h"

/* What --numerics asks for. */
feat_numerics bf_numerics_wanted(const bf_args *args);

/* What it comes to with this CPU and --isa: "exact" or "split", as results and manifests record it. */
const char *bf_numerics_mode(const bf_args *args);

/* Checks a mode that a file records. Errors: FORMAT. */
feat_status bf_numerics_check(const char *mode, const char *path, feat_error *err) FEAT_NODISCARD;

#endif
