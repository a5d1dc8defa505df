/* Asked at the terminal, answered by Enter, y or n. */
#include "tools/bring/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/status.h"
#include "tools/base/say.h"
#include "tools/base/signals.h"

bool bf_can_ask(void)
{
    return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

/* A line without its end, as much of it as there is room for. False: the input has ended before one, or a signal came,
 * which ends poll but not read. */
static bool read_line(char *line, size_t room)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    size_t n = 0;
    for (;;) {
        char c;
        if (poll(&input, 1, -1) < 0 && errno == EINTR && !bf_interrupted())
            continue;
        if (bf_interrupted())
            return false;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got <= 0 || c == '\n') {
            line[n] = 0;
            return got > 0;
        }
        if (n + 1 < room)
            line[n++] = c;
    }
}

feat_status bf_ask(bool *yes, const char *question, feat_error *err)
{
    char line[16];
    bf_say("%s [Y/n] ", question);
    fflush(stderr);
    *yes = read_line(line, sizeof line) && (line[0] == 0 || strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
    return bf_interrupted() ? feat_fail(err, FEAT_ERR_IO, "interrupted") : FEAT_OK;
}
