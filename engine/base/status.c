/* Status names, the one function that fills an error message, and the stop function that is a flag. */
#include "engine/base/status.h"

#include <stdio.h>
#include <string.h>

const char *feat_status_name(feat_status status)
{
    static const char *const names[] = {"ok",       "argument", "memory",      "io",     "format",
                                        "version", "checksum", "unsupported", "numeric", "cancelled"};
    _Static_assert(sizeof names / sizeof names[0] == FEAT_ERR_CANCELLED + 1, "a name for each status");
    size_t i = (size_t)status;
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}

/* --- text from outside ----------------------------------------------------------------------------------- */

size_t feat_letter(const char *text, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    *code = s[0];
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    *code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    return *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

bool feat_letter_shows(uint32_t code)
{
    return code >= 0x20 && (code < 0x7f || code >= 0xa0) && (code < 0x2028 || code > 0x202e) &&
           (code < 0x2066 || code > 0x2069);
}

size_t feat_clean(char *text, bool lines)
{
    char *to = text;
    for (const char *from = text; *from != 0;) {
        uint32_t code;
        size_t n = feat_letter(from, &code);
        if (n > 0 && (feat_letter_shows(code) || (lines && code == '\n'))) {
            memmove(to, from, n);
            to += n;
        } else {
            *to++ = '?';
        }
        from += n > 0 ? n : 1;
    }
    *to = 0;
    return (size_t)(to - text);
}

enum { MOST_LINES = 8, MOST_FORMAT = 1024 };

/* Where the newlines of the format itself come to stand: behind all that is in front of them. The front of a format
 * that was checked is one itself, which no compiler can see. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t find_own_lines(size_t at[MOST_LINES], const char *format, va_list args)
{
    size_t n = 0;
    char part[MOST_FORMAT];
    for (const char *end = strchr(format, '\n'); end != NULL && n < MOST_LINES; end = strchr(end + 1, '\n')) {
        va_list again;
        if ((size_t)(end - format) >= sizeof part)
            break;
        memcpy(part, format, (size_t)(end - format));
        part[end - format] = 0;
        va_copy(again, args);
        int length = vsnprintf(NULL, 0, part, again);
        va_end(again);
        if (length >= 0)
            at[n++] = (size_t)length;
    }
    return n;
}
#pragma GCC diagnostic pop

void feat_format(char *text, size_t size, const char *format, va_list args)
{
    size_t own[MOST_LINES], n_own = find_own_lines(own, format, args), start = 0, used = 0;
    int length = vsnprintf(text, size, format, args);
    if (length < 0) {
        text[0] = 0;
        return;
    }
    size_t n = (size_t)length < size ? (size_t)length : size - 1;
    for (size_t i = 0; i <= n_own && start <= n; i++) {
        bool line = i < n_own && own[i] < n;
        size_t end = line ? own[i] : n;
        text[end] = 0;
        size_t kept = feat_clean(text + start, false);
        memmove(text + used, text + start, kept);
        used += kept;
        if (line)
            text[used++] = '\n';
        start = end + 1;
    }
    text[used] = 0;
    if ((size_t)length >= size && used >= 3)
        memcpy(text + used - 3, "...", 3);
}

/* --- errors ---------------------------------------------------------------------------------------------- */

feat_status feat_fail(feat_error *err, feat_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    err->status = status;
    va_list args;
    va_start(args, format);
    feat_format(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

feat_status feat_null(feat_error *err, const char *function)
{
    return feat_fail(err, FEAT_ERR_ARG, "%s: NULL where a pointer is needed", function);
}

feat_status feat_fail_again(feat_error *err, feat_status status, const char *before, const char *said)
{
    feat_error whole;
    feat_fail(&whole, status, "%s: ", before);
    size_t used = strlen(whole.message), room = sizeof whole.message - used;
    if ((size_t)snprintf(whole.message + used, room, "%s", said) >= room)
        memcpy(whole.message + sizeof whole.message - 4, "...", 4);
    feat_clean(whole.message + used, true);
    if (err != NULL)
        *err = whole;
    return status;
}

int feat_stop_flag(void *flag)
{
    if (flag == NULL)
        return 0;
    return __atomic_load_n((const int *)flag, __ATOMIC_RELAXED) != 0;
}
