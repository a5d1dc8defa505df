/* Text that is made: one that grows, and letters in UTF-8. */
#include "tools/base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/status.h"
#include "tools/base/files.h"

/* Room for `more` bytes and a zero. */
static bool reserve(bf_text *t, size_t more)
{
    if (t->failed || more >= SIZE_MAX / 2 - t->n) {
        t->failed = true;
        return false;
    }
    size_t needed = t->n + more + 1, capacity = t->capacity > 0 ? t->capacity : 256;
    while (capacity < needed)
        capacity *= 2;
    if (capacity == t->capacity)
        return true;
    char *data = feat_realloc(t->data, capacity);
    if (data == NULL) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

void bf_text_add(bf_text *t, const void *data, size_t n)
{
    if (!reserve(t, n))
        return;
    memcpy(t->data + t->n, data, n);
    t->n += n;
    t->data[t->n] = 0;
}

void bf_text_print(bf_text *t, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text) /* long texts are the business of bf_text_add */
        t->failed = true;
    else
        bf_text_add(t, text, (size_t)n);
}

feat_status bf_text_write(const bf_text *t, const char *path, feat_error *err)
{
    if (t->failed)
        return feat_fail(err, FEAT_ERR_NOMEM, "%s: no memory to write it", path);
    return bf_file_write(path, t->data, t->n, err);
}

void bf_text_free(bf_text *t)
{
    feat_free(t->data);
    *t = (bf_text){0};
}

void bf_text_clean(bf_text *t, size_t first, bool lines)
{
    if (t->n > first)
        t->n = first + feat_clean(t->data + first, lines);
}

bool bf_number_read(double *value, const char *text, char end)
{
    char *stop = NULL;
    if (text[strspn(text, "+-.0123456789eE")] != end)
        return false;
    *value = strtod(text, &stop);
    return stop != text && *stop == end && isfinite(*value);
}

size_t bf_utf8_encode(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code >= 0x110000 || (code >= 0xD800 && code < 0xE000))
        return 0;
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(code | (0xF00u >> n & 0xFFu));
    return n;
}
