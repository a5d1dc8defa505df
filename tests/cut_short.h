/* What happens to a process whose mapped file another one makes shorter. */
#ifndef BONAFIDE_TESTS_CUT_SHORT_H
#define BONAFIDE_TESTS_CUT_SHORT_H

/* Runs `act` in a process of its own, in which it maps a file, makes it shorter and reads what is gone. Fails the test
 * unless that ends it with status 1 and the line of bf_file_catch_faults. */
void cut_short_ends_it(void (*act)(void *ctx), void *ctx);

#endif
