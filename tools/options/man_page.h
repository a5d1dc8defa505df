/* Manual pages. */
#ifndef BONAFIDE_TOOLS_OPTIONS_MAN_PAGE_H
#define BONAFIDE_TOOLS_OPTIONS_MAN_PAGE_H

#include <stdio.h>

#include "engine/base/common.h"

/* A manual page in the macros of man(7): of the program (name NULL), or of one command. Errors: ARG for an
 * unknown command. */
feat_status bf_manual_print(FILE *out, const char *name, const char *verb, feat_error *err) FEAT_NODISCARD;

#endif
