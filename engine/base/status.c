/* Status names and the one function that fills an error message. */
#include "engine/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *feat_status_name(feat_status status)
{
    static const char *const names[] = {"ok",       "argument", "memory",      "io",     "format",
                                        "version", "checksum", "unsupported", "numeric"};
    _Static_assert(sizeof names / sizeof names[0] == FEAT_ERR_NUMERIC + 1, "a name for each status");
    size_t i = (size_t)status;
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}

feat_status feat_fail(feat_error *err, feat_status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    err->status = status;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (length < 0)
        err->message[0] = '\0';
    else if ((size_t)length >= sizeof err->message)
        memcpy(err->message + sizeof err->message - 4, "...", 4);
    return status;
}
