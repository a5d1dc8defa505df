/* Private to jsonread*.c. */
#ifndef BONAFIDE_JSONREAD_PARTS_H
#define BONAFIDE_JSONREAD_PARTS_H

#include <stddef.h>

#include "engine/base/common.h"

/* Whether text[n] is one JSON value, not nested deeper than BF_JSON_MAX_DEPTH, its keys free of escapes and
 * its strings of zero bytes. The message names `label`, line and problem. Errors: FORMAT. */
iv3_status bf_json_check(const char *label, const char *text, size_t n, iv3_error *err) IV3_NODISCARD;

#endif
