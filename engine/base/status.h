/* What lies between a caller and every public function: the feat_error that is filled, and what of a name from outside
 * may stand in a message. */
#ifndef BONAFIDE_ENGINE_BASE_STATUS_H
#define BONAFIDE_ENGINE_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

#include "engine/base/common.h"

/* Bytes of the letter in UTF-8 (RFC 3629: no surrogates, nothing overlong) at the start of a text that ends in a zero,
 * and its number; 0 where there is none. */
size_t feat_letter(const char *text, uint32_t *code);

/* False for what commands a terminal or turns the direction of a line: control characters (C0, DEL, C1), U+2028 to
 * U+202E, U+2066 to U+2069. */
bool feat_letter_shows(uint32_t code);

/* In place: each of those letters, and each byte that is no UTF-8, becomes '?'. The text grows in no case. `lines`:
 * newlines stay. Returns its length. */
size_t feat_clean(char *text, bool lines);

/* vsnprintf into `size` bytes (one at least), whose arguments come from anywhere: the newlines of the format stay, all
 * else is cleaned as above. Too long a text is cut and ends in "...". */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 0)))
#endif
void feat_format(char *text, size_t size, const char *format, va_list args);

/* Writes `status` and the formatted message into err (if not NULL) and returns `status`, so that a
 * failing check reads `return feat_fail(err, FEAT_ERR_FORMAT, "%s: ...", path)`. The message is made by feat_format:
 * names can be printed as they stand in it. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
feat_status feat_fail(feat_error *err, feat_status status, const char *format, ...);

/* ARG, of a public function (__func__) that was given NULL where it needs something. */
feat_status feat_null(feat_error *err, const char *function);

/* feat_fail of a message that it made before, whose lines stay: "before: said". */
feat_status feat_fail_again(feat_error *err, feat_status status, const char *before, const char *said);

#endif
