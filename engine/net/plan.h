/* Where each activation lives: one arena per image, in which tensors share memory when their lives do not
 * overlap. */
#ifndef BONAFIDE_ENGINE_NET_PLAN_H
#define BONAFIDE_ENGINE_NET_PLAN_H

#include <stddef.h>

typedef struct feat_life {
    size_t floats;      /* size; 0 if the tensor is never used */
    size_t first, last; /* steps in which it is first written and last read, both inclusive */
    size_t offset;      /* result: floats from the start of the arena, a multiple of 16 */
} feat_life;

/* Fills in the offsets: largest tensor first, each at the lowest gap that is free over its whole life.
 * Returns the arena's size in floats. */
size_t feat_plan(feat_life *lives, size_t n);

#endif
