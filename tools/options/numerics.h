/* --numerics on this machine. */
#ifndef BF_NUMERICS_H
#define BF_NUMERICS_H

#include "engine/iv3.h"
#include "tools/options/options.h"

/* What --numerics asks for. */
iv3_numerics bf_numerics_wanted(const bf_args *args);

/* What it comes to with this CPU and --isa: "exact" or "split", as results and manifests record it. */
const char *bf_numerics_mode(const bf_args *args);

/* Checks a mode that a file records. Errors: FORMAT. */
iv3_status bf_numerics_check(const char *mode, const char *path, iv3_error *err) IV3_NODISCARD;

#endif
