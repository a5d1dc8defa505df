/* Status names and the one function that fills an error message. */
#include "engine/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *iv3_status_name(iv3_status status)
{
    static const char *const names[] = {"ok",       "argument", "memory",      "io",     "format",
                                        "version", "checksum", "unsupported", "numeric"};
    size_t i = (size_t)status;
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}

iv3_status iv3_fail(iv3_error *err, iv3_status status, const char *format, ...)
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
