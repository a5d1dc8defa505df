/* Size arithmetic. What could wrap returns false instead. */
#ifndef IV3_BASE_CHECKED_H
#define IV3_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t iv3_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline bool iv3_add_size(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

static inline bool iv3_mul_size(size_t a, size_t b, size_t *out)
{
    if (a != 0 && b > SIZE_MAX / a)
        return false;
    *out = a * b;
    return true;
}

/* `alignment` is a power of two. */
static inline bool iv3_align_size(size_t a, size_t alignment, size_t *out)
{
    if (!iv3_add_size(a, alignment - 1, out))
        return false;
    *out &= ~(alignment - 1);
    return true;
}

#endif
