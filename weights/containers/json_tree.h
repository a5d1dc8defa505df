/* A JSON text, or the object literal of a JavaScript module, as a tree of jsmn tokens. */
#ifndef IV3_WEIGHTS_JSTREE_H
#define IV3_WEIGHTS_JSTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

#define IV3_JS_NONE SIZE_MAX

typedef struct iv3_js iv3_js;

/* Parses text[bytes] (a zero byte must follow; it must outlive the tree). With is_module the text is a
 * JavaScript module whose `exports = {...}` is taken: keys without quotes, !0, !1 and .5 are understood,
 * nothing is run. The root is node 0. Errors: FORMAT, UNSUPPORTED (too large), NOMEM. */
iv3_status iv3_js_parse(iv3_js **out, const char *path, const char *text, size_t bytes, bool is_module,
                        iv3_error *err) IV3_NODISCARD;
void iv3_js_close(iv3_js **js);

/* Value of a key of an object; items of an array by iteration: first, then next. IV3_JS_NONE for nothing,
 * also when `node` is IV3_JS_NONE, so that calls can be nested. */
size_t iv3_js_get(const iv3_js *js, size_t node, const char *key);
size_t iv3_js_first(const iv3_js *js, size_t node);
size_t iv3_js_next(const iv3_js *js, size_t node, size_t item);

/* The next key `class_name` after node `from` (0 to begin) whose value is `name`, and the object it is in. */
size_t iv3_js_class(const iv3_js *js, size_t from, const char *name);
size_t iv3_js_owner(const iv3_js *js, size_t key);

/* Raw text of a string (without quotes; escapes are not resolved) or primitive; NULL for anything else. */
const char *iv3_js_text(const iv3_js *js, size_t node, size_t *bytes);
bool iv3_js_is(const iv3_js *js, size_t node, const char *text);
bool iv3_js_number(const iv3_js *js, size_t node, double *value);
bool iv3_js_bool(const iv3_js *js, size_t node, bool *value);

/* The one string a module exports: `exports = "..."`; NULL when there is none. */
const char *iv3_js_exported_string(const char *text, size_t bytes, size_t *string_bytes);

/* Decodes base64 into dst; false for bytes that are no base64. *n is what there is, and at most
 * `capacity` bytes are written. */
bool iv3_base64(unsigned char *dst, size_t capacity, const char *text, size_t bytes, size_t *n);

#endif
