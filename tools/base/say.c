/* What the program says on standard error. */
#include "tools/base/say.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/status.h"

void bf_say(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    feat_format(text, sizeof text, format, args);
    va_end(args);
    fputs(text, stderr);
}

void bf_say_lines(const char *message)
{
    for (size_t n; *message != 0; message += n + (message[n] == '\n')) {
        n = strcspn(message, "\n");
        bf_say("%.*s\n", (int)n, message);
    }
}
