/* The one door to the heap. Every block is 64-byte aligned. Tests can make the n-th call fail and
 * count what is alive; nothing else in the project calls malloc or free. */
#ifndef BONAFIDE_ENGINE_BASE_ALLOC_H
#define BONAFIDE_ENGINE_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

/* Returns uninitialised memory of `bytes` (0 counts as 1), or NULL. */
void *feat_alloc(size_t bytes);

/* `count` * `size` bytes, zeroed; NULL on overflow or when there is no memory. */
void *feat_calloc(size_t count, size_t size);

/* `count` * `size` bytes, uninitialised; NULL on overflow or when there is no memory. */
void *feat_alloc_array(size_t count, size_t size);

/* Grows or shrinks like realloc (contents kept up to the smaller size); on failure returns NULL and
 * the old block stays valid. */
void *feat_realloc(void *block, size_t bytes);

/* NULL is allowed. */
void feat_free(void *block);

/* A copy of a string, or NULL. Release it with feat_free. */
char *feat_strdup(const char *text);

/* What a block of `bytes` takes from the system, with what the allocator adds to it; SIZE_MAX where it cannot be. */
size_t feat_alloc_takes(size_t bytes);

/* Bytes of all live blocks, counted so, and the most there have been. */
size_t feat_alloc_bytes(void);
size_t feat_alloc_peak(void);

/* Allocations that would make it more than `bytes` fail from now on; SIZE_MAX, the default: none. */
void feat_alloc_limit(size_t bytes);

/* --- for tests --------------------------------------------------------------------------------- */

/* After `n` more successful calls every allocation fails; n < 0 switches this off (the default). */
void feat_alloc_fail_after(long n);

/* The same, but only one fails, and those after it succeed again. */
void feat_alloc_fail_once(long n);

/* Blocks allocated and not yet freed. */
size_t feat_alloc_live(void);

/* Allocation calls made since the process started. */
size_t feat_alloc_calls(void);

#endif
