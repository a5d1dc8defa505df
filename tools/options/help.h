/* What --help prints. */
#ifndef BONAFIDE_TOOLS_OPTIONS_HELP_H
#define BONAFIDE_TOOLS_OPTIONS_HELP_H

#include <stdio.h>

#include "engine/base/common.h"

/* What `bonafide help`, `bonafide help NAME` and `bonafide help NAME VERB` print. name NULL lists all
 * commands; a name that stands for several (weights) lists those. Errors: ARG for an unknown name. */
feat_status bf_help_print(FILE *out, const char *name, const char *verb, feat_error *err) FEAT_NODISCARD;

#endif
