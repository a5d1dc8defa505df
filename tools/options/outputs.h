/* Whether the names that files are to be written under say what will be in them. */
#ifndef BONAFIDE_TOOLS_OPTIONS_OUTPUTS_H
#define BONAFIDE_TOOLS_OPTIONS_OUTPUTS_H

#include "tools/options/options.h"

/* Looks at every file the command line names as an output. One rule for all: a name ends in what says the kind of the
 * file, and in nothing else; "-" passes. `merging`: the command's parts are put together, and -o is what they make.
 * Errors: ARG, with the option, what is possible and what was found. */
feat_status bf_check_output_names(const bf_args *args, bool merging, feat_error *err) FEAT_NODISCARD;

#endif
