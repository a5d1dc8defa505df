/* Reading JSON from anywhere: the text is held to the grammar of RFC 8259, to a size and a depth, and no
 * object may name a key twice. Messages name the file and the place ("run.json: sets[1].n: ..."). */
#ifndef BONAFIDE_TOOLS_FORMATS_JSON_READ_H
#define BONAFIDE_TOOLS_FORMATS_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/common.h"
#include "tools/formats/json_check.h"

enum { BF_JSON_MAX_BYTES = 64 << 20, BF_JSON_MAX_NODES = 1 << 20 };

#define BF_JSON_NONE SIZE_MAX

typedef struct bf_jsonread bf_jsonread;

/* Reads and checks a whole file, or `n` bytes of text (copied; `label` takes the place of the path). The
 * value outermost is node 0 and must be an object. Errors: IO, FORMAT, UNSUPPORTED (a limit), NOMEM. */
feat_status bf_jsonread_file(bf_jsonread **out, const char *path, feat_error *err) FEAT_NODISCARD;
feat_status bf_jsonread_text(bf_jsonread **out, const char *label, const char *text, size_t n,
                             feat_error *err) FEAT_NODISCARD;
/* The same for `n` bytes of text from feat_alloc with a zero behind, which are taken over, and up to `most` values. */
feat_status bf_jsonread_take(bf_jsonread **out, const char *label, char *text, size_t n, size_t most,
                             feat_error *err) FEAT_NODISCARD;
void bf_jsonread_close(bf_jsonread **json);

/* The value of `key` in an object, or BF_JSON_NONE; O(1). */
size_t bf_jsonread_find(const bf_jsonread *json, size_t object, const char *key);

/* Members of an object or items of an array; 0 for anything else. */
size_t bf_jsonread_size(const bf_jsonread *json, size_t node);

/* Items of an array one after the other; BF_JSON_NONE past the last. */
size_t bf_jsonread_first(const bf_jsonread *json, size_t array);
size_t bf_jsonread_next(const bf_jsonread *json, size_t array, size_t item);

bool bf_jsonread_is_null(const bf_jsonread *json, size_t node);

/* The value of `key`, which must be there and of the kind asked for. Texts have no zero bytes inside and are
 * owned by `json`. Errors: FORMAT. */
feat_status bf_jsonread_object(const bf_jsonread *json, size_t object, const char *key, size_t *node,
                               feat_error *err) FEAT_NODISCARD;
feat_status bf_jsonread_array(const bf_jsonread *json, size_t object, const char *key, size_t *node,
                              feat_error *err) FEAT_NODISCARD;
feat_status bf_jsonread_string(const bf_jsonread *json, size_t object, const char *key, const char **text,
                               feat_error *err) FEAT_NODISCARD;
/* A string, or null for which *text is NULL. */
feat_status bf_jsonread_nullable(const bf_jsonread *json, size_t object, const char *key, const char **text,
                                 feat_error *err) FEAT_NODISCARD;
/* A whole number from 0 to 2^64 - 1, written without fraction or exponent. */
feat_status bf_jsonread_integer(const bf_jsonread *json, size_t object, const char *key, uint64_t *number,
                                feat_error *err) FEAT_NODISCARD;
/* A number, read to the nearest double, or null for which it is NaN. */
feat_status bf_jsonread_number(const bf_jsonread *json, size_t object, const char *key, double *number,
                               feat_error *err) FEAT_NODISCARD;
feat_status bf_jsonread_boolean(const bf_jsonread *json, size_t object, const char *key, bool *value,
                                feat_error *err) FEAT_NODISCARD;
/* An item of an array that must be a string, or a whole number: its letters or digits, `n` of them, followed by
 * something else in the case of a number. Errors: FORMAT. */
feat_status bf_jsonread_word(const bf_jsonread *json, size_t node, const char **text, size_t *n,
                             feat_error *err) FEAT_NODISCARD;
/* An item of an array that must be an object. Errors: FORMAT. */
feat_status bf_jsonread_need_object(const bf_jsonread *json, size_t node, feat_error *err) FEAT_NODISCARD;

/* "FILE: sets[1].n: MESSAGE". Always returns FORMAT. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
feat_status
bf_jsonread_fail(const bf_jsonread *json, size_t node, feat_error *err, const char *format, ...);

#endif
