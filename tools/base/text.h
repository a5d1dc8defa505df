/* Text that is made: one that grows, and letters in UTF-8. */
#ifndef BONAFIDE_TOOLS_BASE_TEXT_H
#define BONAFIDE_TOOLS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

/* A text that grows. Zero-initialise; release with bf_text_free. Lack of memory is remembered and reported by
 * bf_text_write. */
typedef struct bf_text {
    char *data;
    size_t n, capacity;
    bool failed;
    bool csv_plain; /* fields of CSV as they are: see bf_text_field */
} bf_text;

/* Adds n bytes; a zero follows them that does not count. */
void bf_text_add(bf_text *t, const void *data, size_t n);
/* For short texts: one of 512 bytes or more is taken for a lack of memory. Names of files and other text of any length
 * go through bf_text_add. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void bf_text_print(bf_text *t, const char *format, ...);
/* Replaces `path` by the text. Errors: NOMEM, IO. */
feat_status bf_text_write(const bf_text *t, const char *path, feat_error *err) FEAT_NODISCARD;
void bf_text_free(bf_text *t);

/* feat_clean of what was added from byte `first` on. */
void bf_text_clean(bf_text *t, size_t first, bool lines);

/* "-1" up to `end`, a byte that no number has: a finite decimal number and nothing else, no blanks, words or
 * hexadecimal digits. False where it is none. */
bool bf_number_read(double *value, const char *text, char end);

/* UTF-8 of one code point, and how many bytes that is; 0 for what is none. */
size_t bf_utf8_encode(char out[4], uint32_t code);

#endif
