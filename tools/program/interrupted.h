/* What is said after Ctrl-C. */
#ifndef BONAFIDE_TOOLS_PROGRAM_INTERRUPTED_H
#define BONAFIDE_TOOLS_PROGRAM_INTERRUPTED_H

#include "tools/run/run.h"

/* Says on standard error how far the run was, what it had been asked to write and has not, and how the work goes on.
 * done: the command itself came to its end. run may be NULL. */
void bf_print_interrupted(const bf_run *run, bool done);

#endif
