/* Writing JSON: values are appended in order to one growing text. */
#ifndef BONAFIDE_TOOLS_FORMATS_JSON_WRITE_H
#define BONAFIDE_TOOLS_FORMATS_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lack of memory is remembered and reported once, by bf_json_text. Zero-initialise; release with
 * bf_json_free. */
typedef struct bf_json {
    char *text;
    size_t n, capacity;
    size_t depth;
    bool filled; /* the object or array being written has a member */
    bool failed;
} bf_json;

/* `key` is NULL for members of an array and for the outermost value. */
void bf_json_open(bf_json *j, const char *key, char bracket); /* '{' or '[' */
void bf_json_close(bf_json *j, char bracket);                 /* '}' or ']' */

/* Bytes that are not UTF-8 become U+FFFD, one for each byte. text NULL writes null. */
void bf_json_string(bf_json *j, const char *key, const char *text);

/* Seventeen significant digits, which read back as the same double; NaN and infinities write null. */
void bf_json_number(bf_json *j, const char *key, double number);
void bf_json_integer(bf_json *j, const char *key, uint64_t number);
void bf_json_boolean(bf_json *j, const char *key, bool value);

/* The zero-terminated text with a newline at its end, owned by j; NULL when memory ran out. */
const char *bf_json_text(bf_json *j);
void bf_json_free(bf_json *j);

#endif
