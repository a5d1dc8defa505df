/* A line on standard error that says how far a long loop is. Nothing is shown unless it is a terminal. */
#ifndef BONAFIDE_TOOLS_BASE_PROGRESS_H
#define BONAFIDE_TOOLS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Plain data, no memory to release. */
typedef struct bf_progress {
    bool enabled;
    bool drawn; /* something is on the line */
    bool bytes; /* the loop is over bytes and not over images */
    char label[40];
    size_t total, done; /* of the last loop, shown or not */
    double started, last;
} bf_progress;

/* Shown only when `wanted` and standard error is a terminal (and TERM is not "dumb"). */
void bf_progress_init(bf_progress *p, bool wanted);

/* Begins a loop over `total` images; SIZE_MAX when their number is not known. */
void bf_progress_start(bf_progress *p, const char *label, size_t total);

/* The same over `total` bytes. */
void bf_progress_start_bytes(bf_progress *p, const char *label, size_t total);

/* `done` images (bytes) are through. Draws at most ten times a second; call it from one thread at a time. */
void bf_progress_update(bf_progress *p, size_t done);

/* Shows `what` for a step of unknown length. */
void bf_progress_step(bf_progress *p, const char *what);

/* Wipes the line; call it before anything else is written to the terminal. */
void bf_progress_clear(bf_progress *p);

/* "3:05", "1:02:03" of a number of seconds. */
const char *bf_progress_time(char text[24], double seconds);

#endif
