/* What the program says on standard error. Names from outside, which may hold anything, reach a terminal through here
 * or through a feat_error, which is cleaned in the same way. */
#ifndef BONAFIDE_TOOLS_BASE_SAY_H
#define BONAFIDE_TOOLS_BASE_SAY_H

/* Prints as printf does; in what the arguments bring, control characters (newlines too), marks that turn the direction
 * of a line and bytes that are no UTF-8 become '?'. Up to 2 KB; more is cut. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void bf_say(const char *format, ...);

/* The message of an error, whose own newlines stay, and a newline. */
void bf_say_lines(const char *message);

#endif
