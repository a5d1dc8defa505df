/* Is a text JSON? The grammar of RFC 8259, and a limit on depth. */
#ifndef BONAFIDE_TOOLS_FORMATS_JSON_CHECK_H
#define BONAFIDE_TOOLS_FORMATS_JSON_CHECK_H

#include <stddef.h>

#include "engine/base/common.h"

enum { BF_JSON_MAX_DEPTH = 32 };

/* The value of a hexadecimal digit, -1 for anything else. */
int bf_json_hex_digit(unsigned char ch);

/* Whether text[n] is one JSON value, not nested deeper than BF_JSON_MAX_DEPTH, its keys free of escapes and
 * its strings of zero bytes. The message names `label`, line and problem. Errors: FORMAT. */
feat_status bf_json_check(const char *label, const char *text, size_t n, feat_error *err) FEAT_NODISCARD;

#endif
