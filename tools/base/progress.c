/* The progress: bar, count, rate, time left. Rate and time are of the loop as a whole, so they are
 * steady. */
#include "tools/base/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/status.h"

enum { BAR = 24 };
static const double REDRAW_SECONDS = 0.1, LINE_SECONDS = 60.0;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bf_progress_init(bf_progress *p, bool wanted, bool lines)
{
    memset(p, 0, sizeof *p);
    const char *term = getenv("TERM");
    p->enabled = wanted && !lines && isatty(STDERR_FILENO) && (term == NULL || strcmp(term, "dumb") != 0);
    p->log = wanted && !p->enabled;
    p->asked = lines;
}

static void start(bf_progress *p, const char *label, size_t total, bool bytes)
{
    snprintf(p->label, sizeof p->label, "%s", label);
    feat_clean(p->label, false);
    p->bytes = bytes;
    p->total = total;
    p->started = now();
    p->last = 0;
    p->said = 0;
    p->said_at = p->started;
    bf_progress_update(p, 0);
}

void bf_progress_start(bf_progress *p, const char *label, size_t total)
{
    start(p, label, total, false);
}

void bf_progress_start_bytes(bf_progress *p, const char *label, size_t total)
{
    start(p, label, total, true);
}

/* A count as it is shown: of bytes in millions. */
static size_t shown(const bf_progress *p, size_t count)
{
    return p->bytes ? count / 1000000 : count;
}

/* "3:05", "1:02:03" of a number of seconds. */
static const char *time_text(char text[24], double seconds)
{
    unsigned long s = seconds < 3.6e8 ? (unsigned long)(seconds + 0.5) : 360000000ul;
    if (s >= 3600)
        snprintf(text, 24, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, 24, "%lu:%02lu", s / 60, s % 60);
    return text;
}

/* A line of a log: every tenth, and where that takes longer, every minute. */
static void say(bf_progress *p, size_t done)
{
    double t = now(), speed = t > p->started ? (double)done / (t - p->started) : 0;
    double rate = p->bytes ? speed / 1e6 : speed;
    const char *unit = p->bytes ? "MB" : "images";
    bool counted = p->total != SIZE_MAX && p->total > 0;
    done = counted && done > p->total ? p->total : done;
    size_t tenth = counted ? (size_t)(10.0 * (double)done / (double)p->total) : 0;
    char left[24] = "-:--";
    if ((!p->asked && t - p->started < LINE_SECONDS) || (tenth <= p->said && t - p->said_at < LINE_SECONDS))
        return;
    p->said = tenth;
    p->said_at = t;
    if (!counted) {
        fprintf(stderr, "bonafide: %s: %zu %s, %.1f %s/s\n", p->label, shown(p, done), unit, rate, unit);
        return;
    }
    if (speed > 0)
        time_text(left, (double)(p->total - done) / speed);
    fprintf(stderr, "bonafide: %s: %zu of %zu %s (%.0f %%), %.1f %s/s, %s left\n", p->label, shown(p, done),
            shown(p, p->total), unit, 100.0 * (double)done / (double)p->total, rate, unit, left);
}

void bf_progress_update(bf_progress *p, size_t done)
{
    p->done = done;
    if (p->log)
        say(p, done);
    if (!p->enabled)
        return;
    double t = now();
    if (done < p->total && t - p->last < REDRAW_SECONDS)
        return;
    p->last = t;
    char bar[BAR + 1], left[24] = "-:--";
    double speed = t > p->started ? (double)done / (t - p->started) : 0;
    p->drawn = true;
    const char *unit = p->bytes ? "MB" : "images";
    double rate = p->bytes ? speed / 1e6 : speed;
    if (p->total == SIZE_MAX) {
        fprintf(stderr, "\r\033[K%s %zu %s  %.1f %s/s", p->label, shown(p, done), unit, rate, unit);
        fflush(stderr);
        return;
    }
    done = done < p->total ? done : p->total;
    size_t filled = p->total > 0 ? BAR * done / p->total : BAR;
    memset(bar, ' ', BAR);
    memset(bar, '#', filled);
    bar[BAR] = 0;
    if (speed > 0)
        time_text(left, (double)(p->total - done) / speed);
    fprintf(stderr, "\r\033[K%s [%s] %zu/%zu%s  %.1f %s/s  %s left", p->label, bar, shown(p, done),
            shown(p, p->total), p->bytes ? " MB" : "", rate, unit, left);
    fflush(stderr);
}

void bf_progress_step(bf_progress *p, const char *what)
{
    if (!p->enabled)
        return;
    fprintf(stderr, "\r\033[K%s ...", what);
    fflush(stderr);
    p->drawn = true;
}

void bf_progress_clear(bf_progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    p->drawn = false;
}
