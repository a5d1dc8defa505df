/* A grammar check first, with a stack of its own, so that jsmn (which forgives much) only ever sees valid
 * JSON; then jsmn's flat list of tokens, strings unescaped in place, and one hash table over all keys of all
 * objects. */
#include "tools/formats/json_read.h"

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#define JSMN_STRICT
#if __has_include(<jsmn.h>)
#include <jsmn.h>
#else
#include <jsmn/jsmn.h> /* where Fedora has it */
#endif

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "tools/base/files.h"
#include "tools/base/text.h"

struct bf_jsonread {
    char *label;
    char *text;
    jsmntok_t *tokens;
    size_t n;
    uint32_t *keys; /* hash table of token numbers of keys, 0 for none: node 0 is no key */
    size_t n_slots; /* a power of two */
};

/* --- strings -------------------------------------------------------------------------------------- */

static unsigned read_hex4(const char *p)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++)
        code = code * 16 + (unsigned)bf_json_hex_digit((unsigned char)p[i]);
    return code;
}

/* Resolves the escapes of text[from .. to), which the grammar check has seen, and ends it with a zero where
 * at latest the closing quote stood. */
static void unescape(char *text, size_t from, size_t to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    size_t out = from;
    for (size_t i = from; i < to;) {
        if (text[i] != '\\') {
            text[out++] = text[i++];
        } else if (text[i + 1] != 'u') {
            text[out++] = values[strchr(names, text[i + 1]) - names];
            i += 2;
        } else {
            unsigned code = read_hex4(text + i + 2);
            i += 6;
            if (code >= 0xD800 && code <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + (read_hex4(text + i + 2) - 0xDC00);
                i += 6;
            }
            out += bf_utf8_encode(text + out, code);
        }
    }
    text[out] = '\0';
}

/* --- keys ----------------------------------------------------------------------------------------- */

static size_t key_slot(const bf_jsonread *j, size_t object, const char *key)
{
    uint64_t hash = feat_hash64(key, strlen(key)) + (uint64_t)object * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash ^ hash >> 32) & (j->n_slots - 1);
    for (;; at = (at + 1) & (j->n_slots - 1)) {
        uint32_t token = j->keys[at];
        if (token == 0 ||
            ((size_t)j->tokens[token].parent == object && strcmp(j->text + j->tokens[token].start, key) == 0))
            return at;
    }
}

static bool is_key(const bf_jsonread *j, size_t token)
{
    int parent = j->tokens[token].parent;
    return parent >= 0 && j->tokens[parent].type == JSMN_OBJECT;
}

static feat_status enter_keys(bf_jsonread *j, feat_error *err)
{
    for (j->n_slots = 16; j->n_slots < 2 * j->n;)
        j->n_slots *= 2;
    j->keys = feat_calloc(j->n_slots, sizeof *j->keys);
    if (j->keys == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", j->label);
    for (size_t i = 1; i < j->n; i++) {
        const jsmntok_t *t = &j->tokens[i];
        if (t->type == JSMN_STRING)
            unescape(j->text, (size_t)t->start, (size_t)t->end);
        if (!is_key(j, i))
            continue;
        size_t slot = key_slot(j, (size_t)t->parent, j->text + t->start);
        if (j->keys[slot] != 0)
            return bf_jsonread_fail(j, i, err, "the key is there twice");
        j->keys[slot] = (uint32_t)i;
    }
    return FEAT_OK;
}

/* --- opening -------------------------------------------------------------------------------------- */

static feat_status tokenize(bf_jsonread *j, size_t n, size_t most, feat_error *err)
{
    jsmn_parser parser;
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, j->text, n, NULL, 0);
    if (count > 0 && (size_t)count > most)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: too many values (at most %zu)", j->label, most);
    if (count < 1 || j->text[strspn(j->text, " \t\r\n")] != '{')
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: a JSON object expected", j->label);
    j->n = (size_t)count;
    j->tokens = feat_alloc_array(j->n, sizeof *j->tokens);
    if (j->tokens == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %zu values", j->label, j->n);
    jsmn_init(&parser);
    if (jsmn_parse(&parser, j->text, n, j->tokens, (unsigned)count) != count)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: not valid JSON", j->label);
    return enter_keys(j, err);
}

feat_status bf_jsonread_take(bf_jsonread **out, const char *label, char *text, size_t n, size_t most, feat_error *err)
{
    bf_jsonread *j = feat_calloc(1, sizeof *j);
    *out = NULL;
    if (j == NULL) {
        feat_free(text);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", label);
    }
    j->text = text;
    j->label = feat_strdup(label);
    feat_status status = FEAT_OK;
    if (j->label == NULL)
        status = feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", label);
    if (status == FEAT_OK)
        status = bf_json_check(label, text, n, err);
    if (status == FEAT_OK)
        status = tokenize(j, n, most, err);
    if (status != FEAT_OK)
        bf_jsonread_close(&j);
    *out = j;
    return status;
}

feat_status bf_jsonread_file(bf_jsonread **out, const char *path, feat_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    *out = NULL;
    feat_status status = bf_file_read(&bytes, &n, path, BF_JSON_MAX_BYTES, err);
    return status == FEAT_OK ? bf_jsonread_take(out, path, (char *)bytes, n, BF_JSON_MAX_NODES, err)
                            : status;
}

feat_status bf_jsonread_text(bf_jsonread **out, const char *label, const char *text, size_t n, feat_error *err)
{
    *out = NULL;
    if (n > BF_JSON_MAX_BYTES)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED, "%s: %zu bytes are too many (at most %d)", label, n,
                         BF_JSON_MAX_BYTES);
    char *copy = feat_alloc(n + 1);
    if (copy == NULL)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to read it", label);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return bf_jsonread_take(out, label, copy, n, BF_JSON_MAX_NODES, err);
}

void bf_jsonread_close(bf_jsonread **json)
{
    if (json == NULL || *json == NULL)
        return;
    feat_free((*json)->keys);
    feat_free((*json)->tokens);
    feat_free((*json)->text);
    feat_free((*json)->label);
    feat_free(*json);
    *json = NULL;
}

/* --- walking -------------------------------------------------------------------------------------- */

size_t bf_jsonread_find(const bf_jsonread *j, size_t object, const char *key)
{
    if (object >= j->n || j->tokens[object].type != JSMN_OBJECT)
        return BF_JSON_NONE;
    uint32_t token = j->keys[key_slot(j, object, key)];
    return token != 0 ? token + 1 : BF_JSON_NONE;
}

size_t bf_jsonread_size(const bf_jsonread *j, size_t node)
{
    if (node >= j->n || (j->tokens[node].type != JSMN_OBJECT && j->tokens[node].type != JSMN_ARRAY))
        return 0;
    return (size_t)j->tokens[node].size;
}

size_t bf_jsonread_first(const bf_jsonread *j, size_t array)
{
    return array < j->n && j->tokens[array].type == JSMN_ARRAY && j->tokens[array].size > 0 ? array + 1
                                                                                            : BF_JSON_NONE;
}

size_t bf_jsonread_next(const bf_jsonread *j, size_t array, size_t item)
{
    for (size_t i = item + 1; i < j->n && j->tokens[i].start < j->tokens[array].end; i++)
        if (j->tokens[i].parent == (int)array)
            return i;
    return BF_JSON_NONE;
}

/* --- places, for messages ------------------------------------------------------------------------- */

static size_t index_in(const bf_jsonread *j, size_t array, size_t item)
{
    size_t n = 0;
    for (size_t i = array + 1; i < item; i++)
        n += j->tokens[i].parent == (int)array;
    return n;
}

/* The token that names a node in its parent: an item itself, the key of a member. */
static size_t named_by(const bf_jsonread *j, size_t node)
{
    size_t parent = (size_t)j->tokens[node].parent;
    return node > 0 && is_key(j, parent) ? parent : node;
}

/* "sets[1].n"; the outermost first. The depth is bounded, so is this; what does not fit is cut. */
static void describe(const bf_jsonread *j, size_t node, char *text, size_t bytes)
{
    size_t chain[2 * BF_JSON_MAX_DEPTH + 2], n = 0, used = 0;
    for (size_t at = named_by(j, node); at != 0 && n < sizeof chain / sizeof chain[0];) {
        chain[n++] = at;
        at = named_by(j, (size_t)j->tokens[at].parent);
    }
    text[0] = '\0';
    while (n-- > 0 && used + 1 < bytes) {
        size_t at = chain[n];
        int wrote = is_key(j, at) ? snprintf(text + used, bytes - used, "%s%.60s", used ? "." : "",
                                             j->text + j->tokens[at].start)
                                  : snprintf(text + used, bytes - used, "[%zu]",
                                             index_in(j, (size_t)j->tokens[at].parent, at));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

feat_status bf_jsonread_fail(const bf_jsonread *j, size_t node, feat_error *err, const char *format, ...)
{
    char place[160] = "", text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (node < j->n)
        describe(j, node, place, sizeof place);
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s%s%s", j->label, place, place[0] ? ": " : "", text);
}

/* --- values --------------------------------------------------------------------------------------- */

static const char *kind_of(const bf_jsonread *j, size_t node)
{
    const jsmntok_t *t = &j->tokens[node];
    if (t->type == JSMN_OBJECT)
        return "an object";
    if (t->type == JSMN_ARRAY)
        return "an array";
    if (t->type == JSMN_STRING)
        return "a string";
    char first = j->text[t->start];
    return first == 'n' ? "null" : first == 't' || first == 'f' ? "true or false" : "a number";
}

static feat_status expected(const bf_jsonread *j, size_t node, const char *what, feat_error *err)
{
    return bf_jsonread_fail(j, node, err, "expected %s, found %s", what, kind_of(j, node));
}

static feat_status need(const bf_jsonread *j, size_t object, const char *key, size_t *node, feat_error *err)
{
    *node = bf_jsonread_find(j, object, key);
    return *node != BF_JSON_NONE ? FEAT_OK : bf_jsonread_fail(j, object, err, "'%s' is missing", key);
}

bool bf_jsonread_is_null(const bf_jsonread *j, size_t node)
{
    return node < j->n && j->tokens[node].type == JSMN_PRIMITIVE && j->text[j->tokens[node].start] == 'n';
}

feat_status bf_jsonread_need_object(const bf_jsonread *j, size_t node, feat_error *err)
{
    return j->tokens[node].type == JSMN_OBJECT ? FEAT_OK : expected(j, node, "an object", err);
}

feat_status bf_jsonread_object(const bf_jsonread *j, size_t object, const char *key, size_t *node,
                               feat_error *err)
{
    feat_status status = need(j, object, key, node, err);
    return status == FEAT_OK ? bf_jsonread_need_object(j, *node, err) : status;
}

feat_status bf_jsonread_array(const bf_jsonread *j, size_t object, const char *key, size_t *node,
                              feat_error *err)
{
    feat_status status = need(j, object, key, node, err);
    if (status == FEAT_OK && j->tokens[*node].type != JSMN_ARRAY)
        status = expected(j, *node, "an array", err);
    return status;
}

feat_status bf_jsonread_string(const bf_jsonread *j, size_t object, const char *key, const char **text,
                               feat_error *err)
{
    size_t node;
    feat_status status = need(j, object, key, &node, err);
    if (status == FEAT_OK && j->tokens[node].type != JSMN_STRING)
        status = expected(j, node, "a string", err);
    *text = status == FEAT_OK ? j->text + j->tokens[node].start : NULL;
    return status;
}

feat_status bf_jsonread_nullable(const bf_jsonread *j, size_t object, const char *key, const char **text,
                                 feat_error *err)
{
    size_t node = bf_jsonread_find(j, object, key);
    *text = NULL;
    if (node != BF_JSON_NONE && bf_jsonread_is_null(j, node))
        return FEAT_OK;
    return bf_jsonread_string(j, object, key, text, err);
}

feat_status bf_jsonread_integer(const bf_jsonread *j, size_t object, const char *key, uint64_t *number,
                                feat_error *err)
{
    size_t node;
    uint64_t value = 0;
    feat_status status = need(j, object, key, &node, err);
    *number = 0;
    if (status != FEAT_OK)
        return status;
    const jsmntok_t *t = &j->tokens[node];
    bool good = t->type == JSMN_PRIMITIVE;
    for (int i = t->start; i < t->end && good; i++) {
        uint64_t digit = (uint64_t)(j->text[i] - '0');
        good = j->text[i] >= '0' && j->text[i] <= '9' && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    if (!good && t->type == JSMN_PRIMITIVE)
        return bf_jsonread_fail(j, node, err, "expected a whole number, found %.*s",
                                t->end - t->start < 40 ? t->end - t->start : 40, j->text + t->start);
    if (!good)
        return expected(j, node, "a whole number", err);
    *number = value;
    return FEAT_OK;
}

feat_status bf_jsonread_word(const bf_jsonread *j, size_t node, const char **text, size_t *n, feat_error *err)
{
    const jsmntok_t *t = &j->tokens[node];
    *text = j->text + t->start;
    *n = t->type == JSMN_STRING ? strlen(*text) : (size_t)(t->end - t->start);
    if (t->type == JSMN_STRING)
        return FEAT_OK;
    if (t->type == JSMN_PRIMITIVE && strspn(*text, "0123456789") >= *n)
        return FEAT_OK;
    return expected(j, node, "a string or a whole number", err);
}

feat_status bf_jsonread_number(const bf_jsonread *j, size_t object, const char *key, double *number,
                               feat_error *err)
{
    size_t node;
    feat_status status = need(j, object, key, &node, err);
    *number = (double)NAN;
    if (status != FEAT_OK || bf_jsonread_is_null(j, node))
        return status;
    const char *text = j->text + j->tokens[node].start;
    if (j->tokens[node].type != JSMN_PRIMITIVE || *text == 't' || *text == 'f')
        return expected(j, node, "a number", err);
    *number = strtod(text, NULL); /* the grammar is checked, and what follows a number is no part of one */
    return FEAT_OK;
}

feat_status bf_jsonread_boolean(const bf_jsonread *j, size_t object, const char *key, bool *value,
                                feat_error *err)
{
    size_t node;
    *value = false;
    feat_status status = need(j, object, key, &node, err);
    if (status != FEAT_OK)
        return status;
    char first = j->text[j->tokens[node].start];
    if (j->tokens[node].type != JSMN_PRIMITIVE || (first != 't' && first != 'f'))
        return expected(j, node, "true or false", err);
    *value = first == 't';
    return FEAT_OK;
}
