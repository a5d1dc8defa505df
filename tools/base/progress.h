/* How far a long loop is, on standard error: a line that is drawn again on a terminal, else lines of a log. */
#ifndef BONAFIDE_TOOLS_BASE_PROGRESS_H
#define BONAFIDE_TOOLS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Plain data, no memory to release. */
typedef struct bf_progress {
    bool enabled; /* on a terminal */
    bool log;     /* as lines: asked for, or for a loop that takes longer than a minute */
    bool asked;
    size_t said;  /* the tenth of the loop, and the second of it, that the last line was for */
    double said_at;
    bool drawn; /* something is on the line */
    bool bytes; /* the loop is over bytes and not over images */
    char label[40];
    size_t total, done; /* of the last loop, shown or not */
    double started, last;
} bf_progress;

/* Shown only when `wanted`: drawn where standard error is a terminal (and TERM is not "dumb"), unless lines are asked
 * for; elsewhere as lines, one for each tenth or minute. Where lines are not asked for, those of a loop begin after its
 * first minute. */
void bf_progress_init(bf_progress *p, bool wanted, bool lines);

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

#endif
