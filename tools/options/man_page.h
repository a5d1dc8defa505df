/* Manual pages. */
#ifndef BONAFIDE_MAN_PAGE_H
#define BONAFIDE_MAN_PAGE_H

#include <stdio.h>

#include "engine/base/common.h"

/* A manual page in the macros of man(7): of the program (name NULL), or of one command. Errors: ARG for an
 * unknown command. */
iv3_status bf_manual_print(FILE *out, const char *name, const char *verb, iv3_error *err) IV3_NODISCARD;

#endif
