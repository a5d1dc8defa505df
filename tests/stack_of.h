/* How much of its stack a thread takes for a call, by painting the stack beforehand and looking what is left of
 * the paint. Nothing of it means anything where frames are other ones: under a sanitizer (net_is_instrumented). */
#ifndef BONAFIDE_TESTS_STACK_OF_H
#define BONAFIDE_TESTS_STACK_OF_H

#include <stddef.h>

#include "engine/base/common.h"

/* What the public headers promise, in bytes. */
enum { STACK_PROMISED = 32 << 10 };

/* Bytes of its stack that `call` touches, in a thread of its own. */
size_t stack_of(void *(*call)(void *), void *arg);

/* The same of the threads of a pool, its caller's excepted: paints their stacks, and says how far below a loop's
 * task the one that went furthest has gone since; 4 KiB are the least that it says. */
void stack_paint_pool(feat_pool *pool);
size_t stack_of_pool(feat_pool *pool);

#endif
