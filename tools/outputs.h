/* Whether the names that files are to be written under say what will be in them. */
#ifndef BONAFIDE_OUTPUTS_H
#define BONAFIDE_OUTPUTS_H

#include "tools/opt.h"

/* Looks at every file the command line names as an output. Features and statistics go into the formats that their
 * commands name, by extension, and into no other; what is text or of this program's own kind may be called anything
 * that does not name another kind of file. `merging`: the command's parts are put together, and -o is what they make.
 * Errors: ARG, with the option, what is possible and what was found. */
iv3_status bf_check_output_names(const bf_args *args, bool merging, iv3_error *err) IV3_NODISCARD;

#endif
