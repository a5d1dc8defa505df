/* The signals that ask the program to end: Ctrl-C, and what sends TERM or HUP. */
#ifndef BONAFIDE_TOOLS_BASE_SIGNALS_H
#define BONAFIDE_TOOLS_BASE_SIGNALS_H

#include <stdbool.h>

/* Makes a write beyond the limit on file sizes (ulimit -f) fail with EFBIG, which whoever writes reports, where the
 * system would end the program without a word. To be called before anything is written. */
void bf_signals_spare_writes(void);
/* Makes the signals that ask the program to end set a flag instead, once; a second signal ends it at once. */
void bf_signals_catch(void);
/* The signal that came, or 0. */
int bf_signals_caught(void);
/* Whether one came: what long work is given to ask. */
bool bf_interrupted(void);

#endif
