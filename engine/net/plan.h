/* Where each activation lives: one arena per image, in which tensors share memory when their lives do not
 * overlap. */
#ifndef IV3_NET_PLAN_H
#define IV3_NET_PLAN_H

#include <stddef.h>

typedef struct iv3_life {
    size_t floats;      /* size; 0 if the tensor is never used */
    size_t first, last; /* steps in which it is first written and last read, both inclusive */
    size_t offset;      /* result: floats from the start of the arena, a multiple of 16 */
} iv3_life;

/* Fills in the offsets: largest tensor first, each at the lowest gap that is free over its whole life.
 * Returns the arena's size in floats. n <= 256. */
size_t iv3_plan(iv3_life *lives, size_t n);

#endif
