/* Size arithmetic. What could wrap returns false instead, and *out is as before. */
#ifndef BONAFIDE_ENGINE_BASE_CHECKED_H
#define BONAFIDE_ENGINE_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t feat_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t feat_max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

static inline bool feat_add_size(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

static inline bool feat_mul_size(size_t a, size_t b, size_t *out)
{
    if (a != 0 && b > SIZE_MAX / a)
        return false;
    *out = a * b;
    return true;
}

/* `alignment` is a power of two. */
static inline bool feat_align_size(size_t a, size_t alignment, size_t *out)
{
    if (!feat_add_size(a, alignment - 1, out))
        return false;
    *out &= ~(alignment - 1);
    return true;
}

#endif
