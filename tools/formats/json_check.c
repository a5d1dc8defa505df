/* The grammar of RFC 8259, walked once with a stack of its own. */
#include "tools/formats/json_check.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/status.h"

typedef struct cursor {
    const unsigned char *text;
    size_t n, at;
    const char *problem; /* set by what returns false */
} cursor;

static bool wrong(cursor *c, const char *problem)
{
    c->problem = problem;
    return false;
}

static void skip_space(cursor *c)
{
    while (c->at < c->n && (c->text[c->at] == ' ' || c->text[c->at] == '\t' || c->text[c->at] == '\n' ||
                            c->text[c->at] == '\r'))
        c->at++;
}

int bf_json_hex_digit(unsigned char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

/* Four hexadecimal digits at c->at. */
static bool take_hex4(cursor *c, unsigned *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, c->at++) {
        int digit = c->at < c->n ? bf_json_hex_digit(c->text[c->at]) : -1;
        if (digit < 0)
            return wrong(c, "a broken \\u escape");
        *code = *code * 16 + (unsigned)digit;
    }
    return true;
}

static bool take_escape(cursor *c)
{
    unsigned char kind = c->at < c->n ? c->text[c->at++] : 0;
    unsigned code, low;
    if (kind != 'u')
        return kind != 0 && strchr("\"\\/bfnrt", kind) != NULL ? true
                                                               : wrong(c, "an unknown escape in a string");
    if (!take_hex4(c, &code))
        return false;
    if (code == 0)
        return wrong(c, "a zero byte in a string");
    if (code < 0xD800 || code > 0xDFFF)
        return true;
    if (code > 0xDBFF || c->n - c->at < 2 || c->text[c->at] != '\\' || c->text[c->at + 1] != 'u')
        return wrong(c, "half a surrogate pair in a string");
    c->at += 2;
    if (!take_hex4(c, &low))
        return false;
    return low >= 0xDC00 && low <= 0xDFFF ? true : wrong(c, "half a surrogate pair in a string");
}

/* The rest of a string whose opening quote is taken. A key must be without escapes: two spellings of one key
 * would otherwise hide from the search for keys named twice. */
static bool take_string(cursor *c, bool is_key)
{
    while (c->at < c->n) {
        unsigned char ch = c->text[c->at++];
        if (ch == '"')
            return true;
        if (ch < 0x20)
            return wrong(c, "a control character in a string");
        if (ch == '\\' && is_key)
            return wrong(c, "an escape in a key");
        if (ch == '\\' && !take_escape(c))
            return false;
    }
    return wrong(c, "a string without end");
}

static bool take_digits(cursor *c)
{
    size_t from = c->at;
    while (c->at < c->n && c->text[c->at] >= '0' && c->text[c->at] <= '9')
        c->at++;
    return c->at > from ? true : wrong(c, "a number that is none");
}

static bool take_number(cursor *c)
{
    if (c->text[c->at] == '-')
        c->at++;
    size_t first = c->at;
    if (!take_digits(c))
        return false;
    if (c->text[first] == '0' && c->at > first + 1)
        return wrong(c, "a number with a leading zero");
    if (c->at < c->n && c->text[c->at] == '.') {
        c->at++;
        if (!take_digits(c))
            return false;
    }
    if (c->at < c->n && (c->text[c->at] == 'e' || c->text[c->at] == 'E')) {
        c->at++;
        if (c->at < c->n && (c->text[c->at] == '+' || c->text[c->at] == '-'))
            c->at++;
        return take_digits(c);
    }
    return true;
}

static bool take_scalar(cursor *c)
{
    static const char *const words[] = {"true", "false", "null"};
    if (c->text[c->at] == '"') {
        c->at++;
        return take_string(c, false);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if (c->n - c->at >= n && memcmp(c->text + c->at, words[i], n) == 0) {
            c->at += n;
            return true;
        }
    }
    if (c->text[c->at] == '-' || (c->text[c->at] >= '0' && c->text[c->at] <= '9'))
        return take_number(c);
    return wrong(c, "a value expected");
}

/* "key" and the colon behind it. */
static bool take_key(cursor *c)
{
    if (c->at >= c->n || c->text[c->at] != '"')
        return wrong(c, "a key expected");
    c->at++;
    if (!take_string(c, true))
        return false;
    skip_space(c);
    if (c->at >= c->n || c->text[c->at] != ':')
        return wrong(c, "':' expected after a key");
    c->at++;
    return true;
}

/* Behind a value: closes what ends there. Sets *more when another value follows. */
static bool take_ends(cursor *c, char *stack, size_t *depth, bool *more)
{
    for (*more = false; *depth > 0;) {
        skip_space(c);
        if (c->at >= c->n)
            return wrong(c, "the text ends too early (truncated?)");
        unsigned char ch = c->text[c->at++];
        if (ch == (unsigned char)stack[*depth - 1]) {
            --*depth;
            continue;
        }
        if (ch != ',')
            return wrong(c, "',' or a closing bracket expected");
        skip_space(c);
        *more = true;
        return stack[*depth - 1] == '}' ? take_key(c) : true;
    }
    return true;
}

static bool check_grammar(cursor *c)
{
    char stack[BF_JSON_MAX_DEPTH];
    size_t depth = 0;
    for (bool more = true; more;) {
        skip_space(c);
        if (c->at >= c->n)
            return wrong(c, "the text ends too early (truncated?)");
        unsigned char ch = c->text[c->at];
        if (ch == '{' || ch == '[') {
            if (depth == BF_JSON_MAX_DEPTH)
                return wrong(c, "nested too deep (at most 32 levels)");
            stack[depth++] = ch == '{' ? '}' : ']';
            c->at++;
            skip_space(c);
            bool empty = c->at < c->n && c->text[c->at] == (unsigned char)stack[depth - 1];
            if (!empty && ch == '{' && !take_key(c))
                return false;
            if (!empty)
                continue;
        } else if (!take_scalar(c)) {
            return false;
        }
        if (!take_ends(c, stack, &depth, &more))
            return false;
    }
    skip_space(c);
    return c->at == c->n ? true : wrong(c, "something follows the end");
}

feat_status bf_json_check(const char *label, const char *text, size_t n, feat_error *err)
{
    cursor c = {.text = (const unsigned char *)text, .n = n};
    if (check_grammar(&c))
        return FEAT_OK;
    size_t line = 1;
    for (size_t i = 0; i < c.at && i < n; i++)
        line += text[i] == '\n';
    return feat_fail(err, FEAT_ERR_FORMAT, "%s: line %zu: not valid JSON: %s", label, line, c.problem);
}
