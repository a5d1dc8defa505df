/* Walking jsmn's flat token list. jsmn's relaxed mode accepts what minified JavaScript object literals
 * look like, so one parser serves both. Tokens of hostile text may hang together in odd ways; every walk
 * here goes forward through the list and compares parents, so it ends. Keys are found by a hash table, so that
 * an object of a million keys may be asked a million times. */
#include "weights/containers/json_tree.h"

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#if __has_include(<jsmn.h>)
#include <jsmn.h>
#else
#include <jsmn/jsmn.h> /* where Fedora has it */
#endif

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

/* A Keras Inception-v3 takes 180 kB and 14,000 tokens, nested 8 deep. To close a bracket jsmn walks back over what it
 * encloses and every bracket that was closed in it, which the depth must bound. */
enum { MAX_TEXT = 1 << 24, MAX_TOKENS = 1 << 20, MAX_DEPTH = 64 };

struct feat_js {
    const char *text;
    jsmntok_t *tokens;
    size_t n;
    uint32_t *keys; /* [n_slots], a power of two: tokens that are keys, by their object and text; 0: none */
    size_t n_slots;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The place after `exports` and `=`, where `opening` stands; NULL when there is none. */
static const char *after_exports(const char *text, size_t bytes, char opening)
{
    static const char word[] = "exports";
    for (size_t i = 0; i + sizeof word < bytes; i++) {
        if (text[i] != 'e' || memcmp(text + i, word, sizeof word - 1) != 0)
            continue;
        size_t at = i + sizeof word - 1;
        while (at < bytes && is_space(text[at]))
            at++;
        if (at == bytes || text[at++] != '=')
            continue;
        while (at < bytes && is_space(text[at]))
            at++;
        if (at < bytes && text[at] == opening)
            return text + at;
    }
    return NULL;
}

/* Whether brackets are inside each other more than MAX_DEPTH deep. What jsmn takes for a word, in which quotes and
 * opening brackets are letters, is one here. */
static bool too_deep(const char *text, size_t bytes)
{
    size_t depth = 0;
    bool quoted = false, word = false;
    for (size_t i = 0; i < bytes && depth <= MAX_DEPTH; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        bool closes = c == '}' || c == ']', ends = closes || c == ',' || c == ':' || is_space(c);
        if (word && !ends)
            continue;
        quoted = c == '"';
        bool opens = c == '{' || c == '[';
        word = !ends && !opens && !quoted;
        depth += opens;
        depth -= closes && depth > 0;
    }
    return depth > MAX_DEPTH;
}

/* Length of the object that starts at text[0] == '{', braces inside strings not counted; 0: no end. */
static size_t object_bytes(const char *text, size_t bytes)
{
    size_t depth = 0;
    char quote = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (quote != 0) {
            if (c == '\\')
                i++;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Where the key of an object is in the table, or would be. */
static size_t slot_of(const feat_js *js, size_t object, const char *key, size_t bytes)
{
    uint64_t hash = feat_hash64(key, bytes) + (uint64_t)object * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash ^ hash >> 32) & (js->n_slots - 1);
    for (;; at = (at + 1) & (js->n_slots - 1)) {
        const jsmntok_t *t = &js->tokens[js->keys[at]];
        if (js->keys[at] == 0 || ((size_t)t->parent == object && (size_t)(t->end - t->start) == bytes &&
                                  memcmp(js->text + t->start, key, bytes) == 0))
            return at;
    }
}

/* Of a key that an object has twice, the first that has a value. False: no memory. */
static bool enter_keys(feat_js *js)
{
    for (js->n_slots = 16; js->n_slots < 2 * js->n;)
        js->n_slots *= 2;
    js->keys = feat_calloc(js->n_slots, sizeof *js->keys);
    if (js->keys == NULL)
        return false;
    for (size_t i = 1; i + 1 < js->n; i++) {
        const jsmntok_t *t = &js->tokens[i];
        bool is_key = t->parent >= 0 && js->tokens[t->parent].type == JSMN_OBJECT &&
                      (t->type == JSMN_STRING || t->type == JSMN_PRIMITIVE) && js->tokens[i + 1].parent == (int)i;
        size_t slot = is_key ? slot_of(js, (size_t)t->parent, js->text + t->start, (size_t)(t->end - t->start)) : 0;
        if (is_key && js->keys[slot] == 0)
            js->keys[slot] = (uint32_t)i;
    }
    return true;
}

feat_status feat_js_parse(feat_js **out, const char *path, const char *text, size_t bytes, bool is_module,
                          feat_error *err)
{
    *out = NULL;
    if (bytes > MAX_TEXT)
        return feat_fail(err, FEAT_ERR_UNSUPPORTED,
                         "%s: a model description of at most %d bytes expected, %zu found", path, MAX_TEXT,
                         bytes);
    if (is_module) {
        const char *object = after_exports(text, bytes, '{');
        if (object == NULL)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: no 'exports = {' found in the module", path);
        bytes -= (size_t)(object - text);
        text = object;
        bytes = object_bytes(text, bytes);
        if (bytes == 0)
            return feat_fail(err, FEAT_ERR_FORMAT, "%s: truncated: the exported object has no end", path);
    } else if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* the byte order mark that some editors write */
        text += 3;
        bytes -= 3;
    }
    if (too_deep(text, bytes))
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: malformed JSON: more than %d brackets inside each other", path,
                         MAX_DEPTH);
    jsmn_parser parser;
    jsmn_init(&parser);
    int n = jsmn_parse(&parser, text, bytes, NULL, 0);
    if (n < 1 || n > MAX_TOKENS)
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: %s JSON", path,
                         n == JSMN_ERROR_PART ? "truncated" : "malformed");
    feat_js *js = feat_calloc(1, sizeof *js);
    jsmntok_t *tokens = feat_alloc_array((size_t)n, sizeof *tokens);
    if (js == NULL || tokens == NULL) {
        feat_free(js);
        feat_free(tokens);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %d JSON tokens", path, n);
    }
    *js = (feat_js){.text = text, .tokens = tokens, .n = (size_t)n};
    jsmn_init(&parser);
    if (jsmn_parse(&parser, text, bytes, tokens, (unsigned)n) != n || tokens[0].type != JSMN_OBJECT) {
        feat_js_close(&js);
        return feat_fail(err, FEAT_ERR_FORMAT, "%s: malformed JSON: an object expected", path);
    }
    if (!enter_keys(js)) {
        feat_js_close(&js);
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory for %d JSON tokens", path, n);
    }
    *out = js;
    return FEAT_OK;
}

void feat_js_close(feat_js **js)
{
    if (js == NULL || *js == NULL)
        return;
    feat_free((*js)->keys);
    feat_free((*js)->tokens);
    feat_free(*js);
    *js = NULL;
}

static bool token_is(const feat_js *js, size_t node, const char *text)
{
    const jsmntok_t *t = &js->tokens[node];
    size_t n = (size_t)(t->end - t->start);
    return (t->type == JSMN_STRING || t->type == JSMN_PRIMITIVE) && n == strlen(text) &&
           memcmp(js->text + t->start, text, n) == 0;
}

/* The first token after `from` inside `node` whose parent is `parent`. */
static size_t child_after(const feat_js *js, size_t node, size_t from, size_t parent)
{
    for (size_t i = from + 1; i < js->n && js->tokens[i].start < js->tokens[node].end; i++) {
        if (js->tokens[i].parent == (int)parent)
            return i;
    }
    return FEAT_JS_NONE;
}

size_t feat_js_get(const feat_js *js, size_t node, const char *key)
{
    if (node >= js->n || js->tokens[node].type != JSMN_OBJECT)
        return FEAT_JS_NONE;
    uint32_t k = js->keys[slot_of(js, node, key, strlen(key))];
    return k == 0 ? FEAT_JS_NONE : (size_t)k + 1;
}

size_t feat_js_first(const feat_js *js, size_t node)
{
    if (node >= js->n || js->tokens[node].type != JSMN_ARRAY)
        return FEAT_JS_NONE;
    return child_after(js, node, node, node);
}

size_t feat_js_next(const feat_js *js, size_t node, size_t item)
{
    if (node >= js->n || item >= js->n)
        return FEAT_JS_NONE;
    return child_after(js, node, item, node);
}

bool feat_js_is_array(const feat_js *js, size_t node)
{
    return node < js->n && js->tokens[node].type == JSMN_ARRAY;
}

size_t feat_js_key(const feat_js *js, size_t node, size_t from)
{
    if (node >= js->n || js->tokens[node].type != JSMN_OBJECT)
        return FEAT_JS_NONE;
    return child_after(js, node, from, node);
}

size_t feat_js_value(const feat_js *js, size_t key)
{
    return key + 1 < js->n && js->tokens[key + 1].parent == (int)key ? key + 1 : FEAT_JS_NONE;
}

size_t feat_js_class(const feat_js *js, size_t from, const char *name)
{
    for (size_t i = from + 1; i + 1 < js->n; i++) {
        int parent = js->tokens[i].parent;
        if (parent >= 0 && js->tokens[parent].type == JSMN_OBJECT && token_is(js, i, "class_name") &&
            js->tokens[i + 1].parent == (int)i && token_is(js, i + 1, name))
            return i;
    }
    return FEAT_JS_NONE;
}

size_t feat_js_owner(const feat_js *js, size_t key)
{
    return key < js->n && js->tokens[key].parent >= 0 ? (size_t)js->tokens[key].parent : FEAT_JS_NONE;
}

const char *feat_js_text(const feat_js *js, size_t node, size_t *bytes)
{
    if (node >= js->n || (js->tokens[node].type != JSMN_STRING && js->tokens[node].type != JSMN_PRIMITIVE))
        return NULL;
    *bytes = (size_t)(js->tokens[node].end - js->tokens[node].start);
    return js->text + js->tokens[node].start;
}

bool feat_js_is(const feat_js *js, size_t node, const char *text)
{
    return node < js->n && token_is(js, node, text);
}

bool feat_js_number(const feat_js *js, size_t node, double *value)
{
    char text[64], *end;
    size_t n = 0;
    const char *p = feat_js_text(js, node, &n);
    if (p == NULL || js->tokens[node].type != JSMN_PRIMITIVE || n == 0 || n >= sizeof text)
        return false;
    memcpy(text, p, n);
    text[n] = '\0';
    if (strspn(text, "0123456789+-.eE") != n) /* strtod would also take hexadecimal, infinity, NaN */
        return false;
    *value = strtod(text, &end);
    return end == text + n && *value - *value == 0.0;
}

bool feat_js_bool(const feat_js *js, size_t node, bool *value)
{
    *value = feat_js_is(js, node, "true") || feat_js_is(js, node, "!0");
    return *value || feat_js_is(js, node, "false") || feat_js_is(js, node, "!1");
}

const char *feat_js_exported_string(const char *text, size_t bytes, size_t *string_bytes)
{
    const char *start = after_exports(text, bytes, '"');
    if (start == NULL)
        return NULL;
    start++;
    const char *end = memchr(start, '"', bytes - (size_t)(start - text));
    if (end == NULL)
        return NULL;
    *string_bytes = (size_t)(end - start);
    return start;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool feat_base64(unsigned char *dst, size_t capacity, const char *text, size_t bytes, size_t *n)
{
    size_t digits = bytes;
    while (digits > 0 && bytes - digits < 2 && text[digits - 1] == '=')
        digits--;
    if (bytes % 4 != 0 || digits % 4 == 1)
        return false;
    *n = digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
    uint32_t held = 0;
    unsigned n_bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0)
            return false;
        held = held << 6 | (uint32_t)digit;
        n_bits += 6;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        if (at < capacity)
            dst[at] = (unsigned char)(held >> n_bits);
        at++;
    }
    return true;
}
