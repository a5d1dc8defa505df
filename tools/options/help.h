/* What --help prints. */
#ifndef BONAFIDE_TOOLS_OPTIONS_HELP_H
#define BONAFIDE_TOOLS_OPTIONS_HELP_H

#include <stdio.h>

#include "tools/options/options.h"

/* What `bonafide help`, `bonafide help NAME` and `bonafide help NAME VERB` print. name NULL lists all
 * commands; a name that stands for several (weights) lists those. Errors: ARG for an unknown name. */
feat_status bf_help_print(FILE *out, const char *name, const char *verb, feat_error *err) FEAT_NODISCARD;

/* Under which heading the help of a command of many options shows an option; NULL: under none, as --help. */
const char *bf_help_group(bf_option_id id);

#endif
