/* Status names, the one function that fills an error message, and the stop function that is a flag. */
#include "engine/base/status.h"

#include <stdarg.h>
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

int feat_stop_flag(void *flag)
{
    return __atomic_load_n((const int *)flag, __ATOMIC_RELAXED) != 0;
}
