/* A question to whoever sits at the terminal. */
#ifndef BONAFIDE_TOOLS_BRING_ASK_H
#define BONAFIDE_TOOLS_BRING_ASK_H

#include <stdbool.h>

#include "engine/base/common.h"

/* Whether somebody can answer: standard input and standard error are a terminal. */
bool bf_can_ask(void);

/* Writes the question, one line, to standard error and reads a line: *yes is true for an empty one, y or yes; false for
 * anything else and where the input ends. Errors: IO (interrupted). */
feat_status bf_ask(bool *yes, const char *question, feat_error *err) FEAT_NODISCARD;

#endif
