/* A JSON writer: indented by two, keys in the order of the calls. It trusts the caller to open and close in
 * pairs. */
#include "tools/formats/json_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"

static void append(bf_json *j, const char *text, size_t n)
{
    if (j->failed)
        return;
    if (n >= j->capacity - j->n) {
        size_t capacity = 2 * (j->capacity + n) + 256;
        char *grown = feat_realloc(j->text, capacity);
        if (grown == NULL) {
            j->failed = true;
            return;
        }
        j->text = grown;
        j->capacity = capacity;
    }
    memcpy(j->text + j->n, text, n);
    j->n += n;
    j->text[j->n] = 0;
}

static void append_text(bf_json *j, const char *text)
{
    append(j, text, strlen(text));
}

static void append_quoted(bf_json *j, const char *text)
{
    append_text(j, "\"");
    for (const char *c = text; *c != 0;) {
        uint32_t code;
        size_t n = feat_letter(c, &code);
        if (n == 0) {
            append_text(j, "\xEF\xBF\xBD");
            n = 1;
        } else if (*c == '"' || *c == '\\') {
            char escaped[2] = {'\\', *c};
            append(j, escaped, 2);
        } else if (!feat_letter_shows(code)) { /* all of them below U+10000 */
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(code & 0xFFFF));
            append_text(j, escaped);
        } else {
            append(j, c, n);
        }
        c += n;
    }
    append_text(j, "\"");
}

static void start_line(bf_json *j)
{
    append_text(j, "\n");
    for (size_t i = 0; i < j->depth; i++)
        append_text(j, "  ");
}

static void start_member(bf_json *j, const char *key)
{
    if (j->depth > 0) {
        if (j->filled)
            append_text(j, ",");
        start_line(j);
    }
    j->filled = true;
    if (key != NULL) {
        append_quoted(j, key);
        append_text(j, ": ");
    }
}

void bf_json_open(bf_json *j, const char *key, char bracket)
{
    start_member(j, key);
    append(j, &bracket, 1);
    j->depth++;
    j->filled = false;
}

void bf_json_close(bf_json *j, char bracket)
{
    j->depth--;
    if (j->filled)
        start_line(j);
    append(j, &bracket, 1);
    j->filled = true;
}

void bf_json_string(bf_json *j, const char *key, const char *text)
{
    start_member(j, key);
    if (text == NULL)
        append_text(j, "null");
    else
        append_quoted(j, text);
}

void bf_json_number(bf_json *j, const char *key, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    start_member(j, key);
    append_text(j, isfinite(number) ? text : "null");
}

void bf_json_integer(bf_json *j, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    start_member(j, key);
    append_text(j, text);
}

void bf_json_boolean(bf_json *j, const char *key, bool value)
{
    start_member(j, key);
    append_text(j, value ? "true" : "false");
}

const char *bf_json_text(bf_json *j)
{
    append_text(j, "\n");
    return j->failed ? NULL : j->text;
}

void bf_json_free(bf_json *j)
{
    feat_free(j->text);
    memset(j, 0, sizeof *j);
}
