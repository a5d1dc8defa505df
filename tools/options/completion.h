/* Completion of command lines in shells. */
#ifndef BONAFIDE_TOOLS_OPTIONS_COMPLETION_H
#define BONAFIDE_TOOLS_OPTIONS_COMPLETION_H

#include <stdio.h>

#include "engine/base/common.h"

/* What makes a shell complete bonafide's command line. Errors: ARG when `shell` is none of those known. */
feat_status bf_completion_print(FILE *out, const char *shell, feat_error *err) FEAT_NODISCARD;

#endif
