/* Completion of command lines in shells. */
#ifndef BONAFIDE_COMPLETION_H
#define BONAFIDE_COMPLETION_H

#include <stdio.h>

#include "engine/base/common.h"

/* What makes a shell complete bonafide's command line. Errors: ARG when `shell` is none of those known. */
iv3_status bf_completion_print(FILE *out, const char *shell, iv3_error *err) IV3_NODISCARD;

#endif
