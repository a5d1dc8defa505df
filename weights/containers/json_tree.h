/* A JSON text, or the object literal of a JavaScript module, as a tree of jsmn tokens. */
#ifndef BONAFIDE_WEIGHTS_CONTAINERS_JSON_TREE_H
#define BONAFIDE_WEIGHTS_CONTAINERS_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"

#define FEAT_JS_NONE SIZE_MAX

typedef struct feat_js feat_js;

/* Parses text[bytes] (a zero byte must follow; it must outlive the tree). With is_module the text is a
 * JavaScript module whose `exports = {...}` is taken: keys without quotes, !0, !1 and .5 are understood,
 * nothing is run. The root is node 0. Errors: FORMAT, UNSUPPORTED (too large), NOMEM. */
feat_status feat_js_parse(feat_js **out, const char *path, const char *text, size_t bytes, bool is_module,
                          feat_error *err) FEAT_NODISCARD;
void feat_js_close(feat_js **js);

/* Value of a key of an object; items of an array by iteration: first, then next. FEAT_JS_NONE for nothing,
 * also when `node` is FEAT_JS_NONE, so that calls can be nested. */
size_t feat_js_get(const feat_js *js, size_t node, const char *key);
size_t feat_js_first(const feat_js *js, size_t node);
size_t feat_js_next(const feat_js *js, size_t node, size_t item);

bool feat_js_is_array(const feat_js *js, size_t node);

/* The next key of an object after key `from` (the object itself to begin), in the text's order; and its value. */
size_t feat_js_key(const feat_js *js, size_t node, size_t from);
size_t feat_js_value(const feat_js *js, size_t key);

/* The next key `class_name` after node `from` (0 to begin) whose value is `name`, and the object it is in. */
size_t feat_js_class(const feat_js *js, size_t from, const char *name);
size_t feat_js_owner(const feat_js *js, size_t key);

/* Raw text of a string (without quotes; escapes are not resolved) or primitive; NULL for anything else. */
const char *feat_js_text(const feat_js *js, size_t node, size_t *bytes);
bool feat_js_is(const feat_js *js, size_t node, const char *text);
bool feat_js_number(const feat_js *js, size_t node, double *value);
bool feat_js_bool(const feat_js *js, size_t node, bool *value);

/* The one string a module exports: `exports = "..."`; NULL when there is none. */
const char *feat_js_exported_string(const char *text, size_t bytes, size_t *string_bytes);

/* Decodes base64 into dst; false for bytes that are no base64. *n is what there is, and at most
 * `capacity` bytes are written. */
bool feat_base64(unsigned char *dst, size_t capacity, const char *text, size_t bytes, size_t *n);

#endif
